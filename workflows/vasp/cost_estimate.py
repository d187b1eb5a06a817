"""Order-of-magnitude estimate of the cost of a run, by a stated formula."""

from __future__ import annotations

from dataclasses import dataclass
from math import log2, pi

from workflows.vasp.checks.finding import Subject, number

HBAR2_2M = 3.80998  #: [eV angstrom^2]
RATE = 4e9  #: sustained operations per core and second
ORTHOGONAL, FOURIER, GRID = 48.0, 120.0, 8.0
COPIES, COMPLEX, PER_CORE = 3.0, 16.0, 0.3e9  #: copies of the orbitals, bytes, bytes
SCF_FIRST, SCF_RELAX, SCF_DYNAMICS = 30, 12, 7  #: electronic steps: alone, relaxing, in dynamics
RELAX_SHARE = 0.5  #: of NSW that a relaxation uses


@dataclass(frozen=True)
class Cost:
    """An estimate for the whole run; ``memory`` [bytes] of all cores, ``seconds`` of wall time."""

    atoms: int
    electrons: float
    bands: int
    plane_waves: int
    k_points: int
    spins: int
    steps: int
    cores: int
    seconds: float
    memory: float

    def __str__(self) -> str:
        return (
            f"{self.atoms} atoms, {self.electrons:g} electrons, {self.bands} bands, "
            f"{self.plane_waves} plane waves, {self.k_points} k-points, {self.spins} spins, "
            f"{self.steps} ionic steps: about {words(self.seconds)} on {self.cores} cores "
            f"({self.seconds * self.cores / 3600:.2g} core hours), {self.memory / 1e9:.2g} GB "
            "(order of magnitude)"
        )


def words(seconds: float) -> str:
    """A time to two digits.

    >>> words(30), words(7200), words(864000)
    ('30 s', '2 h', '10 days')
    """
    for size, unit in ((86400.0, "days"), (3600.0, "h"), (60.0, "min")):
        if seconds >= 2 * size or (unit == "h" and seconds >= size):
            return f"{seconds / size:.2g} {unit}"
    return f"{seconds:.2g} s"


def cost(subject: Subject) -> Cost | None:
    """Estimate the cost of a run.

    Parameters
    ----------
    subject : inputs with the number of cores.

    Returns
    -------
    Cost or None
        None where the number of electrons of a potential is not known.
    """
    inputs = subject.inputs
    electrons = inputs.electrons
    if electrons is None:
        return None
    cell = inputs.structure
    cutoff = max(number(inputs, "ENCUT", 400.0), 1.0)
    waves = cell.volume * (cutoff / HBAR2_2M) ** 1.5 / (6 * pi**2)
    bands = int(number(inputs, "NBANDS", electrons / 2 + len(cell) / 2)) + 1
    spins = 2 if number(inputs, "ISPIN", 1) == 2 else 1
    points, gamma = _points(subject)
    grid = GRID * waves
    once = ORTHOGONAL * bands**2 * waves + FOURIER * bands * grid * log2(max(grid, 2.0))
    once *= points * spins * (0.5 if gamma else 1.0)
    if subject.dynamics:
        steps, each = subject.steps, SCF_DYNAMICS
    elif subject.steps > 0:
        steps, each = max(1, round(RELAX_SHARE * subject.steps)), SCF_RELAX
    else:
        steps, each = 1, SCF_FIRST
    seconds = once * (SCF_FIRST + (steps - 1) * each) / (subject.cores * RATE)
    memory = COPIES * COMPLEX * points * spins * bands * waves * (0.5 if gamma else 1.0)
    return Cost(
        len(cell), electrons, bands, int(waves), points, spins, steps, subject.cores, seconds,
        memory + PER_CORE * subject.cores,
    )  # fmt: skip


def _points(subject: Subject) -> tuple[int, bool]:
    from interfaces.structures.kpoint_mesh import by_spacing
    from workflows.vasp.kpoints import Mesh

    mesh = subject.inputs.mesh
    if mesh is None:
        spacing = max(number(subject.inputs, "KSPACING", 0.5), 0.05)
        mesh = Mesh(by_spacing(subject.inputs.structure, spacing), "Gamma", "KSPACING")
    return mesh.points, mesh.gamma_only
