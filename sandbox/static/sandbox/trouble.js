// What can be done to a bubble, and what Instagram's side does wrong.
const $ = (id) => document.getElementById(id);
let doing = null; // { name: "edit" or "reply", message }

export const delivery = () => $("delivery").value;
export const replying = () => (doing?.name === "reply" ? doing.message : null);

// Send the edit that is being typed; null: nothing is being edited.
export function act(text, post) {
  if (doing?.name !== "edit") return null;
  return post("acts", { message: doing.message, act: "edit", text });
}

export function stopDoing() {
  doing = null;
  $("doing").hidden = true;
}

export function showTrouble({ elsewhere, faults }, changed) {
  $("elsewhere").checked = elsewhere;
  const lines = faults.map(({ id, text }) => {
    const line = document.createElement("li");
    line.textContent = text;
    const mend = document.createElement("button");
    mend.type = "button";
    mend.dataset.mend = id;
    mend.textContent = "Remove";
    line.append(mend);
    return line;
  });
  $("faults").replaceChildren(...lines);
  const wrong = faults.length + (elsewhere ? 1 : 0);
  $("trouble-now").textContent = wrong ? String(wrong) : "";
  if (changed) stopDoing();
}

$("thread").addEventListener("click", ({ target }) => {
  const bubble = target.closest(".bubble");
  if (target.closest("a, button, audio, video")) return; // of what the shop sent
  if (!bubble || bubble.classList.contains("gone")) return;
  const acts = $("acts");
  acts.dataset.message = bubble.dataset.id;
  acts.classList.toggle("for-mine", bubble.classList.contains("mine"));
  acts.hidden = false;
  const room = acts.parentElement.getBoundingClientRect();
  const top = Math.min(target.getBoundingClientRect().bottom - room.top, room.height - acts.offsetHeight - 70);
  acts.style.top = `${top}px`;
});

$("acts").addEventListener("click", ({ target }) => {
  const name = target.dataset.act;
  if (!name) return;
  $("acts").hidden = true;
  if (name !== "edit" && name !== "reply") return;
  const message = Number($("acts").dataset.message);
  doing = { name, message };
  const text = $("thread").querySelector(`[data-id="${message}"] .words`)?.textContent ?? "";
  $("what").textContent = name === "edit" ? "Editing" : `Reply to “${text}”`;
  $("doing").hidden = false;
  if (name === "edit") $("text").value = text;
  $("text").dispatchEvent(new Event("input"));
  $("text").focus();
});

$("not-doing").addEventListener("click", stopDoing);
document.addEventListener("keydown", ({ key }) => key === "Escape" && ($("acts").hidden = true));
document.addEventListener("click", ({ target }) => {
  if (!target.closest("#acts, .bubble")) $("acts").hidden = true;
});
