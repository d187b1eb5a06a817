"""Task documents of atomate2 as our relaxed structures, and the calculator of a Maker."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from jobflow import Maker, job

from interfaces.errors import CalculationError, InputError
from workflows.calculators.ase_calculators import calculator_info, versions
from workflows.jobs.materials import TASK
from workflows.jobs.orderings import RelaxedStructure

if TYPE_CHECKING:
    from workflows.data.own_dft import OwnEntry
    from workflows.jobs.orderings import CandidateOrdering

FAKE = ("vasp_std.py", "interfaces-mock-vasp")  #: in the command of the fake VASP
#: Module of the Makers whose inputs are those of MP's GGA and GGA+U calculations.
MP_INPUTS = ("atomate2.vasp.jobs.mp", "atomate2.vasp.flows.mp")


def nested_makers(maker: Maker) -> Iterator[Maker]:
    """Yield a Maker and every Maker in its fields, however deep."""
    yield maker
    for value in vars(maker).values():
        if isinstance(value, Maker):
            yield from nested_makers(value)


def calculator_of(maker: Maker) -> str:
    """Return the calculator whose energies a Maker gives, see ``calculator_info``.

    Parameters
    ----------
    maker : of a relaxation or static calculation: ours, or VASP, ASE or force-field ones of
        atomate2, or any other.

    Returns
    -------
    A name of :data:`workflows.calculators.ase_calculators.CALCULATORS` where the energies are on a
    known scale, else the import path of the calculator or Maker.

    Raises
    ------
    InputError
        If it is no Maker.
    """
    if not isinstance(maker, Maker):
        raise InputError(
            f"relax_maker {type(maker).__name__} is not a Maker; give one of atomate2, or "
            "RelaxMaker(calculator=...)"
        )
    named = vars(maker).get("calculator")
    if isinstance(named, str):
        calculator_info(named)
        return named
    vasp = list(vasp_makers(maker))
    if vasp:
        return _vasp_name(maker, vasp)
    path = f"{type(maker).__module__}.{type(maker).__qualname__}"
    if "atomate2.ase.jobs" in sys.modules and not hasattr(maker, "force_field_name"):
        from atomate2.ase.jobs import AseMaker

        for inner in nested_makers(maker):
            if isinstance(inner, AseMaker) and getattr(inner.calculator, "mocked", False):
                return "mock"
    meta = getattr(maker, "calculator_meta", None)
    if isinstance(meta, str) and meta.endswith(".MockCalculator"):
        return "mock"
    force_field = str(getattr(maker, "force_field_name", "")).removeprefix("MLFF.").lower()
    # of the others, atomate2's SevenNet too: it is another checkpoint than that of the bundled set
    return force_field if force_field == "chgnet" else path


def vasp_makers(maker: Maker) -> Iterator[Maker]:
    """Yield the VASP jobs of atomate2 in a Maker; none without atomate2."""
    if not any(name.startswith("atomate2") for name in sys.modules):
        return
    from atomate2.vasp.jobs.base import BaseVaspMaker

    yield from (inner for inner in nested_makers(maker) if isinstance(inner, BaseVaspMaker))


def _vasp_name(maker: Maker, jobs: Sequence[Maker]) -> str:
    from atomate2 import SETTINGS

    fake = [
        any(mark in str(inner.run_vasp_kwargs.get("vasp_cmd", SETTINGS.VASP_CMD)) for mark in FAKE)
        for inner in jobs
    ]
    if any(fake):
        if not all(fake):
            raise InputError(f"{maker.name}: some of its jobs run the fake VASP, some a real one")
        return "mock-vasp"
    mp = all(
        type(inner).__module__ in MP_INPUTS and "MPGGA" in type(inner).__name__ for inner in jobs
    )
    return "vasp" if mp else f"{type(maker).__module__}.{type(maker).__qualname__}"


@job  # type: ignore[untyped-decorator]
def read_relaxation(
    start: CandidateOrdering | None, documents: Sequence[Any], calculator: str
) -> RelaxedStructure:
    """Read the relaxed cell and its energy from the documents of a finished Maker.

    Parameters
    ----------
    start : the unrelaxed cell; None for a reference.
    documents : of the calculations in order; the energy is that of the last one.
    calculator : of :func:`calculator_of`.

    Returns
    -------
    The relaxed cell with its energy [eV/atom], corrected where the scale of the calculator is.

    Raises
    ------
    InputError
        If a document is of a kind without structure and energy, comes from the mock where it
        should not, or has other settings than the scale of the calculator.
    CalculationError
        If a relaxation did not converge.
    """
    from dataclasses import replace

    last = documents[-1]
    if isinstance(last, RelaxedStructure):
        return replace(last, start=start)
    if hasattr(last, "calcs_reversed"):
        tasks = [document for document in documents if hasattr(document, "calcs_reversed")]
        return _of_vasp(start, tasks, calculator)
    if hasattr(last, "ase_calculator_name") and getattr(last, "structure", None) is not None:
        return _of_ase(start, last, calculator)
    raise InputError(
        f"{type(last).__name__} has no relaxed structure with an energy; give a Maker of VASP, ASE "
        "or force-field calculations of atomate2, or RelaxMaker"
    )


def _label(start: CandidateOrdering | None, structure: Any) -> str:
    return str(structure.composition.reduced_formula) if start is None else start.label


def _of_vasp(
    start: CandidateOrdering | None, tasks: Sequence[Any], calculator: str
) -> RelaxedStructure:
    from workflows.calculators.relax import space_group
    from workflows.data.own_dft.read_own import own_entry
    from workflows.io.mock_mark import is_mock

    static = tasks[-1]
    structure, forces = static.output.structure, static.output.forces
    label = _label(start, structure)
    mocked = {is_mock(task) for task in tasks}
    if mocked != {calculator_info(calculator).mocked}:
        program = "the mock" if True in mocked else "a real VASP"
        raise InputError(
            f"--calculator {calculator} was requested, but {label} was run by {program}; "
            "set atomate2's ATOMATE2_VASP_CMD, or give the other calculator"
        )
    document = static.model_dump(mode="json", include=TASK)
    entry = own_entry({"output": document}, label, "the static run")
    corrected, reasons = _corrected(entry, calculator)
    steps = [len(run.calcs_reversed[0].output.ionic_steps) for run in tasks]
    return RelaxedStructure(
        start=start,
        calculator=calculator,
        formula=structure.composition.reduced_formula,
        energy=corrected.corrected_energy_per_atom,
        correction=corrected.correction_per_atom,
        corrections=reasons,
        volume=structure.volume / len(structure),
        space_group=space_group(structure),
        max_force=max(math.hypot(*force) for force in forces),
        steps=sum(steps[:-1] or steps),
        converged=True,  # atomate2 stops a flow at a run that did not converge
        versions=versions("vasp"),
        notes=corrected.notes,
        structure=structure,
    )


def _corrected(entry: OwnEntry, calculator: str) -> tuple[OwnEntry, tuple[str, ...]]:
    """Return an entry with the corrections of its scale; none on a scale of its own."""
    from workflows.data.own_dft import check, correct
    from workflows.data.own_dft.compatibility import SCHEME
    from workflows.io.mock_mark import MOCK_SCHEME

    if calculator_info(calculator).on_no_set:
        return entry, ()
    (corrected,) = correct([check(entry, MOCK_SCHEME if entry.mocked else SCHEME)])
    why = (corrected.corrected_by, *(adjustment.why for adjustment in corrected.adjustments))
    return corrected, why


def _of_ase(start: CandidateOrdering | None, document: Any, calculator: str) -> RelaxedStructure:
    from workflows.calculators.relax import space_group

    structure, output = document.structure, document.output
    label = _label(start, structure)
    if output is None or output.energy is None or not math.isfinite(output.energy):
        raise CalculationError(f"{label}: {calculator} gave no energy")
    relaxing = output.n_steps is not None and document.input is not None
    converged = document.is_force_converged
    state = str(getattr(document.state, "value", document.state))
    if relaxing and (converged is False or state == "failed"):
        raise CalculationError(
            f"{label} did not converge in {output.n_steps} steps of {calculator}; give its Maker "
            "more steps"
        )
    structure = structure.copy()
    structure.calc = None  # pymatgen keeps the ASE calculator, which no job store can hold
    mocked = str(document.ase_calculator_name) in ("mock", "MockCalculator")
    if mocked != calculator_info(calculator).mocked:
        raise InputError(f"{label}: the energy is the mock's, and {calculator} was requested")
    return RelaxedStructure(
        start=start,
        calculator=calculator,
        formula=structure.composition.reduced_formula,
        energy=output.energy / len(structure),
        correction=0.0,
        corrections=(),
        volume=structure.volume / len(structure),
        space_group=space_group(structure),
        max_force=max((math.hypot(*force) for force in output.forces or ()), default=None),
        steps=output.n_steps or 0,
        converged=converged is not False,
        versions=versions(calculator),
        notes=(),
        structure=structure,
    )
