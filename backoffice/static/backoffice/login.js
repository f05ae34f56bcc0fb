// One can type one's name at once: the page is hidden until Alpine has begun, and a browser passes
// over `autofocus` in what is hidden.
document.addEventListener("alpine:initialized", () => requestAnimationFrame(focusFirst));

function focusFirst() {
  if (document.activeElement === document.body) document.querySelector("[autofocus]")?.focus();
}
