"""How sure a curve is: values of its spread, made by :mod:`interfaces.reactivity.curve_band`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from interfaces.serialisable import Serialisable


@dataclass(frozen=True)
class MinimumSpread(Serialisable):
    """Standard error of a minimum and its 10 and 90 % quantiles [eV per non-open atom].

    The standard error is that of a normal variable with this range.
    """

    error: float
    low: float
    high: float

    def to_dict(self) -> dict[str, float]:
        """Plain values; the keys name the units."""
        return {
            "uncertainty_ev_per_atom": self.error,
            "low_ev_per_atom": self.low,
            "high_ev_per_atom": self.high,
        }

    @classmethod
    def from_record(cls, data: Mapping[str, float]) -> MinimumSpread:
        """The inverse of :meth:`to_dict`."""
        return cls(
            data["uncertainty_ev_per_atom"], data["low_ev_per_atom"], data["high_ev_per_atom"]
        )


@dataclass(frozen=True)
class Band(Serialisable):
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

    source: str
    samples: int
    seed: int
    fractions: tuple[float, ...]
    errors: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    total: MinimumSpread
    mutual: MinimumSpread

    def to_dict(self) -> dict[str, Any]:
        """Plain values; energies per atom that is not open."""
        return {
            "errors_from": self.source,
            "samples": self.samples,
            "seed": self.seed,
            "fractions": list(self.fractions),
            "standard_errors_ev_per_atom": list(self.errors),
            "low_ev_per_atom": list(self.low),
            "high_ev_per_atom": list(self.high),
            "minimum_total": self.total.to_dict(),
            "minimum_mutual": self.mutual.to_dict(),
        }

    @classmethod
    def from_record(cls, data: Mapping[str, Any]) -> Band:
        """The inverse of :meth:`to_dict`."""
        return cls(
            source=data["errors_from"],
            samples=data["samples"],
            seed=data["seed"],
            fractions=tuple(data["fractions"]),
            errors=tuple(data["standard_errors_ev_per_atom"]),
            low=tuple(data["low_ev_per_atom"]),
            high=tuple(data["high_ev_per_atom"]),
            total=MinimumSpread.from_record(data["minimum_total"]),
            mutual=MinimumSpread.from_record(data["minimum_mutual"]),
        )
