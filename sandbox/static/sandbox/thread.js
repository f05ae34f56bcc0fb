// Draws the thread: keeps the bubbles that are there, adds what is new, moves "Seen".
const $ = (id) => document.getElementById(id);
const PAUSE = 15 * 60 * 1000; // after so long a silence the time is shown again
const NEAR = 120; // pixels from the end: somebody who reads further up is not moved

const drawn = new Map(); // id of a message: its element
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
  for (const message of fresh) add(thread, message);
  showSeen(thread, state.messages);
  const last = state.messages.at(-1);
  $("typing").hidden = !state.awaiting;
  $("ice-breakers").hidden = Boolean(last);
  showQuickReplies(last && !last.mine ? last.quick_replies : []);
  const mine = fresh.some((message) => message.mine);
  if (changed || atEnd || mine) scroll.scrollTop = scroll.scrollHeight;
}

function add(thread, message) {
  const at = new Date(message.at);
  if (at - lastAt > PAUSE) thread.append(timeLine(at));
  lastAt = at;
  const bubble = document.createElement("li");
  bubble.className = `bubble ${message.mine ? "mine" : "theirs"}`;
  bubble.title = at.toLocaleString();
  const author = document.createElement("span");
  author.className = "unseen"; // colour and side say it to those who see
  author.textContent = message.mine ? "You: " : "The shop: ";
  bubble.append(author);
  if (message.kind === "photo") {
    bubble.classList.add("photo");
    const image = document.createElement("img");
    image.src = new URL("photo.svg", import.meta.url).href;
    image.alt = "Photo";
    image.width = 180; // known before it is loaded, so that the end of the thread stays in view
    image.height = 225;
    bubble.append(image);
  } else {
    bubble.append(message.text);
    if (message.kind !== "text") bubble.classList.add("tapped");
  }
  drawn.set(message.id, bubble);
  thread.append(bubble);
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
  const place = last?.seen ? drawn.get(last.id) : null;
  const there = thread.querySelector(".seen");
  if (there && there.previousElementSibling === place) return;
  there?.remove();
  if (!place) return;
  const seen = document.createElement("li");
  seen.className = "seen";
  seen.textContent = "Seen";
  place.after(seen);
}

function showQuickReplies(replies) {
  const chips = (replies ?? []).map(({ title, payload }) => {
    const chip = document.createElement("button");
    chip.type = "button";
    chip.textContent = title;
    chip.dataset.payload = payload ?? "";
    return chip;
  });
  $("quick-replies").replaceChildren(...chips);
  $("quick-replies").hidden = !chips.length;
}
