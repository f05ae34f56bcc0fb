// Connecting an account: looks whether the first message came, and how far the import of earlier
// ones is.
const EVERY = 2000; // milliseconds between two looks

const first = document.querySelector("[data-news]");
const history = document.querySelector("[data-history]");
const isOpen = (line) => line && !("came" in line.dataset);

function say(line, text, isOver) {
  if (!isOpen(line) || !text) return;
  line.textContent = text;
  if (isOver) line.dataset.came = "";
}

async function look() {
  const address = first?.dataset.news ?? history.dataset.history;
  const response = await fetch(address, { headers: { Accept: "application/json", "X-Unattended": "1" } });
  if (!response.ok) return;
  const news = await response.json();
  say(first, news.came, true);
  if (news.history) say(history, news.history.says, news.history.is_over);
}

const timer = setInterval(async () => {
  if (!isOpen(first) && !isOpen(history)) return clearInterval(timer);
  if (!document.hidden) await look().catch(() => {}); // the next look may reach the server
}, EVERY);

document.getElementById("problem")?.focus();
