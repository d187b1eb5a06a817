// Select, draw and explain what the data of the page hold; every text in them is safe HTML.
const DATA = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);
const root = document.documentElement;
const marked = (name) => (DATA.mark ? `${DATA.mark}_${name}` : name);
function el(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value !== null) node.setAttribute(key, value);
  node.append(...children);
  return node;
}
function html(name, attributes, text) {
  const node = el(name, attributes);
  node.innerHTML = text; // escaped where it was made
  return node;
}

// Theme
const THEMES = ["as the system", "light", "dark"];
const css = (name) => getComputedStyle(root).getPropertyValue(name).trim();
function themed(layout, light = false) {
  const ink = light ? "#1c2126" : css("--ink"), soft = light ? "#565e66" : css("--soft"), rule = light ? "#d9dcd8" : css("--rule");
  const out = { ...layout, paper_bgcolor: light ? "#ffffff" : "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", autosize: true,
    font: { color: ink, size: 12, family: "system-ui, 'Segoe UI', Roboto, Arial, sans-serif" },
    hoverlabel: { bgcolor: light ? "#ffffff" : css("--raised"), bordercolor: soft, font: { color: ink } } };
  for (const key of Object.keys(layout).filter((name) => /^[xy]axis/.test(name))) {
    out[key] = { gridcolor: rule, linecolor: soft, showline: true, tickcolor: soft, ticks: "outside", ...layout[key] };
  }
  return out;
}

// A panel: controls select the traces of its plots, points have cards.
class Panel {
  constructor(data) {
    Object.assign(this, data);
    this.host = byId(data.name);
    this.chosen = {};
    this.focus = null;
    this.controls.forEach((control) => this.control(control));
    this.host.querySelectorAll("[data-state]").forEach((button) => button.addEventListener("click", () => {
      this.set("state", Number(button.dataset.state));
      this.host.querySelector("input[type=range]").focus();
    }));
    this.plots.forEach((plot) => {
      plot.data = plot.data.map((trace) => ({ ...plot.common, ...trace }));
      plot.node = byId(`plot-${plot.name}`);
      plot.node.addEventListener("keydown", (event) => this.key(plot, event));
      byId(`tools-${plot.name}`).querySelectorAll("button").forEach((button) => button.addEventListener("click", () => save(plot, button.dataset.format)));
    });
  }
  control({ key, kind, values, chosen, options }) {
    const inputs = [...this.host.querySelectorAll(`[data-key="${key}"] input`)];
    const read = () => {
      if (kind === "slider") {
        const output = this.host.querySelector(`[data-key="${key}"] output`);
        output.innerHTML = options[this.chosen[key]];
        inputs[0].value = this.chosen[key];
        inputs[0].setAttribute("aria-valuetext", output.textContent);
        this.host.querySelectorAll("[data-state]").forEach((button) => button.setAttribute("aria-pressed", String(Number(button.dataset.state) === this.chosen.state)));
      }
    };
    if (kind === "slider") {
      this.chosen[key] = Number(chosen);
      inputs[0].addEventListener("input", () => this.set(key, Number(inputs[0].value)));
    } else if (kind === "choice") {
      this.chosen[key] = String(values.includes(chosen) ? chosen : values[chosen]);
      inputs.forEach((input) => { input.checked = input.value === this.chosen[key]; input.addEventListener("change", () => this.set(key, input.value)); });
    } else {
      this.chosen[key] = values.map(String);
      inputs.forEach((input) => { input.checked = true; input.addEventListener("change", () => {
        const ticked = inputs.filter((box) => box.checked).map((box) => box.value);
        if (!ticked.length) input.checked = true; else this.set(key, ticked);
      }); });
    }
    this.readers = [...(this.readers || []), read];
    read();
  }
  set(key, value) {
    this.chosen[key] = value;
    this.readers.forEach((read) => read());
    return this.draw(key);
  }
  shows(trace) {
    return Object.entries(trace.meta?.when || {}).every(([key, value]) => {
      const chosen = this.chosen[key];
      return Array.isArray(chosen) ? chosen.includes(String(value)) : chosen === "both" || String(chosen) === String(value);
    });
  }
  layout(plot) {
    const layout = structuredClone(plot.layout);
    for (const [key, changes] of Object.entries(plot.layouts)) {
      for (const [path, value] of Object.entries(changes[this.chosen[key]] || {})) {
        const names = path.split("."), last = names.pop();
        names.reduce((node, name) => node[name], layout)[last] = value;
      }
    }
    return layout;
  }
  follows(plot, key) { return !key || key in plot.layouts || plot.data.some((trace) => key in (trace.meta?.when || {})); }
  async draw(key) {
    for (const plot of this.plots.filter((each) => this.follows(each, key))) {
      plot.shown = plot.data.filter((trace) => this.shows(trace));
      plot.now = this.layout(plot);
      await Plotly.react(plot.node, plot.shown, themed(plot.now), { displayModeBar: false, responsive: true });
      if (!plot.listens) {
        plot.listens = true;
        plot.node.on("plotly_hover", (event) => this.look(plot, event.points[0]));
        plot.node.on("plotly_click", ({ points: [point] }) => this.pick(point, plot.shown[point.curveNumber].meta));
      }
    }
    this.start();
  }
  // The strongest point of the trace that was looked at before, or of the lowest one.
  start() {
    for (const plot of this.plots) {
      const able = (plot.shown || []).filter((trace) => trace.customdata && trace.meta?.lowest !== undefined);
      if (!able.length) continue;
      const [map] = able.filter((trace) => trace.type === "heatmap");
      if (map) {
        const [row, column] = map.meta.lowest;
        this.focus = { plot, name: map.name, trace: map, at: map.meta.lowest };
        this.card(map, map.meta.lowest, map.x[column], map.y[row], map.z[row][column], map.customdata[row][column]);
        return;
      }
      const depth = (trace) => Number(trace.y[trace.meta.lowest]) || 0;
      const trace = able.find((each) => each.name === this.focus?.name) || [...able].sort((a, b) => depth(a) - depth(b))[0];
      this.focus = { plot, name: trace.name, trace, at: trace.meta.lowest };
      this.card(trace, trace.meta.lowest, trace.x[trace.meta.lowest], trace.y[trace.meta.lowest]);
      return;
    }
  }
  look(plot, point) {
    const trace = plot.shown[point.curveNumber];
    if (!trace || trace.meta?.aside) return;
    this.focus = { plot, name: trace.name, trace, at: point.pointNumber };
    const full = point.fullData, at = point.pointNumber;
    const number = Array.isArray(at) ? full.customdata?.[at[0]]?.[at[1]] : trace.customdata?.[at];
    if (number !== undefined) this.card(trace, at, point.x, point.y, point.z, number);
  }
  pick({ pointNumber, y }, { sets, picks } = {}) {
    if (sets) for (const [key, values] of Object.entries(sets)) this.set(key, values[pointNumber]);
    if (!picks) return;
    const lines = this.plots[0].data.filter((trace) => trace.meta?.aside && picks in (trace.meta.when || {}));
    const away = (line) => Math.abs(line.y[0] - y);
    this.set(picks, lines.reduce((best, line) => (away(line) < away(best) ? line : best)).meta.when[picks]);
  }
  card(trace, at, x, y, z, number = trace.customdata[at]) {
    const card = this.cards[number], node = byId(`card-${this.name}`);
    if (!card || !node) return;
    const word = (k) => DATA.words[k].split("\x7f").map((text, at) => (at % 2 ? `<sub>${text}</sub>` : text)).join(""), [where, reaction, values, flags] = card;
    const reads = (trace.meta?.reads || []).map((label, k) => [label, [x, y, z][k]]).filter(([, value]) => value !== undefined);
    const pairs = [...reads.map(([label, value]) => [label, shown(value)]), ...values.map(([label, value]) => [word(label), word(value)])];
    node.replaceChildren(
      el("p", { class: "where" }, ...(DATA.mark ? [el("b", {}, DATA.mark)] : []), ...where.map((k) => html("span", {}, word(k)))),
      ...(word(reaction) ? [html("p", { class: "reaction" }, word(reaction))] : []),
      el("dl", { class: "numbers" }, ...pairs.map(([label, value]) => el("div", {}, html("dt", {}, label), html("dd", {}, value)))),
      ...(flags.length ? [el("p", { class: "flags" }, ...flags.flatMap((k) => [html("span", {}, word(k)), " "]))] : []),
    );
    if (trace.meta?.curve !== undefined) showKinks(trace.meta.curve);
  }
  key(plot, event) {
    const across = { ArrowRight: 1, ArrowLeft: -1 }[event.key] || 0, along = { ArrowDown: 1, ArrowUp: -1 }[event.key] || 0;
    const traces = plot.shown.filter((trace) => !trace.meta?.aside && trace.hoverinfo !== "skip");
    if (!traces.length) return;
    const known = traces.includes(this.focus?.trace);
    let trace = known ? this.focus.trace : traces[0], at = known ? this.focus.at : trace.meta?.lowest ?? 0;
    if (trace.type === "heatmap") {
      const z = plot.node._fullData[plot.shown.indexOf(trace)].z, [row, column] = Array.isArray(at) ? at : [z.length >> 1, z[0].length >> 1];
      if (!across && !along && event.key !== "Enter") return;
      at = [Math.min(z.length - 1, Math.max(0, row - along)), Math.min(z[0].length - 1, Math.max(0, column + across))];
      if (event.key === "Enter") this.pick({ y: trace.y ? trace.y[at[0]] : trace.y0 + at[0] * trace.dy }, trace.meta);
    } else {
      const count = trace.y.length, rows = trace.meta?.rows;
      if (event.key === "Home") at = 0;
      else if (event.key === "End") at = count - 1;
      else if (event.key.toLowerCase() === "m") at = trace.meta?.lowest ?? at;
      else if (across) at = Math.min(count - 1, Math.max(0, at + across));
      else if (along && rows) at = rows[Math.min(rows.length - 1, Math.max(0, rows.findLastIndex((start) => start <= at) + along))];
      else if (along) {
        const x = trace.x[at];
        trace = traces[(traces.indexOf(trace) + along + traces.length) % traces.length];
        at = typeof x !== "number" ? Math.min(at, trace.x.length - 1) : trace.x.reduce((best, value, k) => (Math.abs(value - x) < Math.abs(trace.x[best] - x) ? k : best), 0);
      } else return;
    }
    event.preventDefault();
    this.focus = { plot, name: trace.name, trace, at };
    if (Array.isArray(at)) {
      const [row, column] = at, full = plot.node._fullData[plot.shown.indexOf(trace)];
      const place = (name, k) => (trace[name] ? trace[name][k] : trace[`${name}0`] + k * trace[`d${name}`]);
      if (full.customdata) this.card(trace, at, place("x", column), place("y", row), full.z[row][column], full.customdata[row][column]);
    } else if (trace.customdata) this.card(trace, at, trace.x[at], trace.y[at]);
    Plotly.Fx.hover(plot.node, [{ curveNumber: plot.shown.indexOf(trace), pointNumber: at }]);
  }
}
const shown = (value) => (Number.isInteger(value) ? String(value) : value.toFixed(4)).replace(/^-/, "\u2212");
async function save(plot, format) {
  const layout = { ...themed(plot.now || plot.layout, true), showlegend: plot.shown.length > 1, legend: { orientation: "h", y: 1.02, yanchor: "bottom" }, title: undefined };
  const uri = await Plotly.toImage({ data: plot.shown, layout }, { format, width: 900, height: Math.max(500, layout.height), scale: format === "png" ? 3 : 1 });
  const blob = format === "svg" ? new Blob([decodeURIComponent(uri.slice(uri.indexOf(",") + 1))], { type: "image/svg+xml" })
    : new Blob([Uint8Array.from(atob(uri.slice(uri.indexOf(",") + 1)), (sign) => sign.charCodeAt(0))], { type: "image/png" });
  download(`${DATA.name}_${plot.name}.${format}`, blob);
}
function download(name, blob) {
  const link = el("a", { download: marked(name), href: URL.createObjectURL(blob) });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

// Tables that sort and are downloaded as they stand, with every digit that the run wrote.
const raw = (cell) => cell.dataset.v ?? cell.textContent;
const NUMBER = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i;
function compare(a, b) {
  if (NUMBER.test(a) && NUMBER.test(b)) return Number(a) - Number(b);
  if (NUMBER.test(a) !== NUMBER.test(b)) return NUMBER.test(a) ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}
const quoted = (text) => (/[",\n\r]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text); // as Python's csv
const csv = (lines) => new Blob([`${lines.map((line) => line.map(quoted).join(",")).join("\n")}\n`], { type: "text/csv;charset=utf-8" });
function enhance(table) {
  const body = table.tBodies[0], original = [...body.rows], heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const values = original.map((row) => raw(row.cells[column])).filter(Boolean);
    if (values.length && values.every((text) => NUMBER.test(text))) [head, ...original.map((row) => row.cells[column])].forEach((cell) => cell.classList.add("number"));
    const button = el("button", { type: "button" }, head.textContent);
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const next = { ascending: "descending", descending: "none" }[head.getAttribute("aria-sort")] || "ascending";
      heads.forEach((each) => each.removeAttribute("aria-sort"));
      const sign = next === "descending" ? -1 : 1;
      if (next !== "none") head.setAttribute("aria-sort", next);
      body.replaceChildren(...(next === "none" ? original : [...original].sort((a, b) => sign * compare(raw(a.cells[column]), raw(b.cells[column])))));
    });
  });
}
function offer(table) {
  const button = el("button", { type: "button" }, "Download as CSV"), block = table.closest("details");
  button.addEventListener("click", () => download(`${table.dataset.name}.csv`, csv([...table.rows].map((row) => [...row.cells].map(raw)))));
  const tools = block.querySelector(".table-tools");
  if (tools) tools.prepend(button); else block.querySelector("summary").after(el("div", { class: "table-tools" }, button));
}
// The kinks of the curve that is looked at.
let kinksOf = 0;
function showKinks(curve) {
  kinksOf = curve;
  const table = byId("kinks-table"), { columns, rows, curves, names } = DATA.kinks;
  byId("kinks-count").textContent = names[curve];
  if (!byId("kinks-block").open || table.dataset.shows === String(curve)) return;
  table.dataset.shows = curve;
  const cell = (text) => el("td", { "data-v": text }, NUMBER.test(text) && text.length > 7 ? shown(Number(text)) : text);
  table.replaceChildren(
    el("thead", {}, el("tr", {}, ...columns.map((name) => el("th", { scope: "col" }, name)))),
    el("tbody", {}, ...rows.filter((_, k) => curves[k] === curve).map((row) => el("tr", {}, ...row.map(cell)))),
  );
  enhance(table);
}

// Start
let theme = 0;
const panels = [];
const redraw = (change = {}) => panels.forEach((panel) => panel.plots.forEach((plot) => plot.shown && Plotly.relayout(plot.node, { ...themed(plot.now, change.print), ...change.layout })));
byId("theme").addEventListener("click", () => {
  theme = (theme + 1) % THEMES.length;
  if (theme) root.dataset.theme = THEMES[theme]; else delete root.dataset.theme;
  byId("theme").textContent = `Theme: ${THEMES[theme]}`;
  redraw();
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => redraw());
let opened = [];
addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll("details:not([open])")].filter((block) => block.id !== "kinks-block");
  opened.forEach((block) => { block.open = true; });
  redraw({ print: true });
});
addEventListener("afterprint", () => { opened.forEach((block) => { block.open = false; }); redraw(); });
document.querySelectorAll("#tables table[data-name]").forEach((table) => { if (table.id !== "kinks-table") enhance(table); offer(table); });
if (DATA.kinks) {
  byId("kinks-block").addEventListener("toggle", () => showKinks(kinksOf));
  byId("kinks-all").addEventListener("click", () => download("kinks.csv", csv([DATA.kinks.columns, ...DATA.kinks.rows])));
}
(async () => {
  for (const data of DATA.panels) {
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    try {
      const panel = new Panel(data);
      panels.push(panel);
      await panel.draw();
    } catch (error) { // the other panels are not affected
      byId(data.name).append(el("p", { class: "fault" }, `This figure cannot be drawn: ${error.message}`));
    }
  }
  root.dataset.readyAt = performance.now().toFixed(1);
  root.dataset.ready = "true";
})();
