"""Delithiated cathodes: Li/vacancy orderings of a host, their structures and voltages.

A host is a framework (layered O3, spinel or olivine), built from its space group and cell
parameters, with metals on its metal sites::

    framework (frameworks) -> host (hosts): metals, charges, shape at this x
            |                       |
    supercell (cells)               |-> decorations (metals on M) -.
            |-> permutations (symmetry) -'                          |-> orderings (Li, ranked)
            `-> ewald_matrix --------------------------------------'     |       occupations
                                                                         v
    interpolate (frameworks): shape at this x --------------------> structure    structures
                                                                         |
                                       relaxed elsewhere, atoms in the same order
                                                                         |
                                                          .--------------+-------------.
                                                          v                            v
                                      layering (slabs; O3 only)   average_voltage, voltage_profile
                                                                                     (voltages)
"""

from interfaces.chemistry.voltages import average_voltage, voltage_profile
from interfaces.delithiation.frameworks import (
    O3,
    OLIVINE,
    SPINEL,
    Framework,
    Orbit,
    Role,
    Shape,
    interpolate,
)
from interfaces.delithiation.hosts import Host, host
from interfaces.delithiation.occupations import (
    Decoration,
    Ordering,
    decorations,
    ewald_matrix,
    orderings,
    whole,
)
from interfaces.delithiation.ordered_structures import rattled, structure
from interfaces.delithiation.slabs import Layering, layering
from interfaces.delithiation.structure_hosts import host_from_structure, smallest_cell
from interfaces.delithiation.supercells import (
    Permutations,
    Supercell,
    compact,
    permutations,
    supercell,
)
from interfaces.errors import (
    NotCommensurateError,
    SiteError,
    TooFewDecorationsError,
    UnknownHostError,
)

__all__ = [
    "O3",
    "OLIVINE",
    "SPINEL",
    "Decoration",
    "Framework",
    "Host",
    "Layering",
    "NotCommensurateError",
    "Orbit",
    "Ordering",
    "Permutations",
    "Role",
    "Shape",
    "SiteError",
    "Supercell",
    "TooFewDecorationsError",
    "UnknownHostError",
    "average_voltage",
    "compact",
    "decorations",
    "ewald_matrix",
    "host",
    "host_from_structure",
    "interpolate",
    "layering",
    "orderings",
    "permutations",
    "rattled",
    "smallest_cell",
    "structure",
    "supercell",
    "voltage_profile",
    "whole",
]
