"""Numbers, units and lists in the sentences of reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

MINUS = "\N{MINUS SIGN}"
#: eV/atom; reaction energies closer than this are level. The error of DFT's, doi
#: 10.1103/PhysRevB.85.155208, and of the bundled set's formation energies.
LEVEL = 0.024


def number(value: float, digits: int = 3) -> str:
    """A number with a proper minus sign.

    >>> number(-0.5), number(2.0, 1)
    ('−0.500', '2.0')
    """
    return f"{value:z.{digits}f}".replace("-", MINUS)


def listed(words: Sequence[str]) -> str:
    """Words as a list in a sentence.

    >>> listed(["LiTFSI", "LPSCl", "ECA"])
    'LiTFSI, LPSCl and ECA'
    """
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def energy_in(kink: Mapping[str, Any], part: str, basis: str) -> float:
    """An energy of a kink in the basis of its curve: ``reaction`` or ``mutual``."""
    unit = "nonopen_atom" if basis == "per_nonopen_atom" else "atom"
    return float(kink[f"{part}_energy_ev_per_{unit}"])


def energy_unit(basis: str) -> str:
    """Unit of the energies of a basis."""
    return "eV per non-open atom" if basis == "per_nonopen_atom" else "eV/atom"
