"""The main job computes its curves twice: on the energies of the set, and on measured ones."""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path

import pytest

from interfaces.errors import NoOwnEntryError
from workflows.analyses.curve import compute_curve
from workflows.analyses.setup import PhaseOptions
from workflows.flows.read_job import cathode_job
from workflows.runs.calculated_series_results import curves_of
from workflows.runs.record import replay
from workflows.runs.run_file import run, run_flow_of

JOB = """name: small
cathode: NCM811
lithium: [0.5]
electrolytes: [LiTFSI, ECA]
phases: sevennet-l3i5
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of a small job."""
    out = tmp_path_factory.mktemp("results")
    (out / "job.yaml").write_text(JOB, encoding="utf-8")
    run(out / "job.yaml", out=out)
    return out / "small"


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_both_columns_are_in_the_tables(folder: Path) -> None:
    minima = {row["electrolyte"]: row for row in rows(folder / "minima.csv")}
    models = {(row["electrolyte"], row["model"]): row for row in rows(folder / "models.csv")}
    for electrolyte, row in minima.items():
        measured = float(row["minimum_total_measured_ev_per_atom"])
        assert measured != pytest.approx(float(row["minimum_total_ev_per_atom"]), abs=1e-3)
        model = models[electrolyte, "measured"]
        assert float(model["minimum_total_ev_per_atom"]) == measured
        assert (
            model["cathode_energy_ev_per_atom"]
            == models[electrolyte, "calculated"]["cathode_energy_ev_per_atom"]
        )  # the oxide has one energy


def test_every_kind_of_energies_has_a_band_and_a_probability(folder: Path) -> None:
    ranking = rows(folder / "ranking.csv")
    assert [row["energies"] for row in ranking] == ["uncorrected", "measured", "pymatgen"]
    record = json.loads(gzip.decompress((folder / "record.json.gz").read_bytes()))
    assert [{key: str(value) for key, value in row.items()} for row in record["ranking"]] == ranking
    by_name = {row["energies"]: float(row["probability_first_milder"]) for row in ranking}
    # NCM811@0.5: by measured enthalpies and at hull energies ECA is milder than LiTFSI
    assert by_name["measured"] < 0.1
    assert by_name["pymatgen"] < 0.1
    for row in rows(folder / "minima.csv"):
        low, high = (float(row[f"{end}_total_measured_ev_per_atom"]) for end in ("low", "high"))
        assert low < float(row["minimum_total_measured_ev_per_atom"]) + 0.02
        assert 0.001 < high - low < 0.2
    models = {(row["electrolyte"], row["model"]): row for row in rows(folder / "models.csv")}
    assert float(models["ECA", "pymatgen"]["uncertainty_total_ev_per_atom"]) > 0
    assert (folder / "figures" / "ranking.png").is_file()


def test_the_column_equals_curves_with_the_option(folder: Path) -> None:
    curve = compute_curve("NCM811@0.5", "ECA", PhaseOptions(correction="measured"))
    row = next(r for r in rows(folder / "minima.csv") if r["electrolyte"] == "ECA")
    assert curve.minimum_total.total == pytest.approx(
        float(row["minimum_total_measured_ev_per_atom"]), abs=1e-9
    )


def test_headline_says_what_each_gives(folder: Path) -> None:
    provenance = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    text = " ".join(provenance["headline"])
    assert all(word in text for word in ("measured", "uncorrected", "ECA"))
    assert "CO2" in provenance["measured"]["energies"]


def test_corrections_are_listed_with_source_and_uncertainty(folder: Path) -> None:
    listed = {row["formula"]: row for row in rows(folder / "corrections.csv")}
    assert float(listed["CO2"]["corrected_ev_per_atom"]) == pytest.approx(-393.474 / 96.4853 / 3)
    assert listed["CO2"]["source"].startswith("ATCT_G")
    assert float(listed["CO2"]["uncertainty_ev_per_atom"]) > 0
    assert listed["Li2CO3"]["uncertainty_ev_per_atom"] == ""
    assert listed["NiCO3"]["source"] == "fitted CO3"


def test_the_column_replays_from_its_own_record(folder: Path) -> None:
    replayed = replay(folder / "measured")
    assert len(replayed) == 2
    assert not any(result.differences for result in replayed)


def test_a_corrected_job_has_the_uncorrected_column(tmp_path: Path) -> None:
    path = tmp_path / "job.yaml"
    path.write_text(JOB.replace("LiTFSI, ", "") + "correction: measured\n", encoding="utf-8")
    assert cathode_job(path).correction == "measured"
    curves = curves_of(run_flow_of(path, out=tmp_path)[1])
    (row,) = rows(tmp_path / "small" / "minima.csv")
    assert float(row["minimum_total_ev_per_atom"]) == curves["ECA"][0.5].minimum_total.total
    assert "minimum_total_uncorrected_ev_per_atom" in row


def test_an_own_entry_without_a_measurement_is_refused() -> None:
    options = PhaseOptions(correction="measured", energies=("LiTFSI=own",))
    with pytest.raises(NoOwnEntryError, match="measured"):
        compute_curve("NCM811@0.5", "LiTFSI", options)
