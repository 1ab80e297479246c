// The form of an attribute asks only what its kind needs. Without a script it asks everything.
const kind = document.getElementById("a-kind");
const chosen = () => document.querySelector("select[name=kind]")?.value ?? document.querySelector("input[name=kind]")?.value;
const show = () => document.querySelectorAll("[data-for]").forEach((field) => { field.hidden = !field.dataset.for.split(" ").includes(chosen()); if (field.hidden) field.querySelectorAll("[name=required]").forEach((box) => { box.checked = false; }); });
kind?.addEventListener("change", show);
show();
