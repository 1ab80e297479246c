// Files are dropped on a zone or chosen; one that is too large is told before it travels.
const named = (input) => {
  const name = input.parentElement.querySelector("[data-drop-name]");
  if (name) name.textContent = [...input.files].map((file) => file.name).join(", ");
};
const ready = (form) => {
  if (form.dataset.ready) return;
  form.dataset.ready = "1";
  const zone = form.querySelector("[data-drop-zone]");
  const input = form.querySelector("input[type=file]");
  const error = form.querySelector("[data-drop-error]");
  const most = Number(form.dataset.most);

  const tell = () => {
    const files = [...input.files];
    const large = files.some((file) => file.size > most);
    named(input);
    error.hidden = !large;
    error.textContent = large ? form.dataset.tooLarge : "";
    input.setCustomValidity(large ? form.dataset.tooLarge : "");
    if (files.length && !large && form.hasAttribute("data-at-once")) form.requestSubmit();
  };
  for (const type of ["dragenter", "dragover"]) {
    zone.addEventListener(type, (event) => { event.preventDefault(); zone.classList.add("over"); });
  }
  for (const type of ["dragleave", "drop"]) zone.addEventListener(type, () => zone.classList.remove("over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    if (!event.dataTransfer.files.length) return;
    input.files = event.dataTransfer.files;
    tell();
  });
  input.addEventListener("change", tell);
  form.querySelectorAll("[data-drop-also]").forEach((other) => {
    other.addEventListener("change", () => { input.files = other.files; tell(); });
  });
};
const find = () => document.querySelectorAll("form[data-drop]").forEach(ready);
document.addEventListener("htmx:afterSettle", find);
document.addEventListener("change", (event) => { if (event.target.matches?.(".pick-f input")) named(event.target); });
find();
