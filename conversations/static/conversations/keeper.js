// Keeps a text: on the server every few seconds, and in this browser what the server has not got. Both
// know it by the token of its form, so a text that was sent meanwhile is not kept again. Of a
// conversation that is gone, since its customer was erased, nothing stays here.
const FIRST_AFTER = 1000; // milliseconds after a key
const EVERY = 2500; // milliseconds between two keeps while somebody goes on typing

export class Keeper {
  constructor(form, text, { user, conversation, address }) {
    this.form = form;
    this.text = text;
    this.address = address;
    this.key = `instabot-draft-${user}-${conversation}-${form.dataset.kind}`;
    this.saved = text.value; // what the server has
    this.last = 0;
    this.restore();
    text.addEventListener("input", () => this.changed());
    text.addEventListener("blur", () => this.flush());
  }

  // What the server has not got comes back; where it has another text by now, one may choose.
  restore() {
    const here = read(this.key);
    if (!here || here.text === here.saved || here.text === this.text.value) {
      localStorage.removeItem(this.key);
    } else if (!this.text.value || this.text.value === here.saved) {
      this.text.value = here.text;
      this.form.elements.token.value = here.token; // it may have been sent before the page went
      this.changed();
    } else this.offer(here.text);
  }

  offer(words) {
    const box = document.createElement("div");
    const [said, quoted, button] = ["p", "blockquote", "button"].map((name) => document.createElement(name));
    box.className = "composer-failed";
    said.textContent = "This browser has another text of yours that was not saved.";
    quoted.textContent = words;
    quoted.dir = "auto";
    button.type = "button";
    button.className = "talk-button";
    button.textContent = "Use it instead";
    button.addEventListener("click", () => {
      this.text.value = words;
      this.text.dispatchEvent(new Event("input", { bubbles: true }));
      box.remove();
    });
    box.append(said, quoted, button);
    this.form.prepend(box);
  }

  changed() {
    this.write();
    if (this.timer || this.isHeld) return;
    const wait = Math.max(FIRST_AFTER, this.last + EVERY - Date.now());
    this.timer = setTimeout(() => this.flush(), wait);
  }

  write() {
    const { value: text } = this.text;
    const isKnown = text === this.saved || (!text.trim() && !this.saved);
    if (isKnown || this.isGone) localStorage.removeItem(this.key);
    else localStorage.setItem(this.key, JSON.stringify({ text, saved: this.saved, token: this.token }));
  }

  get token() {
    return this.form.elements.token.value;
  }

  // Also while the page goes away: the browser carries it to its end.
  async flush() {
    clearTimeout(this.timer);
    this.timer = 0;
    const { value: text } = this.text;
    if (text === this.saved || this.isHeld || this.isGone) return;
    this.last = Date.now();
    const body = new URLSearchParams({ text, kind: this.form.dataset.kind, token: this.token });
    body.set("csrfmiddlewaretoken", this.form.elements.csrfmiddlewaretoken.value);
    try {
      const headers = { Accept: "application/json" };
      const keepalive = text.length < 10000; // a browser carries 64 KB of a page that goes away
      const response = await fetch(this.address, { method: "POST", body, headers, keepalive });
      if (await isGone(response)) return this.end();
      if (!response.ok || response.redirected || this.isHeld) return;
      this.saved = text;
      this.write();
      if (this.text.value === text) this.onAnswer?.(await response.json());
    } catch {
      // It is still here; the next key, the end of typing or a new line tries again.
    }
  }

  hold() {
    clearTimeout(this.timer);
    this.timer = 0;
    this.isHeld = true;
    this.write();
  }

  release() {
    this.isHeld = false;
    this.changed();
  }

  forget() {
    this.isHeld = false;
    clearTimeout(this.timer);
    this.timer = 0;
    this.saved = "";
    localStorage.removeItem(this.key);
  }

  // Nobody is written to here any more: what stands in the field is kept nowhere.
  end() {
    this.isGone = true;
    this.forget();
  }
}

// The server says so itself; a proxy's 404, while the server is away, does not.
export async function isGone(response) {
  if (response.status !== 404) return false;
  return (await response.json().catch(() => null))?.outcome === "gone";
}

// Somebody may have left the page of a conversation before it was gone.
export async function forgetGone({ user, conversation, address }) {
  for (const key of Object.keys(localStorage)) {
    const [, whose, which] = key.match(/^instabot-draft-(\d+)-(\d+)-/) ?? [];
    if (whose !== user || which === conversation) continue;
    try {
      const headers = { Accept: "application/json", "X-Unattended": "1" };
      const there = address.replace(`/${conversation}/draft/`, `/${which}/draft/`);
      if (await isGone(await fetch(there, { headers }))) localStorage.removeItem(key);
    } catch {
      return; // the next conversation that is opened tries again
    }
  }
}

function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null; // written by something else
  }
}
