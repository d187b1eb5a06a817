"""``interfaces run`` and ``interfaces phases``."""

from __future__ import annotations

from pathlib import Path

import click


@click.command(name="phases")
@click.argument("name", required=False)
def list_phases(name: str | None) -> None:
    """What phase sets there are, and what they cover."""
    from workflows.tables import print_phase_sets

    print_phase_sets(name)


@click.command()
@click.argument("job", type=click.Path(path_type=Path))
@click.option("--phases", help="Compute with another phase set than the job names.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("results"),
    show_default=True,
    help="Folder for the run's own folder.",
)
@click.option("--name", help="Name of the run's folder; by default that of the job.")
def run(job: Path, phases: str | None, out: Path, name: str | None) -> None:
    """Run a job file: all its curves, tables and figures into one folder.

    \b
    interfaces run inputs/ncm811.yaml
    """  # noqa: D301
    from workflows.campaign import run_job

    run_job(job, out=out, name=name, phases=phases)
