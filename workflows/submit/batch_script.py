"""The batch script: the site's lines, then ``interfaces run`` for the task that it is given."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from workflows.flows.time_limit import END, LIMIT, MARKER
from workflows.io.shell import joined, log_pattern, quoted
from workflows.submit.site import Site
from workflows.submit.submission_record import CANCELLED

JOB_FILE = "job.yaml"  #: the job as it was when it was sent, in the folder of its jobs
OUTPUT = "batch.txt"  #: what a run said, every attempt below the one before
STARTED, ENDED = "== started", "== ended"
#: Seconds that a new start waits for one before it, which the scheduler lost but did not end.
LOCK_WAIT = 60
WAIT_FOR_EARLIER = (  # workers have claims instead
    "    # an earlier start, lost by the scheduler, may still be ending here",
    f'    command -v flock >/dev/null && flock --wait {LOCK_WAIT} "$folder/lock" true',
)


@dataclass(frozen=True)
class Task:
    """One run: a job file, how to calculate it, and the folder it goes to.

    ``name`` is that of the folder ``OUT/NAME``; ``workers`` processes share its jobs.
    """

    job: Path
    calculator: str | None
    out: Path
    name: str
    phases: str | None = None
    workers: int = 1

    @property
    def target(self) -> Path:
        """Folder of the results."""
        return self.out / self.name

    @property
    def folder(self) -> Path:
        """Folder of the jobs."""
        return self.out / f"{self.name}.jobs"

    def arguments(self, *, scheduler: bool) -> list[str]:
        """What follows ``interfaces run``, for the copy of the job file.

        A scheduler starts the workers itself; each joins the run.
        """
        given = [] if self.phases is None else ["--phases", self.phases]
        given += [] if self.calculator is None else ["--calculator", self.calculator]
        if self.workers > 1:
            given += ["--join"] if scheduler else ["--workers", str(self.workers)]
        return [
            str(self.folder.resolve() / JOB_FILE),
            "--out", str(self.out.resolve()), "--name", self.name, *given,
        ]  # fmt: skip


def batch_script(
    tasks: Sequence[Task],
    site: Site,
    *,
    directory: Path,
    log: Path,
    scheduler: bool,
    retries: int = 0,
) -> str:
    """Text of the script for one task, or for an array of them.

    Parameters
    ----------
    directory : where the run starts, so that paths in the job file mean what they meant here.
    log : folder for what the scheduler itself says.
    scheduler : whether sbatch reads it; else it goes through the tasks one after another.
    retries : how often a run that the time limit stopped is sent again by itself.

    Raises
    ------
    InputError
        If a path or a name has a line end in it.
    """
    lines = ["#!/bin/bash"]
    limit = time_limit(site)
    if scheduler:
        lines += [f"#SBATCH {option}" for option in _directives(tasks, site, log)]
        lines.append(f"#SBATCH --signal=B:USR1@{notice(limit)}")
    lines += ["", "folders=("]
    lines += [f"  {quoted(task.folder.resolve())}" for task in tasks]
    lines.append(")")
    workers = tasks[0].workers if scheduler else 1
    if workers > 1:
        lines += [
            f"tasks=($((SLURM_ARRAY_TASK_ID / {workers})))",
            f"worker=$((SLURM_ARRAY_TASK_ID % {workers}))",
            f"said={OUTPUT}",
            f'[ "$worker" -gt 0 ] && said=$worker-{OUTPUT}',
        ]
    else:
        every = '"${SLURM_ARRAY_TASK_ID:-0}"' if scheduler else '"${!folders[@]}"'
        lines += [f"tasks=({every})", f"said={OUTPUT}"]
    lines += [
        "job=${SLURM_ARRAY_JOB_ID:-${SLURM_JOB_ID:-$$}}",
        "start() {",
        f'  echo "{STARTED} $(date -u +%FT%TZ) job $job task $1 on $(hostname)'
        ' restart ${SLURM_RESTART_COUNT:-0}"',
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
    ]
    if scheduler:
        end = "${SLURM_JOB_END_TIME:-" + (f"$(($(date +%s) + {limit}))" if limit else "") + "}"
        lines.append(f"export {END}={end}")
    lines += ["", "run() {", '  case "$1" in']
    lines += [
        f"    {i}) {command_of(site)} run {joined(task.arguments(scheduler=scheduler))} ;;"
        for i, task in enumerate(tasks)
    ]
    lines += ["  esac", "}"]
    lines += STOPPING if scheduler else ()
    lines += [
        "attempt() {",
        "  folder=${folders[$1]}",
        "  local status",
        "  {",
        '    start "$1"',
        *(WAIT_FOR_EARLIER if workers == 1 else ()),
        *(watched(retries) if scheduler else ('    run "$1"', "    status=$?")),
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


def watched(retries: int) -> tuple[str, ...]:
    """Lines that run a task in the background, so that the script notices the signal."""
    return (
        f'    export {MARKER}="$folder/{LIMIT}${{worker:+-$worker}}"',
        f'    rm -f "${MARKER}"',
        '    run "$1" &',
        "    child=$!",
        '    wait "$child"',
        "    status=$?",
        '    while kill -0 "$child" 2>/dev/null; do',
        '      wait "$child"',
        "      status=$?",
        "    done",
        f'    if [ -e "${MARKER}" ] && [ "${{SLURM_RESTART_COUNT:-0}}" -lt {retries} ]; then',
        '      end "$status"',
        '      scontrol requeue "$SLURM_JOB_ID" && sleep 60  # Slurm ends this attempt',
        "    fi",
    )


def notice(limit: int | None) -> int:
    """Seconds before the limit at which the script is told of it.

    >>> notice(86400), notice(60), notice(None)
    (120, 15, 120)
    """
    return 120 if limit is None else min(120, limit // 4)


def time_limit(site: Site) -> int | None:
    """The site's time limit [s]; None without one that can be read.

    >>> [time_limit(Site(directives=(("time", t),))) for t in ("90", "1:30:00", "2-12", "1-0:30")]
    [5400, 5400, 216000, 88200]
    """
    days, dash, rest = dict(site.directives).get("time", "").rpartition("-")
    parts = rest.split(":")
    if not all(part.isdigit() for part in parts) or (dash and not days.isdigit()):
        return None
    numbers = [int(part) for part in parts]
    if dash:  # days-hours[:minutes[:seconds]]
        hours, minutes, seconds = (*numbers, 0, 0)[:3]
        return ((int(days) * 24 + hours) * 60 + minutes) * 60 + seconds
    hours, minutes, seconds = {1: (0, *numbers, 0), 2: (0, *numbers), 3: numbers}[len(numbers)]
    return (hours * 60 + minutes) * 60 + seconds


def _plain(name: str) -> str:
    """A name without the characters that a shell expands within double quotes."""
    return re.sub(r"[^\w .+-]", "_", name)


def _directives(tasks: Sequence[Task], site: Site, log: Path) -> list[str]:
    """What sbatch reads: ours, then the site's."""
    workers = tasks[0].workers
    array = len(tasks) * workers > 1
    at_once = f"%{site.at_once * workers}" if site.at_once else ""
    name = tasks[0].name if len(tasks) == 1 else f"{len(tasks)}-runs"
    ours = [
        f"--job-name={quoted(name)}",
        f"--output={log_pattern(log.resolve(), '%a.txt' if array else '0.txt')}",
        "--open-mode=append",
        "--requeue",  # a lost node: the run goes on elsewhere
    ]
    if array:
        ours.append(f"--array=0-{len(tasks) * workers - 1}{at_once}")
    return ours + options(site)


def options(site: Site) -> list[str]:
    """The site's own options of sbatch."""
    return [f"--{key}={quoted(value)}" if value else f"--{key}" for key, value in site.directives]


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
