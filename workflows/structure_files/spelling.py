"""How the composition of a structure is written for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interfaces.formulas import Formula

if TYPE_CHECKING:
    from pymatgen.core import Composition


def spelled(composition: Composition) -> str:
    """The reduced formula, also of cells with deuterium."""
    return Formula.of(composition.get_el_amt_dict()).reduced.text
