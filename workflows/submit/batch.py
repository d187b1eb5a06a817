"""Runs of one batch script, or of one script per stage: written, recorded and sent."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from interfaces.errors import InputError
from workflows.flows.workers import STEPS
from workflows.io.atomic import one_line_errors
from workflows.io.results import write_atomic, write_json
from workflows.submit import background
from workflows.submit.batch_script import JOB_FILE, TOGETHER, Task, batch_script
from workflows.submit.scheduler import Scheduler
from workflows.submit.site import Site
from workflows.submit.submission_record import CANCELLED, Submission, job_text


@dataclass(frozen=True)
class Batch:
    """Tasks of one script.

    Attributes
    ----------
    tasks : runs.
    site : settings.
    place : folder of the script; made when it is sent.
    scheduler : that it goes to; None for the background.
    retries, per_task : as of :func:`workflows.submit.send.submit`.
    """

    tasks: Sequence[Task]
    site: Site
    place: Path
    scheduler: Scheduler | None
    retries: int = 0
    per_task: int = 1

    def stages(self) -> tuple[str, ...]:
        """Return the last step of each allocation; one without a name where a run has one only.

        >>> steps = (("curve", ()), ("relax", (("gres", "gpu:1"),)))
        >>> Batch(tasks=(), site=Site(steps=steps), place=Path(), scheduler=None).stages()
        ('relax', 'curve', 'analysis')
        """
        if not self.site.steps:
            return ("",)
        own = [step for step in STEPS if step in dict(self.site.steps)]
        return (*own, *(STEPS[-1:] if STEPS[-1] not in own else ()))

    def site_of(self, stage: str) -> Site:
        """Return the settings of a stage: its options in place of those of the site."""
        directives = dict(self.site.directives)
        for key, value in dict(self.site.steps).get(stage, ()):
            directives[key.replace("_", "-")] = value
        return dataclasses.replace(self.site, directives=tuple(directives.items()))

    def script(self, stage: str, previous: str) -> str:
        """Return the script of a stage.

        Parameters
        ----------
        stage : one of :meth:`stages`.
        previous : number of the job of the stage before; empty to leave it out.
        """
        first = stage == self.stages()[0]
        # of an array each task waits for the same one of the array before
        array = len(self.tasks) > 1
        how = "aftercorr" if array and self.tasks[0].workers == 1 else "afterok"
        return batch_script(
            self.tasks,
            self.site_of(stage),
            directory=Path.cwd(),
            log=self.place if first else self.place / stage,
            scheduler=self.scheduler,
            retries=self.retries,
            per_task=self.per_task,
            stage=stage,
            after="" if first or not previous else f"{how}:{previous}",
        )

    def send(self, to: str, stamp: datetime) -> str:
        """Write scripts and records, and send them; the scheduler's numbers.

        Raises
        ------
        InputError
            If the scheduler refuses, or a record cannot be written.
        """
        with one_line_errors(self.place):
            self.place.mkdir(parents=True)
            for stage in self.stages()[1:]:
                (self.place / stage).mkdir()
        script = self.place.resolve() / "batch.sh"
        write_atomic(script, self.script(self.stages()[0], ""))
        if self.per_task > 1:
            scheduled = self.scheduler is not None
            runs = [
                {"folder": str(task.folder.resolve()), "run": task.arguments(scheduler=scheduled)}
                for task in self.tasks
            ]
            write_json(self.place / TOGETHER, {"runs": runs})
        records = []
        for i, task in enumerate(self.tasks):
            record = dataclasses.replace(
                task.record(to, stamp, self.site),
                script=str(script),
                task=i,
                workers=task.workers,
                per_task=self.per_task,
                kind=task.kind,
            )
            if task.kind == Task.kind:
                write_atomic(task.folder / JOB_FILE, job_text(task.job))
            (task.folder / CANCELLED).unlink(missing_ok=True)
            record.write(task.folder)
            records.append(record)
        if self.scheduler is not None and not self.scheduler.has_arrays:
            numbers = []
            for i, (task, record) in enumerate(zip(self.tasks, records, strict=True)):
                numbers.append(self.scheduler.send(script, i))
                record.numbered(numbers[-1]).write(task.folder)
            return ", ".join(numbers)
        send = background.send if self.scheduler is None else self.scheduler.send
        numbers = [send(script)]
        self.note(records, numbers, to)
        for stage in self.stages()[1:]:
            later = self.place.resolve() / stage / "batch.sh"
            write_atomic(later, self.script(stage, numbers[-1]))
            numbers.append(send(later))
            self.note(records, numbers, to)
        return " + ".join(numbers)

    def note(self, records: Sequence[Submission], numbers: Sequence[str], to: str) -> None:
        """Write the scheduler's numbers into the records."""
        try:
            for task, record in zip(self.tasks, records, strict=True):
                record.numbered(*numbers).write(task.folder)
        except InputError as error:
            raise InputError(
                f"{error}. They were sent all the same, as {to} {', '.join(numbers)}: end them "
                "with the scheduler's own command before they are sent again"
            ) from None
