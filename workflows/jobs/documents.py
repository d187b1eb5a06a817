"""What jobs return: pydantic documents with emmet's names, headline numbers at the top.

The field ``result`` or ``phase_set`` holds the whole object. It goes to the store called ``data``
where the JobStore has one, so that a query over many documents reads small ones.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from jobflow import CURRENT_JOB, Job, JobConfig, OutputReference
from monty.json import MontyDecoder
from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer, create_model

from interfaces.chemistry.formulas import Formula, chemical_system, spelled
from workflows.analyses.curve import CurveAnalysis
from workflows.analyses.registry import ANALYSES

if TYPE_CHECKING:
    from interfaces.phases.phase_set import PhaseSet
    from workflows.analyses.analysis import Analysis

DATA = "data"  #: name of atomate2's store for large values
#: Arguments of ``@job`` for a job whose heavy fields go to the data store.
HEAVY = {
    DATA: ["result", "phase_set", "lowest_drawn"],
    "config": JobConfig(expose_store=True),
}


def _encoded(value: Any) -> Any:
    return value.as_dict() if hasattr(value, "as_dict") else value


def _decoded(value: Any) -> Any:
    named = isinstance(value, Mapping) and "@class" in value and "blob_uuid" not in value
    return MontyDecoder().process_decoded(value) if named else value


#: An MSONable object in a pydantic document; pydantic alone would store a dataclass without its
#: class.
Stored = Annotated[Any, PlainSerializer(_encoded), BeforeValidator(_decoded)]


class ChemicalDocument(BaseModel):
    """Composition of a document, under emmet's names.

    Attributes
    ----------
    chemsys, elements, nelements : of everything that takes part.
    formula_pretty : of each material; a query for one of them finds the list.
    """

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)

    chemsys: str
    elements: list[str]
    nelements: int
    formula_pretty: list[str] = []


class PhaseSetDocument(ChemicalDocument):
    """A phase set, named by its content.

    Attributes
    ----------
    content_hash : SHA-256 of the entries; documents of analyses carry it in place of the set.
    references_ev_per_atom : total energies of the elements where the source has them.
    """

    scheme: str
    source: str
    n_entries: int
    content_hash: str
    references_ev_per_atom: dict[str, float] = {}
    phase_set: Stored

    @classmethod
    def of(cls, phases: PhaseSet, references: Mapping[str, float]) -> PhaseSetDocument:
        """Build the document of a set.

        Parameters
        ----------
        phases : the set.
        references : element -> total energy [eV/atom]; empty where it is not known.
        """
        return cls(
            **composition(phases.elements, ()),
            scheme=phases.scheme,
            source=phases.source,
            n_entries=len(phases),
            content_hash=phases.fingerprint(),
            references_ev_per_atom=dict(references),
            phase_set=phases,
        )


class HeadlineDocument(BaseModel):
    """A number that a reader looks for first, as :class:`workflows.analyses.analysis.Headline`."""

    quantity: str
    value: float | str
    unit: str
    at: str = ""
    products: str = ""


class AnalysisDocument(ChemicalDocument):
    """Result of an analysis; each kind adds its main numbers (``minimum_total_ev_per_atom`` ...).

    Attributes
    ----------
    kind, title, summary : what was computed, and the main finding in a sentence.
    headlines : the numbers that a reader looks for first, with units.
    reactants : each with formula, energy [eV/atom] and energy model.
    scheme, phase_set_hash : functional and corrections, and the content of the phase set.
    provenance : versions and conditions.
    result : ``MixingCurve``, ``Window`` ..., with everything else.
    """

    kind: str
    title: str
    summary: str
    headlines: list[HeadlineDocument]
    reactants: list[dict[str, Any]]
    scheme: str
    phase_set_hash: str
    provenance: dict[str, str]
    result: Stored


class DrawnDocument(AnalysisDocument):
    """Of a curve; ``lowest_drawn`` compares two curves draw by draw.

    Attributes
    ----------
    lowest_drawn : lowest total [eV per non-open atom] of each draw of the phases' errors; None
        where these are not known.
    """

    lowest_drawn: Any = None


class SeriesDocument(ChemicalDocument):
    """A cathode at several contents of its carrier, calculated; ``result`` is the ``Series``.

    Attributes
    ----------
    host, calculator, scheme : of the cells, and of the phase set on whose scale they are.
    voltages : steps [x1, x2, V] of the equilibrium profile against the metal of the carrier.
    average_voltage : [V], between the first and the last content.
    """

    host: str
    calculator: str
    scheme: str
    voltages: list[list[float]]
    average_voltage: float | None
    result: Stored


class DynamicsDocument(ChemicalDocument):
    """Dynamics of an interface cell; ``result`` is the ``Analysis`` of the trajectory.

    Attributes
    ----------
    frames, duration_fs, sides, mocked : of the whole run.
    files : tables and figure, path -> base64.
    """

    frames: int
    duration_fs: float
    sides: dict[str, int]
    mocked: bool
    result: Stored
    files: Any

    def write(self, folder: Path) -> None:
        """Write tables and figure into a folder."""
        for name, text in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(base64.b64decode(text))


class CellDocument(ChemicalDocument):
    """An interface cell; ``structure`` has the site property ``side``.

    Attributes
    ----------
    sides, n_atoms, gap : the two materials, their atoms together, and the gap [angstrom].
    record : terminations, lattice match and strains, as ``cell.json`` of ``interfaces cell``.
    """

    sides: list[str]
    n_atoms: int
    gap: float
    record: dict[str, Any]
    structure: Stored


class InputSetDocument(ChemicalDocument):
    """Inputs of one VASP run, after the checks.

    Attributes
    ----------
    protocol, kind : by which they were made, for a bulk, slab or interface.
    incar, reasons : tags, and why each has its value.
    kpoints : divisions of the mesh; None where KSPACING takes its place.
    potcar_symbols, potcar_functional : names of the potentials, never their content.
    findings, notes : of the checks, and what was done to the structure.
    folder, files : where they were written.
    result : the whole ``InputSet``.
    """

    protocol: str
    kind: str
    incar: dict[str, Any]
    reasons: dict[str, str]
    kpoints: list[int] | None
    potcar_symbols: list[str]
    potcar_functional: str
    findings: list[str]
    notes: list[str]
    folder: str
    files: list[str]
    structure: Stored
    result: Stored


def composition(elements: Collection[str], formulas: Collection[Formula]) -> dict[str, Any]:
    """Return the fields of :class:`ChemicalDocument`.

    Examples
    --------
    >>> composition({"O", "Li"}, [])["chemsys"]
    'Li-O'
    """
    names = sorted(elements)
    return {
        "chemsys": "-".join(names),
        "elements": names,
        "nelements": len(names),
        "formula_pretty": [spelled(formula.reduced.text) for formula in formulas],
    }


def field_of(path: str) -> str:
    """Name of the number at a path of a result, its unit included.

    Examples
    --------
    >>> field_of("minimum_total.reaction_energy_ev_per_atom"), field_of("oxidation_V")
    ('minimum_total_ev_per_atom', 'oxidation_V')
    """
    return re.sub(r"\.(reaction|mutual)_energy", "", path).replace(".", "_")


def _schema(analysis: type[Analysis], base: type[AnalysisDocument]) -> type[AnalysisDocument]:
    numbers: Any = {field_of(path): (float | None, None) for path in analysis.compared}
    name = f"{analysis.kind.capitalize()}Document"
    return create_model(name, __base__=base, __module__=__name__, **numbers)


#: kind of analysis -> its document
SCHEMAS: dict[str, type[AnalysisDocument]] = {
    kind: _schema(analysis, DrawnDocument if kind == "curve" else AnalysisDocument)
    for kind, analysis in ANALYSES.items()
}
# A curve whose reactant is itself open becomes an uptake: its document passes for that of a curve.
SCHEMAS["uptake"] = _schema(ANALYSES["uptake"], SCHEMAS["curve"])
globals().update({schema.__name__: schema for schema in SCHEMAS.values()})  # where monty finds them


def run_analysis(analysis: Analysis, phase_set_hash: str) -> AnalysisDocument:
    """Run an analysis, and build the document of its result.

    Parameters
    ----------
    analysis : of any kind.
    phase_set_hash : of the whole set that its phases were taken from.
    """
    from dataclasses import asdict

    drawn: dict[str, Any] = {}
    if isinstance(analysis, CurveAnalysis):
        result, draws = analysis.run_with_draws()
        drawn["lowest_drawn"] = None if draws is None else draws.lowest.tolist()
    else:
        result = analysis.run()
    recorded, inputs = result.to_dict(), analysis.to_dict()
    reactants = inputs["reactants"]
    formulas = [Formula.parse(item["formula"]) for item in reactants if item]
    elements = {*chemical_system(formulas), *(item["element"] for item in inputs["open"])}
    return SCHEMAS[analysis.kind](
        **composition(elements, formulas),
        kind=analysis.kind,
        title=analysis.title(),
        summary=analysis.summary(recorded),
        headlines=[HeadlineDocument(**asdict(line)) for line in analysis.headlines(result)],
        reactants=reactants,
        scheme=analysis.phase_set.scheme,
        phase_set_hash=phase_set_hash,
        provenance=dict(analysis.provenance),
        result=result,
        **drawn,
        **{field_of(path): _at(recorded, path) for path in analysis.compared},
    )


def _at(recorded: Any, path: str) -> Any:
    for key in path.split("."):
        recorded = recorded[key]
    return recorded


def with_schema(made: Job, schema: type[BaseModel]) -> Job:
    """Return a job whose output has the fields of a document, and no others.

    Parameters
    ----------
    made : by a function that serves several documents.
    schema : of its output.
    """
    made.output_schema = schema
    made.output = OutputReference(made.uuid, output_schema=schema)
    return made


def keep_whole_without_data_store() -> None:
    """Leave the heavy part in the document of the current job if its JobStore has no ``data``."""
    job, store = CURRENT_JOB.job, CURRENT_JOB.store
    if job is None or store is None:
        return
    with suppress(KeyError):
        if store.additional_stores[DATA] is not None:
            return
    job._kwargs.pop(DATA, None)
