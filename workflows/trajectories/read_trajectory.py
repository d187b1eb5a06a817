"""Runs of molecular dynamics as one trajectory: segments in order, sides of the interface, time."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interfaces.aimd import Trajectory
from interfaces.errors import InputError
from workflows.trajectories.read_frames import read_segments
from workflows.trajectories.segments import Frame, Segment

Array = NDArray[np.float64]

SAME_PLACE = 1e-4  #: a frame that repeats the one before, in all atoms [angstrom]
SAME_STEP = 1e-4  #: relative; ASE's unit of time has seven digits, an OUTCAR's POTIM five
STRAY = 1.5  #: median distance of atoms of the labelled cell from the first frame [angstrom]


@dataclass(frozen=True, eq=False)
class ReadTrajectory:
    """A trajectory with where it comes from, what was left out, and whether it is mocked."""

    trajectory: Trajectory
    origins: tuple[str, ...]
    checksums: tuple[str, ...]  #: SHA-256 of each file
    notes: tuple[str, ...]
    mocked: bool


def read_trajectory(
    paths: Sequence[str | Path],
    *,
    time_step: float | None = None,
    cell: str | Path | None = None,
    types: Sequence[str] = (),
) -> ReadTrajectory:
    """Read the segments of one run, in the order given.

    A frame that a segment repeats from the end of the one before is dropped, an incomplete last
    frame left out; both are said in the notes.

    Parameters
    ----------
    paths
        Folders of VASP runs (``vasprun.xml``, else ``XDATCAR`` with ``INCAR`` and ``OSZICAR``, else
        ``OUTCAR``), such files, LAMMPS dumps, or trajectories that ASE reads.
    time_step
        Between two frames of a file that does not state it [fs].
    cell
        Structure whose per-atom labels (``side``) say which side each atom belongs to.
    types
        Elements of the atom types of LAMMPS dumps without elements, type 1 first.

    Raises
    ------
    InputError
        If nothing can be read, it is no molecular dynamics, the atoms of two segments differ, or
        the time step is unknown or another one than the file states.
    """
    if time_step is not None and not time_step > 0:
        raise InputError(f"time step {time_step:g} fs; give a positive one")
    files = [read_segments(Path(path), types) for path in paths]
    segments = [segment for runs in files for segment in runs]
    if not segments:
        raise InputError("no trajectory was given")
    first = segments[0]
    notes: list[str] = []
    frames: list[Frame] = []
    times: list[float] = []
    for segment in segments:
        notes += segment.notes
        if segment.species != first.species:
            raise InputError(
                f"{segment.origin} has other atoms than {first.origin}, or another order; "
                "segments of one run keep both"
            )
        spacing = _spacing(segment, time_step)
        offsets = (np.array(segment.steps) - segment.steps[0]) * (spacing / segment.interval)
        start = times[-1] + spacing if times else 0.0
        kept = segment.frames
        if frames and _repeats(frames[-1], kept[0]):
            start, kept, offsets = times[-1], kept[1:], offsets[1:]
            notes.append(f"{segment.origin}: its first frame repeats the one before; counted once")
        times += (start + offsets).tolist()
        frames += kept
    cells = np.array([frame.cell for frame in frames])
    fixed = bool((cells == cells[0]).all())
    trajectory = Trajectory(
        species=first.species,
        fractional=np.array([frame.fractional for frame in frames]),
        cells=cells[:1] if fixed else cells,
        times=np.array(times),
        sides=first.sides,
        energies=_known([frame.energy for frame in frames], "energy", notes),
        temperatures=_known([frame.temperature for frame in frames], "temperature", notes),
    )
    if cell is not None:
        trajectory = labelled(trajectory, Path(cell))
    origins = [runs[0].origin for runs in files]
    return ReadTrajectory(
        trajectory=trajectory,
        origins=tuple(os.path.abspath(origin) for origin in origins),
        checksums=tuple(hashlib.sha256(origin.read_bytes()).hexdigest() for origin in origins),
        notes=tuple(notes),
        mocked=any(segment.mocked for segment in segments),
    )


def _spacing(segment: Segment, frame_step: float | None) -> float:
    """Time between two frames [fs], as the file states it or as it was given.

    Raises
    ------
    InputError
        If neither is known, or they differ.
    """
    step, interval = segment.step_fs, segment.interval
    if step is None:
        if frame_step is None:
            raise InputError(
                f"{segment.origin} does not say the time between its frames; give it [fs] with "
                "--timestep"
            )
        return frame_step
    stated = step * interval
    if not 0 < stated < np.inf:
        raise InputError(f"{segment.origin}: a time step of {step:g} fs; give a run that has one")
    if frame_step is not None and abs(stated - frame_step) > SAME_STEP * stated:
        every = "" if interval == 1 else f" ({interval:g} steps of {step:g} fs)"
        raise InputError(
            f"{segment.origin} says {stated:g} fs between its frames{every}, and {frame_step:g} "
            "was given; leave --timestep out"
        )
    return stated


def _repeats(last: Frame, first: Frame) -> bool:
    moved = first.fractional - last.fractional
    moved -= np.rint(moved)
    return bool(
        np.abs(moved @ last.cell).max() < SAME_PLACE
        and np.abs(first.cell - last.cell).max() < SAME_PLACE
    )


def _known(values: list[float | None], quantity: str, notes: list[str]) -> Array | None:
    """A number for each frame, NaN for one that lacks it; None where all do."""
    missing = values.count(None)
    if missing == len(values):
        return None
    if missing:
        notes.append(f"{missing} of {len(values)} frames have no {quantity}; the others count")
    return np.array([np.nan if value is None else value for value in values])


def labelled(trajectory: Trajectory, path: Path) -> Trajectory:
    """The trajectory with the sides of a labelled cell.

    VASP groups atoms by element: the order within each element is kept, and the atoms must lie near
    those of the first frame.

    Raises
    ------
    InputError
        If the cell has no labels, other atoms, or its atoms lie elsewhere.
    """
    from workflows.io.structure_files import last_of, side_labels

    try:
        atoms: Any = last_of(path)
    except Exception as error:
        raise InputError(f"{path}: no structure in it ({type(error).__name__}: {error})") from None
    labels = side_labels(atoms)
    if not labels:
        raise InputError(
            f"{path} does not say which side its atoms belong to; it needs a per-atom column "
            "'side' (extxyz)"
        )
    symbols = np.array(atoms.get_chemical_symbols())
    species = np.array(trajectory.species)
    if sorted(symbols) != sorted(species):
        raise InputError(
            f"{path} has other atoms than the trajectory: {atoms.get_chemical_formula()}"
        )
    order = np.empty(len(species), dtype=np.intp)
    for element in trajectory.elements:
        order[species == element] = np.flatnonzero(symbols == element)
    places = np.asarray(atoms.get_scaled_positions(wrap=False))[order]
    apart = trajectory.fractional[0] - places
    apart -= np.rint(apart)
    stray = float(np.median(np.linalg.norm(apart @ trajectory.cells[0], axis=1)))
    if stray > STRAY:
        raise InputError(
            f"atoms of {path} lie {stray:.1f} A (median) from the first frame; give the cell that "
            "the run started from"
        )
    return replace(trajectory, sides=tuple(labels[k] for k in order))
