// Customers on the map: what lies in the window is fetched when the map comes to rest.
import { board, clear, fit, mark } from "./base.js";

const { L } = window;
const place = document.querySelector("[data-map]");
const said = document.querySelector("[data-said]");
const slot = document.getElementById("map-card");
const map = board(place);
const drawn = L.layerGroup().addTo(map);
let asked = null;

function put(one, icon, title, act) {
  const found = L.marker(one.at, { icon, title, alt: title, riseOnHover: true, zIndexOffset: -20 * (one.across ?? 0) }).addTo(drawn);
  found.on("click", act);
  found.on("keydown", ({ originalEvent: key }) => {
    if (key.key !== " " && key.key !== "Enter") return;
    key.preventDefault();
    act();
  });
}

// Figures are drawn in all marks or in none: a mark without one would look like nothing beside a nought.
const fits = (text, across) => [...text].reduce((wide, letter) => wide + (letter > "⺀" ? 12 : 7.5), 2) <= across;

function open(url) {
  window.htmx.ajax("GET", url, { target: slot, swap: "innerHTML" });
  if (matchMedia("(max-width: 900px)").matches) slot.scrollIntoView({ block: "nearest" });
}

function draw(found) {
  drawn.clearLayers();
  const size = place.clientWidth < 600 ? 0.75 : 1;
  const told = found.regions.every((one) => fits(one.short, Math.round(one.across * size)));
  for (const one of found.regions) {
    const across = Math.round(one.across * size);
    put(one, mark("region", across, told ? one.short : ""), `${one.name}: ${one.text}`, () => map.setView(one.at, map.getZoom() < 6 ? 6 : 9));
  }
  for (const one of found.about) {
    put(one, mark("about", 34, one.short), `${one.name}: ${one.text}`, () => { window.location.href = one.url; });
  }
  for (const one of found.points) {
    put(one, mark(`dot ${one.tier}`, one.across, ""), one.text ? `${one.name}: ${one.text}` : one.name, () => open(one.card));
  }
  clear(map, [...found.regions, ...found.points, ...found.about.map(({ at }) => ({ at, across: 34 }))]);
  said.textContent = found.said;
}

async function fetchMarks() {
  asked?.abort();
  asked = new AbortController();
  const bounds = map.getBounds();
  const clip = (value, most) => Math.max(-most, Math.min(most, value)).toFixed(5);
  const url = new URL(place.dataset.url, window.location.href);
  for (const [name, value] of [["south", clip(bounds.getSouth(), 90)], ["west", clip(bounds.getWest(), 180)],
    ["north", clip(bounds.getNorth(), 90)], ["east", clip(bounds.getEast(), 180)], ["zoom", map.getZoom()]]) {
    url.searchParams.set(name, value);
  }
  try {
    const answer = await fetch(url, { signal: asked.signal, headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(answer.status);
    draw(await answer.json());
  } catch (error) {
    if (error.name !== "AbortError") said.textContent = place.dataset.lost;
  }
}

// Where the map stands is kept behind the # of the address, so that going back finds it there.
const kept = window.location.hash.match(/^#(\d+)\/(-?[\d.]+)\/(-?[\d.]+)$/);
if (kept) map.setView([Number(kept[2]), Number(kept[3])], Number(kept[1]));
else fit(map, JSON.parse(document.getElementById("mp-spots").textContent), 8);
fetchMarks();
map.on("moveend", () => {
  const { lat, lng } = map.getCenter();
  window.history.replaceState(null, "", `#${map.getZoom()}/${lat.toFixed(4)}/${lng.toFixed(4)}`);
  fetchMarks();
});
document.addEventListener("click", (event) => { if (event.target.closest("[data-card-close]")) slot.replaceChildren(); });
