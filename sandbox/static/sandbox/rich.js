// Draws what the shop sends beside a text: pictures, sound, files, buttons and cards.
const NAMES = { image: "Picture", audio: "Sound", video: "Video", file: "File", like_heart: "❤", MEDIA_SHARE: "Post" };

export function addAttachment(bubble, { type, payload, others = [] }) {
  bubble.classList.add("rich");
  if (type !== "template") {
    return bubble.append(media(type, payload.url), ...others.map((one) => media(one.type, one.payload.url)));
  }
  if (payload.template_type === "button") return bubble.append(...payload.buttons.map(button));
  bubble.classList.add("wide");
  const cards = document.createElement("div");
  cards.className = "cards";
  cards.append(...payload.elements.map(card));
  bubble.append(cards);
}

// A picture that cannot be loaded from here is a link; sound and video are played on demand.
function media(type, url) {
  if (!url) return document.createTextNode(NAMES[type]); // a heart, or what is at Meta already
  const name = `${NAMES[type]} ↗`;
  if (type === "file") return link(name, url, "file");
  const player = document.createElement(type === "image" ? "img" : type);
  if (type === "image") player.alt = "";
  else Object.assign(player, { controls: true, preload: "none" });
  player.referrerPolicy = "no-referrer";
  player.addEventListener("error", () => player.replaceWith(link(name, url, "file")));
  player.src = url;
  return player;
}

function button({ type, title, url, payload }) {
  if (type === "web_url") return link(`${title} ↗`, url, "offer");
  const tap = document.createElement("button");
  tap.type = "button";
  tap.className = "offer";
  tap.textContent = title;
  tap.dataset.payload = payload;
  return tap;
}

function card({ title, subtitle, image_url: picture, default_action: action, buttons = [] }) {
  const made = document.createElement("article");
  if (picture) made.append(media("image", picture));
  const head = action ? link("", action.url, "head") : document.createElement("div");
  head.className = "head";
  const strong = document.createElement("strong");
  strong.textContent = title;
  head.append(strong);
  if (subtitle) head.append(subtitle);
  made.append(head, ...buttons.map(button));
  return made;
}

function link(text, url, className) {
  const made = document.createElement("a");
  made.className = className;
  made.textContent = text;
  made.href = url;
  made.title = url;
  made.target = "_blank";
  made.rel = "noopener noreferrer nofollow";
  return made;
}
