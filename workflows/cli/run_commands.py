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
    type=click.Choice(["mock", "mock-vasp", "sevennet", "sevennet-0", "chgnet", "vasp", "gpaw"]),
    help="Calculate the cathode first: its orderings, relaxed at each lithium content.",
)
@click.option("--fresh", is_flag=True, help="Throw away what an earlier, interrupted run left.")
@click.option(
    "--workers", type=click.IntRange(1, 1024), default=1, show_default=True,
    help="Processes that share the jobs of the run.",
)  # fmt: skip
@click.option(
    "--compact", is_flag=True,
    help="Few files: no figures (interfaces collect --figures), finished jobs in one file.",
)  # fmt: skip
@click.option("--join", is_flag=True, hidden=True, help="Share a run that others execute.")
@click.option("--until", hidden=True, help="Last step of a run that is shared.")
def run(
    job: Path,
    phases: str | None,
    out: Path,
    name: str | None,
    calculator: str | None,
    fresh: bool,
    workers: int,
    compact: bool,
    join: bool,
    until: str | None,
) -> None:
    """Run a job file: all its curves, tables and figures into one folder.

    A job names a cathode, its lithium contents and electrolytes; or `analyses`, each with the
    options of a verb as keys. With --calculator the cathode's energies are calculated, not looked
    up. A run can be killed at any moment: the same command goes on where it stopped.

    \b
    interfaces run inputs/ncm811.yaml
    interfaces run inputs/lco_lpscl.yaml
    interfaces run inputs/ncm811_small.yaml --calculator mock --workers 2
    """  # noqa: D301
    from workflows.runs.run_file import run as run_file

    run_file(
        job, out=out, name=name, phases=phases, calculator=calculator, fresh=fresh,
        workers=workers, compact=compact, join=join, until=until or "",
    )  # fmt: skip


@click.command("run-together", hidden=True)
@click.argument("plan", type=click.Path(path_type=Path))
@click.argument("tasks", nargs=-1, type=int)
@click.option("--job", required=True, help="Number of the scheduler's job.")
@click.option("--restart", default="0", help="How often it was started before.")
def run_together(plan: Path, tasks: tuple[int, ...], job: str, restart: str) -> None:
    """Compute several small runs in one process, as their batch script says."""
    from workflows.cli import main
    from workflows.submit.together import Together

    raise click.exceptions.Exit(Together(job, restart, main).compute(plan, tasks))
