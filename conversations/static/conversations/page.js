// The inbox without loads: another thread, another list or a part is fetched, and takes the place of
// what stands here. Without this script every link and form loads a page.
//
// go(url)              show another address of the inbox
// refresh(names?)      fetch the present address again, and these parts of it; attended: somebody sees it
// act(form, submitter) send a form, and show what the server says then
//
// On document: instabot:leaving before another conversation takes the place of this one,
// instabot:opened with detail.conversation afterwards (and when the page has loaded; "" in the list),
// instabot:swapped with detail.parts. Who dispatches instabot:refresh there gets a refresh().
import { addToast, toast } from "../backoffice/frame.js";
import { morph } from "./morph.js";
import { remember } from "./survival.js";

const SIDE = ["tabs", "filters", "list"];
const TALK = ["head", "thread", "customer"];
const AROUND = ["menu", "bar", "toasts"];
const EVERYTHING = [...SIDE, ...TALK, "composer", ...AROUND];
const REFRESHED = ["tabs", "list", ...TALK, ...AROUND]; // not the fields that one may be filling in
const KEPT = "_changelist_filters";
const UNATTENDED = { headers: { "X-Unattended": "1" } };
const GIVEN_UP = 30_000; // milliseconds: after a sleep, an answer may never come

const inbox = document.querySelector("[data-inbox]");
const LIST = new URL(inbox.dataset.list, location.href).pathname;
const THREAD = new RegExp(`^${LIST}(\\d+)/change/$`);

let asked = 0; // number of the newest request
let wished = 0; // number of the newest wish to see something else: what is older is not shown
let placed = 0; // number of the newest request that is shown
let shown = location.pathname + location.search;
let waiting; // to give up a page that nobody wants to see any more

export const conversation = () => inbox.dataset.conversation;
const isOurs = ({ pathname }) => pathname === LIST || THREAD.test(pathname);

// Returns what tells whether nothing else has been wished for, or shown, since: what is wished for
// already may come while the answer to a question about what is here is on its way.
function stay() {
  const [number, here] = [wished, shown];
  return () => number === wished && here === shown;
}

export async function go(url, { push = true } = {}) {
  const address = withList(new URL(url, location.href));
  const number = ++wished;
  waiting?.abort();
  waiting = new AbortController();
  const late = new DOMException("No answer", "TimeoutError");
  const giveUp = setTimeout((given) => given.abort(late), GIVEN_UP, waiting);
  inbox.setAttribute("aria-busy", "true");
  markRow(THREAD.exec(address.pathname)?.[1] ?? "");
  try {
    const answer = await ask(address, wantedFor(address), { signal: waiting.signal });
    if (number !== wished) return;
    if (push) history.pushState(null, "", answer.address.pathname + answer.address.search);
    show(answer);
    if (address.hash) location.replace(address.hash); // scrolls there and marks it
  } catch (problem) {
    if (number === wished) fail(problem, address);
  } finally {
    clearTimeout(giveUp);
    if (number === wished) inbox.removeAttribute("aria-busy");
  }
}

// Where the session has ended it fails with 401, and leaves the page and what is typed there alone.
// A page that asks by itself says so: nobody need sit there, and the session ends as if nobody did.
export async function refresh(names = REFRESHED, { attended = false } = {}) {
  const isStillHere = stay();
  const options = attended ? {} : UNATTENDED;
  const answer = await ask(new URL(location.href), names, options, () => Promise.reject(new Refused(401)));
  if (isStillHere() && answer.number > placed) show(answer);
}

const acts = new WeakMap(); // what each form is sending: { wish, done }

// Resolves to { ok, address }; what the server says of it stands in the toasts by then. The same once
// more, while it is being sent, is one click too many; something else is sent after it.
export async function act(form, submitter) {
  const to = submitter?.getAttribute("formaction") ?? form.getAttribute("action") ?? location.href;
  const body = new FormData(form, submitter);
  const wish = `${to}?${new URLSearchParams(body)}`;
  const before = acts.get(form);
  if (before?.wish === wish) return { ok: false };
  const isStillHere = stay();
  const done = Promise.resolve(before?.done).then(() => send(form, to, body, isStillHere));
  acts.set(form, { wish, done });
  const sent = await done;
  if (acts.get(form)?.done === done) acts.delete(form);
  return sent;
}

async function send(form, to, body, isStillHere) {
  try {
    const answer = await ask(new URL(to, location.href), EVERYTHING, { method: "POST", body });
    if (!form.closest("[data-keep]")) form.reset(); // what was ticked and typed there is done
    if (!isStillHere()) {
      showToasts(answer.page); // one is elsewhere by now
      document.dispatchEvent(new CustomEvent("instabot:refresh"));
    } else {
      const { pathname, search } = answer.address;
      if (pathname + search !== shown) history.pushState(null, "", pathname + search);
      show(answer, { composer: Boolean(form.closest("[data-keep]")) });
    }
    return { ok: true, address: answer.address };
  } catch (problem) {
    fail(problem);
    return { ok: false };
  }
}

class Refused extends Error {
  constructor(status, words = "") {
    super(`The server answered ${status}.`);
    this.status = status;
    this.words = words; // the server's own, where it says which right is missing
  }
}

async function ask(address, names, options = {}, elsewhere = leaveFor) {
  const number = ++asked;
  const signal = options.signal ?? AbortSignal.timeout(GIVEN_UP);
  const headers = { "X-Parts": names.join(" "), ...options.headers };
  const response = await fetch(address, { ...options, signal, headers });
  const came = new URL(response.url);
  if (response.ok && !isOurs(came)) await elsewhere(came, options.method === "POST");
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  if (!response.ok) throw new Refused(response.status, page.querySelector("[data-refusal]")?.dataset.refusal);
  return { number, address: came, page };
}

// The session has ended, say: the login leads to what was asked for, or back to where one was.
function leaveFor(address, wasSent) {
  if (wasSent && address.searchParams.has("next")) {
    address.searchParams.set("next", location.pathname + location.search);
  }
  location.assign(address);
  return new Promise(() => {}); // nothing more happens here
}

function fail(problem, address) {
  if (problem.name === "AbortError") return;
  markRow(conversation());
  if (address && problem instanceof Refused && problem.status < 500) location.assign(address);
  else if (address && problem.status === 503 && problem.words) toast(problem.words, "error");
  else if (address) toast("This page could not be loaded. Check your connection and try again.", "error");
  else if (problem.status === 403) toast(problem.words || "Not done: reload the page and try again.", "error");
  else toast("Not done: the server could not be reached. Try again.", "error");
}

// The list that stands beside what is opened: as its address says, else the one that is here.
function listOf(address) {
  const kept = THREAD.test(address.pathname) ? address.searchParams.get(KEPT) : address.search.slice(1);
  return kept === null ? null : new URLSearchParams(kept).toString();
}

const listHere = () => new URL(inbox.dataset.list, location.href).search.slice(1);

function withList(address) {
  if (THREAD.test(address.pathname) && !address.searchParams.has(KEPT)) {
    address.searchParams.set(KEPT, listHere());
  }
  return address;
}

function wantedFor(address) {
  const list = listOf(address) === new URLSearchParams(listHere()).toString() ? [] : SIDE;
  const pk = THREAD.exec(address.pathname)?.[1] ?? "";
  const talk = pk === conversation() ? TALK : [...TALK, "composer"];
  return [...list, ...talk, "toasts", "bar"];
}

// composer: whether its own form was sent, so that the server's next one takes its place.
function show({ page, number }, { composer = false } = {}) {
  placed = number;
  shown = location.pathname + location.search;
  const there = page.querySelector("[data-inbox]");
  const swapped = [];
  const before = conversation();
  const opens = there.dataset.conversation !== before;
  if (opens) {
    document.dispatchEvent(new CustomEvent("instabot:leaving", { detail: { conversation: before } }));
    replaceTalk(there);
  }
  for (const part of page.querySelectorAll("[data-part]")) {
    const { part: name } = part.dataset;
    if (name !== "toasts" && swap(name, part)) swapped.push(name);
  }
  if (composer && !opens && swapComposer(there)) swapped.push("composer");
  inbox.dataset.list = there.dataset.list;
  document.title = page.title;
  showToasts(page);
  markRow(conversation());
  document.dispatchEvent(new CustomEvent("instabot:swapped", { detail: { parts: swapped } }));
  if (opens) opened(before);
}

// All of a conversation at once: nobody ever reads one customer's words below another's name.
function replaceTalk(there) {
  for (const column of inbox.querySelectorAll(":scope > .inbox-talk, :scope > .inbox-customer")) column.remove();
  inbox.append(...there.querySelectorAll(".inbox-talk, .inbox-customer"));
  inbox.dataset.conversation = there.dataset.conversation;
  inbox.classList.toggle("inbox-open", Boolean(conversation()));
}

function swap(name, there) {
  const here = document.querySelector(`[data-part="${name}"]`);
  if (!here || here === there) return false;
  const differs = plain(here) !== plain(there);
  const restore = differs ? remember(here) : () => {};
  morph(here, there);
  restore();
  return differs;
}

function swapComposer(there) {
  const [here, next] = [inbox, there].map((page) => page.querySelector("[data-keep=composer]"));
  if (!here || !next) return false;
  here.replaceChildren(...next.childNodes);
  return true;
}

const plain = (part) => part.innerHTML.replace(/(name="csrfmiddlewaretoken" value=")[^"]*/g, "$1");

function showToasts(page) {
  page.querySelectorAll("[data-part=toasts] > .toast").forEach(addToast);
}

function markRow(pk) {
  for (const row of inbox.querySelectorAll(".queue-row")) {
    if (row.dataset.conversation === pk) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
  }
}

// before: what was open until now; back in the list one stands at its row.
function opened(before = "") {
  const detail = { conversation: conversation() };
  const lost = document.activeElement === document.body || !document.activeElement.checkVisibility();
  const row = `.queue-row[data-conversation="${before}"] .queue-open`;
  if (lost) inbox.querySelector(conversation() ? ".inbox-talk" : row)?.focus();
  document.dispatchEvent(new CustomEvent("instabot:opened", { detail }));
}

// A part of the queue, or a filter, that is chosen beside an open conversation leaves it open.
function beside(address) {
  if (!conversation() || address.pathname !== LIST) return address;
  const thread = new URL(`${LIST}${conversation()}/change/`, location.href);
  thread.searchParams.set(KEPT, address.search.slice(1));
  return thread;
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  if (!link || event.defaultPrevented || event.button !== 0) return;
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || link.target) return;
  const address = new URL(link.href);
  if (!inbox.contains(link) || address.origin !== location.origin || !isOurs(address)) return;
  if (address.hash && address.pathname + address.search === shown) return; // the browser scrolls there
  event.preventDefault();
  if (link.matches("[data-refresh]")) refresh(["tabs", "list"], { attended: true }).catch(fail);
  else go(link.closest(".inbox-side") ? beside(address) : address);
});

document.addEventListener("submit", (event) => {
  const { target: form, submitter } = event;
  if (event.defaultPrevented) return;
  if (form.matches("form[data-act]")) {
    event.preventDefault();
    act(form, submitter);
  } else if (form.matches("form[data-go]")) {
    event.preventDefault();
    const address = new URL(form.action);
    address.search = new URLSearchParams(new FormData(form, submitter));
    go(beside(address));
  }
});

addEventListener("popstate", () => {
  if (location.pathname + location.search !== shown) go(location.href, { push: false });
});
document.addEventListener("instabot:refresh", ({ detail }) => {
  refresh(detail?.parts).catch(() => {}); // whoever wants to know calls refresh()
});
document.addEventListener("DOMContentLoaded", () => {
  inbox.querySelector(".queue-row[aria-current]")?.scrollIntoView({ block: "nearest" });
  opened();
});
