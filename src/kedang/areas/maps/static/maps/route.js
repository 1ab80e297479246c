// The visits of a day on the map, in their order.
import { board, clear, fit, mark } from "./base.js";

const { L } = window;
const map = board(document.querySelector("[data-map]"));
const points = JSON.parse(document.getElementById("rt-points").textContent);
const colour = getComputedStyle(document.documentElement).getPropertyValue("--accent").trim();

L.polyline(points.map((one) => one.at), { color: colour, weight: 2, dashArray: "6 5", interactive: false }).addTo(map);
// Several stops at one place stand beside one another.
const met = new Map();
for (const one of points) {
  const key = one.at.join();
  const before = met.get(key) ?? 0;
  met.set(key, before + 1);
  const icon = mark(`stop${one.exact ? "" : " loose"}${one.done ? " done" : ""}`, 26, String(one.no));
  icon.options.iconAnchor = [13 - before * 22, 13];
  L.marker(one.at, { icon, title: `${one.no}. ${one.name}`, alt: `${one.no}. ${one.name}`, keyboard: false }).addTo(map);
}
// Where each visit was checked in: a ring, tied to the customer it is of and behind its number.
const checked = JSON.parse(document.getElementById("rt-checked").textContent);
for (const one of checked) {
  if (one.home) L.polyline([one.home, one.at], { color: colour, weight: 1.5, interactive: false }).addTo(map);
  const title = `${one.name}: ${one.text}`;
  L.marker(one.at, { icon: mark("checked", 34, ""), title, alt: title, keyboard: false, zIndexOffset: -1000 }).addTo(map);
}
clear(map, points.map(({ at }) => ({ at, across: 30 })));
fit(map, [...points, ...checked].map((one) => one.at), 12);
window.addEventListener("beforeprint", () => map.invalidateSize());
