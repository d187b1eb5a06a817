"""Energies of molecules by reference reactions, as values that pass between jobs.

``MoleculeEnergy`` is one molecule, calculated, stored or mocked. ``MoleculePlacement`` is the
reference reaction of a target molecule, independent of any phase set;
``MoleculePlacement.reactant`` applies it to one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from importlib.metadata import version
from typing import Any

from jobflow import job

from interfaces.chemistry.formulas import Formula
from interfaces.errors import InputError, MoleculeError
from interfaces.phases.molecules import Energy, PlacedMolecule, ReferenceReaction
from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.reactants import Reactant
from interfaces.serialisable import Serialisable

ENGINES = ("stored", "quantum_chemistry", "mock")
PACKAGES = ("rdkit", "tblite", "pyscf", "ase")  #: that a calculated energy depends on
MOCK = "MOCK"
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
        """Return the reaction with exact coefficients; its balance is checked."""
        return ReferenceReaction(
            target=self.target,
            references=tuple((formula, Fraction(nu)) for formula, nu in self.references),
            gas=Energy(*self.gas),
            condensation=Energy(*self.condensation),
            name=self.name,
            quantity=self.quantity,
        )

    def on(self, phase_set: PhaseSet) -> PlacedMolecule:
        """Return the molecule on the energy scale of a phase set.

        Raises
        ------
        MoleculeError
            If the set lacks a reference.
        """
        from workflows.data.molecules.molecular_reactants import place_by

        placed = place_by(phase_set, self.reaction(), self.label)
        return replace(placed, notes=(*placed.notes, *self.notes))

    def reactant(self, phase_set: PhaseSet, formula: Formula, name: str) -> Reactant:
        """Return the molecule as a reactant; a mocked one is marked in its id and notes.

        Parameters
        ----------
        phase_set : holds the references of the reaction.
        formula : of the electrolyte, of the same composition as the target.
        name : of the electrolyte.

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
    """Return the default reference reaction of a molecule such as ``ECA`` or ``PEO``.

    Raises
    ------
    InputError
        If the label is unknown.
    """
    from workflows.data.molecules.definitions import ROUTES

    routes = {route.label: route for route in ROUTES if route.default}
    if label in routes:
        return routes[label]
    known = ", ".join(routes)
    raise InputError(f"no reference reaction is stored for {label!r}; known: {known}")


def molecules_of(label: str) -> tuple[str, ...]:
    """Return the molecules to calculate for a target: itself or its parts, then the references.

    >>> molecules_of("PEO")
    ('triglyme', 'diglyme', 'carbon dioxide', 'methane', 'water')
    """
    from workflows.data.molecules.definitions import UNITS

    route = default_route(label)
    parts = next(
        (tuple(unit.parts) for unit in UNITS if unit.name == route.target), (route.target,)
    )
    return tuple(dict.fromkeys((*parts, *(name for _, name, _ in route.references))))


@job  # type: ignore[untyped-decorator]
def calculate_molecule(name: str, engine: str) -> MoleculeEnergy:
    """Relax one molecule and calculate its energies, or return the stored ones.

    Parameters
    ----------
    name : of the molecule in :mod:`workflows.data.molecules.definitions`.
    engine : ``stored``, ``mock``, or ``quantum_chemistry``, which takes minutes.

    Returns
    -------
    Electronic energy and thermal enthalpy at 298.15 K [eV per molecule].

    Raises
    ------
    InputError
        If the molecule or the engine is unknown, or the extra ``molecules`` is not installed.
    """
    from workflows.data.molecules.definitions import MOLECULES
    from workflows.data.molecules.molecular_reactants import stored_rows

    molecule = next((m for m in MOLECULES if m.name == name), None)
    if molecule is None or engine not in ENGINES:
        raise InputError(
            f"molecule {name!r} by {engine!r}: the name must be one of workflows."
            f"data.molecules.definitions.MOLECULES, the engine one of {', '.join(ENGINES)}"
        )
    if engine == "quantum_chemistry":
        return _calculated(molecule)
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


@job  # type: ignore[untyped-decorator]
def place_by_reaction(
    label: str, energies: Sequence[MoleculeEnergy], engine: str
) -> MoleculePlacement:
    """Compute the default reference reaction of a target from energies of molecules.

    Molecules without an energy here (those of the fit and of the isodesmic reactions) are taken
    from ``inputs/molecules``, and so are the measured enthalpies of the references.

    Parameters
    ----------
    label : of the target, such as ``ECA`` or ``PEO``.
    energies : of its molecules, as far as they were calculated.
    engine : that they were calculated with.

    Returns
    -------
    The reaction with energies and standard errors [kJ/mol].

    Raises
    ------
    InputError
        If the label is unknown.
    """
    from workflows.data.molecules.molecular_reactants import stored_experiments, stored_rows
    from workflows.data.molecules.polymer_units import unit_rows
    from workflows.data.molecules.reference_reactions import best_enthalpies, route_record

    route = default_route(label)
    rows: Mapping[str, Any] = {
        **stored_rows(),
        **{molecule.name: molecule.row() for molecule in energies},
    }
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
        notes=_notes(energies, engine, route.note),
        versions=tuple(sorted({text for molecule in energies for text in molecule.versions})),
    )


def _notes(energies: Sequence[MoleculeEnergy], engine: str, note: str) -> tuple[str, ...]:
    names = ", ".join(molecule.name for molecule in energies)
    if engine == "mock":
        return (f"{MOCK_NOTE}: {names}",)
    if engine == "quantum_chemistry":
        return (f"calculated in this run: {names}; all else from inputs/molecules",)
    return (f"energies stored in inputs/molecules; {note}",)
