"""Whether a VASP run may serve as an energy of a phase, as dynamics, or as a density of states.

One list for every door. Each check looks at `RunSettings` and says what is wrong, or nothing; the
list says for which uses that refuses the run, and for which it is only noted. A setting that the
source does not give is not held against it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from interfaces.errors import InputError
from workflows.data.vasp_runs.run_settings import DYNAMICS, RunSettings

Use = Literal["energy", "dynamics", "dos"]

SAME_CHARGE = 0.005  #: e
SAME_ENERGY = 1e-3  #: eV/atom that an ionic step may have beyond its electronic steps
HIGHEST, LOWEST = 0.0, -20.0  #: eV/atom of a bound phase; tungsten, among the lowest, has -13
SELF_CONSISTENT = re.compile(
    r"|N(ORMAL)?|V(ERYFAST)?|F(AST)?|C(ONJUGATE)?|A(LL)?|D(AMPED)?|E(XACT)?|S(UBROT)?|\d+"
)
#: tags of runs whose last energy belongs to a response, an excitation or a perturbed cell
RESPONSES = {
    "LCHIMAG": "NMR chemical shifts", "LEFG": "NMR electric field gradients",
    "ORBITALMAG": "orbital magnetisation", "LEPSILON": "a dielectric response",
    "LCALCEPS": "a dielectric response", "LCALCPOL": "a polarisation", "LBERRY": "a polarisation",
    "LPARD": "a partial charge density", "LTHOMAS": "a screened-exchange model",
}  # fmt: skip
TASKS = re.compile("NSCF|SCF Line|Molecular Dynamics|Deformation|NMR|DFPT|Dielectric|Optic")


@dataclass(frozen=True)
class RunCheck:
    """One thing that may be wrong with a run.

    Parameters
    ----------
    find : what is wrong, or ``None``.
    refuses, notes : the uses that it stops, and those in which it is said.
    advice : what to do, for a refusal.
    """

    find: Callable[[RunSettings], str | None]
    refuses: frozenset[Use] = field(default_factory=frozenset)
    notes: frozenset[Use] = field(default_factory=frozenset)
    advice: str = ""


@dataclass(frozen=True)
class Findings:
    """What the checks say of a run for one use."""

    refusals: tuple[str, ...]
    notes: tuple[str, ...]


def check_run(settings: RunSettings, use: Use) -> Findings:
    """Apply every check.

    Parameters
    ----------
    settings : of the run.
    use : ``energy`` of a phase, ``dynamics``, or ``dos``.

    Examples
    --------
    >>> check_run(RunSettings("a", {"NSW": 10, "IBRION": 2}), "dynamics").refusals
    ('no molecular dynamics (IBRION = 2), its steps are no time; give the dynamics',)
    """
    refusals, notes = [], []
    for check in CHECKS:
        fact = check.find(settings) if use in check.refuses | check.notes else None
        if fact is not None and use in check.refuses:
            refusals.append(f"{fact}; {check.advice}")
        elif fact is not None:
            notes.append(fact)
    return Findings(tuple(refusals), tuple(notes))


def require(settings: RunSettings, use: Use) -> tuple[str, ...]:
    """Refuse a run that may not serve, and return the notes of one that may.

    Raises
    ------
    InputError
        With the origin and the first reason.
    """
    findings = check_run(settings, use)
    if findings.refusals:
        raise InputError(f"{settings.origin}: {findings.refusals[0]}")
    return findings.notes


def plausible(energy: float) -> bool:
    """Whether a total energy [eV/atom] may be that of a bound phase.

    >>> plausible(-7.5), plausible(711.3)
    (True, False)
    """
    return LOWEST <= energy <= HIGHEST


# ------------------------------------------------------------------- what kind of run


def _moving(run: RunSettings) -> str | None:
    if not run.dynamics and not run.machine_learned:
        return None
    learned = ", ML_LMLFF = T" if run.machine_learned else ""
    return (
        f"molecular dynamics (IBRION = {run.ibrion}, NSW = {run.steps}{learned}), no phase at rest"
    )


def _not_moving(run: RunSettings) -> str | None:
    if run.fit_only:
        return "a force field is fitted (ML_MODE or ML_ISTART) and no atom moves"
    if run.ibrion == DYNAMICS or not ({"IBRION", "NSW"} & run.tags.keys()):
        return None
    return f"no molecular dynamics (IBRION = {run.ibrion}), its steps are no time"


def _displaced(run: RunSettings) -> str | None:
    images = int(run.number("IMAGES", 0))
    if run.ibrion not in (5, 6, 7, 8, 40, 44) and not images:
        return None
    return (
        f"phonons or images of a path (IBRION = {run.ibrion}, IMAGES = {images}), "
        "atoms are displaced"
    )


def _task(run: RunSettings) -> str | None:
    if not TASKS.search(run.task_type):
        return None
    return f"a task of type {run.task_type!r} gives no energy of a phase"


def _charge_density(run: RunSettings) -> str | None:
    charge = int(run.number("ICHARG", 0))
    if charge < 10:
        return None
    return f"not self-consistent (ICHARG = {charge}, a band structure)"


def _algorithm(run: RunSettings) -> str | None:
    word = run.word("ALGO")
    if SELF_CONSISTENT.fullmatch(word):
        return None
    return (
        f"ALGO = {word} (GW, BSE, RPA, optics or no electronic loop) gives no total energy of the "
        "functional"
    )


def _response(run: RunSettings) -> str | None:
    tag = next((tag for tag in RESPONSES if run.flag(tag)), None)
    if tag is None:
        return None
    return f"{tag} = T, a run for {RESPONSES[tag]}"


# ------------------------------------------------------------------ what was calculated


def _charge(run: RunSettings) -> str | None:
    charge = run.charge
    if charge is None or abs(charge) < SAME_CHARGE:
        return None
    return (
        f"a charged cell: NELECT = {run.number('NELECT', 0):g}, its valences are "
        f"{run.neutral_electrons:g} electrons"
    )


def _spin_orbit(run: RunSettings) -> str | None:
    tags = [tag for tag in ("LSORBIT", "LNONCOLLINEAR", "LSPIRAL") if run.flag(tag)]
    if not tags:
        return None
    return f"{tags[0]} = T, spin-orbit coupling or non-collinear moments"


def _electric_field(run: RunSettings) -> str | None:
    for tag in ("EFIELD", "EFIELD_PEAD"):
        values = run.numbers(tag)
        if any(values):
            return f"an electric field ({tag} = {' '.join(f'{v:g}' for v in values)} eV/A)"
    return None


def _pressure(run: RunSettings) -> str | None:
    pressure = run.number("PSTRESS", 0)
    if pressure == 0:
        return None
    return f"under a pressure (PSTRESS = {pressure:g} kB)"


def _dispersion(run: RunSettings) -> str | None:
    kind = int(run.number("IVDW", 0))
    if kind:
        return f"a dispersion correction (IVDW = {kind})"
    tag = next((tag for tag in ("LVDW", "LUSE_VDW") if run.flag(tag)), None)
    return None if tag is None else f"a dispersion correction ({tag} = T)"


def _added_energy(run: RunSettings) -> str | None:
    more = run.beyond_electronic
    if more is None or abs(more) <= SAME_ENERGY:
        return None
    return (
        f"its last ionic and electronic energies differ by {more:+.3f} eV/atom: a dispersion "
        "correction or another term outside the functional, whose tag is not in the file"
    )


def _constraint(run: RunSettings) -> str | None:
    kind = int(run.number("I_CONSTRAINED_M", 0))
    if not kind:
        return None
    return f"constrained moments (I_CONSTRAINED_M = {kind}), whose penalty is in the energy"


def _solvent(run: RunSettings) -> str | None:
    return "an implicit solvent (LSOL = T)" if run.flag("LSOL") else None


def _virtual_crystal(run: RunSettings) -> str | None:
    if all(weight == 1 for weight in run.numbers("VCA")):
        return None
    return "a virtual crystal (VCA), whose atoms are mixed"


def _occupations(run: RunSettings) -> str | None:
    if run.number("ISMEAR", 1) == -2:
        return "fixed occupations (ISMEAR = -2), an excited state"
    if run.number("ICORELEVEL", 0) == 2:
        return "a core hole (ICORELEVEL = 2)"
    return None


def _electronic_loop(run: RunSettings) -> str | None:
    if run.electronic_convergence is not False:
        return None
    return f"unconverged, the electronic loop stopped at NELM = {run.number('NELM', 60):g}"


def _ionic_loop(run: RunSettings) -> str | None:
    if run.ionic_convergence is not False:
        return None
    return f"unconverged, the ionic loop stopped at NSW = {run.steps}"


# ------------------------------------------------------------------------- doubtful


def _energy(run: RunSettings) -> str | None:
    if run.energy is None or plausible(run.energy):
        return None
    side = "positive: no bound phase" if run.energy > HIGHEST else "lower than any phase has"
    return f"its energy, {run.energy:+.1f} eV/atom, is {side}"


def _total_moment(run: RunSettings) -> str | None:
    moment = run.number("NUPDOWN", -1)
    return None if moment < 0 else f"its total moment was fixed (NUPDOWN = {moment:g})"


def _dipole(run: RunSettings) -> str | None:
    if not run.flag("LDIPOL") and not int(run.number("IDIPOL", 0)):
        return None
    return "a dipole correction is in its energy (LDIPOL, IDIPOL)"


def _bias(run: RunSettings) -> str | None:
    if int(run.number("MDALGO", 0)) not in (11, 21) and not run.flag("LBLUEOUT"):
        return None
    return "biased dynamics (metadynamics or constraints): its diffusion is not that of the system"


def _ramp(run: RunSettings) -> str | None:
    begin = run.number("TEBEG", 0)
    end = run.number("TEEND", begin)
    if abs(begin - end) < 1e-3 or end <= 0:
        return None
    return f"the temperature was changed from {begin:g} to {end:g} K (TEBEG, TEEND)"


ENERGY: frozenset[Use] = frozenset({"energy"})
MOTION: frozenset[Use] = frozenset({"dynamics"})
DOS: frozenset[Use] = frozenset({"dos"})
WITHOUT = "calculate it without"
GROUND_STATE = "calculate the ground state"
CONTINUE = "continue the run"

#: in the order in which reasons are given: the kind of run first
CHECKS = (
    RunCheck(_task, refuses=ENERGY, advice="give its static run or relaxation"),
    RunCheck(_not_moving, refuses=MOTION, advice="give the dynamics"),
    RunCheck(_moving, refuses=ENERGY, notes=DOS, advice="relax a snapshot"),
    RunCheck(_displaced, refuses=ENERGY | MOTION, notes=DOS, advice="give the relaxation"),
    RunCheck(_charge_density, refuses=ENERGY | MOTION, notes=DOS,
             advice="give the static run before it"),
    RunCheck(_algorithm, refuses=ENERGY, notes=MOTION | DOS,
             advice="give the self-consistent run before it"),
    RunCheck(_response, refuses=ENERGY, advice="give the static run of the same cell"),
    RunCheck(_electronic_loop, refuses=ENERGY, notes=DOS, advice=CONTINUE),
    RunCheck(_ionic_loop, refuses=ENERGY, notes=DOS, advice=CONTINUE),
    RunCheck(_charge, refuses=ENERGY, notes=MOTION | DOS, advice="leave NELECT to VASP"),
    RunCheck(_spin_orbit, refuses=ENERGY, notes=MOTION | DOS, advice="calculate it collinear"),
    RunCheck(_electric_field, refuses=ENERGY, notes=MOTION | DOS, advice=WITHOUT),
    RunCheck(_pressure, refuses=ENERGY, notes=DOS, advice="relax it without"),
    RunCheck(_dispersion, refuses=ENERGY, advice=WITHOUT),
    RunCheck(_added_energy, refuses=ENERGY, advice=WITHOUT),
    RunCheck(_constraint, refuses=ENERGY, notes=MOTION | DOS, advice=WITHOUT),
    RunCheck(_solvent, refuses=ENERGY, notes=MOTION | DOS, advice=WITHOUT),
    RunCheck(_virtual_crystal, refuses=ENERGY, notes=MOTION | DOS, advice="use an ordered cell"),
    RunCheck(_occupations, refuses=ENERGY, notes=MOTION | DOS, advice=GROUND_STATE),
    RunCheck(_energy, notes=ENERGY | DOS),
    RunCheck(_total_moment, notes=ENERGY | DOS),
    RunCheck(_dipole, notes=ENERGY),
    RunCheck(_bias, notes=MOTION),
    RunCheck(_ramp, notes=MOTION),
)  # fmt: skip
