// The list of conversations: keys, ticks, and filters that apply themselves. It works without this.
document.addEventListener("DOMContentLoaded", () => {
  const queue = document.querySelector("[data-queue]");
  if (!queue) return;
  prepareFilters(queue);
  prepareTicks(queue);
  prepareMenus(queue);
  const keys = queue.querySelector("#queue-keys");
  for (const help of queue.querySelectorAll("[data-keys]")) {
    help.hidden = false;
    help.addEventListener("click", () => keys.showModal());
  }
  queue.querySelector(".queue-tab[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  returnToPlace(queue);
  document.addEventListener("keydown", (event) => press(event, queue, keys));
});

const PLACE = "queue-place"; // the row in which one was, for when the page comes again

function prepareFilters(queue) {
  for (const form of queue.querySelectorAll("form[method=get]")) {
    form.addEventListener("formdata", ({ formData }) => {
      for (const [name, value] of [...formData]) if (!value) formData.delete(name);
    });
  }
  queue.querySelector(".queue-narrow").addEventListener("change", ({ target }) => {
    if (target.matches("select")) target.form.requestSubmit();
  });
}

function prepareTicks(queue) {
  const all = queue.querySelector(".queue-all");
  if (!all) return;
  const ticks = [...queue.querySelectorAll(".queue-tick")];
  all.hidden = false;
  all.addEventListener("change", () => ticks.forEach((tick) => (tick.checked = all.checked)));
  queue.addEventListener("change", () => {
    const ticked = ticks.filter((tick) => tick.checked).length;
    all.checked = ticked === ticks.length;
    all.indeterminate = ticked > 0 && ticked < ticks.length;
  });
  const label = queue.querySelector("[name=label]");
  label.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault(); // the first button of the form is another one
    label.form.requestSubmit(queue.querySelector("[value=label]"));
  });
}

function prepareMenus(queue) {
  const close = (except) => {
    for (const menu of queue.querySelectorAll(".queue-menu[open]")) {
      if (menu !== except) menu.open = false;
    }
  };
  document.addEventListener("click", ({ target }) => close(target.closest(".queue-menu")));
  document.addEventListener("keydown", ({ key }) => key === "Escape" && close());
}

function returnToPlace(queue) {
  const place = sessionStorage.getItem(PLACE);
  sessionStorage.removeItem(PLACE);
  if (place === null) return;
  const rows = rowsOf(queue);
  linkOf(rows[Math.min(Number(place), rows.length - 1)])?.focus();
}

const rowsOf = (queue) => [...queue.querySelectorAll(".queue-row")];
const linkOf = (row) => row?.querySelector(".queue-open");
const TYPING = "input:not([type=checkbox]), textarea, select, [contenteditable], dialog";

function press(event, queue, keys) {
  const { key, target, ctrlKey, metaKey, altKey } = event;
  if (ctrlKey || metaKey || altKey || target.closest(TYPING)) return;
  const rows = rowsOf(queue);
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  const go = {
    j: () => linkOf(rows[Math.min(at + 1, rows.length - 1)])?.focus(),
    k: () => linkOf(rows[Math.max(at - 1, 0)])?.focus(),
    x: () => tick(rows[at]),
    e: () => act(queue, rows, at, "done"),
    a: () => act(queue, rows, at, "assign:me"),
    "/": () => queue.querySelector("#queue-search").select(),
    "?": () => keys.showModal(),
  }[key];
  if (!go) return;
  event.preventDefault();
  go();
}

function tick(row) {
  row?.querySelector(".queue-tick")?.click();
}

// Do it with what is ticked, or else with the row that one is in.
function act(queue, rows, at, what) {
  const form = queue.querySelector(".queue-form");
  const button = form?.querySelector(`[value="${what}"]`);
  if (!button) return;
  if (!form.querySelector(".queue-tick:checked")) {
    if (at < 0) return;
    tick(rows[at]);
  }
  if (at >= 0) sessionStorage.setItem(PLACE, at);
  form.requestSubmit(button);
}
