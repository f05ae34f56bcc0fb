// The page of a conversation: keeps what is typed until it is sent, and marks as done by a key.
document.addEventListener("DOMContentLoaded", () => {
  const form = document.querySelector(".talk-reply");
  const text = document.getElementById("reply-text");
  if (form && text) keepDraft(form, text);
  document.addEventListener("keydown", markAsDone);
});

// A click on Pause, a label or a link leaves the page. The text waits in this browser until the
// server says that the reply with this token has been queued.
function keepDraft(form, text) {
  const key = `reply-${form.dataset.conversation}`;
  const kept = read(key);
  const { replied } = form.dataset;
  if (replied && kept?.token === replied) localStorage.removeItem(key);
  else if (kept && !text.value) text.value = kept.text;
  const keep = (token = "") => {
    if (text.value.trim()) localStorage.setItem(key, JSON.stringify({ text: text.value, token }));
    else localStorage.removeItem(key);
  };
  text.addEventListener("input", () => keep());
  form.addEventListener("submit", () => keep(form.elements.token.value));
}

function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null; // written by something else
  }
}

const TYPED_INTO = "input, textarea, select, [contenteditable]";

function markAsDone(event) {
  const { key, target, ctrlKey, metaKey, altKey } = event;
  if (key !== "e" || ctrlKey || metaKey || altKey || target.closest(TYPED_INTO)) return;
  document.querySelector("[data-done]")?.click();
}
