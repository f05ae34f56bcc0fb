// The list of conversations: ticks, menus, and filters that apply themselves. It works without this.
document.addEventListener("formdata", ({ target, formData }) => {
  if (!target.matches("form[data-go]")) return; // a field that was left empty narrows nothing
  for (const [name, value] of [...formData]) if (!value) formData.delete(name);
});

document.addEventListener("change", ({ target }) => {
  if (target.matches(".queue-narrow select")) target.form.requestSubmit();
  if (target.matches(".queue-all")) {
    for (const tick of ticks()) tick.checked = target.checked;
  }
  if (target.matches(".queue-all, .queue-tick")) countTicks();
});

document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (key === "Enter" && target.matches(".queue-form [name=label]")) {
    event.preventDefault(); // the first button of the form is another one
    target.form.requestSubmit(target.form.querySelector("[value=label]"));
  }
  if (key === "Escape") closeMenus();
});

document.addEventListener("click", ({ target }) => closeMenus(target.closest(".queue-menu")));
document.addEventListener("instabot:swapped", prepare);
prepare();

// Whoever writes a number into a tab: a nought is not shown.
const tabs = document.querySelector("[data-part=tabs]");
new MutationObserver(() => {
  for (const count of tabs.querySelectorAll(".queue-count")) count.hidden = count.textContent.trim() === "0";
}).observe(tabs, { childList: true, characterData: true, subtree: true });

function ticks() {
  return [...document.querySelectorAll(".queue-tick")];
}

function countTicks() {
  const all = document.querySelector(".queue-all");
  if (!all) return;
  const ticked = ticks().filter((tick) => tick.checked).length;
  all.checked = ticked > 0 && ticked === ticks().length;
  all.indeterminate = ticked > 0 && !all.checked;
}

function prepare() {
  const all = document.querySelector(".queue-all");
  if (all) all.hidden = false;
  countTicks();
}

function closeMenus(except) {
  for (const menu of document.querySelectorAll(".queue-menu[open]")) {
    if (menu !== except) menu.open = false;
  }
}
