"""``interfaces submit``, ``status``, ``collect``, ``cancel`` and ``doctor``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

OUT = Path("results")
MISSING = 1  #: exit status of ``interfaces collect`` where a result is missing

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
out_argument = click.argument("out", type=click.Path(path_type=Path), default=OUT)


@click.command()
@click.argument("jobs", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="JOB...")
@click.option(
    "--to",
    type=click.Choice(["slurm", "jobflow-remote", "local"]),
    required=True,
    help="Slurm array, jobflow-remote project, or the background of this machine.",
)
@click.option(
    "--calculator",
    type=click.Choice(["mock", "mock-vasp", "chgnet", "vasp", "gpaw"]),
    help="As for `interfaces run`; jobs of analyses take none.",
)
@click.option("--site", metavar="FILE", help="YAML with scheduler options, modules and commands.")
@click.option("--phases", help="Phase set instead of the job file's.")
@click.option(
    "--out", type=click.Path(path_type=Path), default=OUT, show_default=True,
    help="Folder for the folders of the runs, on a disk that the nodes see.",
)  # fmt: skip
@click.option("--name", help="Name of the run's folder; default: name of the job.")
@click.option("--dry-run", is_flag=True, help="Print the batch script and submit nothing.")
def submit(
    jobs: tuple[Path, ...],
    to: str,
    calculator: str | None,
    site: str | None,
    phases: str | None,
    out: Path,
    name: str | None,
    dry_run: bool,
) -> None:
    """Submit job files to a cluster, one run for each; several become one Slurm array.

    Finished, waiting and running ones are skipped: the same command submits only stopped runs
    again, and they resume.

    \b
    interfaces submit inputs/ncm811_small.yaml --to slurm --calculator vasp --site mysite.yaml
    interfaces submit jobs/*.yaml --to slurm --calculator mock --dry-run
    """  # noqa: D301
    from workflows.submit.send import submit as send
    from workflows.submit.site import Site, read_site

    settings = Site() if site is None else read_site(Path(site))
    sent = send(
        jobs, calculator, to=to, site=settings, out=out, name=name, phases=phases, dry_run=dry_run
    )
    for name_of_run, state in sent.left:
        click.echo(f"{name_of_run}: not submitted, it is {state}", err=dry_run)
    if dry_run:
        click.echo(sent.text, nl=False)
    elif sent.tasks:
        runs = ", ".join(task.name for task in sent.tasks[:3]) + (
            f" ... ({len(sent.tasks)} runs)" if len(sent.tasks) > 3 else ""
        )
        click.echo(
            f"{runs}: submitted as {to} {sent.number}; for its state: interfaces status {out}"
        )
        if to == "jobflow-remote":
            click.echo(sent.text, nl=False)


@click.command()
@out_argument
@json_option
def status(out: Path, as_json: bool) -> None:
    """Show the runs submitted with --out OUT: finished jobs, state, and why a run stopped.

    \b
    interfaces status
    """  # noqa: D301
    from workflows.submit.status import STOPPED, statuses

    runs = statuses(out)
    if as_json:
        _json({"runs": [run.to_dict() for run in runs]})
        return
    rows = []
    for run in runs:
        progress, sent = run.progress, run.submission
        rows.append([
            run.name, run.state,
            f"{progress.finished}/{progress.known}" if progress.known else "-",
            f"{sent.to} {sent.number[:8]}_{sent.task}", run.scheduler, str(sent.attempts),
            run.reason or progress.last,
        ])  # fmt: skip
    _table(
        ["run", "state", "jobs", "submitted as", "scheduler", "times", "reason, or last step"], rows
    )
    stopped = sum(run.state == STOPPED for run in runs)
    if stopped:
        click.echo(
            f"{stopped} of {len(runs)} runs stopped: remove the cause and submit them again; "
            "finished jobs are kept"
        )


@click.command()
@out_argument
@json_option
def collect(out: Path, as_json: bool) -> None:
    """Check the results of submitted runs, write missing tables, and list what is missing.

    Status 1 if a result is missing.

    \b
    interfaces collect
    """  # noqa: D301
    from workflows.submit.collect import collect as collect_runs

    runs = collect_runs(out)
    if as_json:
        _json({"runs": [{"name": run.name, "found": run.found, "note": run.note} for run in runs]})
    else:
        _table(["run", "results", "note"], [[run.name, run.found, run.note] for run in runs])
        complete = sum(run.home for run in runs)
        click.echo(
            f"{complete} of {len(runs)} runs are complete; all results: interfaces query {out}"
        )
    if not all(run.home for run in runs):
        raise click.exceptions.Exit(MISSING)


@click.command()
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--run", "names", multiple=True, metavar="NAME", help="Only this run; repeatable.")
@json_option
def cancel(out: Path, names: tuple[str, ...], as_json: bool) -> None:
    """Stop the runs submitted with --out OUT, all or those named; finished jobs are kept.

    Status 1 if a run must be stopped in another way; the note says how.

    \b
    interfaces cancel results --run ncm811-chgnet
    """  # noqa: D301
    from workflows.submit.cancel import YOURS
    from workflows.submit.cancel import cancel as stop

    runs = stop(out, names)
    if as_json:
        _json({"runs": [{"name": run.name, "did": run.did, "note": run.note} for run in runs]})
    else:
        _table(["run", "now", "note"], [[run.name, run.did, run.note] for run in runs])
    if any(run.did == YOURS for run in runs):
        raise click.exceptions.Exit(MISSING)


@click.command()
@click.option("--site", metavar="FILE", help="Also check what this site file names.")
@click.option(
    "--out", type=click.Path(path_type=Path), default=OUT, show_default=True,
    help="Folder for results, whose disk is checked.",
)  # fmt: skip
@json_option
def doctor(site: str | None, out: Path, as_json: bool) -> None:
    """Check what runs need on this machine, and say how to install what is missing.

    \b
    interfaces doctor --site inputs/sites/example.yaml
    """  # noqa: D301
    import dataclasses
    import os

    from workflows.submit.doctor import OK, examine
    from workflows.submit.site import read_site

    checks = examine(os.environ, out, None if site is None else read_site(Path(site)))
    if as_json:
        _json({"checks": [dataclasses.asdict(check) for check in checks]})
        return
    _table(
        ["what", "state", "found"],
        [[check.name, check.state, check.found] for check in checks],
    )
    for check in checks:
        if check.state != OK:
            click.echo(f"{check.name}: needed for {check.needed}. {check.mend}")


def _json(data: dict[str, Any]) -> None:
    import json

    click.echo(json.dumps(data, indent=1, allow_nan=False))


def _table(columns: list[str], rows: list[list[str]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for name in columns:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*row)
    Console().print(table, markup=False)
