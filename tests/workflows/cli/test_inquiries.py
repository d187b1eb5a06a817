"""Jobs of questions: one folder with every answer, and one clear line for each mistake."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from tests.workflows.cli.runner import interfaces, refused

JOB = """\
name: toys
phases: {phases}
questions:
  - {{curve: [Li2O, TiO2]}}
  - {{curve: [Li2O, TiO2], open: [Li], voltage: 2.0}}
  - {{curve: [Li, TiO2], open: [Li], voltage: 0, as: uptake}}
  - {{window: Li2TiO3}}
  - {{map: [Li2O, TiO2], voltages: "0:3"}}
  - {{coatings: [LiTiO2, Li2O], candidates: [{listed}]}}
"""


@pytest.fixture
def job(tmp_path, toy_csv):
    (tmp_path / "names.txt").write_text("TiO2\nLi2TiO3\n")
    path = tmp_path / "toys.yaml"
    path.write_text(JOB.format(phases=toy_csv, listed=tmp_path / "names.txt"))
    return path


def test_every_answer_is_in_the_folder_and_can_be_replayed(job, tmp_path, toy_csv):
    done = interfaces("run", job, "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "out" / "toys"
    names = [
        "curve_Li2O_TiO2", "curve_Li2O_TiO2_2V", "uptake", "window_Li2TiO3", "map_Li2O_TiO2",
        "coatings_LiTiO2_Li2O",
    ]  # fmt: skip
    for name in names:
        for suffix in (".json", ".csv", ".png", ".pdf"):
            assert (folder / f"{name}{suffix}").stat().st_size > 0, name
    table = pd.read_csv(folder / "answers.csv", keep_default_na=False)
    assert list(dict.fromkeys(table["question"])) == names
    least = table[(table["question"] == names[0]) & (table["quantity"] == "minimum total")]
    assert float(least["value"].item()) == pytest.approx(-0.25)  # -2.75 + (2 + 3) / 2
    assert least["unit"].item() == "eV/atom"
    printed = interfaces("curve", "Li2O", "TiO2", "--phases", toy_csv, "--json")
    assert json.loads((folder / f"{names[0]}.json").read_text()) == json.loads(printed.stdout)
    again = interfaces("replay", folder)
    assert again.returncode == 0, again.stdout
    assert "6 of 6" in again.stdout


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("curve: [Li2O]", "longer list"),
        ("window: [Li2O, TiO2]", "window must be text"),
        ("curv: [Li2O, TiO2]", "of which one is curve"),
        ("curve: [Li2O, TiO2], voltages: '0:3'", "unknown key 'voltages'"),
        ("window: Li2O, voltage: 3", "unknown key 'voltage'"),
        ("curve: [Li2O, TiO2], voltage: high", "voltage must be a number"),
        ("curve: [Li2O, TiO2], open: Li", "open must be a list"),
        ("curve: [Li2O, TiO2], as: ../up", "name"),
        ("curve: [Li2O, NaCl]", "Cl"),
        ("window: Li2O, plateau: both", "experimental"),
    ],
)
def test_a_mistake_is_one_line_before_anything_is_written(tmp_path, toy_csv, question, said):
    path = tmp_path / "job.yaml"
    path.write_text(f"name: job\nphases: {toy_csv}\nquestions:\n  - {{{question}}}\n")
    refused(interfaces("run", path, "--out", tmp_path / "out"), said)
    assert not (tmp_path / "out").exists()


def test_questions_that_do_not_share_their_phases_are_refused(tmp_path, toy_csv):
    path = tmp_path / "job.yaml"
    path.write_text(
        f"name: job\nphases: {toy_csv}\nquestions:\n"
        "  - {curve: [Li2O, TiO2]}\n  - {curve: [Li2O, TiO2], exclude: [Li2TiO3], as: without}\n"
    )
    refused(interfaces("run", path, "--out", tmp_path / "out"), "separate")
    assert not (tmp_path / "out" / "job").exists()


def test_two_questions_of_one_name_are_told_apart(tmp_path, toy_csv):
    path = tmp_path / "job.yaml"
    twice = "  - {curve: [Li2O, TiO2]}\n"
    path.write_text(f"name: job\nphases: {toy_csv}\nquestions:\n{twice}{twice}")
    refused(interfaces("run", path, "--out", tmp_path), "curve_Li2O_TiO2", "as: NAME")


def test_a_calculator_does_not_belong_to_questions(job, tmp_path):
    done = interfaces("run", job, "--calculator", "mock", "--out", tmp_path / "out")
    refused(done, "--calculator")
