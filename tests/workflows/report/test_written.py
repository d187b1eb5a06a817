"""What is written, without a browser."""

from __future__ import annotations

import json
import re

import pytest

from interfaces.errors import InputError
from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.reactants import reactant
from tests.workflows.cli.runner import interfaces, refused
from tests.workflows.report.records import a_record, questions
from workflows.analyses.analysis import MINUS
from workflows.analyses.curve import CurveAnalysis
from workflows.report.extra_analyses import compute
from workflows.report.map_panels import edge_reactions
from workflows.report.page import write_report
from workflows.report.read_run import read_run
from workflows.report.text import findings, title, warnings
from workflows.runs.record import write_record


def block(path):
    """The data that the script of a page reads."""
    matches = re.findall(
        r'<script type="application/json" id="data">(.*?)</script>', path.read_text(), re.DOTALL
    )
    assert len(matches) == 1
    return json.loads(matches[0])


@pytest.mark.parametrize(
    ("kind", "asks", "says"),
    [
        ("curve", "TiO2 with Li2O", f"{MINUS}0.250 eV/atom"),
        ("open", "(Li at 2.5 V)", "per non-open atom"),
        ("uptake", "TiO2 in contact with Li at 0.5 V", "takes up"),
        ("window", "window of Li2O against Li", "from 0.00 V to 2.80 V"),
        ("map", "TiO2 with Li2O at each voltage", "most strongly"),
        ("charging", "Host with Li2O while it is charged", "most strongly"),
    ],
)
def test_every_kind_of_record_becomes_a_page_with_question_and_answer(
    kind, asks, says, toy, tmp_path
):
    analyses = questions(toy)[kind]
    write_record(tmp_path / "one.json.gz", [(analyses, analyses.run())])
    written = write_report(tmp_path / "one.json.gz")
    assert written == tmp_path / "one.html"
    contents = read_run(tmp_path / "one.json.gz")
    assert asks in title(contents)
    assert says in " ".join(findings(contents))
    data = block(written)
    names = {panel["name"].partition("-")[0] for panel in data["panels"]}
    assert ("curves" in names) == (kind in ("curve", "open"))
    assert ("uptakes" in names) == (kind == "uptake")
    assert ("maps" in names) == (kind not in ("uptake", "window"))
    assert ("charging" in names) == (kind == "charging")
    assert "windows" in names


def test_what_was_not_asked_for_can_be_left_out(toy, tmp_path):
    analyses = questions(toy)
    write_record(tmp_path / "c.json", [(analyses["curve"], analyses["curve"].run())])
    write_record(tmp_path / "w.json", [(analyses["window"], analyses["window"].run())])
    for name, panels in (("c", ["curves"]), ("w", ["windows"])):
        data = block(write_report(tmp_path / f"{name}.json", more=False))
        assert [panel["name"] for panel in data["panels"]] == panels


def test_the_same_record_gives_the_same_bytes(toy, tmp_path):
    record = a_record(tmp_path / "one.json.gz", toy)
    first = write_report(record).read_bytes()
    assert write_report(record, tmp_path / "again.html").read_bytes() == first


def test_reactions_at_the_edges_of_a_map_are_those_of_open_curves(run):
    """The report balances each edge from its tile's products; the kernel walks the curve."""
    contents = read_run(run)
    compared = 0
    for shown in compute(contents).maps:
        bounds, reactions = shown.map.bounds, edge_reactions(shown.map)
        for voltage in (0.37, 1.71, 2.93, 3.84, 4.61):
            rows = [k for k, b in enumerate(bounds) if b[2] < voltage < b[3]]
            for kink in shown.map.curve_at(contents.phase_set, voltage).kinks:
                for k in rows:
                    for side in (0, 1):
                        if abs(bounds[k, side] - kink.nonopen_fraction) < 1e-9:
                            assert reactions[k][side] == kink.reaction
                            compared += 1
    assert compared > 200


def test_what_cannot_be_computed_is_said(tmp_path):
    """Without lithium among the phases there is no window and no map against it."""
    rows = [("a", "Ti", 0.0), ("b", "O2", 0.0), ("c", "C", 0.0), ("d", "TiO2", -3.0)]
    phases = PhaseSet.from_rows([*rows, ("e", "TiC", -0.9)], scheme="made up", source="toy")
    analysis = CurveAnalysis(phases, reactant(phases, "TiC"), reactant(phases, "O2"), (), {})
    write_record(tmp_path / "one.json", [(analysis, analysis.run())])
    contents = read_run(tmp_path / "one.json")
    extras = compute(contents)
    assert not extras.windows
    assert not extras.maps
    said = [line for line in warnings(contents, extras) if line.startswith("Not computed")]
    assert {line.split(":")[1].strip() for line in said} == {
        "window of TiC", "window of O2", "map of TiC with O2",
    }  # fmt: skip
    assert all("Li" in line for line in said)


def test_the_answer_ranks_partners_at_both_ends_of_the_series(run):
    """By hand from minima.csv: order at x = 0, then at x = 1."""
    import csv

    with (run / "minima.csv").open() as file:
        rows = list(csv.DictReader(file))
    text, *_ = findings(read_run(run))
    for x, sentence in zip(("0.0", "1.0"), text.split(". ")[:2], strict=True):
        order = sorted(
            (float(row["minimum_mutual_ev_per_atom"]), row["electrolyte"])
            for row in rows
            if row["x"] == x
        )
        places = [sentence.index(name) for _, name in order]
        assert places == sorted(places)
        for energy, _ in order:
            assert f"{MINUS}{-energy:.3f}" in sentence


def test_the_warnings_name_the_surrogate_the_gases_and_what_is_never_seen(run):
    contents = read_run(run)
    text = "\n".join(warnings(contents, compute(contents, more=False)))
    every = [result for _, result in contents.answers]
    odd = {
        name
        for document in every
        for kink in document["kinks"]
        for name in kink["suspect_products"]
    }
    assert odd
    assert contents.phase_set.surrogate in text
    for name in odd:
        count = sum(any(name in k["suspect_products"] for k in item["kinks"]) for item in every)
        assert f"{name} ({count})" in text
    gas = {name for entry in every for name in entry["minimum_mutual"]["gases"]}
    assert gas
    assert all(f"{name} (" in text for name in gas)


def test_a_damaged_table_beside_the_record_is_named(run, tmp_path):
    import shutil

    copy = shutil.copytree(run, tmp_path / "copy")
    (copy / "models.csv").write_text("electrolyte,model\nLPSCl\n")
    with pytest.raises(InputError, match=r"models\.csv is not a complete table"):
        read_run(copy)


def test_the_verb_writes_beside_the_record_and_refuses_in_one_line(toy, tmp_path):
    record = a_record(tmp_path / "one.json.gz", toy)
    done = interfaces("report", record, "--no-extra")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "one.html").is_file()
    assert str(tmp_path / "one.html") in done.stdout
    refused(interfaces("report", tmp_path / "nothing"), "nothing", "does not exist")
    refused(interfaces("report", tmp_path), "record.json.gz")
