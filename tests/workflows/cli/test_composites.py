"""``interfaces composite``, job files of composites, their records and reports."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tests.workflows.cli.runner import interfaces, refused
from workflows.analyses.composites import compute_composite, prepare_composite
from workflows.analyses.conditions import Conditions, in_air, read_temperature
from workflows.analyses.registry import ANALYSES, prepare_analysis
from workflows.analyses.setup import PhaseOptions
from workflows.flows.read_job import analyses_job
from workflows.report.page import write_report
from workflows.runs.record import replay, write_record

INPUTS = Path(__file__).resolve().parents[3] / "inputs"


def test_the_verb_gives_products_energies_and_pairs_by_hand(toy_csv):
    # Li2O + TiO2 -> Li2TiO3: -2.75 + (2 + 3) / 2 = -0.25 eV/atom
    words = ("composite", "Li2O=1", "TiO2=1", "--by", "moles", "--phases", toy_csv)
    done = interfaces(*words, "--json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["reaction_energy_ev_per_atom"] == pytest.approx(-0.25)
    assert [product["formula"] for product in result["products"]] == ["Li2TiO3"]
    assert result["products"][0]["g_per_g_of_composite"] == pytest.approx(1)
    assert result["pairs"][0]["mutual_energy_ev_per_atom_of_composite"] == pytest.approx(-0.25)
    rows = list(csv.DictReader(io.StringIO(interfaces(*words, "--csv").stdout)))
    assert [row["part"] for row in rows] == ["material", "material", "product", "pair"]
    joules = 1000 * 6 * -0.25 * 96.485332 / (29.881 + 79.866)
    assert float(rows[-1]["mutual_energy_J_per_g"]) == pytest.approx(joules, rel=1e-3)


def test_moles_and_masses_mean_the_same(toy_csv):
    options = PhaseOptions(phases=str(toy_csv))
    moles = prepare_composite({"Li2O": 2, "TiO2": 1}, options, by="moles")
    masses = dict(zip(("Li2O", "TiO2"), moles.masses, strict=True))
    assert compute_composite(masses, options) == moles.run()
    assert moles.run().components[0].remaining == pytest.approx(0.5)  # half of the Li2O


@pytest.mark.parametrize(
    ("words", "word"),
    [
        (["Li2O"], "not an amount"),
        (["Li2O=1"], "two or more"),
        (["Li2O=1", "TiO2=0"], "positive"),
        (["Li2O=1", "TiO2=much"], "not an amount"),
        (["Li2O=1", "Li2O=2"], "twice"),
        (["Li2O=1", "TiO2=1", "--temperature", "warm"], "temperature"),
        (["Li2O=1", "TiO2=1", "--gas", "air"], "--temperature"),
    ],
)
def test_what_is_no_composite_is_refused_in_one_line(words, word, toy_csv):
    refused(interfaces("composite", *words, "--phases", toy_csv), word)


@pytest.mark.parametrize(
    ("text", "kelvin"), [("700C", 973.15), ("973K", 973.0), ("973", 973.0), ("-10 C", 263.15)]
)
def test_temperatures_have_units(text, kelvin):
    assert read_temperature(text) == pytest.approx(kelvin)


def test_air_is_oxygen_at_its_partial_pressure():
    assert in_air(("Li",), ("air", "CO2=0.1")) == (("Li", "O"), ("O2=0.21", "CO2=0.1"))
    conditions = Conditions(opened=("O",), pressures=(("O2", 0.21),), temperature=973.15)
    spec = analyses_job(INPUTS / "composites_cofired.yaml").specs()[0]
    assert spec.conditions == conditions


def test_a_job_of_composites_writes_every_result_and_is_replayed(tmp_path, toy_csv):
    job = tmp_path / "mixed.yaml"
    job.write_text(
        f"name: mixed\nphases: {toy_csv}\nanalyses:\n"
        "  - {composite: {Li2O: 3, TiO2: 4, Ti: 1}}\n"
        "  - {composite: {Li2O: 1, TiO2: 1}, by: moles, open: [Li], voltage: 2.0}\n"
    )
    done = interfaces("run", job, "--out", tmp_path)
    assert done.returncode == 0, done.stderr
    names = ("composite_Li2O_TiO2_Ti", "composite_Li2O_TiO2_2V")
    for name in names:
        for suffix in (".json", ".csv", ".png", ".pdf", ".data.csv"):
            assert (tmp_path / "mixed" / f"{name}{suffix}").stat().st_size > 0
    assert not any(result.differences for result in replay(tmp_path / "mixed"))
    page = write_report(tmp_path / "mixed", more=False).read_text()
    assert page.count("-pairs") >= 2
    assert "Equilibrium of a composite of Li2O, TiO2 and Ti" in page


@pytest.mark.parametrize(
    "keys",
    ["composite: [Li2O, TiO2]", "composite: {Li2O: much, TiO2: 1}",
     "composite: {Li2O: 1, TiO2: 1}, by: volume", "composite: {Li2O: 1, TiO2: 1}, map: 1"],
)  # fmt: skip
def test_a_mistake_in_a_job_is_one_line(keys, tmp_path, toy_csv):
    job = tmp_path / "job.yaml"
    job.write_text(f"name: job\nphases: {toy_csv}\nanalyses:\n  - {{{keys}}}\n")
    refused(interfaces("run", job, "--out", tmp_path / "out"), "job.yaml")
    assert not (tmp_path / "out").exists()


def test_a_replay_on_other_energies_shows_the_change(tmp_path, toy_csv):
    analysis = prepare_composite({"Li2O": 3, "TiO2": 8}, PhaseOptions(phases=str(toy_csv)))
    write_record(tmp_path / "record.json", [(analysis, analysis.run())])
    other = tmp_path / "other.csv"
    other.write_text(Path(toy_csv).read_text().replace("-2.75", "-2.8"))
    (result,) = replay(tmp_path / "record.json", phases=str(other))
    assert result.differences
    for path in ANALYSES[result.kind].compared:
        assert result.again[path] < result.result[path]


def test_the_published_composites_are_prepared():
    for name in ("composites", "composites_cofired"):
        for spec in analyses_job(INPUTS / f"{name}.yaml").specs():
            analysis = prepare_analysis(spec)
            assert analysis.title().startswith("Equilibrium of a composite of")
