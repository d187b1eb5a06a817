"""``interfaces validate``: published numbers beside computed ones."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from workflows.io.resources import DEFAULT_SET


@click.command()
@click.option(
    "--phases",
    default=DEFAULT_SET,
    show_default=True,
    help="Bundled set, or a CSV, Parquet or JSON file.",
)
@click.option("--scheme", help="Name for the functional and corrections of a file.")
@click.option(
    "--only",
    metavar="KIND[,KIND]",
    default="",
    help="windows, staircases, closed, open, decomposition, intercalation.",
)
@click.option(
    "--table",
    type=click.Path(path_type=Path),
    help="Your table of published numbers, in the format of inputs/published.yaml.",
)
@click.option(
    "--energy",
    "basis",
    type=click.Choice(("hull", "own", "pymatgen")),
    help="Energy of every compound above the hull; by default that of each paper.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
@click.option("--csv", "csv_file", type=click.Path(path_type=Path), help="Write every row to CSV.")
@click.option(
    "--markdown", "markdown_file", type=click.Path(path_type=Path), help="Write Markdown tables."
)
def validate(
    phases: str,
    scheme: str | None,
    only: str,
    table: Path | None,
    basis: Literal["hull", "own", "pymatgen"] | None,
    as_json: bool,
    csv_file: Path | None,
    markdown_file: Path | None,
) -> None:
    """Compute every published number of a table, with the difference and its likely cause.

    A difference is not a failure: the status is 0. A number that the phase set cannot give stays
    in the table with the reason.

    \b
    interfaces validate
    interfaces validate --phases mp --only windows,closed
    interfaces validate --table my_papers.yaml --csv validation.csv
    """  # noqa: D301
    from workflows.data.phase_sets import read_phases
    from workflows.io.outputs import check_outputs
    from workflows.io.results import write_atomic
    from workflows.validation import read_published
    from workflows.validation import validate as compare
    from workflows.validation.validation_tables import (
        markdown,
        print_validation,
        validation_csv,
        validation_dict,
    )

    check_outputs(csv_file, markdown_file)
    rows = read_published(table)
    wanted = frozenset[str]().union(*(row.elements for row in rows))
    phase_set = read_phases(phases, wanted, scheme)
    comparisons = compare(
        rows, phase_set, [kind.strip() for kind in only.split(",") if kind.strip()], basis
    )
    check_outputs(csv_file, markdown_file)  # now that every input is known
    for path, render in ((csv_file, validation_csv), (markdown_file, markdown)):
        if path is not None:
            write_atomic(path, render(comparisons))
    if as_json:
        import json

        data = validation_dict(comparisons, phase_set)
        click.echo(json.dumps(data, indent=1, allow_nan=False))
    else:
        print_validation(comparisons, phase_set)
