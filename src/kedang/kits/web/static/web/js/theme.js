// Light or dark: the server renders data-theme; a click changes it here at once and tells the server.
document.documentElement.classList.add("js");

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-theme-form]")) return;
  event.preventDefault();
  const root = document.documentElement;
  root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark";
  const body = new FormData(form);
  body.set("theme", root.dataset.theme);
  form.querySelectorAll("[data-when]").forEach((icon) => icon.toggleAttribute("hidden", icon.dataset.when !== root.dataset.theme));
  fetch(form.action, { method: "POST", body, headers: { "X-Quiet": "1" } }).catch(() => {});
});
