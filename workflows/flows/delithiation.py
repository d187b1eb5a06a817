"""Maker of a calculated cathode: orderings at each content -> relaxations -> one energy scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from jobflow import Flow, Job, Maker

from interfaces.chemistry.formulas import Formula, chemical_system, decimal
from interfaces.chemistry.numbers import lithium_content
from interfaces.delithiation import decorations, host, supercell, whole
from interfaces.errors import InputError, ReactantError
from workflows.calculators.ase_calculators import calculator_info
from workflows.data.named_materials import find_system, systems
from workflows.flows.maker_fields import restore_tuples
from workflows.flows.relaxation import RelaxationsMaker, metadata, require_maker
from workflows.jobs.anchoring import check_references, layered_references
from workflows.jobs.energy_scale import phases_of
from workflows.jobs.materials import absolute
from workflows.jobs.orderings import ChargeState, list_orderings
from workflows.jobs.series import build_series

if TYPE_CHECKING:
    from pymatgen.core import Structure

    from interfaces.delithiation import Host

DEFAULT_UNITS = 10  #: formula units of a named host; 8:1:1 needs 10 or a multiple


@dataclass(frozen=True)
class Cathode:
    """A cathode whose cells can be built: a named host, or the host of a structure.

    Attributes
    ----------
    name : of results.
    host_name : of the host, in names of jobs.
    structure_host : None for a named host.
    """

    name: str
    host_name: str
    structure_host: Host | None = None

    @property
    def owner(self) -> Host:
        """The host."""
        return self.structure_host or host(self.host_name)

    @classmethod
    def of(cls, cathode: Any, carrier: str, charges: Mapping[str, float] | None) -> Cathode:
        """Resolve what a Maker was given.

        Parameters
        ----------
        cathode : name of a system with a host, or a structure.
        carrier, charges : of a structure, see :func:`interfaces.delithiation.host_from_structure`.

        Raises
        ------
        InputError, DelithiationError
            If it is neither, or no host.
        """
        from interfaces.delithiation import Host, host_from_structure

        if isinstance(cathode, Host):
            return cls(cathode.name, cathode.name, cathode)
        if isinstance(cathode, str):
            series = find_system(cathode).series
            if series is None:
                raise InputError(
                    f"{cathode} is not the name of a host, so it cannot be built; give a structure "
                    f"or one of {', '.join(n for n, f in systems().items() if 'series' in f)}"
                )
            return cls(cathode, series)
        if not hasattr(cathode, "lattice"):
            raise InputError(f"cathode {type(cathode).__name__} is neither a name nor a structure")
        built = host_from_structure(cathode, carrier, charges)
        return cls(built.name, built.name, built)

    def formula(self, content: str) -> Formula:
        """Composition at a carrier content, a decimal."""
        if self.structure_host is None:
            return find_system(f"{self.name}@{content}").formula
        return Formula.from_amounts(self.structure_host.composition(Fraction(content)))


@dataclass
class DelithiationMaker(Maker):  # type: ignore[misc]
    """Orderings of a cathode at each lithium content, relaxed, on the scale of a phase set.

    Attributes
    ----------
    relax_maker, static_maker : any Maker of a relaxation, and of the energy after it: of atomate2
        (VASP, ASE, force fields), ``RelaxMaker``, or another whose output is such a document.
    formula_units, decorations, orderings, seed : size of the cells, how many of what; by default
        10 formula units of a named host, the smallest cell of whole numbers of a structure.
    carrier, charges : of a cathode given as a structure.
    phases : name or path of the phase set.
    references : formula -> structure, calculated with the same Maker, where no phase set is on the
        scale of its energies: the set then supplies their energies, the Maker differences. By
        default LiMO2 and MO2 of a layered oxide of Ni, Co and Mn.
    """

    name: str = "delithiation"
    relax_maker: Maker | None = None
    static_maker: Maker | None = None
    formula_units: int | None = None
    decorations: int = 1
    orderings: int = 2
    seed: int = 811
    carrier: str = "Li"
    charges: dict[str, float] | None = None
    phases: str = "bundled"
    references: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Make paths absolute, and restore tuples that a store holds as lists."""
        self.phases = absolute(self.phases)
        restore_tuples(self)

    def make(self, cathode: Any, lithium: Sequence[float | str] = (1, 0.5, 0)) -> Flow:
        """Return the flow; its output is the document of the series.

        Parameters
        ----------
        cathode : name of a system with a host (``NCM811``), or any structure with the carrier,
            ordered or not.
        lithium : contents x; of a structure the occupied share of its carrier sites.

        Raises
        ------
        InputError, DelithiationError
            If the chain cannot be finished: no Maker, no host, no whole numbers of atoms, or
            energies that no phase set can take.
        """
        require_maker(self.relax_maker, "a calculated cathode")
        resolved = Cathode.of(cathode, self.carrier, self.charges)
        contents = contents_of(lithium)
        jobs, series = self._series(resolved, contents, self._elements(resolved, contents))
        return Flow(jobs, output=series.output, name=f"{self._mark}{resolved.name} {self.name}")

    @property
    def calculator(self) -> str:
        """Calculator of the energies, see :func:`workflows.jobs.foreign.calculator_of`."""
        assert self.relax_maker is not None
        return RelaxationsMaker(self.relax_maker, self.static_maker).calculator

    @property
    def _mark(self) -> str:
        return calculator_info(self.calculator).mark

    @staticmethod
    def _elements(cathode: Cathode, contents: Sequence[str]) -> tuple[str, ...]:
        return tuple(chemical_system([cathode.formula(x) for x in contents]))

    def states(self, cathode: Cathode, contents: Sequence[str]) -> list[ChargeState]:
        """Return the cells to build at each content.

        Raises
        ------
        DelithiationError
            If a content gives no whole number of atoms.
        """
        from interfaces.delithiation import smallest_cell

        units = self.formula_units
        if units is None and cathode.structure_host is None:
            units = DEFAULT_UNITS
        if units is None:
            units = smallest_cell(cathode.owner, tuple(map(float, contents)))
        cell = supercell(cathode.owner.framework, units)
        decorations(cathode.owner, cell, self.decorations, self.seed)
        return [
            ChargeState(
                host=cathode.host_name,
                formula_units=units,
                lithium=whole(float(x), units, cathode.owner.carrier),
                decorations=self.decorations,
                orderings=self.orderings,
                seed=self.seed,
                structure_host=cathode.structure_host,
            )
            for x in contents
        ]

    def anchor_structures(
        self, cathode: Cathode, contents: Sequence[str], elements: tuple[str, ...]
    ) -> dict[str, Structure]:
        """Return the references to calculate; none where a phase set is on the Maker's own scale.

        Raises
        ------
        InputError, NoOwnEntryError, SchemeMixError
            If there is no way from the energies of the Maker to the phase set.
        """
        calculator = self.calculator
        info = calculator_info(calculator)
        targets = [cathode.formula(x) for x in contents]
        if info.mocked or (not info.on_no_set and not self.references):
            phases_of(calculator, self.phases, elements).pool(elements)
            return {}
        references = dict(self.references)
        if not references:
            try:
                for target in targets:
                    references |= layered_references(target)
            except ReactantError:
                raise InputError(
                    f"no phase set holds energies of {calculator}, and {targets[0]} is not a "
                    "layered oxide of Ni, Co and Mn with known references; give references "
                    "(formula -> structure) that are calculated with the same Maker"
                ) from None
        formulas = [Formula.of(cell.composition).reduced for cell in references.values()]
        phase_set = phases_of(calculator, self.phases, elements, anchored=True)
        check_references(targets, formulas, phase_set)
        return references

    def _series(
        self, cathode: Cathode, contents: Sequence[str], elements: tuple[str, ...]
    ) -> tuple[list[Job | Flow], Job]:
        """Return all jobs up to the scale, and the job of the scale."""
        assert self.relax_maker is not None
        runner = RelaxationsMaker(self.relax_maker, self.static_maker)
        calculator, mark = self.calculator, self._mark
        anchors = self.anchor_structures(cathode, contents, elements)
        jobs: list[Job | Flow] = []
        cells = []
        for state in self.states(cathode, contents):
            listed = list_orderings(state)
            relaxed = runner.make(listed.output)
            for made, step in ((listed, "orderings"), (relaxed, "calculations")):
                made.name = f"{mark}{state.label} {step}"
                made.metadata = metadata(state.host, step, calculator, x=state.x)
            jobs += [listed, relaxed]
            cells.append(relaxed.output)
        references = [runner.relaxed(cell, name=name) for name, cell in anchors.items()]
        series = build_series(cells, self.phases, [made.output for made in references])
        series.name = f"{mark}{cathode.host_name} scale"
        series.metadata = metadata(cathode.host_name, "scale", calculator)
        return [*jobs, *references, series], series


def contents_of(lithium: Sequence[Any]) -> tuple[str, ...]:
    """Return contents as decimals.

    Raises
    ------
    InputError
        If one is not a number from 0 to 1, or is named twice.

    Examples
    --------
    >>> contents_of([1, 0.5, "0"])
    ('1', '0.5', '0')
    """
    contents = tuple(
        decimal(x if isinstance(x, Fraction) else lithium_content(str(x))) for x in lithium
    )
    if not contents or len(set(contents)) < len(contents):
        raise InputError(f"lithium {list(map(str, lithium))}: give different contents from 0 to 1")
    return contents
