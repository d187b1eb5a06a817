"""Molecular dynamics of an interface cell: relax it, let it move in segments, read what happened.

The values travel between jobs. Frames do not: each segment leaves its trajectory in the folder that
it ran in, and says where.
"""

from __future__ import annotations

import contextlib
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from interfaces.serialisable import Serialisable
from workflows.calculators.ase_calculators import calculator, versions

if TYPE_CHECKING:
    from ase import Atoms
    from pymatgen.core import Structure

    from workflows.schemas.jobs import DynamicsJob
    from workflows.trajectories.read_trajectory import ReadTrajectory

FORCE = 0.3  #: eV/angstrom, where the relaxation before the dynamics may stop
FRICTION = 0.01  #: of the Langevin thermostat, per fs: 100 fs to forget a velocity
CELL = "cell.extxyz"  #: in the folder of the analysis: the cell that the run started from


@dataclass(frozen=True)
class Segment(Serialisable):
    """A stretch of dynamics: where its frames are, and how the next one goes on.

    ``place`` is the folder or file of the frames; ``structure`` the last one, with the site
    property ``velocities`` [angstrom/fs] where there are any.
    """

    index: int
    place: str
    structure: Structure
    versions: tuple[str, ...]


def interface_cell(name: str) -> Structure:
    """The cell to start from; its site property ``side`` says to which side each atom belongs."""
    from workflows.structures.read_targets import find_target

    return find_target(name).structure


def relaxed_cell(cell: Structure, name: str, steps: int) -> Structure:
    """Atoms moved downhill in a fixed cell, until forces are below `FORCE` or steps are used up."""
    from ase.optimize import FIRE

    atoms = _atoms(cell, name)
    with _quiet():
        FIRE(atoms, logfile=None).run(fmax=FORCE, steps=steps)
    return _structure(atoms, cell)


def segment(cell: Structure, job: DynamicsJob, name: str, index: int) -> Segment:
    """One segment of Langevin dynamics at constant volume, its frames in ``segment.traj``.

    The first one starts with velocities of the temperature, drawn with the job's seed; the others
    with those that the segment before ended with. Random numbers follow from seed and index, so a
    segment that is run again is the same.
    """
    from ase import units
    from ase.io.trajectory import Trajectory
    from ase.md.langevin import Langevin
    from ase.md.velocitydistribution import Stationary, thermalize_momenta

    atoms = _atoms(cell, name)
    chance = np.random.default_rng([job.seed, index])
    velocities = cell.site_properties.get("velocities")
    if velocities is None:
        thermalize_momenta(atoms, job.temperature, rng=chance)
        Stationary(atoms)
    else:
        atoms.set_velocities(np.array(velocities) / units.fs)
    with _quiet():
        motion = Langevin(
            atoms, job.time_step * units.fs, temperature_K=job.temperature,
            friction=FRICTION / units.fs, rng=chance, fixcm=False,
        )  # fmt: skip
        path = Path.cwd() / "segment.traj"
        with Trajectory(path, "w", atoms) as frames:
            motion.attach(frames.write, interval=job.every)
            motion.run(job.steps)
    last = _structure(atoms, cell)
    last.add_site_property("velocities", (atoms.get_velocities() * units.fs).tolist())
    return Segment(index, str(path), last, versions(name))


def vasp_segment(task: Any, name: str, index: int) -> Segment:
    """The same from emmet's document of a VASP run: its CONTCAR has the velocities."""
    from pymatgen.io.vasp import Poscar

    folder = Path(str(task.dir_name).partition(":")[2] or str(task.dir_name))
    (path,) = [path for path in folder.iterdir() if path.name in ("CONTCAR", "CONTCAR.gz")]
    last = Poscar.from_file(path, check_for_potcar=False).structure
    return Segment(index, str(folder), last, versions(name))


def analysed(cell: Structure, segments: Sequence[Segment], job: DynamicsJob, name: str) -> str:
    """Read all segments as one run and write what it says; the folder with the tables is returned.

    It is written into the folder that the process works in.
    """
    from interfaces.aimd import analyse
    from workflows.analyses.predicted_bonds import compare_with_pair
    from workflows.analyses.setup import PhaseOptions
    from workflows.calculators.registry import calculator_info
    from workflows.structures.write_cells import extxyz
    from workflows.trajectories.read_trajectory import read_trajectory
    from workflows.trajectories.trajectory_tables import write_analysis

    start = Path.cwd() / CELL
    start.write_text(extxyz(cell))
    step = None if calculator_info(name).vasp else job.time_step * job.every
    read = read_trajectory([one.place for one in segments], time_step=step, cell=start)
    read = _renamed(read, {one.place: f"segment {one.index}" for one in segments})
    read = replace(read, mocked=read.mocked or calculator_info(name).mocked)
    found = analyse(read.trajectory)
    prediction = None
    if job.pair:
        first, second = job.pair
        prediction = compare_with_pair(found, first, second, PhaseOptions()).to_dict()
    folder = Path.cwd() / job.name  # its name is the title of the figure
    write_analysis(folder, read, found, prediction)
    return str(folder)


def _renamed(read: ReadTrajectory, names: Mapping[str, str]) -> ReadTrajectory:
    """The same with segments called by name: a result does not depend on where it was computed."""

    def told(text: str) -> str:
        for place, name in names.items():
            text = re.sub(rf"{re.escape(place)}(/[^\s:]+)?", name, text)
        return text

    return replace(
        read,
        origins=tuple(told(origin) for origin in read.origins),
        notes=tuple(told(note) for note in read.notes),
    )


def _atoms(cell: Structure, name: str) -> Atoms:
    """The cell as ASE has it, with the calculator."""
    from pymatgen.io.ase import AseAtomsAdaptor

    plain = cell.copy()
    for known in list(plain.site_properties):
        plain.remove_site_property(known)
    atoms = AseAtomsAdaptor.get_atoms(plain)
    atoms.calc = calculator(name)
    return atoms


def _structure(atoms: Atoms, like: Structure) -> Structure:
    """Atoms where they are now, labelled as they were."""
    moved = like.copy()
    for index, place in enumerate(atoms.get_scaled_positions(wrap=False)):
        moved.translate_sites([index], place - moved[index].frac_coords, to_unit_cell=False)
    if "velocities" in moved.site_properties:
        moved.remove_site_property("velocities")
    return moved


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without torch's warning of a line in chgnet that means it."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Converting a tensor with requires_grad", UserWarning)
        yield
