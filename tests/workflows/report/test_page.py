"""The page in a real Chromium: what it says must be what the run wrote."""

from __future__ import annotations

import base64
import csv
import json
import re

import numpy as np
import pytest

from interfaces.chemistry.reactions import Reaction
from interfaces.phases.reservoirs import at_voltage
from interfaces.reactivity.mixing_curve import MixingCurve, mixing_curve
from interfaces.reactivity.voltage_map import voltage_map
from interfaces.stability.electrochemical_window import electrochemical_window
from tests.workflows.report.chromium import COLOUR_FUNCTIONS
from tests.workflows.report.records import HOSTILE
from workflows.analyses.analysis import number
from workflows.runs.record import read_record

REPORT = "report.html"
CONTRAST = 4.5  #: WCAG 2.1 AA for text
PHONE = 360
#: Traces that a plot shows, without Plotly's own additions.
DRAWN = """document.getElementById('plot-%s').data.map(t => ({name: t.name, type: t.type, x: t.x,
  y: t.y, z: t.z, base: t.base, meta: t.meta, mode: t.mode, x0: t.x0, dx: t.dx, y0: t.y0,
  dy: t.dy}))"""


def drawn(page, plot):
    """Traces of a plot that its controls select."""
    return page.run(DRAWN % plot)


def curves(run):
    """(content, partner) -> curve, as the run wrote it."""
    table = {}
    for path in (run / "curves").glob("*.json"):
        _, x, other = path.stem.split("_")
        table[x, other] = MixingCurve.from_record(json.loads(path.read_text()))
    return table


def choose(page, panel, key, value):
    """Set a slider of a panel."""
    page.run(
        f"(() => {{ const one = document.getElementById('{panel}-{key}'); one.value = {value}; "
        "one.dispatchEvent(new Event('input')); })()"
    )


def test_it_loads_nothing_and_complains_of_nothing(page, run):
    page.open(run / REPORT)
    assert [url for url in page.requests() if not url.startswith("data:")] == [
        (run / REPORT).resolve().as_uri()
    ]
    assert page.complaints() == []
    refused = page.run(
        "new Promise(done => { addEventListener('securitypolicyviolation', event => "
        "done(event.effectiveDirective), {once: true}); "
        "const one = document.createElement('script'); one.textContent = 'window.ran = 1'; "
        "document.body.append(one); setTimeout(() => done('allowed'), 2000); })"
    )
    assert refused.startswith("script-src")
    assert page.run("window.ran") is None
    refused = page.run(
        "new Promise(done => { addEventListener('securitypolicyviolation', event => "
        "done(event.effectiveDirective), {once: true}); "
        "fetch('http://127.0.0.1:9/').catch(() => 0); setTimeout(() => done('allowed'), 2000); })"
    )
    assert refused == "connect-src"


def test_the_slider_shows_the_recorded_energies_of_each_state(page, run):
    page.open(run / REPORT)
    drawn_curves = curves(run)
    page.focus("#curves-state")
    for x in ("0", "0.5", "1"):
        traces = {t["name"]: t for t in drawn(page, "curves") if t["mode"] == "lines+markers"}
        for other in ("LPSCl", "LiTFSI"):
            curve = drawn_curves[x, other]
            for part, energies in (
                ("total", [kink.total for kink in curve.kinks]),
                ("mutual", [kink.mutual for kink in curve.kinks]),
            ):
                trace = traces[f"{other}, {part}"]
                assert trace["y"] == energies
                assert trace["x"] == [kink.mixing_fraction for kink in curve.kinks]
        assert page.text("#curves output").startswith(f"x = {x}:")
        assert f"NCM811 (x = {x})" in page.text("#card-curves")
        page.press("ArrowLeft")
    values = page.run("document.getElementById('curves-state').getAttribute('aria-valuetext')")
    assert values.startswith("x = 1: LiNi0.8")


def test_pointing_at_a_kink_says_its_reaction_and_every_energy(page, run):
    page.open(run / REPORT)
    curve = curves(run)["0", "LPSCl"]
    page.click("#curves [data-key=part] input[value=total]")
    page.click("#curves [data-key=pair] input[value='1']")
    left, top, *_ = page.place("#plot-curves")
    seen = set()
    for kink in curve.kinks[::6]:
        x, y = page.run(
            "(() => { const f = document.getElementById('plot-curves')._fullLayout; return ["
            f"f.xaxis.l2p({kink.mixing_fraction}) + f.xaxis._offset, "
            f"f.yaxis.l2p({kink.total}) + f.yaxis._offset]; }})()"
        )
        page.point(left + x, top + y)
        page.run("new Promise(done => setTimeout(done, 120))")
        text = page.text("#card-curves")
        index = int(re.search(r"kink (\d+) of", text)[1]) - 1
        output = curve.kinks[index]
        # near kinks may lie within a pixel of one another
        assert output.mixing_fraction == pytest.approx(kink.mixing_fraction, abs=0.02)
        assert page.text("#card-curves .reaction") == str(output.reaction).replace("->", "→")
        data = output.to_dict()
        for key, words in {
            "mixing_fraction": "atom fraction x{}",
            "molar_fraction": "molar fraction y{}",
            "reaction_energy_ev_per_atom": "total{} eV/atom",
            "mutual_energy_ev_per_atom": "mutual{} eV/atom",
            "self_decomposition_ev_per_atom": "self-decomposition{} eV/atom",
            "reaction_energy_ev_per_formula": "total{} eV per formula unit",
        }.items():
            assert words.format(number(data[key], 4)) in text, (key, text)
        for name in data["gases"]:
            assert name in page.text("#card-curves .flags")
        seen.add(index)
    assert len(seen) > 3


def test_in_formula_units_the_segments_are_bent_as_they_must_be(page, run):
    page.open(run / REPORT)
    page.click("#curves input[value=molar]")
    curve = curves(run)["0", "LPSCl"]
    line = next(t for t in drawn(page, "curves") if t["mode"] == "lines" and t["meta"]["when"][
        "part"] == "total" and t["meta"]["when"]["pair"] == 0)  # fmt: skip
    assert len(line["x"]) > 4 * len(curve.kinks)
    energies = curve.at(curve.molar_to_mixing(np.clip(line["x"], 0, 1)))
    assert np.allclose(energies, line["y"], atol=2e-4)
    kinks = [kink.molar_fraction for kink in curve.kinks]
    straight = np.interp(line["x"], kinks, [kink.total for kink in curve.kinks])
    assert np.abs(straight - energies).max() > 0.01


def test_keys_walk_the_kinks(page, run):
    page.open(run / REPORT)
    drawn_curves = curves(run)
    page.click("#curves [data-key=part] input[value=total]")
    page.click("#curves [data-key=pair] input[value='1']")
    page.focus("#plot-curves")

    def reaction(kink):
        return str(kink.reaction).replace("->", "→")

    curve = drawn_curves["0", "LPSCl"]
    for key, times, kink in (
        ("Home", 1, curve.kinks[0]),
        ("ArrowRight", 3, curve.kinks[3]),
        ("m", 1, curve.minimum_total),
        ("End", 1, curve.kinks[-1]),
    ):
        page.press(key, times)
        assert page.text("#card-curves .reaction") == reaction(kink), key
    page.click("#curves [data-key=pair] input[value='1']")
    page.focus("#plot-curves")
    page.press("ArrowDown")
    assert "| LiTFSI" in page.text("#card-curves .where")


def test_tab_reaches_every_control_and_each_has_a_name(page, run):
    page.open(run / REPORT)
    names = []
    for _ in range(90):
        page.press("Tab")
        where = page.run(
            "(() => { const one = document.activeElement; "
            "return one === document.body ? null : one.id; })()"
        )
        if where is None:
            break
        names.append(where)
    for wanted in ("theme", "curves-state", "plot-curves", "maps-1-voltage", "plot-windows"):
        assert wanted in names
    unnamed = [
        node["role"]["value"]
        for node in page.send("Accessibility.getFullAXTree")["nodes"]
        if any(p["name"] == "focusable" and p["value"]["value"] for p in node.get("properties", []))
        and node["role"]["value"] not in ("RootWebArea",)
        and not node["name"]["value"].strip()
    ]
    assert unnamed == []


def test_tables_sort_by_value_with_pointer_and_with_keys(page, run):
    page.open(run / REPORT)
    column = 3  # minimum_total_ev_per_atom
    cells = (
        "[...document.querySelectorAll('table[data-name=minima] tbody tr')]"
        f".map(row => Number(row.cells[{column}].dataset.v))"
    )
    button = f"table[data-name=minima] th:nth-child({column + 1}) button"
    before = page.run(cells)
    page.click(button)
    assert page.run(cells) == sorted(before) != before
    page.focus(button)
    page.press("Enter")
    assert page.run(cells) == sorted(before, reverse=True)
    heading = f"document.querySelector('table[data-name=minima] th:nth-child({column + 1})')"
    assert page.run(f"{heading}.getAttribute('aria-sort')") == "descending"
    page.press("Enter")
    assert page.run(cells) == before


def test_downloads_have_the_bytes_of_the_runs_own_files(page, run, tmp_path):
    page.open(run / REPORT)
    page.downloads_to(tmp_path)
    for name in ("minima", "models"):
        page.run(
            f"document.querySelector('table[data-name={name}]').closest('details').open = true"
        )
        page.run(
            f"document.querySelector('table[data-name={name}]').closest('details')"
            ".querySelector('.table-tools button').id = 'take'"
        )
        page.click("#take")
        assert page.downloaded(tmp_path / f"{name}.csv") == (run / f"{name}.csv").read_bytes()
        page.run("document.getElementById('take').id = ''")
        page.browser.events.clear()
    page.click("#kinks-block summary")
    page.click("#kinks-all")
    assert page.downloaded(tmp_path / "kinks.csv") == (run / "kinks.csv").read_bytes()


def test_the_kinks_of_the_curve_on_show_are_in_a_table(page, run):
    page.open(run / REPORT)
    page.click("#kinks-block summary")
    page.until("document.querySelectorAll('#kinks-table tbody tr').length > 0")
    rows = page.run(
        "[...document.querySelectorAll('#kinks-table tbody tr')]"
        ".map(row => [...row.cells].map(cell => cell.dataset.v))"
    )
    with (run / "kinks.csv").open() as file:
        every = list(csv.reader(file))
    assert rows == [row for row in every[1:] if row[0] == "LPSCl" and row[1] == "0.0"]


@pytest.mark.parametrize("place", [0, 1, 2])
def test_the_curve_at_a_voltage_is_that_of_the_kernel_for_every_state(page, run, place):
    """The page moves one map to other states; here each is computed anew."""
    page.open(run / REPORT)
    page.click("#maps-1 [data-key=map] input[value='0']")
    page.click("#maps-1 [data-key=part] input[value='total']")
    choose(page, "maps-1", "state", place)
    choose(page, "maps-1", "voltage", 39)
    label = f"NCM811 (x = {('1', '0.5', '0')[place]})"
    request = next(
        q for q, _ in read_record(run)
        if (q.reactant_1.label, q.reactant_2.label) == (label, "LPSCl")
    )  # fmt: skip
    curve = mixing_curve(
        request.phase_set,
        request.reactant_1,
        request.reactant_2,
        open_elements=[at_voltage("Li", 3.9)],
    )
    (trace,) = drawn(page, "maps-1-cut")
    assert np.allclose(trace["x"], [kink.nonopen_fraction for kink in curve.kinks], atol=2e-6)
    assert np.allclose(trace["y"], [k.total_per_nonopen_atom for k in curve.kinks], atol=2e-6)
    page.focus("#plot-maps-1-cut")
    page.press("Home")
    for kink in curve.kinks[::3]:
        assert label in page.text("#card-maps-1")
        written = page.text("#card-maps-1 .reaction").replace("→", "->")
        assert_same(Reaction.parse(written, ["Li"]), kink.reaction)
        page.press("ArrowRight", 3)


def assert_same(first, other):
    """Equal reactions up to a factor; that on the page is rounded to six figures."""
    sides = [
        {**dict(r.reactants), **{f"-> {k}": v for k, v in r.products}, **dict(r.exchanged)}
        for r in (first, other)
    ]
    assert set(sides[0]) == set(sides[1])
    factors = [float(sides[0][key] / sides[1][key]) for key in sides[0]]
    assert max(factors) / min(factors) == pytest.approx(1, abs=1e-4)


def test_the_map_is_that_of_the_kernel_and_says_the_products_of_a_place(page, run):
    page.open(run / REPORT)
    page.click("#maps-1 [data-key=map] input[value='0']")
    choose(page, "maps-1", "state", 1)
    request = next(
        q for q, _ in read_record(run)
        if (q.reactant_1.label, q.reactant_2.label) == ("NCM811 (x = 0.5)", "LPSCl")
    )  # fmt: skip
    chart = voltage_map(request.phase_set, request.reactant_1, request.reactant_2, 0.0, 5.0)
    (trace,) = [t for t in drawn(page, "maps-1") if t["type"] == "heatmap"]
    shape = tuple(map(int, trace["z"]["shape"].split(",")))
    z = np.frombuffer(base64.b64decode(trace["z"]["bdata"]), dtype="<i2").reshape(shape)
    u, v = np.linspace(0, 1, shape[1]), np.linspace(0, 5, shape[0])
    assert np.abs(z - 1000 * chart.mutual_at(u[None, :], v[:, None])).max() <= 0.5 + 1e-6
    page.focus("#plot-maps-1")
    page.press("ArrowUp", 3)
    page.press("ArrowRight", 3)
    text = page.text("#card-maps-1")
    place = {
        key: float(re.search(rf"{key}\D*?([\d.]+)", text)[1])
        for key in ("fraction u", "voltage \\(V\\)")
    }
    tile = next(
        t for t in chart.tiles
        if t.nonopen[0] <= place["fraction u"] <= t.nonopen[1]
        and t.voltage[0] <= place["voltage \\(V\\)"] <= t.voltage[1]
    )  # fmt: skip
    assert page.text("#card-maps-1 .reaction") == " + ".join(tile.products)
    page.press("Enter")
    voltage = place["voltage \\(V\\)"]
    assert float(page.text("#maps-1 [data-key=voltage] output").split()[0]) == pytest.approx(
        voltage, abs=0.051
    )


def test_windows_are_those_of_the_kernel_and_walked_by_keys(page, run):
    page.open(run / REPORT)
    request = next(q for q, _ in read_record(run) if q.reactant_2.label == "LPSCl")
    window = electrochemical_window(request.phase_set, request.reactant_2)
    bar = drawn(page, "windows")[0]
    lows = [stage.low for stage in window.stages if stage.low <= 5]
    assert bar["base"][: len(lows)] == lows
    page.focus("#plot-windows")
    page.press("Home")
    for at, stage in enumerate(window.stages[:5]):
        assert f"LPSClstage {at + 1} of" in page.text("#card-windows").replace("LPSCl s", "LPSCls")
        assert page.text("#card-windows .reaction") == str(stage.reaction).replace("->", "→")
        page.press("ArrowRight")


@pytest.mark.parametrize("form", ["png", "svg"])
def test_figures_are_downloaded(page, run, tmp_path, form):
    page.open(run / REPORT)
    page.downloads_to(tmp_path)
    page.click(f"#tools-curves [data-format={form}]")
    data = page.downloaded(tmp_path / f"small_curves.{form}")
    if form == "png":
        assert data.startswith(b"\x89PNG")
        assert int.from_bytes(data[16:20], "big") == 2700
    else:
        assert data.startswith(b"<svg")
        assert b"LPSCl, mutual" in data  # the legend
    assert page.complaints() == []


def test_a_fault_in_one_panel_leaves_the_others(page, run, tmp_path):
    broken = (run / REPORT).read_text()
    panel = '"name":"maps-1","controls"'
    assert panel in broken
    (tmp_path / "broken.html").write_text(broken.replace(panel, '"name":"maps-1","controls":7,"c"'))
    page.open(tmp_path / "broken.html")
    assert "cannot be drawn" in page.text("#maps-1 .fault")
    assert page.run("document.querySelectorAll('.fault').length") == 1
    assert drawn(page, "windows")
    assert drawn(page, "curves")


@pytest.mark.parametrize("which", ["run", "mocked"])
def test_a_phone_does_not_scroll_sideways(page, request, which):
    fixture = request.getfixturevalue(which)
    page.look(PHONE, 740)
    page.open(fixture / REPORT if which == "run" else fixture)
    page.run("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    assert page.run("document.documentElement.scrollWidth") <= PHONE
    wide = page.run(
        "[...document.querySelectorAll('main *')].filter(one => !one.closest('.scroll') && "
        f"one.getBoundingClientRect().right > {PHONE} + 1).map(one => one.tagName + one.className)"
    )
    assert wide == []


COLOURS = (
    "(() => {"
    + COLOUR_FUNCTIONS
    + """
  const ratio = (a, b) => { const [x, y] = [light(a), light(b)].sort((p, q) => q - p);
    return (x + .05) / (y + .05); };
  const behind = (one) => { for (; one; one = one.parentElement) {
    const c = rgb(getComputedStyle(one).backgroundColor); if (c[3] === 255) return c; } };
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const one = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim()) continue;
    if (one.closest('script, noscript, .annotation, .bars')) continue;
    if (!one.getClientRects().length) continue;
    const drawn = one.closest('svg'), style = getComputedStyle(one);
    const ink = rgb(drawn ? style.fill : style.color);
    const backs = [behind(drawn ? drawn.parentElement : one)];
    const least = Math.min(...backs.map((back) => ratio(ink, back)));
    found.push([least, walk.currentNode.data.slice(0, 40)]);
  }
  return found;
})()"""
)


@pytest.mark.parametrize(
    ("which", "how"),
    [("run", "light"), ("run", "dark"), ("mocked", "light"), ("mocked", "chosen")],
)
def test_all_text_stands_out_in_light_and_dark(page, request, which, how):
    fixture = request.getfixturevalue(which)
    page.look(dark=how == "dark")
    page.open(fixture / REPORT if which == "run" else fixture)
    page.run("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    if how == "chosen":
        page.click("#theme")
        page.click("#theme")
        assert page.text("#theme") == "Theme: dark"
    ground = page.run("getComputedStyle(document.documentElement).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", ground))) < 200) == (how != "light")
    ratios = page.run(COLOURS)
    assert len(ratios) > 100
    assert [ratio for ratio in ratios if ratio[0] < CONTRAST] == []


def test_paper_gets_everything_but_the_controls(page, run):
    page.open(run / REPORT)
    page.look(794, 1100, dark=True, media="print")
    page.run("window.dispatchEvent(new Event('beforeprint'))")
    hidden = "document.querySelectorAll('{}').values().every(one => !one.getClientRects().length)"
    assert page.run(hidden.format(".controls, .table-tools, #theme"))
    assert page.run(
        "[...document.querySelectorAll('#tables details:not(#kinks-block) tbody tr')]"
        ".every(one => one.getClientRects().length)"
    )
    assert page.run("getComputedStyle(document.documentElement).backgroundColor") == (
        "rgb(253, 253, 251)"
    )
    page.run("window.dispatchEvent(new Event('afterprint'))")
    assert page.run("document.querySelectorAll('#tables details[open]').length") == 1
    page.look()
    written = page.pdf()
    assert written.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", written)) >= 3


def test_motion_is_only_for_those_who_want_it(page, run):
    page.look(still=True)
    page.open(run / REPORT)
    moves = (
        "[...document.querySelectorAll('*')].filter(one => getComputedStyle(one).transitionDuration"
        " !== '0s' || getComputedStyle(one).scrollBehavior === 'smooth').length"
    )
    assert page.run(moves) == 0
    page.look(still=False)
    assert page.run(moves) > 0


def test_names_stay_text(page, hostile):
    page.open(hostile)
    assert page.run("window.hacked") is None
    assert page.run("document.querySelectorAll('img').length") == 0
    assert page.run("document.scripts.length") == 3
    assert HOSTILE in page.run("document.querySelector('h1').textContent")
    assert HOSTILE in page.text("#card-curves")
    assert f"Note of {HOSTILE}" in page.text(".warnings")
    assert HOSTILE in page.run("document.querySelector('table[data-name=minima] td').dataset.v")
    page.focus("#plot-curves")
    page.press("ArrowRight")
    page.click("#kinks-block summary")
    page.click("#plot-maps-1")
    assert page.run("window.hacked") is None
    assert page.complaints() == []


def test_everything_of_a_mocked_run_says_so(page, mocked, tmp_path):
    page.open(mocked)
    assert page.run("document.title").startswith("MOCK ")
    assert page.text("header .mock").startswith("MOCK")
    assert page.text("#answer").startswith("MOCK")
    for card in ("#card-curves", "#card-maps-1", "#card-windows"):
        assert "MOCK" in page.text(f"{card} .where")
    plots = "[...document.querySelectorAll('.plot')].map(one => one.textContent + one.ariaLabel)"
    words = page.run(plots)
    assert len(words) >= 4
    assert all(text.count("MOCK") >= 2 for text in words)
    heads = (
        "[...document.querySelectorAll('table[data-name] tr')]"
        ".map(row => row.lastElementChild.textContent)"
    )
    assert all("MOCK" in text for text in page.run(heads))
    page.downloads_to(tmp_path)
    page.click("#kinks-block summary")
    page.click("#kinks-all")
    rows = page.downloaded(tmp_path / "MOCK_kinks.csv").decode().splitlines()
    assert rows[0].endswith(",MOCK")
    assert all(row.endswith('MOCK energies, not physical"') for row in rows[1:])


def test_the_bands_are_those_of_the_record(page, run):
    page.open(run / REPORT)
    drawn_curves = curves(run)
    for way in ("straight", "molar"):
        page.click(f"#curves input[value={way}]")
        bands = [t for t in drawn(page, "curves") if t["meta"].get("band")]
        assert len(bands) == 2
        for trace, other in zip(bands, ("LPSCl", "LiTFSI"), strict=True):
            curve = drawn_curves["0", other]
            ring = [*curve.band.high, *reversed(curve.band.low)]
            assert trace["y"] == pytest.approx(ring, abs=6e-6)
            shares = np.array(curve.band.fractions)
            if way == "molar":
                shares = curve.molar_to_mixing(np.array(trace["x"][: len(shares)]))
                assert shares == pytest.approx(curve.band.fractions, abs=1e-4)
            else:
                assert trace["x"][: len(shares)] == pytest.approx(shares)


def test_the_ranking_is_that_of_its_file(page, run):
    with (run / "ranking.csv").open() as file:
        rows = list(csv.DictReader(file))
    page.open(run / REPORT)
    for energies in ("measured", "uncorrected", "pymatgen"):
        page.click(f"#ranking input[value={energies}]")
        (line,) = [t for t in drawn(page, "ranking") if t["mode"] == "lines+markers"]
        assert line["name"] == "LPSCl milder than LiTFSI"
        listed = [row for row in rows if row["energies"] == energies]
        shares = [100 * float(row["probability_first_milder"]) for row in listed]
        assert line["y"] == pytest.approx(shares)
        assert line["x"] == [float(row["x"]) for row in listed]
    sure = [row["x"] for row in rows if not 0.1 < float(row["probability_first_milder"]) < 0.9]
    assert sure
    assert "is milder than" in page.text("#answer")
    assert "of the draws of the phase errors" in page.text("#answer")
