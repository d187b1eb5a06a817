"""Maker of the main job: a cathode at several lithium contents against electrolytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from jobflow import Flow, Job

from interfaces.chemistry.formulas import Formula, chemical_system, decimal
from interfaces.errors import InputError, ReactantError
from workflows.analyses.conditions import CLOSED
from workflows.analyses.setup import (
    PhaseOptions,
    energy_model_of,
    load_phase_set,
    resolve_reactants,
)
from workflows.calculators.ase_calculators import calculator_info
from workflows.data.measured_enthalpies import Correction
from workflows.data.named_materials import find_system
from workflows.flows.analysis_makers import ReactionCurveMaker
from workflows.flows.delithiation import Cathode, DelithiationMaker, contents_of
from workflows.flows.molecule_reference import MoleculeMaker
from workflows.flows.phase_set_maker import PhaseSetMaker
from workflows.flows.read_job import cathode_job, cathode_of, energies_of
from workflows.flows.relaxation import calculation, metadata
from workflows.jobs.energy_scale import phases_of
from workflows.jobs.materials import name_of
from workflows.jobs.series import Pair, compute_pair_curve

if TYPE_CHECKING:
    from workflows.schemas.jobs import CathodeJob


@dataclass
class InterfaceStabilityMaker(DelithiationMaker):
    """Reaction curves of a cathode at several lithium contents against electrolytes.

    With a ``relax_maker`` the cathode is calculated (:class:`DelithiationMaker`); without one its
    energies are those of the phase set and its delithiated series.

    Attributes
    ----------
    cathode, electrolytes, lithium : what ``make`` takes by default.
    energies : electrolyte or cathode -> energy models, as ``--energy``.
    exclude : formulas that may not be products.
    correction : ``measured`` for measured enthalpies of the products, where the energies are those
        of the phase set.
    molecules : engine of electrolytes that are molecules; by default ``mock`` with a mocked
        calculator and ``stored`` otherwise.
    """

    name: str = "interface stability"
    cathode: Any = None
    electrolytes: Sequence[Any] = ()
    lithium: Sequence[Any] = (1, 0.5, 0)
    energies: dict[str, Sequence[str]] = field(default_factory=dict)
    exclude: Sequence[str] = ()
    correction: Correction | None = None
    molecules: str | None = None

    @classmethod
    def from_file(
        cls, path: str | Path, calculator: str | None = None, phases: str | None = None
    ) -> Self:
        """Return the Maker of a job file.

        Parameters
        ----------
        path : of the job file, or the name of a bundled one (``inputs/ncm811.yaml``).
        calculator : calculates the cathode, as ``interfaces run --calculator``.
        phases : phase set in place of the job's.

        Raises
        ------
        InputError
            If the file cannot be read or holds another kind of job.
        """
        return cls.from_job(cathode_job(Path(path)), calculator, phases)

    @classmethod
    def from_job(
        cls, job: CathodeJob, calculator: str | None = None, phases: str | None = None
    ) -> Self:
        """Return the Maker of a job that was read; parameters as :meth:`from_file`."""
        cells = job.calculate
        mocked = calculator is not None and calculator_info(calculator).mocked
        return cls(
            name=f"{job.name} {calculator}" if calculator else job.name,
            relax_maker=None if calculator is None else calculation(calculator),
            formula_units=cells.formula_units,
            decorations=cells.decorations,
            orderings=cells.orderings,
            seed=cells.seed,
            phases=phases or job.phases,
            cathode=cathode_of(job),
            electrolytes=job.electrolyte_names,
            lithium=tuple(decimal(x) for x in job.lithium),
            energies={name: energies_of(job, name) for name in job.electrolyte_names},
            exclude=job.exclude,
            correction=job.correction,
            molecules="mock" if mocked else cells.molecules,
        )

    def make(  # type: ignore[override]
        self,
        cathode: Any = None,
        electrolytes: Sequence[Any] | None = None,
        lithium: Sequence[Any] | None = None,
    ) -> Flow:
        """Return the whole chain.

        Its output has ``curves`` (electrolyte -> content -> ``MixingCurve``), ``draws`` (the lowest
        total of each draw of the phases' errors) and, of a calculated cathode, ``series`` and
        ``placings`` (electrolyte -> ``MoleculePlacement``).

        Parameters
        ----------
        cathode : name, or with a ``relax_maker`` a structure.
        electrolytes : names, formulas or structures.
        lithium : contents x.

        Raises
        ------
        InputError, ReactantError, DelithiationError
            If the chain cannot be finished; nothing is calculated then.
        """
        chosen = self.cathode if cathode is None else cathode
        partners = [
            name_of(e) for e in (self.electrolytes if electrolytes is None else electrolytes)
        ]
        contents = contents_of(self.lithium if lithium is None else lithium)
        if chosen is None or not partners:
            raise InputError("give a cathode and at least one electrolyte")
        if self.relax_maker is None:
            return self._looked_up(chosen, partners, contents)
        return self._calculated(chosen, partners, contents)

    # ------------------------------------------------------------- energies of the phase set

    def _looked_up(self, cathode: Any, partners: Sequence[str], contents: Sequence[str]) -> Flow:
        """Return one job of the phases and one of each curve."""
        if not isinstance(cathode, str):
            raise InputError(
                "a cathode given as a structure has to be calculated: give a relax_maker, or "
                "--calculator of interfaces run"
            )
        names = [f"{cathode}@{x}" for x in contents]
        elements = chemical_system([find_system(n).formula for n in [*names, *partners]])
        phases = PhaseSetMaker(source=self.phases, correction=self.correction).make(
            "-".join(elements)
        )
        jobs: list[Job] = [phases]
        curves: dict[str, dict[str, Any]] = {}
        draws: dict[str, dict[str, Any]] = {}
        for partner in partners:
            energy = tuple(self.energies.get(partner, ()))
            maker: Any = ReactionCurveMaker
            for x, name in zip(contents, names, strict=True):
                curve = maker(energy=energy, exclude=tuple(self.exclude)).make(
                    name, partner, phases.output
                )
                curve.name = f"{cathode} x={x} with {partner} curve"
                curve.metadata |= {"x": float(x), "electrolyte": partner}
                curves.setdefault(partner, {})[x] = curve.output.result
                draws.setdefault(partner, {})[x] = curve.output.lowest_drawn
                jobs.append(curve)
        return Flow(jobs, output={"curves": curves, "draws": draws}, name=self.name)

    # ------------------------------------------------------------- a calculated cathode

    def _calculated(self, cathode: Any, partners: Sequence[str], contents: Sequence[str]) -> Flow:
        """Return orderings, relaxations, scale, molecules and curves."""
        if self.correction is not None:
            raise InputError(
                f"correction: {self.correction} is a second column of a calculated cathode; leave "
                "it out"
            )
        resolved = Cathode.of(cathode, self.carrier, self.charges)
        given = [text for texts in self.energies.values() for text in texts]
        if any(text.partition("=")[0] == resolved.name and "=" in text for text in given):
            raise InputError(f"energies: those of {resolved.name} are not used where it is "
                             "calculated")  # fmt: skip
        elements = self.elements(resolved, partners, contents)
        jobs, series = self._series(resolved, contents, elements)
        self._check_partners(partners, [resolved.formula(x) for x in contents], elements)
        placements: dict[str, Flow] = {}
        for partner, label in self.molecular(partners):
            engine = self.molecules or ("mock" if self._mark else "stored")
            placements[partner] = MoleculeMaker(label=label, engine=engine).make()
            jobs.append(placements[partner])
        curves: dict[str, dict[str, Any]] = {}
        draws: dict[str, dict[str, Any]] = {}
        for pair in self.pairs(resolved, partners, contents, elements):
            placement = placements.get(pair.electrolyte)
            curve = compute_pair_curve(series.output.result, pair, placement and placement.output)
            curve.name = (
                f"{self._mark}{resolved.host_name} x={pair.x} with {pair.electrolyte} curve"
            )
            curve.metadata = metadata(
                resolved.host_name, "curve", pair.calculator,
                x=float(pair.x), electrolyte=pair.electrolyte,
            )  # fmt: skip
            curves.setdefault(pair.electrolyte, {})[pair.x] = curve.output.result
            draws.setdefault(pair.electrolyte, {})[pair.x] = curve.output.lowest_drawn
            jobs.append(curve)
        output = {
            "series": series.output.result,
            "curves": curves,
            "draws": draws,
            "placings": {partner: flow.output for partner, flow in placements.items()},
        }
        return Flow(jobs, output=output, name=self.name)

    def elements(
        self, cathode: Cathode, partners: Sequence[str], contents: Sequence[str]
    ) -> tuple[str, ...]:
        """Return the elements of the cathode and all electrolytes."""
        formulas = [cathode.formula(x) for x in contents]
        return tuple(chemical_system([*formulas, *(find_system(p).formula for p in partners)]))

    @property
    def _job(self) -> tuple[Cathode, list[str], tuple[str, ...]]:
        """What ``make`` takes by default."""
        return (
            Cathode.of(self.cathode, self.carrier, self.charges),
            [name_of(electrolyte) for electrolyte in self.electrolytes],
            contents_of(self.lithium),
        )

    @property
    def all_elements(self) -> tuple[str, ...]:
        """Elements of what ``make`` takes by default."""
        return self.elements(*self._job)

    def all_pairs(self) -> list[Pair]:
        """Return the pairs of what ``make`` takes by default."""
        return self.pairs(*self._job, self.all_elements)

    def _check_partners(
        self, partners: Sequence[str], cathodes: Sequence[Formula], elements: tuple[str, ...]
    ) -> None:
        """Refuse an electrolyte without an energy, before anything is calculated."""
        phase_set = phases_of(self.calculator, self.phases, elements, anchored=self.is_anchored)
        for name in partners:
            formula = find_system(name).formula
            if any(formula.same_composition(cathode) for cathode in cathodes):
                raise ReactantError(
                    f"{name} is the cathode itself at one of its contents; a curve needs two "
                    "compositions"
                )
            options = PhaseOptions(
                phase_set, tuple(self.energies.get(name, ())), tuple(self.exclude)
            )
            loaded = load_phase_set(options, elements, CLOSED)
            resolve_reactants(loaded, [find_system(name)], [name], options)

    @property
    def is_anchored(self) -> bool:
        """Whether the scale is that of references, see :attr:`DelithiationMaker.references`."""
        info = calculator_info(self.calculator)
        return not info.mocked and (info.on_no_set or bool(self.references))

    def molecular(self, partners: Sequence[str]) -> list[tuple[str, str]]:
        """Return electrolytes placed by a reference reaction, with their molecules."""
        named = [(name, find_system(name)) for name in partners]
        return [
            (name, system.molecule)
            for name, system in named
            if system.molecule is not None
            and (energy_model_of(self.energies.get(name, ()), name) or system.energy)
            == "calculated"
        ]

    def pairs(
        self,
        cathode: Cathode,
        partners: Sequence[str],
        contents: Sequence[str],
        elements: tuple[str, ...],
    ) -> list[Pair]:
        """Return every electrolyte with every lithium content."""
        return [
            Pair(
                cathode=cathode.name,
                formula=cathode.formula(x).text,
                x=x,
                electrolyte=partner,
                calculator=self.calculator,
                phases=self.phases,
                elements=elements,
                energies=tuple(self.energies.get(partner, ())),
                exclude=tuple(self.exclude),
                anchored=self.is_anchored,
            )
            for partner in partners
            for x in contents
        ]
