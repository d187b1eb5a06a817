"""The page of every job file, of a screen and of an MD analysis, in one Chromium."""

from __future__ import annotations

import csv
import json

import pytest

from workflows.io.resources import inputs
from workflows.report.page import write_report
from workflows.runs import analyses, cathode_series
from workflows.runs.record import read_record
from workflows.runs.run_file import run

#: Job files that need no calculator; those that do are run in full.
QUICK = ("composites", "composites_cofired", "cosintering", "halide", "latp_anodes", "lco_lpscl",
         "thiophosphates", "windows")  # fmt: skip
CALCULATED = ("ncm811_small", "md_LCO_LPSCl", "md_CoO_LPSCl")
NOT_JOBS = ("coatings", "published", "systems")
EMPTY = """[...document.querySelectorAll('.plot')].filter(one =>
  !one.querySelector('.trace, .bars path, .heatmaplayer image, .hm image')).map(one => one.id)"""


def checked(page, path):
    """Open a page: no complaint, no empty plot, no fault, no overflow on a phone."""
    page.open(path)
    assert page.complaints() == []
    assert page.run("document.querySelectorAll('.plot').length") > 0
    assert page.run(EMPTY) == []
    assert page.run("[...document.querySelectorAll('.fault')].map(one => one.textContent)") == []
    page.look(360, 740)
    assert page.run("document.documentElement.scrollWidth") <= 360
    page.look()


def plots(page):
    """Every trace of every plot as it is in the page, selected or not."""
    data = page.run("document.getElementById('data').textContent")
    panels = json.loads(data)["panels"]
    return {
        p["name"]: [{**p["common"], **t} for t in p["data"]] for q in panels for p in q["plots"]
    }


def test_every_job_file_is_tested():
    jobs = {path.stem for path in inputs().glob("*.yaml")}
    assert jobs == {*QUICK, *CALCULATED, *NOT_JOBS, "ncm811"}  # ncm811: test_page.py


@pytest.mark.parametrize("name", QUICK)
def test_the_page_of_a_job_file(page, tmp_path, monkeypatch, name):
    monkeypatch.setattr(analyses, "save_side_by_side", lambda *_: None)
    run(inputs() / f"{name}.yaml", out=tmp_path)
    checked(page, write_report(tmp_path / name))
    shown = plots(page)
    lines = [trace["y"] for traces in shown.values() for trace in traces if "y" in trace]
    for analysis, result in read_record(tmp_path / name):
        if analysis.kind == "curve":
            atom = "nonopen_atom" if result["basis"] == "per_nonopen_atom" else "atom"
            for word in ("reaction", "mutual"):
                assert [k[f"{word}_energy_ev_per_{atom}"] for k in result["kinks"]] in lines
        if analysis.kind == "uptake":
            assert [p["reaction_energy_ev_per_formula"] for p in result["points"]] in lines
        if analysis.kind == "window":
            (bars,) = [t for t in shown["windows"] if t["type"] == "bar"]
            lows = [s["from_V"] for s in result["stages"] if s["from_V"] <= 5]
            start = bars["base"].index(lows[0])
            assert set(lows) <= set(bars["base"][start:])
        if analysis.kind == "charging":
            z = [t["z"] for name in shown for t in shown[name] if name.startswith("charging")
                 and t["type"] == "heatmap"]  # fmt: skip
            assert [list(column) for column in zip(*result["minimum_mutual"], strict=True)] in z
        if analysis.kind == "coatings":
            points = [t["x"] for n in shown for t in shown[n] if n.startswith("coatings_")
                      and t.get("mode") == "markers"]  # fmt: skip
            drawn = [row for row in result["coatings"] if row["electrolyte"]][: len(points[0])]
            energies = [
                1000 * row["electrolyte"]["minimum_mutual"]["mutual_energy_ev_per_atom"]
                for row in drawn
            ]
            assert any(points_of == pytest.approx(energies) for points_of in points)
        if analysis.kind == "composite":
            masses = [100 * c["mass_fraction"] for c in result["components"]]
            assert masses in [t.get("x") for traces in shown.values() for t in traces]


@pytest.mark.parametrize("name", CALCULATED)
def test_the_page_of_a_calculated_job(page, tmp_path, monkeypatch, full, name):
    if not full:
        pytest.skip("minutes; --full")
    monkeypatch.setattr(cathode_series, "save_side_by_side", lambda *_: None)
    folder = run(inputs() / f"{name}.yaml", out=tmp_path, calculator="mock")
    checked(page, write_report(folder))


def test_the_page_of_a_screen_has_the_energies_of_its_table(page, tmp_path):
    pytest.importorskip("numba")
    from tests.workflows.cli.runner import interfaces

    (tmp_path / "cathodes.txt").write_text("LCO\nLNiO\n")
    (tmp_path / "electrolytes.txt").write_text("LPSCl\nLLZO\nLIC\n")
    done = interfaces(
        "screen", "--cathodes", tmp_path / "cathodes.txt", "--electrolytes",
        tmp_path / "electrolytes.txt", "--out", tmp_path / "screen",
        "--table", tmp_path / "pairs.csv",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    checked(page, write_report(tmp_path / "screen"))
    (trace,) = plots(page)["screen"]
    with (tmp_path / "pairs.csv").open() as file:
        rows = list(csv.DictReader(file))
    key = "reaction_energy_mutual_ev_per_atom"
    energies = sorted(1000 * float(row[key]) for row in rows)
    drawn = sorted(energy for row in trace["z"] for energy in row)
    assert drawn == pytest.approx(energies, abs=1e-3)
    row = min(rows, key=lambda row: float(row[key]))
    assert row["cathode"] in page.text("#card-screen")


def test_the_page_of_an_md_analysis_has_the_numbers_of_its_figure(page, tmp_path):
    folder = tmp_path / "dynamics"
    folder.mkdir()
    head = "panel,series,x_axis,x,y_axis,y,value\n"
    rows = [f"1,new Co-S,time (ps),{t / 10},bonds,{t},\n" for t in range(5)]
    (folder / "trajectory.data.csv").write_text(head + "".join(rows))
    summary = {"frames": 5, "duration_fs": 400.0, "sides": {"LiCoO2": 4, "Li3PS4": 8},
               "bonds": {"Co-S": {"new_after": 4, "lost_after": 0}}}  # fmt: skip
    (folder / "summary.json").write_text(json.dumps(summary))
    checked(page, write_report(folder))
    (trace,) = plots(page)["panel-1"]
    assert trace["y"] == [0, 1, 2, 3, 4]
    assert "Co-S (4)" in page.text("#answer")
