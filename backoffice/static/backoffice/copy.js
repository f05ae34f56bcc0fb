// A button that copies what stands in a field, and one that prints the page. Without scripts there
// is neither.
const SAID_FOR = 2000; // milliseconds

async function copy(field) {
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    document.execCommand("copy"); // without TLS there is no clipboard
  }
}

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  const words = button.firstChild;
  const before = words.textContent;
  button.addEventListener("click", async () => {
    await copy(document.getElementById(button.dataset.copy));
    words.textContent = "Copied";
    setTimeout(() => (words.textContent = before), SAID_FOR);
  });
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
