// The editor of conditions: the server draws each row, so a changed field or operator asks it for the row anew.
const form = document.querySelector("form[data-conditions]");

if (form) {
  const ask = (query, target, swap) => {
    const url = `${form.dataset.conditions}?${new URLSearchParams(query)}`;
    window.htmx.ajax("GET", url, { target, swap });
  };
  const free = (prefix, join) => {
    const taken = new Set([...form.querySelectorAll("[data-group]")].map((group) => group.dataset.group));
    let number = 1;
    while (taken.has(`${prefix}${join}${number}.`)) number += 1;
    return `${prefix}${join}${number}`;
  };

  form.addEventListener("change", (event) => {
    const row = event.target.closest("[data-cond]");
    const date = event.target.matches(".pair select") && event.target.value && event.target.parentElement.querySelector("input[type=date]");
    if (date) date.value = "";
    if (!row || !event.target.matches("[data-cond-field], [data-cond-op]")) return;
    const field = row.querySelector("[data-cond-field]").value;
    const operator = event.target.matches("[data-cond-op]") ? event.target.value : "usual";
    ask({ path: row.dataset.path, field, operator }, row, "outerHTML");
  });
  form.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    const group = button?.closest("[data-group]");
    if (!group) return;
    const place = group.querySelector(":scope > .cond-a");
    // Not before the click has ended: the menu around it would take what is gone for a click outside.
    if (button.matches("[data-cond-drop]")) setTimeout(() => (button.closest("[data-cond]") || group).remove());
    if (button.matches("[data-cond-add]")) ask({ path: group.dataset.group, operator: "usual" }, place, "beforebegin");
    if (button.matches("[data-cond-group]")) ask({ path: free(group.dataset.group, button.dataset.condGroup), group: "1", operator: "usual" }, place, "beforebegin");
  });
}
