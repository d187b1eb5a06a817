r"""Gibbs energies of formation at a temperature, from the enthalpies that databases hold.

A solid compound gets the SISSO descriptor of Bartel et al. 2018 (doi 10.1038/s41467-018-06682-4),

.. math:: G(T) = \Delta H_f + G^\delta(T) - \textstyle\sum_i x_i g_i(T), \qquad G^\delta(T) =
    -(2.48\times10^{-4} \ln V + 8.94\times10^{-5}\, m / V)\, T + 0.181 \ln T - 0.882

in eV/atom, with V the volume [A^3/atom], m the reduced mass [amu], x the atomic fractions and g the
tabulated Gibbs energies of the elements. An element is 0 at every T. A compound that is a gas (CO2,
SO2, H2O, HF ...) gets its tabulated experimental energy instead, at its partial pressure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import log

import numpy as np
from numpy.typing import NDArray

from interfaces.errors import TemperatureError
from interfaces.formulas import Formula
from interfaces.phases import SAME_COMPOSITION, PhaseSet
from interfaces.units import BOLTZMANN

Array = NDArray[np.float64]

NAMED = 3  #: formulas that a message names
#: Molecule behind a reduced name of pymatgen's table, where they differ. pymatgen books the energy
#: of one C2H2 to each HC; so do we, as C2H2 is unstable to the elements either way.
MOLECULES = {"HC": "C2H2"}


def at_temperature(
    phase_set: PhaseSet, temperature: float, pressures: Mapping[str, float] | None = None
) -> PhaseSet:
    r"""The set with Gibbs energies of formation [eV/atom] relative to the elements at T.

    The equation stands at the head of the module; the numbers are those of pymatgen's
    ``GibbsComputedStructureEntry``. A compound gas has :math:`[G(T) + k T \ln p] / n` with n the
    atoms of its molecule; every entry of its composition becomes the gas, also where it would
    condense. An elemental gas such as O2 is a reservoir (``interfaces.reservoir.gas``).

    The descriptor was made for 300 to 1800 K and resolves about 50 meV/atom (abstract of the
    paper), on top of the error of the enthalpies. Gases are experimental and solids computed, so an
    error of the enthalpies no longer cancels between them.

    Parameters
    ----------
    phase_set : enthalpies at 0 K, with ``volumes``.
    temperature : [K], 300 to 2000; linear between the tabulated multiples of 100 K.
    pressures : partial pressure [bar] of compound gases by their molecule (``"CO2"``, ``"C2H2"``);
        1 bar where not given.

    Raises
    ------
    TemperatureError
        If T is outside the tables or already in the set, a volume or an element is unknown, or a
        pressure is not positive or belongs to no compound gas of the set.

    Examples
    --------
    >>> phases = PhaseSet.from_rows(
    ...     [("a", "Li", 0.0), ("b", "O2", 0.0), ("c", "C", 0.0), ("d", "Li2O", -2.0, 8.0),
    ...      ("e", "CO2", -1.5, 20.0)], scheme="made up")
    >>> hot = at_temperature(phases, 1000, {"CO2": 0.01})
    >>> round(hot.hull_energy("Li2O"), 3), hot.notes[1]
    (-1.496, 'Experimental Gibbs energies in place of the computed ones: CO2 at 0.01 bar.')
    """
    from pymatgen.entries.computed_entries import G_ELEMS, G_GASES

    problem = _problem_with(temperature, phase_set.temperature, sorted(map(float, G_ELEMS)))
    if problem:
        raise TemperatureError(f"{phase_set.source} at {temperature:g} K: {problem}")
    pressure_of = _pressures(phase_set, pressures or {}, G_GASES)
    # Polymorphs of an element keep their distance to the lowest, which is 0: pymatgen would put
    # each of them on 0, and drops them for that.
    energies = phase_set.energies.copy()
    solid = np.count_nonzero(phase_set.fractions, axis=1) > 1
    replaced = []
    for name, table in G_GASES.items():
        rows = _rows(phase_set, Formula.parse(name))
        if rows.size:
            pressure = pressure_of.get(name, 1.0)
            standard = _interpolated(table, temperature) / float(Formula.parse(name).n_atoms)
            mixing = BOLTZMANN * temperature * log(pressure) / float(_molecule(name).n_atoms)
            energies[rows] = standard + mixing
            solid[rows] = False
            replaced.append(f"{phase_set.formulas[rows[0]]} at {pressure:g} bar")

    present = phase_set.fractions[solid].any(axis=0)
    symbols = [e for e, here in zip(phase_set.elements, present, strict=True) if here]
    volumes = _known_volumes(phase_set, solid, symbols, G_ELEMS["300"])
    fractions = phase_set.fractions[solid][:, present]
    elements = [_interpolated({T: G_ELEMS[T][e] for T in G_ELEMS}, temperature) for e in symbols]
    slope = -2.48e-4 * np.log(volumes) - 8.94e-5 * _reduced_masses(fractions, symbols) / volumes
    energies[solid] += slope * temperature + 0.181 * log(temperature) - 0.882 - fractions @ elements

    notes = [
        f"Gibbs energies of formation relative to the elements at {temperature:g} K by the SISSO "
        "descriptor of Bartel et al. 2018 (doi 10.1038/s41467-018-06682-4)."
    ]
    if replaced:
        listed = ", ".join(replaced)
        notes.append(f"Experimental Gibbs energies in place of the computed ones: {listed}.")
    scheme = f"{phase_set.scheme}, Gibbs energies at {temperature:g} K (SISSO)"
    notes_of_both = (*phase_set.notes, *notes)
    return replace(
        phase_set, scheme=scheme, energies=energies, temperature=float(temperature),
        notes=notes_of_both,
    )  # fmt: skip


def _problem_with(temperature: float, of_set: float, known: list[float]) -> str:
    if of_set:
        return f"its energies are at {of_set:g} K already; start from the set at 0 K"
    if not known[0] <= temperature <= known[-1]:
        return f"elements are tabulated from {known[0]:g} to {known[-1]:g} K; choose between these"
    return ""


def _molecule(name: str) -> Formula:
    return Formula.parse(MOLECULES.get(name, name))


def _pressures(
    phase_set: PhaseSet, pressures: Mapping[str, float], gases: Mapping[str, object]
) -> dict[str, float]:
    """Name of a gas in pymatgen's table -> its partial pressure [bar]."""
    found: dict[str, float] = {}
    for text, pressure in pressures.items():
        formula = Formula.parse(text)
        amounts = dict(formula.amounts)
        name = next((one for one in gases if dict(_molecule(one).amounts) == amounts), "")
        problem = ""
        if len(amounts) == 1:
            problem = "an element; open it as a reservoir with interfaces.reservoir.gas"
        elif not name:
            known = ", ".join(_molecule(one).text for one in gases)
            problem = f"no gas with an experimental Gibbs energy; give one of {known}"
        elif not 0 < pressure < float("inf"):
            problem = "not positive and finite; give bar above 0"
        elif name in found:
            problem = f"given as {found[name]:g} bar too; give one"
        elif not _rows(phase_set, formula).size:
            problem = f"no entry of it in {phase_set.source}; leave its pressure out"
        if problem:
            raise TemperatureError(f"partial pressure {pressure:g} bar of {text}: {problem}")
        found[name] = float(pressure)
    return found


def _rows(phase_set: PhaseSet, formula: Formula) -> NDArray[np.int64]:
    """Every entry of a composition, however its formula is written."""
    if not set(formula.elements) <= set(phase_set.elements):
        return np.empty(0, dtype=np.int64)
    composition = formula.fractions(phase_set.elements)
    return np.nonzero(np.abs(phase_set.fractions - composition).max(axis=1) < SAME_COMPOSITION)[0]


def _interpolated(table: Mapping[str, float], temperature: float) -> float:
    known, values = np.array(sorted((float(T), value) for T, value in table.items())).T
    return float(np.interp(temperature, known, values))


def _known_volumes(
    phase_set: PhaseSet, solid: NDArray[np.bool_], symbols: list[str], table: Mapping[str, float]
) -> Array:
    """Volumes [A^3/atom] of the solid compounds, once nothing that they need is unknown."""
    ...
