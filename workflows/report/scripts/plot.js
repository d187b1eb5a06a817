// A plot with two axes in a box as wide as its place on the page.
function ticks(low, high, wanted) {
  const raw = (high - low) / wanted, power = 10 ** Math.floor(Math.log10(raw));
  const step = power * [1, 2, 2.5, 5, 10].find((m) => m * power >= raw * 0.999);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9) + (Math.abs(step / power - 2.5) < 1e-9 ? 1 : 0));
  const found = [];
  for (let k = Math.ceil(low / step - 1e-6); k * step <= high + step * 1e-6; k++) found.push(k * step);
  return found.map((value) => [value, shown(value, digits)]);
}

function frame(host, options) {
  const { x, y, height, xLabel, yLabel, bare = false } = options;
  const margin = { left: 62, right: 14, top: 12, bottom: 44, ...(options.margin || {}) };
  const width = Math.max(120, host.clientWidth || 640);
  const w = width - margin.left - margin.right, h = height - margin.top - margin.bottom;
  const X = (v) => margin.left + ((v - x[0]) / (x[1] - x[0])) * w;
  const Y = (v) => margin.top + ((v - y[0]) / (y[1] - y[0])) * h;
  const root = svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": options.name });
  const back = svg("g", { "aria-hidden": "true" });
  const low = Math.min(...y), high = Math.max(...y), left = Math.min(...x), right = Math.max(...x);
  if (!options.noGrid) {
    for (const [value, text] of ticks(low, high, bare ? 2 : Math.max(3, h / 60))) {
      back.append(svg("path", { class: "grid", d: `M${margin.left},${Y(value)}H${margin.left + w}` }));
      back.append(svg("text", { class: "tick", x: margin.left - 8, y: Y(value) + 4, "text-anchor": "end" }, text));
    }
    if (low < 0 && high >= 0) back.append(svg("path", { class: "zero", d: `M${margin.left},${Y(0)}H${margin.left + w}` }));
  }
  const wanted = bare ? 2 : Math.max(3, Math.min(10, w / 70));
  const base = margin.top + h;
  for (const [value, text] of options.xTicks || ticks(left, right, wanted)) {
    back.append(svg("path", { class: "axis", d: `M${X(value)},${base}v5` }));
    back.append(svg("text", { class: "tick", x: X(value), y: base + 18, "text-anchor": "middle" }, text));
  }
  back.append(svg("path", { class: "axis", d: `M${margin.left},${base}H${margin.left + w}` }));
  if (xLabel) back.append(svg("text", { class: "label", x: margin.left + w / 2, y: height - 6, "text-anchor": "middle" }, ...[].concat(xLabel)));
  if (yLabel) {
    const at = `translate(12,${margin.top + h / 2}) rotate(-90)`;
    back.append(svg("text", { class: "label", transform: at, "text-anchor": "middle" }, yLabel));
  }
  if (DATA.mark && !bare) {
    const size = Math.min(44, w / 8);
    back.append(svg("text", { class: "mock-mark", x: margin.left + w / 2, y: margin.top + h / 2, "text-anchor": "middle" }, DATA.mark));
    back.lastChild.style.fontSize = `${size}px`;
  }
  const layer = svg("g");
  root.append(back, layer);
  host.replaceChildren(root);
  return { root, layer, X, Y, w, h, margin, width, height };
}

// The pointer in the coordinates of a drawing, whatever its size on the screen.
function pointer(event, root, size) {
  const box = root.getBoundingClientRect();
  return [((event.clientX - box.left) / box.width) * size.width, ((event.clientY - box.top) / box.height) * size.height];
}

function path(points) {
  return points.map(([a, b], k) => `${k ? "L" : "M"}${a.toFixed(2)},${b.toFixed(2)}`).join("");
}
