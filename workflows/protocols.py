"""Protocols: ``inputs/protocols/*.yaml``, a base and named deltas -> frozen, checked objects.

Every tag carries its reason, every mesh its cell, and every protocol says which corrections its
energies may take.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, cast

from interfaces.errors import InputError
from workflows.disk import read_yaml
from workflows.resources import inputs

Plain = bool | int | float | str
Order = Literal["afm", "fm", "none", "set"]

#: what a tag's ``rule`` may be; `workflows.vasp.rules` has a function for each
_RULES = """
spin moments hubbard-on hubbard-type hubbard-l hubbard-u hubbard-j mixing projection
dispersion dipole-on dipole-axis dipole-centre time-step steps
"""
RULES = frozenset(_RULES.split())
MESH_RULES = ("gamma", "spacing", "grids", "set")
ORDERS: tuple[Order, ...] = ("afm", "fm", "none", "set")
SETS = ("MPRelaxSet", "MPStaticSet")
_KEYS = """
base summary doi abstract set potentials hubbard magnetic kpoints corrections accepts segments tags
"""
KEYS = frozenset(_KEYS.split())
SECTIONS = {  # key -> what it may hold
    "potentials": {"functional", "reason", "symbols"},
    "hubbard": {"reason", "beside", "values"},
    "magnetic": {"order", "reason"},
    "kpoints": {"rule", "reason", "spacing", "grids"},
    "corrections": {"scheme", "reason"},
}
GRID_KEYS = {"formula", "cell", "atoms", "lengths", "angles", "divisions"}
TAG_KEYS = {"value", "rule", "drop", "reason", "picoseconds"}
SHORTEST_REASON = 8  #: characters


@dataclass(frozen=True)
class TagRule:
    """One INCAR tag of a protocol: a value, a rule, or neither (left to pymatgen's set)."""

    name: str
    reason: str
    set_by: str  #: the protocol that said so
    value: Plain | None = None
    rule: str | None = None
    picoseconds: float | None = None  #: of the rule ``steps``


@dataclass(frozen=True)
class Grid:
    """A mesh with the cell it belongs to; lengths in angstrom, angles in degrees."""

    formula: str
    cell: str
    atoms: int
    lengths: tuple[float, ...]
    angles: tuple[float, ...]
    divisions: tuple[int, int, int]


@dataclass(frozen=True)
class MeshRule:
    """How the k-points follow from a cell; ``spacing`` in 1/angstrom with 2 pi."""

    rule: str
    reason: str
    spacing: float | None = None
    grids: tuple[Grid, ...] = ()


@dataclass(frozen=True)
class Potentials:
    """Names of potentials, never their content."""

    functional: str
    reason: str
    symbols: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Hubbard:
    """U - J [eV] on the d shell of elements that stand beside one of some anions."""

    reason: str
    beside: tuple[str, ...]
    values: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Protocol:
    """Everything that turns a structure into inputs.

    Attributes
    ----------
    lineage : names from the base to this one.
    pymatgen_set : name of the class in pymatgen whose inputs these are, or None.
    corrections : name of pymatgen's scheme that energies of this protocol may take, or None.
    accepts : (check, reason) of pre-flight errors that this protocol knows of and wants; they
        become doubts.
    """

    name: str
    summary: str
    lineage: tuple[str, ...]
    tags: tuple[TagRule, ...]
    mesh: MeshRule
    potentials: Potentials
    hubbard: Hubbard | None
    order: Order
    order_reason: str
    corrections: str | None
    corrections_reason: str
    doi: str | None = None
    pymatgen_set: str | None = None
    accepts: tuple[tuple[str, str], ...] = ()
    segments: int = 1
    abstract: bool = False

    def reason(self, tag: str) -> str | None:
        """The reason beside a tag; None if the protocol does not know the tag."""
        return next((one.reason for one in self.tags if one.name == tag), None)

    def compatibility(self) -> Any:
        """Return pymatgen's correction scheme for energies of this protocol.

        Raises
        ------
        InputError
            If its energies take none, with the reason.

        Examples
        --------
        >>> read_protocol("zhang2023-bulk").compatibility()
        Traceback (most recent call last):
        ...
        interfaces.errors.InputError: energies of zhang2023-bulk take no correction: \
MaterialsProject2020 corrects Co oxides computed at U = 3.32 eV, so energies at 3.9 eV take no \
correction.
        """
        if self.corrections is None:
            raise InputError(
                f"energies of {self.name} take no correction: {self.corrections_reason}"
            )
        from pymatgen.entries import compatibility

        return getattr(compatibility, self.corrections)()


def protocol_names() -> tuple[str, ...]:
    """Names of the bundled protocols that can be asked for."""
    return tuple(name for name in _stems() if not read_protocol(name).abstract)


def _stems() -> list[str]:
    return sorted(path.stem for path in (inputs() / "protocols").glob("*.yaml"))


def read_protocol(name: str) -> Protocol:
    """A bundled protocol by name, or one of the user's by the path of its file.

    Raises
    ------
    InputError
        If there is none, or the file says something that means nothing or gives no reason.

    Examples
    --------
    >>> published = read_protocol("zhang2023-bulk")
    >>> published.lineage, published.hubbard.values
    (('base', 'zhang2023-bulk'), (('Co', 3.9),))
    """
    if name in _stems():
        return _bundled(name)
    path = Path(name)
    if path.suffix in {".yaml", ".yml"} and path.is_file():
        return _checked(path.stem, path)
    known = [stem for stem in _stems() if not _bundled(stem).abstract]
    near = difflib.get_close_matches(name, known, n=2, cutoff=0.5)
    raise InputError(
        f"no protocol is called {name!r}; "
        + (f"nearest: {', '.join(near)}; " if near else "")
        + f"known: {', '.join(known)}, or give the path of a YAML file"
    )


@cache
def _bundled(name: str) -> Protocol:
    return _checked(name, inputs() / "protocols" / f"{name}.yaml")


def _checked(name: str, path: Path) -> Protocol:
    """A protocol whose values are of their kinds; what a check below does not name is said here."""
    try:
        return _built(name, path)
    except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            f"protocol {name} holds a value of another kind than its key asks for "
            f"({type(error).__name__}: {error}); compare with inputs/protocols"
        ) from None


def _built(name: str, path: Path) -> Protocol:
    chain = _chain(name, path, ())
    merged: dict[str, Any] = {}
    tags: dict[str, TagRule] = {}
    for step, data in chain:
        for key, value in data.items():
            if key == "tags":
                _apply(tags, value, step)
            elif key == "potentials":
                before = merged.get(key, {})
                symbols = before.get("symbols", {}) | value.get("symbols", {})
                merged[key] = before | value | {"symbols": symbols}
            elif key != "base":
                merged[key] = value
    last = chain[-1][1]
    merged["abstract"] = last.get("abstract", False)
    merged["doi"] = last.get("doi")
    missing = {"summary", "potentials", "magnetic", "kpoints", "corrections"} - merged.keys()
    if missing or not tags:
        raise InputError(f"protocol {name} lacks {', '.join(sorted(missing)) or 'tags'}")
    merged.setdefault("accepts", {})
    hubbard = merged.get("hubbard")
    one = Protocol(
        name=name,
        summary=str(merged["summary"]),
        lineage=tuple(step for step, _ in chain),
        tags=tuple(tags.values()),
        mesh=_mesh(name, merged["kpoints"]),
        potentials=Potentials(
            str(merged["potentials"]["functional"]),
            _reason(name, "potentials", merged["potentials"]),
            tuple(merged["potentials"]["symbols"].items()),
        ),
        hubbard=None if hubbard is None else Hubbard(
            _reason(name, "hubbard", hubbard),
            tuple(hubbard["beside"]),
            tuple((key, float(value)) for key, value in hubbard["values"].items()),
        ),
        order=cast(Order, _one_of(name, "magnetic order", merged["magnetic"]["order"], ORDERS)),
        order_reason=_reason(name, "magnetic", merged["magnetic"]),
        corrections=merged["corrections"]["scheme"],
        corrections_reason=_reason(name, "corrections", merged["corrections"]),
        doi=merged["doi"],
        pymatgen_set=merged.get("set"),
        accepts=tuple((str(check), str(why)) for check, why in merged["accepts"].items()),
        segments=int(merged.get("segments", 1)),
        abstract=bool(merged["abstract"]),
    )  # fmt: skip
    if one.pymatgen_set is None:
        for tag in one.tags:
            if tag.value is None and tag.rule is None:
                raise InputError(
                    f"protocol {name}: {tag.name} has neither a value nor a rule; give one"
                )
    else:
        _one_of(name, "set", one.pymatgen_set, SETS)
    return one


def _chain(
    name: str, path: Path, seen: tuple[str, ...]
) -> tuple[tuple[str, Mapping[str, Any]], ...]:
    """(name, content) from the first base to this file."""
    if name in seen:
        raise InputError(f"protocol {name} stands on itself: {' -> '.join((*seen, name))}")
    data = read_yaml(path)
    if not isinstance(data, dict):
        raise InputError(f"{path} holds no keys; a protocol has base, summary, tags, ...")
    _known(name, "a protocol", data, KEYS)
    for key, allowed in SECTIONS.items():
        if key in data:
            if not isinstance(data[key], dict):
                raise InputError(f"protocol {name}: {key} must be a block, found {data[key]!r}")
            _known(name, key, data[key], allowed)
    base = data.get("base")
    if base is None:
        return ((name, data),)
    if base not in _stems():
        raise InputError(
            f"protocol {name} has the unknown base {base!r}; known: {', '.join(_stems())}"
        )
    return (
        *_chain(base, inputs() / "protocols" / f"{base}.yaml", (*seen, name)),
        (name, data),
    )


def _apply(tags: dict[str, TagRule], block: Any, step: str) -> None:
    """Put the tags of one file over those of its base."""
    if not isinstance(block, dict):
        raise InputError(f"protocol {step}: tags must be a block, found {block!r}")
    for name, data in block.items():
        where = f"tag {name}"
        if not isinstance(data, dict):
            raise InputError(f"protocol {step}: {where} must hold a value and a reason")
        _known(step, where, data, TAG_KEYS)
        reason = _reason(step, where, data)
        if sum(key in data for key in ("value", "rule", "drop")) > 1:
            raise InputError(f"protocol {step}: {where} has more than one of value, rule and drop")
        if "drop" in data:
            if name not in tags:
                raise InputError(f"protocol {step}: {where} is dropped but no base has it")
            del tags[name]
            continue
        rule, value = data.get("rule"), data.get("value")
        if rule is not None:
            _one_of(step, f"rule of {name}", rule, sorted(RULES))
        if (data.get("picoseconds") is not None) != (rule == "steps"):
            raise InputError(
                f"protocol {step}: picoseconds belong to the rule steps, and it needs them"
            )
        if "value" in data and not isinstance(value, Plain):
            raise InputError(f"protocol {step}: {where} has the value {value!r}; give one value")
        tags[name] = TagRule(name, reason, step, value, rule, data.get("picoseconds"))


def _mesh(name: str, block: Mapping[str, Any]) -> MeshRule:
    rule = _one_of(name, "kpoints rule", block.get("rule"), MESH_RULES)
    grids = []
    for data in block.get("grids", []):
        _known(name, "a grid", data, GRID_KEYS)
        missing = GRID_KEYS - data.keys()
        if missing:
            raise InputError(
                f"protocol {name}: a grid must name its cell; it lacks {sorted(missing)}"
            )
        a, b, c = data["divisions"]
        grids.append(
            Grid(
                str(data["formula"]), str(data["cell"]), int(data["atoms"]),
                tuple(map(float, data["lengths"])), tuple(map(float, data["angles"])),
                (int(a), int(b), int(c)),
            )
        )  # fmt: skip
    spacing = block.get("spacing")
    if rule in ("spacing", "grids") and not (isinstance(spacing, float | int) and spacing > 0):
        raise InputError(f"protocol {name}: kpoints need a spacing [1/angstrom], found {spacing!r}")
    return MeshRule(rule, _reason(name, "kpoints", block), spacing, tuple(grids))


def _reason(name: str, where: str, block: Mapping[str, Any]) -> str:
    """One sentence: it ends with a full stop and holds no other."""
    reason = str(block.get("reason", "")).strip()
    if len(reason) < SHORTEST_REASON or not reason.endswith(".") or ". " in reason:
        raise InputError(
            f"protocol {name}: {where} needs a reason of one sentence, found {reason!r}"
        )
    return reason


def _known(name: str, where: str, block: Mapping[str, Any], allowed: Any) -> None:
    unknown = sorted(set(map(str, block)) - set(allowed))
    if unknown:
        raise InputError(
            f"protocol {name}: {where} has the unknown keys {', '.join(unknown)}; "
            f"known: {', '.join(sorted(allowed))}"
        )


def _one_of(name: str, where: str, found: Any, allowed: Any) -> str:
    if found not in allowed:
        raise InputError(
            f"protocol {name}: {where} is {found!r}; give one of {', '.join(map(str, allowed))}"
        )
    return str(found)
