"""The guides: what they run, and what they say is public, is so."""

from __future__ import annotations

import pytest

from tests.docs.pages import ROOT, blocks
from tests.docs.public import listing
from tests.docs.running import Stage, run_page

pytest.importorskip("pyarrow")
pytest.importorskip("jobflow")
pytest.importorskip("ase")


# jobflow 0.4 and monty warn of each other
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["faq", "flows", "python"])
def test_what_a_guide_runs_works(name, tmp_path):
    found = list(blocks((ROOT / "docs" / f"{name}.md").read_text()))
    assert any(block.language in ("console", "python") for block in found)
    run_page(found, Stage(tmp_path), f"docs/{name}.md")


def test_what_is_public_is_as_the_page_says():
    page = (ROOT / "docs" / "python.md").read_text()
    assert listing() in page, "make it anew with: python -m tests.docs.public"


def test_there_is_an_answer_to_each_of_ten_questions():
    page = (ROOT / "docs" / "faq.md").read_text()
    answers = page.split("\n## ")[1:]
    assert [answer.partition(".")[0] for answer in answers] == [str(n) for n in range(1, 11)]
    for answer in answers:
        assert "\n```" in answer, answer.splitlines()[0]
