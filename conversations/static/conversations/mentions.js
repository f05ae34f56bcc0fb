// A note that mentions whoever reads is seen once somebody is there: the tab comes to the front, or
// a key, the pointer or the wheel is moved in it. What the page fetches by itself is seen by nobody.
import { refresh } from "./page.js";

const SIGNS = ["focus", "keydown", "pointerdown", "pointermove", "wheel"];
const STILL_THERE = 5000; // milliseconds after a sign of somebody
const AGAIN_AFTER = 2000;

let sign = -Infinity;
let asking = false;

async function look() {
  const isThere = document.visibilityState === "visible" && performance.now() < sign + STILL_THERE;
  if (asking || !isThere || !document.querySelector("[data-part=thread] [data-unseen]")) return;
  asking = true;
  try {
    await refresh(["thread"], { attended: true });
  } catch {
    // The bar says that the line is cut; the next sign comes.
  } finally {
    setTimeout(() => (asking = false), AGAIN_AFTER);
  }
}

function sense(event) {
  // The page itself gives the focus to what is in it, and may move below a pointer that lies still.
  if (event.type === "focus" && event.target !== window) return;
  if (event.type === "pointermove" && !event.movementX && !event.movementY) return;
  sign = performance.now();
  look();
}

for (const one of SIGNS) addEventListener(one, sense, { capture: true, passive: true });
document.addEventListener("visibilitychange", (event) => document.hidden || sense(event));
document.addEventListener("instabot:swapped", look);
