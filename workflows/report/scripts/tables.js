// Tables that sort and are downloaded as they stand, with every figure that the run wrote.
const raw = (cell) => (cell.dataset.v === undefined ? cell.textContent : cell.dataset.v);
const NUMBER = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i;

function compare(a, b) {
  if (NUMBER.test(a) && NUMBER.test(b)) return Number(a) - Number(b);
  if (NUMBER.test(a) !== NUMBER.test(b)) return NUMBER.test(a) ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}
// A cell as Python's csv module quotes it.
const quoted = (text) => (/[",\n\r]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text);
const csv = (lines) => `${lines.map((line) => line.map(quoted).join(",")).join("\n")}\n`;

function download(name, text) {
  const link = el("a", { download: name, href: URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" })) });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
function tableLines(table) {
  const headings = [...table.tHead.rows[0].cells].map((cell) => cell.textContent);
  return [headings, ...[...table.tBodies[0].rows].map((row) => [...row.cells].map(raw))];
}

function enhance(table) {
  const body = table.tBodies[0], original = [...body.rows], heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const values = original.map((row) => raw(row.cells[column])).filter(Boolean);
    const numeric = values.length > 0 && values.every((text) => NUMBER.test(text));
    const long = values.some((text) => text.length > 60);
    if (numeric) head.classList.add("number");
    original.forEach((row) => { if (numeric) row.cells[column].classList.add("number"); if (long) row.cells[column].classList.add("wide"); });
    const button = el("button", { type: "button" }, head.textContent);
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const next = { ascending: "descending", descending: "none" }[head.getAttribute("aria-sort")] || "ascending";
      heads.forEach((one) => one.removeAttribute("aria-sort"));
      const sign = next === "descending" ? -1 : 1;
      const sorted = next === "none" ? original : [...original].sort((a, b) => sign * compare(raw(a.cells[column]), raw(b.cells[column])));
      if (next !== "none") head.setAttribute("aria-sort", next);
      body.replaceChildren(...sorted);
    });
  });
}
function addDownload(table) {
  const button = el("button", { type: "button" }, "Download as CSV");
  button.addEventListener("click", () => download(`${marked("").trim()}${DATA.mark ? "_" : ""}${table.dataset.name}.csv`, csv(tableLines(table))));
  const block = table.closest("details"), tools = block.querySelector(".table-tools");
  if (tools) tools.prepend(button);
  else block.querySelector("summary").after(el("div", { class: "table-tools" }, button));
}

// Kinks stand in the data once; their tables are made when they are looked at.
function kinkCells(curve, k) {
  return curve.columns.map((key) => {
    if (curve.cells[key]) return curve.cells[key][k];
    const value = curve.kinks[key][k];
    return value === null ? "" : Array.isArray(value) ? value.join(" ") : typeof value === "number" ? pythonFloat(value) : value;
  });
}
function kinkLines(others, states) {
  const lines = [];
  for (const other of others) {
    for (const state of states) {
      const curve = SERIES.curves[other][state];
      if (!curve) continue;
      const x = SERIES.states[state].x, head = [SERIES.others[other].label, x === null ? SERIES.states[state].label : pythonFloat(x)];
      curve.kinks[straightKey()].forEach((_, k) => lines.push([...head, ...kinkCells(curve, k), ...(SERIES.marked ? [SERIES.marked[1]] : [])]));
    }
  }
  return lines;
}
function kinkHead() {
  const curve = SERIES.curves.flat().find(Boolean);
  return ["electrolyte", "x", ...curve.columns, ...(SERIES.marked ? [SERIES.marked[0]] : [])];
}
function shownCell(text, column) {
  if (column === "reaction" || column === "gases" || column === "suspect_products") return chem(text);
  return [NUMBER.test(text) && text.length > 7 ? shown(Number(text), 4) : text.replace(/^-(?=\d)/, MINUS)];
}
function drawKinks() {
  const block = byId("kinks-block"), table = byId("kinks-table");
  const other = STATE.focus ? STATE.focus.other : 0, head = kinkHead();
  if (!curveAt(other)) return;
  const name = marked(`${SERIES.states[STATE.state].label} | ${SERIES.others[other].label}`);
  byId("kinks-count").textContent = name;
  if (!block.open || table.dataset.shows === name) return;
  table.dataset.shows = name;
  table.replaceChildren(
    el("thead", {}, el("tr", {}, ...head.map((key) => el("th", { scope: "col" }, key)))),
    el("tbody", {}, ...kinkLines([other], [STATE.state]).map((line) => el("tr", {}, ...line.map((text, at) => el("td", { "data-v": text }, ...shownCell(text, head[at])))))),
  );
  enhance(table);
}
