// Says under an answer how long it is: Instagram counts bytes and takes 1000 in a message; above
// buttons it counts characters and takes 640.
document.addEventListener("DOMContentLoaded", () => {
  const reply = document.getElementById("id_reply");
  if (!reply) return;
  const buttons = document.getElementById("id_buttons");
  const note = document.createElement("p");
  note.className = "byte-note quiet";
  note.setAttribute("aria-live", "polite");
  reply.insertAdjacentElement("afterend", note);
  const count = () => {
    if (buttons?.value.trim()) {
      note.textContent = `${[...reply.value].length} of 640 characters above buttons`;
      return;
    }
    const bytes = new TextEncoder().encode(reply.value).length;
    const split = bytes > 1000 ? ", sent as several messages" : "";
    note.textContent = `${bytes} of 1000 bytes${split}`;
  };
  for (const field of [reply, buttons]) field?.addEventListener("input", count);
  count();
});
