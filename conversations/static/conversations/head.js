// The head of a thread: its menus close when something was chosen, and a pause goes on counting
// what the server said (ages.remaining).
const MINUTE = 60_000;
const over = new Set(); // the ends that have come, by the clock of this computer

setInterval(count, 1000);
document.addEventListener("instabot:swapped", count);
document.addEventListener("instabot:opened", count);

document.addEventListener("submit", ({ target }) => {
  if (target.closest(".head")) target.closest("details")?.removeAttribute("open");
});

function count() {
  for (const time of document.querySelectorAll("time[data-countdown]")) {
    const left = new Date(time.dateTime) - Date.now();
    const said = say(Math.max(Math.ceil(left / MINUTE), 0));
    if (time.textContent !== said) time.textContent = said;
    if (left > 0 || over.has(time.dateTime)) continue;
    over.add(time.dateTime); // asked for once: a computer's clock may be ahead of the server's
    document.dispatchEvent(new CustomEvent("instabot:refresh"));
  }
}

function say(minutes) {
  const days = Math.floor(minutes / 1440);
  const hours = Math.floor(minutes / 60) % 24;
  const rest = minutes % 60;
  if (days) return hours ? `${days} d ${hours} h` : `${days} d`;
  if (hours) return `${hours} h ${String(rest).padStart(2, "0")} min`;
  return `${rest} min`;
}
