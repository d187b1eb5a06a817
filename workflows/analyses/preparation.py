"""What every analysis starts from: phases, reactants with energies, reservoirs, provenance."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from interfaces.chemistry.formulas import chemical_system
from interfaces.errors import MissingElementError
from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.reactants import Reactant
from interfaces.phases.reference_electrodes import ReferenceElectrode
from interfaces.phases.reservoirs import OpenElement, charge_of
from workflows.analyses.conditions import Conditions, electrode, reservoirs
from workflows.analyses.setup import (
    PhaseOptions,
    against_hull,
    competing_phases,
    limited_products,
    load_phase_set,
    provenance,
    resolve_reactants,
)
from workflows.data.named_materials import find_system


@dataclass(frozen=True)
class Prepared:
    """A phase set over the elements of some materials, under the conditions of an analysis.

    Attributes
    ----------
    elements : of the materials, of what is open, and the carrier.
    phase_set : every phase of the set that was read, at the temperature of the conditions.
    swept : the carrier whose voltage is a variable of the analysis, if there is one.
    """

    options: PhaseOptions
    conditions: Conditions
    elements: frozenset[str]
    phase_set: PhaseSet
    swept: str | None = None

    @property
    def competing(self) -> PhaseSet:
        """The lowest entry of each composition over the elements that may form."""
        return competing_phases(self.products, self.elements)

    @cached_property
    def products(self) -> PhaseSet:
        """The phases that may form: all, or those that the options limit them to."""
        return limited_products(self.phase_set, self.options.products)

    @property
    def open_elements(self) -> tuple[OpenElement, ...]:
        """The reservoirs of the conditions; not the carrier whose voltage is swept."""
        return reservoirs(self.conditions, self.phase_set, without=self.swept)

    @property
    def provenance(self) -> dict[str, str]:
        """Versions, phase set and conditions that a result records."""
        return provenance(self.products, self.elements, self.options, self.conditions)

    def electrode(self, carrier: str) -> ReferenceElectrode | None:
        """The reference electrode of the conditions, if one is named."""
        return electrode(self.conditions, self.phase_set, carrier)

    def reactants(
        self, names: Sequence[str], options: PhaseOptions | None = None
    ) -> list[Reactant]:
        """Materials with their energies on the scale of the phase set.

        Raises
        ------
        NoOwnEntryError
            If a material has no entry and no energy model in its place.
        """
        systems = [find_system(name) for name in names]
        resolved = resolve_reactants(self.phase_set, systems, names, options or self.options)
        if self.options.products is None:
            return resolved
        return [against_hull(self.products, reactant) for reactant in resolved]

    def over(self, elements: Collection[str]) -> Prepared:
        """The same over other elements of the phase set."""
        return replace(self, elements=frozenset(elements))


def prepare(
    materials: Sequence[str],
    options: PhaseOptions | None,
    conditions: Conditions,
    *,
    swept: str | None = None,
    elements: Collection[str] = (),
) -> Prepared:
    """Load the phases that materials can form, under some conditions.

    Parameters
    ----------
    materials : formulas or names.
    options : phase set, exclusions and energy models; by default the bundled set.
    conditions : open elements, pressures and temperatures.
    swept : carrier whose voltage is a variable of the analysis, so that the conditions give none.
    elements : further elements of products.

    Raises
    ------
    InputError
        If the conditions contradict each other, or a file cannot be read.
    FormulaError, UnknownNameError
        If a material is neither a formula nor a name.
    MissingElementError
        If the phase set lacks an element.

    Examples
    --------
    >>> from workflows.analyses.conditions import CLOSED
    >>> prepared = prepare(["LCO", "LPSCl"], None, CLOSED)
    >>> sorted(prepared.elements)
    ['Cl', 'Co', 'Li', 'O', 'P', 'S']
    >>> [reactant.label for reactant in prepared.reactants(["LCO"])]
    ['LCO (x = 1)']
    """
    conditions.check(needs_voltage=swept is None)
    if swept is not None:
        charge_of(swept)  # raises where it carries no charge
    formulas = [find_system(material).formula for material in materials]
    every = frozenset({*chemical_system(formulas), *elements, *conditions.symbols})
    every |= {swept} if swept is not None else set()
    options = options or PhaseOptions()
    phase_set = load_phase_set(options, every, conditions)
    check_covered(phase_set, chemical_system(formulas), every)
    return Prepared(
        options=options,
        conditions=conditions,
        elements=every,
        phase_set=phase_set,
        swept=swept,
    )


LEGACY = "mp2019"  #: folder of the table that needs no key


def check_covered(
    phase_set: PhaseSet, elements: Collection[str], further: Collection[str] = ()
) -> None:
    """Refuse elements without a reference in the set.

    Parameters
    ----------
    elements : of the reactants.
    further : elements that the set to bring should have too.

    Raises
    ------
    MissingElementError
        With the two commands that bring a set which has them: one with a key of the Materials
        Project, one without.
    """
    missing = sorted(set(elements) - phase_set.references.keys())
    if not missing:
        return
    every = {*elements, *further}
    with_key, without_key = commands(every)
    system = "-".join(sorted(every))
    raise MissingElementError(
        f"{phase_set.source} has no elemental reference for {', '.join(missing)}; bring a set that "
        f"has one with a key of the Materials Project: {with_key} or without a key: {without_key} "
        f"and add --phases {system} or --phases {LEGACY}; a table of your own needs a row for the "
        "element itself"
    )


def commands(elements: Collection[str]) -> tuple[str, str]:
    """Command lines that make snapshots with these elements: with a key, and without one.

    Examples
    --------
    >>> commands(["O", "Tc", "Li"])
    ('`interfaces fetch Li-O-Tc --out Li-O-Tc`', '`interfaces fetch --matbench --out mp2019`')
    """
    system = "-".join(sorted(elements))
    return (
        f"`interfaces fetch {system} --out {system}`",
        f"`interfaces fetch --matbench --out {LEGACY}`",
    )
