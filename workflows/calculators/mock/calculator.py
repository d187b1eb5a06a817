"""The made-up energy as an ASE calculator: the numpy twin of ``energy_model``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from ase.calculators.calculator import Calculator, all_changes
from ase.neighborlist import neighbor_list
from ase.stress import full_3x3_to_voigt_6_stress

from workflows.calculators.mock.energy_model import (
    CUTOFF,
    STEEPNESS,
    SWITCH,
    base_energy,
    pair_parameters,
)


class MockCalculator(Calculator):  # type: ignore[misc]
    """Deterministic made-up energies [eV], forces [eV/angstrom] and stress [eV/angstrom^3].

    Parameters
    ----------
    energies
        Energies [eV/atom] by formula that replace the model's where the composition agrees.
    pair_scale
        Weight of the pair term.

    Notes
    -----
    ``calculator.name`` is "mock", ``calculator.mocked`` is True, and every ``atoms`` it
    computes carries ``atoms.info["mocked"] = True``.

    Examples
    --------
    >>> from ase.build import bulk
    >>> atoms = bulk("Li", cubic=True)
    >>> atoms.calc = MockCalculator(pair_scale=0.0)
    >>> round(atoms.get_potential_energy(), 6), atoms.info["mocked"]
    (-3.82, True)
    """

    name = "mock"
    mocked = True
    implemented_properties = ("energy", "free_energy", "forces", "stress")

    def __init__(
        self,
        energies: Mapping[str, float] | None = None,
        pair_scale: float = 1.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.energies = dict(energies or {})
        self.pair_scale = pair_scale

    def calculate(
        self,
        atoms: Any = None,
        properties: Sequence[str] | None = None,
        system_changes: Sequence[str] = all_changes,
    ) -> None:
        """Fill ``results`` with energy, forces and stress of ``atoms``."""
        super().calculate(atoms, properties or ["energy"], system_changes)
        atoms.info["mocked"] = True
        symbols = atoms.get_chemical_symbols()
        first, second, distance, vector = neighbor_list("ijdD", atoms, CUTOFF)
        kinds, index = np.unique(symbols, return_inverse=True)
        table = np.array([[pair_parameters(str(a), str(b)) for b in kinds] for a in kinds])
        parameters = table[index[first], index[second]].reshape(-1, 2)
        value, slope = _pair_energies(distance, parameters[:, 0], parameters[:, 1])
        pull = (self.pair_scale * slope / distance)[:, None] * vector  # on the first, by the second
        forces = np.zeros((len(atoms), 3))
        np.add.at(forces, first, pull)
        energy = base_energy(symbols, self.energies) + self.pair_scale * float(value.sum()) / 2
        self.results = {"energy": energy, "free_energy": energy, "forces": forces}
        if atoms.cell.rank == 3:
            stress = np.einsum("pa,pb->ab", pull, vector) / 2 / atoms.get_volume()
            self.results["stress"] = full_3x3_to_voigt_6_stress(stress)


def _pair_energies(
    distance: np.ndarray, depth: np.ndarray, minimum: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """V(r) [eV] and dV/dr [eV/angstrom] of many pairs nearer than the cutoff; shapes (n,)."""
    near = np.exp(-STEEPNESS * (distance - minimum))
    value = depth * near * (near - 2.0)
    slope = -2.0 * STEEPNESS * depth * near * (near - 1.0)
    u = np.clip((distance - SWITCH) / (CUTOFF - SWITCH), 0.0, 1.0)
    fade = 1.0 - u**3 * (10.0 - 15.0 * u + 6.0 * u**2)
    fading = -30.0 * u**2 * (1.0 - u) ** 2 / (CUTOFF - SWITCH)
    return value * fade, slope * fade + value * fading
