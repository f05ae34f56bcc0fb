// Says under an answer how long it is: Instagram counts bytes and takes 1000 in a message; above
// buttons it counts characters and takes 640. A public reply has our own limit.
document.addEventListener("DOMContentLoaded", () => {
  const buttons = document.getElementById("id_buttons");
  const measureReply = (text) => {
    if (buttons?.value.trim()) return `${[...text].length} of 640 characters above buttons`;
    const bytes = new TextEncoder().encode(text).length;
    return `${bytes} of 1000 bytes${bytes > 1000 ? ", sent as several messages" : ""}`;
  };
  const measurePublic = (text) => `${[...text].length} of 300 characters`;
  // A line of === separates variants.
  const split = (text) =>
    text
      .split(/^[ \t]*===[ \t]*$/m)
      .map((part) => part.trim())
      .filter((part) => part);
  const list = (texts, measure, first) =>
    texts.map((text, number) => `variant ${number + first}: ${measure(text)}`).join(" · ");

  const watch = (id, say) => {
    const field = document.getElementById(id);
    if (!field) return;
    const note = document.createElement("p");
    note.className = "byte-note quiet";
    note.setAttribute("aria-live", "polite");
    field.insertAdjacentElement("afterend", note);
    const count = () => {
      note.textContent = say(field.value);
    };
    for (const changed of [field, buttons]) changed?.addEventListener("input", count);
    count();
  };

  watch("id_reply", measureReply);
  watch("id_other_replies", (text) => list(split(text), measureReply, 2));
  watch("id_public_reply", (text) => {
    const variants = split(text);
    return variants.length > 1 ? list(variants, measurePublic, 1) : variants.map(measurePublic).join("");
  });
});
