// Puts rows of the list that were fetched by themselves among those that stand here.
import { morph } from "./morph.js";
import { conversation } from "./page.js";
import { remember } from "./survival.js";

const inbox = document.querySelector("[data-inbox]");

// order: which conversations the list has now; wanted: those of them to fetch. Resolves to false
// where one of them cannot be had, or the list is another one by then.
export async function placeRows(order, wanted) {
  const address = inbox.dataset.list;
  const fetched = wanted.length ? await fetchRows(address, wanted) : new Map();
  const list = inbox.querySelector(".queue-rows");
  if (!list || inbox.dataset.list !== address) return false;
  const here = new Map([...list.children].map((row) => [row.dataset.conversation, row]));
  const next = order.map((pk) => fetched.get(pk) ?? here.get(pk)?.cloneNode(true));
  if (next.includes(undefined)) return false;
  const there = list.cloneNode(false);
  there.append(...next);
  const restore = remember(list);
  morph(list, there);
  restore();
  document.dispatchEvent(new CustomEvent("instabot:swapped", { detail: { parts: ["list"] } }));
  return true;
}

async function fetchRows(list, wanted) {
  const url = new URL(list, location.href);
  url.pathname += "live/rows/";
  url.searchParams.set("ids", wanted.join(","));
  const response = await fetch(url, { redirect: "error", headers: { "X-Unattended": "1" } });
  if (!response.ok) throw new Error(`The server answered ${response.status}.`);
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const rows = [...page.querySelectorAll(".queue-row")];
  for (const row of rows) if (row.dataset.conversation === conversation()) row.setAttribute("aria-current", "true");
  return new Map(rows.map((row) => [row.dataset.conversation, row]));
}
