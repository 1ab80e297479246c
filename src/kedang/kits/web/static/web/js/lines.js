// The lines of a document: add and remove rows. Without a script there are spare rows to fill.
document.querySelectorAll("[data-lines]").forEach((zone) => {
  const body = zone.querySelector("tbody");
  const template = zone.querySelector("template");
  const adder = zone.querySelector("[data-line-add]");
  let made = body.rows.length;
  adder.hidden = false;

  adder.addEventListener("click", () => {
    const row = template.content.firstElementChild.cloneNode(true);
    made += 1;
    row.querySelectorAll("[id], [aria-controls]").forEach((element) => {
      if (element.id) element.id = element.id.replace("-new", `-${made}`);
      const controls = element.getAttribute("aria-controls");
      if (controls) element.setAttribute("aria-controls", controls.replace("-new", `-${made}`));
    });
    body.append(row);
    document.dispatchEvent(new CustomEvent("kedang:added", { detail: row }));
    row.querySelector("input:not([type=hidden])")?.focus();
  });
  zone.addEventListener("click", (event) => {
    const button = event.target.closest("[data-line-remove]");
    if (!button) return;
    button.closest("tr").remove();
    adder.focus();
  });
});
