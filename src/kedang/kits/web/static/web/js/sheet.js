// Open the browser's own print dialog, which also saves as PDF.
document.querySelector("[data-print]")?.addEventListener("click", () => window.print());
