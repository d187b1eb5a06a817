"""The batch script: the site's lines, then ``interfaces run`` for the task that it is given."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import ClassVar

from workflows._version import VERSION
from workflows.flows.time_limit import END, LIMIT, MARKER
from workflows.io.shell import joined, quoted
from workflows.submit.scheduler import Header, Scheduler
from workflows.submit.site import Site
from workflows.submit.submission_record import CANCELLED, Submission, next_attempt

JOB_FILE = "job.yaml"  #: the job as it was when it was sent, in the folder of its jobs
OUTPUT = "batch.txt"  #: what a run said, every attempt below the one before
STARTED, ENDED = "== started", "== ended"
TOGETHER = "runs.json"  #: what one process computes, beside the script
STOPPED_BY_LIMIT = 75  #: exit status of that process where the time limit stopped a run
#: Seconds that a new start waits for one before it, which the scheduler lost but did not end.
LOCK_WAIT = 60
WAIT_FOR_EARLIER = (  # workers have claims instead
    "    # an earlier start, lost by the scheduler, may still be ending here",
    f'    command -v flock >/dev/null && flock --wait {LOCK_WAIT} "$folder/lock" true',
)


@dataclass(frozen=True)
class Task:
    """One run: a job file, how to calculate it, and the folder it goes to.

    ``name`` is that of the folder ``OUT/NAME``; ``workers`` processes share its jobs; ``compact``
    leaves figures for later.
    """

    job: Path
    calculator: str | None
    out: Path
    name: str
    phases: str | None = None
    workers: int = 1
    compact: bool = False
    kind: ClassVar = "run"

    @property
    def target(self) -> Path:
        """Folder of the results."""
        return self.out / self.name

    @property
    def folder(self) -> Path:
        """Folder of the jobs."""
        return self.out / f"{self.name}.jobs"

    def arguments(self, *, scheduler: bool, stage: str = "") -> list[str]:
        """What follows ``interfaces run``, for the copy of the job file.

        A scheduler starts the workers itself; each joins the run, and does the steps of a stage.
        """
        given = [] if self.phases is None else ["--phases", self.phases]
        given += [] if self.calculator is None else ["--calculator", self.calculator]
        given += ["--compact"] if self.compact else []
        if stage:
            given += ["--join", "--until", stage]
        elif self.workers > 1:
            given += ["--join"] if scheduler else ["--workers", str(self.workers)]
        return [
            str(self.folder.resolve() / JOB_FILE),
            "--out", str(self.out.resolve()), "--name", self.name, *given,
        ]  # fmt: skip

    def record(self, to: str, stamp: datetime, site: Site) -> Submission:
        """Return the record of this run as it is sent; its number is known later."""
        return Submission(
            name=self.name,
            job=str(self.job),
            calculator=self.calculator,
            phases=self.phases,
            to=to,
            script="",
            number="",
            task=0,
            sent=stamp.isoformat(timespec="seconds"),
            site=site.name,
            version=VERSION,
            attempts=next_attempt(self.folder),
        )

    def line(self, *, scheduler: bool, stage: str = "") -> str:
        """Return the words after ``interfaces``, as the shell reads them."""
        return f"run {joined(self.arguments(scheduler=scheduler, stage=stage))}"


def batch_script(
    tasks: Sequence[Task],
    site: Site,
    *,
    directory: Path,
    log: Path,
    scheduler: Scheduler | None = None,
    retries: int = 0,
    per_task: int = 1,
    stage: str = "",
    after: str = "",
) -> str:
    """Text of the script for one task, or for an array of them.

    Parameters
    ----------
    tasks : runs.
    site : settings.
    directory : where the run starts, so that paths in the job file mean what they meant here.
    log : folder for what the scheduler itself says.
    scheduler : that reads it; without one it goes through the tasks one after another.
    retries : how often a run that the time limit stopped is sent again by itself.
    per_task : runs that one task of the scheduler computes in one process.
    stage : last step that the allocation computes; empty for all.
    after : what the scheduler must have finished before, as of :class:`Header`.

    Raises
    ------
    InputError
        If a path or a name has a line end in it, or the scheduler has no such option.
    """
    limit = time_limit(site, scheduler)
    workers = tasks[0].workers if scheduler else 1
    lines = ["#!/bin/bash"]
    if scheduler:
        header = Header(
            name=tasks[0].name if len(tasks) == 1 else f"{len(tasks)}-runs",
            log=log,
            tasks=-(-len(tasks) * workers // per_task),
            at_once=site.at_once * workers if site.at_once else None,
            after=after,
        )
        lines += scheduler.header(header, site, notice(limit))
    lines += ["", "folders=("]
    lines += [f"  {quoted(task.folder.resolve())}" for task in tasks]
    lines += [")", *_chosen(scheduler, len(tasks), workers, per_task)]
    lines += [
        f"job={scheduler.job if scheduler else '$$'}",
        f"restart={scheduler.restart if scheduler else 0}",
        "start() {",
        f'  echo "{STARTED} $(date -u +%FT%TZ) job $job task $1 on $(hostname) restart $restart"',
        "}",
        "end() {",
        f'  echo "{ENDED} $(date -u +%FT%TZ) status $1"',
        "}",
        "unready() {  # a line of the site failed: no run starts in the wrong environment",
        "  local status=$? line=$BASH_COMMAND task",
        '  for task in "${tasks[@]}"; do',
        "    {",
        '      start "$task"',
        f'      echo "interfaces: site {_plain(site.name)}: $line ended with status $status"',
        '      end "$status"',
        '    } >>"${folders[$task]}/$said" 2>&1',
        "  done",
        '  exit "$status"',
        "}",
        "",
        *ready_lines(site, directory, "unready", exports="export" in dict(site.directives)),
        *(_clock(scheduler, limit) if scheduler else ()),
        "",
    ]
    if per_task > 1:
        lines += _together(tasks, site, log, scheduler, retries)
        return "\n".join(lines) + "\n"
    lines += ["run() {", '  case "$1" in']
    for i, task in enumerate(tasks):
        line = task.line(scheduler=scheduler is not None, stage=stage)
        lines.append(f"    {i}) {command_of(site)} {line} ;;")
    lines += ["  esac", "}"]
    lines += STOPPING if scheduler else ()
    lines += [
        "attempt() {",
        "  folder=${folders[$1]}",
        "  local status",
        "  {",
        '    start "$1"',
        *(WAIT_FOR_EARLIER if workers == 1 and not stage else ()),
        *(watched(scheduler, retries) if scheduler else ('    run "$1"', "    status=$?")),
        '    end "$status"',
        '  } >>"$folder/$said" 2>&1',
        "  return $status",
        "}",
        "",
        "worst=0",
        'for task in "${tasks[@]}"; do',
        f'  [ -e "${{folders[$task]}}/{CANCELLED}" ] && continue',
        '  attempt "$task" || worst=$?',
        "done",
        "exit $worst",
    ]
    return "\n".join(lines) + "\n"


def _chosen(scheduler: Scheduler | None, runs: int, workers: int, per_task: int) -> list[str]:
    """Lines that choose the runs of this task, and the file that they write to."""
    if scheduler is None:
        return ['tasks=("${!folders[@]}")', f"said={OUTPUT}"]
    lines = [f"number={scheduler.task}"]
    if per_task > 1:
        return [
            *lines,
            f"tasks=($(seq $((number * {per_task})) $((number * {per_task} + {per_task - 1}))))",
            f'tasks=("${{tasks[@]:0:$(({runs} - number * {per_task}))}}")',
            f"said={OUTPUT}",
        ]
    if workers > 1:
        return [
            *lines,
            f"tasks=($((number / {workers})))",
            f"worker=$((number % {workers}))",
            f"said={OUTPUT}",
            f'[ "$worker" -gt 0 ] && said=$worker-{OUTPUT}',
        ]
    return [*lines, 'tasks=("$number")', f"said={OUTPUT}"]


def _clock(scheduler: Scheduler, limit: int | None) -> list[str]:
    """Lines that say when the allocation ends, and signal the script before that."""
    known = f"$(($(date +%s) + {limit}))" if limit else ""
    if scheduler.warns:
        return [f"export {END}=${{SLURM_JOB_END_TIME:-{known}}}"]
    if limit is None:
        return []
    return [
        f"export {END}={known}",
        f"{{ sleep {limit - notice(limit)} && kill -USR1 $$; }} >/dev/null 2>&1 &",
        "clock=$!",
        'trap \'kill $(pgrep -P "$clock") "$clock" 2>/dev/null\' EXIT',
    ]


def _together(
    tasks: Sequence[Task], site: Site, log: Path, scheduler: Scheduler | None, retries: int
) -> list[str]:
    """Lines that let one process compute the runs of a task."""
    command = f"{command_of(site)} run-together {quoted(log.resolve() / TOGETHER)}"
    lines = ['set -- --job "$job" --restart "$restart" "${tasks[@]}"']
    if scheduler is None:
        return [*lines, f'{command} "$@"']
    again = (
        f'[ "$status" = {STOPPED_BY_LIMIT} ] && [ "$restart" -lt {retries} ] && {scheduler.requeue}'
    )
    return [
        *lines,
        f'{command} "$@" &',
        "child=$!",
        "trap 'kill -USR1 \"$child\"' USR1",
        *_waited(""),
        *([again] if retries else []),
        'exit "$status"',
    ]


def _waited(indent: str) -> tuple[str, ...]:
    """Lines that wait for a child, again where a signal ended the wait."""
    return tuple(
        indent + line
        for line in (
            'wait "$child"',
            "status=$?",
            'while kill -0 "$child" 2>/dev/null; do',
            '  wait "$child"',
            "  status=$?",
            "done",
        )
    )


def ready_lines(site: Site, directory: Path, failing: str, *, exports: bool) -> list[str]:
    """Lines that prepare the environment of a node; the first that fails ends the script.

    Parameters
    ----------
    site : has the user's own lines.
    directory : to work in.
    failing : function of the script that is called when one fails.
    exports : whether the site says which variables sbatch passes on.
    """
    lines = ["set -e", f"trap {failing} ERR", f"cd {quoted(directory)}", *site.before]
    if exports:
        lines.append("unset SLURM_EXPORT_ENV  # else srun gives VASP none of the variables below")
    lines += [f"export {name}={_filled(value)}" for name, value in _variables(site)]
    if site.scratch:
        lines.append('mkdir -p "$ATOMATE2_CUSTODIAN_SCRATCH_DIR"')
    return [*lines, "trap - ERR", "set +e"]


def command_of(site: Site) -> str:
    """How ``interfaces`` is called on a node."""
    return site.command or joined([sys.executable, "-m", "workflows.cli"])


#: Shortly before the limit Slurm sends the script a signal. The run is ended, so that it can note
#: how far it came; ``pgrep`` finds its process below the function that runs in the background.
STOPPING = (
    "stop_run() {",
    f'  touch "${MARKER}"',
    "  local inner",
    '  inner=$(pgrep -P "$child")',
    '  kill -TERM ${inner:-"$child"} 2>/dev/null',
    "}",
    "trap stop_run USR1",
)


def watched(scheduler: Scheduler, retries: int) -> tuple[str, ...]:
    """Lines that run a task in the background, so that the script notices the signal."""
    again = (
        f'    if [ -e "${MARKER}" ] && [ "$restart" -lt {retries} ]; then',
        '      end "$status"',
        f"      {scheduler.requeue}",
        "    fi",
    )
    return (
        f'    export {MARKER}="$folder/{LIMIT}${{worker:+-$worker}}"',
        f'    rm -f "${MARKER}"',
        '    run "$1" &',
        "    child=$!",
        *_waited("    "),
        *(again if scheduler.requeue and retries else ()),
    )


def notice(limit: int | None) -> int:
    """Seconds before the limit at which the script is told of it.

    >>> notice(86400), notice(60), notice(None)
    (120, 15, 120)
    """
    return 120 if limit is None else min(120, limit // 4)


def time_limit(site: Site, scheduler: Scheduler | None = None) -> int | None:
    """The site's time limit [s]; None without one that can be read.

    A number alone is minutes for Slurm, and seconds for others.

    >>> [time_limit(Site(directives=(("time", t),))) for t in ("90", "1:30:00", "2-12", "1-0:30")]
    [5400, 5400, 216000, 88200]
    """
    option = "time" if scheduler is None else scheduler.limit
    days, dash, rest = dict(site.directives).get(option, "").rpartition("-")
    parts = rest.split(":")
    if not all(part.isdigit() for part in parts) or (dash and not days.isdigit()):
        return None
    numbers = [int(part) for part in parts]
    if dash:  # days-hours[:minutes[:seconds]]
        hours, minutes, seconds = (*numbers, 0, 0)[:3]
        return ((int(days) * 24 + hours) * 60 + minutes) * 60 + seconds
    single = (0, *numbers, 0) if option == "time" else (0, 0, *numbers)
    hours, minutes, seconds = {1: single, 2: (0, *numbers), 3: numbers}[len(numbers)]
    return (hours * 60 + minutes) * 60 + seconds


def _plain(name: str) -> str:
    """A name without the characters that a shell expands within double quotes."""
    return re.sub(r"[^\w .+-]", "_", name)


def _variables(site: Site) -> list[tuple[str, str]]:
    """Variables to export, those of atomate2 last."""
    named = (
        ("ATOMATE2_VASP_CMD", site.vasp),
        ("ATOMATE2_VASP_GAMMA_CMD", site.vasp_gamma),
        ("ATOMATE2_CUSTODIAN_SCRATCH_DIR", site.scratch),
    )
    return [*site.environment, *((name, value) for name, value in named if value)]


def _filled(value: str) -> str:
    r"""A value in which the shell fills in variables and does nothing else.

    >>> print(_filled('/scratch/$USER/`id` "a"'))
    "/scratch/$USER/\`id\` \"a\""
    """
    for character in '\\"`':
        value = value.replace(character, "\\" + character)
    return f'"{value.replace("$(", chr(92) + "$(")}"'
