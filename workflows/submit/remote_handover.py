"""Flows handed to an engine that keeps jobs in a database of the user's: one job, one entry there.

Each engine is a module with the same functions: ``ready``, ``send``, ``then``, ``look``,
``output``, ``withdraw`` and ``how_to_stop``. What comes home is written as a local run writes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from interfaces.errors import InputError
from workflows._version import VERSION
from workflows.flows.flow_folder import locked
from workflows.flows.resumable_run import Run
from workflows.io.results import write_atomic
from workflows.submit import fireworks
from workflows.submit import jobflow_remote as remote
from workflows.submit.batch_script import JOB_FILE, Task
from workflows.submit.site import Site
from workflows.submit.submission_record import CANCELLED, Submission, job_text, next_attempt

ENGINES: dict[str, Any] = {"jobflow-remote": remote, "fireworks": fireworks}


def hand_over(
    tasks: Sequence[Task], to: str, site: Site, stamp: datetime, *, dry_run: bool
) -> tuple[list[str], str]:
    """Give every run's flow to an engine: the flow that its folder holds, or will hold.

    Returns
    -------
    The numbers of the flows, and what is to be typed next.

    Raises
    ------
    InputError
        If a run needs files beside it, or the engine does not take the flow.
    """
    from workflows.runs.calculated_series import cathode_run
    from workflows.runs.read_job import cathode_job, load_job
    from workflows.schemas.jobs import DynamicsJob

    jobs = [load_job(one.job) for one in tasks]
    for one, job in zip(tasks, jobs, strict=True):
        if isinstance(job, DynamicsJob) or one.calculator == "mock-vasp":
            raise InputError(
                f"{one.job.name} with {one.calculator} needs files in the folder of its run, which "
                f"--to {to} has not; use --to slurm"
            )
    if tasks:
        ENGINES[to].ready(site)
    numbers, text = [], ""
    for one, job in zip(tasks, jobs, strict=True):
        text += f"{one.name}: a flow for {to}\n" if dry_run else ""
        if dry_run:
            continue
        run = Run(one.target, cathode_run(cathode_job(job), one.calculator, one.phases))
        with locked(one.folder):
            flow = run.flow()
            record = Submission(
                one.name, str(one.job), one.calculator, one.phases, to, "", "", 0,
                stamp.isoformat(timespec="seconds"), site.name, VERSION, next_attempt(one.folder),
                site.project,
            )  # fmt: skip
            write_atomic(one.folder / JOB_FILE, job_text(one.job))
            (one.folder / CANCELLED).unlink(missing_ok=True)
            numbers.append(ENGINES[to].send(flow, site, one.folder))
            record.numbered(numbers[-1]).write(one.folder)
            text += f"{one.name}: {ENGINES[to].then(one.folder)}\n"
    return numbers, text


def bring_home(record: Submission, folder: Path, target: Path) -> None:
    """Write the results of a cathode's finished flow.

    Parameters
    ----------
    record : of the submission.
    folder, target : of the jobs, and of the results.

    Raises
    ------
    InputError
        If an output is not in the JobStore.
    """
    from workflows.runs.calculated_series import cathode_run

    run = Run(target, cathode_run(folder / JOB_FILE, record.calculator, record.phases))
    with locked(folder):
        run.write(ENGINES[record.to].output(run.flow(), record.project))
