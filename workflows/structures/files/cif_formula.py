"""The formula that a CIF states against the atoms that are in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from interfaces.chemistry.formulas import Formula, spelled
from interfaces.errors import FormulaError, InputError

if TYPE_CHECKING:
    from pymatgen.core import Composition

SUM = re.compile(
    r"^[ \t]*_chemical_formula_sum\s+(?:'([^'\n]*)'|\"([^\"\n]*)\"|;([^;]*)\n;|([^\s;]\S*))",
    re.MULTILINE,
)
SIMPLE = re.compile(r"([A-Z][a-z]?)(\d+\.?\d*|\.\d+)?(?:\(\d+\))?")
ROUNDING = 0.01  #: of an amount, as pymatgen compares
ISOTOPES = {"D": "H", "T": "H"}


@dataclass(frozen=True)
class Stated:
    """A formula as a CIF states it: its words, and the amount of each element."""

    words: str
    amounts: dict[str, float]

    def units(self, composition: Composition) -> dict[str, float]:
        """Formula units that each element in the cell makes, over the elements of both."""
        counts = counted(composition)
        return {
            symbol: counts.get(symbol, 0.0) / amount if amount else float("inf")
            for symbol, amount in {**dict.fromkeys(counts, 0.0), **self.amounts}.items()
        }

    def agrees(self, composition: Composition) -> bool:
        """Whether the atoms have the proportions of the formula."""
        units = self.units(composition).values()
        return max(units) - min(units) <= ROUNDING * max(units) if max(units) < 1e9 else False


def counted(composition: Composition) -> dict[str, float]:
    """Atoms of each element of a cell, isotopes as their element."""
    counts: dict[str, float] = {}
    for symbol, amount in composition.get_el_amt_dict().items():
        name = ISOTOPES.get(symbol, symbol)
        counts[name] = counts.get(name, 0.0) + float(amount)
    return counts


def formula_sum(text: str, data: dict[str, Any]) -> Stated | None:
    r"""The formula that a block states; None where it states none that can be read.

    A block may give the item twice, once of them empty: the one with words counts.

    Examples
    --------
    >>> formula_sum("_chemical_formula_sum 'Fe O2 H'\n_chemical_formula_sum ''", {}).amounts
    {'Fe': 1.0, 'O': 2.0, 'H': 1.0}
    """
    said = [" ".join("".join(groups).split()) for groups in SUM.findall(text)]
    said.append(str(data.get("_chemical_formula_structural", "")))
    for words in said:
        if words.strip(" '\"?.") and (amounts := _amounts(words)):
            return Stated(words.strip(), amounts)
    return None


def _amounts(words: str) -> dict[str, float] | None:
    """Amount of each element: of a sum, with spaces, or of a formula with brackets."""
    tokens = words.replace(",", " ").split()
    matches = [SIMPLE.fullmatch(token) for token in tokens]
    try:
        if all(matches):
            pairs = [(match[1], match[2] or "1") for match in matches if match]
            symbols = [ISOTOPES.get(symbol, symbol) for symbol, _ in pairs]
            total = dict.fromkeys(symbols, 0.0)
            for symbol, (_, amount) in zip(symbols, pairs, strict=True):
                total[symbol] += float(amount)
            Formula.from_amounts({key: value for key, value in total.items() if value})
            return {key: value for key, value in total.items() if value}
        joined = Formula.parse("".join(tokens))
        return {symbol: float(amount) for symbol, amount in joined.amounts}
    except FormulaError:
        return None  # a formula in words or with charges; the sites alone count then


def check_formula(
    stated: Stated | None, composition: Composition, units: str, *, unfolded: bool
) -> tuple[str, ...]:
    """Refuse atoms that are not those of the formula; notes where they nearly are.

    Parameters
    ----------
    units : ``_cell_formula_units_Z`` as the file has it.
    unfolded : whether symmetry operations were given, that make all atoms from the sites listed.

    Raises
    ------
    InputError
        If an element is missing on either side, the proportions differ, or no symmetry was given
        and the cell has fewer formula units than it should.
    """
    atoms = spelled(counted(composition))
    if stated is None:
        return ("the CIF states no formula, so the atoms were not compared with one",)
    counts = counted(composition)
    missing = [symbol for symbol in stated.amounts if symbol not in counts]
    extra = [symbol for symbol in counts if symbol not in stated.amounts]
    if missing:
        raise InputError(
            f"the formula of the CIF is {stated.words!r}, but its sites ({atoms}) are missing "
            f"{', '.join(missing)}{' (hydrogen)' if 'H' in missing else ''}; give a structure "
            "with every atom"
        )
    if extra:
        raise InputError(
            f"its sites ({atoms}) have {', '.join(extra)}, which the formula of the CIF, "
            f"{stated.words!r}, does not; correct the labels or the formula"
        )
    if not stated.agrees(composition):
        raise InputError(
            f"the formula of the CIF is {stated.words!r}, but its sites make {atoms}; add the "
            "missing atoms, or correct the formula"
        )
    expected = float(units) if re.fullmatch(r"\d+(\.\d+)?", units) else None
    made = next(iter(stated.units(composition).values()))
    if expected and abs(made / expected - 1) > ROUNDING:
        words = (
            f"the CIF states {expected:g} formula units in the cell, and its sites make {made:g}"
        )
        if not unfolded:
            raise InputError(f"{words}, as it has no symmetry operations; add them")
        return (words,)
    return ()
