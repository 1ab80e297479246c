// A value that the server offers is taken with one click; the form is asked again at once.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-take]");
  if (!button) return;
  const form = button.closest("form");
  const field = form?.elements.namedItem(button.dataset.take);
  if (!field) return;
  const picker = field.closest(".pick");
  field.value = button.dataset.value;
  if (picker) {
    const shown = picker.querySelector("[role=combobox]");
    shown.value = button.dataset.text;
    shown.dataset.chosen = shown.value;
    picker.querySelector(".clear").hidden = false;
  }
  button.closest("li").remove();
  (picker?.querySelector("[role=combobox]") ?? field).focus();
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.dispatchEvent(new Event("change", { bubbles: true }));
});

// A change in a field that the server watches asks it what it thinks of the form: soon while typing, at once when done.
let waiting = 0;
const look = (event) => {
  const box = document.getElementById("checks");
  if (!box || !box.dataset.watch.split(" ").includes(event.target.name) || box.closest("form") !== event.target.form) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => window.htmx?.trigger(box, "kedang:check"), event.type === "input" ? 700 : 80);
};
document.addEventListener("input", look);
document.addEventListener("change", look);
