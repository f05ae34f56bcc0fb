// One can go through the inbox without a mouse; `?` shows the keys. What one types is text.
const TYPING = "input:not([type=checkbox]), textarea, select, [contenteditable], dialog";
const keys = document.getElementById("queue-keys");
const rows = () => [...document.querySelectorAll(".queue-row")];
const linkOf = (row) => row?.querySelector(".queue-open");

for (const help of document.querySelectorAll("[data-keys]")) {
  help.hidden = false;
  help.addEventListener("click", () => keys.showModal());
}

document.addEventListener("keydown", (event) => {
  const { key, code, target, ctrlKey, metaKey, altKey } = event;
  if (ctrlKey || metaKey || altKey || event.defaultPrevented) return;
  if (key === "Escape") leaveField(target);
  if (target.closest(TYPING)) return;
  const doIt = DOES[key] ?? (isLatin(key) ? undefined : DOES[LETTERS[code]]);
  if (!doIt) return;
  event.preventDefault();
  doIt();
});

const DOES = {
  j: () => move(1),
  k: () => move(-1),
  x: () => tick(rows()[here()]),
  e: () => done(),
  a: () => take(),
  "/": () => document.getElementById("queue-search").select(),
  "?": () => keys.showModal(),
};

// The place of a letter, for keyboards that write another script.
const LETTERS = { KeyJ: "j", KeyK: "k", KeyX: "x", KeyE: "e", KeyA: "a" };
const isLatin = (key) => key.length !== 1 || key <= "\u024F";

// Where one is in the list: at the row that has the focus, else at the one that is open.
function here() {
  const focused = rows().findIndex((row) => row.contains(document.activeElement));
  return focused >= 0 ? focused : rows().findIndex((row) => row.getAttribute("aria-current"));
}

function move(by) {
  const to = Math.min(Math.max(here() + by, 0), rows().length - 1);
  linkOf(rows()[to])?.focus();
}

function tick(row) {
  row?.querySelector(".queue-tick")?.click();
}

// What is ticked, or else the row that has the focus, or else the conversation that is open.
function done() {
  const inRow = document.activeElement.closest(".queue-row");
  const ticked = document.querySelector(".queue-tick:checked");
  if (inRow || ticked) inList("done");
  else document.querySelector("[data-done]")?.click();
}

function take() {
  const inRow = document.activeElement.closest(".queue-row");
  const ticked = document.querySelector(".queue-tick:checked");
  if (inRow || ticked) inList("assign:me");
  else document.querySelector("[data-take]")?.click();
}

function inList(what) {
  const form = document.querySelector(".queue-form");
  const button = form?.querySelector(`[value="${what}"]`);
  if (!button) return;
  if (form.querySelector(".queue-tick:checked")) {
    form.requestSubmit(button);
  } else if (here() >= 0) {
    const row = rows()[here()];
    tick(row);
    form.requestSubmit(button);
    tick(row); // it was for this: the next key is about where one is then
  }
}

// Out of a field, back to the list where it stands beside.
function leaveField(target) {
  if (!target.matches("textarea, input") || target.closest("dialog, details[open]")) return;
  target.blur();
  const row = rows()[here()] ?? rows()[0];
  if (row?.checkVisibility()) linkOf(row).focus();
}
