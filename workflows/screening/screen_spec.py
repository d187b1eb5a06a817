"""Options of a screen, and the plan made from them: phase set read, candidates resolved."""

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
from workflows.analyses.setup import PhaseOptions, competing_phases, load_phase_set, refuse_products
from workflows.screening.plan import ROWS_PER_PART, Plan, Voltage


@dataclass(frozen=True)
class ScreenSpec:
    """Options of a screen, as on the command line."""

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


def make_plan(spec: ScreenSpec) -> Plan:
    """Read phase set and candidates, and divide the screen into parts.

    Parameters
    ----------
    spec : options of the screen.

    Returns
    -------
    The plan.

    Raises
    ------
    InputError
        If an option or a list cannot be used.
    """
    _check(spec)
    sides = (spec.cathodes, spec.electrolytes, spec.coatings)
    names = [name for words in sides for name in names_in(words)]
    of_a_set = any(word.startswith(SET) for words in sides for word in words)
    elements = set(spec.elements)
    if not elements:
        elements = set(ATOMIC_MASS) if of_a_set else elements_named(names) | {spec.carrier}
    refuse_products(spec.source, "screen")
    phase_set = load_phase_set(spec.source, elements, CLOSED)
    if any(voltage is not None for voltage in spec.voltages):
        phase_set.pool([spec.carrier])  # an error if the set lacks it
    candidates = [
        read_candidates(words, phase_set, spec.source, spec.filters)
        if words
        else Candidates((), (), ())
        for words in sides
    ]
    named = {name for side in candidates for name in side.names}
    spec.source.check_energies(named, "in no list of this screen")
    stable = stable_phases(phase_set)
    covered = sorted(phase_set.references)
    used = competing_phases(phase_set, covered)
    return Plan(
        sides=(candidates[0], candidates[1], candidates[2]),
        stable=replace(stable, left_out=None, notes=(), volumes=None),
        voltages=spec.voltages,
        carrier=spec.carrier,
        top=spec.top,
        limit=spec.limit,
        rows_per_part=spec.rows_per_part,
        facts={
            "phase_set": phase_set.source,
            "scheme": phase_set.scheme,
            "surrogate": phase_set.surrogate,
            "elements": "-".join(covered),
            "entries": str(len(used)),
            "entries_sha256": used.fingerprint(),
            "stable_phases": str(len(stable)),
            "cathodes": " ".join(spec.cathodes),
            "electrolytes": " ".join(spec.electrolytes),
            "coatings": " ".join(spec.coatings),
            "filters": " ".join(spec.filters),
            "energies": " ".join(spec.source.energies),
            "excluded": " ".join(spec.source.exclude),
        },
    )


def _check(spec: ScreenSpec) -> None:
    if not spec.cathodes or not spec.electrolytes:
        raise InputError(
            "give --cathodes and --electrolytes, or only --out of an existing screen to resume it"
        )
    charge_of(spec.carrier)
    for voltage in spec.voltages:
        if voltage is not None:
            at_voltage(spec.carrier, voltage)
    if not spec.voltages or len(set(spec.voltages)) < len(spec.voltages):
        raise InputError("--voltage names a voltage twice; give each once")
    if spec.rows_per_part < 1 or spec.top < 0 or (spec.limit is not None and spec.limit < 1):
        raise InputError("--rows-per-part and --limit must be 1 or more, --top 0 or more")
    unknown = sorted(set(spec.elements) - ATOMIC_MASS.keys())
    if unknown:
        raise InputError(
            f"--elements: {unknown[0]!r} is not an element; write for example Li-Co-O-P"
        )


def voltages_of(words: Sequence[str]) -> tuple[Voltage, ...]:
    """Read the values of ``--voltage``: ``closed``, ``4.3``, ``closed,3,4.3``.

    Parameters
    ----------
    words : values of the option.

    Returns
    -------
    Voltages [V]; None is closed, also without any value.

    Raises
    ------
    InputError
        If a value is neither a number nor ``closed``.

    Examples
    --------
    >>> voltages_of(["closed,3", "4.3"]), voltages_of([])
    ((None, 3.0, 4.3), (None,))
    """
    voltages: list[Voltage] = []
    for word in ",".join(words).split(","):
        value = word.strip()
        if value in ("", "closed"):
            if value or not words:
                voltages.append(None)
            continue
        try:
            voltages.append(read_number(value))
        except ValueError:
            raise InputError(f"--voltage {value!r}: give a voltage in V, or closed") from None
    return tuple(voltages)
