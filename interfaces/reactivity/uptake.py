r"""Reaction of a compound with an open element, against the amount taken up.

An open element such as Li metal has no share in a mix. The quantity is the energy per formula unit
of the compound after an uptake of n atoms,

.. math:: \Delta E(n) = E_\mathrm{hull}(\text{compound} + n) - E_\mathrm{compound} - n \mu ,

convex and straight between the n at which the products change.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interfaces.chemistry.formulas import Formula
from interfaces.chemistry.reactions import Reaction
from interfaces.chemistry.repr_html import html
from interfaces.errors import LARGEST, ReactantError
from interfaces.interphase import Interphase, Volumes, interphase
from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.products import gas_amounts
from interfaces.phases.reactants import Reactant, reactant
from interfaces.phases.reservoirs import OpenElement
from interfaces.reactivity.mixing_curve import mixing_curve
from interfaces.serialisable import Serialisable

Array = NDArray[np.float64]


@dataclass(frozen=True)
class UptakePoint(Serialisable):
    """Atoms taken up per formula unit, and the energy [eV per formula unit] with its reaction.

    The element is exchanged in the reaction: amounts count per formula unit of the compound.
    """

    uptake: float
    energy: float
    reaction: Reaction
    volumes: Volumes = ()  #: known ones of what the reaction names [A^3 per formula unit]

    @cached_property
    def interphase(self) -> Interphase:
        """Gases, electronic conduction, volume change and lithium loss of the products."""
        return interphase(self.reaction, self.volumes)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as in the JSON output.

        Returns
        -------
        dict[str, Any]
            JSON-serialisable values; the keys name the units.
        """
        return {
            "uptake_per_formula": self.uptake,
            "reaction_energy_ev_per_formula": self.energy,
            "reaction": str(self.reaction),
            "products": self.reaction.product_amounts(),
            "gas_amounts": [gas.to_dict() for gas in gas_amounts(self.reaction)],
            "interphase": self.interphase.to_dict(),
            "volumes_A3_per_formula": dict(self.volumes),
        }


@dataclass(frozen=True)
class UptakeCurve(Serialisable):
    """Energy of a compound against its uptake of an open element.

    Build one with :func:`uptake_curve`. Beyond the last point the element remains in excess, and
    the energy rises by -mu per atom.
    """

    compound: Reactant
    open_element: OpenElement
    points: tuple[UptakePoint, ...]
    scheme: str
    phase_set: str
    notes: tuple[str, ...] = ()
    provenance: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    @property
    def minimum(self) -> UptakePoint:
        """Where uptake stops of itself: the stage of the staircase at this potential."""
        return min(self.points, key=lambda point: point.energy)

    def at(self, uptake: ArrayLike) -> Array:
        """Energy [eV per formula unit] at an uptake per formula unit, >= 0.

        Parameters
        ----------
        uptake : atoms of the open element per formula unit of the compound.

        Returns
        -------
        Array
            Energy [eV per formula unit], negative where uptake is favourable.

        Raises
        ------
        ReactantError
            If an uptake is negative or not finite.
        """
        n = np.asarray(uptake, dtype=float)
        if not ((n >= 0) & (n <= LARGEST)).all():
            raise ReactantError(
                f"uptake {uptake!r} is negative or not finite; give 0 or more per formula unit"
            )
        last = self.points[-1]
        beyond = np.maximum(n - last.uptake, 0.0) * -self.open_element.chemical_potential
        inside = np.interp(n, [p.uptake for p in self.points], [p.energy for p in self.points])
        return np.asarray(inside + beyond)

    def _repr_html_(self) -> str:
        symbol = self.open_element.symbol
        return html(
            f"{self.compound.label} and {symbol}, {self.scheme}: {self.minimum.energy:.3f} "
            f"eV per formula at {self.minimum.uptake:.3f} {symbol}",
            (f"{symbol} per formula", "energy (eV/formula)", "reaction"),
            [(point.uptake, point.energy, str(point.reaction)) for point in self.points],
            self.notes,
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values: the JSON object of the command line.

        Returns
        -------
        dict[str, Any]
            JSON-serialisable values; the keys name the units.
        """
        return {
            "compound": self.compound.to_dict(),
            "open": [self.open_element.to_dict()],
            "basis": "per_formula",
            "points": [point.to_dict() for point in self.points],
            "minimum": self.minimum.to_dict(),
            "scheme": self.scheme,
            "phase_set": self.phase_set,
            "notes": list(self.notes),
            "provenance": dict(self.provenance),
        }


def uptake_curve(
    phase_set: PhaseSet,
    compound: Reactant,
    open_element: OpenElement,
    *,
    provenance: Mapping[str, str] | None = None,
) -> UptakeCurve:
    """Compute the energy of a compound against its uptake of an open element.

    Parameters
    ----------
    phase_set : energies of the candidate products [eV/atom].
    compound : compound with its energy on the scale of the set.
    open_element : element exchanged with a reservoir at a fixed chemical potential.
    provenance : origin of the input, copied to the result.

    Returns
    -------
    UptakeCurve
        Energies against uptake, with balanced reactions.

    Raises
    ------
    ReactantError
        If the compound is the element itself.
    MissingElementError
        If the set lacks an element.

    Examples
    --------
    >>> from interfaces.phases.reservoirs import at_voltage
    >>> phases = PhaseSet.from_rows(
    ...     [("a", "Li", 0.0), ("b", "S", 0.0), ("c", "Li2S", -1.5)], scheme="made up")
    >>> curve = uptake_curve(phases, reactant(phases, "S"), at_voltage("Li", 0.25))
    >>> curve.minimum.uptake, curve.minimum.energy, str(curve.minimum.reaction)
    (2.0, -4.0, 'S + 2 Li -> Li2S')
    """
    element = reactant(phase_set, Formula.parse(open_element.symbol))
    crossing = open_element.exchanged_as  # O2, not O: what a reaction is written with
    closed = mixing_curve(phase_set, compound, element)
    points = []
    for kink in reversed(closed.kinks):
        reactants = dict(kink.reaction.reactants)
        if compound.formula.text not in reactants:
            continue  # the element alone: all that was taken up long before
        units = reactants[compound.formula.text]
        atoms = reactants.get(element.formula.text, Fraction(0))
        uptake = float(atoms / units)
        points.append(
            UptakePoint(
                uptake,
                kink.total_per_formula * (1 + uptake) - uptake * open_element.chemical_potential,
                Reaction(
                    ((compound.formula.text, units),),
                    kink.reaction.products,
                    ((crossing.text, atoms / crossing.n_atoms),) if atoms else (),
                ),
                tuple(volume for volume in kink.volumes if volume[0] != element.formula.text),
            )
        )
    return UptakeCurve(
        compound=compound,
        open_element=open_element,
        points=tuple(points),
        scheme=closed.scheme,
        phase_set=closed.phase_set,
        notes=closed.notes,
        provenance=tuple((provenance or {}).items()),
    )
