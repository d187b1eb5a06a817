"""Formation enthalpies from quantum chemistry: element energies, errors of reactions."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from interfaces.chemistry.units import KJ_PER_MOL
from workflows.data.molecules.definitions import ISODESMIC, SMALL_MOLECULES, Sides
from workflows.data.molecules.stored import Experiment

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ElementFit:
    """One energy per element, fitted so that QC enthalpies become formation enthalpies.

    ``H_f(m) = E_PBE(m) + H_thermal(m) + sum_el n_el(m) a_el`` [kJ/mol]; ``leave_one_out`` are
    the signed errors (fitted without the molecule, minus experiment) [kJ/mol].
    """

    elements: tuple[str, ...]
    energies: Floats
    inverse: Floats
    leave_one_out: dict[str, float]

    @property
    def mean_absolute_error(self) -> float:
        """Of the leave-one-out errors [kJ/mol]."""
        return float(np.mean(np.abs(list(self.leave_one_out.values()))))

    @property
    def root_mean_square_error(self) -> float:
        """Of the leave-one-out errors [kJ/mol]."""
        return root_mean_square(self.leave_one_out.values())

    def formation_enthalpy(self, row: Mapping[str, Any]) -> tuple[float, float]:
        """Gas-phase formation enthalpy of one calculation and its prediction error [kJ/mol].

        The error is ``rms (1 + x (A^T A)^-1 x)^(1/2)`` with the composition ``x``: it grows for
        a molecule that is larger than those fitted.
        """
        x = _composition_vector(row, self.elements)
        error = self.root_mean_square_error * math.sqrt(1.0 + float(x @ self.inverse @ x))
        return molar_enthalpy(row) + float(x @ self.energies), error


def molar_enthalpy(row: Mapping[str, Any]) -> float:
    """Calculated enthalpy at 298.15 K.

    Parameters
    ----------
    row : a calculation; energies in eV.

    Returns
    -------
    float
        [kJ/mol]
    """
    return float(row["energy_pbe"] + row["thermal_enthalpy"]) * KJ_PER_MOL


def _composition_vector(row: Mapping[str, Any], elements: Sequence[str]) -> Floats:
    """Number of atoms of each element in a calculation."""
    return np.array([row["symbols"].count(element) for element in elements], dtype=float)


def fit_elements(
    rows: Mapping[str, Mapping[str, Any]], experiments: Mapping[str, Experiment]
) -> ElementFit:
    """Fit one energy per element by least squares; leave-one-out errors from the hat matrix.

    Parameters
    ----------
    rows : calculations by name; energies in eV.
    experiments : measured formation enthalpies [kJ/mol] by name.

    Returns
    -------
    ElementFit
        Energies and errors in kJ/mol.
    """
    names = [name for name in rows if name in experiments]
    elements = tuple(sorted({symbol for name in names for symbol in rows[name]["symbols"]}))
    matrix = np.array([_composition_vector(rows[name], elements) for name in names])
    wanted = np.array([experiments[name].enthalpy - molar_enthalpy(rows[name]) for name in names])
    inverse = np.linalg.inv(matrix.T @ matrix)
    energies = inverse @ matrix.T @ wanted
    leverage = np.einsum("ij,jk,ik->i", matrix, inverse, matrix)
    errors = (matrix @ energies - wanted) / (1.0 - leverage)
    return ElementFit(
        elements, energies, inverse, dict(zip(names, map(float, errors), strict=True))
    )


def reaction_change(sides: Sides, values: Mapping[str, float]) -> float:
    """Change of a quantity in a reaction, products minus reactants.

    Parameters
    ----------
    sides : stoichiometric coefficients, negative for reactants.
    values : quantity of each molecule; the result has its unit.
    """
    return sum(float(nu) * values[name] for name, nu in sides.items())


def _route_to(row: Mapping[str, Any], rows: Mapping[str, Mapping[str, Any]]) -> Floats:
    """Coefficients of ``SMALL_MOLECULES`` that add up to one molecule."""
    elements = sorted({symbol for name in SMALL_MOLECULES for symbol in rows[name]["symbols"]})
    columns = [_composition_vector(rows[name], elements) for name in SMALL_MOLECULES]
    solution = np.linalg.solve(np.array(columns).T, _composition_vector(row, elements))
    return np.asarray(solution, dtype=np.float64)


def root_mean_square(values: Iterable[float]) -> float:
    """Root mean square.

    Parameters
    ----------
    values : at least one; the result has their unit.
    """
    return float(np.sqrt(np.mean(np.square(list(values)))))


def scheme_errors(
    rows: Mapping[str, Mapping[str, Any]], experiments: Mapping[str, Experiment]
) -> dict[str, dict[str, float]]:
    """Calculated minus experimental enthalpies of closed reactions.

    In a balanced reaction the fitted element energies cancel, so these are errors of plain
    PBE/def2-TZVP with GFN2 thermal enthalpies. ``to_small_molecules``: one molecule made from
    ``SMALL_MOLECULES``; ``isodesmic``: the reactions of ``ISODESMIC``.

    Parameters
    ----------
    rows : calculations by name; energies in eV.
    experiments : measured formation enthalpies [kJ/mol] by name.

    Returns
    -------
    dict
        Kind of reaction -> molecule -> error [kJ/mol].
    """
    error = {
        name: molar_enthalpy(rows[name]) - known.enthalpy
        for name, known in experiments.items()
        if name in rows
    }
    small = {}
    if all(name in error for name in SMALL_MOLECULES):
        for name in error:
            if name not in SMALL_MOLECULES:
                nu = _route_to(rows[name], rows)
                small[name] = error[name] - float(nu @ [error[ref] for ref in SMALL_MOLECULES])
    like = {
        equation(sides): reaction_change(sides, error)
        for sides in ISODESMIC
        if all(name in error for name in sides)
    }
    return {"to_small_molecules": small, "isodesmic": like}


def equation(sides: Sides) -> str:
    """Write a reaction as ``"a + b -> 2 c"``.

    Parameters
    ----------
    sides : stoichiometric coefficients, negative for reactants.
    """

    def side(sign: int) -> str:
        return " + ".join(
            name if abs(nu) == 1 else f"{abs(nu)} {name}"
            for name, nu in sides.items()
            if nu * sign > 0
        )

    return f"{side(-1)} -> {side(1)}"


def enthalpy_by_reaction(
    name: str,
    sides: Sides,
    rows: Mapping[str, Mapping[str, Any]],
    experiments: Mapping[str, Experiment],
) -> float:
    """Formation enthalpy of one molecule from the calculated enthalpy of a reaction.

    Parameters
    ----------
    name : the molecule.
    sides : stoichiometric coefficients of the reaction.
    rows : calculations by name; energies in eV.
    experiments : measured formation enthalpies [kJ/mol] of all other molecules of the reaction.

    Returns
    -------
    float
        [kJ/mol]
    """
    change = reaction_change(sides, {species: molar_enthalpy(rows[species]) for species in sides})
    known = {species: experiments[species].enthalpy for species in sides if species != name}
    others = {species: nu for species, nu in sides.items() if species != name}
    return (change - reaction_change(others, known)) / float(sides[name])
