"""``interfaces submit``, ``status``, ``collect``, ``cancel`` and ``doctor``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

OUT = Path("results")
MISSING = 1  #: status of ``interfaces collect`` where not everything is home

json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
out_argument = click.argument("out", type=click.Path(path_type=Path), default=OUT)


@click.command()
@click.argument("jobs", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="JOB...")
@click.option(
    "--to",
    type=click.Choice(["slurm", "jobflow-remote", "fireworks", "local"]),
    required=True,
    help="sbatch, a project of jobflow-remote, a file for FireWorks, the background here.",
)
@click.option(
    "--calculator",
    type=click.Choice(["mock", "mock-vasp", "chgnet", "vasp", "gpaw"]),
    required=True,
    help="As of interfaces run.",
)
@click.option("--site", metavar="FILE", help="Scheduler options, modules, commands: YAML.")
@click.option("--phases", help="Compute with another phase set than the job names.")
@click.option(
    "--out", type=click.Path(path_type=Path), default=OUT, show_default=True,
    help="Folder for the runs' own folders; it must be on a disk that the nodes see.",
)  # fmt: skip
@click.option("--name", help="Name of the run's folder; by default that of the job.")
@click.option("--dry-run", is_flag=True, help="Show the batch script and send nothing.")
def submit(
    jobs: tuple[Path, ...],
    to: str,
    calculator: str,
    site: str | None,
    phases: str | None,
    out: Path,
    name: str | None,
    dry_run: bool,
) -> None:
    """Send job files to a cluster, each as a run of its own; several become one Slurm array.

    Runs that are finished or on their way are left alone, so the same command sends again what was
    stopped, and it goes on where it was.

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
    for one, why in sent.left:
        click.echo(f"{one}: not sent, it is {why}", err=dry_run)
    if dry_run:
        click.echo(sent.text, nl=False)
    elif sent.tasks:
        runs = ", ".join(task.name for task in sent.tasks[:3]) + (
            f" ... ({len(sent.tasks)} runs)" if len(sent.tasks) > 3 else ""
        )
        click.echo(f"{runs}: sent as {to} {sent.number}; interfaces status {out} tells more")
        if to in ("jobflow-remote", "fireworks"):
            click.echo(sent.text, nl=False)


@click.command()
@out_argument
@json_option
def status(out: Path, as_json: bool) -> None:
    """Show what became of the runs that were submitted with --out OUT: jobs done, state, reasons.

    \b
    interfaces status
    """  # noqa: D301
    from workflows.submit.status import STOPPED, statuses

    found = statuses(out)
    if as_json:
        _json({"runs": [one.to_dict() for one in found]})
        return
    rows = []
    for one in found:
        far = one.progress
        number = f"{one.submission.to} {one.submission.number[:8]}_{one.submission.task}"
        rows.append([
            one.name, one.state, f"{far.finished}/{far.known}" if far.known else "-", number,
            one.scheduler, str(one.submission.attempts), one.reason or far.last,
        ])  # fmt: skip
    _table(["run", "state", "jobs", "sent as", "scheduler", "sent", "reason, or last step"], rows)
    stopped = sum(one.state == STOPPED for one in found)
    if stopped:
        click.echo(
            f"{stopped} of {len(found)} runs stopped: mend the reason and submit them again; what "
            "was finished is kept"
        )


@click.command()
@out_argument
@json_option
def collect(out: Path, as_json: bool) -> None:
    """Check the results of submitted runs, finish what only lacks its tables, say what is missing.

    Status 1 if anything is missing.

    \b
    interfaces collect
    """  # noqa: D301
    from workflows.submit.collect import collect as bring

    found = bring(out)
    if as_json:
        _json({"runs": [{"name": one.name, "found": one.found, "note": one.note} for one in found]})
    else:
        _table(["run", "results", "note"], [[one.name, one.found, one.note] for one in found])
        home = sum(one.home for one in found)
        click.echo(f"{home} of {len(found)} runs are home; interfaces query {out} reads them all")
    if not all(one.home for one in found):
        raise click.exceptions.Exit(MISSING)


@click.command()
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--run", "names", multiple=True, metavar="NAME", help="Only this one; repeatable.")
@json_option
def cancel(out: Path, names: tuple[str, ...], as_json: bool) -> None:
    """Stop the runs that were submitted with --out OUT, all or those named; what is done stays.

    Status 1 if one must be stopped otherwise, which is said.

    \b
    interfaces cancel results --run ncm811-chgnet
    """  # noqa: D301
    from workflows.submit.cancel import YOURS
    from workflows.submit.cancel import cancel as stop

    found = stop(out, names)
    if as_json:
        _json({"runs": [{"name": one.name, "did": one.did, "note": one.note} for one in found]})
    else:
        _table(["run", "now", "note"], [[one.name, one.did, one.note] for one in found])
    if any(one.did == YOURS for one in found):
        raise click.exceptions.Exit(MISSING)


@click.command()
@click.option("--site", metavar="FILE", help="Look for what this site file names, too.")
@click.option(
    "--out", type=click.Path(path_type=Path), default=OUT, show_default=True,
    help="Where results are to go.",
)  # fmt: skip
@json_option
def doctor(site: str | None, out: Path, as_json: bool) -> None:
    """Say what this machine has of what runs need, and how to mend what it lacks.

    \b
    interfaces doctor --site inputs/sites/example.yaml
    """  # noqa: D301
    import dataclasses
    import os

    from workflows.submit.doctor import OK, examine
    from workflows.submit.site import read_site

    checks = examine(os.environ, out, None if site is None else read_site(Path(site)))
    if as_json:
        _json({"checks": [dataclasses.asdict(one) for one in checks]})
        return
    _table(
        ["what", "state", "found"],
        [[one.name, one.state, one.found] for one in checks],
    )
    for one in checks:
        if one.state != OK:
            click.echo(f"{one.name}: needed for {one.needed}. {one.mend}")


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
