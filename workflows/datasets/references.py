"""Elemental reference energies fitted to published formation energies, and how well they do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interfaces.chemistry.formulas import Formula
from workflows.calculators.mp2020_corrections import cobalt_term

OUTLIER = 0.15  #: eV/atom; published rows farther off are left out of the fit, and counted
ROUNDS = 6  #: of fitting and leaving out
SPREAD = 4.0  #: rows within this many times the median error stay in any case
FOLDS = 10  #: of the cross-validation
Array = NDArray[np.float64]
Record = Mapping[str, Any]


@dataclass(frozen=True)
class References:
    """Fitted elemental references, and deviations from the published formation energies.

    Attributes
    ----------
    values : energy of each element [eV/atom].
    left_out : number of rows that the fit leaves out.
    errors : id -> fitted minus published formation energy [eV/atom]; none is left out.
    cross_validated : the same, each row with references fitted without its fold.
    own_elements : the same with the elements' own lowest energies in place of fitted ones.
    """

    values: Mapping[str, float]
    left_out: int
    errors: Mapping[str, float]
    cross_validated: Mapping[str, float]
    own_elements: Mapping[str, float]


def corrected(record: Record) -> float:
    """Energy of a record with its corrections, and the term of layered cobaltates [eV/atom]."""
    term = cobalt_term(Formula.parse(record["formula"]), record["space_group"])
    return float(record["energy_per_atom"]) + float(record["correction_per_atom"]) + term


def fit(records: Mapping[str, Record], published: Mapping[str, float]) -> References:
    """Fit one reference per element by least squares, robust against broken rows.

    For a compound with atomic fractions f, E_f(published) = E(corrected) - sum_i f_i mu_i.
    Elements themselves take no part: their ground state is 0 by definition on either scale.

    Parameters
    ----------
    records : id -> record of a computed energy.
    published : id -> formation energy [eV/atom].
    """
    formulas = {
        identifier: Formula.parse(records[identifier]["formula"])
        for identifier in sorted(published.keys() & records.keys())
    }
    compounds = [identifier for identifier, f in formulas.items() if len(f.elements) > 1]
    elements = sorted({e for i in compounds for e in formulas[i].elements})
    fractions = np.array([formulas[i].fractions(elements) for i in compounds])
    # = sum_i f_i mu_i
    target = np.array([corrected(records[i]) - published[i] for i in compounds])
    values, keep = _robust(fractions, target)
    held_out = np.zeros(len(target))
    fold = np.arange(len(target)) % FOLDS
    for k in range(FOLDS):
        without, _ = _robust(fractions[fold != k], target[fold != k])
        held_out[fold == k] = (target - fractions @ without)[fold == k]
    lowest = _lowest_elements(records)
    own = target - fractions @ np.array([lowest.get(element, np.nan) for element in elements])

    def by_id(errors: Array) -> dict[str, float]:
        return dict(zip(compounds, map(float, errors), strict=True))

    return References(
        values=dict(zip(elements, map(float, values), strict=True)),
        left_out=int((~keep).sum()),
        errors=by_id(target - fractions @ values),
        cross_validated=by_id(held_out),
        own_elements=by_id(own),
    )


def _robust(fractions: Array, target: Array) -> tuple[Array, NDArray[np.bool_]]:
    """Least-squares references, and which rows they are fitted to."""
    keep = np.ones(len(target), dtype=bool)
    for _ in range(ROUNDS):
        values = np.asarray(np.linalg.lstsq(fractions[keep], target[keep], rcond=None)[0], float)
        error = np.abs(target - fractions @ values)
        # One broken row spoils the first fit of a small table; the sound ones come back later.
        keep = error < max(OUTLIER, SPREAD * float(np.median(error)))
    return values, keep


def _lowest_elements(records: Mapping[str, Record]) -> dict[str, float]:
    """Element -> energy of its lowest entry [eV/atom]."""
    lowest: dict[str, float] = {}
    for record in records.values():
        formula = Formula.parse(record["formula"])
        if len(formula.elements) == 1:
            element = formula.elements[0]
            lowest[element] = min(lowest.get(element, np.inf), corrected(record))
    return lowest


def formation_energies(
    records: Mapping[str, Record], references: Mapping[str, float]
) -> dict[str, float]:
    """Id -> formation energy [eV/atom]; the lowest entry of each element is exactly 0.

    A compound is referred to the fitted references, an element's polymorph to its own lowest one.
    Compounds of an element without a reference, or without an entry, are left out.

    Parameters
    ----------
    references : element -> energy [eV/atom].
    """
    lowest = _lowest_elements(records)
    known = lowest.keys() & references.keys()
    energies: dict[str, float] = {}
    for identifier, record in records.items():
        formula = Formula.parse(record["formula"])
        if set(formula.elements) <= known:
            source = lowest if len(formula.elements) == 1 else references
            energies[identifier] = corrected(record) - _elemental(formula, source)
    return energies


def _elemental(formula: Formula, values: Mapping[str, float]) -> float:
    total = sum(float(amount) * values[element] for element, amount in formula.amounts)
    return total / float(formula.n_atoms)


def percentiles(errors: Sequence[float]) -> dict[str, float]:
    """Rows, bias, mean, median, p90 and root mean square of deviations, in meV/atom.

    Examples
    --------
    >>> percentiles([0.01, -0.03])["mean"], percentiles([0.01, -0.03])["bias"]
    (20.0, -10.0)
    """
    values = 1000 * np.asarray(errors)
    size = np.abs(values)
    numbers = {
        "bias": values.mean(),
        "mean": size.mean(),
        "median": np.median(size),
        "p90": np.percentile(size, 90),
    }
    return {"rows": len(values)} | {name: round(float(v), 1) for name, v in numbers.items()}
