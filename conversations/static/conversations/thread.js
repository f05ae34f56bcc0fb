// The reply: keeps what is typed until it is sent.
document.addEventListener("instabot:opened", prepare);
document.addEventListener("instabot:swapped", prepare);

function prepare() {
  const form = document.querySelector(".talk-reply");
  const text = document.getElementById("reply-text");
  if (!form || !text || form.dataset.ready) return;
  form.dataset.ready = "yes";
  keepDraft(form, text);
}

// The text waits in this browser until the server says that the reply with this token has been
// queued.
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
