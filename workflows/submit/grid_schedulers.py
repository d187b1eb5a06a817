"""PBS and Grid Engine (SGE), whose directives qtoolkit writes; it comes with jobflow-remote.

The keys of a site file are those of qtoolkit, as in the resources of a worker of jobflow-remote.
qtoolkit 0.1.7 reads neither the number of an array nor the states of its tasks; that is done here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar
from xml.etree import ElementTree

from interfaces.errors import CalculationError, InputError
from workflows.submit.scheduler import (
    Header,
    Scheduler,
    check_plain,
    command,
    is_array,
    message,
)
from workflows.submit.site import Site

if TYPE_CHECKING:
    from qtoolkit.io.base import BaseSchedulerIO

EXTRA = "--to {} needs qtoolkit: pip install 'interface-stability[cluster]'"


class _Grid(Scheduler):
    """What PBS and SGE share."""

    title = ""
    limit = "walltime"
    largest = 0
    own: ClassVar[Mapping[str, str]] = {}

    def writer(self) -> BaseSchedulerIO:
        """Return the class of qtoolkit."""
        raise NotImplementedError

    def array(self, job: Header) -> tuple[dict[str, str], list[str]]:
        """Return options and lines of an array."""
        raise NotImplementedError

    def header(self, job: Header, site: Site, notice: int) -> list[str]:
        """Return the directives: the site's in qtoolkit's order, and ours."""
        log = check_plain(self.title, job.log)
        options, lines = self.array(job)
        name = re.sub(r"[^\w.+-]", "_", job.name, flags=re.ASCII)
        options |= dict(site.directives) | {"job_name": name if name[0].isalpha() else f"r{name}"}
        own = dict(self.own)
        options |= {key: value.format(log=log, file=self.file(job)) for key, value in own.items()}
        try:
            text = self.writer().generate_header(options)
        except ValueError as error:
            raise InputError(f"site {site.name}: directives: {error}") from None
        return [*text.strip().splitlines(), *lines]

    def file(self, job: Header) -> str:
        """Return the name of a task's log."""
        raise NotImplementedError

    def send(self, script: Path, task: int | None = None) -> str:
        """Submit a script; the job's number."""
        done = command(self.title, "qsub", *self.terse, str(script))
        if done.returncode != 0:
            raise InputError(
                f"qsub refused {script}: {message(done)}; correct the directives of the site file"
            )
        return self.number(done.stdout.strip())

    terse: ClassVar[tuple[str, ...]] = ()

    def number(self, text: str) -> str:
        """Return the number of a job as qsub wrote it."""
        return text

    def largest_array(self) -> int:
        """Return the scheduler's own default."""
        return self.largest


class PBS(_Grid):
    """PBS Professional and OpenPBS."""

    name, title = "pbs", "PBS"
    task = "${PBS_ARRAY_INDEX:-0}"
    job = "${PBS_ARRAY_ID:-${PBS_JOBID:-$$}}"
    largest = 10000  #: max_array_size
    own: ClassVar = {"qout_path": "{log}/{file}", "rerunnable": "y"}
    #: Exit_status that PBS itself gives -> state.
    EXITS: ClassVar = {-29: "TIMEOUT", -27: "OUT_OF_MEMORY", 271: "CANCELLED"}

    def writer(self) -> BaseSchedulerIO:
        """Return the class of qtoolkit."""
        try:
            from qtoolkit.io.pbs import PBSIO
        except ModuleNotFoundError:
            raise InputError(EXTRA.format("pbs")) from None
        return PBSIO()

    def array(self, job: Header) -> tuple[dict[str, str], list[str]]:
        """Return the option of an array: PBS refuses one of a single task."""
        at_once = f"%{job.at_once}" if job.at_once else ""
        array = {"array": f"0-{job.tasks - 1}{at_once}"} if job.tasks > 1 else {}
        return array, ["#PBS -j oe"]

    def file(self, job: Header) -> str:
        """Return the name of a task's log."""
        return "^array_index^.txt" if job.tasks > 1 else "0.txt"

    def states(self, number: str) -> dict[int, str]:
        """Return the states of the tasks, finished ones as long as PBS keeps their history."""
        done = command("PBS", "qstat", "-x", "-t", "-f", "-w", number)
        if done.returncode != 0 and not done.stdout.strip():
            if "Unknown Job" in done.stderr:
                return {}
            raise CalculationError(f"PBS does not answer: {message(done)}")
        states = {}
        for chunk in re.split(r"^\s*Job Id:\s*", done.stdout, flags=re.MULTILINE)[1:]:
            words = dict(re.findall(r"^\s*([\w.]+) = (.*)$", chunk, re.MULTILINE))
            index = re.match(r"\d+\[(\d*)\]", chunk)
            if index is None or index[1]:  # 12[] is the array itself
                states[int(index[1]) if index else 0] = self._state(words)
        return states

    def _state(self, words: Mapping[str, str]) -> str:
        from qtoolkit.core.data_objects import QState
        from qtoolkit.io.pbs import PBSState

        states = {state.value: state.qstate for state in list[Any](PBSState)}
        state = states[words["job_state"].strip()]
        if state is not QState.DONE:
            return "RUNNING" if state is QState.RUNNING else "PENDING"
        status = words.get("Exit_status", "").strip()
        if not status:
            return "CANCELLED"  # it never ran
        return self.EXITS.get(int(status), "FAILED" if int(status) else "COMPLETED")

    def cancel(self, number: str, tasks: Sequence[int], script: Path) -> None:
        """Delete tasks of a job."""
        array = is_array(script, " -J ")
        named = [number.replace("[]", f"[{task}]") for task in tasks] if array else [number]
        done = command("PBS", "qdel", *named)
        if done.returncode != 0 and "finished" not in done.stderr:
            raise CalculationError(f"PBS does not delete {number}: {message(done)}")


class SGE(_Grid):
    """Grid Engine; tasks are counted from 1 there."""

    name, title = "sge", "Grid Engine"
    task = "$((${SGE_TASK_ID/undefined/1} - 1))"
    job = "${JOB_ID:-$$}"
    restart = "${RESTARTED:-0}"
    requeue = "exit 99  # Grid Engine starts the task again"
    largest = 75000  #: max_aj_tasks
    terse = ("-terse",)
    own: ClassVar = {"qout_path": "{log}/{file}", "rerunnable": "y"}

    def writer(self) -> BaseSchedulerIO:
        """Return the class of qtoolkit."""
        try:
            from qtoolkit.io.sge import SGEIO
        except ModuleNotFoundError:
            raise InputError(EXTRA.format("sge")) from None
        return SGEIO()

    def array(self, job: Header) -> tuple[dict[str, str], list[str]]:
        """Return option and lines of an array."""
        array = {"array": f"1-{job.tasks}"} if job.tasks > 1 else {}
        at_once = [f"#$ -tc {job.at_once}"] if job.tasks > 1 and job.at_once else []
        return array, ["#$ -j y", "#$ -S /bin/bash", *at_once]

    def file(self, job: Header) -> str:
        """Return the name of a task's log."""
        return "$TASK_ID.txt" if job.tasks > 1 else "0.txt"

    def check(self, text: str) -> None:
        """Let ``qsub -w v`` say whether it would accept a script."""
        done = command("Grid Engine", "qsub", "-w", "v", stdin=text)
        if done.returncode != 0 or "no suitable queues" in done.stdout + done.stderr:
            raise InputError(
                f"qsub refuses the script: {message(done)}; nothing was submitted: correct the "
                "directives of the site file"
            )

    def number(self, text: str) -> str:
        """Return the number: ``7.1-3:1`` is array 7."""
        return text.partition(".")[0]

    def largest_array(self) -> int:
        """Return max_aj_tasks."""
        done = command("Grid Engine", "qconf", "-sconf")
        match = re.search(r"^max_aj_tasks\s+(\d+)", done.stdout, re.MULTILINE)
        return int(match[1]) if done.returncode == 0 and match else self.largest

    def states(self, number: str) -> dict[int, str]:
        """Return the states: of tasks that go on by qstat, of ended ones by qacct."""
        done = command("Grid Engine", "qstat", "-xml", "-u", "*")
        if done.returncode != 0:
            raise CalculationError(f"Grid Engine does not answer: {message(done)}")
        states = self._ended(number)
        for row in ElementTree.fromstring(done.stdout).iter("job_list"):
            if row.findtext("JB_job_number") == number:
                state = row.findtext("state") or ""
                for task in _sge_tasks(row.findtext("tasks")):
                    states[task] = _sge_state(state)
        return states

    def _ended(self, number: str) -> dict[int, str]:
        try:
            done = command("Grid Engine", "qacct", "-j", number)
        except InputError:
            return {}
        states = {}
        for block in done.stdout.split("====")[1:] if done.returncode == 0 else ():
            words = dict(re.findall(r"^(\w+)\s+(.*?)\s*$", block, re.MULTILINE))
            if "exit_status" in words:
                task = words.get("taskid", "undefined")
                states[0 if task == "undefined" else int(task) - 1] = _sge_end(words)
        return states

    def cancel(self, number: str, tasks: Sequence[int], script: Path) -> None:
        """Delete tasks of a job."""
        array = is_array(script, " -t ")
        chosen = [str(task + 1) for task in tasks] if array else [""]
        for task in chosen:
            done = command("Grid Engine", "qdel", number, *(("-t", task) if task else ()))
            said = done.stdout + done.stderr
            if done.returncode != 0 and "does not exist" not in said:
                raise CalculationError(f"Grid Engine does not delete {number}: {message(done)}")


def _sge_state(letters: str) -> str:
    """Return the word for Grid Engine's letters.

    >>> [_sge_state(letters) for letters in ("qw", "r", "Rr", "hqw", "Rq", "dr", "Eqw")]
    ['PENDING', 'RUNNING', 'RUNNING', 'PENDING', 'PENDING', 'COMPLETING', 'SPECIAL_EXIT']
    """
    if "E" in letters:
        return "SPECIAL_EXIT"
    if "d" in letters:
        return "COMPLETING"
    return "RUNNING" if set(letters) & set("rt") and "q" not in letters else "PENDING"


def _sge_end(words: Mapping[str, str]) -> str:
    """Return how a task ended, by its lines of qacct."""
    failed = words.get("failed", "0").split()[0].rstrip(":")
    if failed == "25":
        return "REQUEUED"
    if failed == "37":
        return "TIMEOUT"
    if failed == "100":  # assumed to be after the job: a signal
        return "CANCELLED" if words.get("deleted_by", "NONE") != "NONE" else "FAILED"
    return "COMPLETED" if failed == words["exit_status"].split()[0] == "0" else "FAILED"


def _sge_tasks(text: str | None) -> list[int]:
    """Return the tasks of a row of qstat, counted from 0.

    >>> _sge_tasks("3"), _sge_tasks("1-5:2,7"), _sge_tasks(None)
    ([2], [0, 2, 4, 6], [0])
    """
    tasks: list[int] = []
    for first, last, step in re.findall(r"(\d+)(?:-(\d+))?(?::(\d+))?", text or "1"):
        tasks += range(int(first) - 1, int(last or first), int(step or 1))
    return tasks
