"""Our number for a published one, on a phase set and under the published convention."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from interfaces.delithiation.voltages import average_voltage
from interfaces.errors import InterfaceError
from interfaces.phases.phase_set import PhaseSet
from interfaces.stability.decomposition_stages import Stage
from interfaces.stability.electrochemical_window import Window
from workflows.analyses.conditions import CLOSED, Conditions
from workflows.analyses.curve import compute_curve
from workflows.analyses.setup import PhaseOptions
from workflows.analyses.window import compute_window
from workflows.data.named_materials import find_system, resolve
from workflows.validation.published import Published

Placed = Literal["hull", "own"]

SAME_CONTENT = 0.02  #: Li per formula unit; printed contents are rounded
EXCHANGED = 1e-9  #: Li per formula unit


@dataclass(frozen=True)
class Ours:
    """Our value in the row's own unit, or None with the ``reason``.

    ``below`` and ``above`` are the stages on both sides of a limit or step, where it is one.
    ``carriers`` tells the Li content beyond a step where it is not the published one.
    """

    value: float | None
    placed: Placed
    products: tuple[str, ...] = ()
    reaction: str = ""
    reason: str = ""
    carriers: float | None = None
    below: Stage | None = None
    above: Stage | None = None


def placed_as(row: Published) -> Placed:
    """How compounds above the hull count: as published; put on the hull where that is unknown."""
    return "own" if row.paper.reactants == "own" else "hull"


def compute(row: Published, phases: PhaseSet, placed: Placed | None = None) -> Ours:
    """Compute what a row publishes; what keeps that from being done becomes the reason.

    Parameters
    ----------
    placed : another way to count compounds above the hull than the paper's.
    """
    how = placed or placed_as(row)
    ask = {
        "windows": _limit,
        "staircases": _step,
        "closed": _minimum,
        "open": _minimum,
        "decomposition": _decomposition,
        "intercalation": _intercalation,
    }[row.kind]
    try:
        return ask(row, phases, how)
    except InterfaceError as error:
        return Ours(None, how, reason=" ".join(str(error).split()))


def _source(phases: PhaseSet, placed: Placed) -> PhaseOptions:
    return PhaseOptions(phases, ("hull",) if placed == "hull" else ())


def _limit(row: Published, phases: PhaseSet, placed: Placed) -> Ours:
    window = compute_window(row.names[0], _source(phases, placed))
    if placed == "own" and window.own_limits is None:
        return Ours(None, placed, reason="as it is the compound is stable at no voltage")
    value = window.reduction if row.side == "reduction" else window.oxidation
    if value is None:
        return Ours(None, placed, reason=f"no {row.side} limit: the window has no such end")
    beyond = window.reduced_to if row.side == "reduction" else window.oxidized_to
    stable = window.stable_stage
    pair = (beyond, stable) if row.side == "reduction" else (stable, beyond)
    if beyond is None:  # not even the metal at 0 V reduces it
        return Ours(value, placed)
    return Ours(
        value, placed, tuple(sorted(beyond.products)), str(beyond.reaction),
        below=pair[0], above=pair[1],
    )  # fmt: skip


def _step(row: Published, phases: PhaseSet, placed: Placed) -> Ours:
    """The step to the published content; of none, the nearest in voltage on the same side."""
    assert row.carriers is not None
    window = compute_window(row.names[0], _source(phases, placed))
    side = [step for step in steps(window) if step[1] * row.carriers > 0]
    same = [step for step in side if abs(step[1] - row.carriers) < SAME_CONTENT]
    if not side:
        return Ours(None, placed, reason="the staircase has no step on this side")
    value, carriers, below, above = min(same or side, key=lambda one: abs(one[0] - row.low))
    beyond = below if carriers > 0 else above
    return Ours(
        value, placed, tuple(sorted(beyond.products)), str(beyond.reaction),
        carriers=None if same else carriers, below=below, above=above,
    )  # fmt: skip


def steps(window: Window) -> list[tuple[float, float, Stage, Stage]]:
    """(V, Li beyond the step away from the compound's own content, stage below, stage above)."""
    found = []
    for below, above in zip(window.stages, window.stages[1:], strict=False):
        if below.carriers > EXCHANGED:
            found.append((above.low, below.carriers, below, above))
        if above.carriers < -EXCHANGED:
            found.append((above.low, above.carriers, below, above))
    return found


def _minimum(row: Published, phases: PhaseSet, placed: Placed) -> Ours:
    first, second = row.names
    conditions = CLOSED if row.kind == "closed" else Conditions(("Li",), voltage=row.voltage)
    lowest = compute_curve(first, second, _source(phases, placed), conditions).minimum_total
    value = lowest.total if row.kind == "closed" else lowest.total_per_nonopen_atom
    return Ours(value, placed, tuple(sorted(lowest.products)), str(lowest.reaction))


def _decomposition(row: Published, phases: PhaseSet, placed: Placed) -> Ours:
    assert row.voltage is not None
    window = compute_window(row.names[0], _source(phases, placed))
    value = window.decomposition_energy(row.voltage, placed)
    stage = next(s for s in window.stages if s.high is None or row.voltage <= s.high)
    return Ours(value, placed, tuple(sorted(stage.products)), str(stage.reaction))


def _intercalation(row: Published, phases: PhaseSet, placed: Placed) -> Ours:
    """Average voltage from the energies that the host's states have by its default model."""
    assert row.contents is not None
    states = [resolve(phases, find_system(f"{row.names[0]}@{x:g}")) for x in row.contents]
    if any(one.energy_model == "hull" for one in states):
        return Ours(
            None, placed, reason=f"{phases.source} holds no energies of the host's own states"
        )
    energies = tuple(one.energy * float(one.formula.n_atoms) for one in states)
    value = average_voltage(row.contents, (energies[0], energies[1]), 0.0)
    return Ours(value, "own", reaction=f"energies: {states[0].energy_model}")
