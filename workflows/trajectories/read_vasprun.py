"""Frames of a vasprun.xml: ab initio steps, and machine-learned ones between them."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO
from xml.etree import ElementTree
from xml.parsers.expat import errors

import numpy as np
from numpy.typing import NDArray

from interfaces.chemistry.units import BOLTZMANN
from interfaces.errors import InputError
from workflows.data.vasp_runs.run_checks import require
from workflows.data.vasp_runs.run_readers import read_vasprun_settings
from workflows.io.readers import opened
from workflows.trajectories.segments import Array, Frame, Segment
from workflows.trajectories.vasp_time import counted_steps

#: What expat says at the end of a file that was cut; anything else is damage within the file.
CUT = frozenset(
    errors.codes[message]
    for message in (
        errors.XML_ERROR_NO_ELEMENTS,
        errors.XML_ERROR_UNCLOSED_TOKEN,
        errors.XML_ERROR_PARTIAL_CHAR,
        errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
    )
)
LARGE = ("scstep", "eigenvalues", "dos", "projected")  #: emptied as soon as they are read


def read_vasprun(path: Path) -> Segment:
    """Frames of a vasprun.xml.

    An ab initio step is a ``calculation``. A machine-learned step is a ``structure`` without a name
    and an ``energy``, both directly below the root.

    Raises
    ------
    InputError
        If it is no molecular dynamics, a frame within it cannot be read, or frames and NSW do
        not agree.
    """
    settings = read_vasprun_settings(path)
    notes = require(settings, "dynamics")
    run = _Run(Segment(path, mocked=settings.mocked))
    complete = False
    try:
        with opened(path) as stream:
            for element in _children(stream):
                run.take(element)
        run.close_step()
        complete = True
    except ElementTree.ParseError as error:
        if error.code not in CUT:
            raise run.segment.unreadable(f"no XML: {error}") from None
        run.segment.cut_short(f"truncated ({error})")
    except EOFError:
        run.segment.cut_short("truncated, the gzip file ends early")
    except (zlib.error, gzip.BadGzipFile) as error:
        raise run.segment.unreadable(f"the gzip file is damaged: {error}") from None
    except InputError:
        raise
    except (ValueError, AttributeError) as error:
        raise run.segment.unreadable(error) from None
    segment = run.segment
    segment.notes += [f"{path}: {note}" for note in notes]
    segment.step_fs, segment.every = settings.time_step, settings.prediction_interval
    segment.dynamics = settings.dynamics
    segment.steps = counted_steps(
        path, len(segment.frames), settings, settings.prediction_interval,
        learned=run.learned, complete=complete,
    )  # fmt: skip
    return segment


class _Run:
    """The state of reading: what the elements so far have set."""

    def __init__(self, segment: Segment) -> None:
        self.segment = segment
        self.learned = False
        self._free: NDArray[np.bool_] | None = None
        self._step: list[ElementTree.Element] = []  # structure and energy of a learned step

    def take(self, element: ElementTree.Element) -> None:
        """Take up one child of the root."""
        if element.tag == "atominfo":
            rows = element.findall("array[@name='atoms']/set/rc")
            self.segment.species = tuple((row[0].text or "").strip() for row in rows)
        elif element.tag == "structure" and element.get("name") == "initialpos":
            flags = element.findall("varray[@name='selective']/v")
            self._free = np.array([(flag.text or "").split() for flag in flags]) == "T"
        elif element.tag == "calculation":
            self.close_step()
            structure = element.find("structure")
            if structure is None:
                raise ValueError("a step without a structure")
            self._add(structure, element.find("energy"))
        elif element.tag == "structure" and element.get("name") is None:
            self.close_step()
            self._step = [element]
        elif element.tag == "energy" and self._step:
            self._step.append(element)
            self.close_step()

    def close_step(self) -> None:
        """End a machine-learned step, whose energy may be missing."""
        if self._step:
            structure, *energy = self._step
            self._step, self.learned = [], True
            self._add(structure, energy[0] if energy else None)

    def _add(self, structure: ElementTree.Element, energy: ElementTree.Element | None) -> None:
        values = {str(item.get("name")): float(item.text or "nan") for item in energy or ()}
        kinetic, atoms = values.get("kinetic"), len(self.segment.species)
        free = self._free
        freedom = 3 * (atoms - 1) if free is None or not free.size else int(free.sum())
        frame = Frame(
            cell=_rows(structure, "crystal/varray[@name='basis']/v"),
            fractional=_rows(structure, "varray[@name='positions']/v"),
            energy=values.get("e_fr_energy"),
            temperature=None if kinetic is None or freedom < 1
            else 2 * kinetic / (freedom * BOLTZMANN),
        )  # fmt: skip
        self.segment.add(frame, len(self.segment.frames) + 1)


def _children(stream: IO[bytes]) -> Iterator[ElementTree.Element]:
    """Children of the root as they are closed; each is emptied after its use."""
    depth, root = 0, None
    for event, element in ElementTree.iterparse(stream, ("start", "end")):
        if event == "start":
            depth += 1
            root = element if root is None else root
            continue
        depth -= 1
        if depth == 1 and root is not None:
            yield element
            root[:] = []
        elif element.tag in LARGE:
            element.clear()


def _rows(element: ElementTree.Element, path: str) -> Array:
    return np.array([(row.text or "").split() for row in element.findall(path)], dtype=float)
