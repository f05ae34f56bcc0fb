// What the markup of Unfold's and Django's own pages lacks for screen readers.
addEventListener("load", () => {
  setTimeout(() => {
    for (const hint of document.querySelectorAll(".help-tooltip[aria-label]")) hint.setAttribute("role", "img");
    for (const tools of document.querySelectorAll("ul.object-tools")) tools.setAttribute("role", "group");
  });
});
