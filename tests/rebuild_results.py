"""Recompute the committed results on the bundled phase set: ``results/`` and figures of ``docs/``.

    python -m tests.rebuild_results            # all of it
    python -m tests.rebuild_results seeds      # reference, seeds, coatings or figures

The numbers in ``docs/`` follow with ``python -m tests.docs.rewrite``, the card of the set with
``python -m workflows.datasets.card``. ``results/screens`` is on the table of 2019 and stays.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from workflows.analyses.registry import prepare_analysis
from workflows.flows.read_job import analyses_job
from workflows.io.resources import inputs
from workflows.io.results import save_figure, write_atomic
from workflows.runs.analyses import SUMMARY_COLUMNS, comparisons
from workflows.runs.run_file import run
from workflows.tables.curve_tables import rows_csv

ROOT = inputs().parent
RESULTS = ROOT / "results"
#: Job of analyses -> which of its analyses is drawn, or which figure of several.
DRAWN: dict[str, int | str] = {
    "composites": 2, "composites_cofired": 0, "cosintering": "curves_open_O", "halide": "curves",
    "latp_anodes": "curves_open_Li", "lco_lpscl": "curves", "thiophosphates": "curves",
    "windows": "windows_Li",
}  # fmt: skip
COATED = ("LPSCl", "LGPS")
FIGURES = {
    "docs/map_NCM811_LPSCl.png": ("map", "NCM811", "LPSCl"),
    "docs/charging_NCM811_LPSCl.png": ("charging", "NCM811", "LPSCl"),
    "docs/window_LPSCl.png": ("window", "LPSCl"),
}


def reference() -> None:
    """Recompute the main job; ``results/reference`` keeps the files that it has."""
    kept = RESULTS / "reference"
    with tempfile.TemporaryDirectory() as folder:
        run(inputs() / "ncm811.yaml", out=Path(folder))
        paths = [path for path in (Path(folder) / "ncm811").rglob("*") if path.is_file()]
        # the record of the second column has the name of the run's own, in a folder of its own
        made = {path.name: path for path in sorted(paths, key=lambda p: -len(p.parts))}
        for path in kept.iterdir():
            shutil.copyfile(made[path.name], path)


def seeds() -> None:
    """Recompute the headline numbers of every job of analyses, and draw what its row asks."""
    for name, drawn in DRAWN.items():
        rows, results = [], []
        figure = RESULTS / "seeds" / f"{name}.png"
        for number, spec in enumerate(analyses_job(inputs() / f"{name}.yaml").specs()):
            analysis = prepare_analysis(spec)
            result = analysis.run()
            rows += [
                {"question": spec.name, **asdict(headline)}
                for headline in analysis.headlines(result)
            ]
            results.append((analysis, result))
            if number == drawn:
                save_figure(analysis.figure(result), figure)
        if isinstance(drawn, str):
            save_figure(comparisons(results)[drawn](), figure)
        figure.with_suffix(".data.csv").unlink()
        write_atomic(RESULTS / "seeds" / f"{name}.csv", rows_csv(SUMMARY_COLUMNS, rows))
        print(name)


def coatings() -> None:
    """Rank the named coatings between NCM811 and two sulfides."""
    for electrolyte in COATED:
        stem = RESULTS / "coatings" / f"NCM811_{electrolyte}"
        figure = stem.with_suffix(".png")
        printed = _printed("coatings", "NCM811", electrolyte, "--figure", str(figure), "--csv")
        write_atomic(stem.with_suffix(".csv"), printed)


def figures() -> None:
    """Draw the figures of the docs."""
    for name, command in FIGURES.items():
        _printed(*command, "--figure", str(ROOT / name))
        (ROOT / name).with_suffix(".data.csv").unlink()


def _printed(*arguments: str) -> str:
    """What a verb prints."""
    from workflows.cli import main as interfaces

    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        try:
            interfaces(list(arguments))
        except SystemExit as stop:
            if stop.code:
                raise
    return out.getvalue()


PARTS: dict[str, Callable[[], None]] = {
    "seeds": seeds, "coatings": coatings, "figures": figures, "reference": reference,
}  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> None:
    """Parse the command line and recompute."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.rebuild_results",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    options = parser.parse_args(arguments)
    for part in options.parts or PARTS:
        PARTS[part]()


if __name__ == "__main__":
    main()
