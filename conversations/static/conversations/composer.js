// The composer: sends without leaving the page, and loses no text. What is typed is kept on the server
// and, until the server has it, in this browser. The page never swaps it while its conversation is open.
import { toast } from "../backoffice/frame.js";
import { Attachment } from "./attachment.js";
import { forgetGone, isGone, Keeper } from "./keeper.js";
import { go } from "./page.js";
import { Suggestions } from "./suggestions.js";

const MOST_BYTES = 1000; // of one message; longer texts are sent as several
const MOST_PUBLIC = 2200; // characters below a comment
const LOOK_EVERY = 4000; // milliseconds between two looks at who else is writing
const SEEN_AFTER = 1500; // milliseconds that a new message must have been on the screen
const GIVE_UP_AFTER = 20000; // milliseconds without an answer
const SLOWEST = 50; // bytes in a millisecond that a line carries at least, while a picture goes

let open = null;

document.addEventListener("instabot:leaving", () => open?.leave());
document.addEventListener("instabot:opened", () => {
  const root = document.querySelector("[data-composer]");
  if (open?.root === root) return;
  open?.leave();
  open = root && new Composer(root);
});
document.addEventListener("instabot:swapped", ({ detail }) => {
  if (detail.parts.includes("thread")) open?.look();
});
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") open?.keep();
  else open?.look();
});
addEventListener("pagehide", () => open?.keep());
addEventListener("online", () => open?.keep());

class Composer {
  constructor(root) {
    this.root = root;
    this.writers = root.querySelector(".composer-writers");
    this.forms = [...root.querySelectorAll(".composer-form")].map((form) => this.form(form));
    this.prepareTabs();
    this.forms[0].look();
    if (!matchMedia("(pointer: coarse)").matches) this.forms[0].text.focus({ preventScroll: true });
    this.timer = setInterval(() => this.ask(), LOOK_EVERY + Math.random() * 500);
    forgetGone(this.place);
  }

  // Where its texts are kept.
  get place() {
    const { user, composer: conversation, draft: address } = this.root.dataset;
    return { user, conversation, address };
  }

  form(form) {
    return form.dataset.kind === "note" ? new NoteForm(form, this) : new ReplyForm(form, this);
  }

  keep() {
    for (const form of this.forms) form.keeper.flush();
  }

  look() {
    for (const form of this.forms) form.look();
  }

  leave() {
    clearInterval(this.timer);
    this.keep();
  }

  async ask() {
    if (document.visibilityState === "hidden" || !this.root.isConnected) return;
    try {
      const response = await fetch(this.root.dataset.draft, { headers: { Accept: "application/json", "X-Unattended": "1" } });
      if (isLogin(response)) this.forms.forEach((form) => form.sayLoggedOut());
      else if (response.ok) this.show(await response.json());
      else if (await isGone(response)) this.forms.forEach((form) => form.keeper.end());
    } catch {
      // The bar says that the line is cut; the next look comes.
    }
  }

  show({ writers, problem, window }) {
    const said = writers.join(" ");
    if (this.writers.textContent !== said) this.writers.textContent = said;
    this.forms.forEach((form) => {
      form.setWindow(window);
      form.setProblem(problem);
    });
  }

  prepareTabs() {
    const tabs = [...this.root.querySelectorAll("[role=tab]")];
    tabs[0].parentElement.hidden = false;
    const panels = tabs.map((tab) => document.getElementById(tab.getAttribute("aria-controls")));
    const choose = (number, focus = "tab") => {
      tabs.forEach((tab, at) => {
        tab.setAttribute("aria-selected", at === number);
        tab.tabIndex = at === number ? 0 : -1;
        panels[at].hidden = at !== number;
      });
      this.root.querySelector(".composer-to").hidden = number > 0; // a note goes to no customer
      if (focus === "tab") tabs[number].focus();
      if (focus === "text") panels[number].querySelector("textarea").focus();
    };
    tabs.forEach((tab, number) => {
      panels[number].setAttribute("role", "tabpanel");
      panels[number].setAttribute("aria-labelledby", tab.id);
      tab.addEventListener("click", () => choose(number, "text"));
      tab.addEventListener("keydown", (event) => {
        const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (!by) return;
        event.preventDefault();
        choose((number + by + tabs.length) % tabs.length);
      });
    });
    choose(0, "");
  }
}

class Form {
  constructor(form, composer) {
    this.form = form;
    this.composer = composer;
    this.text = form.elements.text;
    this.status = form.querySelector(".composer-status");
    this.buttons = [...form.querySelectorAll("[type=submit]")];
    for (const button of this.buttons) button.dataset.words = button.textContent.trim();
    this.keeper = new Keeper(form, this.text, composer.place);
    this.keeper.onAnswer = (answer) => this.answered(answer);
    this.text.setSelectionRange(this.text.value.length, this.text.value.length); // a draft goes on
    this.text.addEventListener("input", () => this.typed());
    this.text.addEventListener("keydown", (event) => this.press(event));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send(event.submitter);
    });
  }

  look() {}
  setWindow() {}
  setProblem() {}
  isEmpty() {
    return !this.text.value.trim();
  }

  typed() {
    this.say("");
    this.mark();
  }

  // A dot on the tab of what is not sent yet.
  mark() {
    const tab = document.getElementById(`tab-${this.form.dataset.kind}`);
    tab.classList.toggle("composer-tab-full", !this.isEmpty());
  }

  press(event) {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.defaultPrevented) return;
    event.preventDefault();
    const button = this.form.querySelector("[data-send]");
    if (!button.disabled) this.form.requestSubmit(button); // what no click sends, no key does
  }

  say(words, tone = "") {
    this.status.className = `composer-status ${tone && `tone-${tone}`}`;
    this.status.textContent = words;
  }

  sayLoggedOut() {
    if (this.isEmpty()) return;
    const link = document.createElement("a");
    link.className = "link";
    const here = encodeURIComponent(location.pathname + location.search);
    link.href = `${document.querySelector("[data-login]")?.dataset.login ?? "/admin/login/"}?next=${here}`;
    link.textContent = "Log in and come back here";
    this.say("You are logged out. Your text is kept. ", "bad");
    this.status.append(link);
  }

  answered(answer) {
    this.composer.show(answer);
    if (answer.sent) this.finish("This has already been sent.", answer);
  }

  async send(submitter) {
    if (this.isSending) return; // one click sends once
    if (this.isEmpty()) {
      this.say("Write something first.", "bad");
      this.text.focus();
      return;
    }
    this.begin(submitter);
    try {
      this.receive(await this.post(submitter));
    } catch (problem) {
      this.fail(problem);
    } finally {
      this.end();
    }
  }

  async post(submitter) {
    const response = await fetch(this.form.action, {
      method: "POST",
      headers: { Accept: "application/json" },
      body: new FormData(this.form, submitter),
      signal: AbortSignal.timeout(GIVE_UP_AFTER + this.weight() / SLOWEST),
    });
    if (isLogin(response)) return { outcome: "logged out" };
    if (!response.ok) throw new Refused(response.status, await wordsOf(response));
    return response.json();
  }

  begin(submitter) {
    this.isSending = true;
    this.keeper.hold(); // what is under way is kept here, but no longer written down there
    this.text.readOnly = true;
    for (const button of this.buttons) button.setAttribute("aria-disabled", "true");
    if (submitter) submitter.textContent = "Sending…";
    this.say("");
  }

  end() {
    this.isSending = false;
    this.text.readOnly = false;
    for (const button of this.buttons) {
      button.removeAttribute("aria-disabled");
      button.textContent = button.dataset.words;
    }
  }

  receive(answer) {
    if (answer.token) this.form.elements.token.value = answer.token;
    if (answer.outcome === "queued") return this.finish(answer.said, answer);
    this.keeper.release();
    if (!this.form.isConnected) this.tellElsewhere(answer.said ?? "You are logged out.");
    else if (answer.outcome === "logged out") this.sayLoggedOut();
    else if (answer.outcome === "conflict") this.showConflict(answer);
    else this.say(answer.said, "bad");
  }

  // Only now is it sure that the server has it.
  finish(words, answer) {
    this.keeper.forget();
    if (answer.token) this.form.elements.token.value = answer.token;
    this.text.value = "";
    this.clear();
    this.mark();
    if (this.form.isConnected) this.say(words, "good");
    else toast(words);
    document.dispatchEvent(new CustomEvent("instabot:refresh"));
  }

  clear() {}
  weight() {
    return 0;
  }

  fail(problem) {
    this.keeper.release();
    let words = "Not sent: instabot could not be reached. Your text is kept. Send it again when you are back.";
    if (problem.name === "TimeoutError") {
      words = "No answer from instabot. Your text is kept; it is sent once, even if you send it again.";
    } else if (problem instanceof Refused) words = problem.words;
    if (this.form.isConnected) this.say(words, "bad");
    else this.tellElsewhere(words);
  }

  tellElsewhere(words) {
    const whom = this.composer.root.dataset.name;
    toast(`${whom}: ${words}`, "error");
  }
}

class ReplyForm extends Form {
  constructor(form, composer) {
    super(form, composer);
    this.count = form.querySelector(".composer-count");
    this.parts = form.querySelector(".composer-parts");
    this.conflict = form.querySelector(".composer-conflict");
    this.failed = form.querySelector(".composer-failed");
    this.hint = form.querySelector(".composer-hint");
    this.usualHint = [...this.hint.childNodes];
    this.window = this.hint.querySelector("[data-window]"); // not there once it is closed
    this.place = form.elements.to;
    this.problem = form.dataset.problem;
    this.attachment = new Attachment(form, (words) => this.say(words, "bad"));
    new Suggestions(this.text, "/", composer.root.dataset.savedReplies, {
      empty: "No saved reply with these words.",
      picked: ({ picture }) => picture && this.attachment.useAddress(picture),
    });
    this.place?.addEventListener("change", () => this.choosePlace());
    form.querySelector("[data-next]").addEventListener("click", (event) => this.goOn(event));
    this.prepareFailed();
    this.choosePlace();
    this.typed();
  }

  isEmpty() {
    return super.isEmpty() && this.attachment.isEmpty();
  }

  weight() {
    return this.attachment.size;
  }

  typed() {
    super.typed();
    this.measure();
  }

  measure() {
    const text = this.text.value.trim();
    if (this.place?.value.startsWith("public")) {
      const length = [...text].length;
      this.count.textContent = length ? `${length} of ${MOST_PUBLIC} characters` : "";
      this.parts.hidden = true;
      return;
    }
    const bytes = new TextEncoder().encode(text).length;
    const isLong = bytes > MOST_BYTES;
    const several = this.place?.value ? ", too long for a private reply" : ", sent as several messages";
    this.count.textContent = bytes ? `${bytes} of ${MOST_BYTES} bytes${isLong ? several : ""}` : "";
    if (!isLong) this.parts.hidden = true;
  }

  answered(answer) {
    super.answered(answer);
    const { parts = [] } = answer;
    this.parts.hidden = parts.length < 2 || Boolean(this.place?.value);
    this.parts.querySelector("summary").textContent = `Sent as ${parts.length} messages`;
    const lines = parts.map((part) => {
      const line = document.createElement("li");
      line.textContent = part;
      return line;
    });
    const list = document.createElement("ol");
    list.append(...lines);
    this.parts.querySelector("ol")?.remove();
    this.parts.append(list);
  }

  // The customer may write again meanwhile: then there is more time, or some again.
  setWindow(words) {
    if (this.window) this.window.textContent = words;
    else if (words) this.usualHint = [words];
  }

  // The window may close while one types: then the text stays, and cannot be sent.
  setProblem(problem) {
    if (problem === this.problem) return;
    this.problem = problem;
    this.choosePlace();
  }

  choosePlace() {
    const problem = this.place?.value ? "" : this.problem;
    for (const button of this.buttons) button.disabled = Boolean(problem);
    this.text.disabled = Boolean(problem) && !this.text.value;
    const words = problem || (this.place?.value && this.saysPlace());
    this.hint.replaceChildren(...(words ? [words] : this.usualHint));
    this.attachment.allow(!this.place?.value && !problem);
    this.measure();
  }

  saysPlace() {
    if (this.place.value.startsWith("public")) return "Everyone can see a public reply.";
    return "Instagram allows one private reply per comment: text only, in a single message.";
  }

  // Seen is what has stood on the screen for a moment, at the end of the thread.
  look() {
    const { seen } = this.form.elements;
    if (document.querySelector("[data-more=later]")) return; // the end is elsewhere
    const bubbles = [...document.querySelectorAll("[data-thread] [data-message]")];
    const newest = Math.max(0, ...bubbles.map(({ dataset }) => Number(dataset.message) || 0));
    if (newest <= Number(seen.value)) return;
    setTimeout(() => {
      const isShown = document.visibilityState === "visible" && this.form.isConnected;
      if (isShown && newest > Number(seen.value)) seen.value = newest;
    }, SEEN_AFTER);
  }

  showConflict({ html, seen }) {
    this.conflict.innerHTML = html; // the server's own, where all that people wrote is escaped
    this.conflict.hidden = false;
    this.form.elements.seen.value = seen;
    this.name("Send anyway", "Send anyway and done");
    document.dispatchEvent(new CustomEvent("instabot:refresh"));
    this.text.focus();
  }

  name(send, done) {
    for (const button of this.buttons) button.dataset.words = button.value === "done" ? done : send;
  }

  finish(words, answer) {
    if (answer.seen) this.form.elements.seen.value = Math.max(answer.seen, this.form.elements.seen.value);
    super.finish(words, answer);
    this.form.querySelector("[data-next]").classList.add("composer-next-now");
  }

  clear() {
    this.conflict.hidden = true;
    this.conflict.replaceChildren();
    this.failed?.remove();
    this.attachment.clear();
    this.parts.hidden = true;
    this.name("Send", "Send and done");
    for (const button of this.buttons) button.textContent = button.dataset.words;
    if (this.place?.value) this.place.selectedOptions[0].disabled ||= this.place.value.startsWith("private");
    this.measure();
  }

  prepareFailed() {
    const take = this.failed?.querySelector("[data-take]");
    if (!take) return;
    take.hidden = false;
    take.addEventListener("click", () => {
      const words = this.failed.querySelector("blockquote").textContent;
      this.text.value = [this.text.value, words].filter((one) => one.trim()).join("\n");
      this.text.dispatchEvent(new Event("input", { bubbles: true }));
      this.failed.remove();
      this.text.focus();
    });
  }

  goOn(event) {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    const address = new URL(event.currentTarget.href);
    const list = new URL(document.querySelector("[data-inbox]").dataset.list, location.href);
    address.searchParams.set("_changelist_filters", list.search.slice(1));
    go(address);
  }
}

class NoteForm extends Form {
  constructor(form, composer) {
    super(form, composer);
    new Suggestions(this.text, "@", composer.root.dataset.colleagues, {});
    this.mark();
  }
}

const wordsOf = (response) => response.json().then(({ said }) => said, () => "");

class Refused extends Error {
  constructor(status, words = "") {
    super(`The server answered ${status}.`);
    this.words = `Not sent: the server answered ${status}. Your text is kept. Try again in a moment.`;
    if (status === 403) this.words = `Not sent. Your text is kept. ${words || "Reload the page and send it again."}`;
    if (status === 413) this.words = "Not sent: the picture is too large. Your text is kept.";
  }
}

const isLogin = (response) => response.redirected && new URL(response.url).pathname.endsWith("/login/");
