"""Makers of relaxations: an ASE calculator, VASP or any Maker, one of each ordering."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jobflow import Flow, Job, Maker, Response, job

from interfaces.errors import InputError
from workflows.calculators.ase_calculators import calculator_info
from workflows.calculators.relax import MAX_STEPS
from workflows.jobs.foreign import calculator_of, nested_makers, read_relaxation, vasp_makers
from workflows.jobs.orderings import RelaxedStructure, relax_structure

if TYPE_CHECKING:
    from pathlib import Path

    from pymatgen.core import Structure

    from workflows.jobs.orderings import CandidateOrdering


@dataclass
class RelaxMaker(Maker):  # type: ignore[misc]
    """Relaxation with an ASE calculator.

    Attributes
    ----------
    calculator : a name (``chgnet``, ``gpaw``, ``mock``) or the import path of a class, such as
        ``ase.calculators.emt.EMT``.
    calculator_kwargs : arguments of that class.
    max_steps : limit of each of two optimisers. With 0 it is a static run, which counts as
        converged if forces and stress meet the tolerance.
    """

    calculator: str
    name: str = "relax"
    calculator_kwargs: dict[str, Any] = field(default_factory=dict)
    max_steps: int = MAX_STEPS

    @job  # type: ignore[untyped-decorator]
    def make(
        self, structure: Structure | CandidateOrdering, prev_dir: str | Path | None = None
    ) -> RelaxedStructure:
        """Relax a structure, or an ordering of a host.

        Parameters
        ----------
        structure : to be relaxed.
        prev_dir : as every Maker of atomate2 has it; nothing is read from there.
        """
        from dataclasses import replace

        cell = getattr(structure, "structure", structure)
        start = structure if cell is not structure else None
        done = relax_structure(cell, self.calculator, self.max_steps, self.calculator_kwargs)
        return replace(done, start=start)


def calculation(calculator: str) -> Maker:
    """Return the Maker that relaxes with a calculator.

    Parameters
    ----------
    calculator : its name, see :mod:`workflows.calculators.ase_calculators`.

    Returns
    -------
    ``RelaxMaker``, or atomate2's two relaxations and a static run with the inputs of the Materials
    Project.

    Raises
    ------
    InputError
        If there is no such calculator.
    """
    info = calculator_info(calculator)
    if not info.vasp:
        return RelaxMaker(calculator=calculator)
    from atomate2.vasp.flows.mp import MPGGADoubleRelaxStaticMaker

    from workflows.calculators.vasp import on_mock

    maker = MPGGADoubleRelaxStaticMaker()
    return on_mock(maker, {}) if info.mocked else maker


@dataclass
class RelaxationsMaker(Maker):  # type: ignore[misc]
    """One calculation of every ordering, each read as a ``RelaxedStructure``.

    Attributes
    ----------
    relax_maker : any Maker of a relaxation.
    static_maker : of the energy of the relaxed cell; None takes that of the relaxation.
    """

    relax_maker: Maker
    static_maker: Maker | None = None
    name: str = "calculations"

    @property
    def calculator(self) -> str:
        """Calculator of the energies."""
        return calculator_of(self.static_maker or self.relax_maker)

    @job  # type: ignore[untyped-decorator]
    def make(self, orderings: Sequence[CandidateOrdering]) -> Response:
        """Replace this job by one calculation per ordering; the outputs are in their order.

        Parameters
        ----------
        orderings : cells to calculate.
        """
        flows = [self.relaxed(ordering.structure, ordering) for ordering in orderings]
        return Response(replace=Flow(flows, output=[flow.output for flow in flows]))

    def relaxed(
        self, structure: Structure, start: CandidateOrdering | None = None, name: str = ""
    ) -> Job | Flow:
        """Return the job or flow of one structure, with a ``RelaxedStructure`` as its output.

        Parameters
        ----------
        structure : to be relaxed.
        start : the ordering that it is of.
        name : of a structure that is not an ordering.
        """
        label, calculator = (start.label if start else name), self.calculator
        if isinstance(self.relax_maker, RelaxMaker) and self.static_maker is None:
            relaxation = self.relax_maker.make(start or structure)
            label_job(relaxation, f"{label} {self.relax_maker.name}", calculator, start)
            return relaxation
        relax_maker, static_maker = self.relax_maker, self.static_maker
        if calculator_info(calculator).vasp and calculator_info(calculator).mocked:
            relax_maker = _with_energies(relax_maker, structure)
            static_maker = static_maker and _with_energies(static_maker, structure)
        made = [relax_maker.make(structure)]
        if static_maker is not None:
            made.append(
                static_maker.make(made[0].output.structure, prev_dir=_folder_of(made[0].output))
            )
        runs = [run for part in made for run in _jobs_of(part)]
        for run in runs:
            label_job(run, f"{label} {run.name}", calculator, start)
        documents = [*(run.output for run in runs), made[-1].output]
        if runs[-1].output == made[-1].output:
            documents.pop()
        read = read_relaxation(start, documents, calculator)
        label_job(read, f"{label} energy", calculator, start)
        return Flow([*made, read], output=read.output, name=f"{label} relax")


def _jobs_of(part: Job | Flow) -> list[Job]:
    return [run for run, _ in part.iterflow()] if isinstance(part, Flow) else [part]


def _folder_of(output: Any) -> Any:
    """Return a reference to the folder of a calculation; None where its document names none."""
    try:
        return output.dir_name
    except AttributeError:
        return None


def _with_energies(maker: Maker, structure: Structure) -> Maker:
    """Return a Maker whose fake VASP writes the mock's energies, unless it was told others."""
    from atomate2.vasp.jobs.base import BaseVaspMaker

    from workflows.jobs.mock_orders import mock_orders

    key = "MOCK_VASP:json"
    if any((inner.write_additional_data or {}).get(key) for inner in vasp_makers(maker)):
        return maker
    changes = {"write_additional_data": {key: mock_orders(structure)}}
    return maker.update_kwargs(changes, class_filter=BaseVaspMaker, nested=True)


def metadata(system: str, step: str, calculator: str, **more: Any) -> dict[str, Any]:
    """Return the metadata by which a person finds a job.

    Parameters
    ----------
    system, step, calculator : what the job computes.
    more : further keys.
    """
    mocked = {"mocked": True} if calculator_info(calculator).mocked else {}
    return {"system": system, "step": step, "calculator": calculator, **more, **mocked}


def label_job(
    made: Job, name: str, calculator: str, start: CandidateOrdering | None = None
) -> None:
    """Set the name and metadata of the job of one structure.

    Parameters
    ----------
    made : the job.
    name : of the job, without the mark of a mocked one.
    calculator : of its energy.
    start : the ordering; None for a reference.
    """
    made.name = f"{calculator_info(calculator).mark}{name}"
    step = name.rpartition(" ")[2]
    more: Mapping[str, Any] = {}
    if start is not None:
        more = {"x": start.state.x, "decoration": start.decoration, "ordering": start.ordering}
    system = start.state.host if start is not None else name
    made.metadata = {**made.metadata, **metadata(system, step, calculator, **more)}


def require_maker(maker: Any, what: str) -> None:
    """Refuse a chain without a Maker of its energies.

    Raises
    ------
    InputError
        If there is none.
    """
    if maker is None:
        raise InputError(
            f"{what} needs a relax_maker: one of atomate2, or RelaxMaker(calculator=...)"
        )
    for inner in nested_makers(maker):
        if not callable(getattr(inner, "make", None)):
            raise InputError(f"{type(inner).__name__} has no make()")
