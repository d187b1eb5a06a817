"""The batch script: the site's lines, then ``interfaces run`` for the task that it is given."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from workflows.io.shell import joined, log_pattern, quoted
from workflows.submit.site import Site
from workflows.submit.submission_record import CANCELLED

JOB_FILE = "job.yaml"  #: the job as it was when it was sent, in the folder of its jobs
OUTPUT = "batch.txt"  #: what a run said, every attempt below the one before
STARTED, ENDED = "== started", "== ended"
#: Seconds that a new start waits for one before it, which the scheduler lost but did not end.
LOCK_WAIT = 60


@dataclass(frozen=True)
class Task:
    """One run: a job file, how to calculate it, and the folder it goes to.

    ``name`` is that of the folder ``OUT/NAME``.
    """

    job: Path
    calculator: str | None
    out: Path
    name: str
    phases: str | None = None

    @property
    def target(self) -> Path:
        """Folder of the results."""
        return self.out / self.name

    @property
    def folder(self) -> Path:
        """Folder of the jobs."""
        return self.out / f"{self.name}.jobs"

    def arguments(self) -> list[str]:
        """What follows ``interfaces run``, for the copy of the job file."""
        given = [] if self.phases is None else ["--phases", self.phases]
        given += [] if self.calculator is None else ["--calculator", self.calculator]
        return [
            str(self.folder.resolve() / JOB_FILE),
            "--out", str(self.out.resolve()), "--name", self.name, *given,
        ]  # fmt: skip


def batch_script(
    tasks: Sequence[Task], site: Site, *, directory: Path, log: Path, scheduler: bool
) -> str:
    """Text of the script for one task, or for an array of them.

    Parameters
    ----------
    directory : where the run starts, so that paths in the job file mean what they meant here.
    log : folder for what the scheduler itself says.
    scheduler : whether sbatch reads it; else it goes through the tasks one after another.

    Raises
    ------
    InputError
        If a path or a name has a line end in it.
    """
    lines = ["#!/bin/bash"]
    if scheduler:
        lines += [f"#SBATCH {one}" for one in _directives(tasks, site, log)]
    lines += ["", f"cd {quoted(directory)} || exit 1", *site.before]
    if scheduler and "export" in dict(site.directives):
        lines.append("unset SLURM_EXPORT_ENV  # else srun gives VASP none of the variables below")
    lines += [f"export {name}={_filled(value)}" for name, value in _variables(site)]
    if site.scratch:
        lines.append('mkdir -p "$ATOMATE2_CUSTODIAN_SCRATCH_DIR"')
    lines += ["", "folders=("]
    lines += [f"  {quoted(task.folder.resolve())}" for task in tasks]
    command = site.command or joined([sys.executable, "-m", "workflows.cli"])
    lines += [")", "run() {", '  case "$1" in']
    lines += [f"    {i}) {command} run {joined(one.arguments())} ;;" for i, one in enumerate(tasks)]
    lines += [
        "  esac",
        "}",
        "attempt() {",
        "  local folder=${folders[$1]} job=${SLURM_ARRAY_JOB_ID:-${SLURM_JOB_ID:-$$}}",
        "  {",
        f'    echo "{STARTED} $(date -u +%FT%TZ) job $job task $1 on $(hostname)'
        ' restart ${SLURM_RESTART_COUNT:-0}"',
        "    # an earlier start, lost by the scheduler, may still be ending here",
        f'    command -v flock >/dev/null && flock --wait {LOCK_WAIT} "$folder/lock" true',
        '    run "$1"',
        "    local status=$?",
        f'    echo "{ENDED} $(date -u +%FT%TZ) status $status"',
        f'  }} >>"$folder/{OUTPUT}" 2>&1',
        "  return $status",
        "}",
        "",
    ]
    if scheduler:
        lines.append('attempt "${SLURM_ARRAY_TASK_ID:-0}"')
    else:
        lines += [
            "worst=0",
            'for task in "${!folders[@]}"; do',
            f'  [ -e "${{folders[$task]}}/{CANCELLED}" ] && continue',
            '  attempt "$task" || worst=$?',
            "done",
            "exit $worst",
        ]
    return "\n".join(lines) + "\n"


def _directives(tasks: Sequence[Task], site: Site, log: Path) -> list[str]:
    """What sbatch reads: ours, then the site's."""
    array = len(tasks) > 1
    at_once = f"%{site.at_once}" if site.at_once else ""
    name = tasks[0].name if not array else f"{len(tasks)}-runs"
    ours = [
        f"--job-name={quoted(name)}",
        f"--output={log_pattern(log.resolve(), '%a.txt' if array else '0.txt')}",
        "--open-mode=append",
        "--requeue",  # a lost node: the run goes on elsewhere
    ]
    if array:
        ours.append(f"--array=0-{len(tasks) - 1}{at_once}")
    return ours + [
        f"--{key}={quoted(value)}" if value else f"--{key}" for key, value in site.directives
    ]


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
