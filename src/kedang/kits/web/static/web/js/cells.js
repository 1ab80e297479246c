// A value edited where it stands: double click or E opens it, Enter, Tab and leaving save, Esc keeps the old value.
const table = document.querySelector("table.list-t");

if (table) {
  const names = [...table.querySelectorAll("thead th")].map((head) => head.dataset);
  const headers = { "HX-Request": "true" };
  let open = null;

  const close = (cell, html) => {
    cell.classList.remove("editing");
    cell.replaceChildren(...new DOMParser().parseFromString(`<body>${html}`, "text/html").body.childNodes);
    if (open?.cell === cell) open = null;
  };
  const put = (cell, html) => {
    cell.replaceChildren(...new DOMParser().parseFromString(`<body>${html}`, "text/html").body.childNodes);
    cell.querySelectorAll("[data-ready]").forEach((field) => { delete field.dataset.ready; });
    document.dispatchEvent(new CustomEvent("kedang:added", { detail: cell }));
    const input = cell.querySelector("input:not([type=hidden]), select");
    input?.focus();
    input?.select?.();
  };
  const edit = async (cell) => {
    if (!cell || cell.classList.contains("editing")) return;
    if (open) await save();
    const row = cell.closest("tr");
    const size = names[cell.cellIndex]?.size || "1";
    const address = `${location.pathname}/${row.dataset.id}/cell/${cell.dataset.edit}`;
    const answer = await fetch(`${address}?size=${size}`, { headers });
    if (!answer.ok) { refuse(cell, answer.status); return; }
    cell.querySelector("[data-by-this]")?.remove();
    open = { cell, before: cell.innerHTML };
    cell.classList.add("editing");
    put(cell, await answer.text());
  };
  const refuse = (cell, status) => {
    cell.classList.add("refused");
    cell.title = status === 403 || status === 404 ? table.dataset.refused : table.dataset.failed;
    setTimeout(() => cell.classList.remove("refused"), 1500);
  };
  const save = async () => {
    const { cell, before, busy } = open || {};
    const form = cell?.querySelector("form");
    if (!form || busy) return true;
    const data = new FormData(form);
    const name = cell.dataset.edit;
    if (String(data.get(name) ?? "") === String(data.get("was")) && !form.querySelector("[role=alert]")) { close(cell, before); return true; }
    open.busy = true;
    const answer = await fetch(form.action, { method: "POST", body: data, headers }).catch(() => null);
    if (open) open.busy = false;
    if (!answer) { refuse(cell, 0); return false; }
    const html = await answer.text();
    if (answer.ok) { close(cell, html); return true; }
    if (answer.status === 412 || answer.status === 422) put(cell, html); else { close(cell, before); refuse(cell, answer.status); }
    return false;
  };
  const cancel = () => { if (open) close(open.cell, open.before); };

  table.addEventListener("dblclick", (event) => {
    if (!event.target.closest("a, button, input, select, .cb")) edit(event.target.closest("td[data-edit]"));
  });
  table.addEventListener("kedang:edit", (event) => edit(event.target.querySelector("td[data-edit]")));
  table.addEventListener("submit", (event) => { if (event.target.matches("[data-cell-form]")) { event.preventDefault(); event.stopPropagation(); save(); } }, true);
  table.addEventListener("click", async (event) => {
    if (!event.target.closest("[data-cell-theirs]")) return;
    const { cell } = open;
    close(cell, open.before);
    await edit(cell);
    const form = cell.querySelector("form");
    if (form) { form.querySelector("[name=was]").value = " "; await save(); }
  });
  table.addEventListener("keydown", async (event) => {
    if (!event.target.closest("[data-cell-form]") || event.defaultPrevented) return;
    if (event.key === "Escape") { event.preventDefault(); event.stopPropagation(); cancel(); }
    if (event.key === "Enter" && event.target.matches("select, [role=combobox]")) { event.preventDefault(); save(); }
    if (event.key !== "Tab") return;
    event.preventDefault();
    const cells = [...event.target.closest("tr").querySelectorAll("td[data-edit]")];
    const next = cells[cells.indexOf(event.target.closest("td")) + (event.shiftKey ? -1 : 1)];
    if (await save() && next) edit(next);
  });
  table.addEventListener("focusout", (event) => {
    const cell = event.target.closest("td.editing");
    if (cell && !cell.contains(event.relatedTarget)) setTimeout(() => { if (open?.cell === cell && !cell.contains(document.activeElement)) save(); }, 150);
  });
  addEventListener("pagehide", () => { if (open) save(); });

  // A column is as wide as its edge is dragged; the width is kept for this reader.
  const token = () => document.querySelector("[name=csrfmiddlewaretoken]")?.value || "";
  table.querySelectorAll("thead th[data-name]").forEach((head) => {
    const grip = document.createElement("span");
    grip.className = "grip";
    head.append(grip);
    grip.addEventListener("click", (event) => { event.preventDefault(); event.stopPropagation(); });
    grip.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      const from = event.clientX;
      const wide = head.getBoundingClientRect().width;
      const place = head.cellIndex + 1;
      let width = wide;
      const move = (moved) => {
        width = Math.max(48, Math.min(800, Math.round(wide + moved.clientX - from)));
        table.querySelectorAll(`tr > :nth-child(${place})`).forEach((cell) => { cell.style.minWidth = `${width}px`; cell.style.maxWidth = `${width}px`; cell.style.overflow = "hidden"; cell.style.textOverflow = "ellipsis"; });
      };
      const up = () => {
        removeEventListener("pointermove", move);
        if (width === wide) return;
        fetch(table.dataset.columns, { method: "POST", headers: { "X-CSRFToken": token() }, body: new URLSearchParams({ do: "width", column: head.dataset.name, width: String(width) }) });
      };
      addEventListener("pointermove", move);
      addEventListener("pointerup", up, { once: true });
    });
  });
}

// The chooser of columns: what is above comes first.
document.getElementById("columns")?.addEventListener("click", (event) => {
  const button = event.target.closest("[data-col-move]");
  const item = button?.closest("li");
  if (!item) return;
  if (button.dataset.colMove === "-1") item.previousElementSibling?.before(item); else item.nextElementSibling?.after(item);
  button.focus();
});
