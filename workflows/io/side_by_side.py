"""Several figures at once: half of the time of a run is drawing."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interfaces.errors import InputError
from workflows.io.results import save_figures

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Drawings = dict[Path, Callable[[], "Figure"]]  #: path without a suffix -> draws the figure


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
    if len(drawings) < 2 or not _can_fork():
        for stem, draw in drawings.items():
            save_figures(draw(), stem, mark)
        return
    import interfaces.figures  # noqa: F401 - matplotlib, loaded once for both

    context = multiprocessing.get_context("fork")
    taken = context.Value("q", 0)
    mine, theirs = context.Pipe(duplex=False)
    second = context.Process(target=_second, args=(drawings, mark, taken, theirs), daemon=True)
    second.start()
    theirs.close()
    try:
        _draw(drawings, mark, taken)
        error = mine.recv()
    except EOFError:
        raise InputError(
            "a process that draws figures was killed (out of memory?); give the same command "
            "again: what was computed is kept"
        ) from None
    except BaseException:
        second.terminate()
        raise
    finally:
        second.join()
    if error is not None:
        raise error


def _can_fork() -> bool:
    """Whether there is a second core, and no thread whose locks a fork would copy."""
    return (
        sys.platform == "linux"
        and len(os.sched_getaffinity(0)) > 1
        and len(os.listdir("/proc/self/task")) == 1
    )


def _draw(drawings: Drawings, mark: str, taken: Any) -> None:
    """Draw the next figure until none is left."""
    items = list(drawings.items())
    while True:
        with taken.get_lock():
            place = taken.value
            taken.value += 1
        if place >= len(items):
            return
        stem, draw = items[place]
        save_figures(draw(), stem, mark)


def _second(drawings: Drawings, mark: str, taken: Any, pipe: Connection) -> None:
    """As :func:`_draw` in the second process, with its error sent to the first."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the first, which ends this one
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        _draw(drawings, mark, taken)
    except Exception as error:
        pipe.send(error)
    else:
        pipe.send(None)
