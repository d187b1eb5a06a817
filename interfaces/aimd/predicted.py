"""Bonds formed in a trajectory, compared with those of the predicted products.

This compares **kinds of bonds, not phases**: a trajectory of picoseconds shows first contacts, and
P-O bonds there are no crystal of Li3PO4. A kind counts as contained in a product if its two
elements are bonded in compounds of that composition: P-O in a phosphate, S-O in a sulfate, Co-S in
a sulfide. In a product with oxygen, the atoms of an oxyanion (S of a sulfate, P of a phosphate, C
of a carbonate) bind the oxygen and not the metal; beside a metal, chloride is an anion of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import ClassVar

from interfaces.aimd.species import NON_METALS
from interfaces.chemistry.formulas import Formula
from interfaces.serialisable import Keys, Record

#: Centres of oxyanions: where there is oxygen, they bind it.
OXYANIONS = frozenset({"P", "S", "C", "N", "B", "Si", "Ge"})
HALIDES = frozenset({"Cl", "Br", "I"})
#: Elements that are molecules or chains of themselves.
SELF_BONDED = frozenset({"S", "P", "O", "C", "N", "H", "Cl", "F", "I", "Br", "Se"})
#: MS2 of the pyrite structure holds S2 pairs.
PYRITES = frozenset({"FeS2", "CoS2", "NiS2", "MnS2"})
#: Bonds to these are ionic, without direction, and not followed.
IONIC = frozenset({"Li", "Na", "K", "Mg", "Ca", "Sr", "Ba", "La", "Y"})
NAMES = {
    frozenset("PO"): "phosphate",
    frozenset("SO"): "sulfate or sulfite",
    frozenset("CO"): "carbonate",
    frozenset("PS"): "thiophosphate",
    frozenset("S"): "disulfide or sulfur",
    frozenset("O"): "peroxide or O2",
}
ANIONS = {"O": "oxide", "S": "sulfide", "Cl": "chloride", "F": "fluoride", "P": "phosphide"}


@dataclass(frozen=True)
class BondKind(Record):
    """One kind of bond: how many formed or broke, and which products contain it."""

    KEYS: ClassVar[Keys] = {
        "pair": "pair", "kind": "kind", "new": "new", "lost": "lost", "present": "present",
        "products": "products", "followed": "followed", "verdict": "verdict",
    }  # fmt: skip

    pair: str
    new: int  #: at the end, against the beginning
    lost: int
    present: int  #: at the end
    products: tuple[str, ...]  #: predicted ones that contain such bonds
    followed: bool = True  #: whether the trajectory was analysed for it

    @property
    def kind(self) -> str:
        """``phosphate``, ``sulfide`` ... in words; the pair itself where there is no word."""
        elements = self.pair.split("-")
        anions = [ANIONS[e] for e in elements if e in ANIONS]
        if anions and any(e not in NON_METALS for e in elements):
            return anions[0]
        return NAMES.get(frozenset(elements), self.pair)

    @property
    def verdict(self) -> str:
        """Whether trajectory and prediction agree on this kind of bond."""
        if not self.followed:
            return "predicted; no cut-off, not followed"
        if self.new:
            return "new and predicted" if self.products else "new, not predicted"
        if self.present:
            return "predicted, none new" if self.products else "none new, not predicted"
        return "predicted, not seen" if self.products else "neither"


def bonds_in(formula: str) -> frozenset[frozenset[str]]:
    """Pairs of elements that are bonded in compounds of this composition.

    Parameters
    ----------
    formula : composition.

    Returns
    -------
    frozenset[frozenset[str]]
        Sets of one or two elements.

    Examples
    --------
    >>> pairs = bonds_in("CoSO4")
    >>> frozenset("SO") in pairs, frozenset(["Co", "O"]) in pairs, frozenset(["Co", "S"]) in pairs
    (True, True, False)
    >>> bonds_in("Li2S"), frozenset(["S"]) in bonds_in("S8")
    (frozenset(), True)
    """
    parsed = Formula.parse(formula)
    elements = set(parsed.elements) - IONIC
    bonded: set[frozenset[str]] = set()
    if len(parsed.elements) == 1:
        return frozenset([frozenset(elements)]) if elements & SELF_BONDED else frozenset()
    metals = elements - set(NON_METALS)
    cations = metals | (set(parsed.elements) & IONIC)
    centres = elements & OXYANIONS if "O" in elements else set()
    for a, b in combinations(sorted(elements), 2):
        pair = {a, b}
        apart = (
            pair <= metals | centres  # two cations, over an anion
            or pair <= {"O", "F", *HALIDES}  # two anions
            or (bool(pair & HALIDES) and bool(cations) and not pair & metals)
        )
        if not apart:
            bonded.add(frozenset(pair))
    if not elements - {"S"}:  # a polysulfide holds chains; Li2S does not
        chained = (
            _amount(parsed, "S")
            > sum(_amount(parsed, e) for e in parsed.elements if e in IONIC) / 2
        )
        if chained:
            bonded.add(frozenset({"S"}))
    if parsed.reduced.text in PYRITES:
        bonded.add(frozenset({"S"}))
    return frozenset(bonded)


def _amount(formula: Formula, element: str) -> float:
    return float(dict(formula.amounts).get(element, 0))


def compare_bonds(
    seen: Iterable[tuple[str, int, int, int]], products: Sequence[str]
) -> tuple[BondKind, ...]:
    """Kinds of bonds of a trajectory beside those of the predicted products.

    Parameters
    ----------
    seen : of each kind of bond that was followed: pair, new, lost, present at the end.
    products : formulas.

    Returns
    -------
    tuple[BondKind, ...]
        One entry per kind of bond.

    Examples
    --------
    >>> compared = compare_bonds([("P-O", 3, 0, 3), ("P-S", 0, 4, 8)], ["Li3PO4", "Co3S4"])
    >>> for bond in compared:
    ...     print(bond.pair, bond.kind, bond.verdict, sep="; ")
    P-O; phosphate; new and predicted
    P-S; thiophosphate; none new, not predicted
    Co-S; sulfide; predicted; no cut-off, not followed
    """
    held = {formula: bonds_in(formula) for formula in dict.fromkeys(products)}
    rows, known = [], set()
    for pair, new, lost, present in seen:
        elements = frozenset(pair.split("-"))
        known.add(elements)
        rows.append(
            BondKind(
                pair=pair,
                new=new,
                lost=lost,
                present=present,
                products=tuple(f for f, pairs in held.items() if elements in pairs),
            )
        )
    others: dict[str, list[str]] = {}
    for formula, pairs in held.items():
        for elements in pairs - known:
            ordered = sorted(elements, key=lambda e: (e in ("O", "S", "Cl", "F", "P"), e))
            others.setdefault("-".join(ordered * (2 // len(ordered))), []).append(formula)
    rows += [
        BondKind(pair=pair, new=0, lost=0, present=0, products=tuple(f), followed=False)
        for pair, f in sorted(others.items())
    ]
    return tuple(rows)
