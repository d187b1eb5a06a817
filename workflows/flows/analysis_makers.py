"""Makers of the analyses: one for each specification of the registry, with its keys as fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, get_type_hints

from jobflow import Flow, Job, Maker, OutputReference, job

from interfaces.chemistry.formulas import Formula
from interfaces.errors import InputError, ReactantError
from interfaces.phases.reservoirs import CHARGES, charge_of
from workflows.analyses.analysis import AnalysisSpec
from workflows.analyses.conditions import Conditions
from workflows.analyses.registry import ANALYSES, SPECS, prepare_analysis
from workflows.data.named_materials import find_system
from workflows.flows.maker_fields import T, restore_tuples, with_fields
from workflows.jobs.documents import (
    HEAVY,
    SCHEMAS,
    AnalysisDocument,
    keep_whole_without_data_store,
    run_analysis,
    with_schema,
)
from workflows.jobs.materials import Phases, absolute, name_of, resolve

#: Fields of a specification that are arguments of ``make``, or have another form here.
NOT_OPTIONS = frozenset({"phases", "open"})


def reference_of(value: Any) -> Any:
    """Return the output of a job or flow; any other value as it is."""
    return value.output if isinstance(value, Job | Flow) else value


@dataclass
class AnalysisMaker(Maker):  # type: ignore[misc]
    """A job of one analysis; its output is an ``AnalysisDocument`` with the result.

    Attributes
    ----------
    name : of the job.
    open_elements : element -> voltage [V] of a carrier such as Li, chemical potential [eV/atom] of
        any other element, or None where a gas pressure or a temperature sets it.
    """

    name: str = "analysis"
    open_elements: dict[str, float | None] = field(default_factory=dict)

    kind: ClassVar[str]

    def __post_init__(self) -> None:
        """Restore tuples, which a store holds as lists, and refuse what contradicts itself."""
        restore_tuples(self)
        self.conditions()

    def conditions(self) -> Conditions:
        """Return the conditions.

        Raises
        ------
        InputError
            If they contradict each other or would have no effect.
        """
        spec = self._spec(None)
        spec.check()
        conditions = spec.conditions
        conditions.check(needs_voltage=hasattr(spec, "voltage"))
        if (carrier := getattr(spec, "carrier", None)) is not None:
            charge_of(carrier)  # raises where it carries no charge
        return conditions

    def _spec(self, materials: Any, **changes: Any) -> AnalysisSpec:
        options = {
            item.name: getattr(self, item.name)
            for item in fields(SPECS[self.kind])
            if hasattr(self, item.name) and item.name != self.kind
        }
        return SPECS[self.kind](**{self.kind: materials, **options, **self._open(), **changes})

    def _open(self) -> dict[str, Any]:
        """Return the keys ``open`` and ``voltage`` of the specification."""
        opened, voltage = [], getattr(self, "voltage", None)
        for symbol, value in self.open_elements.items():
            by_voltage = symbol in CHARGES and value is not None
            if by_voltage and (voltage is not None or not hasattr(self, "voltage")):
                raise InputError(
                    f"{type(self).__name__}: open_elements gives {symbol} a voltage of {value:g} V "
                    + ("and another voltage is given" if voltage is not None else
                       "and this analysis covers every voltage")
                )  # fmt: skip
            voltage = value if by_voltage else voltage
            opened.append(symbol if by_voltage or value is None else f"{symbol}={value!r}")
        return {"open": tuple(opened)} | ({} if voltage is None else {"voltage": voltage})

    def _job(self, materials: Sequence[Any], phases: Any, amounts: Any = None) -> Job:
        """Return the job, once it is clear that names, formulas and conditions can be read."""
        materials = [reference_of(material) for material in materials]
        phases = reference_of(phases)
        if not isinstance(phases, OutputReference):
            phases = Phases.of(phases).phases
        known = [name_of(m) for m in materials if not isinstance(m, OutputReference)]
        formulas = [find_system(name).formula for name in known]
        self._check(formulas)
        made: Job = self.run(materials, phases, amounts)
        with_schema(made, self._schema(formulas))
        named = [name_of(m) if not isinstance(m, OutputReference) else "..." for m in materials]
        made.name = " ".join([self.name, *named])
        made.metadata = {"kind": self.kind, "reactants": named}
        return made

    def _check(self, formulas: Sequence[Formula]) -> None:
        """Refuse materials that are known before the job runs and cannot be compared."""

    def _schema(self, formulas: Sequence[Formula]) -> type[AnalysisDocument]:
        opened = {symbol.partition("=")[0] for symbol in self.open_elements}
        uptake = any(set(formula.elements) <= opened for formula in formulas)
        return SCHEMAS["uptake" if uptake and self.kind == "curve" else self.kind]

    @job(**HEAVY)  # type: ignore[untyped-decorator]
    def run(self, materials: Sequence[Any], phases: Any, amounts: Any = None) -> AnalysisDocument:
        """Compute the analysis where the job runs.

        Parameters
        ----------
        materials : of the analysis, see :mod:`workflows.jobs.materials`.
        phases : document of a phase set, a set, or a name or path.
        amounts : of the materials, for a composite.
        """
        keep_whole_without_data_store()
        source = Phases.of(phases)
        formulas = [find_system(name_of(material)).formula for material in materials]
        elements = frozenset(self.conditions().elements).union(*(f.elements for f in formulas))
        resolved = resolve(materials, source, elements)
        kind = get_type_hints(SPECS[self.kind])[self.kind]
        named: Any = resolved.names[0] if kind is str else resolved.names
        if amounts is not None:
            named = dict(zip(resolved.names, amounts, strict=True))
        analysis = prepare_analysis(
            self._spec(
                named,
                phases=resolved.phases,
                energy=(*getattr(self, "energy", ()), *resolved.energies),
            )
        )
        whole = source.phases
        content = analysis.phase_set if isinstance(whole, str) else whole
        return run_analysis(analysis, content.fingerprint())


def _with_options(kind: str) -> Callable[[T], T]:
    """Give a Maker the keys of a kind of analysis, its materials left out."""

    def decorate(cls: T) -> T:
        cls.kind = kind  # type: ignore[attr-defined]
        return with_fields(SPECS[kind], {*NOT_OPTIONS, kind})(cls)

    return decorate


@_with_options("curve")
class ReactionCurveMaker(AnalysisMaker):
    """Pseudo-binary reaction energy of two materials, closed or open to elements.

    Fields beside ``open_elements`` are the keys of
    :class:`workflows.analyses.curve.CurveSpec`.

    Examples
    --------
    >>> made = ReactionCurveMaker(open_elements={"Li": 4.3}).make("LiCoO2", "Li6PS5Cl")
    >>> made.name
    'reaction curve LiCoO2 Li6PS5Cl'
    """

    name: str = "reaction curve"

    def make(self, reactant_1: Any, reactant_2: Any, phases: Any = None) -> Job:
        """Return the job of a curve.

        Parameters
        ----------
        reactant_1, reactant_2 : names, formulas, structures, entries or outputs of jobs.
        phases : output of a ``PhaseSetMaker``, a set, a name or a path; by default the bundled set.
        """
        return self._job((reactant_1, reactant_2), phases)

    def _check(self, formulas: Sequence[Formula]) -> None:
        if len(formulas) == 2 and formulas[0].same_composition(formulas[1]):
            raise ReactantError(
                f"both reactants are {formulas[0].reduced}; a curve needs two compositions"
            )


@_with_options("window")
class WindowMaker(AnalysisMaker):
    """Electrochemical window of a compound; fields as
    :class:`workflows.analyses.window.WindowSpec`.
    """

    name: str = "window"

    def make(self, compound: Any, phases: Any = None) -> Job:
        """Return the job of a window; parameters as :meth:`ReactionCurveMaker.make`."""
        return self._job((compound,), phases)


@_with_options("map")
class VoltageMapMaker(AnalysisMaker):
    """Reaction energy of a pair at all voltages; fields as
    :class:`workflows.analyses.maps.MapSpec`.
    """

    name: str = "voltage map"

    def make(self, reactant_1: Any, reactant_2: Any, phases: Any = None) -> Job:
        """Return the job of a map; parameters as :meth:`ReactionCurveMaker.make`."""
        return self._job((reactant_1, reactant_2), phases)


@_with_options("charging")
class ChargingMaker(AnalysisMaker):
    """Reaction of a named cathode while it is charged; fields as
    :class:`workflows.analyses.maps.ChargingSpec`.
    """

    name: str = "charging"

    def make(self, cathode: str, electrolyte: Any, phases: Any = None) -> Job:
        """Return the job of a charging map; parameters as :meth:`ReactionCurveMaker.make`."""
        return self._job((cathode, electrolyte), phases)


@_with_options("coatings")
class CoatingRankingMaker(AnalysisMaker):
    """Coatings between a cathode and an electrolyte; fields as
    :class:`workflows.analyses.coatings.coating_analysis.CoatingsSpec`.
    """

    name: str = "coatings"

    def make(self, cathode: Any, electrolyte: Any, phases: Any = None) -> Job:
        """Return the job of a ranking; parameters as :meth:`ReactionCurveMaker.make`."""
        return self._job((cathode, electrolyte), phases)


@_with_options("composite")
class CompositeMaker(AnalysisMaker):
    """Equilibrium of materials mixed by mass; fields as
    :class:`workflows.analyses.composites.CompositeSpec`.
    """

    name: str = "composite"

    def make(self, amounts: Mapping[str, float], phases: Any = None) -> Job:
        """Return the job of a composite.

        Parameters
        ----------
        amounts : material -> mass in any unit, or number of formula units with ``by="moles"``.
        phases : as of :meth:`ReactionCurveMaker.make`.
        """
        return self._job(tuple(amounts), phases, tuple(amounts.values()))


#: kind of analysis -> its Maker
MAKERS: Mapping[str, type[AnalysisMaker]] = {
    maker.kind: maker
    for maker in (
        ReactionCurveMaker,
        WindowMaker,
        VoltageMapMaker,
        ChargingMaker,
        CoatingRankingMaker,
        CompositeMaker,
    )
}
assert MAKERS.keys() == SPECS.keys() <= ANALYSES.keys()


def job_of(spec: AnalysisSpec, phases: Any = None) -> Job:
    """Return the job of a specification, such as one of a job file.

    Parameters
    ----------
    spec : of any kind.
    phases : by default those of the specification.
    """
    maker: Any = MAKERS[spec.kind]
    options = {
        item.name: getattr(spec, item.name)
        for item in fields(spec)
        if item.name not in (*NOT_OPTIONS, spec.kind)
    }
    opened = {}
    for text in spec.open:
        symbol, _, potential = text.partition("=")
        opened[symbol] = float(potential) if potential else None
    made = maker(name=spec.name, open_elements=opened, **options)
    materials = getattr(spec, spec.kind)
    given = [materials] if isinstance(materials, str | Mapping) else materials
    job: Job = made.make(*given, absolute(spec.phases) if phases is None else phases)
    job.name = spec.name
    return job
