"""A cathode series against an electrolyte: reaction energy over state of charge and voltage.

Any state of charge can be asked about at any voltage: that is the matrix. A cathode in a cell does
not choose freely: it sits on its own calculated voltage curve V(x), so the path along it is what a
user sees while charging. On a plateau two states share the voltage and the same reaction energy
per non-open atom.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interfaces.chemistry.repr_html import html
from interfaces.delithiation.voltages import voltage_profile
from interfaces.errors import ReactantError, finite
from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.reactants import Reactant
from interfaces.phases.reservoirs import OpenElement, charge_of
from interfaces.reactivity.voltage_map import Kind, VoltageMap, voltage_map
from interfaces.serialisable import Serialisable

Array = NDArray[np.float64]

POINTS = 51
MOST_POINTS = 10_001
SAME_CONTENT = 1e-6  #: carriers per formula unit


@dataclass(frozen=True)
class PathPoint(Serialisable):
    """The cathode at content ``x`` and its own voltage [V]; energies in eV per non-open atom."""

    x: float
    voltage: float
    total: float
    mutual: float
    total_at: float  #: non-open fraction of the minimum
    mutual_at: float

    def to_dict(self) -> dict[str, float]:
        """Plain values, as in the JSON output."""
        return {
            "x": self.x,
            "voltage_V": self.voltage,
            "minimum_total_ev_per_nonopen_atom": self.total,
            "minimum_mutual_ev_per_nonopen_atom": self.mutual,
            "nonopen_fraction_total": self.total_at,
            "nonopen_fraction_mutual": self.mutual_at,
        }


@dataclass(frozen=True, eq=False)
class Charging(Serialisable):
    """Maps of every state of charge, and the voltage curve that joins them.

    Build one with :func:`charging`. ``maps`` go from the fullest to the emptiest state x, carriers
    per formula unit of the host; ``steps`` are (x from, x to, V) of the cathode's own curve.
    """

    maps: tuple[tuple[float, VoltageMap], ...]
    steps: tuple[tuple[float, float, float], ...]
    points: int = POINTS  #: voltages of the matrix when it is written
    provenance: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    @property
    def contents(self) -> tuple[float, ...]:
        """Carrier contents x, falling."""
        return tuple(x for x, _ in self.maps)

    @property
    def grid(self) -> list[float]:
        """Evenly spaced voltages [V] of the written matrix, both ends included."""
        one = self.maps[0][1]
        return [float(v) for v in np.linspace(one.low, one.high, self.points)]

    @property
    def notes(self) -> tuple[str, ...]:
        """What the maps note, each once."""
        return tuple(dict.fromkeys(note for _, one in self.maps for note in one.notes))

    def matrix(self, voltages: Sequence[float] | Array, kind: Kind = "total") -> Array:
        """Lowest energy over mixing [eV per non-open atom], shape (states, voltages)."""
        return np.array(
            [[one.minimum_at(float(v), kind)[0] for v in voltages] for _, one in self.maps]
        )

    @property
    def path(self) -> tuple[PathPoint, ...]:
        """Along the cathode's own voltage curve, plateau by plateau, within the maps' voltages."""
        by_content = dict(self.maps)
        points = []
        for x1, x2, voltage in self.steps:
            for x in (x1, x2):
                one = by_content[x]
                if one.low <= voltage <= one.high:
                    total, mutual = one.minimum_at(voltage), one.minimum_at(voltage, "mutual")
                    points.append(PathPoint(x, voltage, total[0], mutual[0], total[1], mutual[1]))
        return tuple(points)

    def _repr_html_(self) -> str:
        first = self.maps[0][1]
        return html(
            f"{first.reactant_1.label} | {first.reactant_2.label} along the voltage curve of the "
            f"first, {first.scheme}",
            ("x", "V", "total (eV/non-open atom)", "mutual (eV/non-open atom)"),
            [(one.x, one.voltage, one.total, one.mutual) for one in self.path],
            self.notes,
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values: the JSON object of the command line."""
        first, voltages = self.maps[0][1], self.grid
        return {
            "states": [{"x": x, "reactant": one.reactant_1.to_dict()} for x, one in self.maps],
            "electrolyte": first.reactant_2.to_dict(),
            "carrier": first.carrier,
            "basis": "per_nonopen_atom",
            "voltage_V": voltages,
            "minimum_total": self.matrix(voltages).tolist(),
            "minimum_mutual": self.matrix(voltages, "mutual").tolist(),
            "voltage_curve": [
                {"x_from": x1, "x_to": x2, "voltage_V": v} for x1, x2, v in self.steps
            ],
            "path": [point.to_dict() for point in self.path],
            "scheme": first.scheme,
            "phase_set": first.phase_set,
            "notes": list(self.notes),
            "provenance": dict(self.provenance),
        }


def charging(
    phase_set: PhaseSet,
    states: Mapping[float, Reactant],
    electrolyte: Reactant,
    low: float,
    high: float,
    carrier: str = "Li",
    *,
    points: int = POINTS,
    open_elements: Sequence[OpenElement] = (),
    provenance: Mapping[str, str] | None = None,
) -> Charging:
    """Compute the maps of every state of charge and the cathode's own voltage curve.

    Parameters
    ----------
    states : carriers per formula unit of the host -> the cathode there; two or more, of one host.
    electrolyte : the second reactant.
    low, high : voltages of the maps [V] against the metal.
    points : how many voltages a written matrix has, two at least.

    Raises
    ------
    ReactantError
        If the states are fewer than two or not of one host.
    """
    for x in states:
        finite(x, "a state of charge", ReactantError)
    contents = sorted(states, reverse=True)
    if len(contents) < 2:
        raise ReactantError("a charging matrix needs two states of charge at least")
    if not 2 <= points <= MOST_POINTS:
        raise ReactantError(f"{points} voltages: a charging matrix has 2 to {MOST_POINTS}")
    energies: dict[float, float] = {}
    host = states[contents[0]].formula.without(carrier)
    for x in contents:
        one = states[x]
        bare = one.formula.without(carrier)
        if not bare.same_composition(host):
            raise ReactantError(f"{one.formula} is no state of charge of {host}: the hosts differ")
        # eV per formula unit of the host, whatever multiple the formula was written as
        multiple = float(host.n_atoms / bare.n_atoms)
        content = float(one.formula.get(carrier)) * multiple
        if abs(content - x) > SAME_CONTENT:
            raise ReactantError(
                f"{one.formula} has {content:g} {carrier} per {host}, not x = {x:g}; "
                "x counts carriers per formula unit of the fullest state as written"
            )
        energies[x] = one.energy * float(one.formula.n_atoms) * multiple
    maps: dict[float, VoltageMap] = {}
    shared: VoltageMap | None = None
    for x in contents:
        if shared is not None and not states[x].joins_pool:
            maps[x] = shared.with_first(states[x])
            continue
        maps[x] = voltage_map(
            phase_set, states[x], electrolyte, low, high, carrier, open_elements=open_elements
        )
        if not states[x].joins_pool:
            shared = maps[x]
    charge = charge_of(carrier)
    steps = tuple((x1, x2, v / charge) for x1, x2, v in voltage_profile(energies, 0.0))
    return Charging(tuple(maps.items()), steps, points, tuple((provenance or {}).items()))
