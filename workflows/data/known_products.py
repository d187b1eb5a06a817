"""Compounds that are known from experiments, as a set of products."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from interfaces.phases.limited_products import ProductSet, listed
from workflows.data.material_names import systems
from workflows.io.readers import read_text
from workflows.io.resources import inputs

KNOWN = "known"  #: name of the set


@cache
def known_products(*, flagged: bool = False) -> ProductSet:
    """Compounds with an experimental crystal structure, and the named materials.

    The list of compositions and its source are in ``inputs/known``.

    Parameters
    ----------
    flagged : the phase set has the flag ``theoretical`` of the Materials Project; entries without
        it, such as own calculations, are judged by the list.
    """
    lines = read_text(inputs() / "known" / "compositions.txt.gz").split()
    formulas = [fields["formula"] for fields in systems().values()]
    named = listed(KNOWN, [formula for formula in formulas if "{" not in formula])
    by_list = listed(
        KNOWN,
        lines,
        "only compositions with an experimental crystal structure, named materials and elements",
    )
    products = replace(by_list, allows=lambda f: by_list.allows(f) or named.allows(f))
    if not flagged:
        return products
    return replace(
        products,
        meaning="only entries that the Materials Project does not flag as theoretical, named "
        "materials and elements",
        allows_flagged=lambda f, theoretical: not theoretical or named.allows(f),
    )
