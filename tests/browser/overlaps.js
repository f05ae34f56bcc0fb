// Pairs of elements of a form whose visible parts share more than a hair.
const HAIR = 2;
const shown = (one) => {
  if (!one.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true })) return null; // closed or hidden
  let box = one.getBoundingClientRect();
  let [left, top, right, bottom] = [box.left, box.top, box.right, box.bottom];
  for (let at = one; at && at !== document.body; at = at.parentElement) {
    const style = getComputedStyle(at);
    if (style.position === "fixed" || style.position === "sticky") return null; // over the page, by intent
    if (at !== one && style.overflow !== "visible") {
      box = at.getBoundingClientRect();
      [left, top] = [Math.max(left, box.left), Math.max(top, box.top)];
      [right, bottom] = [Math.min(right, box.right), Math.min(bottom, box.bottom)];
    }
  }
  return right - left > HAIR && bottom - top > HAIR ? { one, left, top, right, bottom } : null;
};
const PARTS = "label, input:not([type=hidden]), select, textarea, button, .select2-selection, .help, h2, summary, p";
const OWN = `${PARTS}, a, h1, time, dt, dd, .chip, article`; // pages of our own: everything that is said
const parts = [...document.querySelectorAll(`#page form :is(${PARTS}), #page .before :is(${PARTS}), .frame :is(${OWN})`)];
const boxes = parts.map(shown).filter(Boolean);
const name = ({ one }) => `${one.tagName.toLowerCase()} ${one.name || one.id || one.htmlFor || one.textContent.trim().slice(0, 30)}`;
const found = [];
for (const [number, a] of boxes.entries()) {
  for (const b of boxes.slice(number + 1)) {
    if (a.one.contains(b.one) || b.one.contains(a.one)) continue;
    const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
    const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    if (wide > HAIR && high > HAIR) found.push(`${name(a)} / ${name(b)}`);
  }
}
const over = document.documentElement.scrollWidth - innerWidth;
if (over > HAIR) found.push(`the page is ${over} pixels wider than the window`);
return found;
