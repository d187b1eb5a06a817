"""INCAR tags that follow from the structure: one function for each rule of a protocol."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import ceil, floor, sqrt
from typing import TYPE_CHECKING

from interfaces.structures.geometry import elements_in_order, molecules, symbols, vacuum_axis
from interfaces.structures.magnetic_moments import (
    GROUP,
    START,
    Moments,
    Order,
    expected,
    starting_moments,
)
from interfaces.structures.oxidation_states import Charges
from workflows.data.vasp_runs.run_settings import valence
from workflows.vasp.read_protocol import Plain, Protocol, TagRule

if TYPE_CHECKING:
    from pymatgen.core import Structure

Value = Plain | tuple[int, ...] | tuple[float, ...]

HYDROGEN_STEP, HYDROGEN_MASS = 0.5, 1.00794  #: fs, u
LONGEST_STEP = 2.0  #: fs
STEP_UNIT = 0.25  #: fs; steps are whole multiples of it
REAL_SPACE_FROM = 17  #: atoms; pymatgen's bound
D3_BECKE_JOHNSON = 12  #: of IVDW


@dataclass(frozen=True)
class Case:
    """What the rules look at."""

    structure: Structure
    protocol: Protocol
    charges: Charges
    order: Order
    potentials: tuple[str, ...]

    @property
    def elements(self) -> list[str]:
        """Elements in the order of POSCAR."""
        return elements_in_order(self.structure)

    @property
    def electrons(self) -> float | None:
        """Valence electrons of the neutral cell, or None if a potential is not in the table."""
        return electron_count(self.structure, self.potentials, self.protocol.potentials.functional)

    @property
    def hubbard(self) -> dict[str, float]:
        """U - J [eV] of the elements here that have one; empty without an anion beside them."""
        rule = self.protocol.hubbard
        if rule is None or not set(rule.beside) & set(self.elements):
            return {}
        return {key: value for key, value in rule.values if key in self.elements}

    def moments(self) -> Moments:
        """Starts by oxidation state and order."""
        order: Order = "fm" if self.order in ("none", "set") else self.order
        return starting_moments(self.structure, self.charges, order)


Rule = Callable[[Case, TagRule, Mapping[str, Value]], Value | None]


def electron_count(
    structure: Structure, potentials: tuple[str, ...], functional: str
) -> float | None:
    """Valence electrons of a neutral cell.

    Parameters
    ----------
    structure : the cell.
    potentials : POTCAR symbols, in the order of the POSCAR.
    functional : pymatgen's name of the POTCAR library.
    """
    total = 0.0
    for element, symbol in zip(elements_in_order(structure), potentials, strict=True):
        each = valence(symbol, functional)
        if each is None:
            return None
        total += each * symbols(structure).count(element)
    return total


def time_step(lightest: float) -> float:
    """Longest time step for a lightest atom: 0.5 fs sqrt(m / m_H), at most 2 fs.

    Parameters
    ----------
    lightest : mass [u].

    Returns
    -------
    float
        [fs]

    Examples
    --------
    >>> time_step(1.008), time_step(6.94), time_step(15.999)
    (0.5, 1.25, 1.75)
    """
    longest = HYDROGEN_STEP * sqrt(lightest / HYDROGEN_MASS)
    return min(LONGEST_STEP, STEP_UNIT * floor(longest / STEP_UNIT + 1e-9))


def _spin(case: Case, _tag: TagRule, _set: Mapping[str, Value]) -> Value:
    if case.order == "none":
        return 1
    odd = case.electrons is not None and case.electrons % 2 == 1
    return 2 if odd or expected(symbols(case.structure), case.charges).any() else 1


def _moments(case: Case, _tag: TagRule, tags: Mapping[str, Value]) -> Value | None:
    if tags.get("ISPIN") != 2:
        return None
    values = case.moments().values
    return values if any(values) else (START,) * len(values)


def _hubbard_on(case: Case, _tag: TagRule, _set: Mapping[str, Value]) -> Value | None:
    return True if case.hubbard else None


def _hubbard_type(case: Case, _tag: TagRule, _set: Mapping[str, Value]) -> Value | None:
    return 2 if case.hubbard else None


def _hubbard_l(case: Case, _tag: TagRule, _set: Mapping[str, Value]) -> Value | None:
    return tuple(2 if e in case.hubbard else -1 for e in case.elements) if case.hubbard else None


def _hubbard_u(case: Case, _tag: TagRule, _set: Mapping[str, Value]) -> Value | None:
    return tuple(case.hubbard.get(e, 0.0) for e in case.elements) if case.hubbard else None


def _hubbard_j(case: Case, _tag: TagRule, _set: Mapping[str, Value]) -> Value | None:
    return (0.0,) * len(case.elements) if case.hubbard else None


def _mixing(case: Case, _tag: TagRule, _set: Mapping[str, Value]) -> Value | None:
    return 4 if case.hubbard and set(case.hubbard) & set(GROUP) else None


def _projection(case: Case, _tag: TagRule, _set: Mapping[str, Value]) -> Value:
    return "Auto" if len(case.structure) >= REAL_SPACE_FROM else False


def _dispersion(case: Case, _tag: TagRule, _set: Mapping[str, Value]) -> Value | None:
    return D3_BECKE_JOHNSON if molecules(case.structure) else None


def _dipole_on(case: Case, _tag: TagRule, _set: Mapping[str, Value]) -> Value | None:
    return True if vacuum_axis(case.structure) is not None else None


def _dipole_axis(case: Case, _tag: TagRule, _set: Mapping[str, Value]) -> Value | None:
    axis = vacuum_axis(case.structure)
    return None if axis is None else axis + 1


def _dipole_centre(case: Case, _tag: TagRule, _set: Mapping[str, Value]) -> Value | None:
    """Centre of the slab, in fractions of the cell: opposite to the middle of the vacuum."""
    axis = vacuum_axis(case.structure)
    if axis is None:
        return None
    fractions = sorted(float(x) % 1.0 for x in case.structure.frac_coords[:, axis])
    ends = [*fractions[1:], fractions[0] + 1.0]
    width, low = max((b - a, a) for a, b in zip(fractions, ends, strict=True))
    centre = [0.5, 0.5, 0.5]
    centre[axis] = round((low + width / 2 + 0.5) % 1.0, 4)
    return tuple(centre)


def _time_step(case: Case, _tag: TagRule, _set: Mapping[str, Value]) -> Value:
    return time_step(min(float(site.specie.atomic_mass) for site in case.structure))


def _steps(case: Case, tag: TagRule, tags: Mapping[str, Value]) -> Value:
    step = tags["POTIM"]
    assert isinstance(step, float | int), "POTIM precedes NSW"
    assert tag.picoseconds is not None, "checked when the protocol was read"
    return ceil(1000 * tag.picoseconds / step - 1e-9)


FUNCTIONS: dict[str, Rule] = {
    "spin": _spin, "moments": _moments, "hubbard-on": _hubbard_on, "hubbard-type": _hubbard_type,
    "hubbard-l": _hubbard_l, "hubbard-u": _hubbard_u, "hubbard-j": _hubbard_j, "mixing": _mixing,
    "projection": _projection, "dispersion": _dispersion, "dipole-on": _dipole_on,
    "dipole-axis": _dipole_axis, "dipole-centre": _dipole_centre, "time-step": _time_step,
    "steps": _steps,
}  # fmt: skip
