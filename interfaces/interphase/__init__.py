"""What a battery chemist asks of the products of a reaction, beyond its energy.

``meaning`` puts it together; ``conductors`` is the table of what conducts electrons and ``verdict``
what follows; ``volumes`` and ``inventory`` are the room and the lithium that the products take. The
least that a pair reacts where no gas may form is :mod:`interfaces.reactivity.no_gas`.
"""

from interfaces.interphase.electronic_conductors import Conductor, conductor
from interfaces.interphase.passivation import PERCOLATION, Share
from interfaces.interphase.summary import COLUMNS, Interphase, interphase
from interfaces.interphase.volume_change import Volumes, known_volumes

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
