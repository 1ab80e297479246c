// The palette: type a few letters, walk with the arrows, Enter opens. Without a script the same box is a page.
const palette = document.getElementById("palette");
const box = palette?.querySelector("[role=combobox]");
const list = document.getElementById("pal-list");
const options = () => [...list.querySelectorAll("[role=option]")];
const NONE = -2;
let chosen = NONE;

function mark(place) {
  const found = options();
  chosen = found.length && place !== NONE ? (place + found.length) % found.length : NONE;
  found.forEach((option, index) => option.setAttribute("aria-selected", String(index === chosen)));
  if (chosen === NONE) { box.removeAttribute("aria-activedescendant"); return; }
  box.setAttribute("aria-activedescendant", found[chosen].id);
  found[chosen].scrollIntoView({ block: "nearest" });
}

export function openPalette() {
  if (!palette?.showModal || !window.htmx) return false;
  if (!palette.open) {
    palette.showModal();
    box.focus();
    box.select();
    if (!box.value || !options().length) window.htmx.trigger(box, "palette");
  }
  return true;
}

if (palette) {
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-palette]");
    if (opener && !event.ctrlKey && !event.metaKey && openPalette()) event.preventDefault();
  });
  list.addEventListener("htmx:afterSwap", () => mark(box.value.trim() && !list.querySelector(".blank") ? 0 : NONE));
  box.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown") { event.preventDefault(); mark(chosen === NONE ? 0 : chosen + 1); }
    else if (event.key === "ArrowUp") { event.preventDefault(); mark(chosen === NONE ? -1 : chosen - 1); }
    else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) {
      // What is marked belongs to what was answered; letters typed since then go to the page of results.
      const option = options()[chosen];
      if (option && !box.classList.contains("htmx-request")) { event.preventDefault(); option.click(); }
    }
  });
  list.addEventListener("mousemove", (event) => {
    const option = event.target.closest("[role=option]");
    if (option && option.getAttribute("aria-selected") !== "true") mark(options().indexOf(option));
  });
}
