"""Term for layered cobalt oxides AxCoO2, in which SevenNet misses the low-spin state of Co(III).

SevenNet, like other potentials trained on the same data, puts LiCoO2, NaCoO2 and their like 60 to
120 meV/atom too high, and delithiated CoO2 right. The term is ``STRENGTH`` times x squared per Co,
with x the share of Co(III). The strength is fitted to the 28 published rows of Li, Na, Mg and Ca
cobaltates; the exponent was chosen (1 to 3 fit alike), after the residuals were seen. Other oxides
of Co(III), octahedral or tetrahedral, are within 30 meV/atom and take none, nor do spinels, whose
errors have both signs. The card of the set lists all rows.
"""

from __future__ import annotations

from interfaces.chemistry.formulas import Formula

STRENGTH = -0.289  #: eV per Co at x = 1
VALENCES = {"Li": 1, "Na": 1, "Mg": 2, "Ca": 2}  #: of A
CUBIC = 195  #: first space group of the cubic system


def cobalt_share(formula: Formula, space_group: int | None) -> float | None:
    """Share x of Co(III) in a layered AxCoO2 with A of Li, Na, Mg or Ca; None for all others.

    Examples
    --------
    >>> cobalt_share(Formula.parse("Mg(CoO2)2"), 62), cobalt_share(Formula.parse("LaCoO3"), 167)
    (1.0, None)
    """
    amounts = {element: float(amount) for element, amount in formula.amounts}
    cobalt, oxygen = amounts.pop("Co", 0.0), amounts.pop("O", 0.0)
    if not cobalt or abs(oxygen - 2 * cobalt) > 1e-6 or (space_group or 1) >= CUBIC:
        return None
    if not amounts.keys() <= VALENCES.keys():
        return None
    share = sum(VALENCES[element] * amount for element, amount in amounts.items()) / cobalt
    return share if share < 1 + 1e-6 else None


def cobalt_term(formula: Formula, space_group: int | None) -> float:
    """Term that is added to a SevenNet energy [eV/atom]; 0 where there is none.

    Examples
    --------
    >>> round(cobalt_term(Formula.parse("LiCoO2"), 166), 3)
    -0.072
    """
    share = cobalt_share(formula, space_group)
    if not share:
        return 0.0
    per_atom = float(dict(formula.amounts)["Co"]) / float(formula.n_atoms)
    return STRENGTH * share**2 * per_atom
