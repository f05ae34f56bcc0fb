// What engineers ask of a message is fetched when somebody opens it: hardly anybody does.
document.addEventListener("toggle", ({ target }) => load(target), true); // it does not bubble
document.addEventListener("instabot:swapped", () => {
  for (const one of document.querySelectorAll(".msg-details[open]")) load(one);
});

async function load(fold) {
  const link = fold.matches?.(".msg-details[open]") && fold.querySelector("a[data-details]");
  if (!link || link.dataset.details) return;
  link.dataset.details = "asked";
  try {
    const answer = await fetch(link.href);
    if (!answer.ok || answer.redirected) throw new Error(`The server answered ${answer.status}.`);
    const there = new DOMParser().parseFromString(await answer.text(), "text/html");
    link.replaceWith(...there.body.childNodes);
  } catch {
    link.dataset.details = ""; // the link leads there, and to the log-in where that is missing
  }
}
