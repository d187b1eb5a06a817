"""Work shared by two processes: figures, and what does not depend on one another."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from interfaces.errors import InputError
from workflows.io.results import save_figures

if TYPE_CHECKING:
    from matplotlib.figure import Figure

T = TypeVar("T")
Drawings = dict[Path, Callable[[], "Figure"]]  #: path without a suffix -> draws the figure


@contextmanager
def beside(work: Callable[[], T]) -> Iterator[Callable[[], T]]:
    """Do work in a second process during the block, where there is a core for it.

    Parameters
    ----------
    work : takes nothing; its result can be pickled.

    Yields
    ------
    Callable
        Returns the result of the work, once it is there; raises the error that it met, or
        ``InputError`` where the second process was killed. Without a core it does the work.
    """
    if not _can_fork():
        yield work
        return
    context = multiprocessing.get_context("fork")
    mine, theirs = context.Pipe(duplex=False)
    second = context.Process(target=_second, args=(work, theirs), daemon=True)
    second.start()
    theirs.close()

    def result() -> T:
        try:
            done, value = mine.recv()
        except EOFError:
            raise InputError(
                "a second process of this run was killed (out of memory?); give the same command "
                "again: what was computed is kept"
            ) from None
        if not done:
            raise value
        return value  # type: ignore[no-any-return]

    try:
        yield result
    except BaseException:
        second.terminate()
        raise
    finally:
        second.join()


def _can_fork() -> bool:
    """Whether there is a second core, and no thread whose locks a fork would copy."""
    return (
        sys.platform == "linux"
        and len(os.sched_getaffinity(0)) > 1
        and len(os.listdir("/proc/self/task")) == 1
    )


def _second(work: Callable[[], Any], pipe: Connection) -> None:
    """Do the work in the second process, and send its result or its error to the first."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the first, which ends this one
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        result = True, work()
    except Exception as error:
        result = False, error
    pipe.send(result)


def save_side_by_side(drawings: Drawings, mark: str = "") -> None:
    """Draw figures and save each as :func:`workflows.io.results.save_figures` does.

    A second process draws with this one where there is a core for it; the files are the same.

    Parameters
    ----------
    drawings : path without a suffix -> function that draws the figure.
    mark : words across the figures, for what must not pass as a result.

    Raises
    ------
    InputError
        If a file cannot be an output, or the second process was killed.
    """
    if not drawings:
        return
    import interfaces.figures  # noqa: F401 - matplotlib, loaded once for both

    def save(part: list[tuple[Path, Callable[[], Figure]]]) -> None:
        for stem, draw in part:
            save_figures(draw(), stem, mark)

    items = list(drawings.items())
    with beside(partial(save, items[1::2])) as save_others:
        save(items[::2])
        save_others()
