"""Names of materials: ``inputs/systems.yaml``, its aliases, and hints for unknown names."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from interfaces.chemistry.formulas import Formula, decimal
from interfaces.chemistry.numbers import lithium_content
from interfaces.errors import FormulaError, InputError, UnknownNameError
from workflows.io.readers import read_yaml
from workflows.io.resources import inputs

_PARTS = re.compile(r"[-\u2013/:+|()\s]+")  #: what people put between the parts of a mixture
#: Everyday words and their formula.
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
        return f"{text!r} is not a formula; give {_WORDS[text.lower()]}"
    if text.lower() == "air":
        return (
            "'air' is not a reactant; give --gas air with --temperature, or H2O or CO2 as reactant"
        )
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


SYSTEM_KEYS = frozenset(
    ("formula", "aliases", "what", "series", "molecule", "energy", "otherwise", "source",
     "first_step")
)  # fmt: skip
SYSTEM_KEYS_TEXT = ", ".join(sorted(SYSTEM_KEYS))
AMBIGUOUS_KEYS = frozenset(("either", "aliases"))


@dataclass(frozen=True)
class System:
    """Material of a name or formula of the command line."""

    name: str
    formula: Formula
    series: str | None = None
    molecule: str | None = None
    energy: str = "own"
    otherwise: str | None = None  #: energy model where ``calculated`` does not apply


@cache
def _names() -> Mapping[str, Mapping[str, str]]:
    """Name -> fields of ``inputs/systems.yaml``, the ambiguous names too."""
    loaded = read_yaml(inputs() / "systems.yaml")
    if not isinstance(loaded, dict):
        raise InputError("systems.yaml must be names with values")
    for name, fields in loaded.items():
        # without pydantic, whose import the single curve would pay for
        if not isinstance(fields, dict) or not (
            {"formula"} <= fields.keys() <= SYSTEM_KEYS
            or {"either"} <= fields.keys() <= AMBIGUOUS_KEYS
        ):
            raise InputError(f"systems.yaml: {name} needs formula, and has {SYSTEM_KEYS_TEXT}")
        for key, value in fields.items():
            if not isinstance(value, str):
                raise InputError(
                    f"systems.yaml: {name}: {key} must be text, found {repr(value)[:40]}"
                )
    return loaded


@cache
def systems() -> Mapping[str, Mapping[str, str]]:
    """Name -> fields of every material of ``inputs/systems.yaml``."""
    return {name: fields for name, fields in _names().items() if "formula" in fields}


def first_step(name: str) -> str:
    """What happens to a named material before it decomposes, with a DOI; empty if not known."""
    return systems()[name].get("first_step", "") if name in systems() else ""


@cache
def written_names() -> Mapping[str, str]:
    """Every name and alias -> the name in ``inputs/systems.yaml``."""
    written: dict[str, str] = {}
    for name, fields in _names().items():
        for text in (name, *fields.get("aliases", "").split()):
            if written.setdefault(text, name) != name:
                raise InputError(f"systems.yaml: {text} is {written[text]} and {name}")
    return written


def find_system(text: str) -> System:
    """Resolve ``LiCoO2``, ``LPSCl`` or ``NCM811@0.3`` (a series member with Li content x = 0.3).

    A name goes before a formula; ``LiCoO2@0.3`` is the series whose host is that formula.

    Parameters
    ----------
    text : formula or name.

    Raises
    ------
    FormulaError
        If it looks like a formula and is not one.
    UnknownNameError
        If it is neither, or an ambiguous name; what it may mean is listed.
    """
    base, at, content = text.strip().partition("@")
    try:
        formula = Formula.parse(base)
    except FormulaError as error:
        name = written_names().get(base)
        if name is None:
            raise UnknownNameError(explain(base, str(error), written_names())) from None
    else:
        name = written_names().get(base) if _may_be_a_name(formula) else None
        if name is None and not at:
            return System("", formula)
        name = name or _series_of(formula)
        if name is None:
            raise InputError(
                f"{text!r}: no named cathode is {formula}, so @{content} has no meaning; write "
                "the lithium into the formula, e.g. Li0.5CoO2"
            )
    fields = _names()[name]
    if "either" in fields:
        meanings = [
            f"{meaning} ({systems()[meaning]['formula']})" for meaning in fields["either"].split()
        ]
        raise UnknownNameError(
            f"{base} is ambiguous; give {' or '.join(meanings).replace('{x}', '')}"
        )
    if "{x}" not in fields["formula"]:
        if at:
            raise InputError(
                f"{base} has a fixed composition, so {at}{content} has no meaning; a Li content is "
                "given to a cathode, e.g. NCM811@0.3"
            )
        label, formula = name, Formula.parse(fields["formula"])
    else:
        x = _lithium_content(content if at else "1", text)
        label = f"{name} (x = {decimal(x)})"
        formula = _series_formula(fields["formula"], x)
    return System(
        label,
        formula,
        fields.get("series"),
        fields.get("molecule"),
        fields.get("energy", "own"),
        fields.get("otherwise"),
    )


def _may_be_a_name(formula: Formula) -> bool:
    """Whether a formula is written like a name, as LiPON; the others need no table of names."""
    return len(formula.amounts) > 2 and all(amount == 1 for _, amount in formula.amounts)


def _series_of(formula: Formula) -> str | None:
    """Name of the cathode that is this formula with all its lithium."""
    for name, fields in systems().items():
        template = fields["formula"]
        if "{x}" in template and formula.same_composition(_series_formula(template, Fraction(1))):
            return name
    return None


def material_of(formula: Formula) -> str | None:
    """Name of the material with this composition, such as NCM811@0.5; None without one.

    Examples
    --------
    >>> material_of(Formula.parse("Li0.5Ni0.8Co0.1Mn0.1O2"))
    'NCM811@0.5'
    """
    others = Fraction(formula.n_atoms - formula.get("Li"))
    for name, fields in systems().items():
        template = fields["formula"]
        if "{x}" not in template:
            if formula.same_composition(Formula.parse(template)):
                return name
            continue
        host = _series_formula(template, Fraction(0))
        lithium = Fraction(formula.get("Li") * host.n_atoms) / others if others else Fraction(2)
        if 0 <= lithium <= 1 and formula.same_composition(_series_formula(template, lithium)):
            return f"{name}@{decimal(lithium)}"
    return None


def _series_formula(template: str, x: Fraction) -> Formula:
    """Formula of a series member; at x = 0 the lithium is left out."""
    if x == 0:
        return Formula.parse(template.replace("Li{x}", ""))
    return Formula.parse(template.replace("{x}", "" if x == 1 else decimal(x)))


def _lithium_content(content: str, text: str) -> Fraction:
    try:
        return lithium_content(content.removeprefix("x="))
    except InputError as error:
        raise InputError(f"{text!r}: {error}; a Li content is written NCM811@0.3") from None
