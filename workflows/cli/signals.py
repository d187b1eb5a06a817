"""Ctrl-C and SIGTERM: unfinished files are removed, and no traceback is shown.

Both become an exception in the main thread, so that every ``finally`` runs and every program that
a run started is ended. A process that no longer reacts is ended by the next Ctrl-C, or by SIGKILL.
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
    """SIGTERM; not an Exception, like KeyboardInterrupt, so that no handler takes it for one."""


class _Stop:
    """Signal handler: raises once, and again only if the first exception was lost."""

    def __init__(self) -> None:
        self.number = 0
        self.lost = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        if self.number and not self.lost:
            if number == signal.SIGINT:
                os._exit(128 + number)  # the second Ctrl-C
            return  # one SIGTERM is enough
        self.number = self.number or number
        self.lost = False
        raise self.raised()

    def raised(self) -> BaseException:
        """Exception to raise in the main thread."""
        return KeyboardInterrupt() if self.number == signal.SIGINT else Terminated()

    def ignored(self, lost: sys.UnraisableHookArgs) -> None:
        """Raise again after an exception was lost (in a weak reference, a C library)."""
        if issubclass(lost.exc_type, KeyboardInterrupt | Terminated):
            self.lost = True
            signal.setitimer(signal.ITIMER_REAL, SOON)
        else:
            sys.__unraisablehook__(lost)


@contextmanager
def heard(own: bool) -> Iterator[None]:
    """Raise KeyboardInterrupt or :class:`Terminated` from the block when a signal arrives.

    If a library replaces either by its own exception, the original is raised.

    Parameters
    ----------
    own : whether the process belongs to the command line; if not, no handler is installed.
    """
    if not own:
        yield
        return
    stop = _Stop()
    for number in (*SIGNALS, signal.SIGALRM):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup sets it
            signal.signal(number, stop)
    sys.unraisablehook = stop.ignored
    try:
        yield
    except BaseException:
        if stop.number:
            raise stop.raised() from None
        raise
    finally:
        if not stop.number:  # everything is written: a signal may now end the process at once
            for number in SIGNALS:
                if signal.getsignal(number) is stop:
                    signal.signal(number, signal.SIG_DFL)


def end(number: int) -> NoReturn:
    """End this process at once; threads that wait for a server would delay it by a minute."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    if number == signal.SIGTERM:  # the parent sees the signal, as without a handler
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    os._exit(128 + number)
