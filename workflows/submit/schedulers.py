"""The schedulers of ``--to``, by name."""

from __future__ import annotations

from workflows.submit.grid_schedulers import PBS, SGE
from workflows.submit.parsl_schedulers import LSF, HTCondor
from workflows.submit.scheduler import Scheduler
from workflows.submit.slurm import Slurm

SCHEDULERS: dict[str, Scheduler] = {
    scheduler.name: scheduler for scheduler in (Slurm(), PBS(), SGE(), LSF(), HTCondor())
}
