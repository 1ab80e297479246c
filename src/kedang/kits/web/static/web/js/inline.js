// Facts edited in place: a click opens the input, Enter and leaving save, Escape puts back what stood there.
const slot = (element) => element.closest("[data-fact]");
const before = new WeakMap();

async function open(dd) {
  if (dd.querySelector("form")) return;
  before.set(dd, dd.innerHTML);
  const answer = await fetch(`${dd.dataset.fact}`, { headers: { "HX-Request": "true" } }).catch(() => null);
  if (!answer?.ok) { if (answer) location.assign(dd.dataset.fact); return; }
  put(dd, await answer.text());
}

function put(dd, html) {
  dd.innerHTML = html;
  dd.classList.toggle("editing", Boolean(dd.querySelector("form")));
  document.dispatchEvent(new CustomEvent("kedang:added", { detail: dd }));
  window.htmx?.process(dd);
  const input = dd.querySelector("form .in:not([type=hidden]), form .sel, form .area, form [role=combobox], form input[type=checkbox], form input[type=radio]");
  if (input) { input.focus(); if (input.select && input.matches(".in, .area")) input.select(); dd.dataset.began = state(dd); }
}

const told = ([name, value]) => [name, value instanceof File ? `${value.name} ${value.size}` : value];
const state = (dd) => JSON.stringify([...new FormData(dd.querySelector("form"))].map(told).filter(([name]) => name !== "csrfmiddlewaretoken"));

function cancel(dd) {
  if (!before.has(dd)) { location.reload(); return; }
  dd.innerHTML = before.get(dd);
  dd.classList.remove("editing");
  window.htmx?.process(dd);
  dd.querySelector("[data-inline-open]")?.focus();
}

async function save(dd) {
  const form = dd.querySelector("form");
  if (!form || form.dataset.sending) return;
  if (!form.querySelector("[data-clash]") && !dd.querySelector("[aria-invalid=true]") && state(dd) === dd.dataset.began) { cancel(dd); return; }
  form.dataset.sending = "1";
  const held = document.activeElement && dd.contains(document.activeElement);
  const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { "HX-Request": "true" } }).catch(() => null);
  if (!answer) { delete form.dataset.sending; form.dataset.failed = "1"; return; }
  if (answer.headers.get("HX-Redirect")) { location.assign(answer.headers.get("HX-Redirect")); return; }
  if (answer.ok && answer.headers.get("HX-Refresh")) { location.reload(); return; }
  put(dd, await answer.text());
  if (!answer.ok) return;
  if (held) dd.querySelector("[data-inline-open]")?.focus();
  dd.classList.add("saved");
  setTimeout(() => dd.classList.remove("saved"), 1600);
  const line = document.getElementById("timeline");
  if (line && window.htmx) window.htmx.ajax("GET", `${location.pathname}/line`, { target: "#timeline", swap: "outerHTML" });
}

document.addEventListener("click", (event) => {
  const quit = event.target.closest("[data-inline-cancel]");
  if (quit && slot(quit)) { event.preventDefault(); cancel(slot(quit)); return; }
  const jump = event.target.closest("[data-open-fact]");
  if (jump) {
    const dd = document.getElementById(jump.dataset.openFact);
    if (dd?.dataset.fact) {
      event.preventDefault();
      const more = dd.closest("details");
      if (more) more.open = true;
      document.querySelector(".rec-tabs a[href='#facts']")?.click();
      dd.scrollIntoView({ block: "center" });
      open(dd);
    }
    return;
  }
  const dd = slot(event.target);
  if (!dd || dd.querySelector("form")) return;
  if (event.target.closest("[data-inline-open]")) { event.preventDefault(); open(dd); return; }
  if (event.target.closest("a, button, input, label, summary") || getSelection().toString()) return;
  open(dd);
});
document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-inline]");
  if (!form || !slot(form)) return;
  event.preventDefault();
  save(slot(form));
});
document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.("form[data-inline]");
  if (!form || !slot(form)) return;
  if (event.key === "Escape" && !form.querySelector("[role=listbox]:not([hidden])")) { event.preventDefault(); event.stopPropagation(); cancel(slot(form)); }
  if (event.key === "Enter" && event.target.matches("textarea") && (event.ctrlKey || event.metaKey)) { event.preventDefault(); save(slot(form)); }
}, true);
// Leaving saves and never discards; a picker that is still open has not been left.
document.addEventListener("focusout", (event) => {
  const form = event.target.closest?.("form[data-inline]");
  if (!form || !slot(form) || form.querySelector("[data-clash]")) return;
  setTimeout(() => { if (form.isConnected && !form.contains(document.activeElement)) save(slot(form)); }, 180);
});
document.addEventListener("change", (event) => {
  const form = event.target.closest?.("form[data-inline]");
  if (form && slot(form) && event.target.matches("select, input[type=file]")) save(slot(form));
});
