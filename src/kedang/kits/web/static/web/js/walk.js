// On a record's page that was opened from a list: the records before and after it there, and the way back as it was.
const [, base, id] = location.pathname.split("/");
const crumbs = document.querySelector(".crumbs");

if (crumbs && /^[0-9abcdefghjkmnpqrstvwxyz]{13}$/.test(id || "")) {
  let kept = null;
  try { kept = JSON.parse(sessionStorage.getItem(`kedang-list:/${base}`) || "null"); } catch { /* nothing kept */ }
  const at = kept ? kept.ids.indexOf(id) : -1;
  if (at >= 0) {
    const back = crumbs.querySelector(`a[href^="/${base}"]`);
    if (back) back.href = kept.url;
    const rest = location.pathname.split("/").slice(3).join("/");
    const to = (other, beyond) => (other ? `/${base}/${other}${rest ? `/${rest}` : ""}` : beyond);
    const row = document.createElement("span");
    row.className = "row walk";
    [["left", "k", to(kept.ids[at - 1], kept.previous)], ["right", "j", to(kept.ids[at + 1], kept.next)]].forEach(([sign, key, url]) => {
      const source = document.querySelector(`[data-walk-${sign}]`);
      if (!source) return;
      const link = source.content.firstElementChild.cloneNode(true);
      if (url) { link.href = url; link.dataset.walk = key; } else { link.setAttribute("role", "link"); link.setAttribute("aria-disabled", "true"); }
      row.append(link);
    });
    crumbs.after(row);
    document.addEventListener("kedang:key", ({ detail }) => { if (detail.key === "j" || detail.key === "k") document.querySelector(`[data-walk="${detail.key}"]`)?.click(); });
  }
}
