"""One state of charge: the orderings to start from, and what a calculator makes of each.

The values travel between jobs: frozen, and equal after a job store has held them.
"""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Self

from interfaces.errors import InputError
from workflows.bundle.relaxation import MAX_STEPS
from workflows.engines import ENGINES, engine

if TYPE_CHECKING:
    from ase.calculators.calculator import Calculator
    from pymatgen.core import Structure

MOCK_PAIRS = 0.1  #: weight of the mock's pair term: forces to relax by, in a third of the time


class Value:
    """A frozen dataclass that jobflow can store: tuples and nested values come back equal."""

    def as_dict(self) -> dict[str, Any]:
        """Plain values with the class named, as monty and jobflow store them."""
        named = {"@module": type(self).__module__, "@class": type(self).__name__}
        return named | {one.name: _plain(getattr(self, one.name)) for one in fields(self)}  # type: ignore[arg-type]

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The inverse of :meth:`as_dict`."""
        from monty.json import MontyDecoder

        decode = MontyDecoder().process_decoded
        known = fields(cls)  # type: ignore[arg-type]
        return cls(**{one.name: _frozen(decode(data[one.name])) for one in known})


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value.as_dict() if hasattr(value, "as_dict") else value


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value


@dataclass(frozen=True)
class State(Value):
    """Which orderings to compute: ``lithium`` of ``formula_units`` Li sites of a host are full.

    ``orderings`` of each of ``decorations`` ways to put the metals, lowest in Ewald energy.
    """

    host: str
    formula_units: int
    lithium: int
    decorations: int
    orderings: int
    seed: int

    @property
    def x(self) -> float:
        """Li per formula unit."""
        return self.lithium / self.formula_units

    @property
    def label(self) -> str:
        """Words of every job's name."""
        return f"{self.host} x={self.x:g}"


@dataclass(frozen=True)
class Start(Value):
    """An unrelaxed cell; ``ewald_energy`` [eV per formula unit] of its formal charges."""

    state: State
    decoration: int
    layout: str
    ordering: int
    ewald_energy: float
    structure: Structure

    @property
    def label(self) -> str:
        """Words of the job's name."""
        decoration = f" decoration {self.decoration}" if self.state.decorations > 1 else ""
        return f"{self.state.label}{decoration} ordering {self.ordering}"


@dataclass(frozen=True)
class Relaxed(Value):
    """A relaxed cell: ``energy`` [eV/atom] on the calculator's own scale, ``volume`` [A^3/atom].

    ``correction`` [eV/atom] is the part of ``energy`` that was added to what was computed, and
    ``corrections`` are its reasons; ``max_force`` [eV/A]; ``converged`` whether forces and stress
    met the tolerance; ``versions`` of the packages that computed it; ``notes`` what is doubtful.
    """

    start: Start
    calculator: str
    formula: str
    energy: float
    correction: float
    corrections: tuple[str, ...]
    volume: float
    space_group: int | None
    max_force: float | None
    steps: int
    converged: bool
    versions: tuple[str, ...]
    notes: tuple[str, ...]
    structure: Structure


def starts(state: State) -> tuple[Start, ...]:
    """The cells to relax at one state of charge, off every saddle point by a seeded rattle.

    Raises
    ------
    DelithiationError
        If the host is unknown, or its composition gives no whole numbers of atoms.
    """
    from interfaces.delithiation import (
        decorations,
        ewald_matrix,
        host,
        orderings,
        structure,
        supercell,
    )
    from workflows.bundle.series import rattled

    owner = host(state.host)
    cell, shape = supercell(owner.framework, state.formula_units), owner.shape(state.x)
    matrix = ewald_matrix(cell, shape)
    found = []
    for decoration in decorations(owner, cell, state.decorations, state.seed):
        for one in orderings(
            owner, cell, decoration, state.lithium, state.orderings, state.seed, matrix
        ):
            ideal = structure(cell, shape, decoration.species, one.lithium)
            seed = (state.seed, state.lithium, decoration.index, one.index)
            found.append(
                Start(
                    state, decoration.index, decoration.layout, one.index, one.ewald_energy,
                    rattled(ideal, seed),
                )
            )  # fmt: skip
    return tuple(found)


def calculator(name: str) -> Calculator:
    """An ASE calculator by its name; a new one for each cell, as gpaw keeps what it chose.

    Raises
    ------
    InputError
        If no ASE calculator has the name.
    """
    if name == "mock":
        from workflows.mock.calculator import MockCalculator

        return MockCalculator(pair_scale=MOCK_PAIRS)
    if name == "chgnet":
        return _chgnet()
    if name == "gpaw":
        from workflows.engines.gpaw import StatedGPAW

        return StatedGPAW()
    if name in ENGINES:
        raise InputError(f"{name} is no ASE calculator; give mock, chgnet or gpaw")
    raise InputError(f"no calculator is called {name!r}; known: {', '.join(ENGINES)}")


@cache
def _chgnet() -> Calculator:
    from workflows.engines.chgnet import FastCHGNet

    with contextlib.redirect_stdout(io.StringIO()):  # it greets, verbose or not
        return FastCHGNet()


def relaxed(start: Start, name: str, max_steps: int = MAX_STEPS) -> Relaxed:
    """Relax one ordering with the calculator of this name; with no steps it stays as it is."""
    from workflows.bundle.relaxation import relax

    with warnings.catch_warnings():
        # scipy's logm checks itself at 1e-13 while ASE's cell filter needs 1e-9
        warnings.filterwarnings("ignore", "logm result may be inaccurate", RuntimeWarning)
        # torch of a line in chgnet that means it
        warnings.filterwarnings("ignore", "Converting a tensor with requires_grad", UserWarning)
        record, final = relax(start.structure, calculator(name), max_steps=max_steps)
    final = final.copy()
    final.calc = None  # pymatgen keeps the ASE calculator, which no job store can hold
    return Relaxed(
        start=start,
        calculator=name,
        formula=record.formula,
        energy=record.energy_per_atom,
        correction=0.0,
        corrections=(),
        volume=record.volume_per_atom,
        space_group=record.space_group,
        max_force=record.max_force,
        steps=record.steps,
        converged=record.converged,
        versions=versions(name),
        notes=(),
        structure=final,
    )


def versions(name: str) -> tuple[str, ...]:
    """The packages that an engine's numbers follow from, each with its version."""
    return tuple(f"{package} {version(package)}" for package in engine(name).packages)
