"""What is asked of a screen -> its plan: phases read, candidates placed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from interfaces.chemistry.formulas import ATOMIC_MASS
from interfaces.chemistry.numbers import read_number
from interfaces.errors import InputError
from interfaces.phases.reservoirs import at_voltage, charge_of
from interfaces.screening.candidates import Candidates
from interfaces.screening.columns import stable_phases
from workflows.analyses.candidates.material_lists import (
    SET,
    elements_named,
    names_in,
    read_candidates,
)
from workflows.analyses.conditions import CLOSED
from workflows.analyses.setup import PhaseOptions, competing_phases, load_phase_set
from workflows.screening.plan import ROWS_PER_PART, Plan, Voltage


@dataclass(frozen=True)
class ScreenSpec:
    """What is asked of a screen; words as in the command line."""

    cathodes: tuple[str, ...]
    electrolytes: tuple[str, ...]
    coatings: tuple[str, ...] = ()
    voltages: tuple[Voltage, ...] = (None,)
    carrier: str = "Li"
    source: PhaseOptions = field(default_factory=PhaseOptions)
    filters: tuple[str, ...] = ()
    elements: tuple[str, ...] = ()  #: read only these of the phase set
    top: int = 0  #: products named, the largest first; 0 names all
    limit: int | None = None  #: pairs
    rows_per_part: int = ROWS_PER_PART


def make_plan(asked: ScreenSpec) -> Plan:
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
    phase_set = load_phase_set(asked.source, elements, CLOSED)
    if any(voltage is not None for voltage in asked.voltages):
        phase_set.pool([asked.carrier])  # raises where the set lacks it
    placed = [
        read_candidates(words, phase_set, asked.source, asked.filters)
        if words
        else Candidates((), (), ())
        for words in sides
    ]
    names_placed = {name for side in placed for name in side.names}
    asked.source.check_energies(names_placed, "in no list of this screen")
    stable = stable_phases(phase_set)
    covered = sorted(phase_set.references)
    used = competing_phases(phase_set, covered)
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


def _check(asked: ScreenSpec) -> None:
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
            found.append(read_number(text))
        except ValueError:
            raise InputError(f"--voltage {text!r}: write closed or a number of volts") from None
    return tuple(found)
