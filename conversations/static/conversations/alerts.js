// A sound and a notification when one more customer waits, for whoever has switched them on in this
// browser. Nothing that a customer wrote leaves the page.
const menu = document.querySelector("[data-alerts]");
const SOUND = "inbox-sound";
const NOTIFY = "inbox-notifications";
const ONE_TAB = 3000; // milliseconds in which no other tab rings for the same customer

// Tabs of one browser say what they have told: one that is behind others looks much later.
const others = globalThis.BroadcastChannel && new BroadcastChannel("inbox-waiting");

let before = null; // how many waited, and the latest time since when one did
let audio = null;

others?.addEventListener("message", ({ data }) => {
  before = { waiting: Math.max(before?.waiting ?? 0, data.waiting), newest: later(before?.newest, data.newest) };
});

// newest: since when the last one waits. One who is done and one who comes do not change how many wait;
// one who comes back with an old message changes nothing else.
export function alertTo(waiting, newest) {
  const isNew = before !== null && (waiting > before.waiting || later(before.newest, newest) !== before.newest);
  before = { waiting, newest: later(before?.newest, newest) };
  if (!isNew || !(isOn(SOUND) || isOn(NOTIFY))) return;
  inOneTab(() => {
    const isHeard = isOn(SOUND) && ring();
    const isSeen = isOn(NOTIFY) && (document.hasFocus() || notify(waiting));
    if (isHeard || isSeen) others?.postMessage({ waiting, newest });
    return isHeard || isSeen;
  });
}

// Times as the server writes them, in one zone, sort as words do.
const later = (one, other) => ((other ?? "") > (one ?? "") ? other : (one ?? ""));

const isOn = (name) => localStorage.getItem(name) === "on";

function inOneTab(tell) {
  if (!navigator.locks) return tell(); // not by https
  navigator.locks.request("inbox-alert", { ifAvailable: true }, (lock) => {
    if (!lock || !tell()) return null;
    return new Promise((done) => setTimeout(done, ONE_TAB));
  });
}

// Tells whether it was heard.
function ring() {
  if (audio?.state !== "running") return false; // nothing was clicked here yet: it is forbidden
  for (const [number, pitch] of [660, 880].entries()) {
    const [tone, volume] = [audio.createOscillator(), audio.createGain()];
    const at = audio.currentTime + number * 0.14;
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0.12, at);
    volume.gain.exponentialRampToValueAtTime(0.001, at + 0.25);
    tone.connect(volume).connect(audio.destination);
    tone.start(at);
    tone.stop(at + 0.25);
  }
  return true;
}

// Tells whether it was shown.
function notify(waiting) {
  if (globalThis.Notification?.permission !== "granted") return false;
  const words = waiting === 1 ? "A customer is waiting" : `${waiting} customers are waiting`;
  const shown = new Notification(words, { tag: "inbox-waiting", renotify: true, silent: isOn(SOUND) });
  shown.addEventListener("click", () => {
    window.focus();
    shown.close();
  });
  return true;
}

function wakeSound() {
  if (!isOn(SOUND)) return;
  audio ??= new AudioContext();
  audio.resume();
}

async function change({ target }) {
  if (target.value === NOTIFY && target.checked) {
    const said = globalThis.Notification ? await Notification.requestPermission() : "denied";
    target.checked = said === "granted";
    menu.querySelector("[data-refused]").hidden = target.checked;
  }
  localStorage.setItem(target.value, target.checked ? "on" : "off");
  wakeSound();
  if (target.value === SOUND && target.checked) setTimeout(ring, 100);
}

if (menu) {
  menu.hidden = false;
  for (const tick of menu.querySelectorAll("input")) tick.checked = isOn(tick.value);
  menu.addEventListener("change", change);
  document.addEventListener("click", ({ target }) => menu.contains(target) || (menu.open = false));
  for (const gesture of ["pointerdown", "keydown"]) document.addEventListener(gesture, wakeSound);
}
