// Try it: asks what would be said, whenever typing rests; beside a rule with the form as it is.
document.addEventListener("DOMContentLoaded", () => {
  const box = document.querySelector(".trying");
  if (!box) return;
  const RESTS = 300; // milliseconds without a key
  const found = box.querySelector(".before-found");
  const fields = [...box.querySelectorAll(".trial [name]")];
  const text = fields.find((field) => field.name === "try-text");
  const trigger = fields.find((field) => field.name === "try-trigger");
  const form = box.closest("form");
  let asking = null;
  let resting = 0;

  const tryIt = async () => {
    asking?.abort();
    // All but a message may come without words: a mention in a story does.
    if (!text.value.trim() && trigger.value === "message") {
      found.hidden = true;
      return;
    }
    const mine = (asking = new AbortController());
    const body = new FormData(form);
    for (const field of fields) body.set(field.name, field.value);
    try {
      const headers = { "X-Requested-With": "fetch" };
      const answer = await fetch(box.dataset.url, { method: "POST", body, headers, signal: mine.signal });
      if (!answer.ok || answer.redirected) throw new Error(answer.status);
      const opened = found.querySelector("details")?.open;
      found.innerHTML = await answer.text();
      const others = found.querySelector("details");
      if (others && opened) others.open = true;
    } catch (error) {
      if (mine.signal.aborted) return;
      found.innerHTML = "<p class='tone-bad'>It could not be tried. Are you still logged in?</p>";
    }
    found.hidden = false;
  };
  const soon = () => {
    clearTimeout(resting);
    resting = setTimeout(tryIt, RESTS);
  };

  if (form !== box) {
    // Nothing of the box belongs to the rule: no field is saved, and Enter saves nothing.
    for (const field of fields) field.setAttribute("form", "try-it");
    box.addEventListener("input", (event) => { event.stopPropagation(); soon(); });
    box.addEventListener("change", (event) => { event.stopPropagation(); soon(); });
  }
  form.addEventListener("input", soon);
  form.addEventListener("change", soon);
});
