"""How sure a curve is: values of its spread, made by :mod:`interfaces.reactivity.curve_band`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from interfaces.serialisable import Keys, Record


@dataclass(frozen=True)
class MinimumSpread(Record):
    """Standard error of a minimum and its 10 and 90 % quantiles [eV per non-open atom].

    The standard error is that of a normal variable with this range.
    """

    KEYS: ClassVar[Keys] = {
        "uncertainty_ev_per_atom": "error", "low_ev_per_atom": "low", "high_ev_per_atom": "high",
    }  # fmt: skip

    error: float
    low: float
    high: float


@dataclass(frozen=True)
class Band(Record):
    """Spread of a curve over drawn errors of the phase energies.

    Attributes
    ----------
    source : where the errors come from, in words.
    samples, seed : number of draws, and what they follow from.
    fractions : (G,) shares of the non-open atoms from the first reactant.
    errors, low, high : (G,) standard error, 10 and 90 % quantiles of the total
        [eV per non-open atom].
    total, mutual : of the minima.
    """

    KEYS: ClassVar[Keys] = {
        "errors_from": "source", "samples": "samples", "seed": "seed", "fractions": "fractions",
        "standard_errors_ev_per_atom": "errors", "low_ev_per_atom": "low",
        "high_ev_per_atom": "high", "minimum_total": "total", "minimum_mutual": "mutual",
    }  # fmt: skip

    source: str
    samples: int
    seed: int
    fractions: tuple[float, ...]
    errors: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    total: MinimumSpread
    mutual: MinimumSpread
