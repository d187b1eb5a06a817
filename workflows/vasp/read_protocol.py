"""Read protocols (``inputs/protocols/*.yaml``): a base with named changes, checked and frozen."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, get_args

from interfaces.errors import InputError
from interfaces.serialisable import Serialisable
from interfaces.structures.magnetic_moments import Order
from workflows.io.readers import read_yaml
from workflows.io.resources import inputs
from workflows.schemas.base import validate
from workflows.schemas.protocols import Grid, MeshRule, Plain, ProtocolFile, Rule

__all__ = [
    "RULES", "Grid", "Hubbard", "MeshRule", "Plain", "Potentials", "Protocol", "TagRule",
    "protocol_names", "read_protocol",
]  # fmt: skip

Chain = tuple[tuple[str, ProtocolFile], ...]  #: name and content of each file, the base first

#: what a tag's ``rule`` may be; `workflows.vasp.tag_rules` has a function for each
RULES: frozenset[str] = frozenset(get_args(Rule))


@dataclass(frozen=True)
class TagRule(Serialisable):
    """One INCAR tag of a protocol: a value, a rule, or neither (left to pymatgen's set)."""

    name: str
    reason: str
    set_by: str  #: the protocol that said so
    value: Plain | None = None
    rule: str | None = None
    picoseconds: float | None = None  #: of the rule ``steps``


@dataclass(frozen=True)
class Potentials(Serialisable):
    """Names of potentials, never their content."""

    functional: str
    reason: str
    symbols: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Hubbard(Serialisable):
    """U - J [eV] on the d shell of elements in compounds with one of some anions."""

    reason: str
    beside: tuple[str, ...]
    values: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Protocol(Serialisable):
    """Everything that turns a structure into inputs.

    Attributes
    ----------
    lineage : names from the base to this one.
    pymatgen_set : name of the class in pymatgen whose inputs these are, or None.
    corrections : name of pymatgen's scheme that energies of this protocol may take, or None.
    accepts : (check, reason) of pre-flight errors that this protocol accepts on purpose; they
        become warnings.
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
        """The reason beside a tag; None if the protocol has no such tag."""
        return next((item.reason for item in self.tags if item.name == tag), None)

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
    """Names of the bundled protocols."""
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
    """Put the files of a protocol over one another, the base first."""
    chain = _chain(name, path, ())
    tags: dict[str, TagRule] = {}
    for step, file in chain:
        _apply(tags, file, step)
    potentials = [file.potentials for _, file in chain if file.potentials is not None]
    functional = next((block.functional for block in reversed(potentials) if block.functional), "")
    magnetic, mesh = _last(chain, "magnetic"), _last(chain, "kpoints")
    corrections, hubbard = _last(chain, "corrections"), _last(chain, "hubbard")
    summary = _last(chain, "summary")
    blocks = {
        "summary": summary, "potentials": functional, "magnetic": magnetic, "kpoints": mesh,
        "corrections": corrections, "tags": tags,
    }  # fmt: skip
    if lacking := [key for key, block in blocks.items() if not block]:
        raise InputError(f"protocol {name} lacks {', '.join(lacking)}")
    own = chain[-1][1]
    protocol = Protocol(
        name=name,
        summary=summary,
        lineage=tuple(step for step, _ in chain),
        tags=tuple(tags.values()),
        mesh=mesh,
        potentials=Potentials(
            functional=functional,
            reason=potentials[-1].reason,
            symbols=tuple({k: v for block in potentials for k, v in block.symbols.items()}.items()),
        ),
        hubbard=None
        if hubbard is None
        else Hubbard(
            reason=hubbard.reason, beside=hubbard.beside, values=tuple(hubbard.values.items())
        ),
        order=magnetic.order,
        order_reason=magnetic.reason,
        corrections=corrections.scheme,
        corrections_reason=corrections.reason,
        doi=own.doi,
        pymatgen_set=_last(chain, "set"),
        accepts=tuple((_last(chain, "accepts") or {}).items()),
        segments=_last(chain, "segments") or 1,
        abstract=own.abstract,
    )
    _check_tags(protocol)
    return protocol


def _last(chain: Chain, key: str) -> Any:
    """What the last file says that names a key; None if none does."""
    return next(
        (getattr(file, key) for _, file in reversed(chain) if key in file.model_fields_set), None
    )


def _check_tags(protocol: Protocol) -> None:
    """Without a set of pymatgen behind it, every tag needs a value or a rule."""
    if protocol.pymatgen_set is None:
        for tag in protocol.tags:
            if tag.value is None and tag.rule is None:
                raise InputError(
                    f"protocol {protocol.name}: {tag.name} has neither a value nor a rule; give one"
                )


def _chain(name: str, path: Path, seen: tuple[str, ...]) -> Chain:
    """(name, content) from the first base to this file."""
    if name in seen:
        raise InputError(f"protocol {name} has itself as base: {' -> '.join((*seen, name))}")
    file: ProtocolFile = validate(ProtocolFile, read_yaml(path), f"protocol {name}")
    if file.base is None:
        return ((name, file),)
    if file.base not in _stems():
        raise InputError(
            f"protocol {name} has the unknown base {file.base!r}; known: {', '.join(_stems())}"
        )
    base = inputs() / "protocols" / f"{file.base}.yaml"
    return (*_chain(file.base, base, (*seen, name)), (name, file))


def _apply(tags: dict[str, TagRule], file: ProtocolFile, step: str) -> None:
    """Put the tags of one file over those of its base."""
    for name, block in file.tags.items():
        if block.drop:
            if name not in tags:
                raise InputError(
                    f"protocol {step}: tag {name} is dropped but no base has it; leave it out"
                )
            del tags[name]
        else:
            tags[name] = TagRule(
                name=name,
                reason=block.reason,
                set_by=step,
                value=block.value,
                rule=block.rule,
                picoseconds=block.picoseconds,
            )
