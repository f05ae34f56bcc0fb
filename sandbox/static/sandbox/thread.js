// Draws the thread: keeps the bubbles that are there, adds what is new, moves "Seen".
import { addAttachment } from "./rich.js";

const $ = (id) => document.getElementById(id);
const PAUSE = 15 * 60 * 1000; // after so long a silence the time is shown again
const NEAR = 120; // pixels from the end: somebody who reads further up is not moved

const drawn = new Map(); // id of a message: its element and the text it was made from
let lastAt = 0;

export function showThread(state, changed) {
  const scroll = $("scroll");
  const atEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < NEAR;
  const thread = $("thread");
  if (changed) {
    thread.replaceChildren();
    drawn.clear();
    lastAt = 0;
  }
  const fresh = state.messages.filter((message) => !drawn.has(message.id));
  for (const message of state.messages) draw(thread, message);
  showSeen(thread, state.messages);
  $("typing").hidden = !state.awaiting;
  showOffered(state.offered, state.messages.some(({ kind }) => kind !== "visit"));
  showQuickReplies(offered(state.messages));
  const mine = fresh.some((message) => message.mine);
  if (changed || atEnd || mine) scroll.scrollTop = scroll.scrollHeight;
}

// Quick replies vanish when the customer says something; the newest ones count.
function offered(messages) {
  const since = messages.slice(messages.findLastIndex((message) => message.mine) + 1);
  return since.findLast((message) => message.quick_replies.length)?.quick_replies ?? [];
}

// Adds a bubble, or draws one anew that was edited, unsent or reacted to.
function draw(thread, message) {
  const { seen, ...rest } = message; // shown apart
  const made = JSON.stringify(rest);
  const known = drawn.get(message.id);
  if (known?.made === made) return;
  const bubble = element(message);
  drawn.set(message.id, { bubble, made });
  if (known) return known.bubble.replaceWith(bubble);
  const at = new Date(message.at);
  if (at - lastAt > PAUSE) thread.append(timeLine(at));
  lastAt = at;
  thread.append(bubble);
}

const PICTURES = { photo: ["photo.svg", "Photo"], shared_post: ["photo.svg", "Shared post"], story_mention: ["photo.svg", "Story"] };
const SIGNS = { voice: "▶ ▂▃▅▂▆▃▁ 0:04", view_once: "① Photo", poll: "Poll: blue or green?" };

function element(message) {
  const bubble = document.createElement("li");
  if (message.kind === "visit") {
    bubble.className = "time";
    bubble.textContent = message.text;
    return bubble;
  }
  bubble.className = `bubble ${message.mine ? "mine" : "theirs"}`;
  bubble.dataset.id = message.id;
  bubble.title = new Date(message.at).toLocaleString();
  // Colour and side say it to those who see.
  bubble.append(part("span", "unseen", message.mine ? "You: " : "The shop: "));
  if (message.unsent) {
    bubble.classList.add("gone");
    bubble.append("Unsent");
    return bubble;
  }
  if (message.reply_to) bubble.append(part("span", "above", `↩ ${message.reply_to}`));
  if (message.label) bubble.append(part("span", "above", message.label));
  const picture = PICTURES[message.kind];
  if (picture) bubble.append(image(...picture));
  bubble.classList.toggle("photo", Boolean(picture));
  if (message.text || SIGNS[message.kind]) bubble.append(part("span", "words", message.text || SIGNS[message.kind]));
  if (message.attachment.type) addAttachment(bubble, message.attachment);
  if (message.kind === "quick_reply" || message.kind === "postback") bubble.classList.add("tapped");
  if (message.edited) bubble.append(part("span", "above", "Edited"));
  if (message.reaction) bubble.append(part("span", "reaction", message.reaction));
  return bubble;
}

function part(name, className, text) {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}

function image(file, name) {
  const made = document.createElement("img");
  made.src = new URL(file, import.meta.url).href;
  made.alt = name;
  made.width = 180; // known before it is loaded, so that the end of the thread stays in view
  made.height = 225;
  return made;
}

function timeLine(at) {
  const line = document.createElement("li");
  line.className = "time";
  const time = at.toLocaleTimeString([], { hour: "numeric", minute: "2-digit" });
  const today = at.toDateString() === new Date().toDateString();
  line.textContent = `${today ? "Today" : at.toLocaleDateString()} ${time}`;
  return line;
}

// Under the newest of the customer's messages, once the shop has read it.
function showSeen(thread, messages) {
  const last = messages.findLast((message) => message.mine);
  const place = last?.seen ? drawn.get(last.id).bubble : null;
  const there = thread.querySelector(".seen");
  if (there && there.previousElementSibling === place) return;
  there?.remove();
  if (!place) return;
  const seen = document.createElement("li");
  seen.className = "seen";
  seen.textContent = "Seen";
  place.after(seen);
}

// Ice breakers until the customer writes, then the menu.
function showOffered({ ice_breakers: questions, persistent_menu: menu }, wrote) {
  $("ice-breakers").hidden = wrote || !questions.length;
  $("menu-toggle").hidden = !wrote || !menu.length;
  if ($("menu-toggle").hidden) $("menu").hidden = true;
  offer($("questions"), questions);
  offer($("menu"), menu);
}

function offer(place, options) {
  const made = JSON.stringify(options);
  if (place.dataset.made === made) return; // what has the focus keeps it
  place.dataset.made = made;
  place.replaceChildren(...options.map(option));
}

function option({ text, payload, url }) {
  const made = document.createElement(url ? "a" : "button");
  made.textContent = url ? `${text} ↗` : text;
  if (url) Object.assign(made, { href: url, target: "_blank", rel: "noopener noreferrer" });
  else Object.assign(made, { type: "button" }).dataset.payload = payload;
  return made;
}

function showQuickReplies(replies) {
  const chips = replies.map(({ title, payload }) => {
    const chip = document.createElement("button");
    chip.type = "button";
    chip.textContent = title;
    chip.dataset.payload = payload ?? "";
    return chip;
  });
  $("quick-replies").replaceChildren(...chips);
  $("quick-replies").hidden = !chips.length;
}
