"""Frames of the trajectories that ASE reads: .traj, extended XYZ and the outputs of other codes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from interfaces.errors import InputError
from workflows.io.mock_mark import is_mock
from workflows.io.readers import lines_of
from workflows.io.structure_files import frames_of, side_labels
from workflows.trajectories.segments import Frame, Segment, TextLines

XYZ = (".xyz", ".extxyz")
DYNAMICS = "molecular-dynamics"  #: the type that ASE's dynamics write into a .traj
TIMES = ("time_fs", "time", "Time")  #: of a frame [fs], in its comment line
STEPS = ("step", "Step", "md_step", "timestep")  #: numbers of steps
KINDS = ("config_type", "calc_type", "task_type", "job_type", "type")  #: what made a frame
STATIC = re.compile(r"relax|optimi[sz]|phonon|displace|neb\b|static|eos\b|strain", re.IGNORECASE)


def read_ase(path: Path) -> Segment:
    """Frames of any trajectory that ASE reads.

    Raises
    ------
    InputError
        If the file or its frames say that they are no molecular dynamics, its atoms change, it has
        no periodic cell, or a frame within it cannot be read.
    """
    from ase.io.formats import UnknownFileTypeError

    segment = Segment(path, mocked=is_mock(path))
    interval = _take_description(segment) if path.suffix == ".traj" else 1
    infos: list[Mapping[str, Any]] = []
    repeated = 0
    try:
        for atoms in frames_of(path):
            _check_atoms(segment, atoms)
            frame = _frame(atoms)
            if segment.frames and _same(segment.frames[-1], frame):
                repeated += 1  # a run that went on writes where it starts from once more
                continue
            segment.add(frame, 1 + interval * len(segment.frames))
            infos.append(atoms.info)
    except InputError:
        raise
    except UnknownFileTypeError:
        raise InputError(f"{path}: no trajectory that ASE reads; give .traj, .extxyz ...") from None
    except Exception as error:  # whatever a reader of ASE's raises at the end of a cut file
        reason = f"{type(error).__name__}: {' '.join(str(error).split())[:160]}"
        if not segment.frames:
            raise InputError(
                f"{path}: ASE reads no frame from it ({reason}); give a trajectory with cell and "
                "elements, such as .traj or .extxyz"
            ) from None
        if not _is_cut(path, len(segment.frames) + repeated):
            raise segment.unreadable(reason) from None
        segment.cut_short(f"truncated ({reason})")
    else:
        if segment.frames and set(path.suffixes) & set(XYZ) and _unfinished(path):
            segment.frames.pop(), segment.steps.pop(), infos.pop()
            segment.cut_short("truncated, its last line is not finished")
    if repeated:
        segment.notes.append(f"{path}: {repeated} frames repeat the one before; counted once")
    if segment.step_fs is None:
        _take_times(segment, infos)
    return segment


def _take_description(segment: Segment) -> int:
    """Steps between frames, and their time, from what ASE's dynamics say of themselves.

    Raises
    ------
    InputError
        If something else than dynamics wrote the file.
    """
    from ase.io.trajectory import Trajectory
    from ase.units import fs

    try:
        with Trajectory(segment.origin) as reader:
            description = dict(reader.description or {})
            interval = abs(int(description.get("interval") or 1))
            step_fs = float(description.get("timestep") or 0) / fs
    except Exception:  # reading the frames says what is wrong with the file
        return 1
    kind = description.get("type", DYNAMICS)
    if kind != DYNAMICS:
        words = " ".join(str(word) for word in (kind, description.get("optimizer")) if word)
        raise InputError(
            f"{segment.origin}: no molecular dynamics but {words}, by its own description; give "
            "the dynamics"
        )
    # without `interval` the time between frames is unknown, a multiple of the time step
    if step_fs and description.get("interval"):
        segment.step_fs, segment.every, segment.dynamics = step_fs, interval, True
    return interval


def _check_atoms(segment: Segment, atoms: Any) -> None:
    """Refuse other atoms than those of the first frame, a frame without a cell, or no dynamics."""
    path, number = segment.origin, len(segment.frames) + 1
    species = tuple(atoms.get_chemical_symbols())
    if segment.species and species != segment.species:
        raise InputError(
            f"{path}: frame {number} has other atoms than the first, or another order; a "
            "trajectory keeps both"
        )
    if atoms.cell.rank < 3:
        raise InputError(f"{path}: no periodic cell in it; give one with three vectors")
    kinds = [str(atoms.info[key]) for key in KINDS if key in atoms.info]
    static = next((kind for kind in kinds if STATIC.search(kind)), None)
    if static is not None:
        raise InputError(
            f"{path}: frame {number} is not molecular dynamics but {static!r}, by its comment "
            "line; give the dynamics"
        )
    if not segment.frames:
        segment.species, segment.sides = species, side_labels(atoms)
    segment.mocked = segment.mocked or is_mock(atoms) or _mock_result(atoms)


def _take_times(segment: Segment, infos: Sequence[Mapping[str, Any]]) -> None:
    """Times [fs], or else numbers of steps, where every frame states one and they rise."""
    for keys, are_times in ((TIMES, True), (STEPS, False)):
        for key in keys:
            values = [_number(info.get(key)) for info in infos]
            numbers = [value for value in values if value is not None]
            if len(numbers) < len(values) or len(numbers) < 2 or (np.diff(numbers) <= 0).any():
                continue
            segment.steps = numbers
            if are_times:
                segment.step_fs = 1.0
                segment.notes.append(f"{segment.origin}: times from `{key}`, in fs")
            return


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if np.isfinite(number) else None


def _is_cut(path: Path, frames: int) -> bool:
    """Whether a file ends within the frame after those that were read."""
    if set(path.suffixes) & set(XYZ):
        return _whole_frames(path) == frames
    if path.suffix != ".traj":
        return False
    from ase.io.trajectory import Trajectory

    with Trajectory(path) as reader:
        for later in range(frames + 1, len(reader)):
            with suppress(Exception):  # a damaged frame
                _ = reader[later]
                return False
    return True


def _whole_frames(path: Path) -> int | None:
    """Frames of an XYZ file before the one that it ends in; None if its lines do not add up."""
    lines, frames = TextLines(path), 0
    for line in lines:
        if not line.strip():
            continue
        if not line.strip().isdigit():
            return None
        count = int(line) + 1
        if len(lines.rows(count)) < count:
            return frames
        frames += 1
    return frames


def _unfinished(path: Path) -> bool:
    *_, rest = lines_of(path)
    return bool(rest)


def _frame(atoms: Any) -> Frame:
    results = getattr(atoms.calc, "results", {}) if atoms.calc is not None else {}
    energy, forces = results.get("free_energy", results.get("energy")), results.get("forces")
    moving = atoms.has("momenta") and bool(np.any(atoms.get_momenta()))
    return Frame(
        cell=np.array(atoms.cell.array, dtype=float),
        fractional=np.asarray(atoms.get_scaled_positions(wrap=False), dtype=float),
        energy=None if energy is None else float(energy),
        temperature=float(atoms.get_temperature()) if moving else None,
        force=None if forces is None else float(np.linalg.norm(forces, axis=1).max()),
    )


def _same(first: Frame, second: Frame) -> bool:
    return np.array_equal(first.fractional, second.fractional) and np.array_equal(
        first.cell, second.cell
    )


def _mock_result(atoms: Any) -> bool:
    """Whether the mocked calculator left its energies in a file."""
    return atoms.calc is not None and getattr(atoms.calc, "name", "") == "mock"
