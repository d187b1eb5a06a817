r"""Gibbs energies of formation at a temperature, from the enthalpies that databases hold.

A solid compound gets the SISSO descriptor of Bartel et al. 2018 (doi 10.1038/s41467-018-06682-4),

.. math:: G(T) = \Delta H_f + G^\delta(T) - \textstyle\sum_i x_i g_i(T), \qquad G^\delta(T) =
    -(2.48\times10^{-4} \ln V + 8.94\times10^{-5}\, m / V)\, T + 0.181 \ln T - 0.882

in eV/atom, with V the volume [A^3/atom], m the reduced mass [amu], x the atomic fractions and g the
tabulated Gibbs energies of the elements. An element is 0 at every T. A compound that is a gas (CO2,
SO2, H2O, HF ...) gets its tabulated experimental energy instead, at its partial pressure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from math import log

import numpy as np
from numpy.typing import NDArray

from interfaces.chemistry.charges import groups_in, overbound
from interfaces.chemistry.formulas import ATOMIC_MASS, Formula
from interfaces.chemistry.units import BOLTZMANN, both_scales
from interfaces.errors import TemperatureError
from interfaces.phases.phase_set import SAME_COMPOSITION, PhaseSet
from interfaces.phases.reservoirs import ROOM, covers, tabulated

Array = NDArray[np.float64]
Rows = NDArray[np.int64]
Tables = Mapping[str, Mapping[str, float]]

#: Compounds of these alone are molecular; those of phosphorus (P2S5, P2O5) need another element.
MOLECULAR = frozenset({"C", "H", "N", "O", "S", "F", "Cl", "Br", "I"})
NAMED = 3  #: formulas that a message names
#: Molecule behind a reduced name of pymatgen's table, where they differ. pymatgen books the energy
#: of one C2H2 to each HC; so do we, as C2H2 is unstable to the elements either way.
MOLECULES = {"HC": "C2H2"}


def at_temperature(
    phase_set: PhaseSet, temperature: float, pressures: Mapping[str, float] | None = None
) -> PhaseSet:
    r"""The set with Gibbs energies of formation [eV/atom] relative to the elements at T.

    Equation at the head of the module, numbers as pymatgen's ``GibbsComputedStructureEntry``. A
    compound gas has :math:`[G(T) + k T \ln p] / n` with n the atoms of its molecule; every entry of
    its composition becomes the gas, also where it would condense.

    The descriptor was made for 300 to 1800 K, is continued to 298.15 K here, and resolves about
    50 meV/atom (abstract of the paper), on top of the error of the enthalpies. Gases are
    experimental and solids computed, so an error of the enthalpies no longer cancels between them.

    Parameters
    ----------
    phase_set : enthalpies at 0 K, with ``volumes``.
    temperature : [K], 298.15 to 2000; linear between the tabulated multiples of 100 K.
    pressures : of compound gases [bar] by molecule (``"CO2"``, ``"C2H2"``); 1 where not given. An
        elemental gas such as O2 is a reservoir (``interfaces.phases.reservoirs.gas``).

    Returns
    -------
    PhaseSet
        The set at that temperature; energies relative to the elements at T.

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

    gases = {name: _rows(phase_set, Formula.parse(name)) for name in G_GASES}
    compounds = np.nonzero(np.count_nonzero(phase_set.fractions, axis=1) > 1)[0]
    solid = np.setdiff1d(compounds, np.concatenate(list(gases.values())))
    if problem := _problem(phase_set, solid, temperature, G_ELEMS):
        raise TemperatureError(f"Gibbs energies at {temperature:g} K: {problem}")

    # Polymorphs of an element keep their distance to the lowest, which is 0: pymatgen would put
    # each of them on 0, and drops them for that.
    energies, symbols = phase_set.energies.copy(), phase_set.elements
    fractions, volumes = phase_set.fractions[solid], np.array(phase_set.volumes)[solid]
    elements = np.array([*element_energies(symbols, temperature).values()])
    slope = -2.48e-4 * np.log(volumes) - 8.94e-5 * _reduced_masses(fractions, symbols) / volumes
    own_elements = _in_turn(fractions.T, elements)
    energies[solid] += slope * temperature + 0.181 * log(temperature) - 0.882 - own_elements
    replaced = []
    for name, pressure in _in_bar(gases, pressures or {}, phase_set.source).items():
        unit, molecule = Formula.parse(name), Formula.parse(MOLECULES.get(name, name))
        standard = tabulated(G_GASES[name], temperature) / float(unit.n_atoms)
        mixing = BOLTZMANN * temperature * log(pressure) / float(molecule.n_atoms)
        energies[gases[name]] = standard + mixing
        replaced.append(f"{phase_set.formulas[gases[name][0]]} at {pressure:g} bar")

    scheme = f"{phase_set.scheme}, Gibbs energies at {both_scales(temperature)} by SISSO"
    notes = [
        *phase_set.notes,
        f"Gibbs energies of formation relative to the elements at {temperature:g} K by the SISSO "
        "descriptor of Bartel et al. 2018 (doi 10.1038/s41467-018-06682-4).",
    ]
    if listed := ", ".join(replaced):
        notes.append(f"Experimental Gibbs energies in place of the computed ones: {listed}.")
    return replace(
        phase_set, scheme=scheme, energies=energies, temperature=temperature, notes=tuple(notes)
    )


def element_energies(symbols: Iterable[str], temperature: float) -> dict[str, float]:
    """Gibbs energies of elements relative to their enthalpies at 298.15 K [eV/atom].

    Parameters
    ----------
    symbols : elements; one without a table has 0.
    temperature : [K].
    """
    from pymatgen.entries.computed_entries import G_ELEMS

    return {
        symbol: tabulated({T: of.get(symbol, 0.0) for T, of in G_ELEMS.items()}, temperature)
        for symbol in symbols
    }


def gas_rows(phase_set: PhaseSet) -> Rows:
    """Entries of compounds that are gases of the experimental table, at every temperature."""
    from pymatgen.entries.computed_entries import G_GASES

    return np.concatenate([_rows(phase_set, Formula.parse(name)) for name in G_GASES])


def without_unsuited(phase_set: PhaseSet) -> PhaseSet:
    """The set without compounds for whose entropy SISSO was not made, unless they are measured.

    The descriptor was fitted to inorganic solids. Hydrates, acids and ammonium salts have hydrogen
    bonds, molecular crystals the vibrations of molecules. Metal hydroxides stay, gases of the
    experimental table too.

    Parameters
    ----------
    phase_set : Gibbs energies of :func:`at_temperature`.

    Returns
    -------
    PhaseSet
        The smaller set, with a note.

    Examples
    --------
    >>> [_unsuited(Formula.parse(name)) for name in ("LiOH.H2O", "H3PO4", "C6H6", "NH4Cl")]
    [True, True, True, True]
    >>> [_unsuited(Formula.parse(name)) for name in ("LiOH", "Li2CO3", "P2S5", "LiH", "SiO2")]
    [False, False, False, False, False]
    """
    known = {int(row) for row in gas_rows(phase_set)}
    measured = {phase.formula for phase in phase_set.corrected}
    out = [
        row
        for row, formula in enumerate(phase_set.formulas)
        if row not in known and formula.text not in measured and _unsuited(formula)
    ]
    if not out:
        return phase_set
    names = sorted({phase_set.formulas[row].text for row in out})
    few = ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if names[NAMED:] else "")
    note = f"SISSO is not for hydrates, acids and molecular crystals; left out: {few}."
    kept = phase_set.rows(np.setdiff1d(np.arange(len(phase_set)), out))
    return replace(
        kept, notes=(*phase_set.notes, note), left_out=phase_set.rows(np.array(out, dtype=np.int64))
    )


def _unsuited(formula: Formula) -> bool:
    """Whether a compound is a hydrate, an acid, an ammonium salt or a molecular crystal."""
    elements = {*formula.elements}
    if len(elements) == 1:
        return False
    if "H" in elements and overbound(formula) and groups_in(formula) is None:
        return True
    return elements <= MOLECULAR


def _problem(phase_set: PhaseSet, solid: Rows, temperature: float, tables: Tables) -> str:
    """What forbids Gibbs energies of this set, or nothing."""
    known, source, volumes = sorted(map(int, tables)), phase_set.source, phase_set.volumes
    if phase_set.temperature:
        return f"{source} is at {phase_set.temperature:g} K already; start from the set at 0 K"
    if phase_set.corrected:
        return f"{source} has measured enthalpies already; put them in after the temperature"
    if not covers(tables, temperature):
        return f"elements are tabulated from {ROOM:g} to {known[-1]} K; choose between these"
    for symbol, fractions in zip(phase_set.elements, phase_set.fractions[solid].T, strict=True):
        if symbol not in tables[str(known[0])] and fractions.any():
            return f"no table of the element {symbol}; leave out its compounds with --exclude"
    if volumes is None:
        return f"{source} has no column volume_per_atom; choose another set with --phases, or 0 K"
    without = [phase_set.formulas[row].text for row in solid[~(volumes[solid] > 0)]]
    names = list(dict.fromkeys(without))
    named = ", ".join(names[:NAMED]) + (" ..." if len(names) > NAMED else "")
    fix = "leave them out with --exclude or add volume_per_atom"
    return f"{len(without)} entries of {source} have no volume ({named}); {fix}" if names else ""


def _in_bar(
    gases: dict[str, Rows], partial_pressures: Mapping[str, float], source: str
) -> dict[str, float]:
    """Partial pressure [bar] of each gas of the set, 1 where none is given."""
    pressures = {name: 1.0 for name, rows in gases.items() if rows.size}
    molecules = {frozenset(Formula.parse(MOLECULES.get(n, n)).amounts): n for n in gases}
    for gas, pressure in partial_pressures.items():
        amounts = Formula.parse(gas).amounts
        name = molecules.get(frozenset(amounts), "")
        if len(amounts) == 1:
            problem = "an element; open it as a reservoir with interfaces.phases.reservoirs.gas"
        elif not name:
            problem = "no molecule of the experimental table (CO2, H2O, SO2, HF ...); leave it out"
        elif not 0 < pressure < float("inf"):
            problem = "not positive and finite; give bar above 0"
        elif name not in pressures:
            problem = f"no entry of it in {source}; leave its pressure out"
        else:
            pressures[name] = float(pressure)
            continue
        raise TemperatureError(f"partial pressure {pressure:g} bar of {gas}: {problem}")
    return pressures


def _rows(phase_set: PhaseSet, formula: Formula) -> Rows:
    """Every entry of a composition, however its formula is written."""
    if not set(formula.elements) <= set(phase_set.elements):
        return np.empty(0, dtype=np.int64)
    composition = formula.fractions(phase_set.elements)
    return np.nonzero(np.abs(phase_set.fractions - composition).max(axis=1) < SAME_COMPOSITION)[0]


def _reduced_masses(fractions: Array, symbols: Sequence[str]) -> Array:
    """Mean over pairs of elements [amu], weighted by their amounts (equation 6 of the paper)."""
    masses = np.array([ATOMIC_MASS[symbol] for symbol in symbols])
    pairs = np.outer(masses, masses) / np.add.outer(masses, masses)
    np.fill_diagonal(pairs, 0.0)
    present = fractions > 0
    met = [_in_turn(fractions.T, row) for row in pairs]  # each element with the others
    return np.asarray(_in_turn(present.T, met) / (present.sum(axis=1) - 1))


def _in_turn(columns: Iterable[Array], weights: Iterable[float | Array]) -> Array:
    """Weighted sum, column after column: one energy, bit for bit, however many elements are there.

    A product of matrices adds in an order of its own, which depends on the shape.
    """
    return np.asarray(sum(c * w for c, w in zip(columns, weights, strict=True)))
