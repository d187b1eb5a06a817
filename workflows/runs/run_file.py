"""Run a job file of any kind: the one function behind ``interfaces run``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workflows.flows.read_job import load_job
from workflows.flows.resumable_run import Run, folder_name
from workflows.flows.workers import Workers
from workflows.runs.cathode_series import target_of
from workflows.runs.run_spec import run_spec

if TYPE_CHECKING:
    from workflows.flows.read_job import AnyJob


def run(
    job: str | Path,
    *,
    out: str | Path = "results",
    name: str | None = None,
    phases: str | None = None,
    calculator: str | None = None,
    fresh: bool = False,
    workers: int = 1,
    compact: bool = False,
    join: bool = False,
    until: str = "",
) -> Path:
    """Run the flow of a job file: its tables, figures and record in one folder.

    The jobs are kept beside it, in ``NAME.jobs``: a run that was killed continues from there.

    Parameters
    ----------
    job : path of the job file, or the name of a bundled one (``inputs/ncm811.yaml``).
    out : folder that holds the run's own folder.
    name : of the run's folder; by default that of the job.
    phases : phase set that takes the place of the job's.
    calculator : compute the cathode's energies with this calculator (``mock``, ``sevennet``,
        ``vasp`` ...) instead of reading them from the phase set.
    fresh : discard what an earlier, interrupted run left.
    workers : processes of this machine that share the jobs.
    compact : write few files, no figures.
    join : take part in a run that other processes execute, on this machine or another.
    until : last step that this process computes of a shared run; empty for all.

    Returns
    -------
    Path
        The folder of the run.

    Raises
    ------
    InputError
        If the job cannot be read, an option does not fit its kind, or the folder is in use or holds
        another job that was calculated.
    """
    return run_flow_of(
        job, out=out, name=name, phases=phases, calculator=calculator, fresh=fresh,
        workers=workers, compact=compact, join=join, until=until,
    )[0]  # fmt: skip


def run_flow_of(
    job: str | Path | AnyJob,
    *,
    out: str | Path,
    name: str | None = None,
    phases: str | None = None,
    calculator: str | None = None,
    fresh: bool = False,
    workers: int = 1,
    compact: bool = False,
    join: bool = False,
    until: str = "",
) -> tuple[Path, Any]:
    """Run a job file as :func:`run`, and return the folder and the output of the flow.

    Parameters
    ----------
    job : the file, or the job as it was read.
    out, name, phases, calculator, fresh, workers, compact, join, until : as of :func:`run`.
    """
    read = load_job(Path(job)) if isinstance(job, str | Path) else job
    spec = run_spec(read, calculator, phases)
    folder = folder_name(name or spec.name, calculator, given=name is not None)
    command = [sys.executable, "-m", "workflows.cli", "run", str(job), "--out", str(out), "--join"]
    for option, value in (("--name", name), ("--phases", phases), ("--calculator", calculator)):
        command += [] if value is None else [option, value]
    sharing = Workers(number=workers, joins=join, command=tuple(command), until=until)
    target = target_of(Path(out), folder)
    return target, Run(target, spec).execute(fresh=fresh, workers=sharing, compact=compact)
