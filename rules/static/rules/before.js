// Before you save: asks what the form would change, on a click and whenever typing pauses.
document.addEventListener("DOMContentLoaded", () => {
  const panel = document.querySelector(".before:not(.trial)");
  const form = panel?.closest("form");
  if (!form) return;
  const TYPING_PAUSE = 800; // milliseconds without a key
  const result = panel.querySelector(".before-found");
  const button = panel.querySelector("button");
  let asking = null;
  let resting = 0;

  const show = (html) => {
    const opened = [...result.querySelectorAll("details[open]")].map((details) => details.dataset.what);
    result.innerHTML = html;
    result.hidden = false;
    for (const details of result.querySelectorAll("details")) {
      details.open = opened.includes(details.dataset.what);
    }
  };
  const check = async () => {
    clearTimeout(resting);
    asking?.abort();
    const mine = (asking = new AbortController());
    panel.setAttribute("aria-busy", "true");
    let said = "That did not work. Are you still logged in?";
    try {
      const body = new FormData(form);
      const headers = { "X-Requested-With": "fetch" };
      const answer = await fetch(panel.dataset.url, { method: "POST", body, headers, signal: mine.signal });
      if (answer.status === 503) said = (await answer.json()).error;
      if (!answer.ok || answer.redirected) throw new Error(answer.status);
      show(await answer.text());
    } catch (error) {
      if (mine.signal.aborted) return;
      show("<p class='tone-bad'></p>");
      result.firstElementChild.textContent = said;
    }
    if (mine === asking) panel.removeAttribute("aria-busy");
  };
  const soon = () => {
    clearTimeout(resting);
    resting = setTimeout(check, TYPING_PAUSE);
  };

  button.addEventListener("click", check);
  form.addEventListener("input", soon);
  form.addEventListener("change", soon);
});
