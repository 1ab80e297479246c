// Keyboard. A single letter never fires while somebody types, and can be switched off in the settings.
import { openPalette } from "./palette.js";

const typing = (element) => element.matches?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
const letters = () => !document.cookie.includes("kedang_keys=off");
let waiting = "";

function go(selector) {
  const link = document.querySelector(selector);
  if (link) link.click();
  return Boolean(link);
}

document.addEventListener("keydown", (event) => {
  const control = event.ctrlKey || event.metaKey;
  if (control && event.key.toLowerCase() === "k") { if (openPalette()) event.preventDefault(); return; }
  if (control && (event.key === "Enter" || event.key.toLowerCase() === "s")) {
    const form = event.target.closest?.("form[data-save]") || document.querySelector("form[data-save]");
    if (form) { event.preventDefault(); form.requestSubmit(); }
    return;
  }
  if (event.key === "Escape" && typing(event.target)) { event.target.blur(); return; }
  if (!letters() || control || event.altKey || typing(event.target) || document.querySelector("dialog[open]")) return;

  if (waiting === "g") {
    waiting = "";
    if (go(`[data-go="${event.key}"]`)) event.preventDefault();
    return;
  }
  switch (event.key) {
    case "g": waiting = "g"; setTimeout(() => { waiting = ""; }, 1200); break;
    case "/": if (openPalette()) event.preventDefault(); break;
    case "c": if (go("[data-key=c]")) event.preventDefault(); break;
    case "e": if (go("[data-key=e]")) event.preventDefault(); else document.dispatchEvent(new CustomEvent("kedang:key", { detail: event })); break;
    case "?": document.getElementById("keys-help")?.showModal?.(); break;
    default: document.dispatchEvent(new CustomEvent("kedang:key", { detail: event }));
  }
});

// Who works with a screen reader or by voice can switch the single letters off; the choice is kept in a cookie.
const box = document.querySelector("[data-letters]");
if (box) {
  box.checked = letters();
  box.addEventListener("change", () => {
    document.cookie = `kedang_keys=${box.checked ? "on" : "off"}; path=/; max-age=31536000; samesite=lax`;
  });
}
