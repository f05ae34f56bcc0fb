// What the frame does beside its links: theme, closing of menus and toasts. It works without this.
const TOAST_STAYS = 6000; // milliseconds; what went wrong stays until it is closed

export function toast(words, level = "success") {
  const [line, text, close] = ["p", "span", "button"].map((name) => document.createElement(name));
  line.className = `toast toast-${level}`;
  text.textContent = words;
  close.type = "button";
  close.className = "toast-close";
  close.setAttribute("aria-label", "Close");
  close.textContent = "×";
  line.append(text, close);
  addToast(line);
}

export function addToast(line) {
  document.querySelector("[data-part=toasts]").append(line);
  prepareToast(line);
}

function prepareToast(line) {
  line.querySelector(".toast-close").hidden = false;
  if (line.matches(".toast-success, .toast-info")) setTimeout(() => line.remove(), TOAST_STAYS);
}

function prepareThemes() {
  const themes = document.querySelector(".sidebar-themes");
  if (!themes) return; // a page without the menu, in a window of its own
  themes.hidden = false;
  const mark = () => {
    for (const button of themes.children) {
      button.setAttribute("aria-pressed", button.dataset.theme === chosenTheme());
    }
  };
  themes.addEventListener("click", ({ target }) => {
    const { theme } = target.dataset;
    if (!theme) return;
    localStorage.setItem("adminTheme", JSON.stringify(theme));
    showTheme();
    mark();
  });
  mark();
}

document.querySelectorAll(".toast").forEach(prepareToast);
// The menu is longer than a small screen: one sees where one is.
document.querySelector(".sidebar [aria-current=page]")?.scrollIntoView({ block: "nearest" });
document.addEventListener("click", ({ target }) => {
  target.closest(".toast-close")?.closest(".toast").remove();
  for (const menu of document.querySelectorAll("details.sidebar-user[open]")) {
    if (!menu.contains(target)) menu.open = false;
  }
});
prepareThemes();
