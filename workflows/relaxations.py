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

if TYPE_CHECKING:
    from ase.calculators.calculator import Calculator
    from pymatgen.core import Structure

#: calculator -> packages that its numbers follow from
PACKAGES = {"mock": ("ase", "numpy"), "chgnet": ("ase", "chgnet", "numpy", "torch")}
CALCULATORS = tuple(PACKAGES)
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

    ``max_force`` [eV/A]; ``converged`` whether forces and stress met the tolerance; ``versions`` of
    the packages that computed it.
    """

    start: Start
    calculator: str
    formula: str
    energy: float
    volume: float
    space_group: int | None
    max_force: float | None
    steps: int
    converged: bool
    versions: tuple[str, ...]
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

    layered, cell = host(state.host), supercell(state.formula_units)
    matrix = ewald_matrix(cell, layered.geometry)
    found = []
    for decoration in decorations(layered, cell, state.decorations, state.seed):
        for one in orderings(
            layered, cell, decoration, state.lithium, state.orderings, state.seed, matrix
        ):
            ideal = structure(cell, layered.geometry, decoration.species, one.lithium)
            seed = (state.seed, state.lithium, decoration.index, one.index)
            found.append(
                Start(
                    state, decoration.index, decoration.layout, one.index, one.ewald_energy,
                    rattled(ideal, seed),
                )
            )  # fmt: skip
    return tuple(found)


@cache
def calculator(name: str) -> Calculator:
    """An ASE calculator by its name, one per process.

    Raises
    ------
    InputError
        If the name is unknown.
    """
    if name == "mock":
        from workflows.mock.calculator import MockCalculator

        return MockCalculator(pair_scale=MOCK_PAIRS)
    if name == "chgnet":
        from workflows.calculators import FastCHGNet

        with contextlib.redirect_stdout(io.StringIO()):  # it greets, verbose or not
            return FastCHGNet()
    raise InputError(f"no calculator is called {name!r}; known: {', '.join(CALCULATORS)}")


def relaxed(start: Start, name: str) -> Relaxed:
    """Relax one ordering with the calculator of this name."""
    from workflows.bundle.relaxation import relax

    with warnings.catch_warnings():
        # scipy's logm checks itself at 1e-13 while ASE's cell filter needs 1e-9
        warnings.filterwarnings("ignore", "logm result may be inaccurate", RuntimeWarning)
        # torch of a line in chgnet that means it
        warnings.filterwarnings("ignore", "Converting a tensor with requires_grad", UserWarning)
        record, final = relax(start.structure, calculator(name))
    final = final.copy()
    final.calc = None  # pymatgen keeps the ASE calculator, which no job store can hold
    return Relaxed(
        start=start,
        calculator=name,
        formula=record.formula,
        energy=record.energy_per_atom,
        volume=record.volume_per_atom,
        space_group=record.space_group,
        max_force=record.max_force,
        steps=record.steps,
        converged=record.converged,
        versions=tuple(f"{package} {version(package)}" for package in PACKAGES[name]),
        structure=final,
    )
