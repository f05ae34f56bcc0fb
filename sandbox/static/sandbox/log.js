// Draws the log: one card a message, newest first; only cards that changed are drawn again.
const cards = new Map(); // id of a message: its element and the text it was made from

export function showCards(log) {
  document.getElementById("log-hint").hidden = log.length > 0;
  const elements = log.map((card) => {
    const made = JSON.stringify(card);
    const known = cards.get(card.id);
    if (known?.made === made) return known.element;
    const element = draw(card);
    cards.set(card.id, { made, element });
    return element;
  });
  const list = document.getElementById("cards");
  if (elements.some((element, index) => list.children[index] !== element) || list.children.length !== elements.length) {
    list.replaceChildren(...elements);
  }
}

function draw(card) {
  const item = document.createElement("li");
  item.className = "card";
  const title = document.createElement("h3");
  const text = document.createElement("span");
  text.textContent = card.mine ? `“${card.title}”` : `The shop: “${card.title}”`;
  const time = document.createElement("time");
  time.dateTime = card.at;
  time.textContent = new Date(card.at).toLocaleTimeString();
  title.append(text, time);
  const steps = document.createElement("ol");
  steps.append(...card.steps.map(step));
  item.append(title, steps);
  return item;
}

function step({ after, text, tone, link }) {
  const line = document.createElement("li");
  line.className = tone;
  const when = document.createElement("span");
  when.className = "after";
  when.textContent = after === null ? "" : `+${after.toLocaleString()} ms`;
  const said = document.createElement("span");
  said.className = "said";
  if (link) {
    const anchor = document.createElement("a");
    anchor.href = link;
    anchor.textContent = text;
    said.append(anchor);
  } else {
    said.textContent = text;
  }
  line.append(when, said);
  return line;
}
