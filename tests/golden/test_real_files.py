"""Every question of the corpus of real files, with the answers that were found independently.

``../shared/real/README.md`` says whose files these are, and ``run.py`` beside it what an answer
must be. The whole takes some minutes: ``-m real_files`` selects it, ``-m "not real_files"`` leaves
it out.
"""

from __future__ import annotations

import csv
import importlib.util
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.conftest import ROOT

REAL = ROOT.parent / "shared" / "real"
AT_ONCE = 2  #: questions; each is a process of one thread


@pytest.fixture(scope="module")
def corpus():
    if not (REAL / "run.py").is_file():
        pytest.skip("the corpus of real files is not beside this checkout")
    specification = importlib.util.spec_from_file_location("corpus_run", REAL / "run.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def rows():
    if not (REAL / "expected.csv").is_file():
        return []
    with (REAL / "expected.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def answers(corpus):
    """Row number -> verdict and what came, of all rows, two at a time."""
    programs = {
        "python": sys.executable,
        "interfaces": str(Path(sys.executable).with_name("interfaces")),
    }

    def ask(row):
        return corpus.verdict(row, *corpus.run(row, REAL, programs))

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(ask, rows()))


KINDS = sorted({row["kind"] for row in rows()})


@pytest.mark.real_files
@pytest.mark.parametrize("kind", KINDS or ["none"])
def test_real_files_are_answered_rightly(kind, answers):
    wrong = [
        f"{row['file']}: {row['outcome']} {row['right']}; {verdict}: {' '.join(came.split())[:300]}"
        for row, (verdict, came) in zip(rows(), answers, strict=True)
        if row["kind"] == kind and verdict != "right"
    ]
    assert not wrong, "\n".join(wrong)
