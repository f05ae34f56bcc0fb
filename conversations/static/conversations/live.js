// Keeps the inbox as it is now: asks once a second whether anything that stands here has changed,
// and has page.js place that. What stands here says its versions itself, so nothing is missed
// between two questions, two tabs, or while the computer slept. Without this script one reloads.
import { alertTo } from "./alerts.js";
import { conversation, refresh } from "./page.js";
import { placeRows } from "./rows.js";

const IN_FRONT = 1000; // milliseconds between two questions
const BEHIND = 10_000;
const LONGEST = 30_000; // after errors
const GIVEN_UP = 10_000; // an answer that takes longer does not come
const SAID_AFTER = 2; // errors in a row
const OF_DRAWING = 2; // times as long as the last drawing took nothing is asked: a slow server rests
const AGES = 60_000; // how long ago a list says that things were
const SETTLED = 600; // milliseconds that the server may still say what was before (workqueue/snapshot.py)
const MOST_ROWS = 20; // of a list that are fetched by themselves; more of them are as good as all
const TALK = ["head", "thread", "customer"];

const inbox = document.querySelector("[data-inbox]");
const bar = document.querySelector("[data-live-bar]");
const newer = document.querySelector("[data-live-newer]");

let asked = ""; // the last question
let etag = ""; // of its answer
let answer = null;
let errors = 0;
let connected = new Date();
let drawn = Date.now();
let drawing = 0; // milliseconds that it took
let swapped = -Infinity; // when the page last got something newer
let timer;
let asking = false;

function address() {
  const url = new URL(inbox.dataset.list, location.href);
  url.pathname += "live/";
  if (conversation()) url.searchParams.set("open", conversation());
  // A search is not done anew each second: its rows are asked for as they stand here.
  if (answer?.rows === null) url.searchParams.set("rows", rows().map(pkOf).join(","));
  return url;
}

async function look() {
  if (asking) return;
  asking = true;
  clearTimeout(timer);
  try {
    await ask(address());
  } catch {
    failed();
  } finally {
    asking = false;
    timer = setTimeout(look, pause());
  }
}

async function ask(url) {
  if (url.href !== asked) etag = "";
  const began = performance.now();
  const response = await fetch(url, {
    headers: { "X-Unattended": "1", ...(etag ? { "If-None-Match": etag } : {}) },
    cache: "no-store",
    redirect: "error",
    signal: AbortSignal.timeout(GIVEN_UP),
  });
  if (response.status === 401 || response.status === 403) return logOut(await response.json());
  if (response.status !== 304 && !response.ok) throw new Error(`The server answered ${response.status}.`);
  if (began < swapped + SETTLED) return succeeded(); // the page may know more: ask again
  const before = url.href === asked ? answer : null;
  asked = url.href;
  if (response.status !== 304) {
    answer = await response.json();
    etag = ""; // until what it says stands here
    try {
      await place(before, hasPassed(before?.until, response));
    } catch (problem) {
      answer = before; // it was not placed: the next one is compared with what stands here
      throw problem;
    }
    etag = response.headers.get("ETag");
  }
  if (!document.hidden && Date.now() - drawn > AGES) await draw(["list"]);
  succeeded();
}

// Whether a moment at which things look different is over by the server's clock, which says seconds.
function hasPassed(until, response) {
  const said = Date.parse(response.headers.get("Date") ?? "");
  return Boolean(until) && until !== answer.until && !(Date.parse(until) > said + 1000);
}

async function place(before, timePassed) {
  showCounts();
  if (before && (before.may_change !== answer.may_change || before.user !== answer.user)) return draw();
  const wanted = timePassed ? null : rowsToFetch();
  const parts = wanted ? [] : ["list"];
  if (conversation() && answer.open !== null && (timePassed || !isTalkHere())) parts.push(...TALK);
  const barHere = Boolean(document.querySelector("[data-part=bar] .bar"));
  if (before ? before.bar !== answer.bar : barHere !== Boolean(answer.bar)) parts.push("bar");
  const [isPlaced] = await Promise.all([
    !wanted || isListHere() || placeRows(answer.rows.map(([pk]) => String(pk)), wanted),
    parts.length ? draw(parts) : null,
  ]);
  if (!isPlaced) await draw(["list"]);
}

// Returns the rows that are new or newer; null: the list is to be drawn as a whole.
function rowsToFetch() {
  if (isListHere()) return [];
  const here = new Map(rows().map((row) => [pkOf(row), Number(row.dataset.version)]));
  const wanted = answer.rows.filter(([pk, version]) => !(here.get(String(pk)) >= version)).map(([pk]) => pk);
  const isSmall = here.size && answer.rows.length && wanted.length <= MOST_ROWS;
  return isSmall && hasItsPages() ? wanted : null;
}

async function draw(parts) {
  const opened = conversation();
  const there = new Set(bubbles());
  const began = performance.now();
  await refresh(parts);
  drawing = performance.now() - began;
  if (!parts || parts.includes("list")) drawn = Date.now();
  if (opened === conversation()) tellOfNew(bubbles().filter((id) => !there.has(id)).length);
}

const rows = () => [...inbox.querySelectorAll(".queue-row")];
const pkOf = (row) => row.dataset.conversation;
const bubbles = () => [...inbox.querySelectorAll("[data-part=thread] article[id]")].map(({ id }) => id);

// What stands here may be newer than the answer, whose rows are up to half a second old.
function isListHere() {
  if (answer.rows === null) return true;
  const here = rows();
  const isRow = ([pk, version], place) => pkOf(here[place]) === String(pk) && here[place].dataset.version >= version;
  return here.length === answer.rows.length && answer.rows.every(isRow) && hasItsPages();
}

const hasItsPages = () => !answer.more || Boolean(inbox.querySelector(".queue-pages [rel=next]"));

const isTalkHere = () => Number(inbox.querySelector("[data-part=thread]")?.dataset.version) >= answer.open;

// The numbers: on the tabs, in the sidebar, in the title.
function showCounts() {
  const { tabs } = answer;
  for (const tab of inbox.querySelectorAll(".queue-tab[data-tab]")) {
    const count = tab.querySelector(".queue-count");
    const number = tabs[tab.dataset.tab];
    if (!count || number === undefined) continue;
    count.textContent = number;
    count.classList.toggle("queue-count-urgent", "urgent" in tab.dataset && number > 0);
  }
  showBadge(new URL(inbox.dataset.list, location.href).pathname, tabs.waiting);
  for (const [path, number] of Object.entries(answer.badges)) showBadge(path, number);
  showTitle();
  alertTo(tabs.waiting, answer.newest);
}

function showBadge(path, number) {
  const link = document.querySelector(`.menu-link[href="${path}"]`);
  if (!link) return;
  let badge = link.querySelector(".menu-badge");
  if (!number) return badge?.remove();
  if (!badge) {
    badge = document.createElement("span");
    badge.className = "menu-badge";
    link.append(badge);
  }
  badge.textContent = number;
}

function showTitle() {
  const number = answer?.tabs.waiting;
  const title = document.title.replace(/^\(\d+\) /, "");
  document.title = number ? `(${number}) ${title}` : title;
}

// Whoever reads at the end of a thread follows it; whoever reads further up is told.
const scroll = () => inbox.querySelector("[data-part=thread] [data-scroll]");
const isAtEnd = (one) => Math.abs(one.scrollTop) < 48 || one.scrollHeight <= one.clientHeight;
let unread = 0;

function tellOfNew(number) {
  const thread = scroll();
  if (!thread || !number || isAtEnd(thread)) return;
  unread += number;
  const button = newer.content.firstElementChild.cloneNode();
  button.textContent = unread === 1 ? "1 new message ↓" : `${unread} new messages ↓`;
  inbox.querySelector("[data-newer]")?.remove();
  inbox.querySelector("[data-part=thread]").after(button);
}

function toldOfNew() {
  unread = 0;
  inbox.querySelector("[data-newer]")?.remove();
}

document.addEventListener("click", ({ target }) => {
  if (!target.closest("[data-newer]")) return;
  scroll()?.scrollTo({ top: 0 });
  toldOfNew();
});
document.addEventListener("scroll", ({ target }) => unread && target === scroll() && isAtEnd(target) && toldOfNew(), true);
document.addEventListener("instabot:leaving", toldOfNew);

// Whether the server can be reached, and knows who one is.
function succeeded() {
  errors = 0;
  connected = new Date();
  say("");
}

function failed() {
  errors += 1;
  etag = "";
  const at = connected.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  if (errors >= SAID_AFTER) say(`Not connected since ${at}. Trying again…`);
}

function logOut({ error }) {
  errors += 1;
  etag = "";
  const link = document.createElement("a");
  link.className = "link";
  link.textContent = "Log in";
  link.href = `${inbox.dataset.login}?next=${encodeURIComponent(location.pathname + location.search)}`;
  say(error, link);
}

function say(words, ...more) {
  if (bar.dataset.says === words) return; // it is read out once
  bar.dataset.says = words;
  bar.hidden = !words;
  bar.replaceChildren(words, " ", ...more);
}

function pause() {
  const usual = Math.max(document.hidden ? BEHIND : IN_FRONT, drawing * OF_DRAWING);
  drawing = 0;
  const length = errors ? Math.min(Math.max(usual, IN_FRONT * 2 ** errors), LONGEST) : usual;
  return length * (0.85 + Math.random() * 0.3); // not all tabs at once
}

// At once, but not so soon after the page got something that the server says what was before.
function lookSoon() {
  clearTimeout(timer);
  timer = setTimeout(look, Math.max(swapped + SETTLED - performance.now(), 0));
}

document.addEventListener("visibilitychange", () => document.hidden || lookSoon());
addEventListener("pageshow", ({ persisted }) => persisted && lookSoon());
addEventListener("online", lookSoon);
document.addEventListener("instabot:swapped", () => {
  swapped = performance.now();
  showTitle();
  if (!asking) lookSoon();
});
document.addEventListener("instabot:opened", lookSoon);
