r"""Errors of formation energies, with the part that phases of one chemistry share.

An error is a sum of independent parts, each a name and its standard error per atom:

.. math:: \delta e_j = \sum_k l_{jk} z_k + s_j z_j + b_j t_j z'_j, \qquad z, z' \sim N(0, 1) .

The shared parts k are those of a class of chemistry (fitted from residuals), or of the corrections
of a scheme (as many atoms as take the correction); the next is the phase's own. The last is there
for a few phases only (t = 1 with a small probability, else 0): a row that is another structure or
magnetic state than its reference, or that a potential gets wrong, is off by ten times as much as
the others. Elements have no error, being 0 by definition. The draws follow from the seed and the
name of the part alone, so that a phase has the same error in every curve, whatever the set or the
order of its rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from interfaces.chemistry.formulas import Formula
from interfaces.errors import PhaseSetError
from interfaces.serialisable import Serialisable

Array = NDArray[np.float64]

LARGEST_KEPT = 1_000_000  #: numbers; larger tables of draws are not kept

#: Most electronegative first: the first of these in a formula names its chemistry.
ANIONS = ("F", "O", "N", "Cl", "Br", "I", "S", "P", "C", "H")
POLYANION_CENTRES = ("P", "S", "C", "N", "B", "Si", "Cl")

ANY = "any"  #: class of the chemistries with too few rows of their own
FEWEST = 15  #: rows from which a chemistry is a class of its own
TAIL_ROWS = 100  #: rows from which a chemistry has its own outliers and not those of all rows
CLIPPED = 2.0  #: standard errors; larger residuals count as this in the shared part
LARGEST_SHARE = 0.8  #: of the variance that may be shared
STEPS = 300  #: of the expectation maximization; far more than it needs
SMALLEST = 1e-4  #: eV/atom; no standard error is fitted below the digits of published energies


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
    """Errors of the phases of a chemistry.

    Attributes
    ----------
    chemistry : class, as of :func:`chemistry`.
    shared, own : standard errors [eV/atom], shared by its phases and of each phase alone.
    rows : residuals that it was fitted from.
    outlier_share : probability that a phase is an outlier.
    outlier : standard error that an outlier has besides [eV/atom].
    """

    chemistry: str
    shared: float
    own: float
    rows: int
    outlier_share: float = 0.0
    outlier: float = 0.0


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
    replaced : reduced formula -> parts that replace all of these [eV/atom], of compounds whose
        energy has another source.
    """

    source: str
    classes: tuple[ClassError, ...]
    anions: tuple[tuple[str, float], ...] = ()
    metals: tuple[tuple[str, float], ...] = ()
    replaced: Mapping[str, Mapping[str, float]] = field(default_factory=dict, hash=False)

    def class_of(self, formula: Formula) -> ClassError:
        """Errors of the class of a compound."""
        name = chemistry(formula)
        error = next((e for e in self.classes if e.chemistry == name), None)
        return error or next(e for e in self.classes if e.chemistry == ANY)

    def parts(self, formula: Formula) -> dict[str, float]:
        """Name of each normal part -> standard error [eV/atom] of a compound; outliers apart."""
        if len(formula.elements) == 1:
            return {}
        if (text := formula.reduced.text) in self.replaced:
            return dict(self.replaced[text])
        name, error = chemistry(formula), self.class_of(formula)
        parts = {f"class {name}": error.shared, text: error.own}
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
            "replaced": {name: dict(parts) for name, parts in self.replaced.items()},
        }

    @classmethod
    def from_record(cls, data: Mapping[str, Any]) -> PhaseErrors:
        """The inverse of :meth:`to_dict`."""
        classes = tuple(ClassError(**row) for row in data["classes"])
        anions, metals = (tuple(data[key].items()) for key in ("anions", "metals"))
        return cls(data["source"], classes, anions, metals, data.get("replaced", {}))


@lru_cache(maxsize=20_000)
def normal(name: str, samples: int, seed: int) -> Array:
    """Draws of a standard normal variable that follow from a name and a seed, (samples,)."""
    return np.random.default_rng([seed, crc32(name.encode())]).standard_normal(samples)


@lru_cache(maxsize=20_000)
def _rare(name: str, share: float, samples: int, seed: int) -> Array:
    """Draws that are 0 but for a share of them, which are standard normal."""
    generator = np.random.default_rng([seed, crc32(f"outlier {name}".encode())])
    occurs = generator.random(samples) < share
    return np.where(occurs, generator.standard_normal(samples), 0.0)


def drawn(errors: PhaseErrors, formula: Formula, samples: int, seed: int) -> Array:
    """Errors drawn for the energy of one phase.

    Parameters
    ----------
    errors : of the phase set.
    formula : of the phase.
    samples, seed : number of draws, and what they follow from.

    Returns
    -------
    Array
        Errors [eV/atom], shape (samples,); 0 of an element.
    """
    total = np.zeros(samples)
    for name, size in errors.parts(formula).items():
        total += size * normal(name, samples, seed)
    error, name = errors.class_of(formula), formula.reduced.text
    if error.outlier_share and len(formula.elements) > 1 and name not in errors.replaced:
        total += error.outlier * _rare(name, error.outlier_share, samples, seed)
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
    table = _table_of_draws if samples * len(formulas) > LARGEST_KEPT else _kept_draws
    return table(errors, tuple(formulas), samples, seed)


def _table_of_draws(
    errors: PhaseErrors, formulas: tuple[Formula, ...], samples: int, seed: int
) -> Array:
    columns = [drawn(errors, formula, samples, seed) for formula in formulas]
    result = np.ascontiguousarray(np.array(columns).reshape(len(formulas), samples).T)
    result.setflags(write=False)
    return result


_kept_draws = lru_cache(maxsize=8)(_table_of_draws)  # curves of one electrolyte share candidates


def fit_class_errors(residuals: Iterable[tuple[Formula, float]]) -> tuple[ClassError, ...]:
    """Errors by class of chemistry from residuals, set minus reference [eV/atom].

    Residuals are fitted by two normal distributions about 0, a narrow one and a wide one of the
    outliers, by expectation maximization. The shared part is the mean product of the residuals of
    two phases of the class from different chemical systems: what compounds of one system share
    beyond that does not extend to the class. Chemistries with fewer than :data:`FEWEST` rows take
    the errors of all rows together, those with fewer than :data:`TAIL_ROWS` their outliers.

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
    everything = _mixture(np.array([value for _, value in rows]))
    kept = {name: members for name, members in classes.items() if len(members) >= FEWEST}
    return (
        *(_class_error(name, members, everything) for name, members in sorted(kept.items())),
        _class_error(ANY, rows, everything),
    )


@dataclass(frozen=True)
class _Mixture:
    """Two normal distributions about 0: standard deviations, and the share of the wide one."""

    narrow: float
    wide: float
    share: float


def _mixture(values: Array, tail: _Mixture | None = None) -> _Mixture:
    """Fit by expectation maximization; with a tail given, its share and relative width are kept."""
    middle = max(float(np.median(np.abs(values))), SMALLEST)
    narrow, wide, share = 1.5 * middle, 8.0 * middle, 0.05
    if tail is not None:
        share, ratio = tail.share, tail.wide / tail.narrow
        wide = ratio * narrow
    for _ in range(STEPS):
        inner = (1 - share) * np.exp(-((values / narrow) ** 2) / 2) / narrow
        outer = share * np.exp(-((values / wide) ** 2) / 2) / wide
        belongs = inner / np.maximum(inner + outer, np.finfo(float).tiny)
        squares = values**2
        if tail is not None:
            weights = belongs + (1 - belongs) / ratio**2
            narrow = max(float(np.sqrt((weights * squares).mean())), SMALLEST)
            wide = ratio * narrow
            continue
        share = float(1 - belongs.mean())
        narrow = max(float(np.sqrt(np.average(squares, weights=belongs))), SMALLEST)
        if share < 1 / values.size:  # no row is an outlier
            return _Mixture(narrow, narrow, 0.0)
        wide = max(float(np.sqrt(np.average(squares, weights=1 - belongs))), narrow)
    return _Mixture(narrow, wide, share)


def _class_error(
    name: str, rows: Sequence[tuple[Formula, float]], everything: _Mixture
) -> ClassError:
    values = np.array([value for _, value in rows])
    fit = _mixture(values, None if len(rows) >= TAIL_ROWS else everything)
    limit = CLIPPED * fit.narrow
    shared = max(_covariance(rows, np.clip(values, -limit, limit)), 0.0)
    shared = min(shared, LARGEST_SHARE * fit.narrow**2)
    return ClassError(
        chemistry=name,
        shared=float(np.sqrt(shared)),
        own=float(np.sqrt(fit.narrow**2 - shared)),
        rows=len(rows),
        outlier_share=fit.share,
        outlier=float(np.sqrt(fit.wide**2 - fit.narrow**2)),
    )


def _covariance(rows: Sequence[tuple[Formula, float]], values: Array) -> float:
    """Mean product of the values of two rows of different chemical systems."""
    systems: dict[frozenset[str], list[float]] = {}
    for (formula, _), value in zip(rows, values, strict=True):
        systems.setdefault(frozenset(formula.elements), []).append(float(value))
    sums = np.array([sum(members) for members in systems.values()])
    counts = np.array([len(members) for members in systems.values()])
    pairs = float(values.size**2 - (counts**2).sum())
    return float((values.sum() ** 2 - (sums**2).sum()) / pairs) if pairs else 0.0
