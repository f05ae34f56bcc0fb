// What came beside a text: photos open large, and where Meta's link has died, that is said.

// ---- Links that have died. Errors do not bubble, so they are caught on their way down.
document.addEventListener("error", ({ target }) => lost(target), true);
document.addEventListener("instabot:swapped", look);
look();

// What failed before this script was there.
function look() {
  for (const one of document.querySelectorAll(".msg-medium :is(img, video, audio)")) {
    if (one.complete ? !one.naturalWidth : one.error) lost(one);
  }
}

function lost(one) {
  const medium = one.closest?.(".msg-medium");
  if (!medium) return;
  if (one.matches("img") && one.closest("[data-film]")) becomeFilm(one.closest("a"));
  else sayExpired(medium, one.closest("a") ?? one);
}

// Of a shared post or a story Meta does not say whether it is a photo.
function becomeFilm(link) {
  const film = document.createElement("video");
  Object.assign(film, { controls: true, preload: "metadata", playsInline: true, width: 260, height: 220 });
  film.setAttribute("aria-label", link.querySelector("img").alt);
  film.src = link.href;
  link.replaceWith(film);
}

function sayExpired(medium, what) {
  const said = document.createElement("a");
  said.className = "msg-expired";
  said.textContent = `${medium.dataset.medium} · expired`;
  said.title = "Instagram's link no longer works, or cannot be reached from here.";
  Object.assign(said, { href: what.href ?? what.src, target: "_blank", referrerPolicy: "no-referrer" });
  said.rel = "noopener noreferrer nofollow";
  medium.querySelector("figcaption")?.remove();
  what.replaceWith(said);
}

// ---- The light box
const photos = () => [...document.querySelectorAll("[data-thread] a[data-photo]")];
let box; // made when it is needed first
let opener; // the photo that is shown

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-photo]");
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  box ??= makeBox();
  show(link);
  box.showModal();
});

function makeBox() {
  const made = document.createElement("dialog");
  made.className = "lightbox";
  made.setAttribute("aria-label", "Photo");
  const buttons = [
    ["close", "Close", () => made.close()],
    ["chevron_left", "Earlier photo", () => step(-1)],
    ["chevron_right", "Later photo", () => step(1)],
  ].map(([icon, label, click]) => button(icon, label, click));
  const photo = document.createElement("img");
  photo.referrerPolicy = "no-referrer";
  const original = document.createElement("a");
  original.textContent = "Open original";
  Object.assign(original, { target: "_blank", rel: "noopener noreferrer nofollow", referrerPolicy: "no-referrer" });
  made.append(photo, ...buttons, original);
  made.addEventListener("click", ({ target }) => target === made && made.close());
  made.addEventListener("keydown", turn);
  made.addEventListener("close", () => opener.isConnected && opener.focus());
  document.body.append(made);
  return made;
}

function button(icon, label, click) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = `lightbox-${icon}`;
  made.setAttribute("aria-label", label);
  const sign = document.createElement("span");
  sign.className = "material-symbols-outlined";
  sign.setAttribute("aria-hidden", "true");
  sign.textContent = icon;
  made.append(sign);
  made.addEventListener("click", click);
  return made;
}

// The page has keys of its own: none of them is meant here.
function turn(event) {
  event.stopPropagation();
  if (event.key === "ArrowLeft") step(-1);
  else if (event.key === "ArrowRight") step(1);
}

function step(by) {
  const all = photos();
  const next = all[all.indexOf(opener) + by];
  if (next) show(next);
}

function show(link) {
  opener = link;
  const all = photos();
  const at = all.indexOf(link);
  const photo = box.querySelector("img");
  photo.src = link.href;
  photo.alt = link.querySelector("img").alt;
  box.querySelector("a").href = link.href;
  box.querySelector(".lightbox-chevron_left").disabled = at <= 0;
  box.querySelector(".lightbox-chevron_right").disabled = at === all.length - 1;
}
