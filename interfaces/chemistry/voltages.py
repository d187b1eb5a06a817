"""Voltages against Li metal from the energies at several Li contents."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

from interfaces.errors import DelithiationError, finite

LARGEST_FORMULA = 1e100  #: eV or carriers per formula unit, which may be of any multiple
SAME_CONTENT = 1e-12  #: carriers per formula unit; contents this near have no voltage between


def average_voltage(
    fractions: tuple[float, float], energies: tuple[float, float], lithium_energy: float
) -> float:
    """Average voltage [V] against Li metal between two Li contents.

    ``V = -[E(x1) - E(x2) - (x1 - x2) E_Li] / (x1 - x2)``, doi 10.1103/PhysRevB.56.1354

    Parameters
    ----------
    fractions
        x1 and x2, Li per formula unit; they differ.
    energies
        E(x1) and E(x2) [eV per formula unit].
    lithium_energy
        E_Li, energy of Li metal [eV/atom].

    Returns
    -------
    float
        Average voltage [V].

    Examples
    --------
    >>> average_voltage((1.0, 0.0), (-22.0, -16.0), -2.0)
    4.0
    """
    for value in (*fractions, *energies, lithium_energy):
        finite(value, "a content or an energy of a voltage", DelithiationError, LARGEST_FORMULA)
    step = fractions[0] - fractions[1]
    if abs(step) < SAME_CONTENT:
        raise DelithiationError(f"no voltage between x = {fractions[0]:g} and itself")
    return -(energies[0] - energies[1] - step * lithium_energy) / step


def voltage_profile(
    energies: Mapping[float, float], lithium_energy: float, *, hull: bool = True
) -> tuple[tuple[float, float, float], ...]:
    """Voltage steps (x1, x2, V) on charging, from the most to the least lithiated.

    Parameters
    ----------
    energies
        Li fraction x -> energy [eV per formula unit], two fractions or more.
    lithium_energy
        Energy of Li metal [eV/atom].
    hull
        Keep only the states on the lower convex hull: the equilibrium voltage never falls on
        charging. With ``False`` each neighbouring pair gives its step, also a falling one.

    Returns
    -------
    tuple[tuple[float, float, float], ...]
        (x from, x to, V) of each step.

    Examples
    --------
    >>> for x1, x2, voltage in voltage_profile({1.0: -22.0, 0.5: -19.25, 0.0: -16.0}, -2.0):
    ...     print(x1, x2, voltage)
    1.0 0.5 3.5
    0.5 0.0 4.5
    """
    if len(energies) < 2:
        raise DelithiationError(f"a voltage profile of {len(energies)} state(s); two at least")
    for x in energies:
        finite(x, "a content of a voltage profile", DelithiationError, LARGEST_FORMULA)
    kept: list[float] = []
    for x in sorted(energies, reverse=True):
        while hull and len(kept) > 1:
            before = average_voltage(
                (kept[-2], kept[-1]), (energies[kept[-2]], energies[kept[-1]]), lithium_energy
            )
            after = average_voltage(
                (kept[-1], x), (energies[kept[-1]], energies[x]), lithium_energy
            )
            if after >= before:
                break
            kept.pop()
        kept.append(x)
    return tuple(
        (
            fuller,
            two,
            average_voltage((fuller, two), (energies[fuller], energies[two]), lithium_energy),
        )
        for fuller, two in itertools.pairwise(kept)
    )
