// Before anything is drawn: light or dark, as chosen on any page of the admin (Unfold keeps it so).
const dark = matchMedia("(prefers-color-scheme: dark)");

function chosenTheme() {
  try {
    return JSON.parse(localStorage.getItem("adminTheme")) ?? "auto";
  } catch {
    return "auto";
  }
}

function showTheme() {
  const theme = chosenTheme();
  const isDark = theme === "dark" || (theme === "auto" && dark.matches);
  document.documentElement.classList.toggle("dark", isDark);
}

showTheme();
dark.addEventListener("change", showTheme);
addEventListener("storage", showTheme); // chosen in another tab
