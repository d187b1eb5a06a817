"""Compounds that are known from experiments, as a set of products."""

from __future__ import annotations

from functools import cache

from interfaces.phases.limited_products import ProductSet, listed
from workflows.data.material_names import systems
from workflows.io.readers import read_text
from workflows.io.resources import inputs

KNOWN = "known"  #: name of the set


@cache
def known_products() -> ProductSet:
    """Compositions with an experimental crystal structure, and the named materials.

    The list and its source are in ``inputs/known``. It is of compositions, not of structures.
    """
    lines = read_text(inputs() / "known" / "compositions.txt.gz").split()
    named = (fields["formula"] for fields in systems().values())
    return listed(
        KNOWN,
        [*lines, *(formula for formula in named if "{" not in formula)],
        "only compositions with an experimental crystal structure, named materials and elements",
    )
