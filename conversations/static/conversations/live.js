// Keeps the inbox as it is now: asks once a second whether anything that stands here has changed,
// and has page.js place that. What stands here says its versions itself, so nothing is missed
// between two questions, two tabs, or while the computer slept. Without this script one reloads.
import { alertTo } from "./alerts.js";
import { conversation, refresh } from "./page.js";

const IN_FRONT = 1000; // milliseconds between two questions
const BEHIND = 10_000;
const LONGEST = 30_000; // after errors
const GIVEN_UP = 10_000; // an answer that takes longer does not come
const SAID_AFTER = 2; // errors in a row
const OF_DRAWING = 5; // times as long as the last drawing took nothing is asked: a slow server rests
const AGES = 60_000; // how long ago a list says that things were
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
  const response = await fetch(url, {
    headers: etag ? { "If-None-Match": etag } : {},
    cache: "no-store",
    redirect: "error",
    signal: AbortSignal.timeout(GIVEN_UP),
  });
  if (response.status === 401 || response.status === 403) return logOut(await response.json());
  if (response.status !== 304 && !response.ok) throw new Error(`The server answered ${response.status}.`);
  const before = url.href === asked ? answer : null;
  asked = url.href;
  if (response.status !== 304) {
    answer = await response.json();
    etag = ""; // until what it says stands here
    await place(before);
    etag = response.headers.get("ETag");
  } else if (!document.hidden && Date.now() - drawn > AGES) {
    await draw(["list"]);
  }
  succeeded();
}

async function place(before) {
  showCounts();
  const timePassed = before !== null && before.until !== answer.until;
  const parts = [];
  if (timePassed || !isListHere()) parts.push("list");
  if (conversation() && answer.open !== null && (timePassed || !isTalkHere())) parts.push(...TALK);
  const barHere = Boolean(document.querySelector("[data-part=bar] .bar"));
  if (before ? before.bar !== answer.bar : barHere !== Boolean(answer.bar)) parts.push("bar");
  if (parts.length) await draw(parts);
}

async function draw(parts) {
  const opened = conversation();
  const there = new Set(bubbles());
  const began = performance.now();
  await refresh(parts);
  drawing = performance.now() - began;
  if (parts.includes("list")) drawn = Date.now();
  if (opened === conversation()) tellOfNew(bubbles().filter((id) => !there.has(id)).length);
}

const rows = () => [...inbox.querySelectorAll(".queue-row")];
const pkOf = (row) => row.dataset.conversation;
const bubbles = () => [...inbox.querySelectorAll("[data-part=thread] article[id]")].map(({ id }) => id);

function isListHere() {
  if (answer.rows === null) return true;
  const here = rows().map((row) => `${pkOf(row)}:${row.dataset.version}`);
  const hasMore = Boolean(inbox.querySelector(".queue-pages [rel=next]"));
  return here.join() === answer.rows.map((row) => row.join(":")).join() && (hasMore || !answer.more);
}

const isTalkHere = () => Number(inbox.querySelector("[data-part=thread]")?.dataset.version) === answer.open;

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
  showBadge(tabs.waiting);
  showTitle();
  alertTo(tabs.waiting);
}

function showBadge(number) {
  const path = new URL(inbox.dataset.list, location.href).pathname;
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

document.addEventListener("visibilitychange", () => document.hidden || look());
addEventListener("pageshow", ({ persisted }) => persisted && look());
addEventListener("online", look);
document.addEventListener("instabot:swapped", showTitle);
document.addEventListener("instabot:opened", look);
look();
