"""Properties of the products of an interfacial reaction, beyond its energy.

``summary`` combines gases, electronic conduction (``electronic_conductors``, ``passivation``),
``volume_change`` and ``lithium_inventory``; ``surface_residues`` builds a cathode powder with
Li2CO3 or LiOH on it. The bound without gaseous products is :mod:`interfaces.reactivity.no_gas`.
"""

from interfaces.interphase.electronic_conductors import Conductor, conductor
from interfaces.interphase.inventory import Volumes, known_volumes
from interfaces.interphase.passivation import PERCOLATION, Share
from interfaces.interphase.summary import COLUMNS, Interphase, interphase

__all__ = [
    "COLUMNS",
    "PERCOLATION",
    "Conductor",
    "Interphase",
    "Share",
    "Volumes",
    "conductor",
    "interphase",
    "known_volumes",
]
