"""Inputs at which VASP stops: rules shared by the pre-flight checks and the fake ``vasp_std``.

Standard library only, because the fake ``vasp_std`` starts without any other. The messages of VASP
are spelled so that custodian recognises them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

SMALLEST_VOLUME = 1e-6  #: triple product of the lattice vectors [cubic angstrom]
TETRAHEDRON_METHODS = (-4, -5, -14, -15)  #: ISMEAR
TETRAHEDRON_POINTS = 4  #: fewest k-points
LANGEVIN = 3  #: MDALGO


@dataclass(frozen=True)
class RunInputs:
    """What the rules look at.

    Attributes
    ----------
    tags : values of the INCAR by upper-case name; lists for tags of several values.
    lattice : rows are the lattice vectors [angstrom].
    kinds : elements in the order of the POSCAR.
    atoms : their number.
    kpoints : number of k-points, None where KSPACING takes the place of a KPOINTS file.
    """

    tags: Mapping[str, Any]
    lattice: Sequence[Sequence[float]]
    kinds: Sequence[str]
    atoms: int
    kpoints: int | None

    def number(self, tag: str, default: float) -> float:
        """Value of a numeric tag.

        Parameters
        ----------
        tag : INCAR tag.
        default : where the tag is absent or not a number.
        """
        value = self.tags.get(tag, default)
        return float(value) if isinstance(value, int | float) else default

    def count(self, tag: str) -> int:
        """Number of values of a tag, 0 where it is absent.

        Parameters
        ----------
        tag : INCAR tag.
        """
        value = self.tags.get(tag, ())
        return len(value) if isinstance(value, Sequence) and not isinstance(value, str) else 1

    @property
    def dynamics(self) -> bool:
        """Whether the atoms move by molecular dynamics (IBRION = 0, VASP's default with steps)."""
        return self.number("NSW", 0) > 0 and self.number("IBRION", 0) == 0


@dataclass(frozen=True)
class Stop:
    """One reason why VASP stops.

    Attributes
    ----------
    check : name of the pre-flight check.
    what : the fault in the inputs.
    why : its consequence.
    mend : what to change.
    message : what VASP prints.
    """

    check: str
    what: str
    why: str
    mend: str
    message: str


Rule = Callable[[RunInputs], Stop | None]


def handedness(run: RunInputs) -> Stop | None:
    """Left-handed and flat cells."""
    (ax, ay, az), (bx, by, bz), (cx, cy, cz) = run.lattice
    volume = ax * (by * cz - bz * cy) + ay * (bz * cx - bx * cz) + az * (bx * cy - by * cx)
    if volume > SMALLEST_VOLUME:
        return None
    return Stop(
        "handedness", "the cell is left-handed or flat",
        "VASP stops on a negative or zero triple product",
        "exchange two lattice vectors and the coordinates with them",
        "ERROR: the triple product of the basis vectors is negative or zero",
    )  # fmt: skip


def cutoff(run: RunInputs) -> Stop | None:
    """ENCUT is set. Stricter than VASP, which takes the largest ENMAX of the POTCARs."""
    if run.tags.get("ENCUT") is not None:
        return None
    return Stop(
        "encut", "no ENCUT",
        "VASP takes the largest ENMAX, and energies of two cells are not comparable",
        "set ENCUT, the same for all", "ERROR: ENCUT is missing in INCAR",
    )  # fmt: skip


def moments(run: RunInputs) -> Stop | None:
    """One MAGMOM per atom of a spin-polarised run."""
    count = run.count("MAGMOM")
    if run.number("ISPIN", 1) != 2 or run.tags.get("MAGMOM") is None or count == run.atoms:
        return None
    return Stop(
        "moments", f"MAGMOM has {count} values for {run.atoms} atoms",
        "VASP stops, or gives moments to the wrong atoms", "give one per atom, as 4*3.0 8*0",
        f"Error reading item 'MAGMOM' from file INCAR: {count} values for {run.atoms} atoms",
    )  # fmt: skip


def hubbard(run: RunInputs) -> Stop | None:
    """One LDAUL, LDAUU and LDAUJ per element."""
    kinds = len(run.kinds)
    for tag in ("LDAUL", "LDAUU", "LDAUJ") if run.tags.get("LDAU") is True else ():
        count = run.count(tag)
        if count != kinds:
            values = f"{count} values for {kinds} kinds of atoms"
            return Stop(
                "hubbard-length", f"{tag} has {values}",
                "VASP stops, or gives U to the wrong element",
                f"give one per element in the order {' '.join(run.kinds)}",
                f"Error reading item '{tag}' from file INCAR: {values}",
            )  # fmt: skip
    return None


def time_step(run: RunInputs) -> Stop | None:
    """A positive POTIM in molecular dynamics."""
    if not run.dynamics or run.number("POTIM", 0) > 0:
        return None
    potim = run.tags.get("POTIM")
    fault = "is missing" if potim is None else f"= {potim} is not positive"
    return Stop(
        "time-step", f"POTIM = {potim} in dynamics", "VASP has no time step", "set POTIM in fs",
        f"ERROR: POTIM {fault}, molecular dynamics needs a time step",
    )  # fmt: skip


def temperature(run: RunInputs) -> Stop | None:
    """TEBEG and TEEND that are not below 0 K."""
    begin = run.number("TEBEG", 0)
    coldest = min(begin, run.number("TEEND", begin))
    if not run.dynamics or coldest >= 0:
        return None
    return Stop(
        "temperature", f"a temperature of {coldest:g} K", "VASP stops", "give kelvin",
        "ERROR: TEBEG and TEEND must not be negative",
    )  # fmt: skip


def friction(run: RunInputs) -> Stop | None:
    """One LANGEVIN_GAMMA per element of Langevin dynamics."""
    count, kinds = run.count("LANGEVIN_GAMMA"), len(run.kinds)
    if not run.dynamics or run.number("MDALGO", 0) != LANGEVIN or count == kinds:
        return None
    fault = f"with {count} LANGEVIN_GAMMA" if count else "without LANGEVIN_GAMMA"
    return Stop(
        "thermostat", f"MDALGO = 3 {fault}",
        "VASP takes a friction of 0, so nothing holds the temperature",
        f"give one per element ({kinds})",
        f"Error reading item 'LANGEVIN_GAMMA' from file INCAR: {count} values for {kinds} kinds "
        "of atoms",
    )  # fmt: skip


def steps(run: RunInputs) -> Stop | None:
    """NSW that is not negative."""
    number = run.number("NSW", 0)
    if number >= 0:
        return None
    return Stop(
        "motion", f"NSW = {number:g}", "there are no negative steps", "give a number of steps",
        f"ERROR: NSW = {number:g} is negative",
    )  # fmt: skip


def convergence(run: RunInputs) -> Stop | None:
    """A positive EDIFF."""
    limit = run.number("EDIFF", 1e-4)
    if limit > 0:
        return None
    return Stop(
        "ediff", f"EDIFF = {limit:g}", "no step ever counts as converged", "give 1e-5 or so",
        "ERROR: EDIFF must be positive",
    )  # fmt: skip


def tetrahedra(run: RunInputs) -> Stop | None:
    """Enough k-points for the tetrahedron method."""
    kind, points = run.number("ISMEAR", 1), run.kpoints
    if kind not in TETRAHEDRON_METHODS or points is None or points >= TETRAHEDRON_POINTS:
        return None
    return Stop(
        "smearing", f"ISMEAR = {kind:g} with {points} k-points",
        "tetrahedra need at least four", "set ISMEAR = 0, SIGMA = 0.05",
        f"Tetrahedron method fails (number of k-points < 4): NKPT = {points}",
    )  # fmt: skip


RULES: tuple[Rule, ...] = (
    handedness, cutoff, moments, hubbard, time_step, temperature, friction, steps, convergence,
    tetrahedra,
)  # fmt: skip


def stops(run: RunInputs) -> Iterator[Stop]:
    """All reasons why VASP would stop, or why a result could not be used.

    Parameters
    ----------
    run : inputs of one run.

    Yields
    ------
    Stop
        At most one for each rule.

    Examples
    --------
    >>> cubic = [[4.0, 0.0, 0.0], [0.0, 4.0, 0.0], [0.0, 0.0, 4.0]]
    >>> run = RunInputs({"ENCUT": 520, "EDIFF": 0.0}, cubic, ["Li"], 1, 8)
    >>> [stop.what for stop in stops(run)]
    ['EDIFF = 0']
    """
    for rule in RULES:
        stop = rule(run)
        if stop is not None:
            yield stop
