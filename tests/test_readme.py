"""The README's examples run, its commands exist, and the committed reference can be remade."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from workflows.cli import interfaces
from workflows.runs.run_file import run

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()
REFERENCE = ROOT / "results" / "reference"


def test_python_examples_run(monkeypatch):
    monkeypatch.chdir(ROOT)
    blocks = re.findall(r"```python\n(.*?)```", README, flags=re.S)
    assert blocks
    for block in blocks:
        exec(compile(block, "README.md", "exec"), {})


def test_every_verb_of_the_readme_exists_and_every_verb_is_in_it():
    verbs = {name for name, verb in interfaces.commands.items() if not verb.hidden}
    used = set(re.findall(r"interfaces (curve|run|phases|[a-z]+)\b", README)) & verbs
    assert used == verbs


@pytest.fixture(scope="module")
def remade(tmp_path_factory):
    out = tmp_path_factory.mktemp("results")
    run("inputs/ncm811.yaml", out=out)
    return out / "ncm811"


def test_reference_results_are_what_the_main_job_gives(remade):
    ours, kept = (
        pd.read_csv(folder / "minima.csv", na_values="unknown") for folder in (remade, REFERENCE)
    )
    assert len(kept) == 33
    assert set(kept["cathode_energy_model"]) == {"calculated"}
    pd.testing.assert_frame_equal(ours, kept, check_exact=False, atol=1e-9)


def test_results_do_not_depend_on_the_folder_they_run_in(remade, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run("inputs/ncm811.yaml", out="elsewhere")
    for name in ("minima.csv", "kinks.csv", "provenance.json"):
        assert (tmp_path / "elsewhere" / "ncm811" / name).read_bytes() == (
            remade / name
        ).read_bytes(), name
