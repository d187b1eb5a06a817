// The map over mixing and voltage, and the curve at one voltage, both from the same rectangles.
const MAPS = DATA.maps;
const RAMP = [[8, 29, 88], [37, 52, 148], [34, 94, 168], [29, 145, 192], [65, 182, 196], [127, 205, 187], [199, 233, 180], [237, 248, 177], [255, 255, 217]];
const theMap = () => MAPS[STATE.map];
const mapState = () => theMap().states[STATE.mapState] || theMap().states[0];

function energyOf(map, tile, u, v) {
  const c = map.coefficients[tile], s = mapState().shift;
  return c[0] + s[0] + (c[1] + s[1]) * u + (c[2] + s[2] + (c[3] + s[3]) * u) * v;
}
// Tiles that hold a voltage, by rising fraction.
function tilesAt(map, v) {
  const found = [];
  map.bounds.forEach((b, k) => { if (b[2] <= v && v <= b[3]) found.push(k); });
  found.sort((a, b) => map.bounds[a][0] - map.bounds[b][0]);
  // at a voltage where two rows of tiles meet, the lower row
  return found.filter((k, at) => at === 0 || map.bounds[k][0] - map.bounds[found[at - 1]][0] > 1e-9);
}
function tileIn(map, row, u) {
  let k = 0;
  while (k < row.length - 1 && map.bounds[row[k]][1] < u) k++;
  return row[k];
}
function ends(map, row, v) {
  return [energyOf(map, row[0], 0, v), energyOf(map, row.at(-1), 1, v)];
}
function part(energy, u, both) {
  return STATE.mapPart === "mutual" ? energy - (1 - u) * both[0] - u * both[1] : energy;
}
// Voltages at evenly spaced heights from the top, with their tiles: the same for every state.
const LEVELS = 340;
const levels = new Map();
function levelsOf(map) {
  if (!levels.has(map)) {
    levels.set(map, Array.from({ length: LEVELS }, (_, y) => {
      const v = map.voltage[1] + ((y + 0.5) / LEVELS) * (map.voltage[0] - map.voltage[1]);
      return { v, row: tilesAt(map, v) };
    }));
  }
  return levels.get(map);
}
function mapRange() {
  const map = theMap();
  let low = -0.05;
  for (const { v, row } of levelsOf(map)) {
    const both = ends(map, row, v);
    for (const k of row) {
      const u = map.bounds[k][1];
      low = Math.min(low, part(energyOf(map, k, u, v), u, both));
    }
    low = Math.min(low, part(both[0], 0, both));
  }
  return low;
}
function shade(f) {
  const at = Math.min(Math.max(f, 0), 1) * (RAMP.length - 1), k = Math.min(RAMP.length - 2, Math.floor(at)), r = at - k;
  return RAMP[k].map((a, i) => Math.round(a + (RAMP[k + 1][i] - a) * r));
}

function drawMap() {
  const host = byId("map-plot"), map = theMap(), name = mapState().label;
  host.classList.add("map");
  const low = mapRange();
  const size = frame(host, {
    x: [0, 1], y: [map.voltage[1], map.voltage[0]], height: 400, noGrid: true, margin: { left: 48, right: 74, top: 12, bottom: 44 },
    xLabel: `fraction u of non-${map.carrier} atoms from ${SERIES && SERIES.host ? SERIES.host : name}`, yLabel: `voltage against ${map.carrier} (V)`,
    name: marked(`Map of ${name} and ${map.second.label}. Arrow keys move the place that is read.`),
  });
  const { root, layer, X, Y, margin, w, h } = size;
  root.setAttribute("tabindex", "0");
  root.setAttribute("role", "application");
  root.setAttribute("aria-describedby", "tile");
  const canvas = paintMap(map, low, w);
  // in shares of the drawing, so that it stays in place where that is scaled, as in print
  const share = { left: margin.left / size.width, top: margin.top / size.height, width: w / size.width, height: h / size.height };
  for (const [key, value] of Object.entries(share)) canvas.style[key] = `${100 * value}%`;
  host.prepend(canvas);
  const axis = svg("g");
  for (const [v, text] of ticks(map.voltage[0], map.voltage[1], 6)) {
    axis.append(svg("text", { class: "tick", x: margin.left - 8, y: Y(v) + 4, "text-anchor": "end" }, text));
  }
  legend(axis, low, margin.left + w + 12, margin.top, h);
  const under = svg("path", { fill: "none", stroke: "#fff", "stroke-width": 2.4 });
  const cut = svg("path", { fill: "none", stroke: "#111", "stroke-width": 1.6, "stroke-dasharray": "6 4" });
  const spot = svg("g", { "pointer-events": "none" });
  layer.append(axis, under, cut, spot);
  mapPlot = { size, lines: [under, cut], spot };
  const read = (event) => {
    const [a, b] = pointer(event, root, size);
    const u = (a - margin.left) / w, v = map.voltage[1] + ((b - margin.top) / h) * (map.voltage[0] - map.voltage[1]);
    return u >= 0 && u <= 1 && v >= map.voltage[0] && v <= map.voltage[1] ? { u, v } : null;
  };
  root.addEventListener("pointermove", (event) => { const at = read(event); if (at) set(STATE, { spot: at }); });
  root.addEventListener("click", (event) => { const at = read(event); if (at) set(STATE, { voltage: Math.round(at.v * 20) / 20 }); });
  root.addEventListener("keydown", (event) => {
    const old = STATE.spot && STATE.spot.u !== undefined ? STATE.spot : { u: 0.5, v: STATE.voltage };
    const du = { ArrowRight: 0.01, ArrowLeft: -0.01 }[event.key] || 0, dv = { ArrowUp: 0.05, ArrowDown: -0.05 }[event.key] || 0;
    if (event.key === "Enter") set(STATE, { voltage: Math.round(old.v * 20) / 20 });
    else if (du || dv) set(STATE, { spot: { u: Math.min(1, Math.max(0, old.u + du)), v: Math.min(map.voltage[1], Math.max(map.voltage[0], old.v + dv)) } });
    else return;
    event.preventDefault();
  });
  drawSpot();
}
let mapPlot = null;

function paintMap(map, low, w) {
  const fine = Math.min(2, window.devicePixelRatio || 1);
  const canvas = el("canvas", { width: Math.round(w * fine), height: LEVELS, "aria-hidden": "true" });
  const pen = canvas.getContext("2d"), image = pen.createImageData(canvas.width, canvas.height);
  const table = Array.from({ length: 257 }, (_, k) => shade(k / 256));
  const pixels = new Uint32Array(image.data.buffer);
  const packed = table.map(([r, g, b]) => (255 << 24) | (b << 16) | (g << 8) | r);
  const s = mapState().shift;
  levelsOf(map).forEach(({ v, row }, y) => {
    const both = STATE.mapPart === "mutual" ? ends(map, row, v) : [0, 0];
    for (const k of row) {
      const c = map.coefficients[k], a = c[0] + s[0] + (c[2] + s[2]) * v - both[0], b = c[1] + s[1] + (c[3] + s[3]) * v - both[1] + both[0];
      const from = Math.round(map.bounds[k][0] * canvas.width), to = Math.round(map.bounds[k][1] * canvas.width);
      for (let x = from; x < to; x++) {
        const energy = a + (b * (x + 0.5)) / canvas.width;
        pixels[y * canvas.width + x] = packed[Math.round(256 * Math.min(1, Math.max(0, 1 - energy / low)))];
      }
    }
  });
  pen.putImageData(image, 0, 0);
  pen.beginPath();
  levelsOf(map).forEach(({ v, row }, y) => {
    const u = lowestAt(map, row, v) * canvas.width;
    if (y) pen.lineTo(u, y + 0.5); else pen.moveTo(u, y + 0.5);
  });
  for (const [ink, wide] of [["#111", 4], ["#fff", 2]]) {
    pen.strokeStyle = ink;
    pen.lineWidth = wide * fine;
    pen.stroke();
  }
  return canvas;
}
// The mixing of lowest energy at a voltage: one of the edges of its tiles.
function lowestAt(map, row, v) {
  const both = ends(map, row, v);
  let u = 0, least = part(both[0], 0, both);
  row.forEach((k) => {
    const place = map.bounds[k][1], energy = part(energyOf(map, k, place, v), place, both);
    if (energy < least - 1e-9) { least = energy; u = place; }
  });
  return u;
}
function legend(axis, low, x, y, h) {
  const steps = 40;
  for (let k = 0; k < steps; k++) {
    const [r, g, b] = shade(1 - (k + 0.5) / steps);
    axis.append(svg("rect", { x, y: y + (k * h) / steps, width: 12, height: h / steps + 0.6, fill: `rgb(${r},${g},${b})` }));
  }
  for (const [value, text] of ticks(low, 0, 5)) axis.append(svg("text", { class: "tick", x: x + 16, y: y + (value / low) * h + 4 }, text));
  axis.append(svg("text", { class: "label", transform: `translate(${x + 60},${y + h / 2}) rotate(-90)`, "text-anchor": "middle" }, `${STATE.mapPart} (eV per non-${theMap().carrier} atom)`));
}

function drawSpot() {
  if (!mapPlot) return;
  const map = theMap(), { size, lines, spot } = mapPlot, { X, Y, margin, w } = size;
  lines.forEach((one) => one.setAttribute("d", `M${margin.left},${Y(STATE.voltage)}H${margin.left + w}`));
  spot.replaceChildren();
  const at = STATE.spot;
  if (!at || at.kink !== undefined) return;
  spot.append(svg("circle", { cx: X(at.u), cy: Y(at.v), r: 6, fill: "none", stroke: "#fff", "stroke-width": 4 }), svg("circle", { cx: X(at.u), cy: Y(at.v), r: 6, fill: "none", stroke: "#111", "stroke-width": 2 }));
  const row = tilesAt(map, at.v), k = tileIn(map, row, at.u), energy = energyOf(map, k, at.u, at.v), both = ends(map, row, at.v);
  const b = map.bounds[k], chord = (1 - at.u) * both[0] + at.u * both[1];
  const share = 1 / (at.u / mapState().kept + (1 - at.u) / map.kept);
  card(byId("tile"), [el("b", {}, marked(`${mapState().label} | ${map.second.label}`)), el("span", {}, `u = ${shown(at.u, 3)}, ${shown(at.v, 2)} V`)],
    `${map.products[k].map((p) => map.names[p]).join(" + ")}`, [
      ["total", `${shown(energy, 4)} eV per non-${map.carrier} atom`], ["mutual", `${shown(energy - chord, 4)} eV per non-${map.carrier} atom`],
      ["total", `${shown(energy * share, 4)} eV per atom of the mix`], ["same products for u", `${shown(b[0], 3)} to ${shown(b[1], 3)}`], ["and voltages", `${shown(b[2], 3)} to ${shown(b[3], 3)} V`],
    ]);
}

// Kinks of the curve at a voltage: the edges of the tiles there.
function cutKinks(map, v) {
  const row = tilesAt(map, v), both = ends(map, row, v);
  const found = row.map((k) => ({ u: map.bounds[k][0], tile: k, sides: map.low[k] }));
  const last = row.at(-1);
  found.push({ u: 1, tile: last, sides: map.high[last] });
  return found.map((one) => {
    const total = energyOf(map, one.tile, one.u, v);
    return { ...one, total, mutual: total - (1 - one.u) * both[0] - one.u * both[1] };
  });
}
// The reaction of a state: that of the map, with the carrier that the state holds more or less.
function reactionText(map, sides) {
  const [first, second, taken, products, others] = sides;
  const state = mapState(), left = [[state.formula, first], [map.second.formula, second]], right = products.map(([p, n]) => [map.names[p], n]);
  const more = taken - first * (state.content - map.base_content);
  const crossing = [[map.carrier, Math.abs(more) < 1e-9 ? 0 : more], ...others];
  crossing.forEach(([name, n]) => { if (n > 0) left.push([name, n]); else if (n < 0) right.push([name, -n]); });
  const written = (side) => side.filter(([, n]) => n).map(([name, n]) => (n === 1 ? name : `${amount(n)} ${name}`)).join(" + ");
  return `${written(left)} -> ${written(right)}`;
}

function drawCut() {
  const host = byId("cut-plot"), map = theMap(), kinks = cutKinks(map, STATE.voltage);
  const low = Math.min(-0.05, ...kinks.map((one) => one[STATE.mapPart]));
  const size = frame(host, {
    x: [0, 1], y: [0, low * 1.08], height: 400, yLabel: `${STATE.mapPart} (eV per non-${map.carrier} atom)`, xLabel: `fraction u of non-${map.carrier} atoms, at ${shown(STATE.voltage, 2)} V`,
    name: marked(`Curve of ${mapState().label} and ${map.second.label} at ${shown(STATE.voltage, 2)} V. Arrow keys walk its kinks.`),
  });
  const { root, layer, X, Y } = size, key = STATE.mapPart, series = colourOf(map.second.label);
  root.setAttribute("tabindex", "0");
  root.setAttribute("role", "application");
  root.setAttribute("aria-describedby", "tile");
  layer.append(svg("path", { class: `line ${key}`, d: path(kinks.map((one) => [X(one.u), Y(one[key])])), stroke: colour(series) }));
  kinks.forEach((one) => layer.append(svg("circle", { cx: X(one.u), cy: Y(one[key]), r: 2.2, fill: colour(series) })));
  const halo = svg("g");
  root.append(halo);
  cutPlot = { size, kinks, halo, series };
  const best = kinks.reduce((least, one, k) => (one[key] < kinks[least][key] - 1e-12 ? k : least), 0);
  root.addEventListener("pointermove", (event) => {
    const [a, b] = pointer(event, root, size);
    const away = (one) => (X(one.u) - a) ** 2 + (Y(one[key]) - b) ** 2;
    set(STATE, { spot: { kink: kinks.reduce((least, one, k) => (away(one) < away(kinks[least]) ? k : least), 0) } });
  });
  root.addEventListener("keydown", (event) => {
    const old = STATE.spot && STATE.spot.kink !== undefined ? STATE.spot.kink : best, step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step) set(STATE, { spot: { kink: Math.min(kinks.length - 1, Math.max(0, old + step)) } });
    else if (event.key === "m" || event.key === "M") set(STATE, { spot: { kink: best } });
    else return;
    event.preventDefault();
  });
  if (!STATE.spot || STATE.spot.kink !== undefined) STATE.spot = { kink: best };
  drawCutKink();
}
let cutPlot = null;
const colourOf = (label) => (SERIES ? Math.max(0, SERIES.others.findIndex((one) => one.label.startsWith(label))) : STATE.map);

function drawCutKink() {
  if (!cutPlot) return;
  const { size, kinks, halo, series } = cutPlot, map = theMap();
  halo.replaceChildren();
  if (!STATE.spot || STATE.spot.kink === undefined) return;
  const one = kinks[STATE.spot.kink], share = 1 / (one.u / mapState().kept + (1 - one.u) / map.kept);
  halo.append(svg("circle", { class: "at", cx: size.X(one.u), cy: size.Y(one[STATE.mapPart]), r: 5.5, stroke: colour(series) }));
  card(byId("tile"), [swatch(series), el("b", {}, marked(`${mapState().label} | ${map.second.label} at ${shown(STATE.voltage, 2)} V`)), el("span", {}, `kink ${STATE.spot.kink + 1} of ${kinks.length}`)],
    reactionText(map, one.sides), [
      ["fraction u", shown(one.u, 4)], ["total", `${shown(one.total, 4)} eV per non-${map.carrier} atom`], ["mutual", `${shown(one.mutual, 4)} eV per non-${map.carrier} atom`],
      ["total", `${shown(one.total * share, 4)} eV per atom of the mix`],
    ]);
}

// The cathode's own voltage at each content, and what a compound takes up.
function drawProfile() {
  const steps = DATA.voltages, values = steps.map((one) => one[2]);
  const contents = steps.flatMap((one) => [one[0], one[1]]);
  const size = frame(byId("profile-plot"), {
    x: [Math.max(...contents), Math.min(...contents)], y: [Math.max(...values) + 0.2, Math.max(0, Math.min(...values) - 0.2)], height: 300,
    xLabel: "x, charging to the right", yLabel: "voltage (V)", name: marked("Voltage curve of the cathode"),
  });
  size.layer.append(svg("path", { class: "line", stroke: colour(0), d: path(steps.flatMap(([a, b, v]) => [[size.X(a), size.Y(v)], [size.X(b), size.Y(v)]])) }));
}
function drawUptakes() {
  const one = DATA.uptakes[0], points = one.points.map((p) => [p.uptake_per_formula, p.reaction_energy_ev_per_formula]);
  const low = Math.min(...points.map((p) => p[1]), -0.1);
  const size = frame(byId("uptake-plot"), {
    x: [0, Math.max(...points.map((p) => p[0]), 1)], y: [0, low * 1.08], height: 360,
    xLabel: `${one.open[0].element} taken up per formula unit of ${one.compound.name}`, yLabel: "reaction energy (eV per formula unit)", name: marked(`Energy of ${one.compound.name} against its uptake`),
  });
  size.layer.append(svg("path", { class: "line", stroke: colour(0), d: path(points.map(([a, b]) => [size.X(a), size.Y(b)])) }));
  points.forEach(([a, b]) => size.layer.append(marker(0, size.X(a), size.Y(b), 3.4)));
}
