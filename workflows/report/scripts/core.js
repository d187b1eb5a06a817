// What everything shares: the data, elements, numbers and formulas as text.
const DATA = JSON.parse(document.getElementById("data").textContent);
const SVG = "http://www.w3.org/2000/svg";
const MINUS = "\u2212";
const SUBSCRIPT = /([A-Za-z)\]])(\d{1,3}(?:\.\d+)?)(?!\d)/g;
const byId = (id) => document.getElementById(id);

// Text becomes text nodes only, so that nothing in a name can become an element.
function el(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}
function svg(name, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, name), attributes, children);
}
function fill(node, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key === "stroke" || key === "fill") node.style[key] = value;
    else node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

function shown(value, digits) {
  const text = value.toFixed(digits);
  return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", MINUS);
}
// An amount in a reaction: six figures, no zeros at the end.
function amount(value) {
  return String(Number(value.toPrecision(6))).replace("-", MINUS);
}
// A float as Python writes it, so that a downloaded table has the bytes of the run's own file.
function pythonFloat(value) {
  if (Object.is(value, -0)) return "-0.0";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) {
    return value.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
  }
  return Number.isInteger(value) ? value.toFixed(1) : String(value);
}

// Formula or reaction -> nodes with subscripts.
function chem(text) {
  const nodes = [];
  let last = 0;
  const whole = String(text).replace(/ -> /g, " \u2192 ").replace(/(\d) (?=[A-Z(])/g, "$1\u00a0");
  for (const found of whole.matchAll(SUBSCRIPT)) {
    nodes.push(document.createTextNode(whole.slice(last, found.index) + found[1]));
    nodes.push(el("sub", {}, found[2]));
    last = found.index + found[0].length;
  }
  nodes.push(document.createTextNode(whole.slice(last)));
  return nodes;
}
// The same in a drawing.
function chemSpans(text) {
  const spans = [];
  let last = 0, low = false;
  const put = (words, sub) => {
    if (!words) return;
    const shift = sub === low ? 0 : sub ? 3 : -3;
    spans.push(svg("tspan", { dy: shift, "font-size": sub ? "0.75em" : undefined }, words));
    low = sub;
  };
  for (const found of text.matchAll(SUBSCRIPT)) {
    put(text.slice(last, found.index) + found[1], false);
    put(found[2], true);
    last = found.index + found[0].length;
  }
  put(text.slice(last), false);
  return spans;
}

const COLOURS = 6;
const colour = (k) => `var(--s${k % COLOURS})`;
const SHAPES = [
  (r) => `M${r},0A${r},${r} 0 1 1 ${-r},0A${r},${r} 0 1 1 ${r},0Z`,
  (r) => `M${-r},${-r}H${r}V${r}H${-r}Z`,
  (r) => `M0,${-1.25 * r}L${1.2 * r},${0.9 * r}H${-1.2 * r}Z`,
  (r) => `M0,${-1.35 * r}L${1.35 * r},0L0,${1.35 * r}L${-1.35 * r},0Z`,
];
// A mark whose form says the same as its colour.
function marker(k, x, y, r, more = {}) {
  return svg("path", { d: SHAPES[k % SHAPES.length](r), transform: `translate(${x},${y})`, fill: colour(k), ...more });
}
function swatch(k) {
  const picture = svg("svg", { class: "swatch", viewBox: "0 0 26 12", "aria-hidden": "true" });
  picture.append(svg("path", { d: "M1,6H25", class: "line", stroke: colour(k) }), marker(k, 13, 6, 3.6));
  return picture;
}

function interpolate(xs, ys, x) {
  let k = 1;
  while (k < xs.length - 1 && xs[k] < x) k++;
  const span = xs[k] - xs[k - 1];
  return span ? ys[k - 1] + ((ys[k] - ys[k - 1]) * (x - xs[k - 1])) / span : ys[k];
}

// Values that several panels follow; a panel is called again when one of them changes.
const watchers = [];
function follow(keys, draw) { watchers.push([keys, draw]); draw(); }
function set(store, changes) {
  const changed = Object.keys(changes).filter((key) => store[key] !== changes[key]);
  Object.assign(store, changes);
  for (const [keys, draw] of watchers) if (keys.some((key) => changed.includes(key))) draw();
}
const STATE = { state: 0, part: "both", axis: "straight", hidden: "", focus: null,
  map: 0, mapPart: "mutual", mapState: 0, voltage: 0, spot: null, stage: null, width: 0 };
