// Makes one part of the page like another by changing only what differs. What stays is the same
// element as before: text that is selected in it, a voice note that plays, a menu that is open.
const keyOf = (node) => node.dataset?.conversation ?? node.id ?? "";
const OF_THE_READER = new Set(["open", "aria-busy"]); // attributes that the page itself sets

export function morph(here, there) {
  if (here.isEqualNode(there)) return;
  copyAttributes(here, there);
  const keyed = new Map([...here.children].filter(keyOf).map((one) => [keyOf(one), one]));
  let at = here.firstChild;
  for (const next of [...there.childNodes]) {
    const same = keyOf(next) ? keyed.get(keyOf(next)) : at && !keyOf(at) ? at : null;
    if (!same || same.nodeName !== next.nodeName) {
      here.insertBefore(next, at);
    } else {
      if (same === at) at = at.nextSibling;
      else move(here, same, at);
      if (same.nodeType === Node.ELEMENT_NODE) morph(same, next);
      else if (same.data !== next.data) same.data = next.data;
    }
  }
  while (at) {
    const last = at;
    at = at.nextSibling;
    last.remove();
  }
}

// Where the browser can, without losing focus and what is scrolled.
function move(parent, node, before) {
  if (parent.moveBefore) parent.moveBefore(node, before);
  else parent.insertBefore(node, before);
}

function copyAttributes(here, there) {
  for (const { name } of [...here.attributes]) {
    if (!there.hasAttribute(name) && !OF_THE_READER.has(name)) here.removeAttribute(name);
  }
  for (const { name, value } of [...there.attributes]) {
    if (here.getAttribute(name) !== value && !OF_THE_READER.has(name)) here.setAttribute(name, value);
  }
}
