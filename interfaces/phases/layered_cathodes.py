"""Energies of a layered cathode LixMO2 from its end members LiMO2 and MO2, M of Ni, Co and Mn.

``endmembers`` mixes them ideally on one scale. ``anchored`` takes the cathode's difference from its
references from a calculator, and the references from the phase set: what the calculator gets wrong
for a metal at a degree of lithiation cancels. Terms (formula, nu_k) add up to one LixMO2; energies
are in eV/atom, on any elemental references.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from interfaces.chemistry.formulas import Formula, decimal
from interfaces.errors import NoOwnEntryError, ReactantError, finite
from interfaces.phases.phase_set import PhaseSet

METALS = ("Ni", "Co", "Mn")

Terms = tuple[tuple[str, Fraction], ...]  #: formula, nu_k


@dataclass(frozen=True)
class LayeredOxide:
    """A cathode LixMO2: ``lithium`` x in [0, 1] and the metals' shares, which add up to 1.

    >>> LayeredOxide.of(Formula.parse("Li0.3Ni0.8Co0.2O2")).lithium
    Fraction(3, 10)
    """

    lithium: Fraction
    metals: tuple[tuple[str, Fraction], ...]

    @classmethod
    def of(cls, formula: Formula) -> LayeredOxide:
        """Read a formula of any multiple.

        Parameters
        ----------
        formula : Li(x)MO2 with M one or several metals.

        Returns
        -------
        LayeredOxide
            Li content and metal shares.

        Raises
        ------
        ReactantError
            If it is no LixMO2 with M of Ni, Co and Mn and x from 0 to 1.
        """
        amounts = {symbol: Fraction(amount) for symbol, amount in formula.amounts}
        metals = {metal: amounts[metal] for metal in METALS if metal in amounts}
        total = sum(metals.values(), start=Fraction(0))
        lithium, oxygen = amounts.get("Li", Fraction(0)), amounts.get("O", Fraction(0))
        others = amounts.keys() - metals.keys() - {"Li", "O"}
        if not total or others or oxygen != 2 * total or lithium > total:
            raise ReactantError(
                f"{formula} is not a layered oxide LixMO2 (x from 0 to 1, M of Ni, Co, Mn) "
                "and has no end members; choose the model of one reactant: "
                "--energy REACTANT=endmembers or =anchored"
            )
        return cls(lithium / total, tuple((m, share / total) for m, share in metals.items()))


@dataclass(frozen=True)
class Anchor:
    """A reference on both scales, the set's and the calculator's; energies in eV/atom."""

    formula: str
    coefficient: Fraction
    set_id: str
    set_energy: float
    calculated_id: str
    calculated_energy: float

    @property
    def shift(self) -> float:
        """Set minus calculator [eV/atom]."""
        return self.set_energy - self.calculated_energy


def end_members(cathode: LayeredOxide) -> Terms:
    """``sum over M of share_M [x LiMO2 + (1 - x) MO2]``.

    Parameters
    ----------
    cathode : layered oxide.

    Returns
    -------
    Terms
        Formulas and coefficients.
    """
    x = cathode.lithium
    terms = [(f"Li{metal}O2", share * x) for metal, share in cathode.metals]
    terms += [(f"{metal}O2", share * (1 - x)) for metal, share in cathode.metals]
    return tuple((formula, nu) for formula, nu in terms if nu)


def tetravalent_manganese(cathode: LayeredOxide) -> Terms | None:
    """The same with Mn4+ at every x: LiMnO2 + LiNiO2 gives way to Li2MnO3 + NiO (Ni2+).

    ``None`` where that is not possible: no Mn, no Li, or less Ni than Mn to reduce.

    Parameters
    ----------
    cathode : layered oxide.

    Returns
    -------
    Terms | None
        Formulas and coefficients, or None without enough Mn and Ni.

    Examples
    --------
    >>> written(tetravalent_manganese(LayeredOxide.of(Formula.parse("LiNi0.5Mn0.5O2"))))
    '0.5 Li2MnO3 + 0.5 NiO'
    """
    shares = dict(cathode.metals)
    manganese, nickel = shares.get("Mn", Fraction(0)), shares.get("Ni", Fraction(0))
    moved = manganese * cathode.lithium
    if not moved or nickel < manganese:
        return None
    terms = dict(end_members(cathode))
    del terms["LiMnO2"]
    terms["LiNiO2"] -= moved
    terms |= {"Li2MnO3": moved, "NiO": moved}
    return tuple((formula, nu) for formula, nu in terms.items() if nu)


def ideal_mixing(target: Formula, terms: Terms, energies: Mapping[str, float]) -> float:
    """Energy of the terms together [eV/atom]: ``sum nu_k n_k E_k / sum nu_k n_k``.

    Ideal: neither configurational energy nor entropy is counted.

    Parameters
    ----------
    target : composition of the mixture.
    terms : formulas and coefficients.
    energies : formula -> energy [eV/atom].

    Returns
    -------
    float
        Energy [eV/atom].

    Raises
    ------
    ReactantError
        If the terms do not add up to the composition of the target, or an energy is not finite.

    Examples
    --------
    >>> half = (("LiCoO2", Fraction(1, 2)), ("CoO2", Fraction(1, 2)))
    >>> ideal_mixing(Formula.parse("Li0.5CoO2"), half, {"LiCoO2": -2.0, "CoO2": -1.0})  # -5.5 / 3.5
    -1.5714285714285714
    """
    amounts: dict[str, Fraction] = {}
    total = 0.0
    for name, nu in terms:
        formula = Formula.parse(name)
        energy = finite(energies[name], f"energy of {name} [eV/atom]", ReactantError)
        total += float(nu * formula.n_atoms) * energy
        for symbol, amount in formula.amounts:
            amounts[symbol] = amounts.get(symbol, Fraction(0)) + nu * amount
    left = {symbol: amount for symbol, amount in amounts.items() if amount}
    if any(amount < 0 for amount in left.values()) or not (
        left and Formula.from_amounts(left).same_composition(target)
    ):
        raise ReactantError(f"{written(terms)} does not add up to {target}")
    return total / float(sum(left.values()))


def anchored_energy(target: Formula, calculated: float, anchors: tuple[Anchor, ...]) -> float:
    """Energy of the target on the scale of the set [eV/atom].

    ``E = sum nu_k E_set(k) + [E_calc(target) - sum nu_k E_calc(k)]``, per formula unit.

    Parameters
    ----------
    calculated : E_calc(target) [eV/atom].
    anchors : the references k on both scales.

    Returns
    -------
    float
        Energy [eV/atom].

    Examples
    --------
    >>> full = Anchor("LiCoO2", Fraction(1, 2), "a", -2.0, "a", -1.65)
    >>> empty = Anchor("CoO2", Fraction(1, 2), "b", -1.5, "c", -1.5)
    >>> round(anchored_energy(Formula.parse("Li0.5CoO2"), -1.7, (full, empty)), 9)  # 0.35 * 2 / 3.5
    -1.9
    """
    terms = tuple((anchor.formula, anchor.coefficient) for anchor in anchors)
    finite(calculated, f"calculated energy of {target} [eV/atom]", ReactantError)
    return calculated + ideal_mixing(
        target, terms, {anchor.formula: anchor.shift for anchor in anchors}
    )


def lowest_entries(phase_set: PhaseSet, terms: Terms, target: Formula) -> dict[str, int]:
    """Row of the lowest own entry of each term.

    Parameters
    ----------
    phase_set : energies of the candidate products [eV/atom].
    terms : formulas and coefficients.
    target : cathode, for the error message.

    Returns
    -------
    dict[str, int]
        Formula -> row of the set.

    Raises
    ------
    NoOwnEntryError
        With every end member that the set lacks.
    """
    rows = {formula: phase_set.find(Formula.parse(formula)) for formula, _ in terms}
    known = {formula: row for formula, row in rows.items() if row is not None}
    if len(known) < len(rows):
        raise NoOwnEntryError(
            f"no entry for the end member {', '.join(sorted(rows.keys() - known.keys()))} of "
            f"{target} in {phase_set.source}; use --energy hull or --energy VALUE"
        )
    return known


def anchors(
    phase_set: PhaseSet, calculator: PhaseSet, terms: Terms, target: Formula, *, by_id: bool = True
) -> tuple[Anchor, ...]:
    """Each term at its lowest entry of the set, and at the same id in the calculator's set.

    Where the calculator has no such entry, or without ``by_id``, its own lowest entry is used
    instead.

    Parameters
    ----------
    phase_set : energies of the candidate products [eV/atom].
    calculator : set of the calculator's energies.
    terms : formulas and coefficients.
    target : cathode, for the error message.
    by_id : take the same entries from both sets rather than the lowest of each.

    Returns
    -------
    tuple[Anchor, ...]
        Energies of each term in both sets.
    """
    own_rows, calculated_rows = (
        lowest_entries(source, terms, target) for source in (phase_set, calculator)
    )
    row_of = {identifier: row for row, identifier in enumerate(calculator.ids)} if by_id else {}
    anchored = []
    for formula, nu in terms:
        row = own_rows[formula]
        calculated_row = row_of.get(phase_set.ids[row], calculated_rows[formula])
        if not calculator.formulas[calculated_row].same_composition(Formula.parse(formula)):
            calculated_row = calculated_rows[formula]
        anchored.append(
            Anchor(
                formula=formula,
                coefficient=nu,
                set_id=phase_set.ids[row],
                set_energy=float(phase_set.energies[row]),
                calculated_id=calculator.ids[calculated_row],
                calculated_energy=float(calculator.energies[calculated_row]),
            )
        )
    return tuple(anchored)


def written(terms: Terms, ids: Mapping[str, str] | None = None) -> str:
    """Terms as text, with an entry in parentheses where one is named.

    Parameters
    ----------
    terms : formulas and coefficients.
    ids : formula -> entry.

    Returns
    -------
    str
        E.g. ``0.8 LiNiO2 + 0.2 LiCoO2``.
    """
    named = {formula: f" ({identifier})" for formula, identifier in (ids or {}).items()}
    return " + ".join(f"{decimal(nu)} {formula}{named.get(formula, '')}" for formula, nu in terms)
