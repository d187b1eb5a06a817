// Windows as bars: one row a compound, one bar a stage.
const WINDOWS = DATA.windows;
const TOP_VOLTAGE = 5;
const ROW = 74;
const stageKind = (stage) => (stage.carriers > 1e-9 ? "reduced" : stage.carriers < -1e-9 ? "oxidized" : "stable");

function windowWords(one) {
  if (one.reduction === null) return "stable at no voltage";
  const sure = (at) => (one.spread[at] ? ` \u00b1 ${shown(one.spread[at].error, 2)}` : "");
  const low = `${shown(one.reduction, 2)}${one.reduction > 0 ? sure(0) : ""} V`;
  if (one.oxidation === one.reduction) return `no width, at ${low}`;
  return one.oxidation === null ? `${low} and all above` : `${low} to ${shown(one.oxidation, 2)}${sure(1)} V`;
}

function drawWindows() {
  const host = byId("window-plot");
  const top = Math.max(TOP_VOLTAGE, ...WINDOWS.map((one) => Math.min(8, (one.oxidation || 0) + 0.5)));
  const size = frame(host, {
    x: [0, top], y: [0, 1], height: WINDOWS.length * ROW + 62, noGrid: true, margin: { left: 8, right: 12, top: 8, bottom: 46 },
    xLabel: `voltage against ${WINDOWS[0].carrier} metal (V)`, name: marked(`Windows: ${WINDOWS.map((one) => `${one.label} ${windowWords(one)}`).join("; ")}. Arrow keys walk the stages.`),
  });
  const { root, layer, X } = size;
  root.setAttribute("tabindex", "0");
  root.setAttribute("role", "application");
  root.setAttribute("aria-describedby", "stage");
  const bars = [];
  WINDOWS.forEach((one, row) => {
    const y = 8 + row * ROW + 24, high = 34;
    const head = svg("text", { x: X(0), y: y - 7 }, svg("tspan", { "font-weight": "650" }, marked(one.label)), svg("tspan", { class: "label", dx: 8 }, windowWords(one)));
    layer.append(head);
    if (size.width < 460) head.lastChild.textContent = windowWords(one).replace(/ \u00b1 [\d.]+/g, "");
    one.stages.forEach((stage, at) => {
      if (stage.from > top) return;
      const a = X(stage.from), b = X(Math.min(stage.to === null ? top : stage.to, top));
      const bar = svg("rect", { x: a, y, width: Math.max(b - a, 2), height: high, fill: `var(--${stageKind(stage)})`, stroke: "var(--paper)", "stroke-width": 1 });
      if (stage.to === stage.from) { bar.setAttribute("x", a - 1.5); bar.setAttribute("width", 3); bar.style.fill = "var(--ink)"; }
      layer.append(bar);
      bars.push({ row, at, bar, a, b, y, high });
      inside(layer, stage, a, b, y + high / 2 + 4);
    });
    if (one.reduction !== null) {
      [[one.reduction, 0], [one.oxidation, 1]].forEach(([limit, at]) => limitBand(layer, X, limit, one.spread[at], y, high, top, at === 0 && one.reduction === 0));
    }
  });
  const halo = svg("rect", { fill: "none", stroke: "var(--ink)", "stroke-width": 2, "pointer-events": "none", visibility: "hidden" });
  root.append(halo);
  windowPlot = { bars, halo };
  root.addEventListener("pointermove", (event) => {
    const [a, b] = pointer(event, root, size);
    const hit = bars.filter((bar) => b >= bar.y - 24 && b <= bar.y + bar.high + 14).sort((p, q) => away(p, a) - away(q, a))[0];
    if (hit) lookAt(hit.row, hit.at);
  });
  root.addEventListener("keydown", (event) => {
    const { row, at } = STATE.stage, mine = bars.filter((bar) => bar.row === row).map((bar) => bar.at);
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key], hop = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) lookAt(row, mine[Math.min(mine.length - 1, Math.max(0, mine.indexOf(at) + step))]);
    else if (hop) lookAt((row + hop + WINDOWS.length) % WINDOWS.length, null);
    else return;
    event.preventDefault();
  });
  if (!STATE.stage) STATE.stage = { row: 0, at: stableStage(0) };
  drawStage();
}
let windowPlot = null;
const away = (bar, a) => (a < bar.a ? bar.a - a : a > bar.b ? a - bar.b : 0);
const stableStage = (row) => Math.max(0, WINDOWS[row].stages.findIndex((stage) => stageKind(stage) === "stable"));
function lookAt(row, at) {
  set(STATE, { stage: { row, at: at === null ? stableStage(row) : at } });
}

// As many product names as the bar has room for.
function inside(layer, stage, a, b, y) {
  const room = (b - a - 10) / 6.6;
  const words = stage.products.join(" + ");
  const text = words.length <= room ? words : stage.products.length > 1 && stage.products[0].length + 4 <= room ? null : undefined;
  if (text === undefined) return;
  let kept = words;
  if (text === null) {
    const names = [];
    for (const name of stage.products) if (names.concat(name).join(" + ").length + 4 <= room) names.push(name); else break;
    kept = `${names.join(" + ")} + \u2026`;
  }
  const node = svg("text", { x: (a + b) / 2, y, "text-anchor": "middle", "pointer-events": "none" }, ...chemSpans(kept));
  node.style.fill = "var(--on-bar)";
  node.style.fontSize = "11px";
  layer.append(node);
}

function limitBand(layer, X, limit, spread, y, high, top, atMetal) {
  if (limit === null || limit > top) return;
  if (!atMetal) layer.append(svg("path", { d: `M${X(limit)},${y - 3}v${high + 6}`, fill: "none", stroke: "var(--ink)", "stroke-width": 2, "pointer-events": "none" }));
  if (!spread || atMetal) return;
  const [a, b] = spread.range.map((v) => X(Math.min(Math.max(v, 0), top)));
  layer.append(svg("path", { d: `M${a},${y + high + 4}v6M${a},${y + high + 7}H${b}M${b},${y + high + 4}v6`, fill: "none", stroke: "var(--ink)", "stroke-width": 1.4, "pointer-events": "none" }));
}

function drawStage() {
  if (!windowPlot || !STATE.stage) return;
  const { row, at } = STATE.stage, one = WINDOWS[row], stage = one.stages[at];
  const bar = windowPlot.bars.find((b) => b.row === row && b.at === at);
  if (bar) {
    for (const key of ["x", "y", "width", "height"]) windowPlot.halo.setAttribute(key, bar.bar.getAttribute(key));
    windowPlot.halo.setAttribute("visibility", "visible");
  }
  const range = stage.to === stage.from ? `at ${shown(stage.from, 3)} V` : stage.to === null ? `above ${shown(stage.from, 3)} V` : `${shown(stage.from, 3)} to ${shown(stage.to, 3)} V`;
  const taken = Math.abs(stage.carriers) < 1e-9 ? `no ${one.carrier} exchanged` : `${shown(Math.abs(stage.carriers), 3)} ${one.carrier} ${stage.carriers > 0 ? "taken up" : "given off"} per formula unit`;
  const gases = stage.gases.map(([name, charge]) => (charge === null ? name : `${name} (${shown(charge, 1)} mmol/Ah)`));
  const flags = flagLine(gases, stage.suspects);
  if (one.deciding.length && stageKind(stage) === "stable") flags.push(el("span", {}, ...chem(`The limits follow ${decidedBy(one)}.`)));
  card(byId("stage"), [el("b", {}, marked(one.label)), el("span", {}, `stage ${at + 1} of ${one.stages.length}`), el("span", {}, range), el("span", {}, taken)], stage.reaction, [], flags);
}
// The phases whose energies move a limit most.
function decidedBy(one) {
  return listed(["reduction", "oxidation"].flatMap((limit) => {
    const [first] = one.deciding.filter(([of]) => of === limit).slice(0, 1);
    return first ? [`${first[1]} by ${shown(Math.abs(first[2]), 1)} mV per meV/atom (${limit})`] : [];
  }));
}
