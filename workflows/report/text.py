"""The sentences of a report: title, main finding, and warnings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from interfaces.phases.products import IMPOSSIBLE, gases, suspects
from interfaces.phases.reactants import Reactant
from workflows.analyses.analysis import LEVEL, energy_in, energy_unit, listed, number
from workflows.analyses.window import WindowAnalysis
from workflows.report.extra_analyses import Extras
from workflows.report.read_run import ReportedRun, State
from workflows.runs.electrolyte_ranking import ranking_sentences
from workflows.runs.measured_column import MEASURED, PLAIN

__all__ = ["findings", "title", "warnings"]

ABOVE_HULL = 0.02  #: eV/atom; a reactant this far up brings much of its own to every total
SHARE = "Milder by the lowest total in 90 % or more of the draws of the phase errors"
MOST = 8  #: analyses whose findings the head of the page lists


def title(run: ReportedRun) -> str:
    """What was computed."""
    if run.is_series:
        contents = [state.x for state in run.states if state.x is not None]
        return (
            f"Reaction of {run.host} with {listed(run.others)} while it is charged "
            f"from x = {contents[0]:g} to {contents[-1]:g}"
        )
    if len(run.cells) == 1:
        ((analysis, _),) = run.cells.values()
        return analysis.title()
    if len(run.cells) == len(run.answers):
        pairs = [run.cells[pair][0] for pair in run.pairs]
        names = [f"{pair.reactant_1.label} | {pair.reactant_2.label}" for pair in pairs]
        return f"Reactions of {_some(names)}"
    windows = [a.compound.label for a, _ in run.answers if isinstance(a, WindowAnalysis)]
    if len(windows) == len(run.answers) > 1:
        return f"Electrochemical windows of {_some(windows)}"
    first, *further = [analysis.title() for analysis, _ in run.answers]
    return f"{first}, and {len(further)} more" if further else first


def _some(names: Iterable[str]) -> str:
    """Names in a heading, each once."""
    different = list(dict.fromkeys(names))
    more = len(different) - MOST
    return listed([*different[:MOST], *([f"{more} more"] if more > 0 else [])])


def findings(run: ReportedRun) -> list[str]:
    """The main findings, each in a sentence or two."""
    if run.is_series:
        return [_series(run), *_decompositions(run), *run.headline, *_ranking(run)]
    said = [analysis.summary(result) for analysis, result in run.answers[:MOST]]
    more = len(run.answers) - len(said)
    return [*said, *([f"{more} more are shown below."] if more else [])]


def _series(run: ReportedRun) -> str:
    """The partners in order of their mutual energy, at the emptiest state and at the fullest."""
    sentences = []
    unit = energy_unit(next(iter(run.cells.values()))[1]["basis"])
    for place, row in enumerate((len(run.states) - 1, 0)):
        order = sorted(
            (_minimum_mutual(run.cells[row, column][1]), partner)
            for column, partner in enumerate(run.others)
            if (row, column) in run.cells
        )
        if not order:
            continue
        ranked = [f"{partner} ({number(energy)})" for energy, partner in order]
        near = sum(energy - order[0][0] <= LEVEL for energy, _ in order)
        level = f", level within {number(1000 * LEVEL, 0)} meV/atom" if near > 1 else ""
        then = f"{'; ' if level else ', '}then {listed(ranked[near:])}" if ranked[near:] else ""
        where = f"x = {run.states[row].x:g}"
        start = (
            f"Charged to {where}, {run.host} reacts most strongly with"
            if place == 0
            else f"At {where} it is"
        )
        sentences.append(f"{start} {listed(ranked[:near])}{level}{then}.")
    return " ".join(
        [
            *sentences,
            f"These are mutual energies in {unit}: what contact adds to what each loses alone.",
        ]
    )


def _decompositions(run: ReportedRun) -> list[str]:
    """What each material loses alone, which is in every total."""
    unstable = sorted(_highest(run).values(), reverse=True)
    losses = [f"{label} ({number(-above)})" for above, label in unstable if above > LEVEL]
    if not losses:
        return []
    verb = "decomposes" if len(losses) == 1 else "decompose"
    return [
        f"Alone, {listed(losses)} {verb}, in eV/atom; that is in every total, by its share, and "
        "in no mutual energy."
    ]


def _ranking(run: ReportedRun) -> list[str]:
    """Which electrolyte is milder within the errors of the phase set, from ``ranking.csv``."""
    table = run.tables.get("ranking")
    if table is None:
        return []
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    chosen = MEASURED if any(row.get("energies") == MEASURED for row in rows) else None
    sentences = ranking_sentences(
        [
            {"energies": PLAIN, **row, "x": float(row["x"])}
            for row in rows
            if chosen in (None, row.get("energies"))
        ]
    )
    return [f"{SHARE}: {'. '.join(sentences)}."]


def _minimum_mutual(result: Mapping[str, Any]) -> float:
    return energy_in(result["minimum_mutual"], "mutual", result["basis"])


def warnings(run: ReportedRun, extras: Extras) -> list[str]:
    """Limitations of the numbers, most important first."""
    phase_set, results = run.phase_set, [result for _, result in run.answers]
    lines = []
    if run.mark:
        lines.append(
            f"{phase_set.scheme}: every number on this page is made up, to try the machinery."
        )
    if phase_set.surrogate:
        lines.append(f"{phase_set.surrogate}. A difference smaller than that says nothing.")
    lines += _above_hull(run)
    lines += _products(run)
    lines += _notes(results)
    lines += list(phase_set.notes)
    lines += [f"Not computed: {text}." for text in extras.left_out]
    return list(dict.fromkeys(lines))


def _reactants(run: ReportedRun) -> list[Reactant]:
    reactants: dict[str, Reactant] = {}
    for analysis, _ in run.answers:
        for data in analysis.to_dict()["reactants"]:
            reactants.setdefault(data["name"], Reactant.from_record(data))
    return list(reactants.values())


def _highest(run: ReportedRun) -> dict[str, tuple[float, str]]:
    """Host or compound -> its largest energy above the hull, and the label that has it."""
    highest: dict[str, tuple[float, str]] = {}
    for reactant in _reactants(run):
        host = State.of(reactant).host
        highest[host] = max(
            highest.get(host, (0.0, "")), (reactant.energy_above_hull, reactant.label)
        )
    return highest


def _above_hull(run: ReportedRun) -> list[str]:
    """Compounds and cathodes that decompose by themselves, in one sentence."""
    high = [(label, above) for above, label in _highest(run).values() if above > ABOVE_HULL]
    if not high:
        return []
    heights = [f"{label} by {number(1000 * above, 0)}" for label, above in high]
    if len(high) == 1:
        label, above = high[0]
        where = f"{label} lies {number(1000 * above, 0)} meV/atom above the hull of the set and"
    else:
        where = f"Above the hull of the set lie {listed(heights)} meV/atom. Each"
    return [
        f"{where} gains as much by decomposing alone; that is in every total and in no mutual "
        "energy, and a window is that of the products."
    ]


def _products(run: ReportedRun) -> list[str]:
    odd: Counter[str] = Counter()
    gas: Counter[str] = Counter()
    for _, result in run.cells.values():
        odd.update({name for kink in result["kinks"] for name in kink["suspect_products"]})
        least = result["minimum_mutual"]
        gas.update(set(gases(least["products"])) if least["kind"] == "reaction" else set())
    for analysis, result in run.answers:
        odd.update(result.get("suspect_products", ()))
        if analysis.kind == "window":
            odd.update({n for stage in result["stages"] for n in suspects(stage["products"])})
    every = len(run.cells)
    lines = []
    if gas:
        lines.append(
            "Gases form at the strongest reaction between the two: "
            f"{listed([f'{name} ({n} of {every} curves)' for name, n in gas.most_common()])}. "
            "A gas swells a cell or vents from it."
        )
    if odd:
        names = [f"{name} ({n})" if every else name for name, n in sorted(odd.items())]
        lines.append(
            f"{IMPOSSIBLE.capitalize()}: {listed(names)}; the number is that of the "
            "curves they occur in. Leave them out with --exclude."
            if every
            else f"{IMPOSSIBLE.capitalize()}: {listed(names)}."
        )
    return lines


def _notes(results: Iterable[Mapping[str, Any]]) -> list[str]:
    every = list(results)
    count = Counter(
        note
        for result in every
        for note in result.get("notes", ())
        if not note.startswith(IMPOSSIBLE)
    )
    return [
        f"{note[0].upper()}{note[1:]}" + (f" ({n} of {len(every)} curves)." if n > 1 else ".")
        for note, n in count.items()
    ]
