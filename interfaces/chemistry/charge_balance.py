"""Charge balance of a cell by the metals that can change their charge."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from interfaces.chemistry.charges import REDOX, USUAL

ANIONS = frozenset({"N", "O", "S", "Se", "F", "Cl", "Br", "I"})
REDUCED_FIRST = ("Co", "Cu", "Fe", "Mn", "Ni", "Mo", "W", "V", "Cr", "Ti")
TOLERANCE = 1e-6  #: e


def share_charge(names: list[str], values: list[float]) -> float:
    """Assign the balancing charge to the redox metals, in place.

    Parameters
    ----------
    names : element of each atom.
    values : charge of each atom [e]; those of the redox metals are replaced.

    Returns
    -------
    float
        What no metal can take [e].
    """
    count = Counter(name for name in names if name in REDOX)
    state = {name: float(REDOX[name][1]) for name in count}
    left = sum(values) + sum(count[name] * state[name] for name in count)
    for name in REDUCED_FIRST if left > 0 else REDOX:
        if name in count and abs(left) > TOLERANCE:
            low, _, high = REDOX[name]
            wanted = state[name] - left / count[name]
            state[name] = float(min(max(wanted, low), high))
            left = sum(values) + sum(count[key] * state[key] for key in count)
    for i, name in enumerate(names):
        if name in state:
            values[i] = state[name]
    return left


def usual_charges(amounts: Mapping[str, int]) -> dict[str, float] | None:
    """Return the charge of each element of a neutral composition; None where there is no way.

    Parameters
    ----------
    amounts : element -> number of atoms.

    Examples
    --------
    >>> usual_charges({"Li": 10, "Ni": 8, "Co": 1, "Mn": 1, "O": 20})
    {'Li': 1.0, 'Ni': 2.875, 'Co': 3.0, 'Mn': 4.0, 'O': -2.0}
    """
    names = [symbol for symbol, n in amounts.items() for _ in range(n)]
    if not all(symbol in USUAL or symbol in REDOX for symbol in amounts):
        return None
    values = [float(USUAL.get(name, 0)) for name in names]
    left = share_charge(names, values)
    return None if abs(left) > TOLERANCE else dict(zip(names, values, strict=True))
