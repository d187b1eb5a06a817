"""The notebook for workflow developers prints what it shows."""

from __future__ import annotations

import contextlib
import io
import json

import pytest

pytest.importorskip("atomate2")
pytest.importorskip("fireworks")

from tests.workflows.cli.runner import ROOT


@pytest.mark.filterwarnings("ignore")  # jobflow and monty warn of each other
def test_the_notebook_of_a_custom_cathode(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = ROOT / "docs" / "notebooks" / "workflow-developer.ipynb"
    cells = [c for c in json.loads(path.read_text())["cells"] if c["cell_type"] == "code"]
    names = {"__name__": "__main__"}
    for cell in cells:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile("".join(cell["source"]), path.name, "exec"), names)
        shown = "".join("".join(output["text"]) for output in cell["outputs"])
        assert printed.getvalue() == shown, cell["source"]
    assert len(cells) == 10
