"""What a text that is no formula and no name may mean."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection

from interfaces.chemistry.formulas import Formula
from interfaces.errors import FormulaError

_PARTS = re.compile(r"[-\u2013/:+|()\s]+")  #: what people put between the parts of a mixture
#: Everyday words and the formula that stands for them.
_WORDS = {
    "lithium": "Li", "lithium metal": "Li", "li metal": "Li", "sodium": "Na", "silicon": "Si",
    "indium": "In", "tin": "Sn", "graphite": "C (lithiated: LiC6)", "carbon": "C",
    "carbon black": "C", "sulfur": "S", "water": "H2O", "moisture": "H2O", "oxygen": "O2",
    "alumina": "Al2O3", "zirconia": "ZrO2", "silica": "SiO2", "titania": "TiO2",
}  # fmt: skip


def explain(text: str, unread: str, names: Collection[str]) -> str:
    """Say what a text that is neither a formula nor a name may mean.

    Parameters
    ----------
    text : what was given as a material.
    unread : why it is no formula.
    names : of the materials, with their aliases.

    Returns
    -------
    What to give instead, or, with no idea of it, why it is no formula and the nearest names.

    Examples
    --------
    >>> explain("PEO-LiTFSI", "", ["PEO", "LiTFSI"])
    "'PEO-LiTFSI' is a mixture; give its parts by mass: interfaces composite PEO=1 LiTFSI=1"
    >>> explain("lco", "", ["LCO"])
    "no system is named 'lco'; names are case-sensitive: LCO"
    """
    if text.lower() in _WORDS:
        return f"{text!r} is no formula; give {_WORDS[text.lower()]}"
    if text.lower() == "air":
        return "'air' is no reactant; give --gas air with --temperature, or H2O or CO2 as reactant"
    if meaning := _of_parts(text, names):
        return meaning
    written = {name.lower(): name for name in names}
    if text.lower() in written:
        name = written[text.lower()]
        return f"no system is named {text!r}; names are case-sensitive: {name}"
    if "case-sensitive: " in unread:
        return unread
    near = difflib.get_close_matches(text.lower(), written, n=3, cutoff=0.5)
    if near:
        shown = f" (nearest names: {', '.join(written[name] for name in near)})"
    else:
        shown = f" (the names are in inputs/systems.yaml, e.g. {', '.join([*names][:5])})"
    return f"{unread}; and no system is named {text!r}{shown}"


def _of_parts(text: str, names: Collection[str]) -> str:
    """What a text of several parts means: a couple, an alloy, a mixture; empty for none."""
    parts = [part for part in _PARTS.split(text) if part]
    if len(parts) < 2:
        return ""
    elements = all(_is_element(part) for part in parts)
    if "|" in text and not elements and all(_is_formula(part) for part in parts):
        return (
            f"{text!r} is an electrode; give its lithiated phase, {parts[-1]}, or the electrode as "
            f'a reservoir: Li --open Li --voltage 0 --reference "{text}"'
        )
    if elements and "Li" in parts and len(parts) == 2:
        host = parts[1 - parts.index("Li")]
        return (
            f"{text!r} is an electrode; give the formula of the alloy, e.g. Li{host}, or the "
            f'electrode as a reservoir: Li --open Li --voltage 0 --reference "{host}|Li{host}"'
        )
    if elements:
        return f"{text!r} is a chemical system; a reactant is a formula"
    if all(part in names or _is_formula(part) for part in parts):
        amounts = " ".join(f"{part}=1" for part in parts)
        return f"{text!r} is a mixture; give its parts by mass: interfaces composite {amounts}"
    return ""


def _is_formula(text: str) -> bool:
    try:
        Formula.parse(text)
    except FormulaError:
        return False
    return True


def _is_element(text: str) -> bool:
    return _is_formula(text) and text.isalpha() and len(Formula.parse(text).elements) == 1
