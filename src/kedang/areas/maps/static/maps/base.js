// The map under the marks: a plain base of our own (coast, cities, graticule, no borders), or the company's tiles.
const { L } = window;
const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// TopoJSON: arcs are whole numbers, each the difference from the one before; a ring names the arcs it is made of.
function land(topology) {
  const { scale: [sx, sy], translate: [tx, ty] } = topology.transform;
  const arcs = topology.arcs.map((arc) => {
    let x = 0;
    let y = 0;
    return arc.map(([dx, dy]) => { x += dx; y += dy; return [y * sy + ty, x * sx + tx]; });
  });
  const ring = (names) => names.flatMap((name, place) => {
    const arc = name < 0 ? [...arcs[~name]].reverse() : arcs[name];
    return place ? arc.slice(1) : arc;
  });
  return topology.objects.land.geometries.flatMap((shape) => shape.arcs.map((polygon) => polygon.map(ring)));
}

function graticule() {
  const lines = [];
  for (let lon = -180; lon <= 180; lon += 10) lines.push([[-80, lon], [80, lon]]);
  for (let lat = -80; lat <= 80; lat += 10) lines.push([[lat, -180], [lat, 180]]);
  return lines;
}

// Names of cities, the seats of provinces first, to the right of their dot, else to its left; what would lie on a mark or
// on another name is left out.
function label(map, layer, cities) {
  layer.clearLayers();
  const zoom = map.getZoom();
  if (zoom < 4) return;
  const bounds = map.getBounds().pad(0.1);
  const taken = (map.marks ?? []).map(({ at, across }) => {
    const { x, y } = map.latLngToLayerPoint(at);
    return [x - across / 2, y - across / 2, x + across / 2, y + across / 2];
  });
  const free = ([left, top, right, bottom]) => !taken.some(([l, t, r, b]) => left < r && l < right && top < b && t < bottom);
  for (const [name, lat, lon, seat] of cities) {
    if ((!seat && zoom < 6) || !bounds.contains([lat, lon])) continue;
    const { x, y } = map.latLngToLayerPoint([lat, lon]);
    const wide = name.length * 12 + 8;
    const sides = [["", [x - 2, y - 8, x + wide, y + 8]], [" left", [x - wide, y - 8, x + 2, y + 8]]];
    const found = sides.find(([, box]) => free(box));
    if (!found) continue;
    taken.push(found[1]);
    const icon = L.divIcon({ className: `mp-city${seat ? " seat" : ""}${found[0]}`, html: `<i></i><span>${name}</span>`, iconSize: [0, 0] });
    L.marker([lat, lon], { icon, interactive: false, keyboard: false, pane: "cities" }).addTo(layer);
  }
}

// Say where marks stand, so that names keep clear of them.
export function clear(map, marks) {
  map.marks = marks;
  map.fire("marks");
}

export function board(place) {
  const told = place.dataset;
  const map = L.map(place, {
    zoomControl: false, attributionControl: false, minZoom: 3, maxZoom: told.tiles ? 18 : 13, worldCopyJump: true,
    zoomAnimation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
  });
  map.setView([34, 108], 4);
  L.control.zoom({ zoomInTitle: told.in, zoomOutTitle: told.out }).addTo(map);
  if (place.clientWidth > 600) L.control.scale({ imperial: false }).addTo(map);
  const credit = L.control.attribution({ prefix: false }).addTo(map);
  for (const [name, order] of [["land", 150], ["cities", 180]]) {
    map.createPane(name).style.zIndex = order;
    map.getPane(name).style.pointerEvents = "none";
  }
  plain(map, told, place.parentElement.querySelector("[data-base]").innerHTML, credit);
  if (told.tiles) tiles(map, told, credit);
  return map;
}

async function plain(map, told, base, credit) {
  credit.addAttribution(base);
  const painter = L.canvas({ pane: "land", padding: 0.4 });
  const names = L.layerGroup().addTo(map);
  const [topology, cities] = await Promise.all([told.land, told.cities].map((url) => fetch(url).then((answer) => answer.json())));
  const lines = L.polyline(graticule(), { renderer: painter, interactive: false, weight: 1 }).addTo(map);
  const shore = L.polygon(land(topology), { renderer: painter, interactive: false, weight: 0.8, fillOpacity: 1, smoothFactor: 0.6 }).addTo(map);
  const paint = () => {
    shore.setStyle({ color: css("--line-2"), fillColor: css("--surface") });
    lines.setStyle({ color: css("--line") });
  };
  cities.sort((one, other) => other[3] - one[3]);
  const write = () => label(map, names, cities);
  paint();
  write();
  map.on("moveend marks", write);
  new MutationObserver(paint).observe(document.documentElement, { attributeFilter: ["data-theme"] });
}

// The company's own tiles lie over the plain base; where they do not come, the base is seen.
function tiles(map, told, credit) {
  const owner = document.createElement("span");
  owner.textContent = told.credit;
  const layer = L.tileLayer(told.tiles, { maxZoom: 18, attribution: owner.innerHTML, referrerPolicy: "no-referrer" }).addTo(map);
  const pane = map.getPane("cities");
  pane.hidden = true;
  let failed = 0;
  layer.on("tileload", () => { failed = 0; pane.hidden = true; });
  layer.on("tileerror", () => {
    failed += 1;
    if (failed !== 3) return;
    pane.hidden = false;
    credit.addAttribution(told.failed);
  });
}

export function mark(className, wide, text) {
  const inner = document.createElement("span");
  inner.textContent = text;
  return L.divIcon({ className: `mp-mark ${className}`, html: inner, iconSize: [wide, wide] });
}

export const fit = (map, spots, zoom) => {
  if (spots.length) map.fitBounds(L.latLngBounds(spots).pad(0.12), { maxZoom: zoom, animate: false });
};
