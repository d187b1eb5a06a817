"""Tolerances of the comparison, and standard errors of numbers from a surrogate."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from interfaces.chemistry.formulas import Formula
from interfaces.stability.decomposition_stages import Stage
from workflows.validation.computed import Ours
from workflows.validation.published import Published

VOLTS = 0.05  #: V; reproduces the limits of one paper on its own database
MEASURED = 0.1  #: V; computed average against a measured curve
ENERGY = 0.01  #: eV/atom
SHARE = 0.08  #: of an energy; scatter of papers on one pair
ROUND_OFF = 1e-12


def tolerance(row: Published) -> float:
    """Difference up to which two numbers agree.

    Voltages: 0.05 V, or 0.1 V if one is measured. Energies: 0.01 eV or 8 % of the published one.

    Parameters
    ----------
    row : a published number.

    Returns
    -------
    The tolerance in the unit of the row.
    """
    if row.unit == "V":
        return MEASURED if row.paper.measured else VOLTS
    return max(ENERGY, SHARE * max(abs(row.low), abs(row.high)))


def agrees(row: Published, computed: Ours) -> bool:
    """Whether a computed number agrees with the published one, for the same step.

    Parameters
    ----------
    row : the published number.
    computed : ours.
    """
    return (
        computed.value is not None
        and abs(row.difference(computed.value)) <= tolerance(row) + ROUND_OFF
        and computed.carriers is None
    )


def products_differ(row: Published, computed: Ours) -> str:
    """Name the products that differ; empty if none are published.

    Parameters
    ----------
    row : the published number.
    computed : ours.
    """
    if not row.products:
        return ""
    sides = (
        ("published", distinct(row.products, computed.products)),
        ("computed", distinct(computed.products, row.products)),
    )
    parts = [f"{side} {' '.join(names)}" for side, names in sides if names]
    return f"products differ: {', '.join(parts)}" if parts else ""


def distinct(names: Sequence[str], others: Sequence[str]) -> list[str]:
    """Compositions that occur in only the first list, in any spelling.

    Parameters
    ----------
    names : formulas to look for.
    others : formulas to compare with.

    Returns
    -------
    Those of ``names`` that are not in ``others``.

    Examples
    --------
    >>> distinct(["Li2S", "CoLiO2"], ["LiCoO2"])
    ['Li2S']
    """
    known = [Formula.parse(other) for other in others]
    return [n for n in names if not any(Formula.parse(n).same_composition(k) for k in known)]


def mean_error(stand_in: str) -> float | None:
    """Read the mean error that a surrogate states.

    Parameters
    ----------
    stand_in : description of the surrogate; empty for DFT.

    Returns
    -------
    Mean error [eV/atom]; None if it states none.

    Examples
    --------
    >>> mean_error("made up: mean error 24 meV/atom against others"), mean_error("")
    (0.024, None)
    """
    match = re.search(r"mean error (\d+(?:\.\d+)?) meV/atom", stand_in)
    return float(match[1]) / 1000 if match else None


def standard_error(row: Published, computed: Ours, sigma: float) -> float | None:
    r"""Standard error of a computed number.

    For a limit or step, with independent errors ``sigma`` of all compounds:
    :math:`V = (E_a - E_b) / (n_b - n_a)`, so phase f has the
    weight :math:`(u_{a,f} - u_{b,f}) N_f / (n_b - n_a)`; elements have no error. This is valid
    while the same phases take part. For an energy per atom it is ``sigma`` itself.

    Parameters
    ----------
    row : the published number.
    computed : ours.
    sigma : error of a formation energy [eV/atom].

    Returns
    -------
    The error in the unit of the row; None if it is not known.
    """
    if row.unit != "V":
        return sigma
    if computed.below is None or computed.above is None:
        return None
    step = computed.below.carriers - computed.above.carriers
    if step <= 0:
        return None
    weights = _atoms(computed.above)
    for name, amount in _atoms(computed.below).items():
        weights[name] = weights.get(name, 0.0) - amount
    return float(sigma * np.linalg.norm(list(weights.values())) / step)


def _atoms(stage: Stage) -> dict[str, float]:
    """Atoms in each compound among the products, per formula unit of the reactant."""
    return {
        name: amount * float(Formula.parse(name).n_atoms)
        for name, amount in stage.products.items()
        if len(Formula.parse(name).elements) > 1
    }
