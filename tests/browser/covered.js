// What one fills in or presses that a bar over the page covers, wherever it is scrolled into view.
// Not asked of a notice, which goes away by itself or by its ×.
const own = (one) => ["fixed", "sticky"].includes(getComputedStyle(one).position) && !one.matches(".toasts");
const overOf = (one) => (one && (own(one) ? one : overOf(one.parentElement)));
const covers = (one, x, y) => {
  const hit = document.elementFromPoint(x, y);
  const bar = overOf(hit);
  return bar && !bar.contains(one) && !one.contains(hit) ? bar : null;
};
const FIELDS = "input:not([type=hidden]), select, textarea, button, summary";
const fields = [...document.querySelectorAll(`main :is(${FIELDS})`)];
const shown = fields.filter((one) => one.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true }));
const name = (one) => `${one.tagName.toLowerCase()} ${one.name || one.id || one.textContent.trim().slice(0, 30)}`;
const found = new Set();
const look = (one, how) => {
  const { left, right, top, bottom } = one.getBoundingClientRect();
  if (right - left < 4 || bottom - top < 4 || bottom - top > innerHeight / 2) return;
  const x = (left + right) / 2;
  for (const y of [top + 2, (top + bottom) / 2, bottom - 2]) {
    const bar = covers(one, x, y);
    if (bar) found.add(`${name(one)}, ${how}, is below ${bar.id || bar.className}`);
  }
};
for (const one of shown) {
  for (const block of ["end", "start"]) {
    one.scrollIntoView({ block, behavior: "instant" });
    look(one, `at the ${block}`);
  }
  one.focus();
  look(one, "with the focus");
}
document.activeElement?.blur();
scrollTo(0, 0);
return [...found];
