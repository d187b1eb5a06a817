"""Reaction energy of a cathode and an electrolyte over Li content and voltage.

The matrix has every Li content at every voltage. In a cell the voltage follows from the Li content
by the calculated voltage curve V(x), so the path along that curve describes charging. On a plateau
two Li contents have the same voltage and the same reaction energy per non-open atom.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from interfaces.chemistry.repr_html import html
from interfaces.chemistry.voltages import voltage_profile
from interfaces.errors import ReactantError, finite
from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.reactants import Reactant
from interfaces.phases.reservoirs import OpenElement, charge_of
from interfaces.reactivity.voltage_map import Kind, VoltageMap, voltage_map
from interfaces.serialisable import Keys, Record, Serialisable

Array = NDArray[np.float64]

POINTS = 51
MOST_POINTS = 10_001
SAME_CONTENT = 1e-6  #: carriers per formula unit


@dataclass(frozen=True)
class PathPoint(Record):
    """The cathode at content ``x`` and its own voltage [V]; energies in eV per non-open atom.

    Attributes
    ----------
    x : carriers per formula unit of the host.
    voltage : voltage of the cathode at that content [V].
    total, mutual : lowest energies over mixing [eV per non-open atom].
    total_at, mutual_at : mixing fractions of these minima, by non-open atoms.
    """

    KEYS: ClassVar[Keys] = {
        "x": "x", "voltage_V": "voltage", "minimum_total_ev_per_nonopen_atom": "total",
        "minimum_mutual_ev_per_nonopen_atom": "mutual", "nonopen_fraction_total": "total_at",
        "nonopen_fraction_mutual": "mutual_at",
    }  # fmt: skip

    x: float
    voltage: float
    total: float
    mutual: float
    total_at: float  #: non-open fraction of the minimum
    mutual_at: float


@dataclass(frozen=True, eq=False)
class Charging(Serialisable):
    """Voltage maps at every Li content, and the voltage curve of the cathode.

    Build one with :func:`charging`. ``maps`` go from the highest to the lowest content x, carriers
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
        voltage_map = self.maps[0][1]
        return [float(v) for v in np.linspace(voltage_map.low, voltage_map.high, self.points)]

    @property
    def notes(self) -> tuple[str, ...]:
        """Notes of the maps, without repetitions."""
        return tuple(
            dict.fromkeys(note for _, voltage_map in self.maps for note in voltage_map.notes)
        )

    def matrix(self, voltages: Sequence[float] | Array, kind: Kind = "total") -> Array:
        """Lowest energy over mixing [eV per non-open atom], shape (states, voltages).

        Parameters
        ----------
        voltages : (V,) voltages [V] against the metal.
        kind : ``total`` or ``mutual``.

        Returns
        -------
        Array
            Energies [eV per non-open atom], shape (states, voltages); negative where favourable.
        """
        return np.array(
            [
                [voltage_map.minimum_at(float(v), kind)[0] for v in voltages]
                for _, voltage_map in self.maps
            ]
        )

    @property
    def path(self) -> tuple[PathPoint, ...]:
        """Along the cathode's own voltage curve, plateau by plateau, within the maps' voltages."""
        by_content = dict(self.maps)
        points = []
        for x1, x2, voltage in self.steps:
            for x in (x1, x2):
                voltage_map = by_content[x]
                if voltage_map.low <= voltage <= voltage_map.high:
                    total, mutual = (
                        voltage_map.minimum_at(voltage),
                        voltage_map.minimum_at(voltage, "mutual"),
                    )
                    points.append(
                        PathPoint(
                            x=x,
                            voltage=voltage,
                            total=total[0],
                            mutual=mutual[0],
                            total_at=total[1],
                            mutual_at=mutual[1],
                        )
                    )
        return tuple(points)

    def _repr_html_(self) -> str:
        first = self.maps[0][1]
        return html(
            f"{first.reactant_1.label} | {first.reactant_2.label} along the voltage curve of the "
            f"first, {first.scheme}",
            ("x", "V", "total (eV/non-open atom)", "mutual (eV/non-open atom)"),
            [(point.x, point.voltage, point.total, point.mutual) for point in self.path],
            self.notes,
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values: the JSON object of the command line.

        Returns
        -------
        dict[str, Any]
            JSON-serialisable values; the keys name the units.
        """
        first, voltages = self.maps[0][1], self.grid
        return {
            "states": [
                {"x": x, "reactant": voltage_map.reactant_1.to_dict()}
                for x, voltage_map in self.maps
            ],
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
    """Compute the maps at every Li content and the voltage curve of the cathode.

    Parameters
    ----------
    phase_set : energies of the candidate products [eV/atom].
    states : carriers per formula unit of the host -> the cathode there; two or more, of one host.
    electrolyte : the second reactant.
    low, high : voltages of the maps [V] against the metal.
    carrier : symbol of the working ion, e.g. Li.
    points : how many voltages a written matrix has, two at least.
    open_elements : elements exchanged with a reservoir at a fixed chemical potential.
    provenance : origin of the input, copied to the result.

    Returns
    -------
    Charging
        Maps of all Li contents and the path along the voltage curve.

    Raises
    ------
    ReactantError
        If the states are fewer than two or not of one host.
    """
    for x in states:
        finite(x, "a Li content x", ReactantError)
    contents = sorted(states, reverse=True)
    if len(contents) < 2:
        raise ReactantError("a charging matrix needs two Li contents x or more")
    if not 2 <= points <= MOST_POINTS:
        raise ReactantError(f"{points} voltages: a charging matrix has 2 to {MOST_POINTS}")
    energies: dict[float, float] = {}
    host = states[contents[0]].formula.without(carrier)
    for x in contents:
        cathode = states[x]
        bare = cathode.formula.without(carrier)
        if not bare.same_composition(host):
            raise ReactantError(
                f"{cathode.formula} is not {host} with another {carrier} content: the hosts differ"
            )
        # eV per formula unit of the host, whatever multiple the formula was written as
        multiple = float(host.n_atoms / bare.n_atoms)
        content = float(cathode.formula.get(carrier)) * multiple
        if abs(content - x) > SAME_CONTENT:
            raise ReactantError(
                f"{cathode.formula} has {content:g} {carrier} per {host}, not x = {x:g}; "
                "x counts carriers per formula unit of the fullest state as written"
            )
        energies[x] = cathode.energy * float(cathode.formula.n_atoms) * multiple
    maps: dict[float, VoltageMap] = {}
    shared: VoltageMap | None = None
    for x in contents:
        # Cathodes that differ in the carrier alone share the tiles: only their own energy moves.
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
