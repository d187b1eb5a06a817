"""Checkpoints inside a segment of dynamics: a stopped one continues to the same digits."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workflows.io.checksums import parse_checked, with_checksum
from workflows.io.results import write_atomic

if TYPE_CHECKING:
    from ase import Atoms
    from numpy.random import Generator

SECONDS = 60.0  #: between two checkpoints, so that little is lost and little time is used
STOPPED = ".stopped"  #: ending of the folder of a job's earlier attempt
FILE = "checkpoint.json"
FRAMES = "segment.traj"


@dataclass
class Checkpoint:
    """State of a run of dynamics in its folder.

    Attributes
    ----------
    folder : of the run.
    atoms, chance : that the dynamics moves, and its source of random numbers.
    """

    folder: Path
    atoms: Atoms
    chance: Generator
    written: float = 0.0

    def save(self, step: int) -> None:
        """Write the state after a step, if the last checkpoint is old enough.

        Parameters
        ----------
        step : number of the step, whose frame is written already.
        """
        if time.monotonic() - self.written < SECONDS:
            return
        state = {
            "step": step,
            "positions": self.atoms.positions.tolist(),
            "momenta": self.atoms.get_momenta().tolist(),
            "state": self.chance.bit_generator.state,
        }
        write_atomic(self.folder / FILE, with_checksum(json.dumps(state)))
        self.written = time.monotonic()

    def resume(self, earlier: Path, every: int) -> int:
        """Restore the state of an earlier, stopped attempt and its frames.

        Parameters
        ----------
        earlier : folder of that attempt.
        every : steps between frames.

        Returns
        -------
        int
            Number of the step to continue from; 0 without a checkpoint that can be read.
        """
        from ase.io.trajectory import Trajectory

        stored = _read(earlier)
        if stored is None or len(stored["positions"]) != len(self.atoms):
            return 0
        step = int(stored["step"])
        try:
            with (
                Trajectory(earlier / FRAMES) as old,
                Trajectory(self.folder / FRAMES, "w") as new,
            ):
                for index in range(step // every + 1):
                    new.write(old[index])
        except (OSError, ValueError, IndexError):  # frames that a full disk cut off
            return 0
        self.atoms.set_positions(stored["positions"])
        self.atoms.set_momenta(stored["momenta"])
        self.chance.bit_generator.state = stored["state"]
        self.save(step)  # a second stop before the next checkpoint must not lose this one
        return step


def reached(folder: Path) -> int | None:
    """Return the step of a folder's checkpoint; None without one."""
    stored = _read(folder)
    return None if stored is None else int(stored["step"])


def _read(folder: Path) -> dict[str, Any] | None:
    """Return the checkpoint of a folder; None without a whole one."""
    try:
        data, has_checksum = parse_checked((folder / FILE).read_bytes())
    except (OSError, ValueError):
        return None
    return data if has_checksum else None
