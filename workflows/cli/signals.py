"""Ctrl-C and SIGTERM: what is half done is taken away, and no traceback is shown.

Both become an exception in the main thread, so that every ``finally`` runs and every program that
a run started is ended. What no longer listens is ended by the next Ctrl-C, or by SIGKILL.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import NoReturn

SIGNALS = (signal.SIGINT, signal.SIGTERM)
SOON = 0.001  #: s


class Terminated(BaseException):
    """SIGTERM came; like KeyboardInterrupt no Exception, so that nobody takes it for a failure."""


class _Stop:
    """What a signal does: it is raised once, and once more only where nobody could hear it."""

    def __init__(self) -> None:
        self.number = 0
        self.unheard = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        if self.number and not self.unheard:
            if number == signal.SIGINT:
                os._exit(128 + number)  # asked twice
            return  # of SIGTERM the first is enough
        self.number = self.number or number
        self.unheard = False
        raise self.raised()

    def raised(self) -> BaseException:
        """What is raised in the main thread."""
        return KeyboardInterrupt() if self.number == signal.SIGINT else Terminated()

    def ignored(self, found: sys.UnraisableHookArgs) -> None:
        """Where an exception cannot travel (a weak reference, a C library), raise it again soon."""
        if issubclass(found.exc_type, KeyboardInterrupt | Terminated):
            self.unheard = True
            signal.setitimer(signal.ITIMER_REAL, SOON)
        else:
            sys.__unraisablehook__(found)


@contextmanager
def heard(own: bool) -> Iterator[None]:
    """Raise KeyboardInterrupt or :class:`Terminated` out of the block when a signal comes.

    What a library made of either on its way is turned back. ``own`` is whether this process is the
    command line's own; else nothing is changed.
    """
    if not own:
        yield
        return
    stop = _Stop()
    for number in (*SIGNALS, signal.SIGALRM):
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup's wish
            signal.signal(number, stop)
    sys.unraisablehook = stop.ignored
    try:
        yield
    except BaseException:
        if stop.number:
            raise stop.raised() from None
        raise
    finally:
        if not stop.number:  # all is written: what comes now ends the process at once
            for number in SIGNALS:
                if signal.getsignal(number) is stop:
                    signal.signal(number, signal.SIG_DFL)


def end(number: int) -> NoReturn:
    """End this process now: threads that wait for a server would hold it for a minute."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    if number == signal.SIGTERM:  # the parent is to see who ended it, as without a handler
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    os._exit(128 + number)
