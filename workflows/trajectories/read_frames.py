"""Files of molecular dynamics: which reader takes which file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from interfaces.aimd import why_no_dynamics
from interfaces.errors import InputError
from workflows.io.readers import opened
from workflows.trajectories.read_ase import read_ase
from workflows.trajectories.read_lammps import ITEM, read_lammps
from workflows.trajectories.read_outcar import read_outcar
from workflows.trajectories.read_vasprun import read_vasprun
from workflows.trajectories.read_xdatcar import read_xdatcar
from workflows.trajectories.segments import Segment

RUN_FILES = ("vasprun.xml", "XDATCAR", "OUTCAR")  #: of a folder, the first that is there
OTHER_NAMES = (".traj", ".extxyz", ".xyz", ".json", ".db")  #: whatever precedes them
#: Files that hold no trajectory with its elements, by the bytes at a place of theirs.
NO_TRAJECTORY = (
    (0, b"LAMMPS data file", "a LAMMPS data file holds one frame, its atoms by type"),
    (4, b"CORD", "a DCD file holds neither the elements of the atoms nor their ids"),
    (0, b"\x00\x00\x07\xcb", "an XTC file holds no elements of the atoms"),
    (0, b"\x00\x00\x07\xc9", "a TRR file holds no elements of the atoms"),
    (0, b"\x89HDF", "HDF5 files are not read"),
)


def read_segments(path: Path, types: Sequence[str] = ()) -> list[Segment]:
    """Read a VASP run (folder, vasprun.xml, XDATCAR or OUTCAR), a LAMMPS dump, or a file of ASE's.

    Parameters
    ----------
    types
        Elements of the atom types of a LAMMPS dump without elements, type 1 first.

    Returns
    -------
    list of Segment
        Runs that follow each other; more than one where several were written to one file.

    Raises
    ------
    InputError
        If there is no trajectory, or it is not one of molecular dynamics.
    """
    file = _file(path)
    with opened(file) as stream:
        head = stream.read(64)
    for place, magic, reason in NO_TRAJECTORY:
        if head[place:].startswith(magic):
            raise InputError(
                f"{file}: {reason}; give the vasprun.xml, a LAMMPS text dump or an extended XYZ of "
                "this run"
            )
    if types and not head.startswith(ITEM.encode()):
        raise InputError(
            f"{file} is not a LAMMPS dump, and --types is for those; leave --types out"
        )
    segments = _read(file, head, types)
    if not any(segment.frames for segment in segments):
        notes = segments[0].notes
        detail = f" ({notes[0].partition(': ')[2]})" if notes else ""
        raise InputError(f"{file}: no complete frame in it{detail}; give a finished run")
    for segment in segments:
        _check_dynamics(segment)
    return segments


def _check_dynamics(segment: Segment) -> None:
    """Refuse frames that look otherwise than dynamics, where the file does not say what they are.

    Raises
    ------
    InputError
        If they are a relaxation, displaced cells or a scan of volumes.
    """
    if segment.dynamics:
        return
    reason = why_no_dynamics(
        [frame.fractional for frame in segment.frames],
        [frame.cell for frame in segment.frames],
        [frame.force for frame in segment.frames],
        moving=any(frame.temperature for frame in segment.frames),
    )
    if reason is not None:
        raise InputError(f"{segment.origin}: no molecular dynamics: {reason}; give the dynamics")


def _read(file: Path, head: bytes, types: Sequence[str]) -> list[Segment]:
    if head.startswith(ITEM.encode()):
        return read_lammps(file, types)
    if file.suffix not in OTHER_NAMES:
        if file.name.startswith("vasprun") or ".xml" in file.suffixes:
            return [read_vasprun(file)]
        if "XDATCAR" in file.name:
            return read_xdatcar(file)
        if "OUTCAR" in file.name:
            return [read_outcar(file)]
    return [read_ase(file)]


def _file(path: Path) -> Path:
    """The file itself, or that of a run in a folder."""
    if path.is_dir():
        names = [name + ending for name in RUN_FILES for ending in ("", ".gz")]
        file = next((path / name for name in names if (path / name).is_file()), None)
        if file is None:
            raise InputError(
                f"no vasprun.xml, XDATCAR or OUTCAR (or .gz) in {path}; give the folder of a VASP "
                "run or an ASE trajectory"
            )
        return file
    if not path.is_file():
        raise InputError(f"{path} does not exist; give a folder of a VASP run or a trajectory")
    return path
