"""Stored results as a table: from the index of a record, from the record, from a job store."""

from __future__ import annotations

import gzip
import json
import shutil
from pathlib import Path

import pytest

from interfaces.errors import InputError
from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.reactants import reactant
from interfaces.phases.reservoirs import at_voltage
from interfaces.reactivity.mixing_curve import mixing_curve
from workflows.analyses.composites import prepare_composite
from workflows.analyses.conditions import Conditions
from workflows.analyses.curve import CurveAnalysis, CurveSpec, prepare_curve
from workflows.analyses.maps import prepare_map
from workflows.analyses.setup import PhaseOptions
from workflows.analyses.window import WindowSpec, prepare_window
from workflows.cli import main
from workflows.io.checksums import with_checksum
from workflows.runs import stored_results
from workflows.runs.query import COLUMNS, HEADLINE_COLUMNS, query, rows
from workflows.runs.record import write_record
from workflows.runs.record_index import INDEX

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


# ------------------------------------------------------------------------- the index


@pytest.fixture
def run(toy, tmp_path):
    """A run's folder with a curve closed and at 3 V, an uptake, a window, a map and a composite."""
    options = PhaseOptions(toy)
    at_3 = Conditions(opened=("Li",), voltage=3.0)
    analyses = [
        prepare_curve("Li2O", "TiO2", options),
        prepare_curve("Li2O", "TiO2", options, at_3),
        prepare_curve("Li", "TiO2", options, Conditions(opened=("Li",), voltage=1.0)),
        prepare_window("Li2TiO3", options),
        prepare_map("Li2O", "TiO2", source=options),
        prepare_composite({"Li2O": 1.0, "TiO2": 2.0, "Ti": 1.0}, options),
    ]
    path = tmp_path / "runs" / "all" / "record.json.gz"
    write_record(path, [(analysis, analysis.run()) for analysis in analyses])
    return path


def no_reading(*arguments):
    raise AssertionError("the record was read")


@pytest.mark.parametrize("kind", ["curve", "uptake", "window", "map", "composite"])
def test_the_index_holds_what_the_record_gives(run, kind, monkeypatch):
    by_record = shutil.copytree(run.parent, run.parents[1] / "no index")
    (by_record / INDEX).unlink()
    computed = [{**row, "record": ""} for row in rows(by_record, kind=kind)]
    monkeypatch.setattr(stored_results, "read_record", no_reading)
    assert [{**row, "record": ""} for row in rows(run.parent, kind=kind)] == computed
    assert [*computed[0]] == [*(COLUMNS if kind == "curve" else HEADLINE_COLUMNS)]


def edited(**changes):
    """Another energy or other keys, with a checksum that is right."""

    def edit(path):
        content = json.loads(path.read_text())
        content.pop("seal")
        content["answers"][0]["curve"]["minimum_total"] -= 1.0
        path.write_text(with_checksum(json.dumps(content | changes)))

    return edit


def with_a_digit_changed(path):
    path.write_text(path.read_text().replace('"minimum_total": -0', '"minimum_total": -7'))


def without_checksum(path):
    edited()(path)
    content = json.loads(path.read_text())
    content.pop("seal")
    path.write_text(json.dumps(content))


DAMAGES = {
    "cut short": lambda path: path.write_bytes(path.read_bytes()[:200]),
    "empty": lambda path: path.write_text(""),
    "a digit": with_a_digit_changed,
    "no checksum": without_checksum,
    "another version": edited(format=0),
    "another form": edited(answers=3),
    "of another record": edited(record_sha256="0" * 64),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_a_damaged_index_is_never_used(run, damage):
    expected = rows(run)
    before = (run.parent / INDEX).read_bytes()
    damage(run.parent / INDEX)
    assert (run.parent / INDEX).read_bytes() != before
    assert rows(run) == expected


def test_an_index_of_an_earlier_record_is_not_used(run):
    """The record was replaced by hand; the index beside it is of the one before."""
    data = json.loads(gzip.decompress(run.read_bytes()))
    data["answers"] = data["answers"][1:2]
    run.write_bytes(gzip.compress(json.dumps(data).encode()))
    assert [row["voltage_V"] for row in rows(run)] == [3.0]
    run.write_bytes(run.read_bytes()[:50])
    with pytest.raises(InputError, match="record"):
        rows(run)


def test_a_query_writes_nothing(run):
    (run.parent / INDEX).unlink()
    before = sorted(run.parent.iterdir())
    rows(run.parent, voltage=[2.0, 4.0])
    assert sorted(run.parent.iterdir()) == before


# ------------------------------------------------------------------------- what is selected


def test_only_a_voltage_that_is_not_stored_is_computed(run, monkeypatch):
    computed = []
    curve = CurveAnalysis.curve

    def counted(analysis):
        computed.append(analysis.open_elements[0].voltage)
        return curve(analysis)

    monkeypatch.setattr(CurveAnalysis, "curve", counted)
    table = rows(run, "TiO2", "Li2O", voltage=[3.0, 4.0])
    assert [row["voltage_V"] for row in table] == [3.0, 4.0]
    assert computed == [4.0]
    monkeypatch.setattr(stored_results, "read_record", no_reading)
    assert rows(run, voltage=3.0) == table[:1]


@pytest.mark.parametrize("kind", ["composite", "uptake"])
def test_other_kinds_are_computed_at_a_voltage_too(run, kind):
    stored = rows(run, kind=kind)
    opened = rows(run, kind=kind, voltage=2.0)
    assert {row["voltage_V"] for row in opened} == {2.0}
    assert opened[0]["value"] != stored[0]["value"]


@pytest.mark.parametrize("kind", ["window", "map"])
def test_a_kind_that_covers_every_voltage_takes_none(run, kind):
    with pytest.raises(InputError, match="voltage"):
        rows(run, kind=kind, voltage=2.0)


@pytest.mark.parametrize(
    ("names", "contents"),
    [
        (("NCM811@0.5", "LPSCl"), [0.5]),
        (("LPSCl", "NCM811@0.50"), [0.5]),
        (("NCM811 (x = 0.5)", "Li6PS5Cl"), [0.5]),
        (("Li0.5Ni0.8Co0.1Mn0.1O2", "ClS5PLi6"), [0.5]),
        (("NCM811", "NCM811"), []),
        (("NCM622@0.5",), []),
    ],
)
def test_names_formulas_and_contents(names, contents):
    if not contents:
        with pytest.raises(InputError, match=names[0]):
            rows(REFERENCE, reactants=names)
        return
    table = rows(REFERENCE, reactants=names)
    assert [row["x"] for row in table] == contents
    assert {row["reactant_2"] for row in table} == {"LPSCl"}


def test_contents_and_schemes():
    table = rows(REFERENCE, "LPSCl", x=[1, 0.3])
    assert [row["x"] for row in table] == [1.0, 0.3]
    scheme = table[0]["scheme"]
    assert rows(REFERENCE, "LPSCl", x=0.3, scheme=scheme[:6].upper()) == table[1:]
    for wrong in ({"x": 0.35}, {"scheme": "r2SCAN"}, {"kind": "window"}):
        with pytest.raises(InputError, match="no "):
            rows(REFERENCE, "LPSCl", **wrong)
    for wrong in ({"x": "a half"}, {"voltage": ["high"]}, {"kind": "curves"}):
        with pytest.raises(InputError, match=str(next(iter(wrong)))):
            rows(REFERENCE, "LPSCl", **wrong)


def test_command_line_of_other_kinds(run, capsys):
    main(["query", str(run), "--kind", "window", "--json"])
    reduction, oxidation = json.loads(capsys.readouterr().out)
    assert reduction["quantity"] == "reduction limit"
    assert oxidation["value"] > reduction["value"]
    main(["query", str(run), "--kind", "window"])
    assert "oxidation" in capsys.readouterr().out
    main(["query", str(run), "--voltage", "2", "--voltage", "3", "--csv"])
    assert len(capsys.readouterr().out.splitlines()) == 3


# ------------------------------------------------------------------------- job stores


@pytest.fixture
def store(toy_csv, tmp_path, monkeypatch):
    """A job store with a curve, twice, a window, and an output that is not a result."""
    jobflow = pytest.importorskip("jobflow", reason="jobflow is not installed")
    from maggma.stores import MemoryStore

    from workflows.flows.analysis_makers import job_of

    monkeypatch.chdir(tmp_path)
    curve = CurveSpec(curve=("Li2O", "TiO2"), phases=str(toy_csv))
    window = WindowSpec(window="Li2TiO3", phases=str(toy_csv))
    jobs = [job_of(spec) for spec in (curve, curve, window)]
    job_store = jobflow.JobStore(MemoryStore(), additional_stores={"data": MemoryStore()})
    for job in (*jobs, jobflow.job(dict)(energy=1.0)):
        jobflow.run_locally(job, store=job_store, log=False)
    return job_store


def test_a_job_store_answers_as_a_folder_does(store, run):
    (row,) = rows(store, "TiO2", "Li2O")
    (recorded,) = (row for row in rows(run) if row["voltage_V"] is None)
    for key in ("minimum_total", "reaction_mutual", "x", "basis"):
        assert row[key] == recorded[key]
    assert len(query(store, kind="window")) == 2
    with pytest.raises(InputError, match="without its phases"):
        rows(store, voltage=3.0)


def test_what_is_no_store_is_refused(tmp_path):
    with pytest.raises(InputError, match="job store"):
        rows(3)
    file = tmp_path / "store.yaml"
    file.write_text("docs_store: {type: NoStore}")
    with pytest.raises(InputError, match="job store"):
        rows(file)


def test_the_file_of_a_job_store(tmp_path, store, capsys):
    from monty.serialization import dumpfn

    path = tmp_path / "documents.json"
    documents = [
        {key: value for key, value in document.items() if key != "_id"}
        for document in store.query({}, load=True)
    ]
    dumpfn(documents, path)
    config = {"docs_store": {"type": "JSONStore", "paths": str(path), "key": "uuid"}}
    (tmp_path / "store.yaml").write_text(json.dumps(config))
    main(["query", str(tmp_path / "store.yaml"), "--kind", "window", "--json"])
    assert len(json.loads(capsys.readouterr().out)) == 2
