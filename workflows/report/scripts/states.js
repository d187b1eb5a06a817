// Minimum energy against the state of charge, and every state at a glance.
const rows = () => SERIES.states.map((one, at) => at);
const lowest = (curve, part) => curve.kinks[energyKey(part)][curve[part]];

// Lowest and highest minimum that any energy model of the cathode gives at a content.
function modelRange(other, x, part) {
  const models = DATA.bands[SERIES.others[other].label];
  if (!models || Object.keys(models).length < 2) return null;
  const values = Object.values(models).map((points) => points.find((p) => Math.abs(p[0] - x) < 1e-9)).filter(Boolean).map((p) => p[part === "total" ? 1 : 2]);
  return values.length > 1 ? [Math.min(...values), Math.max(...values)] : null;
}

function drawStates() {
  const host = byId("state-plot");
  const contents = SERIES.states.map((one) => one.x);
  const span = [Math.max(...contents), Math.min(...contents)];
  const narrow = byId("curve-plot").clientWidth < 460;
  const room = Math.max(58, Math.min(120, 14 + 7 * Math.max(...SERIES.others.map((one) => one.label.length))));
  const short = (label) => (label.length * 7 + 14 > room ? `${label.slice(0, Math.floor(room / 7) - 3)}\u2026` : label);
  const size = frame(host, {
    x: [span[0] + 0.02, span[1] - 0.02], y: energyRange(), height: narrow ? 280 : 370, margin: { right: room },
    xLabel: [svg("tspan", {}, `x in ${SERIES.host}, charging to the right`)], yLabel: `minimum over mixing (${unit()})`,
    name: marked(`Minimum reaction energy of ${SERIES.host} against its lithium content, for ${listed(SERIES.others.map((o) => o.label))}`),
  });
  const { root, layer, X, Y } = size, ends = [];
  SERIES.others.forEach((one, other) => {
    if (STATE.hidden.split(",").includes(String(other))) return;
    const kept = rows().filter((at) => SERIES.curves[other][at]);
    for (const part of parts()) {
      const edges = kept.map((at) => [contents[at], modelRange(other, contents[at], part)]).filter(([, range]) => range);
      if (edges.length > 1) {
        const ring = [...edges.map(([x, r]) => [X(x), Y(r[0])]), ...edges.reverse().map(([x, r]) => [X(x), Y(r[1])])];
        layer.append(svg("path", { class: "band", d: path(ring) + "Z", fill: colour(other) }));
      }
      const points = kept.map((at) => [X(contents[at]), Y(lowest(SERIES.curves[other][at], part))]);
      layer.append(svg("path", { class: `line ${part}`, d: path(points), stroke: colour(other) }));
      points.forEach(([a, b]) => layer.append(marker(other, a, b, 2.4)));
      if (part === parts()[0]) ends.push([points.at(-1)[1], one.label]);
    }
  });
  apart(ends, 14).forEach(([y, label]) => layer.append(svg("text", { x: size.width - size.margin.right + 8, y: y + 4 }, short(label))));
  const x = X(contents[STATE.state]);
  layer.prepend(svg("path", { class: "cursor", d: `M${x},${size.margin.top}V${size.margin.top + size.h}` }));
  root.addEventListener("click", (event) => {
    const [a] = pointer(event, root, size);
    set(STATE, { state: rows().reduce((best, at) => (Math.abs(X(contents[at]) - a) < Math.abs(X(contents[best]) - a) ? at : best), 0) });
  });
}
// Labels at the ends of lines, none on top of another.
function apart(ends, step) {
  const sorted = ends.map(([y, label]) => [y, label]).sort((a, b) => a[0] - b[0]);
  for (let k = 1; k < sorted.length; k++) sorted[k][0] = Math.max(sorted[k][0], sorted[k - 1][0] + step);
  return sorted;
}

function drawMultiples() {
  const host = byId("multiples");
  if (!host.children.length) {
    SERIES.states.forEach((one, at) => {
      const button = el("button", { type: "button", "aria-label": `Show ${one.label}` }, el("div", { class: "plot" }));
      button.addEventListener("click", () => {
        set(STATE, { state: at });
        byId("state").scrollIntoView({ block: "center" });
        byId("state").focus({ preventScroll: true });
      });
      host.append(button);
    });
  }
  SERIES.states.forEach((one, at) => {
    const size = frame(host.children[at].firstChild, {
      x: [0, 1], y: energyRange(), height: 132, bare: true, margin: { left: 34, right: 6, top: 20, bottom: 22 },
      name: marked(`Curves of ${one.label}`), xTicks: [[0, "0"], [1, "1"]],
    });
    size.layer.append(svg("text", { x: size.margin.left, y: 12 }, marked(one.x === null ? one.label : `x = ${one.x}`)));
    SERIES.others.forEach((_, other) => {
      const curve = SERIES.curves[other][at];
      if (!curve || STATE.hidden.split(",").includes(String(other))) return;
      const part = parts()[0];
      const line = sampled(curve, curve.kinks[energyKey(part)], curve.kinks[straightKey()]);
      size.layer.append(svg("path", { class: `line ${part}`, d: path(line.map(([a, b]) => [size.X(a), size.Y(b)])), stroke: colour(other), "stroke-width": 1.4 }));
    });
  });
}
function pressMultiple() {
  [...byId("multiples").children].forEach((button, at) => button.setAttribute("aria-pressed", String(at === STATE.state)));
}
