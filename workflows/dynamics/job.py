"""Job files of molecular dynamics: an interface cell, a temperature, how long."""

from __future__ import annotations

from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any

from interfaces.errors import InputError
from interfaces.serialisable import Serialisable
from workflows.disk import plain_name
from workflows.job_files import load

MOST = 10**9  #: of any number in a job: steps, kelvin, the seed


@dataclass(frozen=True)
class DynamicsJob(Serialisable):
    """What a job file with a ``cell`` asks for.

    Attributes
    ----------
    cell : a named cell, a folder of ``interfaces cell``, or a structure file with sides.
    temperature : [K].
    steps, segments, every : time steps of each segment, their number, and those between frames.
    time_step : [fs]; VASP takes its protocol's instead.
    relaxation_steps : at most, before the dynamics.
    pair : two reactants whose predicted products the bonds are compared with.
    relax, move : protocols for VASP.
    """

    name: str
    cell: str
    temperature: float
    steps: int
    segments: int = 2
    every: int = 5
    time_step: float = 2.0
    seed: int = 811
    relaxation_steps: int = 60
    pair: tuple[str, ...] = ()
    relax: str = "interface-relax"
    move: str = "interface-aimd"


def is_dynamics(path: Path) -> bool:
    """Whether a job file asks for molecular dynamics: it names a cell, not a cathode.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    return "cell" in load(path)[1]


def read_dynamics(path: Path) -> DynamicsJob:
    """Read a job file of molecular dynamics.

    Raises
    ------
    InputError
        If a key is unknown, missing or of the wrong kind.
    """
    file, data = load(path)
    known = {field.name: field for field in fields(DynamicsJob)}
    required = {name for name, field in known.items() if field.default is MISSING}
    unknown, missing = sorted(data.keys() - known.keys()), sorted(required - data.keys())
    if unknown or missing:
        raise InputError(
            f"{file}: unknown keys {unknown or 'none'}, missing keys {missing or 'none'}; a job of "
            f"dynamics has {', '.join(known)}"
        )
    values = {key: _value(file, key, value) for key, value in data.items()}
    job = DynamicsJob(**values)
    plain_name(f"{file}: run name", job.name)
    if job.every > job.steps:
        raise InputError(
            f"{file}: every {job.every} steps is a frame, and a segment has {job.steps} steps; "
            "give more steps or more frames"
        )
    if len(job.pair) not in (0, 2):
        raise InputError(f"{file}: pair must name two reactants, found {list(job.pair)!r}")
    return job


def _value(file: str, key: str, value: Any) -> Any:
    """A value of the right kind."""
    whole, positive = ("steps", "segments", "every", "relaxation_steps"), ("temperature",)
    least = 0 if key == "seed" else 1
    if key in (*whole, "seed") and (type(value) is not int or not least <= value <= MOST):
        raise InputError(
            f"{file}: {key} must be a whole number of {least} to {MOST}, found {value!r}"
        )
    if key in (*positive, "time_step"):
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= MOST:
            raise InputError(
                f"{file}: {key} must be a positive number up to {MOST:g}, found {value!r}"
            )
        return float(value)
    if key == "pair":
        if not isinstance(value, list):
            raise InputError(f"{file}: pair must be a list, found {value!r}")
        return tuple(map(str, value))
    return value if key in (*whole, "seed") else str(value)
