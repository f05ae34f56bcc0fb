// Light or dark, as the reader's system is.
localStorage.removeItem("authorized"); // earlier versions of this page kept tokens there
const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
follow();
dark.addEventListener("change", follow);
// Swagger gives its fields no names; those who hear the page need them.
const names = { "#servers": "Server", ".examples-select-element": "Example" };
const name = () => {
  for (const [field, called] of Object.entries(names))
    for (const one of document.querySelectorAll(`${field}:not([aria-label])`))
      one.setAttribute("aria-label", called);
};
// It puts a link into the button that opens an operation: both do the same, and the button is enough.
const unlink = () => {
  for (const one of document.querySelectorAll(".opblock-summary-control a[href]")) one.removeAttribute("href");
};
const mend = () => {
  name();
  unlink();
};
new MutationObserver(mend).observe(document.documentElement, { childList: true, subtree: true });
