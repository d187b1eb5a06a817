"""Files of molecular dynamics, read frame by frame: vasprun.xml, XDATCAR, and what ASE reads.

pymatgen's ``Vasprun`` and ``Xdatcar`` hold every frame as a Structure of sites (300 atoms, 10,000
frames: three million objects) and refuse or silently shorten a file that a killed run left. Here
frames are arrays, memory holds nothing else, and what was left out is said.
"""

from __future__ import annotations

import gzip
import re
import warnings
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, NamedTuple
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from interfaces.errors import InputError
from interfaces.units import BOLTZMANN
from workflows.ase_files import LARGEST_FRAME, frames_of
from workflows.disk import opened, read_text
from workflows.mock.marks import is_mock

Array = NDArray[np.float64]

TIME_KEYS = ("POTIM", "IBRION")
DYNAMICS = 0  #: IBRION of molecular dynamics


class Frame(NamedTuple):
    """One frame: cell [angstrom], fractional coordinates, energy [eV], temperature [K]."""

    cell: Array
    fractional: Array
    energy: float | None
    temperature: float | None


@dataclass
class Segment:
    """What one file holds. ``step`` is the time between its frames [fs], if it says so."""

    origin: Path
    species: tuple[str, ...] = ()
    frames: list[Frame] = field(default_factory=list)
    step: float | None = None
    mocked: bool = False
    sides: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list)

    def add(self, frame: Frame) -> None:
        """Take a frame up; a ValueError where it is not one of these atoms, or not of numbers."""
        atoms = len(self.species)
        if frame.cell.shape != (3, 3) or frame.fractional.shape != (atoms, 3) or not atoms:
            raise ValueError(
                f"a frame of shape {frame.cell.shape}, {frame.fractional.shape} of {atoms} atoms"
            )
        known = [one for one in (frame.energy, frame.temperature) if one is not None]
        if not (np.isfinite(frame.cell).all() and np.isfinite(frame.fractional).all()
                and np.isfinite(known).all()):  # fmt: skip
            raise ValueError("a number that is not finite")
        self.frames.append(frame)

    def cut_short(self, why: str) -> None:
        """Say that the file ends within a frame."""
        self.notes.append(
            f"{self.origin}: {why}; the frame after number {len(self.frames)} is left out"
        )


def read_segment(path: Path) -> Segment:
    """Read one run: a VASP folder, vasprun.xml or XDATCAR (``.gz`` allowed), or a file of ASE's.

    Raises
    ------
    InputError
        If there is no trajectory, or it is not one of molecular dynamics.
    """
    if path.is_dir():
        names = ("vasprun.xml", "vasprun.xml.gz", "XDATCAR", "XDATCAR.gz")
        found = next((path / name for name in names if (path / name).is_file()), None)
        if found is None:
            raise InputError(
                f"no vasprun.xml or XDATCAR (or .gz) in {path}; give the folder of a VASP run or "
                "an ASE trajectory"
            )
        path = found
    if not path.is_file():
        raise InputError(f"{path} does not exist; give a folder of a VASP run or a trajectory")
    if path.name.startswith("vasprun") or ".xml" in path.suffixes:
        segment = read_vasprun(path)
    elif path.name.startswith("XDATCAR"):
        segment = read_xdatcar(path)
    else:
        segment = read_ase(path)
    if not segment.frames:
        told = f" ({segment.notes[0].partition(': ')[2]})" if segment.notes else ""
        raise InputError(f"{path}: no complete frame in it{told}")
    return segment


# -------------------------------------------------------------------- vasprun.xml


def read_vasprun(path: Path) -> Segment:
    """Frames of a vasprun.xml: a calculation that was closed is a frame."""
    segment = Segment(path, mocked=is_mock(path))
    tags: dict[str, float] = {}
    free: NDArray[np.bool_] | None = None
    with opened(path) as stream:
        try:
            for element in _elements(stream):
                if element.tag == "i" and element.get("name") in TIME_KEYS:
                    tags[str(element.get("name"))] = float(element.text or "nan")
                elif element.tag == "atominfo":
                    rows = element.findall("array[@name='atoms']/set/rc")
                    segment.species = tuple((row[0].text or "").strip() for row in rows)
                elif element.tag == "structure" and element.get("name") == "initialpos":
                    flags = element.findall("varray[@name='selective']/v")
                    free = np.array([(flag.text or "").split() for flag in flags]) == "T"
                elif element.tag == "calculation":
                    segment.add(_calculation(element, free, len(segment.species)))
        except ElementTree.ParseError as error:
            segment.cut_short(f"truncated or no XML ({error})")
        except (EOFError, zlib.error, gzip.BadGzipFile):
            segment.cut_short("truncated, the gzip file ends early")
        except (ValueError, AttributeError) as error:
            segment.cut_short(f"a number that cannot be read ({error})")
    _only_dynamics(path, tags)
    segment.step = tags.get("POTIM")
    return segment


def _only_dynamics(path: Path, tags: Mapping[str, float]) -> None:
    mode = tags.get("IBRION", DYNAMICS)
    if mode != DYNAMICS:
        raise InputError(
            f"{path}: no molecular dynamics (IBRION = {mode:g}); its steps are no time"
        )


def _elements(stream: IO[bytes]) -> Iterator[ElementTree.Element]:
    """Elements as they are closed; what was handed out and is large is emptied afterwards."""
    for _, element in ElementTree.iterparse(stream):
        yield element
        if element.tag in ("calculation", "scstep", "eigenvalues", "dos", "projected"):
            element.clear()


def _calculation(element: ElementTree.Element, free: NDArray[np.bool_] | None, atoms: int) -> Frame:
    structure = element.find("structure")
    if structure is None:
        raise ValueError("a step without a structure")
    cell = _rows(structure, "crystal/varray[@name='basis']/v")
    places = _rows(structure, "varray[@name='positions']/v")
    found = {
        str(item.get("name")): float(item.text or "nan") for item in element.findall("energy/i")
    }
    kinetic = found.get("kinetic")
    freedom = 3 * (atoms - 1) if free is None or not free.size else int(free.sum())
    return Frame(
        cell,
        places,
        found.get("e_fr_energy"),
        None if kinetic is None or freedom < 1 else 2 * kinetic / (freedom * BOLTZMANN),
    )


def _rows(element: ElementTree.Element, path: str) -> Array:
    return np.array([(row.text or "").split() for row in element.findall(path)], dtype=float)


# ------------------------------------------------------------------------ XDATCAR


def read_xdatcar(path: Path) -> Segment:
    """Frames of an XDATCAR; time step from the INCAR beside it, energies from the OSZICAR."""
    segment = Segment(path, mocked=is_mock(path) or is_mock(path.parent))
    lines = iter(read_text(path).splitlines(keepends=True))
    header: list[str] = []
    cell = np.empty((0, 3))
    try:
        for line in lines:
            if not line.lstrip().startswith(("Direct", "Cartesian")):
                header.append(line)
                continue
            if header:
                cell, segment.species, header = *_header(header[-7:]), []
            rows = [next(lines) for _ in segment.species]
            if not rows[-1].endswith("\n"):
                raise ValueError("the last line is not finished")
            places = np.array(" ".join(rows).split(), dtype=float).reshape(-1, 3)
            if line.lstrip().startswith("Cartesian"):
                places = places @ np.linalg.inv(cell)
            segment.add(Frame(cell, places, None, None))
    except (StopIteration, ValueError, IndexError, np.linalg.LinAlgError) as error:
        segment.cut_short(f"truncated ({error})" if str(error) else "truncated")
    incar = _beside(path, "INCAR")
    tags = {} if incar is None else _tags(incar)
    _only_dynamics(path, tags)
    every = int(tags.get("NBLOCK", 1))  # XDATCAR holds every NBLOCK-th step
    if "POTIM" in tags:
        segment.step = tags["POTIM"] * every
    oszicar = _beside(path, "OSZICAR")
    if oszicar is not None:
        _energies_from(segment, read_text(oszicar), every)
    return segment


def _header(lines: list[str]) -> tuple[Array, tuple[str, ...]]:
    """Cell and species from: title, scale, three vectors, symbols, numbers."""
    scale = float(lines[1])
    vectors = np.array([line.split() for line in lines[2:5]], dtype=float)
    if scale < 0:  # a volume
        scale = (-scale / abs(float(np.linalg.det(vectors)))) ** (1 / 3)
    symbols, numbers = lines[5].split(), [int(word) for word in lines[6].split()]
    if not 0 < sum(numbers) <= LARGEST_FRAME or min(numbers) < 0:
        raise ValueError(f"{lines[6].strip()[:40]} atoms")
    # VASP 6.4 may write Li_sv or a hash of the potential after the symbol
    names = [re.split(r"[_/]", symbol)[0] for symbol in symbols]
    return scale * vectors, tuple(
        name for name, number in zip(names, numbers, strict=True) for _ in range(number)
    )


def _beside(path: Path, name: str) -> Path | None:
    return next((p for p in (path.parent / name, path.parent / f"{name}.gz") if p.is_file()), None)


def _tags(incar: Path) -> dict[str, float]:
    """The tags of an INCAR that set the time."""
    from pymatgen.io.vasp.inputs import Incar

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = Incar.from_str(read_text(incar))
        return {tag: float(found[tag]) for tag in (*TIME_KEYS, "NBLOCK") if tag in found}
    except InputError:
        raise
    except Exception as error:
        raise InputError(f"{incar} cannot be read ({type(error).__name__}: {error})") from None


_STEP = re.compile(r"^\s*\d+\s+T=\s*(\S+)\s+E=\s*\S+\s+F=\s*(\S+)", re.MULTILINE)


def _energies_from(segment: Segment, text: str, every: int) -> None:
    """Temperature and free energy of the electrons, every NBLOCK-th line."""
    found = [(float(t), float(f)) for t, f in _STEP.findall(text)][every - 1 :: every]
    if len(found) < len(segment.frames):
        segment.notes.append(
            f"{segment.origin}: OSZICAR has {len(found)} steps for {len(segment.frames)} frames; "
            "energies are left out"
        )
        return
    segment.frames = [
        frame._replace(temperature=t, energy=f)
        for frame, (t, f) in zip(segment.frames, found, strict=False)
    ]


# ---------------------------------------------------------------------------- ASE


def read_ase(path: Path) -> Segment:
    """Frames of any trajectory that ASE reads."""
    from ase.io.formats import UnknownFileTypeError

    segment = Segment(path, mocked=is_mock(path))
    repeated = 0
    try:
        for atoms in frames_of(path):
            species = tuple(atoms.get_chemical_symbols())
            if segment.species and species != segment.species:
                raise InputError(
                    f"{path}: frame {len(segment.frames) + 1} has other atoms than the first, or "
                    "another order; a trajectory keeps both"
                )
            if not segment.frames:
                segment.sides = sides_of(atoms)
                if atoms.cell.rank < 3:
                    raise InputError(f"{path}: no periodic cell in it; give one with three vectors")
            segment.species = species
            segment.mocked = segment.mocked or is_mock(atoms) or _mock_result(atoms)
            frame = _ase_frame(atoms)
            if segment.frames and _same(segment.frames[-1], frame):
                repeated += 1  # a run that went on writes where it starts from once more
                continue
            segment.add(frame)
    except InputError:
        raise
    except UnknownFileTypeError:
        raise InputError(f"{path}: no trajectory that ASE knows; give .traj, .extxyz ...") from None
    except Exception as error:  # whatever a reader of ASE's meets at the end of a cut file
        segment.cut_short(f"truncated or damaged ({type(error).__name__}: {error})")
        return segment
    if repeated:
        segment.notes.append(f"{path}: {repeated} frames repeat the one before; counted once")
    whole = path.suffix not in (".xyz", ".extxyz") or path.read_bytes()[-1:] == b"\n"
    if segment.frames and not whole:
        segment.frames.pop()
        segment.cut_short("truncated, its last line is not finished")
    return segment


def _ase_frame(atoms: Any) -> Frame:
    results = getattr(atoms.calc, "results", {}) if atoms.calc is not None else {}
    energy = results.get("free_energy", results.get("energy"))
    moving = atoms.has("momenta") and bool(np.any(atoms.get_momenta()))
    return Frame(
        np.array(atoms.cell.array, dtype=float),
        np.asarray(atoms.get_scaled_positions(wrap=False), dtype=float),
        None if energy is None else float(energy),
        float(atoms.get_temperature()) if moving else None,
    )


def _same(one: Frame, other: Frame) -> bool:
    return np.array_equal(one.fractional, other.fractional) and np.array_equal(one.cell, other.cell)


def _mock_result(atoms: Any) -> bool:
    """Energies that the mocked calculator left in a file."""
    return atoms.calc is not None and getattr(atoms.calc, "name", "") == "mock"


SIDES = ("side", "sides", "slab", "material", "region")  #: names of per-atom labels


def sides_of(atoms: Any) -> tuple[str, ...]:
    """Label of the side of each atom, from the arrays of an ASE object; empty without."""
    for name in SIDES:
        if name in atoms.arrays:
            return tuple(str(label) for label in atoms.arrays[name])
    return ()
