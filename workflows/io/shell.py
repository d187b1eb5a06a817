"""Quote words of batch scripts for the shell and for sbatch."""

from __future__ import annotations

import shlex
from collections.abc import Iterable

from workflows.io.outputs import check_name


def quoted(word: object) -> str:
    """Quote a path or a word for the shell.

    Parameters
    ----------
    word : anything with a string form.

    Returns
    -------
    str
        One word of the shell.

    Raises
    ------
    InputError
        If it contains a line end, which sbatch would take for a new line of the script.

    Examples
    --------
    >>> print(quoted("it's $HOME"))
    'it'"'"'s $HOME'
    """
    return shlex.quote(check_name("the path or name", str(word)))


def joined(words: Iterable[object]) -> str:
    """Quote the words of a command and join them.

    Parameters
    ----------
    words : program and arguments.

    Raises
    ------
    InputError
        As of :func:`quoted`.
    """
    return " ".join(map(quoted, words))


def log_pattern(folder: object, pattern: str) -> str:
    """Value of sbatch's ``--output``.

    Parameters
    ----------
    folder : taken literally.
    pattern : file name with sbatch's placeholders, such as ``%a.txt``.

    Raises
    ------
    InputError
        As of :func:`quoted`.

    Examples
    --------
    >>> print(log_pattern("/runs/50%a", "%a.txt"))
    /runs/50%%a/%a.txt
    """
    return quoted(f"{str(folder).replace('%', '%%')}/{pattern}")
