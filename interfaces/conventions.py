"""The same curve in other packages' words.

================  ===================  ======================  ===========================
package           mixing variable      share of                energy
================  ===================  ======================  ===========================
here              ``mixing_fraction``  atoms of reactant 1     eV/atom of the mix
pymatgen          x, ``norm=True``     atoms of reactant 1     eV/atom, kJ/mol of atoms
pymatgen          x, ``norm=False``    formulas of reactant 1  eV/atom, kJ/mol of formulas
reaction-network  x                    atoms of reactant 2     eV/atom
================  ===================  ======================  ===========================
"""

from __future__ import annotations

from interfaces.mixing import KJ_PER_MOL, MixingCurve


def to_pymatgen(curve: MixingCurve, *, norm: bool = False) -> list[tuple[int, float, float, float]]:
    """Kinks as ``InterfacialReactivity(c1, c2, norm=norm).get_kinks()`` orders and counts them.

    Parameters
    ----------
    norm : pymatgen's option of the same name.

    Returns
    -------
    list of (index from 1, x, energy [eV/atom], energy [kJ/mol]); pymatgen's fourth element, a
    ``Reaction``, is left out. The order is that of x from 0 to 1, as in pymatgen.
    """
    rows = []
    for index, kink in enumerate(curve.kinks, 1):
        x = kink.mixing_fraction if norm else kink.molar_fraction
        per_mole = kink.total * (1.0 if norm else kink.atoms_per_formula) * KJ_PER_MOL
        rows.append((index, x, kink.total, per_mole))
    return rows


def to_reaction_network(curve: MixingCurve) -> list[tuple[float, float]]:
    """Kinks as (x, energy [eV/atom]) with x the share of atoms of the *second* reactant."""
    return [(1.0 - kink.mixing_fraction, kink.total) for kink in reversed(curve.kinks)]
