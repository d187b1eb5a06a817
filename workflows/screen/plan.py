"""The plan of a screen: which pairs, in which order, cut into which parts.

Pairs are never listed. Candidates of the same elements form a block with those of the other side;
blocks are put in the order of their chemical system, and the number of a pair says where it is.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interfaces.errors import InputError
from interfaces.formulas import ATOMIC_MASS
from interfaces.phases import PhaseSet
from interfaces.reservoir import OpenElement, at_voltage, charge_of
from interfaces.screening.pairs import Candidates, Screen, stable_phases
from workflows.conditions import CLOSED
from workflows.disk import read_text, write_bytes_whole
from workflows.questions import Source, candidates, needed
from workflows.screen.lists import (
    SET,
    check_energies,
    elements_named,
    formula_rows,
    from_rows,
    names_in,
    read_candidates,
)
from workflows.version import VERSION

Index = NDArray[np.int64]

PLAN = "plan.json"
ROWS_PER_PART = 200_000  #: of one Parquet part; a few seconds, and 150 MB while it is computed
SIDES = ("cathodes", "electrolytes", "coatings")
Voltage = float | None  #: V against the metal, or closed


@dataclass(frozen=True)
class Asked:
    """What is asked of a screen; words as in the command line."""

    cathodes: tuple[str, ...]
    electrolytes: tuple[str, ...]
    coatings: tuple[str, ...] = ()
    voltages: tuple[Voltage, ...] = (None,)
    carrier: str = "Li"
    source: Source = field(default_factory=Source)
    filters: tuple[str, ...] = ()
    elements: tuple[str, ...] = ()  #: read only these of the phase set
    top: int = 0  #: products named, the largest first; 0 names all
    limit: int | None = None  #: pairs
    rows_per_part: int = ROWS_PER_PART


@dataclass(frozen=True)
class Leg:
    """Two sides whose every pair is computed; ``first`` and ``second`` index ``SIDES``."""

    first: int
    second: int

    @property
    def label(self) -> str:
        """What the column ``interface`` says."""
        return f"{SIDES[self.first][:-1]}|{SIDES[self.second][:-1]}"


@dataclass(frozen=True, eq=False)
class Plan:
    """Everything that the rows of a screen follow from.

    ``sides`` are cathodes, electrolytes and coatings (which may be none); ``stable`` the phases
    that may form; ``facts`` what the manifest tells about the phase set.
    """

    sides: tuple[Candidates, Candidates, Candidates]
    stable: PhaseSet
    voltages: tuple[Voltage, ...]
    carrier: str
    top: int
    limit: int | None
    rows_per_part: int
    facts: Mapping[str, str]

    @cached_property
    def legs(self) -> tuple[Leg, ...]:
        """The interfaces computed: with coatings, both sides of each as well."""
        return (Leg(0, 1), *((Leg(0, 2), Leg(2, 1)) if len(self.sides[2]) else ()))

    @cached_property
    def conditions(self) -> tuple[OpenElement | None, ...]:
        """Reservoirs, one per voltage; None where closed."""
        return tuple(None if v is None else at_voltage(self.carrier, v) for v in self.voltages)

    @cached_property
    def blocks(self) -> tuple[Blocks, ...]:
        """The order of the pairs of each leg."""
        return tuple(Blocks.of(self.screens[leg]) for leg in self.legs)

    @cached_property
    def screens(self) -> dict[Leg, Screen]:
        """What answers the pairs of each leg."""
        return {
            leg: Screen(self.stable, self.sides[leg.first], self.sides[leg.second], self.top)
            for leg in self.legs
        }

    @cached_property
    def pairs(self) -> int:
        """Pairs in all."""
        every = sum(len(self.sides[leg.first]) * len(self.sides[leg.second]) for leg in self.legs)
        return every if self.limit is None else min(self.limit, every)

    @property
    def rows(self) -> int:
        """Rows in all: pairs times voltages."""
        return self.pairs * len(self.voltages)

    @property
    def pairs_per_part(self) -> int:
        """Pairs of one part, so that its rows stay within ``rows_per_part``."""
        return max(1, self.rows_per_part // len(self.voltages))

    @property
    def parts(self) -> int:
        """Number of parts."""
        return -(-self.pairs // self.pairs_per_part)

    def part(self, number: int) -> list[tuple[Leg, Index, Index]]:
        """Pairs of a part: a leg, and which of its first and second candidates, in order.

        Raises
        ------
        InputError
            If there is no such part.
        """
        if not 0 <= number < self.parts:
            raise InputError(f"there is no part {number}; the plan has 0 to {self.parts - 1}")
        low = number * self.pairs_per_part
        high = min(low + self.pairs_per_part, self.pairs)
        found = []
        for leg, blocks in zip(self.legs, self.blocks, strict=True):
            if low < blocks.pairs and high > 0:
                found.append((leg, *blocks.take(max(low, 0), min(high, blocks.pairs))))
            low, high = low - blocks.pairs, high - blocks.pairs
        return found

    def to_dict(self) -> dict[str, Any]:
        """Plain values; :meth:`from_dict` gives an equal plan."""
        return {
            "version": VERSION,
            "facts": dict(self.facts),
            "voltages": list(self.voltages),
            "carrier": self.carrier,
            "top": self.top,
            "limit": self.limit,
            "rows_per_part": self.rows_per_part,
            "candidates": {
                name: formula_rows(side) for name, side in zip(SIDES, self.sides, strict=True)
            },
            "scheme": self.stable.scheme,
            "source": self.stable.source,
            "barred": list(self.stable.barred),
            "stable": list(
                zip(
                    self.stable.ids,
                    (formula.text for formula in self.stable.formulas),
                    map(float, self.stable.energies),
                    strict=True,
                )
            ),
        }

    @cached_property
    def text(self) -> str:
        """The plan as it is written."""
        return json.dumps(self.to_dict(), allow_nan=False, separators=(",", ":"), sort_keys=True)

    @cached_property
    def sha256(self) -> str:
        """What tells this plan from another."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Plan:
        """The inverse of :meth:`to_dict`."""
        stable = PhaseSet.from_rows(
            [tuple(row) for row in data["stable"]], scheme=data["scheme"], source=data["source"]
        )
        first, second, third = (from_rows(data["candidates"][name]) for name in SIDES)
        return cls(
            (first, second, third),
            replace(stable, barred=tuple(data["barred"])),
            tuple(data["voltages"]),
            data["carrier"],
            data["top"],
            data["limit"],
            data["rows_per_part"],
            data["facts"],
        )


@dataclass(frozen=True, eq=False)
class Blocks:
    """Rectangles of pairs in their order: candidates ``first[low_1:high_1]`` with ``second[...]``.

    ``begins`` (B + 1,) is the number of the first pair of each block, and of all pairs.
    """

    first: Index
    second: Index
    low_1: Index
    low_2: Index
    width: Index
    begins: Index

    @property
    def pairs(self) -> int:
        """Pairs of all blocks."""
        return int(self.begins[-1])

    @classmethod
    def of(cls, screen: Screen) -> Blocks:
        """Blocks by chemical system (elements as bits), then by the elements of each side."""
        first, masks_1, low_1, high_1 = _groups(screen.first.masks)
        second, masks_2, low_2, high_2 = _groups(screen.second.masks)
        i, j = (
            grid.reshape(-1)
            for grid in np.meshgrid(np.arange(masks_1.size), np.arange(masks_2.size), indexing="ij")
        )
        order = np.lexsort((masks_2[j], masks_1[i], masks_1[i] | masks_2[j]))
        i, j = i[order], j[order]
        width = high_2[j] - low_2[j]
        sizes = (high_1[i] - low_1[i]) * width
        begins = np.concatenate(([0], np.cumsum(sizes)))
        return cls(first, second, low_1[i], low_2[j], width, begins)

    def take(self, low: int, high: int) -> tuple[Index, Index]:
        """First and second candidates of the pairs ``low`` to ``high``."""
        numbers = np.arange(low, high)
        block = np.searchsorted(self.begins, numbers, side="right") - 1
        inside = numbers - self.begins[block]
        width = self.width[block]
        return (
            self.first[self.low_1[block] + inside // width],
            self.second[self.low_2[block] + inside % width],
        )


def _groups(masks: Index) -> tuple[Index, Index, Index, Index]:
    """Candidates by their elements (in the order of their names), and where each group lies."""
    order = np.argsort(masks, kind="stable")
    distinct, low, count = np.unique(masks[order], return_index=True, return_counts=True)
    return order, distinct, low, low + count


def make_plan(asked: Asked) -> Plan:
    """Read phases and candidates, and cut the screen into parts.

    Raises
    ------
    InputError
        If an option or a list cannot be used.
    """
    _check(asked)
    sides = (asked.cathodes, asked.electrolytes, asked.coatings)
    names = [name for words in sides for name in names_in(words)]
    of_a_set = any(word.startswith(SET) for words in sides for word in words)
    elements = set(asked.elements)
    if not elements:
        elements = set(ATOMIC_MASS) if of_a_set else elements_named(names) | {asked.carrier}
    phase_set = candidates(asked.source, elements, CLOSED)
    if any(voltage is not None for voltage in asked.voltages):
        phase_set.pool([asked.carrier])  # raises where the set lacks it
    placed = [
        read_candidates(words, phase_set, asked.source, asked.filters)
        if words
        else Candidates((), (), ())
        for words in sides
    ]
    check_energies(asked.source, placed)
    stable = stable_phases(phase_set)
    covered = sorted(phase_set.references)
    used = needed(phase_set, covered)
    return Plan(
        (placed[0], placed[1], placed[2]),
        replace(stable, left_out=None, notes=(), volumes=None),
        asked.voltages,
        asked.carrier,
        asked.top,
        asked.limit,
        asked.rows_per_part,
        {
            "phase_set": phase_set.source,
            "scheme": phase_set.scheme,
            "stand_in": phase_set.stand_in,
            "elements": "-".join(covered),
            "entries": str(len(used)),
            "entries_sha256": used.fingerprint(),
            "stable_phases": str(len(stable)),
            "cathodes": " ".join(asked.cathodes),
            "electrolytes": " ".join(asked.electrolytes),
            "coatings": " ".join(asked.coatings),
            "filters": " ".join(asked.filters),
            "energies": " ".join(asked.source.energies),
            "excluded": " ".join(asked.source.exclude),
        },
    )


def _check(asked: Asked) -> None:
    if not asked.cathodes or not asked.electrolytes:
        raise InputError("a screen needs --cathodes and --electrolytes; or --out of one begun")
    charge_of(asked.carrier)
    for voltage in asked.voltages:
        if voltage is not None:
            at_voltage(asked.carrier, voltage)
    if not asked.voltages or len(set(asked.voltages)) < len(asked.voltages):
        raise InputError("--voltage names the same voltage twice; give each once")
    if asked.rows_per_part < 1 or asked.top < 0 or (asked.limit is not None and asked.limit < 1):
        raise InputError("--rows-per-part and --limit are 1 or more, --top is 0 or more")
    unknown = sorted(set(asked.elements) - ATOMIC_MASS.keys())
    if unknown:
        raise InputError(f"--elements: {unknown[0]!r} is no element; write Li-Co-O-P")


def begin(out: Path, plan: Plan) -> Plan:
    """Write a plan, or find the same one there: the screen then goes on.

    Raises
    ------
    InputError
        If the folder holds the plan of another screen.
    """
    path = out / PLAN
    if path.is_file():
        there = read_plan(out)
        if there.sha256 != plan.sha256:
            raise InputError(
                f"{out} holds another screen (plan {there.sha256[:12]}, asked for "
                f"{plan.sha256[:12]}); give another --out, or none of the lists to go on with it"
            )
        return there
    write_bytes_whole(path, plan.text.encode())
    return plan


def read_plan(out: Path) -> Plan:
    """The plan of a screen that was begun.

    Raises
    ------
    InputError
        If there is none, or it cannot be read.
    """
    path = out / PLAN
    if not path.is_file():
        raise InputError(
            f"{out} holds no screen; begin one with --cathodes, --electrolytes and --out {out}"
        )
    try:
        return Plan.from_dict(json.loads(read_text(path)))
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path} cannot be read: {error}; begin the screen anew") from None


def voltages_of(words: Sequence[str]) -> tuple[Voltage, ...]:
    """Voltages as they are written: ``closed``, ``4.3``, ``closed,3,4.3``.

    >>> voltages_of(["closed,3", "4.3"]), voltages_of([])
    ((None, 3.0, 4.3), (None,))
    """
    found: list[Voltage] = []
    for word in ",".join(words).split(","):
        text = word.strip()
        if text in ("", "closed"):
            if text or not words:
                found.append(None)
            continue
        try:
            found.append(float(text))
        except ValueError:
            raise InputError(f"--voltage {text!r}: write closed or a number of volts") from None
    return tuple(found)
