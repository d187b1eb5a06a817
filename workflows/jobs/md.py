"""Molecular dynamics of an interface cell: relaxation, dynamics in segments, analysis.

The values pass between jobs, the frames of each segment with them: they go to the data store, so
that the analysis runs wherever its workflow manager starts it. A segment of VASP stays in the
folder that it ran in, as between atomate2's own jobs.
"""

from __future__ import annotations

import base64
import contextlib
import json
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jobflow import JobConfig, job

from interfaces.errors import InputError
from interfaces.serialisable import Serialisable
from workflows.calculators.ase_calculators import calculator as ase_calculator
from workflows.calculators.ase_calculators import versions
from workflows.jobs.checkpoint import FRAMES, STOPPED, Checkpoint
from workflows.jobs.documents import (
    DATA,
    DynamicsDocument,
    composition,
    keep_whole_without_data_store,
)

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
    """One segment of dynamics: where its frames are, and where the next segment starts.

    Attributes
    ----------
    index : number of the segment, from 0.
    place : folder or file of the frames, where the segment ran.
    frames : the file as base64; empty for VASP.
    interval : time between frames [fs]; None where the files hold it.
    structure : last frame, with the site property ``velocities`` [angstrom/fs] where there are any.
    versions : of the packages that computed it.
    """

    index: int
    place: str
    structure: Structure
    versions: tuple[str, ...]
    frames: str = ""
    interval: float | None = None


#: Arguments of ``@job`` for a segment, whose frames go to the data store.
HEAVY_FRAMES = {DATA: ["frames"], "config": JobConfig(expose_store=True)}


@job  # type: ignore[untyped-decorator]
def build_cell(cell: str | Structure) -> Structure:
    """Build the interface cell, or read it.

    Parameters
    ----------
    cell : a named cell, a folder of ``interfaces cell``, a structure file, or the cell itself.

    Returns
    -------
    The cell; its site property ``side`` names the material to which each atom belongs.

    Raises
    ------
    InputError
        If there is no such cell, the file cannot be read, or it has no sides.
    """
    from workflows.structures.read_targets import find_target

    return with_sides(find_target(cell).structure if isinstance(cell, str) else cell, str(cell))


def with_sides(cell: Structure, name: str) -> Structure:
    """Return a cell whose atoms say which side they belong to.

    Raises
    ------
    InputError
        If they do not.
    """
    if "side" not in cell.site_properties:
        raise InputError(
            f"{name.partition(chr(10))[0]} does not say which side its atoms belong to; give a "
            "named cell, a folder of interfaces cell, or a structure with the site property 'side'"
        )
    return cell


@job  # type: ignore[untyped-decorator]
def relax_cell(cell: Structure, calculator: str, steps: int) -> Structure:
    """Relax the atoms in a fixed cell until forces are below `FORCE`.

    Parameters
    ----------
    cell : the interface cell.
    calculator : name of an ASE calculator, see :mod:`workflows.calculators.ase_calculators`.
    steps : limit of the optimiser.

    Returns
    -------
    The cell after the last step, converged or not.
    """
    from ase.optimize import FIRE

    atoms = _atoms(cell, calculator)
    with _quiet():
        FIRE(atoms, logfile=None).run(fmax=FORCE, steps=steps)
    return _structure(atoms, cell)


@job(**HEAVY_FRAMES)  # type: ignore[untyped-decorator]
def run_segment(cell: Structure, asked: DynamicsJob, calculator: str, index: int) -> Segment:
    """Run one segment of Langevin dynamics at constant volume, its frames in ``segment.traj``.

    The first segment starts with velocities of the temperature, drawn with the seed of the job
    file; the others start with the last velocities of the segment before. The random numbers
    follow from seed and index, so a segment that is run again is the same;
    one that was stopped continues from its checkpoint to the same digits.

    Parameters
    ----------
    cell : start, with the site property ``velocities`` [angstrom/fs] but for the first segment.
    asked : the job file: temperature [K], time step [fs], steps, and steps between frames.
    calculator : name of an ASE calculator.
    index : number of the segment, from 0.

    Returns
    -------
    The path of the frames, and the last frame with its velocities.
    """
    from ase import units
    from ase.io.trajectory import Trajectory
    from ase.md.langevin import Langevin
    from ase.md.velocitydistribution import Stationary, thermalize_momenta

    atoms = _atoms(cell, calculator)
    chance = np.random.default_rng([asked.seed, index])
    velocities = cell.site_properties.get("velocities")
    if velocities is None:
        thermalize_momenta(atoms, asked.temperature, rng=chance)
        Stationary(atoms)
    else:
        atoms.set_velocities(np.array(velocities) / units.fs)
    with _quiet():
        motion = Langevin(
            atoms, asked.time_step * units.fs, temperature_K=asked.temperature,
            friction=FRICTION / units.fs, rng=chance, fixcm=False,
        )  # fmt: skip
        place = Path.cwd()
        path = place / FRAMES
        checkpoint = Checkpoint(place, atoms, chance)
        done = checkpoint.resume(place.with_name(place.name + STOPPED), asked.every)
        motion.nsteps = done
        with Trajectory(path, "a" if done else "w", atoms) as frames:
            motion.attach(frames.write, interval=asked.every)
            motion.attach(lambda: checkpoint.save(motion.nsteps), interval=asked.every)
            motion.run(asked.steps - done)
    last = _structure(atoms, cell)
    last.add_site_property("velocities", (atoms.get_velocities() * units.fs).tolist())
    keep_whole_without_data_store()
    return Segment(
        index=index,
        place=str(path),
        structure=last,
        versions=versions(calculator),
        frames=base64.b64encode(path.read_bytes()).decode(),
        interval=asked.time_step * asked.every,
    )


@job(**HEAVY_FRAMES)  # type: ignore[untyped-decorator]
def read_segment(document: Any, interval: float, index: int) -> Segment:
    """Read a segment of any Maker of molecular dynamics that stores its trajectory.

    Parameters
    ----------
    document : of atomate2's ASE and force-field Makers, with ``store_trajectory`` set.
    interval : time between frames [fs].
    index : number of the segment, from 0.

    Returns
    -------
    The frames, and the last one.

    Raises
    ------
    InputError
        If the document has no trajectory.
    """
    from ase.io import write
    from pymatgen.io.ase import AseAtomsAdaptor

    keep_whole_without_data_store()
    objects = {str(getattr(k, "value", k)): v for k, v in (document.objects or {}).items()}
    trajectory: Any = objects.get("trajectory")
    if hasattr(trajectory, "to_pmg"):
        trajectory = trajectory.to_pmg()
    if trajectory is None or not len(trajectory):
        raise InputError(
            f"segment {index} has no trajectory in its document; set store_trajectory='partial' on "
            "its Maker"
        )
    path = Path.cwd() / "segment.traj"
    write(path, [AseAtomsAdaptor.get_atoms(frame) for frame in trajectory])
    return Segment(
        index=index,
        place=str(path),
        structure=document.structure,
        versions=versions("ase.calculators"),
        frames=base64.b64encode(path.read_bytes()).decode(),
        interval=interval,
    )


@job  # type: ignore[untyped-decorator]
def read_vasp_segment(task: Any, calculator: str, index: int) -> Segment:
    """Read where a segment of VASP ended; its CONTCAR has the velocities.

    Parameters
    ----------
    task : emmet's document of the run.
    calculator : ``vasp`` or ``mock-vasp``.
    index : number of the segment, from 0.

    Returns
    -------
    The folder of the run, and the last frame with its velocities.
    """
    from pymatgen.io.vasp import Poscar

    folder = Path(str(task.dir_name).partition(":")[2] or str(task.dir_name))
    (path,) = [path for path in folder.iterdir() if path.name in ("CONTCAR", "CONTCAR.gz")]
    last = Poscar.from_file(path, check_for_potcar=False).structure
    return Segment(index=index, place=str(folder), structure=last, versions=versions(calculator))


@job(data=["result", "files"], config=JobConfig(expose_store=True))  # type: ignore[untyped-decorator]
def analyse_run(
    cell: Structure,
    segments: Sequence[Segment],
    name: str,
    pair: Sequence[str],
    mocked: bool,
    duration: float | None = None,
    temperature: float | None = None,
) -> DynamicsDocument:
    """Analyse all segments as one run.

    Parameters
    ----------
    cell : the cell that the run started from, with the site property ``side``.
    segments : in order.
    name : of the run, the title of the figure.
    pair : two reactants whose predicted products the bonds are compared with, or none.
    mocked : whether the forces are made up.
    duration, temperature : as requested [fs, K], where known; a run that differs has a note.

    Returns
    -------
    The analysis, and its tables and figure as files.

    Raises
    ------
    InputError
        If the frames of a segment cannot be read.
    """
    from interfaces.aimd import analyse, deviations
    from workflows.analyses.predicted_bonds import compare_with_pair
    from workflows.analyses.setup import PhaseOptions
    from workflows.structures.write_cells import extxyz
    from workflows.trajectories.read_trajectory import read_trajectory
    from workflows.trajectories.trajectory_tables import write_analysis

    keep_whole_without_data_store()
    start = Path.cwd() / CELL
    start.write_text(extxyz(cell))
    places = [_unpacked(segment) for segment in segments]
    read = read_trajectory(places, time_step=segments[0].interval, cell=start)
    read = _renamed(read, {place: f"segment {i}" for i, place in enumerate(places)})
    read = replace(read, mocked=read.mocked or mocked)
    analysis = analyse(read.trajectory)
    differences = deviations(analysis, duration=duration, temperature=temperature)
    analysis = replace(analysis, notes=(*differences, *analysis.notes))
    compared = None
    if pair:
        first, second = pair
        compared = compare_with_pair(analysis, first, second, PhaseOptions()).to_dict()
    folder = Path.cwd() / name  # its name is the title of the figure
    write_analysis(folder, read, analysis, compared)
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    return DynamicsDocument(
        **composition({element.symbol for element in cell.composition}, []),
        frames=summary["frames"],
        duration_fs=summary["duration_fs"],
        sides=summary["sides"],
        mocked=summary["mocked"],
        result=analysis,
        files={
            str(path.relative_to(folder)): base64.b64encode(path.read_bytes()).decode()
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        },
    )


def _unpacked(segment: Segment) -> str:
    """Return where the frames of a segment can be read, written there from the data store."""
    if not segment.frames:
        return segment.place
    path = Path.cwd() / f"segment_{segment.index}.traj"
    path.write_bytes(base64.b64decode(segment.frames))
    return str(path)


def _renamed(read: ReadTrajectory, names: Mapping[str, str]) -> ReadTrajectory:
    """Name segments instead of paths, so that results do not depend on where they were computed."""

    def named(text: str) -> str:
        for place, name in names.items():
            text = re.sub(rf"{re.escape(place)}(/[^\s:]+)?", name, text)
        return text

    return replace(
        read,
        origins=tuple(named(origin) for origin in read.origins),
        notes=tuple(named(note) for note in read.notes),
    )


def _atoms(cell: Structure, calculator: str) -> Atoms:
    """Return the cell as ASE's Atoms with a calculator."""
    from pymatgen.io.ase import AseAtomsAdaptor

    plain = cell.copy()
    for name in list(plain.site_properties):
        plain.remove_site_property(name)
    atoms = AseAtomsAdaptor.get_atoms(plain)
    atoms.calc = ase_calculator(calculator)
    return atoms


def _structure(atoms: Atoms, like: Structure) -> Structure:
    """Return the current positions of the atoms with the labels of the cell before."""
    moved = like.copy()
    for index, place in enumerate(atoms.get_scaled_positions(wrap=False)):
        moved.translate_sites([index], place - moved[index].frac_coords, to_unit_cell=False)
    if "velocities" in moved.site_properties:
        moved.remove_site_property("velocities")
    return moved


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Ignore torch's warning of an intended conversion in chgnet."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Converting a tensor with requires_grad", UserWarning)
        yield
