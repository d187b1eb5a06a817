"""``interfaces run`` and ``interfaces replay``."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("record", type=click.Path(path_type=Path))
@click.option("--phases", help="Compute on another phase set, and show what changes.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def replay(record: Path, phases: str | None, as_json: bool) -> None:
    """Compute a recorded result again from its own record, and check that it is equal.

    RECORD is a file written with --record, or the folder of a run. Status 1 if it is not equal.

    \b
    interfaces replay results/ncm811
    interfaces replay window.json.gz --phases newer.csv
    """  # noqa: D301
    from workflows.runs.record import replay as run_again
    from workflows.runs.replay_tables import print_replayed, replayed_dict

    results = run_again(record, phases)
    if as_json:
        import json

        click.echo(json.dumps(replayed_dict(results), indent=1, allow_nan=False))
    else:
        print_replayed(results, moved=phases is not None)
    if phases is None and any(result.differences for result in results):
        raise click.exceptions.Exit(1)


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
@click.option(
    "--calculator",
    type=click.Choice(["mock", "mock-vasp", "chgnet", "vasp", "gpaw"]),
    help="Calculate the cathode first: its orderings, relaxed at each lithium content.",
)
@click.option(
    "--fresh", is_flag=True, help="Throw away what an earlier run with --calculator left."
)
def run(
    job: Path,
    phases: str | None,
    out: Path,
    name: str | None,
    calculator: str | None,
    fresh: bool,
) -> None:
    """Run a job file: all its curves, tables and figures into one folder.

    A job names a cathode, its lithium contents and electrolytes; or `analyses`, each with the
    options of a verb as keys. With --calculator the cathode's energies are calculated, not looked
    up. Such a run can be killed at any moment: the same command goes on where it stopped.

    \b
    interfaces run inputs/ncm811.yaml
    interfaces run inputs/lco_lpscl.yaml
    interfaces run inputs/ncm811_small.yaml --calculator mock
    """  # noqa: D301
    from workflows.runs.job_schema import AnalysesJob
    from workflows.runs.read_job import load_job
    from workflows.schemas.jobs import DynamicsJob

    read = load_job(job)
    if isinstance(read, AnalysesJob):
        if calculator is not None or fresh:
            raise click.UsageError(f"{job.name} holds analyses; --calculator belongs to a cathode")
        from workflows.runs.analyses import run_analyses

        run_analyses(read, out=out, name=name, phases=phases)
        return
    if calculator is None:
        if fresh:
            raise click.UsageError("--fresh belongs to --calculator")
        if isinstance(read, DynamicsJob):
            raise click.UsageError(f"{job.name} moves the atoms of a cell; give a --calculator")
        from workflows.runs.cathode_series import run_job

        run_job(read, out=out, name=name, phases=phases)
        return
    if isinstance(read, DynamicsJob):
        from workflows.runs.md_run import run_dynamics

        if phases is not None:
            raise click.UsageError("--phases does not belong to a job of dynamics")
        run_dynamics(read, calculator, out=out, name=name, fresh=fresh)
        return
    from workflows.runs.calculated_series import run_calculated

    run_calculated(read, calculator, out=out, name=name, phases=phases, fresh=fresh)
