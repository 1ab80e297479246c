// Menus, dialogs, toasts, tabs of the phone, counters: what every page shares. Pages work without it.
const all = (selector, within = document) => [...within.querySelectorAll(selector)];

function closeMenus(except) {
  all("details.menu[open]").forEach((menu) => { if (menu !== except && !menu.contains(except)) menu.open = false; });
}

document.addEventListener("click", (event) => {
  const target = event.target;
  closeMenus(target.closest("details.menu"));

  const opener = target.closest("[data-dialog]");
  if (opener) {
    const dialog = document.getElementById(opener.dataset.dialog);
    if (dialog?.showModal) { event.preventDefault(); closeMenus(null); dialog.showModal(); dialog.dispatchEvent(new Event("opened")); }
  }
  if (target.closest("[data-close]")) { event.preventDefault(); target.closest("dialog")?.close(); }
  if (target.matches("dialog")) target.close();
  if (target.closest("[data-toast-close]")) target.closest(".toast").remove();

  const tab = target.closest(".rec-tabs a");
  if (tab) {
    event.preventDefault();
    all(".rec-tabs a").forEach((other) => other.removeAttribute("aria-current"));
    tab.setAttribute("aria-current", "true");
    all(".rec > .scroll").forEach((zone) => zone.classList.toggle("shown", `#${zone.id}` === tab.hash));
    window.scrollTo(0, 0);
  }
});

// A menu is a details element: Escape closes it and gives the focus back; arrows walk through it.
document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.("details.menu[open]");
  if (!menu) return;
  if (event.key === "Escape") {
    menu.open = false;
    menu.querySelector("summary").focus();
    event.stopPropagation();
  }
  if ((event.key === "ArrowDown" || event.key === "ArrowUp") && !event.target.matches("input, select, textarea")) {
    const items = all(".it", menu);
    if (!items.length) return;
    const step = event.key === "ArrowDown" ? 1 : -1;
    event.preventDefault();
    items[(items.indexOf(document.activeElement) + step + items.length) % items.length].focus();
  }
});

// Toasts go after a while, but never while somebody reads or focuses them.
function age(toast) {
  if (toast.dataset.aged || toast.dataset.stay) return;
  toast.dataset.aged = "1";
  const leave = () => { if (toast.matches(":hover, :focus-within")) setTimeout(leave, 2000); else toast.remove(); };
  setTimeout(leave, 8000);
}
const toasts = document.getElementById("toasts");
if (toasts) {
  all(".toast", toasts).forEach(age);
  new MutationObserver(() => all(".toast", toasts).forEach(age)).observe(toasts, { childList: true });
}

// A dialog that the server sent back with errors opens again.
all("dialog[data-open]").forEach((dialog) => dialog.showModal?.());

// Leaving a changed form asks once.
let changed = false;
document.addEventListener("input", (event) => { if (event.target.closest("form[data-guard]")) changed = true; });
document.addEventListener("submit", () => { changed = false; });
addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });

// A second click on a button that is already sending does nothing.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post" || form.hasAttribute("hx-post")) return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "1";
  setTimeout(() => { delete form.dataset.sent; }, 4000);
});
addEventListener("pageshow", () => all("form[data-sent]").forEach((form) => { delete form.dataset.sent; }));

// The form of one type of record shows only what that type asks for.
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-again]");
  if (form && event.target.matches("[data-decides]") && window.htmx) {
    window.htmx.ajax("POST", form.dataset.again, { source: form, target: "#sections", swap: "outerHTML", select: "#sections" });
  }
});

// A dialog that the server sent into the page opens itself, and leaves the page when it is closed.
document.addEventListener("htmx:afterSwap", (event) => {
  const dialog = event.target.querySelector?.("dialog[data-open]");
  if (!dialog || dialog.open) return;
  closeMenus(null);
  dialog.showModal();
  dialog.addEventListener("close", () => dialog.remove());
});

// After a refusal the first field that needs another look has the focus.
document.querySelector("form[data-save] [aria-invalid=true]")?.focus();
