// What follows what, and what the controls set.
const THEMES = ["as the system", "light", "dark"];
function themeButton() {
  const button = byId("theme");
  let at = 0;
  button.addEventListener("click", () => {
    at = (at + 1) % THEMES.length;
    if (at) document.documentElement.dataset.theme = THEMES[at];
    else delete document.documentElement.dataset.theme;
    button.textContent = `Theme: ${THEMES[at]}`;
  });
}

function radios(name, key) {
  document.querySelectorAll(`input[name="${name}"]`).forEach((input) => {
    input.checked = input.value === STATE[key];
    input.addEventListener("change", () => set(STATE, { [key]: input.value }));
  });
}
function slider(id, key, out, words) {
  const input = byId(id);
  input.addEventListener("input", () => set(STATE, { [key]: Number(input.value) }));
  follow([key, "map"], () => {
    input.value = STATE[key];
    const said = words();
    byId(out).replaceChildren(...chem(said));
    input.setAttribute("aria-valuetext", said);
  });
}

function curvePanel() {
  STATE.state = SERIES.states.length - 1; // the state that the answer speaks of first
  SERIES.others.forEach((one, other) => {
    const box = el("input", { type: "checkbox", checked: true, value: other });
    box.checked = true;
    box.addEventListener("change", () => {
      const hidden = [...document.querySelectorAll("#others input")].filter((input) => !input.checked);
      if (hidden.length === SERIES.others.length) { box.checked = true; return; }
      set(STATE, { hidden: hidden.map((input) => input.value).join(",") });
    });
    byId("others").append(el("label", {}, box, swatch(other), el("span", {}, marked(one.label))));
  });
  byId("others").hidden = SERIES.others.length < 2;
  if (SERIES.opened) byId("straight-name").textContent = "atoms, u";
  radios("part", "part");
  radios("axis", "axis");
  const several = SERIES.states.length > 1, series = several && SERIES.states.every((one) => one.x !== null);
  if (several) {
    byId("states").hidden = false;
    byId("state").max = SERIES.states.length - 1;
    if (!series) document.querySelector('label[for="state"]').textContent = "First reactant";
    slider("state", "state", "state-name", () => {
      const one = SERIES.states[STATE.state];
      return one.x === null ? one.label : `x = ${one.x}: ${one.formula}`;
    });
  }
  follow(["state", "part", "hidden"], focusMinimum);
  if (series) byId("state-figure").hidden = false;
  follow(["state", "part", "axis", "hidden", "width"], drawCurves);
  follow(["focus"], drawFocus);
  if (series) follow(["state", "part", "hidden", "width"], drawStates);
  if (byId("multiples")) {
    follow(["part", "axis", "hidden", "width"], drawMultiples);
    follow(["state", "hidden", "part", "axis", "width"], pressMultiple);
  }
  byId("kinks-block").addEventListener("toggle", drawKinks);
  addDownload(byId("kinks-table"));
  byId("kinks-all").addEventListener("click", () => download(`${DATA.mark ? `${DATA.mark}_` : ""}kinks.csv`, csv([kinkHead(), ...kinkLines(SERIES.others.map((_, at) => at), SERIES.states.map((_, at) => at))])));
  follow(["state", "focus"], drawKinks);
}

function mapPanel() {
  // that of the partner which the card above speaks of
  const told = SERIES && STATE.focus ? SERIES.others[STATE.focus.other].label : "";
  STATE.map = Math.max(0, MAPS.findIndex((one) => one.second.label === told));
  MAPS.forEach((one, at) => {
    const input = el("input", { type: "radio", name: "map", value: at });
    input.checked = at === STATE.map;
    input.addEventListener("change", () => set(STATE, { map: at, spot: null }));
    byId("map-others").append(el("label", {}, input, swatch(colourOf(one.second.label)), el("span", {}, marked(one.second.label))));
  });
  byId("map-others").hidden = MAPS.length < 2;
  radios("map-part", "mapPart");
  const map = theMap(), middle = (map.voltage[0] + map.voltage[1]) / 2;
  STATE.mapState = Math.floor(map.states.length / 2);
  STATE.voltage = map.voltage[0] <= 4.3 && 4.3 <= map.voltage[1] ? 4.3 : Math.round(middle * 20) / 20;
  byId("voltage").min = map.voltage[0];
  byId("voltage").max = map.voltage[1];
  slider("voltage", "voltage", "voltage-name", () => `${shown(STATE.voltage, 2)} V against ${theMap().carrier}`);
  if (map.states.length > 1) {
    byId("map-states").hidden = false;
    byId("map-state").max = map.states.length - 1;
    slider("map-state", "mapState", "map-state-name", () => {
      const one = mapState();
      return one.x === null ? one.label : `x = ${one.x}: ${one.formula}`;
    });
  }
  follow(["map", "mapPart", "mapState", "width"], drawMap);
  follow(["voltage", "map", "mapPart", "mapState", "width"], drawCut);
  follow(["spot", "voltage"], drawSpot);
  follow(["spot"], drawCutKink);
}

function printing() {
  let opened = [];
  window.addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open])")];
    opened.forEach((block) => { if (block.id !== "kinks-block") block.open = true; });
  });
  window.addEventListener("afterprint", () => opened.forEach((block) => { block.open = false; }));
}

themeButton();
printing();
document.querySelectorAll("#tables table[data-name]").forEach((table) => {
  if (table.id === "kinks-table") return;
  enhance(table);
  addDownload(table);
});
if (SERIES) curvePanel();
const LATER = [
  () => MAPS.length && mapPanel(),
  () => WINDOWS.length && (follow(["width"], drawWindows), follow(["stage"], drawStage)),
  () => { if (DATA.voltages.length) { byId("profile").hidden = false; follow(["width"], drawProfile); } },
  () => { if (DATA.uptakes.length) { byId("uptakes").hidden = false; follow(["width"], drawUptakes); } },
];
// The first figure is on the screen before the others are drawn.
requestAnimationFrame(() => setTimeout(() => {
  LATER.forEach((draw) => draw());
  let width = document.body.clientWidth;
  new ResizeObserver(() => {
    if (document.body.clientWidth === width) return;
    width = document.body.clientWidth;
    set(STATE, { width });
  }).observe(document.body);
  document.documentElement.dataset.readyAt = performance.now().toFixed(1);
  document.documentElement.dataset.ready = "true";
}));
