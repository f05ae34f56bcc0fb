// What a person has done to a part of the page outlives its being drawn anew: focus, ticks, open
// menus, half-typed fields, and how far it is scrolled.

function keyOf(one) {
  const around = one.closest("li[data-conversation], article[id], form[action], [data-part]");
  const of = around?.dataset.conversation ?? around?.id ?? "";
  const says = one.matches("details") ? one.querySelector("summary")?.textContent.trim() : "";
  const value = one.matches("[type=checkbox], [type=radio], button") ? one.value : "";
  return [of, one.tagName, one.id, one.name, value, one.getAttribute("href"), says].join("|");
}

const TYPED = "input:not([type=hidden], [type=checkbox], [type=radio]), textarea";
const SCROLLED = "[data-scroll], .queue-tabs";

export function remember(part) {
  const focused = part.contains(document.activeElement) ? document.activeElement : null;
  const focus = focused && { key: keyOf(focused), row: rowNumber(part, focused), selection: selectionOf(focused) };
  const ticked = keys(part, "input:checked");
  const open = keys(part, "details[open]");
  const typed = new Map(
    [...part.querySelectorAll(TYPED)].filter((one) => one.value !== one.defaultValue).map((one) => [keyOf(one), one.value]),
  );
  const scrolled = scrollers(part).map((one) => [keyOf(one), one.scrollTop, one.scrollLeft, one.scrollHeight]);
  return () => {
    for (const one of part.querySelectorAll("input[type=checkbox], input[type=radio]")) {
      if (ticked.has(keyOf(one))) one.checked = true;
    }
    for (const one of part.querySelectorAll("details")) if (open.has(keyOf(one))) one.open = true;
    for (const one of part.querySelectorAll(TYPED)) if (typed.has(keyOf(one))) one.value = typed.get(keyOf(one));
    for (const [key, top, left, height] of scrolled) {
      const one = scrollers(part).find((other) => keyOf(other) === key);
      // A thread grows at its end, from which it is measured (below zero): what one reads stays there.
      one?.scrollTo(left, top < 0 ? top - (one.scrollHeight - height) : top);
    }
    if (focus) returnFocus(part, focus);
  };
}

const scrollers = (part) => [part, ...part.querySelectorAll(SCROLLED)];
const keys = (part, selector) => new Set([...part.querySelectorAll(selector)].map(keyOf));
const rows = (part) => [...part.querySelectorAll(".queue-row")];
const rowNumber = (part, one) => rows(part).indexOf(one.closest(".queue-row"));
const selectionOf = (one) => (one.matches(TYPED) ? [one.selectionStart, one.selectionEnd] : null);

function returnFocus(part, { key, row, selection }) {
  const same = [...part.querySelectorAll("a, button, input, select, textarea, summary, [tabindex]")].find((one) => keyOf(one) === key);
  const instead = row < 0 ? null : rows(part).at(Math.min(row, rows(part).length - 1))?.querySelector(".queue-open");
  (same ?? instead)?.focus({ preventScroll: Boolean(same) });
  if (same && selection?.[0] != null) same.setSelectionRange(...selection);
}
