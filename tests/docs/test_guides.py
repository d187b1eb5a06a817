"""The guides: what they run, and what they say is public, is so."""

from __future__ import annotations

import re

import pytest

from tests.docs.pages import ROOT, blocks
from tests.docs.public import listing
from tests.docs.running import Stage, run_page

pytest.importorskip("pyarrow")
pytest.importorskip("jobflow")
pytest.importorskip("ase")


# jobflow 0.4 and monty warn of each other
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["flows", "python", "questions"])
def test_what_a_guide_runs_works(name, tmp_path):
    entries = list(blocks((ROOT / "docs" / f"{name}.md").read_text()))
    assert any(block.language in ("console", "python") for block in entries)
    run_page(entries, Stage(tmp_path), f"docs/{name}.md")


def test_what_is_public_is_as_the_page_says():
    page = (ROOT / "docs" / "python.md").read_text()
    assert listing() in page, "make it anew with: python -m tests.docs.public"


def test_there_are_twenty_questions_and_each_has_a_verdict():
    page = (ROOT / "docs" / "questions.md").read_text()
    numbers = [
        number
        for first, last in re.findall(r"^\*\*(\d+)(?: to (\d+))?\. ", page, flags=re.M)
        for number in range(int(first), int(last or first) + 1)
    ]
    assert numbers == list(range(1, 21))
    verdicts = re.findall(r"\*[^*\n]*\b(?:[Aa]grees|care|[Dd]oubtful|Wrong)\b", page)
    assert len(verdicts) >= len(numbers)
