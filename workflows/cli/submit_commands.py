"""``interfaces submit``, ``status``, ``collect``, ``cancel`` and ``doctor``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from interfaces.errors import InputError

if TYPE_CHECKING:
    from rich.console import Console

    from workflows.submit.status import Status

OUT = Path("results")
DESTINATIONS = ["slurm", "pbs", "sge", "lsf", "htcondor", "jobflow-remote", "local"]
MISSING = 1  #: exit status of ``interfaces collect`` where a result is missing

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
out_argument = click.argument("out", type=click.Path(path_type=Path), default=OUT)


@click.command()
@click.argument("jobs", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="JOB...")
@click.option(
    "--to",
    type=click.Choice(DESTINATIONS),
    required=True,
    help="Scheduler, jobflow-remote project, or the background of this machine.",
)
@click.option(
    "--calculator",
    type=click.Choice(["mock", "mock-vasp", "sevennet", "sevennet-0", "chgnet", "vasp", "gpaw"]),
    help="As for `interfaces run`; jobs of analyses take none.",
)
@click.option("--site", metavar="FILE", help="YAML with scheduler options, modules and commands.")
@click.option("--phases", help="Phase set instead of the job file's.")
@click.option(
    "--out", type=click.Path(path_type=Path), default=OUT, show_default=True,
    help="Folder for the folders of the runs, on a disk that the nodes see.",
)  # fmt: skip
@click.option("--name", help="Name of the run's folder; default: name of the job.")
@click.option(
    "--workers", type=click.IntRange(1, 1024), default=1, show_default=True,
    help="Processes that share the jobs of each run; on a cluster, tasks of the array.",
)  # fmt: skip
@click.option(
    "--retries", type=click.IntRange(0), default=0, show_default=True,
    help="Times that Slurm or SGE starts a run again which its time limit stopped.",
)  # fmt: skip
@click.option(
    "--per-task", type=click.IntRange(1), default=1, show_default=True,
    help="Small runs in one task and process; few files, figures by `collect --figures`.",
)  # fmt: skip
@click.option(
    "--fresh", is_flag=True,
    help="Also submit what is finished or was changed, and compute it anew.",
)  # fmt: skip
@click.option("--skip-bad", is_flag=True, help="Submit the other files if some are refused.")
@click.option("--dry-run", is_flag=True, help="Print the batch script and submit nothing.")
def submit(
    jobs: tuple[Path, ...],
    to: str,
    calculator: str | None,
    site: str | None,
    phases: str | None,
    out: Path,
    name: str | None,
    workers: int,
    retries: int,
    per_task: int,
    fresh: bool,
    skip_bad: bool,
    dry_run: bool,
) -> None:
    """Submit job files to a cluster, one run for each; several become one array.

    FILE:CALCULATOR gives one a calculator of its own, and FILE:none looks its energies up.

    Finished, waiting and running ones are skipped: the same command submits only stopped runs
    again, and they resume.

    \b
    interfaces submit inputs/ncm811_small.yaml --to slurm --calculator vasp --site mysite.yaml
    interfaces submit jobs/*.yaml --to slurm --calculator mock --dry-run
    interfaces submit lco.yaml:sevennet ncm811.yaml:vasp --to pbs --site mysite.yaml
    """  # noqa: D301
    from workflows.submit.send import submit as send
    from workflows.submit.site import Site, read_site

    settings = Site() if site is None else read_site(Path(site))
    sent = send(
        jobs, calculator, to=to, site=settings, out=out, name=name, phases=phases,
        workers=workers, retries=retries, per_task=per_task, fresh=fresh,
        skip_bad=skip_bad, dry_run=dry_run,
    )  # fmt: skip
    for path, reason in sent.refused:
        click.echo(f"{path}: not submitted: {reason}", err=True)
    for name_of_run, reason in sent.unchecked:
        click.echo(f"{name_of_run}: not checked on this machine: {reason}", err=True)
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
    if sent.refused:
        raise click.exceptions.Exit(MISSING)


@click.command()
@out_argument
@click.option("--wait", "waiting", is_flag=True, help="First wait until no run goes on.")
@click.option(
    "--every", type=click.FloatRange(0.1), default=30.0, show_default=True,
    help="Seconds between two looks of --wait.",
)  # fmt: skip
@click.option("--summary", "brief", is_flag=True, help="Only numbers of runs, in one line.")
@json_option
def status(out: Path, waiting: bool, every: float, brief: bool, as_json: bool) -> None:
    """Show the runs submitted with --out OUT: finished jobs, state, and why a run stopped.

    Status 1 if a run stopped or its results are damaged.

    \b
    interfaces status
    interfaces status --wait --summary && interfaces collect
    """  # noqa: D301
    from workflows.submit.status import DAMAGED, STOPPED, statuses, summary, wait

    runs = wait(out, every) if waiting else statuses(out)
    if as_json:
        _json({"runs": [run.to_dict() for run in runs]})
    elif brief:
        click.echo(summary(runs))
    else:
        _print_status(runs)
    if any(run.state in (STOPPED, DAMAGED) for run in runs):
        raise click.exceptions.Exit(MISSING)


@click.command()
@out_argument
@click.option("--remove", "removing", is_flag=True, help="Remove it; else it is only listed.")
@json_option
def clean(out: Path, removing: bool, as_json: bool) -> None:
    """List what finished and stopped runs of --out OUT no longer need, with sizes.

    These are files of stopped jobs (a later attempt may continue from them), scratch and replaced
    results. Results and finished jobs are kept.

    \b
    interfaces clean results
    interfaces clean results --remove
    """  # noqa: D301
    from workflows.submit.clean import leftovers, remove

    items = leftovers(out)
    if removing:
        for leftover in items:
            remove(leftover)
    if as_json:
        rows = [
            {"run": row.run, "what": row.what, "path": str(row.path), "bytes": row.size}
            for row in items
        ]
        _json({"removed": removing, "leftovers": rows})
        return
    _table(
        ["run", "what", "MB"],
        [[row.run, row.what, f"{row.size / 1e6:.2f}"] for row in items],
    )
    total = sum(row.size for row in items) / 1e6
    verb = "removed" if removing else "may be removed: interfaces clean --remove"
    click.echo(f"{len(items)} items, {total:.2f} MB {verb}")


def _print_status(runs: Sequence[Status]) -> None:
    from workflows.submit.status import STOPPED

    rows = []
    for run in runs:
        progress, sent = run.progress, run.submission
        rows.append([
            run.name, run.state,
            f"{progress.finished}/{progress.known}" if progress.known else "-",
            f"{sent.to} {sent.number[:8]}_{sent.task}", run.scheduler, str(sent.attempts),
        ])  # fmt: skip
    _table(["run", "state", "jobs", "submitted as", "scheduler", "times"], rows)
    for run in runs:
        if step := run.reason or run.progress.last:
            _console().print(f"{run.name}: {step}", markup=False)
    stopped = sum(run.state == STOPPED for run in runs)
    if stopped:
        click.echo(
            f"{stopped} of {len(runs)} runs stopped: remove the cause and submit again; finished "
            "jobs are kept"
        )


@click.command()
@out_argument
@click.option("--figures", is_flag=True, help="Also draw the figures of compact runs.")
@json_option
def collect(out: Path, figures: bool, as_json: bool) -> None:
    """Check the results of submitted runs, write missing tables, and list what is missing.

    Status 1 if a result is missing.

    \b
    interfaces collect
    """  # noqa: D301
    from workflows.submit.collect import collect as collect_runs

    runs = collect_runs(out, figures=figures)
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
    interfaces cancel results --run ncm811-sevennet
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
@click.option(
    "--on-node", is_flag=True,
    help="Also send a job of one minute with this site: status 1 if its node lacks something.",
)  # fmt: skip
@click.option(
    "--to", type=click.Choice(DESTINATIONS[:5]), default="slurm", show_default=True,
    help="Scheduler of --on-node.",
)  # fmt: skip
@click.option("--node-report", type=click.Path(path_type=Path), hidden=True)
@json_option
def doctor(
    site: str | None, out: Path, on_node: bool, to: str, node_report: Path | None, as_json: bool
) -> None:
    """Check what runs need on this machine, and say how to install what is missing.

    \b
    interfaces doctor --site inputs/sites/example.yaml
    interfaces doctor --site mysite.yaml --on-node
    """  # noqa: D301
    from workflows.submit.node_check import NEEDED, check_on_node, report_here

    if node_report is not None:
        report_here(node_report)
        return
    if on_node and site is None:
        raise InputError("--on-node tries a site; give its --site FILE")
    import dataclasses
    import os

    from workflows.submit.doctor import OK, examine
    from workflows.submit.site import read_site

    settings = None if site is None else read_site(Path(site))
    checks = examine(os.environ, out, settings)
    lacking = False
    if on_node and settings is not None:
        on_its_node = check_on_node(settings, out, to=to)
        lacking = any(check.state != OK and check.needed == NEEDED for check in on_its_node)
        checks += on_its_node
    if as_json:
        _json({"checks": [dataclasses.asdict(check) for check in checks]})
    else:
        _table(
            ["what", "state", "found", "for"],
            [[check.name, check.state, check.found, check.needed] for check in checks],
        )
        mended: dict[str, list[str]] = {}
        for check in checks:
            if check.state != OK:
                mended.setdefault(check.mend, []).append(check.name)
        for mend, names in mended.items():
            click.echo(f"{', '.join(names)}: {mend}")
    if lacking:
        raise click.exceptions.Exit(MISSING)


def _json(data: dict[str, Any]) -> None:
    import json

    click.echo(json.dumps(data, indent=1, allow_nan=False))


def _table(columns: list[str], rows: list[list[str]]) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for name in columns:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*row)
    _console().print(table, markup=False)


def _console() -> Console:
    from rich.console import Console

    return Console(highlight=False)
