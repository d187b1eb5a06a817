"""Run a job file of any kind: the one function behind ``interfaces run``."""

from __future__ import annotations

import sys
from pathlib import Path

from interfaces.errors import InputError
from workflows.flows.job_schema import AnalysesJob
from workflows.flows.read_job import load_job
from workflows.flows.resumable_run import Run, folder_name
from workflows.flows.workers import Workers
from workflows.runs.cathode_series import target_of
from workflows.runs.run_spec import run_spec
from workflows.schemas.jobs import DynamicsJob


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
    """Run a job file: its tables, figures and record in one folder.

    Parameters
    ----------
    job : path of the job file, or the name of a bundled one (``inputs/ncm811.yaml``).
    out : folder that holds the run's own folder.
    name : of the run's folder; by default that of the job.
    phases : phase set that takes the place of the job's.
    calculator : compute the cathode's energies with this calculator (``mock``, ``sevennet``,
        ``vasp`` ...) instead of reading them from the phase set.
    fresh : discard what an earlier, interrupted run with ``calculator`` left.
    workers : processes of this machine that share the jobs of a run with ``calculator``.
    compact : of a run with ``calculator``: write few files, no figures.
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
        another job.
    """
    out, spec = Path(out), load_job(Path(job))
    if isinstance(spec, AnalysesJob):
        if calculator is not None or fresh or join or compact or workers != 1:
            raise InputError(f"{spec.name} holds analyses; --calculator belongs to a cathode")
        from workflows.runs.analyses import run_analyses

        return run_analyses(spec, out=out, name=name, phases=phases)
    if calculator is None:
        if fresh or join or compact or workers != 1:
            raise InputError("--fresh, --compact and --workers belong to --calculator")
        if isinstance(spec, DynamicsJob):
            raise InputError(f"{spec.name} moves the atoms of a cell; give a --calculator")
        from workflows.runs.cathode_series import run_job

        run_job(spec, out=out, name=name, phases=phases)
        return target_of(out, name or spec.name)
    command = [sys.executable, "-m", "workflows.cli", "run", str(job), "--calculator", calculator]
    command += ["--out", str(out), "--join"]
    for option, value in (("--name", name), ("--phases", phases)):
        command += [] if value is None else [option, value]
    sharing = Workers(number=workers, joins=join, command=tuple(command), until=until)
    if until or compact:
        target = target_of(out, folder_name(name or spec.name, calculator, given=name is not None))
        made = Run(target, run_spec(spec, calculator, phases))
        made.execute(fresh=fresh, workers=sharing, compact=compact)
        return target
    if isinstance(spec, DynamicsJob):
        if phases is not None:
            raise InputError("--phases does not belong to a job of dynamics")
        from workflows.runs.md_run import run_dynamics

        return run_dynamics(spec, calculator, out=out, name=name, fresh=fresh, workers=sharing)
    from workflows.runs.calculated_series import run_calculated

    run_calculated(
        spec, calculator, out=out, name=name, phases=phases, fresh=fresh, workers=sharing
    )
    return target_of(out, folder_name(name or spec.name, calculator, given=name is not None))
