// Says under an answer how long it is: Instagram counts bytes, and takes 1000 in a message.
document.addEventListener("DOMContentLoaded", () => {
  const reply = document.getElementById("id_reply");
  if (!reply) return;
  const note = document.createElement("p");
  note.className = "byte-note quiet";
  note.setAttribute("aria-live", "polite");
  reply.insertAdjacentElement("afterend", note);
  const count = () => {
    const bytes = new TextEncoder().encode(reply.value).length;
    const split = bytes > 1000 ? ", sent as several messages" : "";
    note.textContent = `${bytes} of 1000 bytes${split}`;
  };
  reply.addEventListener("input", count);
  count();
});
