// Connecting an account: copies what Meta wants to know, and looks whether the first message came.
const EVERY = 2000; // milliseconds between two looks
const SAID_FOR = 2000;

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

async function look(line) {
  const response = await fetch(line.dataset.news, { headers: { Accept: "application/json" } });
  if (!response.ok) return;
  const { came } = await response.json();
  if (!came) return;
  line.textContent = came;
  line.dataset.came = "";
}

const line = document.querySelector("[data-news]");
const timer = setInterval(async () => {
  if (!line || "came" in line.dataset) return clearInterval(timer);
  if (!document.hidden) await look(line).catch(() => {}); // the next look may reach the server
}, EVERY);

document.getElementById("problem")?.focus();
