// Files are dropped on a zone or chosen; one that is too large is told before it travels.
const ready = (form) => {
  if (form.dataset.ready) return;
  form.dataset.ready = "1";
  const zone = form.querySelector("[data-drop-zone]");
  const input = form.querySelector("input[type=file]");
  const name = form.querySelector("[data-drop-name]");
  const error = form.querySelector("[data-drop-error]");
  const most = Number(form.dataset.most);

  const tell = () => {
    const files = [...input.files];
    const large = files.some((file) => file.size > most);
    if (name) name.textContent = files.map((file) => file.name).join(", ");
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
find();
