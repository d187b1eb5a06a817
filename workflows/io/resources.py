"""Folder of the bundled inputs, and the user's cache folder."""

from __future__ import annotations

import os
import stat
import sys
from contextlib import suppress
from pathlib import Path

from interfaces.errors import InputError
from workflows.io.atomic import one_line_errors

BUNDLED = "bundled"  #: the default set, whatever its name
DEFAULT_SET = "sevennet-l3i5"  #: the bundled phase set that is used where none is named
_PACKAGE = Path(__file__).resolve().parents[1]


def inputs() -> Path:
    """Folder of bundled systems, jobs, protocols and phase sets."""
    shipped = _PACKAGE / "inputs"
    return shipped if shipped.is_dir() else _PACKAGE.parent / "inputs"


VARIABLE = "XDG_CACHE_HOME"
OF_OTHERS = 0o077


def private_cache(name: str) -> Path:
    """A folder of the user's cache that nobody else can read or write; made if it does not exist.

    numba unpickles its cached functions, and a pickle can run any program. So these files are read
    only from a folder that no other user could have filled: not from an output, and not from a
    folder with another owner, mode or kind than this function makes.

    Parameters
    ----------
    name : of the folder, below ``interface-stability`` in the user's cache.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    InputError
        If the folder cannot be made, is a link, is another user's, or others may use it.
    """
    folder = _user_cache() / "interface-stability" / name
    with one_line_errors(folder):
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode):
        wrong = "is not a folder of its own (a link or a file)"
    elif status.st_uid != os.geteuid():
        wrong = f"belongs to user {status.st_uid}, not to you"
    elif status.st_mode & OF_OTHERS:
        wrong = f"has mode {stat.S_IMODE(status.st_mode):04o}, so that others could use it"
    else:
        return folder
    raise InputError(
        f"the cache {folder} {wrong}, and what it holds would be run as code; remove it, or set "
        f"{VARIABLE} to a folder of your own"
    )


def _user_cache() -> Path:
    """The folder of this user's caches: ``$XDG_CACHE_HOME``, or the platform's.

    Raises
    ------
    InputError
        If this user has no home folder.
    """
    named = os.environ.get(VARIABLE, "")
    if os.path.isabs(named):  # the specification has a relative path passed over
        return Path(named)
    try:
        home = Path.home()
    except RuntimeError:
        raise InputError(
            f"this user has no home folder for a cache; set {VARIABLE} to a folder of your own"
        ) from None
    return home / ("Library/Caches" if sys.platform == "darwin" else ".cache")
