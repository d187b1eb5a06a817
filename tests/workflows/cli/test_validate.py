"""``interfaces validate`` as a user starts it."""

from __future__ import annotations

import csv
import json

import pytest

from tests.workflows.cli.runner import interfaces, refused

TABLE = """\
units: {windows: V, staircases: V, closed: eV/atom, open: eV per non-Li atom,
        decomposition: eV/atom, intercalation: V}
sources:
  made_up:
    doi: 10.1/made-up
    year: 2015
    database: made up
    measured: false
    reactants: hull
    convention: as made up
    closed:
      - {pair: [Li2O, TiO2], energy: -0.1, certainty: H}
    windows:
      - {of: Li2TiO3, oxidation: 9.0, certainty: H}
      - {of: LNbO, oxidation: 3.88, certainty: H}
"""


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "table.yaml"
    path.write_text(TABLE)
    return path


def test_differences_are_reported_and_no_failure(table, toy_csv, tmp_path):
    rows_file, text_file = tmp_path / "rows.csv", tmp_path / "rows.md"
    done = interfaces(
        "validate", "--table", table, "--phases", toy_csv, "--json", "--csv", rows_file,
        "--markdown", text_file,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    data = json.loads(done.stdout)
    rows = data["rows"]
    assert [row["what"] for row in rows] == [
        "Li2TiO3, oxidation",
        "LNbO, oxidation",
        "Li2O | TiO2",
    ]
    assert rows[0]["difference"] < -1
    assert rows[0]["cause"]
    assert rows[1]["ours"] is None
    assert "no Nb" in rows[1]["not_computed"]
    assert [item["rows"] for item in data["summary"]] == [2, 1]
    with rows_file.open() as file:
        written = list(csv.DictReader(file))
    assert [row["what"] for row in written] == [row["what"] for row in rows]
    assert float(written[2]["ours"]) == pytest.approx(rows[2]["ours"])
    assert written[1]["not_computed"]
    text = text_file.read_text()
    assert "| Li2O \\| TiO2 | -0.100 |" in text
    assert "not computed: " in text


def test_a_person_reads_every_row_and_the_conventions(table, toy_csv):
    done = interfaces("validate", "--table", table, "--phases", toy_csv)
    assert done.returncode == 0, done.stderr
    for part in ("Li2O | TiO2", "LNbO, oxidation", "not computed", "summary", "10.1/made-up"):
        assert part in done.stdout


def test_the_bundled_table_on_the_bundled_set():
    done = interfaces("validate", "--only", "closed,intercalation", "--json")
    assert done.returncode == 0, done.stderr
    data = json.loads(done.stdout)
    assert "surrogate" in data["surrogate"]
    ours = {(row["what"], row["year"]): row["ours"] for row in data["rows"]}
    assert ours["LiCoO2 | LPSCl", 2019] == pytest.approx(-0.339, rel=0.1)  # published
    assert ours["LCO@0.5 | LPSCl", 2019] == pytest.approx(-0.493, rel=0.1)
    assert ours["LFP, 1 to 0 Li", 1997] == pytest.approx(3.5, abs=0.15)  # measured


def test_bad_input_is_one_line(table, tmp_path):
    refused(interfaces("validate", "--only", "colours"), "choose from windows")
    refused(interfaces("validate", "--phases", "none.csv"), "none.csv")
    refused(interfaces("validate", "--table", tmp_path / "none.yaml"), "none.yaml")
    table.write_text(TABLE.replace("certainty: H}", "certainty: sure}"))
    refused(interfaces("validate", "--table", table), "table.yaml", "certainty", "'sure'")
