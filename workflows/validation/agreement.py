"""When two numbers are the same, and how sure a stand-in's number is."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from interfaces.chemistry.formulas import Formula
from interfaces.stability.decomposition_stages import Stage
from workflows.validation.computed import Ours
from workflows.validation.published import Published

VOLTS = 0.05  #: V; limits of one paper and database come back this well
MEASURED = 0.1  #: V; between a computed average and a measured curve
ENERGY = 0.01  #: eV/atom
SHARE = 0.08  #: of an energy: how far papers on one pair are apart
ROUND_OFF = 1e-12


def tolerance(row: Published) -> float:
    """Difference up to which two numbers are taken to be the same, in the row's unit.

    Volts: 0.05 V, 0.1 V of a measured one; energies: 0.01 eV or 8 % of the published one.
    """
    if row.unit == "V":
        return MEASURED if row.paper.measured else VOLTS
    return max(ENERGY, SHARE * max(abs(row.low), abs(row.high)))


def agrees(row: Published, found: Ours) -> bool:
    """Whether ours is the published number within the tolerance, of the same step."""
    return (
        found.value is not None
        and abs(row.difference(found.value)) <= tolerance(row) + ROUND_OFF
        and found.carriers is None
    )


def products_differ(row: Published, found: Ours) -> str:
    """What one side forms and the other does not; empty where nothing is published."""
    if not row.products:
        return ""
    sides = (
        ("theirs", distinct(row.products, found.products)),
        ("ours", distinct(found.products, row.products)),
    )
    parts = [f"{who} {' '.join(names)}" for who, names in sides if names]
    return f"products differ: {', '.join(parts)}" if parts else ""


def distinct(names: Sequence[str], others: Sequence[str]) -> list[str]:
    """The compositions of ``names`` that ``others`` lack, however they are written.

    >>> distinct(["Li2S", "CoLiO2"], ["LiCoO2"])
    ['Li2S']
    """
    known = [Formula.parse(other) for other in others]
    return [n for n in names if not any(Formula.parse(n).same_composition(k) for k in known)]


def mean_error(stand_in: str) -> float | None:
    """The error [eV/atom] that a stand-in states of itself, or None.

    >>> mean_error("made up: mean error 24 meV/atom against others"), mean_error("")
    (0.024, None)
    """
    found = re.search(r"mean error (\d+(?:\.\d+)?) meV/atom", stand_in)
    return float(found[1]) / 1000 if found else None


def standard_error(row: Published, found: Ours, sigma: float) -> float | None:
    r"""One standard error of our value, in the row's unit; None where it is not known.

    Of a limit or step, when every compound errs by itself by ``sigma`` [eV/atom]:
    :math:`V = (E_a - E_b) / (n_b - n_a)`, so phase f weighs
    :math:`(u_{a,f} - u_{b,f}) N_f / (n_b - n_a)`; elements are the zero of the scale. It holds
    while the same phases take part. Of an energy per atom it is taken to be ``sigma`` itself.
    """
    if row.unit != "V":
        return sigma
    if found.below is None or found.above is None:
        return None
    step = found.below.carriers - found.above.carriers
    if step <= 0:
        return None
    moved = _atoms(found.above)
    for name, amount in _atoms(found.below).items():
        moved[name] = moved.get(name, 0.0) - amount
    return float(sigma * np.linalg.norm(list(moved.values())) / step)


def _atoms(stage: Stage) -> dict[str, float]:
    """Atoms in each compound among the products, per formula unit of the reactant."""
    return {
        name: amount * float(Formula.parse(name).n_atoms)
        for name, amount in stage.products.items()
        if len(Formula.parse(name).elements) > 1
    }
