"""Mixing variables and energies of other packages.

================  ============================  ======================  ============================
package           mixing variable               share of                energy
================  ============================  ======================  ============================
here              ``mixing_fraction``           atoms of reactant 1     eV/atom of the mix
pymatgen          x, ``norm=True``              atoms of reactant 1     eV/atom of the mix
pymatgen          x, ``norm=False``             formulas of reactant 1  eV/formula of the mix
pymatgen, open    x, ``norm=True``              atoms of reactant 1     eV/atom that is not open
pymatgen, open    x, ``norm=False``             formulas of reactant 1  eV/formula of the mix
reaction-network  x                             atoms of reactant 2     eV/atom of the mix
================  ============================  ======================  ============================

pymatgen's kJ/mol counts formula units of the reactants as given, whatever ``norm`` is; its own text
calls the energy eV/atom in every case.

Its open curve with ``norm=True`` mixes two bases: x counts all atoms of the reactants, open ones
included, the energy only those that are not. It is straight in neither x nor anything else of
pymatgen's, but in our ``nonopen_fraction``. Which energy it is depends on an option:

============================  ==========================================  =====================
``include_no_mixing_energy``  pymatgen                                    here
============================  ==========================================  =====================
``False``, the default        reactants' own decomposition taken away     ``mutual``
``True``                      with it; the reactants on the closed hull   ``total``
                              (``use_hull_energy=True``, the default)     with energy model hull
                              or in their own entries (``False``)         with energy model own
============================  ==========================================  =====================

Published tables of open pairs (doi 10.1039/C5TA08574H and later ones of that group) most likely
give a third mutual energy, :func:`mutual_over_all_atoms`: the total per atom that is not open,
measured from a chord between the reactants' own that is straight in the share of all atoms.
"""

from __future__ import annotations

from dataclasses import replace

from interfaces.chemistry.units import KJ_PER_MOL
from interfaces.errors import ReactantError
from interfaces.reactivity.mixing_curve import Kink, MixingCurve


def to_pymatgen(curve: MixingCurve, *, norm: bool = False) -> list[tuple[int, float, float, float]]:
    """Kinks as ``InterfacialReactivity(c1, c2, norm=norm).get_kinks()`` orders and counts them.

    Parameters
    ----------
    norm : pymatgen's option of the same name.

    Returns
    -------
    list of (index from 1, x, energy [eV/atom, or eV/formula without ``norm``], energy [kJ/mol]);
    pymatgen's fourth element, a ``Reaction``, is left out. The order is that of x from 0 to 1.
    """
    rows = []
    for index, kink in enumerate(curve.kinks, 1):
        x = kink.mixing_fraction if norm else kink.molar_fraction
        energy = kink.total if norm else kink.total_per_formula
        rows.append((index, x, energy, kink.kj_per_mol))
    return rows


def to_pymatgen_open(
    curve: MixingCurve, *, include_no_mixing_energy: bool = False, norm: bool = True
) -> list[tuple[int, float, float, float]]:
    """Kinks as ``GrandPotentialInterfacialReactivity(...).get_kinks()`` orders and counts them.

    Parameters
    ----------
    include_no_mixing_energy, norm : pymatgen's options of the same names, with its defaults.

    Returns
    -------
    list of (index from 1, x, energy [eV per atom that is not open, or eV/formula without ``norm``],
    energy [kJ/mol]); pymatgen's fourth element, a ``Reaction``, is left out.

    Raises
    ------
    ReactantError
        If nothing is open in the curve.
    """
    if not curve.open_elements:
        raise ReactantError("nothing is open in this curve; to_pymatgen converts closed ones")
    rows = []
    for index, kink in enumerate(curve.kinks, 1):
        per_atom = kink.total if include_no_mixing_energy else kink.mutual
        per_formula = per_atom * kink.atoms_per_formula
        x = kink.mixing_fraction if norm else kink.molar_fraction
        energy = per_atom / kink.nonopen_share if norm else per_formula
        rows.append((index, x, energy, per_formula * KJ_PER_MOL))
    return rows


def mutual_over_all_atoms(curve: MixingCurve) -> Kink:
    """The kink of lowest mutual energy with the chord straight in the share of all atoms.

    Parameters
    ----------
    curve : open mixing curve.

    Returns
    -------
    Kink
        The kink; its ``mutual`` is that energy times ``nonopen_share``, so that
        ``mutual_per_nonopen_atom`` [eV per atom that is not open] is the published number.

    Raises
    ------
    ReactantError
        If nothing is open in the curve: the chord is then the usual one.
    """
    if not curve.open_elements:
        raise ReactantError("nothing is open in this curve; its mutual energy has one chord")
    first, second = curve.kinks[-1], curve.kinks[0]

    def measured(kink: Kink) -> Kink:
        x = kink.mixing_fraction
        chord = x * first.total_per_nonopen_atom + (1 - x) * second.total_per_nonopen_atom
        energy = kink.total_per_nonopen_atom - chord
        return replace(kink, mutual=energy * kink.nonopen_share)

    kinks = [measured(kink) for kink in curve.kinks]
    return min(kinks, key=lambda kink: kink.mutual_per_nonopen_atom)


def to_reaction_network(curve: MixingCurve) -> list[tuple[float, float]]:
    """Kinks as (x, energy [eV/atom]) with x the share of atoms of the *second* reactant.

    Parameters
    ----------
    curve : closed mixing curve.

    Returns
    -------
    list[tuple[float, float]]
        Mixing fraction of the second reactant and energy [eV/atom] of each kink.
    """
    return [(1.0 - kink.mixing_fraction, kink.total) for kink in reversed(curve.kinks)]
