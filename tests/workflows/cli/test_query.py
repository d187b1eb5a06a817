"""Finished runs answer questions, also those that nobody asked when they were made."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from interfaces.errors import InputError
from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.reactants import reactant
from interfaces.phases.reservoirs import at_voltage
from interfaces.reactivity.mixing_curve import mixing_curve
from workflows.analyses.curve import prepare_curve
from workflows.analyses.setup import PhaseOptions
from workflows.cli import main
from workflows.runs.query import COLUMNS, query, rows
from workflows.runs.record import write_record

ROOT = Path(__file__).resolve().parents[3]
REFERENCE = ROOT / "results" / "reference"


@pytest.fixture
def record(toy, tmp_path):
    """Two pairs in one record: one with lithium, one without."""
    questions = [
        prepare_curve(*pair, PhaseOptions(toy)) for pair in (("Li2O", "TiO2"), ("Ti", "O2"))
    ]
    path = tmp_path / "runs" / "one" / "record.json.gz"
    write_record(path, [(question, question.run()) for question in questions])
    return path


def test_every_state_of_charge_at_a_voltage_as_a_table():
    frame = query(REFERENCE, "NCM811", "LPSCl", voltage=4.3)
    assert frame["x"].tolist() == [x / 10 for x in range(10, -1, -1)]
    assert set(frame["voltage_V"]) == {4.3}
    assert set(frame["basis"]) == {"per_nonopen_atom"}
    assert list(frame.columns) == list(COLUMNS)
    # The same electrolyte is oxidized, so the mutual energy does not know the state of charge.
    assert frame["minimum_mutual"].max() - frame["minimum_mutual"].min() < 1e-9


def test_a_recorded_curve_comes_back_as_it_was(record, toy):
    (row,) = rows(record.parents[1], "TiO2", "Li2O")
    curve = mixing_curve(toy, reactant(toy, "Li2O"), reactant(toy, "TiO2"))
    assert row["minimum_total"] == curve.minimum_total.total
    assert row["reaction_total"] == "Li2O + TiO2 -> Li2TiO3"
    assert row["basis"] == "per_atom"
    assert row["x"] == 2.0


def test_a_voltage_is_answered_from_the_record_alone(record, toy):
    (row,) = rows(record, "Li2O", voltage=3.0)
    pair = reactant(toy, "Li2O"), reactant(toy, "TiO2")
    curve = mixing_curve(toy, *pair, open_elements=[at_voltage("Li", 3.0)])
    assert row["minimum_total"] == pytest.approx(curve.minimum_total.total_per_nonopen_atom)


def test_what_the_record_has_no_phases_for_is_refused(record):
    """Ti | O2 opened to lithium needs Li-Ti-O phases of its own question; here another has them."""
    assert rows(record, "Ti", "O2", voltage=1.0)  # covered by Li2O | TiO2 in the same record
    alone = record.with_name("record.json.gz").parent / "alone.json"
    small = PhaseSet.from_rows(
        [("a", "Ti", 0.0), ("b", "O2", 0.0), ("c", "TiO2", -3.0)], scheme="made up"
    )
    question = prepare_curve("Ti", "O2", PhaseOptions(small))
    write_record(alone, [(question, question.run())])
    with pytest.raises(InputError, match="holds no phases over Li-O-Ti"):
        rows(alone, voltage=1.0)


@pytest.mark.parametrize(
    ("names", "message"),
    [(("LGPS",), "no curve of LGPS"), (("Li2O", "Ti"), "no curve of Li2O and Ti")],
)
def test_a_pair_that_is_not_there_is_named(record, names, message):
    with pytest.raises(InputError, match=message):
        rows(record, *names)


def test_command_line(record, capsys):
    main(["query", str(record), "Li2O", "--json"])
    (row,) = json.loads(capsys.readouterr().out)
    assert row["reactant_2"] == "TiO2"
    main(["query", str(record), "--csv"])
    assert len(capsys.readouterr().out.splitlines()) == 3
    main(["query", str(record), "Li2O"])
    assert "minimum mutual" in capsys.readouterr().out
    with pytest.raises(SystemExit) as stop:
        main(["query", str(record.parent / "nothing")])
    assert stop.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1
