// A reply under a line of the timeline: Ctrl+Enter sends it, Escape puts it away; leaving it keeps what was typed.
document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.("form[data-reply]");
  if (!form) return;
  if (event.key === "Escape") { event.preventDefault(); event.stopPropagation(); form.querySelector("[data-reply-cancel]").click(); }
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); form.requestSubmit(); }
}, true);
