"""Runs of molecular dynamics as one trajectory: segments in order, sides of the interface, time."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interfaces.errors import InputError
from interfaces.trajectories import Trajectory
from workflows.trajectories.files import Frame, Segment, read_segment, sides_of

Array = NDArray[np.float64]

SAME_PLACE = 1e-4  #: a frame that repeats the one before, in all atoms [angstrom]
SAME_STEP = 1e-6  #: relative
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
) -> ReadTrajectory:
    """Read the segments of one run, in the order given.

    A frame that a segment repeats from the end of the one before is dropped, an incomplete last
    frame left out; both are said in the notes.

    Parameters
    ----------
    paths : folders of VASP runs (``vasprun.xml``, else ``XDATCAR`` with ``INCAR`` and ``OSZICAR``),
        such files, or trajectories that ASE reads.
    time_step : between the frames of a file that does not say it [fs].
    cell : structure whose per-atom labels (``side``) say which side each atom belongs to.

    Raises
    ------
    InputError
        If nothing can be read, the atoms of two segments differ, or the time step is not known.
    """
    if time_step is not None and not time_step > 0:
        raise InputError(f"time step {time_step:g} fs; give a positive one")
    segments = [read_segment(Path(path)) for path in paths]
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
        step = _step(segment, time_step)
        found = segment.frames
        if frames and _repeats(frames[-1], found[0]):
            found = found[1:]
            notes.append(f"{segment.origin}: its first frame repeats the one before; counted once")
        start = times[-1] + step if times else 0.0
        times += (start + step * np.arange(len(found))).tolist()
        frames += found
    cells = np.array([frame.cell for frame in frames])
    fixed = bool((cells == cells[0]).all())
    trajectory = Trajectory(
        first.species,
        np.array([frame.fractional for frame in frames]),
        cells[:1] if fixed else cells,
        np.array(times),
        first.sides,
        _known([frame.energy for frame in frames], "energies", notes),
        _known([frame.temperature for frame in frames], "temperatures", notes),
    )
    if cell is not None:
        trajectory = labelled(trajectory, Path(cell))
    return ReadTrajectory(
        trajectory,
        tuple(str(segment.origin) for segment in segments),
        tuple(hashlib.sha256(s.origin.read_bytes()).hexdigest() for s in segments),
        tuple(notes),
        any(segment.mocked for segment in segments),
    )


def _step(segment: Segment, given: float | None) -> float:
    said = segment.step
    if said is None and given is None:
        raise InputError(
            f"{segment.origin} does not say the time between its frames; give it [fs] with "
            "--timestep"
        )
    if said is not None and not said > 0:
        raise InputError(f"{segment.origin}: POTIM = {said:g}; a run needs a positive time step")
    if said is not None and given is not None and abs(said - given) > SAME_STEP * said:
        raise InputError(
            f"{segment.origin} says {said:g} fs between its frames, and {given:g} was given; "
            "leave --timestep out"
        )
    return said if said is not None else given  # type: ignore[return-value]


def _repeats(last: Frame, first: Frame) -> bool:
    moved = first.fractional - last.fractional
    moved -= np.rint(moved)
    return bool(
        np.abs(moved @ last.cell).max() < SAME_PLACE
        and np.abs(first.cell - last.cell).max() < SAME_PLACE
    )


def _known(values: list[float | None], what: str, notes: list[str]) -> Array | None:
    """Numbers of all frames; nothing where some lack them."""
    known = [value for value in values if value is not None]
    if 0 < len(known) < len(values):
        notes.append(f"{len(values) - len(known)} frames have no {what}; they are left out")
    return np.array(known) if len(known) == len(values) else None


def labelled(trajectory: Trajectory, path: Path) -> Trajectory:
    """The trajectory with the sides of a labelled cell.

    VASP groups atoms by element: the order within each element is kept, and the atoms must lie near
    those of the first frame.

    Raises
    ------
    InputError
        If the cell has no labels, other atoms, or its atoms lie elsewhere.
    """
    from workflows.ase_files import last_of

    try:
        atoms: Any = last_of(path)
    except Exception as error:
        raise InputError(f"{path}: no structure in it ({type(error).__name__}: {error})") from None
    labels = sides_of(atoms)
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
    return Trajectory(
        trajectory.species, trajectory.fractional, trajectory.cells, trajectory.times,
        tuple(labels[k] for k in order), trajectory.energies, trajectory.temperatures,
    )  # fmt: skip
