// A form that was refused opens at its first field with an error, also in a part that is folded away.
document.addEventListener("DOMContentLoaded", () => {
  const field = document.querySelector("main [aria-invalid=true]");
  if (!field) return;
  const show = () => {
    field.closest("details")?.setAttribute("open", "");
    field.focus();
  };
  document.querySelector(".error-link")?.addEventListener("click", (event) => {
    event.preventDefault();
    show();
  });
  setTimeout(show); // after Alpine has drawn the page
});
