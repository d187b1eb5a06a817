"""Every notebook runs from top to bottom, and prints what it shows."""

from __future__ import annotations

import pytest

from tests.docs.notebooks import FOLDER, VARIES, printed, run_notebook

nbformat = pytest.importorskip("nbformat")
pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")

NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


def test_there_is_one():
    assert NOTEBOOKS


@pytest.mark.filterwarnings("ignore")  # of the kernel's own packages
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_prints_what_it_shows(path, tmp_path):
    kept = nbformat.read(path, as_version=4)
    made = run_notebook(path, tmp_path)
    compared = 0
    for old, new in zip(kept.cells, made.cells, strict=True):
        if old.cell_type == "code" and VARIES not in old.metadata.get("tags", ()):
            assert printed(new) == printed(old), old.source
            compared += bool(printed(old))
    assert compared
