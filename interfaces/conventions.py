"""The same curve in other packages' words.

================  ===================  ======================  =======================
package           mixing variable      share of                energy
================  ===================  ======================  =======================
here              ``mixing_fraction``  atoms of reactant 1     eV/atom of the mix
pymatgen          x, ``norm=True``     atoms of reactant 1     eV/atom of the mix
pymatgen          x, ``norm=False``    formulas of reactant 1  eV/formula of the mix
reaction-network  x                    atoms of reactant 2     eV/atom of the mix
================  ===================  ======================  =======================

pymatgen's kJ/mol counts formula units of the reactants as given, whatever ``norm`` is; its own text
calls the energy eV/atom in both cases.
"""

from __future__ import annotations

from interfaces.mixing import MixingCurve


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


def to_reaction_network(curve: MixingCurve) -> list[tuple[float, float]]:
    """Kinks as (x, energy [eV/atom]) with x the share of atoms of the *second* reactant."""
    return [(1.0 - kink.mixing_fraction, kink.total) for kink in reversed(curve.kinks)]
