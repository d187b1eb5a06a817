"""Write ``inputs/known/compositions.txt.gz`` from a list of Materials Project ids with formulas.

    python -m workflows.datasets.known_compositions icsd_mpids_unique_shuffled.txt

Each line of the list is an id and a formula. Source and licence: ``inputs/known/README.md``.
"""

from __future__ import annotations

import gzip
import sys
from pathlib import Path

from interfaces.chemistry.formulas import Formula
from workflows.io.atomic import write_bytes_atomic
from workflows.io.readers import read_text
from workflows.io.resources import inputs


def known_compositions(listed: str) -> list[str]:
    r"""Compounds of a list, by reduced formula, sorted; elements are left out.

    Examples
    --------
    >>> known_compositions("mp-1 Li2O\nmp-2 O2\nmp-3 Li4O2\nmp-4 AlN\n")
    ['AlN', 'Li2O']
    """
    formulas = {Formula.parse(line.split()[1]) for line in listed.splitlines() if line.strip()}
    return sorted({formula.reduced.text for formula in formulas if len(formula.elements) > 1})


if __name__ == "__main__":
    lines = "\n".join(known_compositions(read_text(Path(sys.argv[1])))) + "\n"
    target = inputs() / "known" / "compositions.txt.gz"
    write_bytes_atomic(target, gzip.compress(lines.encode(), 9, mtime=0))
    print(target)
