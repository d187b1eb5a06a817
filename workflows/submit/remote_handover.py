"""Flows submitted to a workflow manager with a database of the user's: one entry there per job.

A manager is a module with the functions ``ready``, ``send``, ``then``, ``look``, ``output``,
``withdraw`` and ``how_to_stop``. Results are written as by a local run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from interfaces.errors import InputError
from workflows.flows.flow_folder import locked
from workflows.flows.resumable_run import Run
from workflows.io.results import write_atomic
from workflows.runs.run_spec import run_spec
from workflows.submit import jobflow_remote as remote
from workflows.submit.batch_script import JOB_FILE, Task
from workflows.submit.site import Site
from workflows.submit.submission_record import CANCELLED, Submission, job_text

ENGINES: dict[str, Any] = {"jobflow-remote": remote}


def hand_over(
    tasks: Sequence[Task], to: str, site: Site, stamp: datetime, *, dry_run: bool
) -> tuple[list[str], str]:
    """Submit the flow of every run, which is stored in the folder of its jobs.

    Parameters
    ----------
    tasks : runs to submit.
    to : name of the manager.
    site : settings.
    stamp : time of the submission.
    dry_run : only say what would be submitted.

    Returns
    -------
    The uuids of the flows, and the user's next commands.

    Raises
    ------
    InputError
        If a run needs files beside it, or the manager refuses the flow.
    """
    for task in tasks:
        if task.calculator == "mock-vasp":
            raise InputError(
                f"{task.job.name} with {task.calculator} needs files in the folder of its run, "
                f"which --to {to} does not have; use --to slurm"
            )
    if tasks:
        ENGINES[to].ready(site)
    numbers, text = [], ""
    for task in tasks:
        text += f"{task.name}: a flow for {to}\n" if dry_run else ""
        if dry_run:
            continue
        run = Run(task.target, run_spec(task.job, task.calculator, task.phases))
        with locked(task.folder):
            flow = run.flow()
            record = replace(task.record(to, stamp, site), project=site.project)
            write_atomic(task.folder / JOB_FILE, job_text(task.job))
            (task.folder / CANCELLED).unlink(missing_ok=True)
            numbers.append(ENGINES[to].send(flow, site, task.folder))
            record.numbered(numbers[-1]).write(task.folder)
            text += f"{task.name}: {ENGINES[to].then(task.folder)}\n"
    return numbers, text


def bring_home(record: Submission, folder: Path, target: Path) -> None:
    """Write the results of a finished flow.

    Parameters
    ----------
    record : of the submission.
    folder, target : of the jobs, and of the results.

    Raises
    ------
    InputError
        If an output is not in the JobStore.
    """
    run = Run(target, run_spec(folder / JOB_FILE, record.calculator, record.phases))
    with locked(folder):
        run.write(ENGINES[record.to].output(run.flow(), record.project))
