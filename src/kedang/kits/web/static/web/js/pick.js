// The record picker: a combobox over /<records>/pick. Without a script the field takes a number or a name.
let serial = 0;

function build(field) {
  const input = field.querySelector("[role=combobox]");
  const value = field.querySelector("input[type=hidden]");
  const box = field.querySelector("[role=listbox]");
  const clear = field.querySelector(".clear");
  let timer = 0;
  let asked = 0;
  let active = -1;

  const options = () => [...box.querySelectorAll("[role=option]")];
  const close = () => { box.hidden = true; input.setAttribute("aria-expanded", "false"); input.removeAttribute("aria-activedescendant"); active = -1; };
  const mark = (place) => {
    const found = options();
    if (!found.length) return;
    active = (place + found.length) % found.length;
    found.forEach((option, index) => option.setAttribute("aria-selected", String(index === active)));
    input.setAttribute("aria-activedescendant", found[active].id);
    found[active].scrollIntoView({ block: "nearest" });
  };
  const choose = (option) => {
    const deeper = option?.dataset.more;
    value.value = option ? option.dataset.value : "";
    input.value = option ? option.dataset.text : "";
    input.dataset.chosen = input.value;
    if (clear) clear.hidden = !value.value;
    if (deeper) walk(value.value); else close();
    value.dispatchEvent(new Event("change", { bubbles: true }));
    value.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const show = (found) => {
    box.replaceChildren();
    found.forEach((row) => {
      const option = document.createElement("div");
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      option.id = `pick-${serial += 1}`;
      option.dataset.value = row.id;
      option.dataset.text = row.text;
      option.append(row.text);
      if (row.more) option.dataset.more = "1";
      if (row.note) { const note = document.createElement("small"); note.textContent = row.note; option.append(note); }
      box.append(option);
    });
    if (!found.length) { const none = document.createElement("p"); none.className = "none"; none.textContent = field.dataset.none; box.append(none); }
    box.hidden = false;
    input.setAttribute("aria-expanded", "true");
    active = -1;
  };
  const walk = (code) => ask(code);
  const ask = async (within = "") => {
    const mine = asked += 1;
    const url = new URL(field.dataset.pick, location.href);
    if (within) url.searchParams.set("within", within);
    else url.searchParams.set("q", input.value.trim());
    const answer = await fetch(url, { headers: { Accept: "application/json" } }).catch(() => null);
    if (mine !== asked || !answer?.ok) return;
    show((await answer.json()).results);
  };

  input.addEventListener("input", () => {
    clearTimeout(timer);
    value.value = "";
    timer = setTimeout(() => ask(), 160);
  });
  input.addEventListener("focus", () => { if (!input.value) timer = setTimeout(() => ask(), 60); });
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") { event.preventDefault(); if (box.hidden) ask(); else mark(active + 1); }
    else if (event.key === "ArrowUp") { event.preventDefault(); mark(active - 1); }
    else if (event.key === "Enter" && !box.hidden && active >= 0) { event.preventDefault(); choose(options()[active]); }
    else if (event.key === "Escape" && !box.hidden) { event.stopPropagation(); close(); }
    else if (event.key === "Tab" && !box.hidden && active >= 0) choose(options()[active]);
  });
  box.addEventListener("mousedown", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) { event.preventDefault(); choose(option); }
  });
  input.addEventListener("blur", () => setTimeout(() => {
    close();
    if (!value.value && !input.value) choose(null);
    else if (!value.value && input.dataset.chosen !== undefined && field.dataset.strict === undefined) input.dataset.typed = "1";
  }, 120));
  clear?.addEventListener("click", () => { choose(null); input.focus(); });
}

function start(root) {
  root.querySelectorAll("[data-pick]:not([data-ready])").forEach((field) => { field.dataset.ready = "1"; build(field); });
}
start(document);
document.addEventListener("kedang:added", (event) => start(event.detail));
document.addEventListener("htmx:afterSwap", (event) => start(event.target));
