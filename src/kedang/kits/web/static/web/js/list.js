// The list: selecting rows, the bar for what is selected, the peek panel, walking with j and k.
const list = document.querySelector("[data-list]");

if (list) {
  const peek = document.getElementById("peek");
  const dock = document.getElementById("dock");
  const rows = () => [...list.querySelectorAll("tbody tr[data-id]")];
  const boxes = () => [...list.querySelectorAll("tbody input[name=id]")];
  const checked = () => boxes().filter((box) => box.checked);
  let at = -1;
  let last = null;
  let waiting = 0;

  // On the phone rows are cards: while several are chosen, each has a box that stands for that of its row.
  const choose = list.querySelector("[data-choose]");
  const cards = () => [...list.querySelectorAll(".cards > li")];
  const choosing = () => list.classList.contains("choosing");
  const setChoosing = (on) => {
    list.classList.toggle("choosing", on);
    choose?.setAttribute("aria-pressed", String(on));
    boxes().forEach((box, place) => {
      const card = cards()[place];
      let twin = card?.querySelector(":scope > input");
      if (!on) { twin?.remove(); return; }
      if (twin || !card) return;
      twin = document.createElement("input");
      twin.type = "checkbox";
      twin.setAttribute("aria-label", box.getAttribute("aria-label"));
      twin.addEventListener("change", () => { box.checked = twin.checked; showSelection(); });
      card.prepend(twin);
    });
  };

  const showSelection = () => {
    const count = checked().length;
    if (count && choose && !choosing()) setChoosing(true);
    boxes().forEach((box, place) => {
      box.closest("tr").setAttribute("aria-selected", String(box.checked));
      const twin = cards()[place]?.querySelector(":scope > input");
      if (twin) twin.checked = box.checked;
    });
    const every = list.querySelector("[data-every]");
    if (every) {
      every.checked = count > 0 && count === boxes().length;
      every.indeterminate = count > 0 && count < boxes().length;
    }
    if (!dock) return;
    dock.hidden = count === 0 && !choosing();
    const whole = count > 0 && count === boxes().length;
    const all = dock.querySelector("[data-all]");
    const everything = document.querySelector("[data-all-rows]");
    if (everything && !whole) everything.value = "";
    if (all) all.hidden = !whole || everything.value === "1";
    document.querySelectorAll("[data-count]").forEach((place) => {
      if (all && everything.value === "1") { place.textContent = all.dataset.allText; return; }
      place.textContent = (count === 1 && place.dataset.one ? place.dataset.one : place.dataset.count).replace("0", String(count));
    });
  };

  const openPeek = (row) => {
    if (!peek || !row || !window.htmx || matchMedia("(max-width: 720px)").matches) return;
    rows().forEach((other) => other.classList.toggle("open", other === row));
    peek.hidden = false;
    window.htmx.ajax("GET", row.dataset.peek, { target: "#peek", swap: "innerHTML" });
  };
  const closePeek = () => {
    if (!peek) return;
    peek.hidden = true;
    peek.replaceChildren();
    rows().forEach((row) => row.classList.remove("open"));
  };
  const walk = (step) => {
    const found = rows();
    if (!found.length) return;
    const open = found.findIndex((row) => row.classList.contains("open"));
    at = Math.max(0, Math.min(found.length - 1, (open >= 0 ? open : at) + step));
    found.forEach((row, place) => row.classList.toggle("at", place === at));
    found[at].scrollIntoView({ block: "nearest" });
    if (peek && !peek.hidden) openPeek(found[at]);
  };

  choose?.addEventListener("click", () => {
    const on = !choosing();
    if (!on) boxes().forEach((box) => { box.checked = false; });
    setChoosing(on);
    showSelection();
  });
  list.addEventListener("click", (event) => {
    const card = choosing() && event.target.closest(".cards > li > a");
    if (card) { event.preventDefault(); card.parentElement.querySelector("input")?.click(); return; }
    const box = event.target.closest("input[name=id]");
    if (box) {
      if (event.shiftKey && last) {
        const found = boxes();
        const [from, to] = [found.indexOf(last), found.indexOf(box)].sort((one, other) => one - other);
        found.slice(from, to + 1).forEach((other) => { other.checked = box.checked; });
      }
      last = box;
    }
    if (event.target.closest("[data-peek-close]")) { closePeek(); return; }
    const step = event.target.closest("[data-peek-step]");
    if (step) { walk(Number(step.dataset.peekStep)); return; }
    if (event.target.closest("a, button, input, select, label, summary, .cb, .peek, .cell-f") || getSelection().toString()) return;
    const row = event.target.closest("tr[data-id]");
    if (!row) return;
    at = rows().indexOf(row);
    // The panel moves the columns: where a second click would edit the cell, it waits for that click.
    clearTimeout(waiting);
    const look = () => { if (row.classList.contains("open")) closePeek(); else openPeek(row); };
    if (event.target.closest("td[data-edit]") && peek?.hidden) waiting = setTimeout(look, 260); else look();
  });
  list.addEventListener("dblclick", (event) => {
    clearTimeout(waiting);
    if (event.target.closest("a, button, input, label, .cb, .peek, td[data-edit]")) return;
    event.target.closest("tr[data-id]")?.querySelector("a[data-open]")?.click();
  });
  list.addEventListener("change", (event) => {
    if (event.target.matches("[data-every]")) boxes().forEach((box) => { box.checked = event.target.checked; });
    if (event.target.matches("[data-every], input[name=id]")) showSelection();
  });
  dock?.addEventListener("click", (event) => {
    if (event.target.closest("[data-all]")) { document.querySelector("[data-all-rows]").value = "1"; showSelection(); return; }
    const every = event.target.closest("[data-every-card]");
    if (!every && !event.target.closest("[data-clear]")) return;
    boxes().forEach((box) => { box.checked = Boolean(every); });
    if (!every) setChoosing(false);
    showSelection();
  });

  // One button, moved into the cell under the pointer, narrows the list to that cell's value.
  const by = list.querySelector("[data-by-this]");
  list.addEventListener("pointerover", (event) => {
    const cell = event.target.closest("td[data-by]");
    if (!by || !cell || cell.contains(by) || cell.classList.contains("editing") || event.pointerType === "touch") return;
    const address = new URL(location.href);
    ["after", "before"].forEach((name) => address.searchParams.delete(name));
    const [[name, value]] = new URLSearchParams(cell.dataset.by);
    address.searchParams.set(name, value);
    by.href = address.search;
    by.hidden = false;
    cell.append(by);
  });

  document.addEventListener("kedang:key", ({ detail: event }) => {
    const row = rows()[at];
    if (event.key === "j" || event.key === "k") walk(event.key === "j" ? 1 : -1);
    else if (event.key === "x" && row) { const box = row.querySelector("input[name=id]"); if (box) { box.checked = !box.checked; showSelection(); } }
    else if (event.key === "o" && row) row.querySelector("a[data-open]")?.click();
    else if (event.key === "e" && row) { event.preventDefault(); row.dispatchEvent(new CustomEvent("kedang:edit", { bubbles: true })); }
    else if (event.key === " " && row) { event.preventDefault(); openPeek(row); }
    else if (event.key === "Escape") { if (peek && !peek.hidden) closePeek(); else dock?.querySelector("[data-clear]")?.click(); }
  });
  // What the record pages need for their way to the records around, and what coming back needs.
  const body = list.querySelector(".body");
  const place = `kedang-list:${location.pathname}`;
  const remember = () => {
    const around = { url: location.href, scroll: body?.scrollTop || 0, top: scrollY, ids: rows().map((row) => row.dataset.id),
      next: list.querySelector(".pager a[rel=next]")?.href || "", previous: list.querySelector(".pager a[rel=prev]")?.href || "" };
    try { sessionStorage.setItem(place, JSON.stringify(around)); } catch { /* private windows may refuse */ }
  };
  try {
    const before = JSON.parse(sessionStorage.getItem(place) || "{}");
    if (before.url === location.href && body) { body.scrollTop = before.scroll; scrollTo(0, before.top); }
  } catch { /* nothing kept */ }
  addEventListener("pagehide", remember);
  list.addEventListener("click", remember, true);
  const sort = new URL(location.href).searchParams.get("sort");
  if (sort !== null && !location.search.includes("view=")) {
    document.cookie = `kedang_sort_${location.pathname.split("/")[1]}=${encodeURIComponent(sort)}; path=/; max-age=31536000; samesite=lax`;
  }

  document.body.addEventListener("htmx:afterSwap", showSelection);
  addEventListener("pageshow", showSelection);
  showSelection();
}

// Row height is a habit: it is kept in a cookie, so the server draws the list right at once.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-density]");
  if (!button) return;
  const dense = button.getAttribute("aria-pressed") !== "true";
  button.setAttribute("aria-pressed", String(dense));
  document.querySelector("[data-list] .tbl")?.classList.toggle("dense", dense);
  document.cookie = `kedang_rows=${dense ? "dense" : "normal"}; path=/; max-age=31536000; samesite=lax`;
});

// An address should name only the conditions that were set.
document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-tidy]")) return;
  for (const field of event.target.elements) if (field.name && !field.value) field.disabled = true;
});
