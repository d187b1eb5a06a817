"""Bond cut-offs by pair of elements, with the reason for each."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import ClassVar

from interfaces.errors import InputError
from interfaces.serialisable import Keys, Record

HYSTERESIS = 1.15  #: a bond is broken at this multiple of the distance at which it is made


@dataclass(frozen=True)
class Cutoff(Record):
    """Distances of a pair of elements [angstrom].

    A bond is made below ``made`` and broken beyond ``broken``; between them it stays what it was.
    """

    KEYS: ClassVar[Keys] = {
        "pair": "name", "made_angstrom": "made", "broken_angstrom": "broken", "reason": "reason",
    }  # fmt: skip

    pair: tuple[str, str]
    made: float
    broken: float
    reason: str

    def __post_init__(self) -> None:
        if not 0 < self.made <= self.broken:
            raise InputError(
                f"the bond {self.name} is made at {self.made:g} and broken at {self.broken:g} A; "
                "give a positive distance, and none shorter to break it"
            )

    @property
    def name(self) -> str:
        """``P-S``."""
        return "-".join(self.pair)

    @property
    def middle(self) -> float:
        """Cut-off of a single frame [angstrom], where there is no history."""
        return (self.made + self.broken) / 2


def _of(pair: str, made: float, reason: str, broken: float | None = None) -> Cutoff:
    first, second = pair.split("-")
    return Cutoff((first, second), made, broken or round(made * HYSTERESIS, 2), reason)


#: ``made`` lies between the bond's length and the first minimum of the radial distribution, so that
#: a vibration does not cross both distances. Lengths are of crystals and molecules at rest.
CUTOFFS: tuple[Cutoff, ...] = (
    _of("S-S", 2.40, "2.05 in S8, 2.1-2.2 in polysulfides and FeS2-like pairs; PS4 edges 3.3"),
    _of("P-S", 2.50, "2.03-2.07 in PS4, 2.1-2.15 at a bridge; next shell beyond 3.5"),
    _of("P-O", 1.90, "1.54 in PO4, 1.60 at a bridge"),
    _of("S-O", 1.90, "1.48 in SO4, 1.50 in SO3(2-), 1.6-1.7 at a bridge"),
    _of("P-P", 2.50, "2.2 in P2S6 and P4"),
    _of("O-O", 1.65, "1.21 in O2, 1.45-1.5 in peroxide; edges of polyhedra beyond 2.4"),
    _of("Co-O", 2.40, "1.92 in LiCoO2, 2.13 in CoO"),
    _of("Co-S", 2.65, "2.2-2.35 in Co3S4, Co9S8 and CoS2"),
    _of("Co-Cl", 2.75, "2.3-2.45 in CoCl2 and CoCl4(2-)"),
    _of("Co-P", 2.55, "2.1-2.35 in Co2P and CoP"),
    _of("Ni-O", 2.40, "1.9-2.0 in LiNiO2, 2.09 in NiO"),
    _of("Ni-S", 2.65, "2.2-2.4 in Ni3S2, NiS and NiS2"),
    _of("Mn-O", 2.50, "1.9-2.0 in LiMnO2 and MnO2, 2.22 in MnO"),
    _of("Mn-S", 2.85, "2.4 at tetrahedral Mn, 2.61 in MnS"),
    _of("P-Cl", 2.45, "2.0-2.1 in PCl3 and POCl3"),
    _of("S-Cl", 2.45, "2.0-2.1 in SCl2 and S2Cl2"),
    _of("O-Cl", 2.00, "1.45-1.7 in chlorates and Cl2O"),
    _of("Ge-S", 2.65, "2.2 in GeS4"),
    _of("Ge-O", 2.20, "1.75 in GeO4, 1.9 in GeO6"),
    _of("C-O", 1.75, "1.16 in CO2, 1.28 in CO3(2-), 1.43 single"),
    _of("C-C", 1.85, "1.2-1.54"),
    _of("C-N", 1.80, "1.16 triple to 1.47 single"),
    _of("C-S", 2.15, "1.83 in LiTFSI, 1.55 in CS2"),
    _of("C-F", 1.70, "1.33 in CF3"),
    _of("N-S", 2.00, "1.58 in LiTFSI, 1.75 single"),
    _of("N-O", 1.75, "1.2-1.45"),
    _of("S-F", 1.95, "1.56-1.6 in SF6 and SO2F2"),
    _of("C-H", 1.35, "1.09"),
    _of("N-H", 1.30, "1.02"),
    _of("O-H", 1.25, "0.97; a hydrogen bond is 1.5 or longer", 1.40),
    _of("S-H", 1.60, "1.34"),
    _of("H-H", 0.95, "0.74"),
    _of("F-H", 1.20, "0.92", 1.35),
)


def cutoffs_for(
    elements: Collection[str],
    replacements: Iterable[Cutoff] = (),
    table: Iterable[Cutoff] = CUTOFFS,
) -> tuple[Cutoff, ...]:
    """Cut-offs of the pairs of some elements; those given replace those of the table.

    Pairs in neither (Li-O, Li-S: no directed bonds) are not followed.

    Parameters
    ----------
    elements : elements of the structure.
    replacements : cut-offs that replace or join those of the table.
    table : default cut-offs.

    Returns
    -------
    tuple[Cutoff, ...]
        Cut-offs whose elements are all present.

    Examples
    --------
    >>> [cutoff.name for cutoff in cutoffs_for(["P", "S", "Li"])]
    ['S-S', 'P-S', 'P-P']
    """
    by_pair = {frozenset(cutoff.pair): cutoff for cutoff in table}
    by_pair |= {frozenset(cutoff.pair): cutoff for cutoff in replacements}
    return tuple(cutoff for pair, cutoff in by_pair.items() if pair <= set(elements))


def read_cutoffs(specification: str) -> tuple[Cutoff, ...]:
    """Parse cut-offs such as ``S-S=2.4,P-O=2.0:2.3``: bond made, bond broken [angstrom].

    Parameters
    ----------
    specification : pairs with one or two distances, separated by commas.

    Returns
    -------
    tuple[Cutoff, ...]
        Cut-offs [angstrom].

    Raises
    ------
    InputError
        If the words are none.

    Examples
    --------
    >>> cutoffs = read_cutoffs("S-S=2.4,P-O=2.0:2.5")
    >>> [(cutoff.name, cutoff.made, cutoff.broken) for cutoff in cutoffs]
    [('S-S', 2.4, 2.76), ('P-O', 2.0, 2.5)]
    """
    from interfaces.chemistry.formulas import Formula

    cutoffs = []
    for word in filter(None, (part.strip() for part in specification.split(","))):
        pair, _, distances = word.partition("=")
        elements = [name.strip() for name in pair.split("-")]
        made, _, broken = distances.partition(":")
        try:
            values = float(made), float(broken) if broken else round(float(made) * HYSTERESIS, 2)
            known = [Formula.parse(name).elements == (name,) for name in elements]
        except ValueError:
            known = []
        if known != [True, True]:
            raise InputError(
                f"{word!r} is not a cut-off; write S-S=2.4 or S-S=2.4:2.8 (made and broken, A)"
            )
        cutoffs.append(Cutoff((elements[0], elements[1]), *values, reason="given"))
    return tuple(cutoffs)
