// The main figure: every partner's curve at one state, with its kinks.
const SERIES = DATA.series;
const PART = { total: "reaction", mutual: "mutual" };
const unitKey = () => (SERIES.opened ? "nonopen_atom" : "atom");
const straightKey = () => (SERIES.opened ? "nonopen_fraction" : "mixing_fraction");
const energyKey = (part) => `${PART[part]}_energy_ev_per_${unitKey()}`;
const unit = () => (SERIES.opened ? "eV per non-open atom" : "eV/atom");
const curveAt = (other, state = STATE.state) => SERIES.curves[other][state];
const visible = (other) => !STATE.hidden.split(",").includes(String(other)) && curveAt(other);
const parts = () => (STATE.part === "both" ? ["total", "mutual"] : [STATE.part]);

// Straight lines belong to the share of atoms; in formula units a segment is bent.
function toMolar(curve, s) {
  const first = s / curve.atoms[0], second = (1 - s) / curve.atoms[1];
  return first / (first + second);
}
function abscissa(curve, k) {
  return curve.kinks[STATE.axis === "molar" ? "molar_fraction" : straightKey()][k];
}
const BENT = 12; // points on a segment where it is not straight
function sampled(curve, energies, places) {
  if (STATE.axis !== "molar") return places.map((s, k) => [s, energies[k]]);
  const points = [[toMolar(curve, places[0]), energies[0]]];
  for (let k = 1; k < places.length; k++) {
    for (let j = 1; j <= BENT; j++) {
      const f = j / BENT;
      points.push([toMolar(curve, places[k - 1] + f * (places[k] - places[k - 1])), energies[k - 1] + f * (energies[k] - energies[k - 1])]);
    }
  }
  return points;
}
function errorBand(curve) {
  if (!curve.band) return null;
  const edge = (key) => sampled(curve, curve.band[key], curve.band.fractions);
  return [...edge("high_ev_per_atom"), ...edge("low_ev_per_atom").reverse()];
}

// One scale for every state, so that the slider moves the curves and not the axis.
function energyRange() {
  let low = 0;
  SERIES.curves.forEach((row) => row.forEach((curve) => {
    if (curve) low = Math.min(low, ...curve.kinks[energyKey("total")], ...curve.kinks[energyKey("mutual")]);
  }));
  return [0, low * 1.06 || -0.1];
}

function drawCurves() {
  const host = byId("curve-plot"), narrow = host.clientWidth < 460;
  const label = STATE.axis === "molar" ? "molar fraction y" : SERIES.opened ? "atom fraction u, open atoms not counted," : "atom fraction x";
  const size = frame(host, {
    x: [0, 1], y: energyRange(), height: narrow ? 300 : 370, yLabel: `reaction energy (${unit()})`,
    xLabel: `${label} of ${SERIES.host || SERIES.states[STATE.state].label}`,
    name: marked(`Reaction energy against ${label}, ${SERIES.states[STATE.state].label}. Arrow keys walk its kinks.`),
  });
  const { root, layer, X, Y } = size;
  root.setAttribute("tabindex", "0");
  root.setAttribute("role", "application");
  root.setAttribute("aria-describedby", "kink");
  const points = [];
  SERIES.others.forEach((_, other) => {
    if (!visible(other)) return;
    const curve = curveAt(other);
    const band = parts().includes("total") && errorBand(curve);
    if (band) layer.append(svg("path", { class: "band", d: path(band.map(([a, b]) => [X(a), Y(b)])) + "Z", fill: colour(other) }));
    for (const part of parts()) {
      const energies = curve.kinks[energyKey(part)];
      const line = sampled(curve, energies, curve.kinks[straightKey()]);
      layer.append(svg("path", { class: `line ${part}`, d: path(line.map(([a, b]) => [X(a), Y(b)])), stroke: colour(other) }));
      energies.forEach((energy, k) => points.push({ other, part, k, x: X(abscissa(curve, k)), y: Y(energy) }));
      const k = part === "total" ? curve.total : curve.mutual;
      layer.append(marker(other, X(abscissa(curve, k)), Y(energies[k]), 4.6));
    }
  });
  for (const p of points) {
    layer.append(svg("circle", { cx: p.x.toFixed(1), cy: p.y.toFixed(1), r: 1.6, fill: colour(p.other) }));
  }
  const halo = svg("g", { class: "halo" });
  root.append(halo);
  root.addEventListener("pointermove", (event) => {
    const [a, b] = pointer(event, root, size);
    const near = points.reduce((best, p) => ((p.x - a) ** 2 + (p.y - b) ** 2 < (best.x - a) ** 2 + (best.y - b) ** 2 ? p : best), points[0]);
    if (near) focusKink(near.other, near.k, near.part);
  });
  root.addEventListener("keydown", keyed);
  size.halo = halo;
  curvePlot = { size, points };
  drawFocus();
}
let curvePlot = null;

function keyed(event) {
  const { other, k, part } = STATE.focus, curve = curveAt(other), count = curve.kinks[straightKey()].length;
  const shownOthers = SERIES.others.map((_, at) => at).filter(visible);
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key], hop = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) focusKink(other, Math.min(count - 1, Math.max(0, k + step)), part);
  else if (hop) {
    const next = shownOthers[(shownOthers.indexOf(other) + hop + shownOthers.length) % shownOthers.length];
    focusKink(next, nearestKink(next, curve.kinks[straightKey()][k]), part);
  } else if (event.key === "Home") focusKink(other, 0, part);
  else if (event.key === "End") focusKink(other, count - 1, part);
  else if (event.key === "m" || event.key === "M") focusKink(other, part === "total" ? curve.total : curve.mutual, part);
  else return;
  event.preventDefault();
}
function nearestKink(other, s) {
  const places = curveAt(other).kinks[straightKey()];
  return places.reduce((best, place, k) => (Math.abs(place - s) < Math.abs(places[best] - s) ? k : best), 0);
}
function focusKink(other, k, part) {
  const old = STATE.focus;
  if (old && old.other === other && old.k === k && old.part === part) return;
  set(STATE, { focus: { other, k, part } });
}
// The strongest reaction between the two, of the partner that is looked at.
function focusMinimum() {
  const old = STATE.focus;
  const part = parts().includes("mutual") ? "mutual" : "total";
  const depth = (at) => curveAt(at).kinks[energyKey(part)][curveAt(at)[part]];
  const others = SERIES.others.map((_, at) => at).filter(visible).sort((a, b) => depth(a) - depth(b));
  if (!others.length) { STATE.focus = null; return; }
  const other = old && visible(old.other) ? old.other : others[0];
  STATE.focus = { other, k: curveAt(other)[part], part };
}

function drawFocus() {
  if (!curvePlot) return;
  const { size, points } = curvePlot, focus = STATE.focus;
  size.halo.replaceChildren();
  if (!focus || !visible(focus.other)) return;
  for (const p of points.filter((one) => one.other === focus.other && one.k === focus.k)) {
    size.halo.append(svg("circle", { class: "at", cx: p.x, cy: p.y, r: 5.5, stroke: colour(p.other) }));
    if (p.part === focus.part) size.halo.prepend(svg("path", { class: "cursor", d: `M${p.x},${size.Y(0)}V${size.margin.top + size.h}` }));
  }
  drawKink();
}

const SAID = ["reaction", "gases", "suspect_products"];
function drawKink() {
  const { other, k } = STATE.focus, curve = curveAt(other), kinks = curve.kinks;
  const first = SERIES.states[STATE.state].label, second = SERIES.others[other].label;
  const total = k === curve.total, mutual = k === curve.mutual;
  const kind = total && mutual ? "strongest, total and mutual" : total ? "strongest in total" : mutual ? "strongest between the two" : "";
  const end = kinks[straightKey()][k] === 0 ? `${second} alone` : kinks[straightKey()][k] === 1 ? `${first} alone` : "";
  const pairs = Object.keys(kinks).filter((key) => !SAID.includes(key) && typeof kinks[key][k] === "number").map((key) => worded(key, kinks[key][k]));
  for (const key of Object.keys(kinks)) {
    const value = kinks[key][k];
    if (key === "exchanged_per_formula" && value) Object.entries(value).forEach(([name, n]) => pairs.push([`${name} taken up per formula unit`, shown(n, 4)]));
    if (key === "gas_amounts" && value) value.forEach((gas) => pairs.push([`${gas.gas} set free`, gasAmount(gas)]));
  }
  const inter = curve.interphase && Object.fromEntries(Object.entries(curve.interphase).map(([key, values]) => [key, values[k]]));
  const flags = flagLine(kinks.gases[k], kinks.suspect_products[k]);
  if (inter) flags.push(...interphaseWords(inter, pairs));
  card(byId("kink"), [
    swatch(other), el("b", {}, marked(`${first} | ${second}`)), el("span", {}, `kink ${k + 1} of ${kinks[straightKey()].length}`),
    ...[kind, end].filter(Boolean).map((words) => el("span", {}, words)),
  ], kinks.reaction[k], pairs, flags);
}
function gasAmount(gas) {
  const charge = gas.mmol_per_ah === null || gas.mmol_per_ah === undefined ? "" : `, ${shown(gas.mmol_per_ah, 2)} mmol/Ah`;
  return `${shown(gas.per_formula, 3)} mol per mol of formula units${charge}`;
}
function interphaseWords(inter, pairs) {
  const said = [];
  if (typeof inter.volume_change === "number") pairs.push(["volume of the solids", `${inter.volume_change > 0 ? "+" : ""}${shown(100 * inter.volume_change, 1)} %`]);
  else if (inter.volume_unknown) said.push(`Volume change unknown: ${inter.volume_unknown}. `);
  const lost = inter.lithium_lost_mah_per_g;
  if (typeof lost === "number") pairs.push([`lithium ${lost < 0 ? "gained" : "lost"} by the cathode`, `${shown(Math.abs(lost), 0)} mAh/g`]);
  if (inter.verdict && inter.verdict !== "none") said.push(`Interphase: ${inter.verdict}${inter.why ? `, ${inter.why}` : ""}. `);
  return said.map((words) => el("span", {}, ...chem(words)));
}
