"""Notebooks of docs/notebooks: run them, and write their outputs.

    python -m tests.docs.notebooks docs/notebooks/*.ipynb

A notebook is kept with its outputs, so that it can be read without running it. The tests run it and
compare what is printed; figures are not compared, nor cells with the tag ``varies``.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.docs.pages import ROOT
from tests.docs.running import SET, UNSET

FOLDER = ROOT / "docs" / "notebooks"
LIMIT = 300  # s, of a cell
VARIES = "varies"


def run_notebook(path: Path, folder: Path) -> Any:
    """The notebook with new outputs, run in a folder."""
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    for name in UNSET:
        os.environ.pop(name, None)
    inline = {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}
    client = NotebookClient(
        notebook,
        timeout=LIMIT,
        resources={"metadata": {"path": str(folder)}},
        kernel_name="python3",
    )
    client.execute(env=os.environ | SET | inline, cwd=str(folder))
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
    notebook.metadata.language_info = {"name": "python"}  # not the version of this machine
    return notebook


def printed(cell: Any) -> str:
    """What a cell prints and shows as text."""
    parts = []
    for output in cell.get("outputs", ()):
        data = output.get("data", {})
        if "image/png" not in data:
            parts.append(output.get("text") or data.get("text/plain", ""))
    return "".join(parts)


def main(arguments: Sequence[str]) -> int:
    """Run notebooks and write their outputs."""
    import tempfile

    import nbformat

    for name in arguments:
        with tempfile.TemporaryDirectory() as folder:
            nbformat.write(run_notebook(Path(name).resolve(), Path(folder)), name)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
