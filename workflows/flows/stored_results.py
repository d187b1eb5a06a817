"""A flow and the folder of its results: the jobs resumable beside it, the results whole or not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workflows.calculators.registry import calculator_info
from workflows.flows.flow_folder import locked
from workflows.flows.run_locally import run_flow
from workflows.io.results import run_folder
from workflows.tables.curve_tables import bar_on_stderr

if TYPE_CHECKING:
    from jobflow import Flow


def run_into(
    target: Path,
    make: Callable[[], Flow],
    asked: Mapping[str, Any],
    program: Callable[[Path], AbstractContextManager[object]],
    write: Callable[[Path, Any], None],
    *,
    fresh: bool,
) -> Any:
    """Run a flow in ``TARGET.jobs``, and let its output be written to ``TARGET``.

    Parameters
    ----------
    make, asked, fresh : as :func:`workflows.flows.run_locally.run_flow`.
    program : has at hand what the jobs run, given the folder of the jobs.
    write : fills the folder of the results from the flow's output.

    Returns
    -------
    The flow's output.
    """
    from rich.progress import Progress, TextColumn, TimeElapsedColumn

    jobs = target.with_name(f"{target.name}.jobs")
    with (
        locked(jobs),
        program(jobs),
        Progress(
            TextColumn("{task.description}"), TimeElapsedColumn(), **bar_on_stderr()
        ) as progress,
    ):
        task = progress.add_task("jobs")
        found = run_flow(
            make,
            asked,
            jobs,
            fresh=fresh,
            tell=lambda words: progress.update(task, description=words),
        )
        progress.update(task, description="tables and figures")
        with run_folder(target) as folder:
            write(folder, found)
    return found


def folder_name(name: str, calculator: str, *, given: bool) -> str:
    """Name of a run's folder: the job's and the calculator's, or the one that was given.

    A mocked one always ends in its calculator's name, so that it never takes the place of a real
    one.

    >>> folder_name("ncm811", "chgnet", given=False), folder_name("mine", "mock", given=True)
    ('ncm811-chgnet', 'mine-mock')
    """
    ending = f"-{calculator}"
    keeps = given and not calculator_info(calculator).mocked
    return name if keeps or name.endswith(ending) else name + ending
