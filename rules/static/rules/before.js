// Before you save: asks what the form as it is would change, at a click and when typing rests.
document.addEventListener("DOMContentLoaded", () => {
  const panel = document.querySelector(".before:not(.trying)");
  const form = panel?.closest("form");
  if (!form) return;
  const RESTS = 800; // milliseconds without a key
  const found = panel.querySelector(".before-found");
  const button = panel.querySelector("button");
  let asking = null;
  let resting = 0;

  const show = (html) => {
    const opened = [...found.querySelectorAll("details[open]")].map((one) => one.dataset.what);
    found.innerHTML = html;
    found.hidden = false;
    for (const one of found.querySelectorAll("details")) one.open = opened.includes(one.dataset.what);
  };
  const look = async () => {
    clearTimeout(resting);
    asking?.abort();
    const mine = (asking = new AbortController());
    panel.setAttribute("aria-busy", "true");
    try {
      const body = new FormData(form);
      const answer = await fetch(panel.dataset.url, { method: "POST", body, signal: mine.signal });
      if (!answer.ok || answer.redirected) throw new Error(answer.status);
      show(await answer.text());
    } catch (error) {
      if (mine.signal.aborted) return;
      show("<p class='tone-bad'>It could not be looked at. Are you still logged in?</p>");
    }
    if (mine === asking) panel.removeAttribute("aria-busy");
  };
  const soon = () => {
    clearTimeout(resting);
    resting = setTimeout(look, RESTS);
  };

  button.addEventListener("click", look);
  form.addEventListener("input", soon);
  form.addEventListener("change", soon);
});
