// The page: asks for the state, shows it, sends what is typed. No framework, no build.
import { showCards } from "./log.js";
import { showThread } from "./thread.js";
import { act, delivery, replying, showTrouble, stopDoing } from "./trouble.js";

const WHILE_AWAITING = 300; // milliseconds between two looks
const AT_REST = 1000; // staff may write at any time
const $ = (id) => document.getElementById(id);
let state = JSON.parse($("state").textContent);
let shown = "";
let shownCustomer = ""; // whose thread stands there, while `state` already says who was chosen
const drafts = new Map(); // by customer: what was typed and not sent
let timer = 0;
let asked = 0; // number of the newest request: a late answer to an older one is not shown

async function call(path, body) {
  const options = body && {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      "X-CSRFToken": document.querySelector("[name=csrfmiddlewaretoken]").value,
    },
    body: JSON.stringify(body),
  };
  const number = ++asked;
  const response = await fetch(path, options);
  const answer = await response.json();
  if (!response.ok) throw new Error(sentence(answer));
  if (number === asked) show(answer);
}

// The first sentence of REST framework's errors: {"text": ["Write something first."]}.
function sentence(answer) {
  const first = Object.values(answer).flat()[0];
  return typeof first === "string" ? first : "The sandbox did not accept this.";
}

function show(next) {
  const changed = next.customer !== shownCustomer;
  state = next;
  const text = JSON.stringify(next);
  if (text === shown) return;
  shown = text;
  shownCustomer = next.customer;
  showCustomers(next);
  if (changed) $("customers").querySelector("[aria-current=true]")?.scrollIntoView({ block: "nearest" });
  showThread(next, changed);
  showCards(next.log);
  showTrouble(next, changed);
  showLink($("conversation"), next.links.conversation);
  showLink($("rules"), next.links.rules);
  const address = `?customer=${next.customer}`;
  if (location.search !== address) history.replaceState(null, "", address);
}

function showLink(link, address) {
  link.hidden = !address;
  if (address) link.href = address;
}

function showCustomers({ customers, customer }) {
  const rows = customers.map((one) => {
    const row = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "person";
    button.dataset.igsid = one.igsid;
    button.setAttribute("aria-current", String(one.igsid === customer));
    const avatar = element("span", "avatar", one.initials);
    avatar.style.setProperty("--hue", one.hue);
    avatar.setAttribute("aria-hidden", "true");
    const who = element("span", "who");
    const [first, ...rest] = one.name.split(" ");
    const name = element("strong", "", first);
    name.append(element("span", "rest", ` ${rest.join(" ")}`));
    who.append(name, element("small", "", one.last || `@${one.username}`));
    button.append(avatar, who);
    row.append(button);
    return row;
  });
  const focused = document.activeElement?.dataset?.igsid;
  $("customers").replaceChildren(...rows);
  if (focused) $("customers").querySelector(`[data-igsid="${focused}"]`)?.focus();
}

function element(name, className, text = "") {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}

function complain(text) {
  $("problem").textContent = text;
  $("problem").hidden = !text;
}

// ---- looking ----

async function look() {
  clearTimeout(timer);
  try {
    await call(`state?customer=${state.customer}`);
    if ($("problem").dataset.lost) complain("");
    delete $("problem").dataset.lost;
  } catch {
    complain("The sandbox is not responding. Is make run still running?");
    $("problem").dataset.lost = "yes";
  }
  lookAgain();
}

function lookAgain() {
  clearTimeout(timer);
  timer = setTimeout(look, state.awaiting ? WHILE_AWAITING : AT_REST);
}

document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(timer) : look()));

// ---- sending ----

async function post(path, body) {
  try {
    complain("");
    await call(path, body);
    lookAgain();
    return true;
  } catch (error) {
    complain(error instanceof TypeError ? "The sandbox is not responding." : error.message);
    return false;
  }
}

const send = (written) =>
  post("messages", { customer: state.customer, delivery: delivery(), reply_to: replying(), ...written });

$("composer").addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = $("text").value;
  if (!text.trim() || $("send").disabled) return;
  $("send").disabled = true; // until it is done: one press, one message
  const customer = state.customer;
  const sent = await (act(text, post) ?? send({ text }));
  if (sent) stopDoing();
  if (sent && $("text").value === text && state.customer === customer) $("text").value = "";
  resize();
});

$("text").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  $("composer").requestSubmit();
});
$("text").addEventListener("input", resize);

function resize() {
  const field = $("text");
  $("send").disabled = !field.value.trim();
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight}px`;
}

const WITH_TEXT = new Set(["story_reply", "comment"]);

$("kinds").addEventListener("click", async ({ target }) => {
  const { kind, move } = target.dataset;
  if (!kind && !move) return;
  openKinds(false);
  const text = $("text").value.trim();
  if ((move || WITH_TEXT.has(kind)) && !text) return complain("Type some text first.");
  const sent = move
    ? await post("moves", { customer: state.customer, ref: text })
    : await send(WITH_TEXT.has(kind) ? { kind, text } : { kind });
  if (sent && (move || WITH_TEXT.has(kind))) $("text").value = "";
  resize();
});

function openKinds(open) {
  $("kinds").hidden = !open;
  $("kinds-toggle").setAttribute("aria-expanded", String(open));
}
$("kinds-toggle").addEventListener("click", () => openKinds($("kinds").hidden));

$("trouble").addEventListener("submit", (event) => {
  event.preventDefault();
  const whom = $("fault-for").value;
  const fault = { kind: $("fault").value, once: whom === "next", everybody: whom === "everybody" };
  post("faults", { customer: state.customer, ...fault });
});
$("faults").addEventListener("click", ({ target }) => {
  if (target.dataset.mend) post("faults", { customer: state.customer, mend: Number(target.dataset.mend) });
});
$("elsewhere").addEventListener("change", ({ target }) =>
  post("moves", { customer: state.customer, elsewhere: target.checked }),
);
$("by-person").addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = $("app-text").value.trim();
  if (text && (await post("messages", { customer: state.customer, kind: "by_person", text }))) {
    $("app-text").value = "";
  }
});
$("acts").addEventListener("click", ({ target }) => {
  const { act: name, text } = target.dataset;
  const message = Number($("acts").dataset.message);
  if (name === "react" || name === "unsend" || name === "read") post("acts", { message, act: name, text: text ?? "" });
});

for (const id of ["menu", "ice-breakers", "quick-replies", "thread"]) {
  $(id).addEventListener("click", ({ target }) => {
    const { payload } = target.dataset;
    if (payload === undefined) return;
    openMenu(false);
    const kind = id === "quick-replies" ? "quick_reply" : "postback";
    send({ kind, text: target.textContent, payload });
  });
}

// ---- choosing ----

$("customers").addEventListener("click", ({ target }) => {
  const button = target.closest("[data-igsid]");
  if (!button) return;
  choose(button.dataset.igsid);
  look().then(() => matchMedia("(hover: hover)").matches && $("text").focus());
});

// What is typed stays with the customer who types it.
function choose(customer) {
  drafts.set(state.customer, $("text").value);
  state = { ...state, customer };
  shown = "";
  $("text").value = drafts.get(customer) ?? "";
  resize();
}

$("new-customer").addEventListener("click", () => $("customer-dialog").showModal());
$("cancel").addEventListener("click", () => $("customer-dialog").close());
$("customer-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  if (!(await post("customers", { name: $("name").value }))) return;
  $("customer-dialog").close();
  $("name").value = "";
  $("text").focus();
});

function openMenu(open) {
  $("menu").hidden = !open;
  $("menu-toggle").setAttribute("aria-expanded", String(open));
}
$("menu-toggle").addEventListener("click", () => openMenu($("menu").hidden));

function openLog(open) {
  $("log").classList.toggle("open", open);
  $("log-toggle").setAttribute("aria-expanded", String(open));
}
$("log-toggle").addEventListener("click", () => openLog(!$("log").classList.contains("open")));

document.addEventListener("keydown", ({ key }) => key === "Escape" && (openMenu(false), openLog(false), openKinds(false)));
document.addEventListener("click", ({ target }) => {
  if (!target.closest("#menu, #menu-toggle")) openMenu(false);
  if (!target.closest("#log, #log-toggle")) openLog(false);
  if (!target.closest("#kinds, #kinds-toggle")) openKinds(false);
});

function tick() {
  $("clock").textContent = new Date().toLocaleTimeString([], { hour: "numeric", minute: "2-digit" });
}
tick();
setInterval(tick, 10000);
show(state);
resize();
lookAgain();
