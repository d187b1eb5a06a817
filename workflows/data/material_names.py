"""Names of materials: ``inputs/systems.yaml`` with its aliases, and formulas that it means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from interfaces.chemistry.formulas import Formula, decimal
from interfaces.chemistry.numbers import lithium_content
from interfaces.errors import FormulaError, InputError, UnknownNameError
from workflows.data.name_hints import hint
from workflows.io.readers import read_yaml
from workflows.io.resources import inputs

SYSTEM_KEYS = frozenset(
    ("formula", "aliases", "what", "series", "molecule", "energy", "otherwise", "source",
     "first_step")
)  # fmt: skip
SYSTEM_KEYS_TEXT = ", ".join(sorted(SYSTEM_KEYS))
AMBIGUOUS_KEYS = frozenset(("either", "aliases"))


@dataclass(frozen=True)
class System:
    """What a name or formula of the command line stands for."""

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


def first_step(formula: Formula, name: str = "") -> str:
    """What happens to a named material before it decomposes, with a DOI; empty if not known."""
    known = name if name in systems() else material_of(formula)
    return systems()[known.partition("@")[0]].get("first_step", "") if known else ""


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
            raise UnknownNameError(f"{error}; {hint(base, written_names())}") from None
    else:
        name = written_names().get(base) if _may_be_a_name(formula) else None
        if name is None and not at:
            return System("", formula)
        name = name or series_of(formula)
        if name is None:
            raise InputError(
                f"{text!r}: no named cathode is {formula}, so @{content} has no meaning; write "
                "the lithium into the formula, e.g. Li0.5CoO2"
            )
    fields = _names()[name]
    if "either" in fields:
        meanings = [
            f"{other} ({systems()[other]['formula']})" for other in fields["either"].split()
        ]
        raise UnknownNameError(
            f"{base} is ambiguous; give {' or '.join(meanings).replace('{x}', '')}"
        )
    if "{x}" not in fields["formula"]:
        if at:
            raise InputError(f"{base} has one composition; {text!r} asks for a state of charge")
        label, formula = name, Formula.parse(fields["formula"])
    else:
        x = _lithium_content(content if at else "1", text)
        label = f"{name} (x = {decimal(x)})"
        formula = series_formula(fields["formula"], x)
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


def series_of(formula: Formula) -> str | None:
    """Name of the cathode that is this formula with all its lithium."""
    for name, fields in systems().items():
        template = fields["formula"]
        if "{x}" in template and formula.same_composition(series_formula(template, Fraction(1))):
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
        host = series_formula(template, Fraction(0))
        lithium = Fraction(formula.get("Li") * host.n_atoms) / others if others else Fraction(2)
        if 0 <= lithium <= 1 and formula.same_composition(series_formula(template, lithium)):
            return f"{name}@{decimal(lithium)}"
    return None


def series_formula(template: str, x: Fraction) -> Formula:
    """Formula of a series member; at x = 0 the lithium is left out.

    Parameters
    ----------
    template : formula with a variable lithium content.
    x : lithium content.
    """
    if x == 0:
        return Formula.parse(template.replace("Li{x}", ""))
    return Formula.parse(template.replace("{x}", "" if x == 1 else decimal(x)))


def _lithium_content(content: str, text: str) -> Fraction:
    try:
        return lithium_content(content.removeprefix("x="))
    except InputError as error:
        raise InputError(f"{text!r}: {error}; a state of charge is written NCM811@0.3") from None
