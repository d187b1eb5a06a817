"""Pre-flight checks of INCAR tags: names, values, contradictions."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from workflows.vasp.checks.finding import Check, Finding, Subject, number


def _known_tags(subject: Subject) -> Iterator[Finding]:
    """Tags of VASP, which ignores others silently."""
    from pymatgen.io.vasp import Incar

    for tag in subject.inputs.tags:
        if tag.name not in Incar.INCAR_PARAMS:
            near = difflib.get_close_matches(tag.name, Incar.INCAR_PARAMS, n=1, cutoff=0.6)
            yield Finding(
                "tag-names", "error", f"no INCAR tag is called {tag.name}",
                "VASP ignores unknown tags and uses its default",
                f"did you mean {near[0]}?" if near else "see the VASP wiki for its name",
            )  # fmt: skip


def _tag_values(subject: Subject) -> Iterator[Finding]:
    """Values of the kind that a tag takes."""
    import warnings

    from pymatgen.io.vasp import Incar

    for tag in subject.inputs.tags:
        if tag.name not in Incar.INCAR_PARAMS:
            continue
        value = list(tag.value) if isinstance(tag.value, tuple) else tag.value
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            Incar({tag.name: value}).check_params()
        for warning in caught:
            yield Finding(
                "tag-values", "error", f"{tag.name} = {tag.value}",
                f"pymatgen's table of tags objects: {warning.message}",
                "give a value of the tag's kind",
            )  # fmt: skip


def functional(subject: Subject) -> Iterator[Finding]:
    """Tags and potentials belong to one functional."""
    inputs = subject.inputs
    gga, meta = inputs.value("GGA"), inputs.value("METAGGA")
    if gga is not None and meta is not None and str(meta).lower() not in ("none", "--"):
        yield Finding(
            "functional", "error", f"both GGA = {gga} and METAGGA = {meta}",
            "VASP mixes parts of the two into a functional that nobody has tested",
            "leave one of them out",
        )  # fmt: skip
    if gga is not None and str(gga).upper() != "PE" and inputs.functional.startswith("PBE"):
        yield Finding(
            "functional", "warning", f"GGA = {gga} on {inputs.functional} potentials",
            "the cores were made with PBE, and energies belong to no phase set here",
            "set GGA = PE, or keep these energies among themselves",
        )  # fmt: skip
    if not inputs.functional.startswith("PBE"):
        yield Finding(
            "functional", "error", f"potentials of {inputs.functional} for a PBE protocol",
            "core and valence would have different functionals", "take a PBE release",
        )  # fmt: skip


def corrections(subject: Subject) -> Iterator[Finding]:
    """Changed tags that invalidate the energy corrections of the protocol."""
    inputs = subject.inputs
    if inputs.protocol.corrections and inputs.corrections is None:
        changed = [tag.name for tag in inputs.tags if tag.set_by == "user"]
        yield Finding(
            "corrections", "warning", f"{', '.join(changed)} changed in {inputs.protocol.name}",
            f"{inputs.protocol.corrections} was fitted to the settings as they were",
            "leave the tag alone, or do not mix these energies with the database",
        )  # fmt: skip


def _charged_cell(subject: Subject) -> Iterator[Finding]:
    """NELECT of the neutral cell."""
    nelect, neutral = subject.inputs.value("NELECT"), subject.inputs.electrons
    if isinstance(nelect, int | float) and neutral is not None and abs(nelect - neutral) > 1e-6:
        yield Finding(
            "nelect", "warning", f"NELECT = {nelect:g}, the neutral cell has {neutral:g}",
            "a charged periodic cell gets a uniform background that shifts its energy",
            "leave NELECT out, or correct the energy for the background",
        )  # fmt: skip


def dispersion(subject: Subject) -> Iterator[Finding]:
    """Dispersion for molecules, counted once."""
    from interfaces.structures.geometry import molecules

    inputs = subject.inputs
    ivdw = number(inputs, "IVDW", 0)
    if ivdw and inputs.value("LUSE_VDW"):
        yield Finding(
            "dispersion", "error", f"IVDW = {ivdw:g} and LUSE_VDW together",
            "dispersion is counted twice", "leave one of them out",
        )  # fmt: skip
    fragments = molecules(inputs.structure)
    if fragments and not ivdw and not inputs.value("LUSE_VDW"):
        yield Finding(
            "dispersion", "warning", f"{len(fragments)} molecules or molecular ions, no dispersion",
            "PBE leaves a molecule on a surface 0.1 to 0.5 eV too loosely bound", "set IVDW = 12",
        )  # fmt: skip


def parallel(subject: Subject) -> Iterator[Finding]:
    """KPAR and NCORE that the run can use."""
    inputs = subject.inputs
    kpar = number(inputs, "KPAR", 1)
    if inputs.mesh is not None and kpar > inputs.mesh.points:
        yield Finding(
            "parallel", "error", f"KPAR = {kpar:g} for {inputs.mesh.points} k-points",
            "some groups of cores would have nothing to do, and VASP stops",
            f"set KPAR to a divisor of {inputs.mesh.points}",
        )  # fmt: skip
    ncore = number(inputs, "NCORE", 1)
    if ncore > subject.cores:
        yield Finding(
            "parallel", "error", f"NCORE = {ncore:g} on {subject.cores} cores",
            "an orbital cannot be shared by more cores than there are", "give the cores of a node",
        )  # fmt: skip


CHECKS: tuple[Check, ...] = (
    _known_tags, _tag_values, functional, corrections, _charged_cell, dispersion, parallel,
)  # fmt: skip
