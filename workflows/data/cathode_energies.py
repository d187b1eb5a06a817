"""Energies of layered cathodes from end members, or from a calculator's difference to them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

from interfaces.chemistry.formulas import Formula, decimal
from interfaces.errors import NoOwnEntryError
from interfaces.phases.layered_cathodes import (
    METALS,
    Anchor,
    LayeredOxide,
    anchored_energy,
    anchors,
    end_members,
    ideal_mixing,
    lowest_entries,
    tetravalent_manganese,
    written,
)
from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.reactants import Reactant, reactant
from workflows.data.phase_sets import bundled_sets, read_phases
from workflows.io.resources import DEFAULT_SET

CALCULATOR = DEFAULT_SET  #: the bundled set that supplies differences
SAME_SCALE = 1e-9  #: eV/atom; smaller shifts mean that the set is the calculator's own

Series = Callable[[str], Sequence[tuple[str, Formula, float, float]]]
#: scheme -> id, formula, formation energy [eV/atom], volume of every computed ordering


def endmembers(phase_set: PhaseSet, formula: Formula, name: str) -> Reactant:
    """Energy of a layered cathode as an ideal mix of LiMO2 and MO2, each at its lowest entry.

    Parameters
    ----------
    phase_set : has the end members.
    formula : of the cathode, with any lithium content.
    name : for messages and results.

    Raises
    ------
    ReactantError
        If the formula is not a layered oxide of Ni, Co, Mn.
    NoOwnEntryError
        With the end members that the set lacks.
    """
    terms = end_members(LayeredOxide.of(formula))
    rows = lowest_entries(phase_set, terms, formula)
    energies = {text: float(phase_set.energies[row]) for text, row in rows.items()}
    mix = written(terms, {text: phase_set.ids[row] for text, row in rows.items()})
    return reactant(
        phase_set,
        formula,
        ideal_mixing(formula, terms, energies),
        name=name,
        entry_id=mix,
        model="endmembers",
        notes=(
            f"{formula} by end members: {mix}, each the lowest entry of its composition whatever "
            "its structure; ideal mixing, no configurational energy or entropy",
        ),
    )


def anchored(phase_set: PhaseSet, formula: Formula, name: str, series: Series) -> Reactant:
    """A layered cathode on the scale of the set, the calculator supplying differences only.

    The references are x LiMO2 + (1 - x) MO2 for every metal, the lowest entries of the set, at the
    same ids in the calculator's set. ``uncertainty`` is the spread over the routes: these, the
    lowest entries on each scale, and Mn4+ from Li2MnO3 where nickel can balance it.

    Parameters
    ----------
    series : the orderings computed in a scheme, :func:`workflows.data.named_materials.series_rows`.

    Raises
    ------
    ReactantError
        If the formula is not a layered oxide of Ni, Co, Mn.
    NoOwnEntryError
        If a reference is missing on either scale, or the cathode was not calculated.
    """
    cathode = LayeredOxide.of(formula)
    terms = end_members(cathode)
    calculator = _calculator_set()
    calculated, identifier = _calculated(calculator, formula, series)
    chosen = anchors(phase_set, calculator, terms, formula)
    energy = anchored_energy(formula, calculated, chosen)
    routes = {"same ids": energy}
    lowest = anchors(phase_set, calculator, terms, formula, by_id=False)
    if lowest != chosen:
        routes["lowest on each scale"] = anchored_energy(formula, calculated, lowest)
    notes = [
        f"{formula} anchored: {CALCULATOR}, where it is {identifier}, gives its difference from "
        f"references of this set; that moves it by {1000 * (energy - calculated):+z.1f} meV/atom",
        f"references, and this set minus {CALCULATOR}: {_listed(chosen)}",
    ]
    manganese = tetravalent_manganese(cathode)
    if manganese is not None:
        route = f"Mn4+ as {written(manganese)}"
        try:
            by_lithium_rich = anchors(phase_set, calculator, manganese, formula)
        except NoOwnEntryError as error:
            notes.append(f"without the route {route}: {str(error).partition(';')[0]}")
        else:
            routes[route] = anchored_energy(formula, calculated, by_lithium_rich)
            notes.append(f"references of Mn4+: {_listed(by_lithium_rich)}")
    spread = max(routes.values()) - min(routes.values())
    if len(routes) > 1 and spread > SAME_SCALE:
        values = ", ".join(f"{route} {value:.4f}" for route, value in routes.items())
        notes.append(
            f"uncertainty is the spread of {len(routes)} ways to anchor, "
            f"{1000 * spread:.1f} meV/atom: {values}"
        )
    if all(abs(anchor.shift) < SAME_SCALE for anchor in chosen):
        notes.append("the references are the calculator's own, so anchored equals calculated")
    if phase_set.temperature:
        notes.append(
            f"the references are at {phase_set.temperature:g} K, the difference from them at 0 K"
        )
    return reactant(
        phase_set,
        formula,
        energy,
        name=name,
        entry_id=identifier,
        uncertainty=spread if spread > SAME_SCALE else None,
        model="anchored",
        notes=tuple(notes),
    )


@cache
def _calculator_set() -> PhaseSet:
    return read_phases(CALCULATOR, {"Li", *METALS, "O"})


def _calculated(calculator: PhaseSet, formula: Formula, series: Series) -> tuple[float, str]:
    """Lowest energy [eV/atom] of the series at this composition, or else of the set, and its id."""
    members = [
        (energy, identifier)
        for identifier, member, energy, _ in series(bundled_sets()[CALCULATOR]["scheme"])
        if member.same_composition(formula)
    ]
    if members:
        return min(members)
    row = calculator.find(formula)
    if row is None:
        raise NoOwnEntryError(
            f"{formula} was not calculated with {CALCULATOR}, so there is no difference to anchor; "
            "its series of NCM811, LiCoO2 and LiNiO2 have steps of 0.1 Li. "
            "Use --energy endmembers, hull or VALUE"
        )
    return float(calculator.energies[row]), calculator.ids[row]


def _listed(anchors: Sequence[Anchor]) -> str:
    """Anchors as text: amount, ids and shift."""
    return ", ".join(
        f"{decimal(anchor.coefficient)} {anchor.formula} ({_ids(anchor)}) "
        f"{1000 * anchor.shift:+z.1f} meV/atom"
        for anchor in anchors
    )


def _ids(anchor: Anchor) -> str:
    if anchor.set_id == anchor.calculated_id:
        return f"{anchor.set_id} on both"
    return f"lowest on each: {anchor.set_id}, {anchor.calculated_id}"
