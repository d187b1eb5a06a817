"""Words of a batch script: quoted for the shell and for sbatch, one line each."""

from __future__ import annotations

import shlex
from collections.abc import Iterable

from workflows.io.outputs import check_name


def quoted(word: object) -> str:
    """A path or a word as one word of the shell.

    Raises
    ------
    InputError
        If it holds a line end, which sbatch and readers of the script would take for a line.

    Examples
    --------
    >>> print(quoted("it's $HOME"))
    'it'"'"'s $HOME'
    """
    return shlex.quote(check_name("the path or name", str(word)))


def joined(words: Iterable[object]) -> str:
    """Words of a command, each quoted.

    Raises
    ------
    InputError
        As of :func:`quoted`.
    """
    return " ".join(map(quoted, words))


def log_pattern(folder: object, pattern: str) -> str:
    """Value of sbatch's ``--output``: a folder as it is, then a name in which sbatch fills in.

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
