"""``interfaces report``: a finished run as one HTML page."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File to write; default report.html in the run's folder, or beside the record.",
)
@click.option(
    "--no-extra",
    is_flag=True,
    help="Omit the windows and maps that the job file does not name.",
)
def report(run: Path, out: Path | None, no_extra: bool) -> None:
    """Write a run as one HTML page that needs no network and no other file.

    RUN is the folder of a run, a screen or an MD analysis, or a file written with --record.
    Figures are downloaded from the page as PNG or SVG, tables as CSV.

    \b
    interfaces report results/ncm811
    interfaces report lco.json.gz --out lco.html
    """  # noqa: D301
    from workflows.report.page import write_report

    written = write_report(run, out, more=not no_extra)
    click.echo(f"written to {written} ({written.stat().st_size / 1e6:.2f} MB)")
