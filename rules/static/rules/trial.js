// Try it: asks for the result whenever typing pauses; beside a rule, with the form as it is.
document.addEventListener("DOMContentLoaded", () => {
  const box = document.querySelector(".trial");
  if (!box) return;
  const TYPING_PAUSE = 300; // milliseconds without a key
  const result = box.querySelector(".before-found");
  const fields = [...box.querySelectorAll(".trial-fields [name]")];
  const text = fields.find((field) => field.name === "try-text");
  const trigger = fields.find((field) => field.name === "try-trigger");
  const form = box.closest("form");
  let asking = null;
  let resting = 0;

  const tryIt = async () => {
    asking?.abort();
    // Everything except a message may come without words, such as a mention in a story.
    if (!text.value.trim() && trigger.value === "message") {
      result.hidden = true;
      return;
    }
    const mine = (asking = new AbortController());
    const body = new FormData(form);
    for (const field of fields) body.set(field.name, field.value);
    let said = "That did not work. Are you still logged in?";
    try {
      const headers = { "X-Requested-With": "fetch" };
      const answer = await fetch(box.dataset.url, { method: "POST", body, headers, signal: mine.signal });
      if (answer.status === 503) said = (await answer.json()).error;
      if (!answer.ok || answer.redirected) throw new Error(answer.status);
      const opened = result.querySelector("details")?.open;
      result.innerHTML = await answer.text();
      const others = result.querySelector("details");
      if (others && opened) others.open = true;
    } catch (error) {
      if (mine.signal.aborted) return;
      result.innerHTML = "<p class='tone-bad'></p>";
      result.firstElementChild.textContent = said;
    }
    result.hidden = false;
  };
  const soon = () => {
    clearTimeout(resting);
    resting = setTimeout(tryIt, TYPING_PAUSE);
  };

  if (form !== box) {
    // The box is not part of the rule: its fields are not saved, and Enter does not save.
    for (const field of fields) field.setAttribute("form", "try-it");
    box.addEventListener("input", (event) => { event.stopPropagation(); soon(); });
    box.addEventListener("change", (event) => { event.stopPropagation(); soon(); });
  }
  form.addEventListener("input", soon);
  form.addEventListener("change", soon);
});
