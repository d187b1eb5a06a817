// Cards: what a kink, a tile or a stage says in words and numbers.
function quantity(key) {
  const known = DATA.labels[key];
  if (known) return known;
  const words = key.replace(/_ev_per_([a-z_]+)$/, "").replace(/_/g, " ");
  const unit = /_ev_per_/.test(key) ? `eV per ${key.split("_ev_per_")[1].replace(/_/g, " ")}` : "";
  return [words, unit, 4];
}
function worded(key, value) {
  const [words, unit, digits] = quantity(key);
  const text = typeof value === "number" ? shown(value, digits) : String(value);
  return [words, unit ? `${text} ${unit}` : text];
}
function numbers(pairs) {
  return el("dl", { class: "numbers" }, ...pairs.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));
}
function listed(words) {
  return words.length > 1 ? `${words.slice(0, -1).join(", ")} and ${words.at(-1)}` : words.join("");
}
function flagLine(gases, odd) {
  const parts = [];
  if (gases.length) parts.push(el("span", {}, "Gas: ", ...chem(listed(gases)), ". "));
  if (odd.length) parts.push(el("span", { class: "odd" }, "Not seen in experiments: ", ...chem(listed(odd)), ". "));
  return parts;
}
function card(node, where, reaction, pairs, flags = []) {
  node.replaceChildren(el("p", { class: "where" }, ...where));
  if (reaction) node.append(el("p", { class: "reaction" }, ...chem(reaction)));
  // where on the axis, then how much
  for (const one of [pairs.filter(([name]) => /fraction/.test(name)), pairs.filter(([name]) => !/fraction/.test(name))]) {
    if (one.length) node.append(numbers(one));
  }
  if (flags.length) node.append(el("p", { class: "flags" }, ...flags));
}
function marked(words) { return DATA.mark ? `${DATA.mark} ${words}` : words; }
