// A long thread: earlier and later messages come without losing one's place, and stay when the page
// draws its part of the thread anew. Without this script each is a page of its own.
const part = () => document.querySelector("[data-thread]");
const entries = (thread) => [...thread.children].filter((one) => !one.matches("[data-more], .msg-newest"));
const plain = (html) => html.replace(/(name="csrfmiddlewaretoken" value=")[^"]*/g, "$1");

let shown = null; // the thread whose entries are known
let known = []; // its entries as they stand, each with the HTML that the server wrote
let more = []; // its links to earlier and later messages
let place = null; // which message stands where, unless one reads the newest
let loading = false;

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-more]");
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  load(link, { focus: true });
}, true); // before the page goes there

// Whoever scrolls there has them brought.
const reached = new IntersectionObserver((links) => {
  for (const { isIntersecting, target } of links) if (isIntersecting) load(target);
});

document.addEventListener("scroll", ({ target }) => target.matches?.(".msg-scroll") && remember(), true);
document.addEventListener("toggle", remember, true);

document.addEventListener("instabot:opened", begin);
document.addEventListener("instabot:swapped", keep);
addEventListener("hashchange", find);
begin();

function begin() {
  if (part() === shown) return;
  learn();
  const marked = part()?.querySelector(".msg-marked");
  if (marked) marked.scrollIntoView({ block: "center" });
  else find();
}

function learn() {
  shown = part();
  known = shown ? entries(shown).map((node) => ({ node, html: plain(node.outerHTML) })) : [];
  learnLinks();
}

function learnLinks() {
  more = shown ? [...shown.querySelectorAll("[data-more], .msg-newest")] : [];
  reached.disconnect();
  for (const link of more) if (link.matches("[data-more]")) reached.observe(link);
}

// An address that names a message leads to it, on whichever page it is.
function find() {
  const [, number] = /^#message-(\d+)$/.exec(location.hash) ?? [];
  if (!number || !part() || document.getElementById(`message-${number}`)) return;
  const there = new URL(location.href);
  if (there.searchParams.get("at") === number) return; // it is nowhere
  for (const name of ["before", "after", "note"]) there.searchParams.delete(name);
  there.searchParams.set("at", number);
  location.replace(there);
}

async function load(link, { focus = false } = {}) {
  if (loading) return;
  loading = true;
  link.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(link.href, { headers: { "X-Parts": "thread" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const found = page.querySelector("[data-thread]");
    if (link.isConnected && answer.ok && found) add(link, found, focus);
    else if (focus) location.assign(link.href);
    else throw new Error(`The server answered ${answer.status}.`);
  } catch {
    link.textContent = "Could not be loaded. Try again";
  } finally {
    loading = false;
    link.removeAttribute("aria-busy");
  }
}

function add(link, found, focus) {
  const earlier = link.dataset.more === "earlier";
  const scroll = link.closest(".msg-scroll");
  const height = scroll.scrollHeight;
  const came = entries(found);
  const next = [...found.children].filter((one) => one.matches(earlier ? "[data-more=earlier]" : "[data-more=later], .msg-newest"));
  if (!earlier) part().querySelector(".msg-newest")?.remove();
  const rest = came.map((node) => ({ node, html: plain(node.outerHTML) }));
  const [above, below] = earlier ? [rest, known] : [known, rest];
  link.replaceWith(...(earlier ? [...next, ...came] : [...came, ...next]));
  known = [...above, ...below];
  learnLinks();
  oneDayLine();
  // The thread is measured from its end: what is added there moves what one reads.
  if (!earlier) scroll.scrollTop -= scroll.scrollHeight - height;
  remember();
  if (focus) (earlier ? came.at(-1) : came[0])?.querySelector("a, summary")?.focus({ preventScroll: true });
}

// Each page begins with its day, also where the one above ends with it.
function oneDayLine() {
  let last = "";
  for (const line of part().querySelectorAll("[data-day]")) {
    line.hidden = line.dataset.day === last;
    last = line.dataset.day;
  }
}

// The page has drawn its part anew: what was loaded around it comes back, and what is as it was keeps
// its place, so that a voice note plays on.
function keep({ detail }) {
  if (!detail.parts.includes("thread") || !part()) return;
  const before = known;
  const links = more;
  learn();
  const now = known;
  const same = new Map(before.filter(({ node }) => node.id).map((one) => [one.node.id, one]));
  const first = before.findIndex(({ node }) => node.id && node.id === now.find((one) => one.node.id)?.node.id);
  const last = before.findIndex(({ node }) => node.id && node.id === now.findLast((one) => one.node.id)?.node.id);
  for (const one of now) {
    const old = same.get(one.node.id);
    if (old?.html !== one.html) playOn(old?.node, one.node);
    else {
      one.node.replaceWith(old.node);
      one.node = old.node;
    }
  }
  if (first > 0) putBack(before.slice(0, dayBefore(before, first)), links, "earlier");
  if (last >= 0 && last < before.length - 1 && part().querySelector("[data-more=later]")) putBack(before.slice(last + 1), links, "later");
  learnAgain(before, now);
  oneDayLine();
  stay();
}

function playOn(old, node) {
  const players = [...(old?.querySelectorAll("audio, video") ?? [])];
  for (const player of node.querySelectorAll("audio, video")) {
    const playing = players.find((one) => one.src === player.src);
    if (playing) player.replaceWith(playing);
  }
}

// The line of its day belongs to a message, and comes with it.
function dayBefore(before, first) {
  return first > 0 && !before[first - 1].node.id ? first - 1 : first;
}

// What has no id, as the line of a day, may stand for another one in the new part: it is made anew.
function made({ node, html }) {
  if (node.id) return node;
  const box = document.createElement("template");
  box.innerHTML = html;
  return box.content.firstElementChild;
}

function putBack(some, links, which) {
  const link = part().querySelector(`[data-more=${which}]`);
  const nodes = some.map(made);
  const old = links.filter((one) => (which === "earlier" ? one.dataset.more === "earlier" : one.dataset.more !== "earlier"));
  if (which === "earlier") {
    link?.remove();
    part().prepend(...old, ...nodes);
  } else {
    part().querySelector(".msg-newest")?.remove();
    link.remove();
    part().append(...nodes, ...old);
  }
}

function learnAgain(before, now) {
  const html = new Map([...before, ...now].map((one) => [one.node, one.html]));
  known = entries(part()).map((node) => ({ node, html: html.get(node) ?? plain(node.outerHTML) }));
  learnLinks();
}

const scroller = () => part()?.closest(".msg-scroll");
const topOf = (id) => document.getElementById(id).getBoundingClientRect().top;

function remember() {
  const scroll = scroller();
  if (!scroll) return;
  const { top } = scroll.getBoundingClientRect();
  const first = [...part().querySelectorAll("[data-message]")].find((one) => one.getBoundingClientRect().bottom > top);
  place = scroll.scrollTop < -1 && first ? { id: first.id, top: topOf(first.id) } : null;
}

function stay() {
  if (place && document.getElementById(place.id)) scroller().scrollTop += topOf(place.id) - place.top;
}
