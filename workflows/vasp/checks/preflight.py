"""All checks before anything is written. Errors stop, warnings are listed.

A check takes a :class:`.finding.Subject` and yields :class:`.finding.Finding` objects.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from interfaces.errors import InputError
from interfaces.structures.geometry import elements_in_order
from workflows.calculators.vasp_stops import RunInputs, stops
from workflows.vasp.checks import electronic as electronic_checks
from workflows.vasp.checks import incar as tag_checks
from workflows.vasp.checks import ionic as motion_checks
from workflows.vasp.checks import structure as structure_checks
from workflows.vasp.checks.finding import Check, Finding, Subject
from workflows.vasp.cost_estimate import cost, words

LONG_TIME = 30 * 86400.0  #: wall time of one folder [s]
MEMORY_PER_CORE = 4e9  #: bytes that a core usually has


def vasp_stops(subject: Subject) -> Iterator[Finding]:
    """Inputs at which VASP itself stops."""
    inputs = subject.inputs
    run = RunInputs(
        tags={tag.name: tag.value for tag in inputs.tags},
        lattice=inputs.structure.lattice.matrix.tolist(),
        kinds=elements_in_order(inputs.structure),
        atoms=len(inputs.structure),
        kpoints=inputs.mesh.points if inputs.mesh else None,
    )
    for stop in stops(run):
        yield Finding(stop.check, "error", stop.what, stop.why, stop.mend)


def _expense(subject: Subject) -> Iterator[Finding]:
    """Cost of the run against usual limits of time and memory."""
    price = cost(subject)
    if price is None:
        yield Finding(
            "cost", "warning", "the cost is not known",
            "a potential is not in pymatgen's table, so its electrons are not",
            "check the names in POTCAR.spec",
        )  # fmt: skip
        return
    if price.seconds / subject.segments > LONG_TIME:
        yield Finding(
            "cost", "warning",
            f"about {words(price.seconds / subject.segments)} in one folder on {price.cores} cores",
            "no queue gives so long", "split it (--segments), or take a smaller cell",
        )  # fmt: skip
    if price.memory / subject.cores > MEMORY_PER_CORE:
        yield Finding(
            "memory", "warning", f"about {price.memory / subject.cores / 1e9:.1f} GB per core",
            "nodes have about 4 GB per core", "take more cores, or set KPAR = 1 and fewer k-points",
        )  # fmt: skip


CHECKS: tuple[Check, ...] = (
    vasp_stops, *structure_checks.CHECKS, *tag_checks.CHECKS, *electronic_checks.CHECKS,
    *motion_checks.CHECKS, _expense,
)  # fmt: skip


def findings(subject: Subject) -> tuple[Finding, ...]:
    """Run all checks.

    Parameters
    ----------
    subject : inputs to check.

    Returns
    -------
    tuple of Finding
        Errors first. An error that the protocol accepts becomes a warning, with the protocol's
        reason.
    """
    accepted = dict(subject.inputs.protocol.accepts)
    results = []
    for check in CHECKS:
        for finding in check(subject):
            if finding.level == "error" and finding.check in accepted:
                finding = replace(
                    finding,
                    level="warning",
                    why=f"{finding.why}; {accepted[finding.check].rstrip('.')}",
                )
            results.append(finding)
    return tuple(sorted(results, key=lambda finding: finding.level != "error"))


def stop_on_errors(name: str, results: tuple[Finding, ...]) -> None:
    """Raise an error if a check found one.

    Parameters
    ----------
    name : of the inputs, for the message.
    results : of :func:`findings`.

    Raises
    ------
    InputError
        With every error.
    """
    errors = [finding for finding in results if finding.level == "error"]
    if errors:
        count = "1 error" if len(errors) == 1 else f"{len(errors)} errors"
        raise InputError(f"{name}: {count}, nothing was written. " + " | ".join(map(str, errors)))
