// Pairs of elements of a form whose visible parts share more than a hair.
const HAIR = 2;
// What is asked of each element again and again, by those inside it.
const known = new Map();
const framed = (one) => {
  if (!known.has(one)) {
    const { position, overflow } = getComputedStyle(one);
    const over = position === "fixed" || position === "sticky"; // over the page, by intent
    known.set(one, { over, clip: overflow === "visible" ? null : one.getBoundingClientRect() });
  }
  return known.get(one);
};
const shown = (one) => {
  if (!one.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true })) return null; // closed or hidden
  let { left, top, right, bottom } = one.getBoundingClientRect();
  for (let at = one; at && at !== document.body; at = at.parentElement) {
    const { over, clip } = framed(at);
    if (over) return null;
    if (at === one || !clip) continue;
    [left, top] = [Math.max(left, clip.left), Math.max(top, clip.top)];
    [right, bottom] = [Math.min(right, clip.right), Math.min(bottom, clip.bottom)];
  }
  return right - left > HAIR && bottom - top > HAIR ? { one, left, top, right, bottom } : null;
};
const PARTS = "label, input:not([type=hidden]), select, textarea, button, .select2-selection, .help, h2, summary, p";
const OWN = `${PARTS}, a, h1, time, dt, dd, .chip, article`; // everything that is said
const WITHIN = "[id^=clocklink], [id^=calendarlink]"; // Unfold's symbols in the field that they fill
const parts = [...document.querySelectorAll(`.frame :is(${OWN}):not(${WITHIN})`)];
const boxes = parts.map(shown).filter(Boolean);
const name = ({ one }) => `${one.tagName.toLowerCase()} ${one.name || one.id || one.htmlFor || one.textContent.trim().slice(0, 30)}`;
const found = [];
for (const [number, a] of boxes.entries()) {
  for (const b of boxes.slice(number + 1)) {
    const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
    const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    if (wide <= HAIR || high <= HAIR || a.one.contains(b.one) || b.one.contains(a.one)) continue;
    found.push(`${name(a)} / ${name(b)}`);
  }
}
const over = document.documentElement.scrollWidth - innerWidth;
if (over > HAIR) found.push(`the page is ${over} pixels wider than the window`);
return found;
