"""Checks of environment variables and settings files that libraries read without checking."""

from __future__ import annotations

import functools
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from interfaces.errors import InputError

SIZES = ("COLUMNS", "LINES")
THREADS = "OPENBLAS_NUM_THREADS"
SETTINGS_FILES = (Path(".config/.pmgrc.yaml"), Path(".pmgrc.yaml"))  #: pymatgen's, below HOME


def drop_useless_sizes() -> None:
    """Remove ``COLUMNS`` and ``LINES`` where they hold no size, so that rich measures the terminal.

    Some batch systems set ``COLUMNS=0``, for which rich prints nothing.
    """
    for name in SIZES:
        text = os.environ.get(name, "")
        if not (text.isascii() and text.isdecimal() and int(text[:9]) > 0):
            os.environ.pop(name, None)


def with_checked_settings(callback: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a verb so that it checks pymatgen's settings and loads NumPy before it runs.

    Parameters
    ----------
    callback : function of the verb.

    Returns
    -------
    The same with the check; ``--help`` does not run it.
    """

    @functools.wraps(callback)
    def call(*arguments: Any, **options: Any) -> Any:
        check_pymatgen_settings()
        load_numpy()
        return callback(*arguments, **options)

    return call


def load_numpy() -> None:
    """Load NumPy with one thread of its BLAS, unless the environment says how many.

    Matrices of some ten elements gain nothing from threads, which wait for each other at full load.
    Programs that a verb starts do not inherit the setting.
    """
    if THREADS in os.environ:
        return
    os.environ[THREADS] = "1"
    try:
        import numpy  # noqa: F401 - it reads the variable once
    finally:
        del os.environ[THREADS]


def check_pymatgen_settings() -> None:
    """Refuse a settings file of pymatgen that pymatgen would ignore, or fail on later.

    Values of the file are not repeated in the message, because it may hold keys.

    Raises
    ------
    InputError
        If it cannot be read, is not a YAML mapping, or a folder in it is not text.
    """
    path = _settings_file()
    if path is None:
        return
    from ruamel.yaml import YAML  # as pymatgen reads it

    try:
        settings = YAML().load(path.read_text(encoding="utf-8")) or {}
    except Exception as error:  # of the file, its encoding or one of many kinds of ruamel's
        mark = getattr(error, "problem_mark", None)
        where = "" if mark is None else f" at line {mark.line + 1}"
        raise _broken(path, f"cannot be read as YAML{where} ({type(error).__name__})") from None
    if not isinstance(settings, Mapping):
        raise _broken(path, "must be a mapping of names to values")
    for name, value in settings.items():
        if not isinstance(name, str):
            raise _broken(path, f"has the name {name!r}; names must be text")
        if name.endswith("_DIR") and not isinstance(value, str):
            raise _broken(path, f"must give a folder as text for {name}")


def _settings_file() -> Path | None:
    """The file that pymatgen reads, in its own order of search."""
    named = os.environ.get("PMG_CONFIG_FILE")
    home = Path(os.path.expanduser("~"))
    first, second = SETTINGS_FILES
    candidates = (Path(named) if named else home / first, home / second)
    return next((path for path in candidates if path.exists()), None)


def _broken(path: Path, what: str) -> InputError:
    return InputError(f"pymatgen's settings {path} {what}; correct the file or move it away")


def backend_refusal(error: Exception) -> InputError | None:
    """Turn matplotlib's error about ``MPLBACKEND`` into one line.

    Parameters
    ----------
    error : any error.

    Returns
    -------
    The error to report; None if the cause is another.
    """
    named = os.environ.get("MPLBACKEND")
    if not named or not str(error).startswith("Key backend"):
        return None
    return InputError(
        f"MPLBACKEND={named!r} is not a matplotlib backend; unset it, or set it to agg"
    )


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
