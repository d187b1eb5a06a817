"""A record gives its result again from itself alone, and says what was changed or has moved."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys

import pytest

from workflows.analyses.curve import prepare_curve
from workflows.analyses.setup import PhaseOptions
from workflows.cli import main
from workflows.runs.record import differences, read_record, replay, write_record

QUESTIONS = {
    "curve": ["curve", "Li2O", "Ti2O3"],
    "open": ["curve", "Li2O", "TiO2", "--open", "Li", "--voltage", "2"],
    "uptake": ["curve", "TiO2", "Li", "--open", "Li", "--voltage", "0.5"],
    "window": ["window", "Li2TiO3", "--reference", "TiO2|LiTiO2"],
    "map": ["map", "Li2O", "TiO2", "--voltage", "1:4"],
    "given": ["curve", "Li2O", "TiO2", "--energy", "Li2O=-1.9", "--exclude", "Li2TiO3"],
}
# Everything that a replay must do without: the network, the phase sets, the systems.
CUT_OFF = """
import socket, sys
import workflows.io.resources, workflows.data.phase_sets, workflows.data.named_materials
def refuse(*args, **kwargs): raise OSError("cut off")
socket.socket = refuse
for module in (workflows.data.phase_sets, workflows.data.named_materials):
    module.inputs = refuse
from workflows.cli import main
main(sys.argv[1:])
"""


@pytest.fixture
def record(toy_csv, tmp_path, capsys):
    def written(name, suffix=".json.gz"):
        path = tmp_path / f"{name}{suffix}"
        main_ok([*QUESTIONS[name], "--phases", str(toy_csv), "--record", str(path)])
        capsys.readouterr()
        return path

    return written


def main_ok(arguments):
    main([str(argument) for argument in arguments])


@pytest.mark.parametrize("name", QUESTIONS)
def test_every_kind_of_result_is_equal_from_its_own_record(record, toy_csv, name):
    path = record(name)
    toy_csv.unlink()
    (again,) = replay(path)
    assert again.differences == ()
    assert again.again == json.loads(gzip.decompress(path.read_bytes()))["answers"][0]["result"]


def test_a_record_with_the_former_key_of_the_surrogate_is_read(record):
    path = record("curve", ".json")
    document = json.loads(path.read_text())
    document["phases"]["stand_in"] = document["phases"].pop("surrogate") + "a remark"
    path.write_text(json.dumps(document))
    (analysis, _), *_ = read_record(path)
    assert analysis.phase_set.surrogate == "a remark"


def test_nothing_else_is_needed_no_network_and_no_other_file(record, tmp_path):
    path = record("window")
    empty = tmp_path / "empty"
    empty.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", CUT_OFF, "replay", str(path)],
        capture_output=True, text=True, cwd=empty, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "equal: 1 of 1 results" in done.stdout


def test_a_changed_result_is_listed_and_fails(record, capsys):
    path = record("curve", ".json")
    data = json.loads(path.read_text())
    data["answers"][0]["result"]["minimum_total"]["reaction_energy_ev_per_atom"] += 1e-6
    path.write_text(json.dumps(data))
    with pytest.raises(SystemExit) as stop:
        main(["replay", str(path)])
    assert stop.value.code == 1
    assert "minimum_total.reaction_energy_ev_per_atom: recorded" in capsys.readouterr().out


def test_changed_phase_energies_are_refused(record, capsys):
    path = record("curve", ".json")
    data = json.loads(path.read_text())
    data["phases"]["energies"][3] += 0.01
    path.write_text(json.dumps(data))
    with pytest.raises(SystemExit) as stop:
        main(["replay", str(path)])
    assert stop.value.code == 2
    assert "phase energies of this record were changed" in capsys.readouterr().err


def test_on_another_set_it_says_what_moved(record, toy_csv, tmp_path, capsys):
    path = record("window")
    newer = tmp_path / "newer.csv"
    newer.write_text(toy_csv.read_text().replace("li2tio3,Li2TiO3,-2.75", "li2tio3,Li2TiO3,-2.85"))
    main_ok(["replay", path, "--phases", newer])
    lines = capsys.readouterr().out.splitlines()
    (reduction,) = [line for line in lines if "reduction_V" in line]
    (again,) = replay(path, str(newer))
    assert again.again["reduction_V"] != again.result["reduction_V"]
    change = again.again["reduction_V"] - again.result["reduction_V"]
    assert f"{change:+.4f}" in reduction


def test_a_given_energy_does_not_move_to_another_scheme(record, toy_csv, capsys):
    path = record("given")
    toy_csv.rename(toy_csv.with_name("other.csv"))
    with pytest.raises(SystemExit) as stop:
        main(["replay", str(path), "--phases", str(toy_csv.with_name("other.csv"))])
    assert stop.value.code == 2
    assert "given energy on the scheme as in toy.csv" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is not a record of a result"),
        ("[]", "is not a record of a result"),
        ('{"format": 99}', "has format 99; this version reads 1"),
        ('{"format": 1, "phases": {}, "answers": []}', "is not a record of a result"),
    ],
)
def test_what_is_no_record_is_refused_in_one_line(tmp_path, capsys, text, message):
    path = tmp_path / "broken.json"
    path.write_text(text)
    with pytest.raises(SystemExit) as stop:
        main(["replay", str(path)])
    assert stop.value.code == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_a_folder_without_a_record_is_refused(tmp_path, capsys):
    with pytest.raises(SystemExit) as stop:
        main(["replay", str(tmp_path)])
    assert stop.value.code == 2
    assert "holds no record.json.gz" in capsys.readouterr().err


def test_one_record_holds_many_questions_and_their_phases_once(toy, tmp_path):
    pairs = [("Li2O", "TiO2"), ("Li2O2", "Ti"), ("LiTiO2", "O2")]
    questions = [prepare_curve(*pair, PhaseOptions(toy)) for pair in pairs]
    path = tmp_path / "many.json"
    write_record(path, [(question, question.run()) for question in questions])
    ids = json.loads(path.read_text())["phases"]["ids"]
    assert len(ids) == len(set(ids)) <= len(toy)
    assert len(read_record(path)) == 3
    assert all(replayed.differences == () for replayed in replay(path))


def test_differences_name_the_place():
    recorded = {"a": [1.0, {"b": "x"}], "c": 2, "provenance": {"python": "3.11"}}
    again = {"a": [1.0 + 1e-6, {"b": "y"}, 3], "c": 2, "provenance": {"python": "3.12"}}
    assert [difference.where for difference in differences(recorded, again)] == [
        "a (number)",
        "a[0]",
        "a[1].b",
    ]
