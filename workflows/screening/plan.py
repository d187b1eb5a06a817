"""The plan of a screen: everything its rows follow from, written down and cut into parts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interfaces.errors import InputError
from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.reservoirs import OpenElement, at_voltage
from interfaces.screening.candidates import Candidates
from interfaces.screening.pairs import Screen
from workflows._version import VERSION
from workflows.analyses.candidates.material_lists import formula_rows, from_rows
from workflows.io.atomic import folder_lock, write_bytes_atomic
from workflows.io.checksums import parse_checked, with_checksum
from workflows.io.readers import read_bytes
from workflows.screening.pair_order import Blocks

Index = NDArray[np.int64]

PLAN = "plan.json"
ROWS_PER_PART = 200_000  #: of one Parquet part; a few seconds, and 150 MB while it is computed
SIDES = ("cathodes", "electrolytes", "coatings")
Voltage = float | None  #: V against the metal, or closed


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


def begin(out: Path, plan: Plan) -> Plan:
    """Write a plan, or find the same one there: the screen then goes on.

    Raises
    ------
    InputError
        If the folder holds the plan of another screen.
    """
    with folder_lock(out):  # of two that begin at once the second finds the plan of the first
        if not (out / PLAN).is_file():
            write_bytes_atomic(out / PLAN, with_checksum(plan.text).encode())
            return plan
    there = read_plan(out)
    if there.sha256 != plan.sha256:
        raise InputError(
            f"{out} holds another screen (plan {there.sha256[:12]}, asked for "
            f"{plan.sha256[:12]}); give another --out, or none of the lists to go on with it"
        )
    return there


def read_plan(out: Path) -> Plan:
    """The plan of a screen that was begun.

    Raises
    ------
    InputError
        If there is none, or it cannot be read.
    """
    from workflows.schemas.base import validate
    from workflows.schemas.records import PlanFile

    path = out / PLAN
    if not path.is_file():
        raise InputError(
            f"{out} holds no screen; begin one with --cathodes, --electrolytes and --out {out}"
        )
    try:
        data, _ = parse_checked(read_bytes(path))
        validate(PlanFile, data, PLAN)
        return Plan.from_dict(data)
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path} cannot be read: {error}; begin the screen anew") from None
