// Suggestions while one types: after a sign at the beginning of a word, the server is asked for what
// fits the words behind it, and one of them takes their place. The focus stays in the text.
const PAUSE = 120; // milliseconds after a key
const MOST_WORDS = 60; // characters behind the sign

let number = 0;

export class Suggestions {
  constructor(text, sign, address, { empty = "", picked = () => {} }) {
    Object.assign(this, { text, sign, address, empty, picked });
    this.found = [];
    this.at = 0;
    this.list = document.createElement("ul");
    this.list.className = "composer-found";
    this.list.id = `found-${++number}`;
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", sign === "/" ? "Saved replies" : "Colleagues");
    this.list.hidden = true;
    this.told = document.createElement("p");
    this.told.className = "frame-hidden";
    this.told.setAttribute("role", "status");
    text.parentElement.append(this.list, this.told);
    text.setAttribute("aria-autocomplete", "list");
    text.setAttribute("aria-haspopup", "listbox");
    text.setAttribute("aria-controls", this.list.id);
    text.addEventListener("input", () => this.typed());
    text.addEventListener("keydown", (event) => this.press(event));
    text.addEventListener("blur", () => this.close());
    this.list.addEventListener("pointerdown", (event) => {
      event.preventDefault(); // the focus stays
      const option = event.target.closest("[role=option]");
      if (option) this.pick([...this.list.children].indexOf(option));
    });
  }

  // What stands between the sign and where one types; null: no sign, or too long ago.
  get words() {
    const line = this.text.value.slice(0, this.text.selectionStart).split("\n").at(-1);
    const sign = line.lastIndexOf(this.sign);
    if (sign < 0 || (sign > 0 && !/\s/.test(line[sign - 1]))) return null;
    const words = line.slice(sign + 1);
    return words.length > MOST_WORDS || /^\s/.test(words) ? null : words;
  }

  typed() {
    clearTimeout(this.timer);
    const { words } = this;
    const isDismissed = words !== null && words === this.given;
    if (!isDismissed) this.given = undefined;
    if (words === null || isDismissed) {
      this.close();
      return;
    }
    this.timer = setTimeout(() => this.ask(words), PAUSE);
  }

  async ask(words) {
    const address = new URL(this.address, location.href);
    address.searchParams.set("q", words);
    try {
      const response = await fetch(address, { headers: { Accept: "application/json" } });
      if (!response.ok || response.redirected) return;
      const { found } = await response.json();
      if (this.words === words && document.activeElement === this.text) this.show(found, words);
    } catch {
      this.close();
    }
  }

  show(found, words) {
    this.found = found;
    const isSentence = !found.length && (!this.empty || words.includes(" "));
    if (isSentence) {
      this.close();
      return;
    }
    const options = found.map((one, at) => this.option(one, at));
    if (!options.length) options.push(Object.assign(document.createElement("li"), { className: "composer-found-none", textContent: this.empty }));
    this.list.replaceChildren(...options);
    this.list.hidden = false;
    this.told.textContent = found.length ? `${found.length} found. Use the arrow keys.` : this.empty;
    this.choose(0);
  }

  option({ title, text, picture }, at) {
    const [option, name, words] = ["li", "strong", "span"].map((tag) => document.createElement(tag));
    option.setAttribute("role", "option");
    option.id = `${this.list.id}-${at}`;
    name.textContent = title;
    words.textContent = text.trim() || picture;
    option.append(name, words);
    return option;
  }

  choose(at) {
    if (!this.found.length) return;
    this.at = (at + this.found.length) % this.found.length;
    [...this.list.children].forEach((option, number) => {
      option.setAttribute("aria-selected", number === this.at);
    });
    const chosen = this.list.children[this.at];
    this.text.setAttribute("aria-activedescendant", chosen.id);
    chosen.scrollIntoView({ block: "nearest" });
  }

  press(event) {
    if (this.list.hidden || event.ctrlKey || event.metaKey || event.altKey) return;
    const does = {
      ArrowDown: () => this.choose(this.at + 1),
      ArrowUp: () => this.choose(this.at - 1),
      Enter: this.found.length && (() => this.pick(this.at)),
      Tab: this.found.length && (() => this.pick(this.at)),
      Escape: () => this.dismiss(),
    }[event.key];
    if (!does) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    does();
  }

  pick(at) {
    const one = this.found[at];
    const { words } = this;
    const ends = this.text.selectionStart;
    if (!one || words === null) return;
    this.text.setRangeText(one.text, ends - words.length - 1, ends, "end");
    this.close();
    this.picked(one);
    this.text.dispatchEvent(new Event("input", { bubbles: true }));
  }

  // Nothing more for these words: they are meant as they stand.
  dismiss() {
    this.given = this.words;
    this.close();
  }

  close() {
    clearTimeout(this.timer);
    this.list.hidden = true;
    this.text.removeAttribute("aria-activedescendant");
  }
}
