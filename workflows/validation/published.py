"""Read and check a table of published numbers (``inputs/published.yaml``)."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from interfaces.chemistry.formulas import Formula
from interfaces.errors import InputError, InterfaceError
from workflows.data.named_materials import find_system
from workflows.io.readers import read_yaml
from workflows.io.resources import inputs

if TYPE_CHECKING:
    from workflows.schemas.published_file import (
        ClosedRow,
        DecompositionRow,
        IntercalationRow,
        OpenRow,
        PaperBlock,
        StaircaseRow,
        WindowRow,
    )

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
Range = tuple[float, float]


@dataclass(frozen=True)
class Paper:
    """A publication and its conventions.

    Attributes
    ----------
    key : name in the table.
    cite : DOI, or journal and page.
    year : of publication.
    database : source of the energies, or ``experiment``.
    measured : whether the numbers are measured.
    reactants : energy of compounds above the hull: ``hull``, ``own``, or ``unknown`` if the paper
        does not say.
    convention : basis and variables in words.
    """

    key: str
    cite: str
    year: int
    database: str
    measured: bool
    reactants: Literal["hull", "own", "pymatgen", "unknown"]
    convention: str


@dataclass(frozen=True)
class Published:
    """One published number.

    Attributes
    ----------
    kind : quantity.
    names : compound, or the two of a pair.
    low, high : the value, or a measured range, in ``unit``.
    certainty : ``H``, ``H-``, ``M`` or ``U``, see the table.
    paper : source.
    products : published products.
    side : limit of a window.
    carriers : Li per formula unit beyond a step.
    voltage : [V] of an energy.
    contents : Li contents between which a voltage is the average.
    quantity : which energy of an open pair.
    note : known reason for a difference, where no rule finds one.
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
    quantity: Literal["total", "mutual", "mutual_over_all_atoms"] = "total"
    note: str = ""

    @property
    def unit(self) -> str:
        """Unit of the number, by its kind."""
        return UNITS[self.kind]

    @property
    def elements(self) -> frozenset[str]:
        """Elements of the materials, and Li."""
        formulas = [find_system(name).formula for name in self.names]
        return frozenset({"Li"}).union(*(formula.elements for formula in formulas))

    @property
    def label(self) -> str:
        """The quantity in a few words."""
        names = " | ".join(self.names)
        if self.side:
            return f"{names}, {self.side}"
        if self.carriers is not None:
            return f"{names}, step to {self.carriers:+g} Li"
        if self.contents:
            return f"{names}, {self.contents[0]:g} to {self.contents[1]:g} Li"
        if self.voltage is None:
            return names
        which = "" if self.quantity == "total" else f", {self.quantity.replace('_', ' ')}"
        return f"{names} at {self.voltage:g} V{which}"

    def same_quantity(self, row: Published) -> bool:
        """Whether another row publishes the same quantity."""
        return (self.kind, self.label) == (row.kind, row.label)

    def difference(self, value: float) -> float:
        """Computed minus published number.

        Parameters
        ----------
        value : the computed number.

        Returns
        -------
        The difference in ``unit``; 0 inside a published range, else from its nearer end.
        """
        return value - min(max(value, self.low), self.high)


def read_published(path: Path | None = None) -> tuple[Published, ...]:
    """Read a table of published numbers.

    Parameters
    ----------
    path : YAML file; None is the bundled table.

    Returns
    -------
    Its numbers, in order.

    Raises
    ------
    InputError
        If the file is not such a table; the message names the place and what was expected.
    """
    file = inputs() / "published.yaml" if path is None else path
    from workflows.schemas.base import validate
    from workflows.schemas.published_file import PublishedFile

    table: PublishedFile = validate(PublishedFile, read_yaml(file), file.name)
    if table.units != dict(UNITS):
        raise InputError(f"{file.name}: units must be {dict(UNITS)}, not {table.units}")
    try:
        rows = itertools.starmap(_paper_rows, table.sources.items())
        return tuple(itertools.chain.from_iterable(rows))
    except InterfaceError as error:
        raise InputError(f"{file.name}: {error}") from None


def _paper_rows(key: str, block: PaperBlock) -> Iterator[Published]:
    paper = Paper(
        key=key,
        cite=block.doi or block.reference or "",
        year=block.year,
        database=block.database,
        measured=block.measured,
        reactants=block.reactants,
        convention=block.convention,
    )
    for kind in KINDS:
        for entry in getattr(block, kind):
            for row in _ROWS[kind](kind, entry, paper):
                for name in row.names:
                    find_system(name)
                for product in row.products:
                    Formula.parse(product)
                yield row


def _window(kind: Kind, entry: WindowRow, paper: Paper) -> Iterator[Published]:
    sides: tuple[tuple[Side, Range | None, tuple[str, ...]], ...] = (
        ("reduction", entry.reduction, entry.reduced_to),
        ("oxidation", entry.oxidation, entry.oxidized_to),
    )
    for side, limit, products in sides:
        if limit is not None:
            yield Published(
                kind, (entry.of,), *limit, entry.certainty, paper,
                products=products, side=side, note=entry.note,
            )  # fmt: skip


def _staircase(kind: Kind, entry: StaircaseRow, paper: Paper) -> Iterator[Published]:
    for voltage, carriers in entry.steps:
        yield Published(
            kind, (entry.of,), *voltage, entry.certainty, paper, carriers=carriers, note=entry.note
        )


def _intercalation(kind: Kind, entry: IntercalationRow, paper: Paper) -> Iterator[Published]:
    yield Published(
        kind, (entry.of,), *entry.voltage, entry.certainty, paper,
        contents=entry.between, note=entry.note,
    )  # fmt: skip


def _energy(
    kind: Kind, entry: ClosedRow | OpenRow | DecompositionRow, paper: Paper
) -> Iterator[Published]:
    names = getattr(entry, "pair", None) or (getattr(entry, "of", ""),)
    yield Published(
        kind, names, *entry.energy, entry.certainty, paper, products=entry.products,
        voltage=getattr(entry, "voltage", None), quantity=getattr(entry, "quantity", "total"),
        note=entry.note,
    )  # fmt: skip


_ROWS: Mapping[Kind, Callable[[Kind, Any, Paper], Iterator[Published]]] = {
    "windows": _window,
    "staircases": _staircase,
    "closed": _energy,
    "open": _energy,
    "decomposition": _energy,
    "intercalation": _intercalation,
}
