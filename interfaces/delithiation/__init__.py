"""States of charge of a layered cathode: which Li/vacancy orderings to compute, and what they say.

The host LiMO2 is the O3 structure (R-3m) made from lattice parameters, not from a database::

    host (hosts) ------.
                       |-> decorations (metals on M) -.
    supercell (cells) -|                              |-> orderings (Li, ranked)   occupations
                       `-> ewald_matrix --------------'         |
                                                                v
    interpolate (hosts): shape at this x -----------------> structure              structures
                                                                |
                              relaxed elsewhere, atoms in the same order
                                                                |
                                                 .--------------+-------------.
                                                 v                            v
                                 layering (structures)   average_voltage, voltage_profile (voltages)
"""

from interfaces.delithiation.cells import Supercell, supercell
from interfaces.delithiation.hosts import LayeredGeometry, LayeredHost, host, interpolate
from interfaces.delithiation.occupations import (
    Decoration,
    Ordering,
    decorations,
    ewald_matrix,
    orderings,
    whole,
)
from interfaces.delithiation.structures import Layering, layering, structure
from interfaces.delithiation.voltages import average_voltage, voltage_profile
from interfaces.errors import (
    NotCommensurateError,
    SiteError,
    TooFewDecorationsError,
    UnknownHostError,
)

__all__ = [
    "Decoration",
    "LayeredGeometry",
    "LayeredHost",
    "Layering",
    "NotCommensurateError",
    "Ordering",
    "SiteError",
    "Supercell",
    "TooFewDecorationsError",
    "UnknownHostError",
    "average_voltage",
    "decorations",
    "ewald_matrix",
    "host",
    "interpolate",
    "layering",
    "orderings",
    "structure",
    "supercell",
    "voltage_profile",
    "whole",
]
