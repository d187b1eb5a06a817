"""How a molecule is placed, as values that travel between jobs.

``MoleculeEnergy`` is one molecule calculated, stored or mocked; ``MoleculePlacement`` the reference
reaction that follows from a target and its references, with the scale of no phase set in it yet:
``MoleculePlacement.reactant`` puts the molecule on one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from importlib.metadata import version
from typing import Any

from interfaces.chemistry.formulas import Formula
from interfaces.errors import InputError, MoleculeError
from interfaces.phases.molecules import Energy, PlacedMolecule, ReferenceReaction
from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.reactants import Reactant
from interfaces.serialisable import Serialisable

ENGINES = ("stored", "quantum_chemistry", "mock")
PACKAGES = ("rdkit", "tblite", "pyscf", "ase")  #: that numbers of the engine follow from
MOCK = "MOCK stand-in"
MOCK_NOTE = f"{MOCK}: energies of inputs/molecules handed out in the place of a calculation"


@dataclass(frozen=True)
class MoleculeEnergy(Serialisable):
    """One molecule: PBE ``energy`` and ``thermal_enthalpy`` at 298.15 K [eV per molecule].

    ``symbols`` in the order of ``positions`` [angstrom]; stored molecules have no positions.
    ``lowest_wavenumber`` [cm^-1], imaginary ones negative. ``source``: how the numbers came about.
    """

    name: str
    engine: str
    symbols: tuple[str, ...]
    positions: tuple[tuple[float, float, float], ...]
    energy: float
    thermal_enthalpy: float
    lowest_wavenumber: float
    source: str
    versions: tuple[str, ...]

    def row(self) -> dict[str, Any]:
        """As ``workflows.data.molecules`` reads it."""
        return {
            "name": self.name,
            "symbols": list(self.symbols),
            "energy_pbe": self.energy,
            "thermal_enthalpy": self.thermal_enthalpy,
            "lowest_wavenumber": self.lowest_wavenumber,
        }


@dataclass(frozen=True)
class MoleculePlacement(Serialisable):
    """A reference reaction to one formula unit of ``target``, energies in kJ/mol.

    ``references``: formula and exact coefficient (``"-1/2"``). ``gas`` and ``condensation``: value
    and standard error. ``notes`` go with every number that follows; ``versions`` are those of the
    packages that calculated, none where the energies are stored.
    """

    label: str
    engine: str
    name: str
    target: str
    references: tuple[tuple[str, str], ...]
    gas: tuple[float, float]
    condensation: tuple[float, float]
    quantity: str
    notes: tuple[str, ...]
    versions: tuple[str, ...]

    def reaction(self) -> ReferenceReaction:
        """The same as ``interfaces.phases.molecules`` takes it; checks the balance."""
        return ReferenceReaction(
            target=self.target,
            references=tuple((formula, Fraction(nu)) for formula, nu in self.references),
            gas=Energy(*self.gas),
            condensation=Energy(*self.condensation),
            name=self.name,
            quantity=self.quantity,
        )

    def on(self, phase_set: PhaseSet) -> PlacedMolecule:
        """The molecule on the scale of a phase set.

        Raises
        ------
        MoleculeError
            If the set lacks a reference.
        """
        from workflows.data.molecules.molecular_reactants import place_by

        placed = place_by(phase_set, self.reaction(), self.label)
        return replace(placed, notes=(*placed.notes, *self.notes))

    def reactant(self, phase_set: PhaseSet, formula: Formula, name: str) -> Reactant:
        """The molecule as a reactant; what is mocked says so in its id and notes.

        Raises
        ------
        MoleculeError
            If the set lacks a reference, or the formula is another molecule's.
        """
        from workflows.data.molecules.molecular_reactants import as_reactant

        if not formula.same_composition(Formula.parse(self.target)):
            raise MoleculeError(f"{name or formula} is no {self.label} ({self.target})")
        mark = f"{MOCK} " if self.engine == "mock" else ""
        return as_reactant(
            phase_set, self.on(phase_set), formula, name, f"{mark}{self.label} by {self.name}"
        )


def default_route(label: str) -> Any:
    """The reference reaction used for a molecule by default, ``ECA`` or ``PEO``.

    Raises
    ------
    InputError
        If the label is unknown.
    """
    from workflows.data.molecules.definitions import ROUTES
    from workflows.data.molecules.polymer_units import ROUTES as UNIT_ROUTES

    routes = [one for one in (*ROUTES, *UNIT_ROUTES) if one.default]
    for one in routes:
        if one.label == label:
            return one
    known = ", ".join(one.label for one in routes)
    raise InputError(f"no reference reaction is stored for {label!r}; known: {known}")


def molecules_of(label: str) -> tuple[str, ...]:
    """What is calculated for one target: itself or the parts of its unit, then the references.

    >>> molecules_of("PEO")
    ('triglyme', 'diglyme', 'carbon dioxide', 'methane', 'water')
    """
    from workflows.data.molecules.polymer_units import UNITS

    route = default_route(label)
    parts = next((tuple(one.parts) for one in UNITS if one.name == route.target), (route.target,))
    return tuple(dict.fromkeys((*parts, *(name for _, name, _ in route.references))))


def molecule_energy(name: str, engine: str) -> MoleculeEnergy:
    """One molecule by its name in ``targets.MOLECULES``; ``quantum_chemistry`` takes minutes.

    Raises
    ------
    InputError
        If the molecule or the engine is unknown, or the extra ``molecules`` is not installed.
    """
    from workflows.data.molecules.definitions import MOLECULES
    from workflows.data.molecules.molecular_reactants import stored_rows

    found = next((one for one in MOLECULES if one.name == name), None)
    if found is None or engine not in ENGINES:
        raise InputError(
            f"molecule {name!r} by {engine!r}: the name is one of workflows.datasets."
            f"quantum_chemistry.targets.MOLECULES, the engine one of {', '.join(ENGINES)}"
        )
    if engine == "quantum_chemistry":
        return _calculated(found)
    row = stored_rows()[name]
    return MoleculeEnergy(
        name=name,
        engine=engine,
        symbols=tuple(row["symbols"]),
        positions=(),
        energy=row["energy_pbe"],
        thermal_enthalpy=row["thermal_enthalpy"],
        lowest_wavenumber=row["lowest_wavenumber"],
        source=MOCK_NOTE if engine == "mock" else "stored in inputs/molecules",
        versions=(),
    )


def _calculated(molecule: Any) -> MoleculeEnergy:
    from workflows.calculators.molecules.calculate import calculate
    from workflows.data.molecules.reference_reactions import METHOD

    try:
        row = asdict(calculate(molecule))
        versions = tuple(f"{package} {version(package)}" for package in PACKAGES)
    except ImportError as error:
        raise InputError(
            f"the engine quantum_chemistry needs {error.name}; "
            "install it with: pip install 'interface-stability[molecules]'"
        ) from None
    return MoleculeEnergy(
        name=molecule.name,
        engine="quantum_chemistry",
        symbols=tuple(row["symbols"]),
        positions=tuple(map(tuple, row["positions"])),
        energy=row["energy_pbe"],
        thermal_enthalpy=row["thermal_enthalpy"],
        lowest_wavenumber=row["lowest_wavenumber"],
        source=METHOD,
        versions=versions,
    )


def placing_of(label: str, energies: Sequence[MoleculeEnergy], engine: str) -> MoleculePlacement:
    """The default reference reaction of a target, from energies that were handed in.

    Molecules that were not handed in (those of the fit and of the isodesmic reactions) are taken
    from ``inputs/molecules``, and so are the measured enthalpies of the references.

    Raises
    ------
    InputError
        If the label is unknown.
    """
    from workflows.data.molecules.molecular_reactants import stored_experiments, stored_rows
    from workflows.data.molecules.polymer_units import unit_rows
    from workflows.data.molecules.reference_reactions import best_enthalpies, route_record

    route = default_route(label)
    rows: Mapping[str, Any] = {**stored_rows(), **{one.name: one.row() for one in energies}}
    rows = {**rows, **unit_rows(rows)}
    experiments = stored_experiments()
    best = best_enthalpies(rows, experiments)
    record = route_record(route, rows, experiments, best[route.target])
    gas, condensation = record["gas"], record["condensation"]
    return MoleculePlacement(
        label=label,
        engine=engine,
        name=route.name,
        target=route.formula,
        references=tuple(record["references"].items()),
        gas=(gas["electronic"], gas["error"]),
        condensation=(condensation["value"], condensation["error"]),
        quantity="electronic",
        notes=_told(energies, engine, route.note),
        versions=tuple(sorted({text for one in energies for text in one.versions})),
    )


def _told(energies: Sequence[MoleculeEnergy], engine: str, note: str) -> tuple[str, ...]:
    names = ", ".join(one.name for one in energies)
    if engine == "mock":
        return (f"{MOCK_NOTE}: {names}",)
    if engine == "quantum_chemistry":
        return (f"calculated in this run: {names}; all else from inputs/molecules",)
    return (f"energies stored in inputs/molecules; {note}",)
