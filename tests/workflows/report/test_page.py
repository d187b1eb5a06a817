"""The page in a real Chromium: what it says must be what the run wrote."""

from __future__ import annotations

import csv
import json
import math
import re

import numpy as np
import pytest

from interfaces.chemistry.reactions import Reaction
from interfaces.phases.reservoirs import at_voltage
from interfaces.reactivity.mixing_curve import MixingCurve, mixing_curve
from interfaces.stability.electrochemical_window import electrochemical_window
from tests.workflows.report.records import HOSTILE
from workflows.report.text import MINUS, number
from workflows.runs.record import read_record

REPORT = "report.html"
CONTRAST = 4.5  #: WCAG 2.1 AA for text
PHONE = 360


def curves(run):
    """(content, partner) -> curve, as the run wrote it."""
    found = {}
    for path in (run / "curves").glob("*.json"):
        _, x, other = path.stem.split("_")
        found[x, other] = MixingCurve.from_record(json.loads(path.read_text()))
    return found


def said(text):
    """Names and values of a card."""
    return " ".join(text.split())


def circles(page, selector="#curve-plot"):
    """Centres of the small dots of a plot, in the order in which they are drawn."""
    return page.run(
        f"[...document.querySelectorAll('{selector} svg > g circle[r=\"1.6\"]')]"
        ".map(one => [Number(one.getAttribute('cx')), Number(one.getAttribute('cy'))])"
    )


def lines(page, part, selector="#curve-plot"):
    """Points of every line of a part, in the coordinates of the drawing."""
    drawn = page.run(
        f"[...document.querySelectorAll('{selector} .line.{part}')]"
        ".map(one => one.getAttribute('d'))"
    )
    return [
        np.array([[float(v) for v in pair.split(",")] for pair in re.split("[ML]", d) if pair])
        for d in drawn
    ]


def test_it_loads_nothing_and_complains_of_nothing(page, run):
    page.open(run / REPORT)
    assert page.requests() == [(run / REPORT).resolve().as_uri()]
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


def test_pointing_at_a_kink_says_its_reaction_and_every_energy(page, run):
    page.open(run / REPORT)
    curve = curves(run)["0", "LPSCl"]
    left, top, *_ = page.place("#curve-plot svg")
    dots = circles(page)[: len(curve.kinks)]
    width = dots[-1][0] - dots[0][0]
    seen = set()
    for (cx, cy), kink in list(zip(dots, curve.kinks, strict=True))[::4]:
        assert (cx - dots[0][0]) / width == pytest.approx(kink.mixing_fraction, abs=2e-3)
        page.point(left + cx, top + cy)
        text = page.text("#kink")
        index = int(re.search(r"kink (\d+) of", text)[1]) - 1
        told = curve.kinks[index]
        # near kinks may lie within a pixel of one another
        assert told.mixing_fraction == pytest.approx(kink.mixing_fraction, abs=0.01)
        assert page.text("#kink .reaction") == str(told.reaction).replace("->", "→")
        data = told.to_dict()
        for key, words in {
            "mixing_fraction": "atom fraction x{:.4f}",
            "molar_fraction": "molar fraction y{:.4f}",
            "mass_fraction": "mass fraction{:.4f}", 
            "reaction_energy_ev_per_atom": "total{} eV/atom",
            "mutual_energy_ev_per_atom": "mutual{} eV/atom",
            "self_decomposition_ev_per_atom": "self-decomposition{} eV/atom",
            "reaction_energy_ev_per_formula": "total{} eV per formula unit",
        }.items():  # fmt: skip
            value = data[key] if "{:" in words else number(data[key], 4)
            assert words.format(value) in text, (key, text)
        assert f"total{number(told.kj_per_mol, 1)} kJ/mol" in text
        for name in data["gases"]:
            assert name in page.text("#kink .flags")
        seen.add(index)
    assert len(seen) > 5


def test_the_slider_shows_the_curves_of_each_state(page, run):
    page.open(run / REPORT)
    found = curves(run)
    page.focus("#state")
    for x in ("0", "0.5", "1"):
        scale = None
        drawn = dict(zip(("LPSCl", "LiTFSI"), lines(page, "total"), strict=True))
        for other, points in drawn.items():
            curve = found[x, other]
            assert len(points) == len(curve.kinks)
            totals = np.array([kink.total for kink in curve.kinks])
            fit = np.polyfit(totals, points[:, 1], 1)
            assert np.allclose(np.polyval(fit, totals), points[:, 1], atol=0.02)
            assert scale is None or np.allclose(fit, scale, atol=0.05)
            scale = fit
        assert page.text("#state-name").startswith(f"x = {x}:")
        assert f"NCM811 (x = {x})" in page.text("#kink")
        page.press("ArrowLeft")
    values = page.run("document.getElementById('state').getAttribute('aria-valuetext')")
    assert values.startswith("x = 1: LiNi0.8")


def test_in_formula_units_the_segments_are_bent_as_they_must_be(page, run):
    page.open(run / REPORT)
    page.click("input[name=axis][value=molar]")
    curve = curves(run)["0", "LPSCl"]
    points = lines(page, "total")[0]
    assert len(points) > 5 * len(curve.kinks)
    molar = (points[:, 0] - points[0, 0]) / (points[-1, 0] - points[0, 0])
    totals = curve.at(curve.molar_to_mixing(np.clip(molar, 0, 1)))
    at_kinks = [int(np.abs(molar - kink.molar_fraction).argmin()) for kink in curve.kinks]
    fit = np.polyfit([kink.total for kink in curve.kinks], points[at_kinks, 1], 1)
    assert np.allclose(np.polyval(fit, totals), points[:, 1], atol=0.6)  # pixels
    straight = np.interp(molar, molar[at_kinks], points[at_kinks, 1])
    assert np.abs(straight - points[:, 1]).max() > 5


def test_keys_walk_the_kinks_and_say_what_the_pointer_says(page, run):
    page.open(run / REPORT)
    found = curves(run)
    page.focus("#curve-plot svg")
    page.press("Home")
    assert page.text("#kink .reaction") == str(found["0", "LPSCl"].kinks[0].reaction).replace(
        "->", "→"
    )
    page.press("ArrowRight", 3)
    assert page.text("#kink .reaction") == str(found["0", "LPSCl"].kinks[3].reaction).replace(
        "->", "→"
    )
    page.press("ArrowDown")
    assert "| LiTFSI" in page.text("#kink .where")
    page.press("m")
    curve = found["0", "LiTFSI"]
    assert page.text("#kink .reaction") == str(curve.minimum_mutual.reaction).replace("->", "→")
    page.press("End")
    assert f"kink {len(curve.kinks)} of {len(curve.kinks)}" in page.text("#kink .where")


def test_tab_reaches_every_control_in_the_order_of_the_page_and_each_has_a_name(page, run):
    page.open(run / REPORT)
    tops, names = [], []
    for _ in range(60):
        page.press("Tab")
        where = page.run(
            "(() => { const one = document.activeElement; if (one === document.body) return null; "
            "const b = one.getBoundingClientRect(); "
            "return [one.tagName, one.id || '', b.top + scrollY]; })()"
        )
        if where is None:
            break
        names.append(where[:2])
        tops.append(where[2])
    assert ["INPUT", "state"] in names
    assert ["INPUT", "voltage"] in names
    assert sum(name == "svg" for name, _ in names) == 4  # curves, map, its section, windows
    focusable = page.send("Accessibility.getFullAXTree")["nodes"]
    unnamed = [
        node["role"]["value"]
        for node in focusable
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


def test_the_kinks_of_the_curve_that_is_looked_at_stand_in_a_table(page, run):
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


def test_the_curve_at_a_voltage_is_that_of_the_kernel_for_every_state(page, run):
    """The page moves one map to other states; here each is computed anew."""
    page.open(run / REPORT)
    page.click("#map-others input[value='0']")
    asked = {q.reactant_1.label: q for q, _ in read_record(run) if q.reactant_2.label == "LPSCl"}
    for step, (x, label) in enumerate((("1", "NCM811 (x = 1)"), ("0", "NCM811 (x = 0)"))):
        page.run(
            f"(() => {{ const one = document.getElementById('map-state'); one.value = {2 * step}; "
            "one.dispatchEvent(new Event('input')); "
            "const other = document.getElementById('voltage'); other.value = 3.9; "
            "other.dispatchEvent(new Event('input')); })()"
        )
        question = asked[label]
        curve = mixing_curve(
            question.phase_set, question.reactant_1, question.reactant_2,
            open_elements=[at_voltage("Li", 3.9)],
        )  # fmt: skip
        page.focus("#cut-plot svg")
        page.press("ArrowLeft", 60)
        for kink in curve.kinks:
            text = page.text("#tile")
            assert f"NCM811 (x = {x}) | LPSCl at 3.90 V" in text
            assert f"fraction u{kink.nonopen_fraction:.4f}" in text
            assert f"total{number(kink.total_per_nonopen_atom, 4)} eV per non-Li" in text
            assert f"mutual{number(kink.mutual_per_nonopen_atom, 4)} eV per non-Li" in text
            assert f"total{number(kink.total, 4)} eV per atom of the mix" in text
            written = page.text("#tile .reaction").replace("→", "->")
            assert_same(Reaction.parse(written, ["Li"]), kink.reaction)
            page.press("ArrowRight")


def assert_same(one, other):
    """Equal reactions up to a factor; that on the page is rounded to six figures."""
    sides = [
        {**dict(r.reactants), **{f"-> {k}": v for k, v in r.products}, **dict(r.exchanged)}
        for r in (one, other)
    ]
    assert set(sides[0]) == set(sides[1])
    factors = [float(sides[0][key] / sides[1][key]) for key in sides[0]]
    assert max(factors) / min(factors) == pytest.approx(1, abs=1e-4)


def test_the_map_says_products_and_energy_where_the_pointer_is(page, run):
    page.open(run / REPORT)
    question = next(
        q for q, _ in read_record(run)
        if (q.reactant_1.label, q.reactant_2.label) == ("NCM811 (x = 0.5)", "LPSCl")
    )  # fmt: skip
    left, top, width, height = page.place("#map-plot canvas")
    for share_u, share_v in ((0.2, 0.3), (0.61, 0.17), (0.85, 0.6)):
        page.point(left + share_u * width, top + share_v * height)
        text = page.text("#tile")
        u, v = (float(one) for one in re.search(r"u = ([\d.]+), ([\d.]+) V", text).groups())
        assert u == pytest.approx(share_u, abs=0.01)
        assert v == pytest.approx(5 * (1 - share_v), abs=0.05)
        curve = mixing_curve(
            question.phase_set, question.reactant_1, question.reactant_2,
            open_elements=[at_voltage("Li", v)],
        )  # fmt: skip
        kinks = curve.kinks
        at = [kink.nonopen_fraction for kink in kinks]
        total = np.interp(u, at, [kink.total_per_nonopen_atom for kink in kinks])
        mutual = np.interp(u, at, [kink.mutual_per_nonopen_atom for kink in kinks])
        shown = [
            float(value.replace(MINUS, "-"))
            for value in re.findall(rf"({MINUS}?[\d.]+) eV per non-Li atom", text)
        ]
        # the card rounds the voltage to 5 mV and the fraction to 0.0005
        assert shown == pytest.approx([total, mutual], abs=0.02)
        products = set(page.text("#tile .reaction").split(" + "))
        k = int(np.searchsorted(at, u))
        beside = {name for kink in kinks[k - 1 : k + 1] for name, _ in kink.reaction.products}
        assert products >= beside


def test_windows_are_those_of_the_kernel_and_walked_by_keys(page, run):
    page.open(run / REPORT)
    question = next(q for q, _ in read_record(run) if q.reactant_2.label == "LPSCl")
    window = electrochemical_window(question.phase_set, question.reactant_2)
    title = page.run("document.querySelector('#window-plot svg').getAttribute('aria-label')")
    assert f"LPSCl {window.reduction:.2f} ± " in title
    assert f"to {window.oxidation:.2f} ± " in title
    page.focus("#window-plot svg")
    page.press("ArrowLeft", 20)
    for at, stage in enumerate(window.stages[:5]):
        text = page.text("#stage")
        assert f"LPSCl stage {at + 1} of {len(window.stages)}" in said(text).replace(
            "LPSCls", "LPSCl s"
        )
        assert page.text("#stage .reaction") == str(stage.reaction).replace("->", "→")
        page.press("ArrowRight")


@pytest.mark.parametrize("which", ["run", "mocked"])
def test_a_phone_does_not_scroll_sideways(page, request, which):
    found = request.getfixturevalue(which)
    page.look(PHONE, 740)
    page.open(found / REPORT if which == "run" else found)
    page.run("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    assert page.run("document.documentElement.scrollWidth") <= PHONE
    wide = page.run(
        "[...document.querySelectorAll('main *')].filter(one => !one.closest('.scroll') && "
        f"one.getBoundingClientRect().right > {PHONE} + 1).map(one => one.tagName + one.className)"
    )
    assert wide == []


COLOURS = """(() => {
  const pen = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const rgb = (text) => { pen.clearRect(0, 0, 1, 1); pen.fillStyle = text; pen.fillRect(0, 0, 1, 1);
    return [...pen.getImageData(0, 0, 1, 1).data]; };
  const light = (c) => { const [r, g, b] = c.map((v) => { v /= 255;
    return v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; });
    return .2126 * r + .7152 * g + .0722 * b; };
  const ratio = (a, b) => { const [x, y] = [light(a), light(b)].sort((p, q) => q - p);
    return (x + .05) / (y + .05); };
  const behind = (one) => { for (; one; one = one.parentElement) {
    const c = rgb(getComputedStyle(one).backgroundColor); if (c[3] === 255) return c; } };
  const bars = ['--reduced', '--stable', '--oxidized'].map((name) =>
    rgb(getComputedStyle(document.documentElement).getPropertyValue(name)));
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const one = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || one.closest('script, noscript, .mock-mark')) continue;
    if (!one.getClientRects().length) continue;
    const drawn = one.closest('svg'), style = getComputedStyle(one);
    const ink = rgb(drawn ? style.fill : style.color);
    const onBar = one.closest('[pointer-events=none]') && one.closest('#window-plot');
    const backs = onBar ? bars : [behind(drawn ? drawn.parentElement : one)];
    const least = Math.min(...backs.map((back) => ratio(ink, back)));
    found.push([least, walk.currentNode.data.slice(0, 40)]);
  }
  return found;
})()"""


@pytest.mark.parametrize(
    ("which", "how"),
    [("run", "light"), ("run", "dark"), ("mocked", "light"), ("mocked", "chosen")],
)
def test_all_text_stands_out_in_light_and_dark(page, request, which, how):
    found = request.getfixturevalue(which)
    page.look(dark=how == "dark")
    page.open(found / REPORT if which == "run" else found)
    page.run("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    if how == "chosen":
        page.click("#theme")
        page.click("#theme")
        assert page.text("#theme") == "Theme: dark"
    ground = page.run("getComputedStyle(document.documentElement).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", ground))) < 200) == (how != "light")
    ratios = page.run(COLOURS)
    assert len(ratios) > 100
    assert [one for one in ratios if one[0] < CONTRAST] == []


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
    assert page.run("document.scripts.length") == 2
    assert HOSTILE in page.run("document.querySelector('h1').textContent")
    assert HOSTILE in page.text("#kink")
    assert f"Note of {HOSTILE}" in page.text(".warnings")
    assert HOSTILE in page.run("document.querySelector('table[data-name=minima] td').dataset.v")
    page.focus("#curve-plot svg")
    page.press("ArrowRight")
    page.click("#kinks-block summary")
    page.click("#maps canvas")
    assert page.run("window.hacked") is None
    assert page.complaints() == []


def test_everything_of_a_mocked_run_says_so(page, mocked, tmp_path):
    page.open(mocked)
    assert page.run("document.title").startswith("MOCK ")
    assert page.text("header .mock").startswith("MOCK")
    assert page.text("#answer").startswith("MOCK")
    for card in ("#kink", "#tile", "#stage"):
        assert "MOCK" in page.text(f"{card} .where")
    plots = (
        "[...document.querySelectorAll('.plot > svg')].map(one => one.textContent + one.ariaLabel)"
    )
    drawn = page.run(plots)
    assert len(drawn) >= 7
    assert all("MOCK" in text for text in drawn)
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


def test_the_error_band_has_the_width_of_the_reactants_errors(page, mocked):
    """Partner known to 0.02 eV/atom: at x = 0 the band is 0.04 eV/atom wide, at x = 1 none."""
    page.open(mocked)
    drawn = page.run("document.querySelector('#curve-plot .band').getAttribute('d')")
    points = [[float(v) for v in pair.split(",")] for pair in re.split("[ML]", drawn[:-1]) if pair]
    half = len(points) // 2
    upper, lower = points[:half], points[half:][::-1]
    total = lines(page, "total")[0]
    data = page.run("JSON.parse(document.getElementById('data').textContent).series.curves[0][2]")
    energies = data["kinks"]["reaction_energy_ev_per_atom"]
    pixels = np.polyfit(energies, total[:, 1], 1)[0]
    widths = [(low[1] - high[1]) / pixels for high, low in zip(upper, lower, strict=True)]
    assert math.isclose(abs(widths[0]), 0.04, abs_tol=2e-3)
    assert math.isclose(widths[-1], 0.0, abs_tol=2e-3)
