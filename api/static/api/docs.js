// Light or dark, as the reader's system is.
localStorage.removeItem("authorized"); // earlier versions of this page kept tokens there
const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
follow();
dark.addEventListener("change", follow);
