"""A structure for which VASP inputs are made: ``structures`` finds it, ``vasp`` uses it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pymatgen.core import Structure

Kind = Literal["bulk", "slab", "interface"]


@dataclass(frozen=True)
class Target:
    """A structure with its kind and origin.

    Attributes
    ----------
    name : of the system or file.
    structure : lengths in angstrom.
    kind : ``bulk``, ``slab`` (with vacuum) or ``interface``.
    source : file, bundled bulk or cell that the structure comes from.
    digest : checksum of lattice and sites.
    strain : largest absolute linear strain of either side of an interface (0.05 is 5 %); None
        where it is not recorded.
    notes : choices and omissions of the structure reader.
    """

    name: str
    structure: Structure
    kind: Kind
    source: str
    digest: str
    strain: float | None = None
    notes: tuple[str, ...] = ()
