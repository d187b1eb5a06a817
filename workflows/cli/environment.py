"""What the user's environment says, checked before libraries take it at its word."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from interfaces.errors import InputError

SIZES = ("COLUMNS", "LINES")
SETTINGS_FILES = (Path(".config/.pmgrc.yaml"), Path(".pmgrc.yaml"))  #: pymatgen's, below HOME


def drop_useless_sizes() -> None:
    """Leave the size of the terminal to be measured where its variables hold no size.

    rich takes ``COLUMNS=0``, as some batch systems set it, for a terminal without columns, and
    prints nothing on it.
    """
    for name in SIZES:
        text = os.environ.get(name, "")
        if not (text.isascii() and text.isdecimal() and int(text[:9]) > 0):
            os.environ.pop(name, None)


def with_checked_settings(callback: Callable[..., Any]) -> Callable[..., Any]:
    """A verb that first checks pymatgen's settings; its help does not."""

    @functools.wraps(callback)
    def call(*arguments: Any, **options: Any) -> Any:
        check_pymatgen_settings()
        return callback(*arguments, **options)

    return call


def check_pymatgen_settings() -> None:
    """Refuse a settings file that pymatgen would pass over, or fail on where it is first used.

    What the file holds is not repeated: keys are kept there.

    Raises
    ------
    InputError
        If it cannot be read, is not YAML of names with values, or a folder in it is no text.
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
        raise _broken(path, "must hold names with values")
    for name, value in settings.items():
        if not isinstance(name, str):
            raise _broken(path, f"holds {name!r} as a name; names are text")
        if name.endswith("_DIR") and not isinstance(value, str):
            raise _broken(path, f"must give {name} as text, a folder")


def _settings_file() -> Path | None:
    """The file that pymatgen reads, by the order in which it looks."""
    named = os.environ.get("PMG_CONFIG_FILE")
    home = Path(os.path.expanduser("~"))
    first, second = SETTINGS_FILES
    candidates = (Path(named) if named else home / first, home / second)
    return next((path for path in candidates if path.exists()), None)


def _broken(path: Path, what: str) -> InputError:
    return InputError(f"pymatgen's settings {path} {what}; mend the file or move it away")


def backend_refusal(error: Exception) -> InputError | None:
    """The one line for a backend that matplotlib does not know; None for any other error."""
    named = os.environ.get("MPLBACKEND")
    if not named or not str(error).startswith("Key backend"):
        return None
    return InputError(
        f"MPLBACKEND={named!r} is no backend of matplotlib; unset it, or set it to agg"
    )
