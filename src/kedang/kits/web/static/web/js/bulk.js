// Whoever types into a field means to set it: its box is ticked. What was said of a field is taken back with its tick.
const tick = (event) => {
  const box = event.target.closest(".set-f")?.querySelector("input[name=set]");
  if (box && event.target !== box && event.isTrusted !== undefined) box.checked = true;
};
document.addEventListener("input", tick);
document.addEventListener("change", tick);
