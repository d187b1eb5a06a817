"""Every tutorial runs from top to bottom, and prints what it shows."""

from __future__ import annotations

import pytest

from tests.docs.pages import ROOT, blocks
from tests.docs.running import Stage, run_page

pytest.importorskip("jobflow")
pytest.importorskip("ase")
pytest.importorskip("pyarrow")
pytest.importorskip("numba")

TUTORIALS = sorted((ROOT / "docs" / "tutorials").glob("[0-9]*.md"))
LEAST_SHOWN = 10  # lines and values that a tutorial has at least


def test_there_are_nine():
    assert [page.name[0] for page in TUTORIALS] == list("123456789")


# jobflow 0.4 and monty warn of each other
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("page", TUTORIALS, ids=lambda page: page.stem)
def test_a_tutorial_prints_what_it_shows(page, tmp_path):
    entries = list(blocks(page.read_text()))
    checked = run_page(entries, Stage(tmp_path), f"docs/tutorials/{page.name}")
    assert checked >= LEAST_SHOWN
