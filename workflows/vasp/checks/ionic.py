"""Pre-flight checks of relaxation, dynamics, cell changes and the dipole correction."""

from __future__ import annotations

from collections.abc import Iterator

from interfaces.structures.geometry import vacuum_axis
from workflows.calculators.vasp_stops import LANGEVIN
from workflows.vasp.checks.finding import Check, Finding, Subject, number
from workflows.vasp.tag_rules import time_step

LONG_STEP, BROKEN_STEP = 1.61, 2.5  #: over the step of `rules.time_step`; 2 fs with Li is 1.6
SHORT_RUN = 5.0  #: [ps], before which an interface has hardly begun
HOT = 1500.0  #: [K]


def ions(subject: Subject) -> Iterator[Finding]:
    """NSW and IBRION that agree."""
    kind = subject.inputs.value("IBRION")
    if subject.steps > 0 and kind == -1:
        yield Finding(
            "motion", "error", f"IBRION = -1 with NSW = {subject.steps}",
            "nothing moves, and every step repeats the first", "set IBRION = 2, or NSW = 0",
        )  # fmt: skip
    if subject.steps == 0 and kind is not None and kind >= 0:
        yield Finding(
            "motion", "error", f"IBRION = {kind} with NSW = 0", "not one step would be made",
            "give NSW",
        )  # fmt: skip
    if subject.steps > 0 and kind in (1, 2, 3) and number(subject.inputs, "EDIFFG", -0.01) == 0:
        yield Finding(
            "motion", "warning", "EDIFFG = 0", "the relaxation never stops before NSW",
            "give -0.02 (forces, eV per angstrom)",
        )  # fmt: skip


def _cell_change(subject: Subject) -> Iterator[Finding]:
    """A cell that may change only where it should."""
    isif = number(subject.inputs, "ISIF", 2)
    if isif < 3 or not subject.steps:
        return
    if vacuum_axis(subject.inputs.structure) is not None:
        yield Finding(
            "isif", "error", f"ISIF = {isif:g} with a vacuum",
            "the stress of the empty space shrinks the cell until the faces touch", "set ISIF = 2",
        )  # fmt: skip
    elif subject.kind == "interface":
        yield Finding(
            "isif", "warning", f"ISIF = {isif:g} for an interface cell",
            "the lattice match is undone, and both sides strain one another anew", "set ISIF = 2",
        )  # fmt: skip
    if subject.dynamics and number(subject.inputs, "MDALGO", 0) != LANGEVIN:
        yield Finding(
            "isif", "error", "a moving cell without MDALGO = 3",
            "only the Langevin thermostat drives Parrinello-Rahman dynamics in VASP",
            "set ISIF = 2, or MDALGO = 3 with LANGEVIN_GAMMA and LANGEVIN_GAMMA_L",
        )  # fmt: skip


def step(subject: Subject) -> Iterator[Finding]:
    """A time step that follows the lightest atom."""
    if not subject.dynamics:
        return
    potim = number(subject.inputs, "POTIM", 0)
    lightest = min(subject.inputs.structure, key=lambda site: site.specie.atomic_mass).specie
    fits = time_step(float(lightest.atomic_mass))
    if potim > LONG_STEP * fits:
        yield Finding(
            "time-step", "error" if potim > BROKEN_STEP * fits else "warning",
            f"POTIM = {potim:g} fs with {lightest.symbol}",
            f"its fastest vibration needs {fits:g} fs; a longer step does not conserve energy",
            f"set POTIM = {fits:g} and NSW for the same time",
        )  # fmt: skip


def duration(subject: Subject) -> Iterator[Finding]:
    """A run long enough to show something."""
    if not subject.dynamics:
        return
    total = subject.steps * number(subject.inputs, "POTIM", 0) / 1000
    if 0 < total < SHORT_RUN:
        yield Finding(
            "duration", "warning", f"{total:g} ps of dynamics",
            f"S-S bonds and disorder at an interface take {SHORT_RUN:g} ps and more",
            "give more steps, in segments that go on (--segments)",
        )  # fmt: skip


def thermostat(subject: Subject) -> Iterator[Finding]:
    """A temperature that is held."""
    if not subject.dynamics:
        return
    inputs = subject.inputs
    begin = number(inputs, "TEBEG", 0)
    end = number(inputs, "TEEND", begin)
    if begin == 0:
        yield Finding(
            "temperature", "error", "no TEBEG", "the atoms start at rest, at 0 K",
            "set TEBEG = 300",
        )  # fmt: skip
    elif max(begin, end) > HOT:
        yield Finding(
            "temperature", "warning", f"{max(begin, end):g} K",
            "sulfides melt below, and Gamma-only forces are inaccurate", "stay below 1200 K",
        )  # fmt: skip
    algorithm, mass = int(number(inputs, "MDALGO", 0)), number(inputs, "SMASS", -3)
    if algorithm in (0, 1) and mass < -1 and number(inputs, "ANDERSEN_PROB", 0) == 0:
        yield Finding(
            "thermostat", "warning", "no thermostat",
            "a reacting interface heats itself by hundreds of kelvin", "set MDALGO = 2, SMASS = 0",
        )  # fmt: skip


def symmetry(subject: Subject) -> Iterator[Finding]:
    """No symmetry in dynamics."""
    if subject.dynamics and number(subject.inputs, "ISYM", 2) > 0:
        yield Finding(
            "symmetry", "error", "symmetry is on in dynamics",
            "atoms that start equivalent are kept so, which is not dynamics", "set ISYM = 0",
        )  # fmt: skip


def dipole(subject: Subject) -> Iterator[Finding]:
    """The dipole correction across a vacuum, and nowhere else."""
    inputs = subject.inputs
    axis = vacuum_axis(inputs.structure)
    on = inputs.value("LDIPOL") is True
    idipol = inputs.value("IDIPOL")
    if on and axis is None:
        yield Finding(
            "dipole", "error", "LDIPOL without a vacuum",
            "the sawtooth potential would cut through the atoms", "leave LDIPOL and IDIPOL out",
        )  # fmt: skip
    elif axis is not None and not on:
        yield Finding(
            "dipole", "warning", "a vacuum without LDIPOL",
            "two different faces make a field across it, and bend the potential by volts",
            "set LDIPOL and IDIPOL unless the slab is symmetric",
        )  # fmt: skip
    elif on and axis is not None and idipol not in (axis + 1, 4):
        yield Finding(
            "dipole", "error", f"IDIPOL = {idipol}, the vacuum lies along axis {axis + 1}",
            "the correction acts along the wrong axis", f"set IDIPOL = {axis + 1}",
        )  # fmt: skip


def chain(subject: Subject) -> Iterator[Finding]:
    """Segments that hand on their orbitals."""
    if subject.segments > 1 and not subject.dynamics:
        yield Finding(
            "segments", "error", f"{subject.segments} segments of a run without dynamics",
            "there is nothing to go on with", "leave --segments out",
        )  # fmt: skip
    elif subject.segments > 1 and subject.inputs.value("LWAVE", True) is False:
        yield Finding(
            "segments", "warning", "LWAVE = .FALSE. in a chain",
            "each segment converges its first step from scratch and may find another spin state",
            "set LWAVE = .TRUE.",
        )  # fmt: skip


CHECKS: tuple[Check, ...] = (
    ions, _cell_change, step, duration, thermostat, symmetry, dipole, chain,
)  # fmt: skip
