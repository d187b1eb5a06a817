"""What a text that is no formula and no name may mean."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection

from interfaces.chemistry.formulas import Formula
from interfaces.errors import FormulaError

_PARTS = re.compile(r"[-\u2013/:+|()\s]+")  #: what people put between the parts of a mixture


def hint(text: str, names: Collection[str]) -> str:
    """Advice for a text that is neither a formula nor one of the names.

    Parameters
    ----------
    text : what was given as a material.
    names : of the materials, with their aliases.

    Examples
    --------
    >>> hint("Li-In", ["LPSCl"])
    'an alloy is given by its formula, e.g. LiIn; as an electrode by --reference "In|LiIn"'
    >>> hint("PEO-LiTFSI", ["PEO", "LiTFSI"])
    'a mixture is given by its parts, by mass: interfaces composite PEO=1 LiTFSI=1'
    """
    parts = [part for part in _PARTS.split(text) if part]
    if len(parts) > 1:
        if "|" in text:
            return (
                f'a couple is given by --reference "{text}"; a reactant is one material, e.g. '
                f"{parts[-1]}"
            )
        if all(_is_element(part) for part in parts) and "Li" in parts and len(parts) == 2:
            host = parts[1 - parts.index("Li")]
            return (
                f"an alloy is given by its formula, e.g. Li{host}; as an electrode by "
                f'--reference "{host}|Li{host}"'
            )
        if all(_is_element(part) for part in parts):
            return "a chemical system is no reactant; give a formula"
        if all(part in names or _is_formula(part) for part in parts):
            amounts = " ".join(f"{part}=1" for part in parts)
            return f"a mixture is given by its parts, by mass: interfaces composite {amounts}"
    written = {name.lower(): name for name in names}
    near = difflib.get_close_matches(text.lower(), written, n=3, cutoff=0.5)
    if near:
        shown = f"nearest names: {', '.join(written[name] for name in near)}"
    else:
        shown = f"the names are in inputs/systems.yaml, e.g. {', '.join([*names][:5])}"
    return f"and no system is named {text!r} ({shown})"


def _is_formula(text: str) -> bool:
    try:
        Formula.parse(text)
    except FormulaError:
        return False
    return True


def _is_element(text: str) -> bool:
    return _is_formula(text) and text.isalpha() and len(Formula.parse(text).elements) == 1
