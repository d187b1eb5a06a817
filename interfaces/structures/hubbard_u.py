"""U values of the Materials Project."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

ANIONS = ("F", "O")  #: a metal has a U beside one of these; fluorine decides where both occur


def expected_hubbards(elements: Collection[str]) -> dict[str, float]:
    """U - J that pymatgen's ``MPRelaxSet`` gives the elements of a compound.

    Parameters
    ----------
    elements : symbols of the compound's elements.

    Returns
    -------
    dict of str to float
        U [eV] of Co, Cr, Fe, Mn, Mo, Ni, V and W beside O or F; empty for an element.

    Examples
    --------
    >>> expected_hubbards(("Li", "Co", "O")), expected_hubbards(("Co", "S"))
    ({'Co': 3.32}, {})
    """
    anion = next((symbol for symbol in ANIONS if symbol in elements), None)
    values = _relax_set()["INCAR"]["LDAUU"].get(anion, {}) if len(elements) > 1 else {}
    return {symbol: float(values[symbol]) for symbol in elements if values.get(symbol)}


@cache
def _relax_set() -> Mapping[str, Any]:
    """Settings of pymatgen's ``MPRelaxSet``: INCAR, KPOINTS, POTCAR symbols."""
    from pymatgen.io.vasp.sets import MPRelaxSet

    settings: Mapping[str, Any] = MPRelaxSet.CONFIG
    return settings
