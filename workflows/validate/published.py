"""The table of published numbers: ``inputs/published.yaml``, or a file like it, checked."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from interfaces.errors import InputError, InterfaceError
from interfaces.formulas import Formula
from workflows.disk import read_yaml
from workflows.resources import inputs
from workflows.systems import find_system

Kind = Literal["windows", "staircases", "closed", "open", "decomposition", "intercalation"]
Side = Literal["reduction", "oxidation"]

KINDS: tuple[Kind, ...] = get_args(Kind)
UNITS: Mapping[Kind, str] = {
    "windows": "V",
    "staircases": "V",
    "closed": "eV/atom",
    "open": "eV per non-Li atom",
    "decomposition": "eV/atom",
    "intercalation": "V",
}
CERTAINTIES = ("H", "H-", "M")
REACTANTS = ("hull", "own", "unknown")
_PAPER_KEYS = {"year", "database", "measured", "reactants", "convention"}
_KEYS: Mapping[Kind, tuple[set[str], set[str]]] = {  # needed, allowed besides
    "windows": (
        {"of", "certainty"},
        {"reduction", "oxidation", "reduced_to", "oxidized_to"},
    ),
    "staircases": ({"of", "steps", "certainty"}, set()),
    "closed": ({"pair", "energy", "certainty"}, {"products"}),
    "open": ({"pair", "energy", "voltage", "certainty"}, {"products"}),
    "decomposition": ({"of", "energy", "voltage", "certainty"}, {"products"}),
    "intercalation": ({"of", "between", "voltage", "certainty"}, set()),
}


@dataclass(frozen=True)
class Paper:
    """Where numbers come from and how they count.

    Attributes
    ----------
    cite : a DOI, or journal and page.
    database : whose energies, or ``experiment``.
    reactants : a compound above the hull counts as put on the ``hull``, by its ``own`` energy, or
        ``unknown`` where the paper does not say.
    convention : basis and variables in words.
    """

    key: str
    cite: str
    year: int
    database: str
    measured: bool
    reactants: str
    convention: str


@dataclass(frozen=True)
class Published:
    """One published number: a value, or a measured range from ``low`` to ``high``.

    ``side`` of a window's limit; ``carriers`` per formula unit beyond a step; ``voltage`` [V] at
    which an energy holds; ``contents`` between which a voltage is the average.
    """

    kind: Kind
    names: tuple[str, ...]
    low: float
    high: float
    certainty: str
    paper: Paper
    products: tuple[str, ...] = ()
    side: Side | None = None
    carriers: float | None = None
    voltage: float | None = None
    contents: tuple[float, float] | None = None

    @property
    def unit(self) -> str:
        """Unit of the number, by its kind."""
        return UNITS[self.kind]

    @property
    def elements(self) -> frozenset[str]:
        """Elements that the question is about, Li among them."""
        found = {"Li"}
        for name in self.names:
            found |= set(find_system(name).formula.elements)
        return frozenset(found)

    @property
    def label(self) -> str:
        """What is compared, in a few words."""
        names = " | ".join(self.names)
        if self.side:
            return f"{names}, {self.side}"
        if self.carriers is not None:
            return f"{names}, step to {self.carriers:+g} Li"
        if self.contents:
            return f"{names}, {self.contents[0]:g} to {self.contents[1]:g} Li"
        return names if self.voltage is None else f"{names} at {self.voltage:g} V"

    def asks_as(self, other: Published) -> bool:
        """Whether another row publishes the same quantity."""
        return (self.kind, self.label) == (other.kind, other.label)

    def difference(self, value: float) -> float:
        """Ours minus published; 0 inside a published range, else from its nearer end."""
        return value - min(max(value, self.low), self.high)


def read_published(path: Path | None = None) -> tuple[Published, ...]:
    """Read a table of published numbers; by default the bundled one.

    Raises
    ------
    InputError
        If the file is no such table, with the place and what was expected there.
    """
    file = inputs() / "published.yaml" if path is None else path
    data = read_yaml(file)
    if not isinstance(data, dict) or set(data) != {"units", "sources"}:
        raise InputError(f"{file.name}: a table of published numbers holds `units` and `sources`")
    if data["units"] != dict(UNITS):
        raise InputError(f"{file.name}: units must be {dict(UNITS)}, found {data['units']}")
    try:
        return tuple(
            itertools.chain.from_iterable(
                _paper_rows(key, fields) for key, fields in data["sources"].items()
            )
        )
    except (TypeError, ValueError, KeyError, AttributeError, OverflowError) as error:
        raise InputError(f"{file.name}: {error}") from None
    except InterfaceError as error:
        raise InputError(f"{file.name}: {error}") from None


def _paper_rows(key: str, fields: Mapping[str, Any]) -> Iterator[Published]:
    rest = dict(fields)
    cites = [str(rest.pop(name)) for name in ("doi", "reference") if name in rest]
    if len(cites) != 1:
        raise InputError(f"{key}: give a doi, or a reference where there is none")
    missing = _PAPER_KEYS - set(rest)
    if missing:
        raise InputError(f"{key}: {', '.join(sorted(missing))} is missing")
    paper = Paper(key, cites[0], **{name: rest.pop(name) for name in sorted(_PAPER_KEYS)})
    if paper.reactants not in REACTANTS:
        raise InputError(f"{key}: reactants {paper.reactants!r} is not one of {REACTANTS}")
    unknown = set(rest) - set(KINDS)
    if unknown:
        raise InputError(f"{key}: {', '.join(sorted(unknown))} is none of {', '.join(KINDS)}")
    for kind in KINDS:
        for entry in rest.get(kind, ()):
            yield from _entry_rows(kind, entry, paper)


def _entry_rows(kind: Kind, entry: Mapping[str, Any], paper: Paper) -> Iterator[Published]:
    needed, besides = _KEYS[kind]
    where = f"{paper.key}, {kind}, {entry.get('of') or entry.get('pair')}"
    if not needed <= set(entry) <= needed | besides:
        raise InputError(
            f"{where}: has {', '.join(sorted(entry))}; needs {', '.join(sorted(needed))}"
            + (f" and may have {', '.join(sorted(besides))}" if besides else "")
        )
    if entry["certainty"] not in CERTAINTIES:
        raise InputError(f"{where}: certainty {entry['certainty']!r} is not one of {CERTAINTIES}")
    names = tuple(entry["pair"]) if "pair" in entry else (str(entry["of"]),)
    if len(names) != (2 if "pair" in entry else 1):
        raise InputError(f"{where}: a pair has two names")
    for name in names:
        find_system(name)
    for row in _values(kind, names, entry, paper):
        for product in row.products:
            Formula.parse(product)
        if not row.low <= row.high:
            raise InputError(f"{where}: {row.low} to {row.high} is no range")
        yield row


def _values(
    kind: Kind, names: tuple[str, ...], entry: Mapping[str, Any], paper: Paper
) -> Iterator[Published]:
    certainty = entry["certainty"]
    if kind == "windows":
        sides: tuple[tuple[Side, str], ...] = (
            ("reduction", "reduced_to"), ("oxidation", "oxidized_to"),
        )  # fmt: skip
        for side, beyond in sides:
            if side in entry:
                low, high = _range(entry[side])
                products = tuple(entry.get(beyond, ()))
                yield Published(kind, names, low, high, certainty, paper, products, side=side)
            elif beyond in entry:
                raise InputError(f"{paper.key}, {names[0]}: {beyond} without {side}")
    elif kind == "staircases":
        for volt, carriers in entry["steps"]:
            low, high = _range(volt)
            yield Published(kind, names, low, high, certainty, paper, carriers=float(carriers))
    elif kind == "intercalation":
        low, high = _range(entry["voltage"])
        full, empty = (float(x) for x in entry["between"])
        yield Published(kind, names, low, high, certainty, paper, contents=(full, empty))
    else:
        low, high = _range(entry["energy"])
        voltage = float(entry["voltage"]) if "voltage" in entry else None
        products = tuple(entry.get("products", ()))
        yield Published(kind, names, low, high, certainty, paper, products, voltage=voltage)


def _range(value: Any) -> tuple[float, float]:
    low, high = value if isinstance(value, list) else (value, value)
    return float(low), float(high)
