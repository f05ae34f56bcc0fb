// Ctrl-K on every page of the admin: type a customer, a page or a rule, and go there by Enter. It is
// made when it is first wanted. No module, since Unfold's pages have plain scripts.
(() => {
  const WAIT = 120; // milliseconds after a key before the server is asked
  const PATH = "/admin/find/";
  let dialog = null;
  let asked = 0;
  let timer = 0;

  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey)) return;
    if (event.shiftKey || event.altKey || document.querySelector("#login-form")) return;
    event.preventDefault();
    dialog ??= make();
    if (dialog.open) return dialog.close();
    if (document.querySelector("dialog:modal")) return undefined;
    dialog.showModal();
    input().select();
    return look();
  });

  const input = () => dialog.querySelector("input");
  const options = () => [...dialog.querySelectorAll("[role=option]")];
  const chosen = () => dialog.querySelector("[aria-selected=true]");

  function element(name, properties, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(properties)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  }

  function make() {
    const field = element("input", {
      type: "search", class: "palette-input", role: "combobox", "aria-label": "Go to", autocomplete: "off",
      spellcheck: "false", placeholder: "Customer, page or rule", "aria-expanded": "true",
      "aria-controls": "palette-list", "aria-autocomplete": "list",
    });
    const list = element("div", { class: "palette-list", id: "palette-list", role: "listbox", "aria-label": "Found" });
    const none = element("p", { class: "palette-none", role: "status" });
    const made = element("dialog", { class: "palette", "aria-label": "Go to" }, field, list, none);
    field.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(look, WAIT);
    });
    field.addEventListener("keydown", press);
    made.addEventListener("click", ({ target }) => target === made && made.close());
    document.body.append(made);
    return made;
  }

  async function look() {
    const number = ++asked;
    let found = [];
    let problem = "";
    try {
      const headers = { "X-Requested-With": "fetch" };
      const answer = await fetch(`${PATH}?${new URLSearchParams({ q: input().value })}`, { headers });
      if (answer.status === 503) problem = await wordsOf(answer);
      else if (!answer.ok || answer.redirected) throw new Error(answer.status);
      else ({ found } = await answer.json());
    } catch {
      problem = "Could not look: reload the page and try again.";
    }
    if (number === asked) show(found, problem || (found.length ? "" : "Nothing found."));
  }

  // Others are searching, or this takes too long: the server says which. A new key asks again.
  const wordsOf = async (answer) => (await answer.json()).error;

  function show(found, words) {
    const groups = Map.groupBy ? Map.groupBy(found, ({ kind }) => kind) : group(found);
    const list = dialog.querySelector(".palette-list");
    let number = 0;
    list.replaceChildren(...[...groups].map(([kind, lines]) => {
      const title = element("div", { class: "palette-title", "aria-hidden": "true" }, kind);
      const rows = lines.map((line) => option(line, `palette-${number++}`));
      return element("div", { role: "group", "aria-label": kind }, title, ...rows);
    }));
    dialog.querySelector(".palette-none").textContent = words;
    choose(options()[0]);
  }

  function group(found) {
    const groups = new Map();
    for (const one of found) groups.set(one.kind, [...(groups.get(one.kind) ?? []), one]);
    return groups;
  }

  function option({ icon, title, beside, link }, id) {
    const symbol = element("span", { class: "material-symbols-outlined", "aria-hidden": "true" }, icon);
    const words = element("span", { class: "palette-words" }, title);
    const more = element("span", { class: "palette-beside" }, beside);
    const made = element("a", { class: "palette-option", role: "option", id, href: link, tabindex: "-1", "aria-selected": "false" }, symbol, words, more);
    made.addEventListener("mousemove", () => choose(made));
    return made;
  }

  function choose(one) {
    chosen()?.setAttribute("aria-selected", "false");
    one?.setAttribute("aria-selected", "true");
    one?.scrollIntoView({ block: "nearest" });
    if (one) input().setAttribute("aria-activedescendant", one.id);
    else input().removeAttribute("aria-activedescendant");
  }

  async function press(event) {
    const all = options();
    const here = all.indexOf(chosen());
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by && all.length) {
      event.preventDefault();
      choose(all[(here + by + all.length) % all.length]);
    }
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    clearTimeout(timer); // what was typed last has not been looked for yet
    await look();
    chosen()?.click();
  }
})();
