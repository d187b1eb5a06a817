r"""Errors of formation energies, with the part that phases of one chemistry share.

An error is a sum of independent parts, each a name and its standard error per atom:

.. math:: \delta e_j = \sum_k l_{jk} z_k + s_j z_j, \qquad z \sim N(0, 1) .

The shared parts k are those of a class of chemistry (fitted from residuals), or of the corrections
of a scheme (as many atoms as take the correction); the last is the phase's own. Elements have no
error, being 0 by definition. The draws z follow from the seed and the name of the part alone, so
that a phase has the same error in every curve, whatever the set or the order of its rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from interfaces.chemistry.formulas import Formula
from interfaces.errors import PhaseSetError
from interfaces.serialisable import Serialisable

Array = NDArray[np.float64]

#: Most electronegative first: the first of these in a formula names its chemistry.
ANIONS = ("F", "O", "N", "Cl", "Br", "I", "S", "P", "C", "H")
POLYANION_CENTRES = ("P", "S", "C", "N", "B", "Si", "Cl")

ANY = "any"  #: class of the chemistries with too few rows of their own
FEWEST = 15  #: rows from which a chemistry is a class of its own
NOMINAL = 0.8  #: the share of residuals that the fitted errors hold between their 10 and 90 %
NORMAL_80 = 1.2815515655446004  #: standard errors; half width of that range of a normal variable
OUTLIER = 2.0  #: standard errors; larger residuals count as this in the shared part
LARGEST_SHARE = 0.8  #: of the variance that may be shared


def chemistry(formula: Formula) -> str:
    """The class whose energies err together: its anion, with the centre of a polyanion.

    Parameters
    ----------
    formula : compound.

    Returns
    -------
    str
        Class such as ``O``, ``S-P`` or ``metal``.

    Examples
    --------
    >>> [chemistry(Formula.parse(f)) for f in ("Li3PS4", "Li3PO4", "LiCoO2", "LiIn")]
    ['S-P', 'O-P', 'O', 'metal']
    """
    present = set(formula.elements)
    anion = next((symbol for symbol in ANIONS if symbol in present), None)
    if anion is None:
        return "metal"
    if anion in ("O", "S", "N"):
        centres = [s for s in POLYANION_CENTRES if s in present and s != anion]
        if centres:
            return f"{anion}-{centres[0]}"
    return anion


@dataclass(frozen=True)
class ClassError(Serialisable):
    """Standard errors [eV/atom] of a chemistry: shared by its phases, and of each phase alone."""

    chemistry: str
    shared: float
    own: float
    rows: int  #: residuals that it was fitted from


@dataclass(frozen=True)
class PhaseErrors(Serialisable):
    """Errors of a phase set.

    Attributes
    ----------
    source : where they come from, in words.
    classes : by class of chemistry; one that is not listed takes those of :data:`ANY`.
    anions : element -> standard error of its fitted correction [eV per atom of it], in compounds
        whose anion it is.
    metals : metal -> the same [eV per atom of it], in compounds whose anion is O or F.
    """

    source: str
    classes: tuple[ClassError, ...]
    anions: tuple[tuple[str, float], ...] = ()
    metals: tuple[tuple[str, float], ...] = ()

    def parts(self, formula: Formula) -> dict[str, float]:
        """Name of each independent part -> standard error [eV/atom] of a compound."""
        if len(formula.elements) == 1:
            return {}
        name = chemistry(formula)
        error = next((e for e in self.classes if e.chemistry == name), None)
        error = error or next(e for e in self.classes if e.chemistry == ANY)
        parts = {f"class {name}": error.shared, formula.reduced.text: error.own}
        anion, atoms = name.partition("-")[0], float(formula.n_atoms)
        for symbol, size in self.anions:
            if symbol == anion:
                parts[f"correction {anion}"] = size * float(formula.get(anion)) / atoms
        for metal, size in self.metals if anion in ("O", "F") else ():
            share = float(formula.get(metal)) / atoms
            if share:
                parts[f"correction {metal} in {anion}"] = size * share
        return parts

    def to_dict(self) -> dict[str, Any]:
        """Plain values [eV/atom]."""
        return {
            "source": self.source,
            "classes": [dict(vars(error)) for error in self.classes],
            "anions": dict(self.anions),
            "metals": dict(self.metals),
        }

    @classmethod
    def from_record(cls, data: Mapping[str, Any]) -> PhaseErrors:
        """The inverse of :meth:`to_dict`."""
        classes = tuple(ClassError(**row) for row in data["classes"])
        anions, metals = (tuple(data[key].items()) for key in ("anions", "metals"))
        return cls(data["source"], classes, anions, metals)


@lru_cache(maxsize=20_000)
def _normal(name: str, samples: int, seed: int) -> Array:
    return np.random.default_rng([seed, crc32(name.encode())]).standard_normal(samples)


def drawn(parts: Mapping[str, float], samples: int, seed: int) -> Array:
    """Errors drawn for one energy, shape (samples,).

    Parameters
    ----------
    parts : name -> standard error [eV/atom].
    samples, seed : number of draws, and what they follow from.

    Returns
    -------
    Array
        Errors [eV/atom], shape (samples,).
    """
    total = np.zeros(samples)
    for name, size in parts.items():
        total += size * _normal(name, samples, seed)
    return total


def draw_errors(
    errors: PhaseErrors, formulas: Sequence[Formula], samples: int, seed: int = 0
) -> Array:
    """Errors drawn for several phases, shape (samples, N) [eV/atom].

    Parameters
    ----------
    errors : of the phase set.
    formulas : (N,) phases.
    samples, seed : number of draws, and what they follow from.

    Returns
    -------
    Array
        Errors [eV/atom], shape (samples, N); 0 of an element.

    Examples
    --------
    >>> errors = PhaseErrors("by hand", (ClassError("any", 0.01, 0.0, 20),))
    >>> formulas = [Formula.parse(text) for text in ("Li", "Li2O", "CoO")]
    >>> drawn_errors = draw_errors(errors, formulas, 100)
    >>> bool((drawn_errors[:, 1] == drawn_errors[:, 2]).all()), float(drawn_errors[:, 0].max())
    (True, 0.0)
    """
    columns = [drawn(errors.parts(formula), samples, seed) for formula in formulas]
    return np.ascontiguousarray(np.array(columns).reshape(len(formulas), samples).T)


def fit_class_errors(residuals: Iterable[tuple[Formula, float]]) -> tuple[ClassError, ...]:
    """Errors by class of chemistry from residuals, set minus reference [eV/atom].

    The standard error of a class is such that 80 % of its residuals lie between the 10 and 90 % of
    a normal variable; a few large residuals do not widen it. The shared part is the covariance of
    residuals of one chemical system. Chemistries with fewer than :data:`FEWEST` rows take the
    errors of all rows together.

    Parameters
    ----------
    residuals : compound and its residual [eV/atom]; elements are passed over.

    Returns
    -------
    tuple[ClassError, ...]
        One per chemistry, sorted, and :data:`ANY`.

    Raises
    ------
    PhaseSetError
        If there are fewer than :data:`FEWEST` residuals of compounds.
    """
    rows = [(formula, value) for formula, value in residuals if len(formula.elements) > 1]
    if len(rows) < FEWEST:
        raise PhaseSetError(f"{len(rows)} residuals of compounds; errors need {FEWEST} or more")
    classes: dict[str, list[tuple[Formula, float]]] = {}
    for formula, value in rows:
        classes.setdefault(chemistry(formula), []).append((formula, value))
    kept = {name: members for name, members in classes.items() if len(members) >= FEWEST}
    return tuple(_fitted(name, members) for name, members in [*sorted(kept.items()), (ANY, rows)])


def _fitted(name: str, rows: Sequence[tuple[Formula, float]]) -> ClassError:
    values = np.array([value for _, value in rows])
    scale = float(np.quantile(np.abs(values), NOMINAL)) / NORMAL_80
    systems: dict[tuple[str, ...], list[float]] = {}
    for (formula, _), value in zip(
        rows, np.clip(values, -OUTLIER * scale, OUTLIER * scale), strict=True
    ):
        systems.setdefault((chemistry(formula), *sorted(formula.elements)), []).append(float(value))
    products = [
        (sum(members) ** 2 - sum(m * m for m in members)) / (len(members) * (len(members) - 1))
        for members in systems.values()
        if len(members) > 1
    ]
    covariance = float(np.mean(products)) if products else 0.0
    shared = min(max(covariance, 0.0), LARGEST_SHARE * scale**2)
    return ClassError(
        chemistry=name,
        shared=float(np.sqrt(shared)),
        own=float(np.sqrt(scale**2 - shared)),
        rows=len(rows),
    )
