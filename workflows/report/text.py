"""What came out, in sentences: what was asked, the answer, and what to be careful about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from interfaces.phases.products import gases, suspects
from interfaces.phases.reactants import Reactant
from workflows.report.extra_analyses import Extras, ShownMap, ShownWindow
from workflows.report.read_run import ReportedRun, State

MINUS = "\N{MINUS SIGN}"
ABOVE_HULL = 0.02  #: eV/atom; a reactant this far up brings much of its own to every total
#: eV/atom; reaction energies closer than this are level. The error of DFT's, doi
#: 10.1103/PhysRevB.85.155208, and of the bundled set's formation energies.
LEVEL = 0.024
NO_REACTION = 5e-4  #: eV/atom; less is no reaction in three decimals


def number(value: float, digits: int = 3) -> str:
    """A number with a proper minus sign.

    >>> number(-0.5), number(2.0, 1)
    ('−0.500', '2.0')
    """
    return f"{value:z.{digits}f}".replace("-", MINUS)


def listed(words: Sequence[str]) -> str:
    """Words as they stand in a sentence.

    >>> listed(["LiTFSI", "LPSCl", "ECA"])
    'LiTFSI, LPSCl and ECA'
    """
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def question(asked: ReportedRun) -> str:
    """What was asked, in one sentence."""
    if asked.is_series:
        contents = [one.x for one in asked.states if one.x is not None]
        return (
            f"How strongly does {asked.host} react with {listed(asked.others)} while it is charged "
            f"from x = {contents[0]:g} to {contents[-1]:g}, and to what?"
        )
    if asked.cells:
        firsts = listed([one.reactant.label for one in asked.states])
        return f"How strongly does {firsts} react with {listed(asked.others)}, and to what?"
    kind, result = asked.answers[0][0].kind, asked.answers[0][1]
    names = [one["name"] for one in asked.answers[0][0].to_dict()["reactants"]]
    if kind == "window":
        carrier = result["carrier"]
        return f"Between which voltages against {carrier} is {names[0]} stable, and what forms?"
    if kind == "uptake":
        held = result["open"][0]["condition"]
        return f"What does {names[0]} become in contact with {held}?"
    if kind == "charging":
        host = names[0].partition(" (x =")[0]
        return f"How strongly does {host} react with {names[-1]} at each voltage, while charging?"
    return f"How strongly does {names[0]} react with {names[1]} at each voltage, and to what?"


def answer(asked: ReportedRun, extras: Extras) -> str:
    """The main answer, in a sentence or two."""
    if asked.is_series:
        return _series(asked)
    if asked.cells:
        return " ".join(_pair(asked, *key) for key in sorted(asked.cells))
    kind, result = asked.answers[0][0].kind, asked.answers[0][1]
    if kind == "window":
        return _window_words(extras.windows[0])
    if kind == "uptake":
        least = result["minimum"]
        return (
            f"{result['compound']['name']} takes up {number(least['uptake_per_formula'], 2)} "
            f"{result['open'][0]['element']} per formula unit and gains "
            f"{number(least['reaction_energy_ev_per_formula'])} eV: {least['reaction']}."
        )
    if extras.maps:
        return _map_words(extras.maps[0])
    return f"{asked.phase_set.source} answers below."


def energy_of(kink: Mapping[str, Any], part: str, basis: str) -> float:
    """An energy of a kink in the basis of its curve: ``reaction`` or ``mutual``."""
    unit = "nonopen_atom" if basis == "per_nonopen_atom" else "atom"
    return float(kink[f"{part}_energy_ev_per_{unit}"])


def unit_of(basis: str) -> str:
    """Unit of the energies of a basis."""
    return "eV per non-open atom" if basis == "per_nonopen_atom" else "eV/atom"


def _series(asked: ReportedRun) -> str:
    """The partners in order of their mutual energy, at the emptiest state and at the fullest."""
    sentences = []
    unit = unit_of(next(iter(asked.cells.values()))[1]["basis"])
    for at, row in enumerate((len(asked.states) - 1, 0)):
        order = sorted(
            (_minimum(asked.cells[row, column][1], "mutual"), other)
            for column, other in enumerate(asked.others)
            if (row, column) in asked.cells
        )
        if not order:
            continue
        told = [f"{other} ({number(value)})" for value, other in order]
        near = sum(value - order[0][0] <= LEVEL for value, _ in order)
        level = f", level within {1000 * LEVEL:.0f} meV/atom" if near > 1 else ""
        then = f"{'; ' if level else ', '}then {listed(told[near:])}" if told[near:] else ""
        where = f"x = {asked.states[row].x:g}"
        start = (
            f"Charged to {where}, {asked.host} reacts most strongly with"
            if at == 0
            else f"At {where} it is"
        )
        sentences.append(f"{start} {listed(told[:near])}{level}{then}.")
    return " ".join(
        [
            *sentences,
            f"These are mutual energies in {unit}: what contact adds to what each loses alone.",
        ]
    )


def _minimum(result: Mapping[str, Any], part: str) -> float:
    key = "minimum_mutual" if part == "mutual" else "minimum_total"
    return energy_of(result[key], part, result["basis"])


def _pair(asked: ReportedRun, row: int, column: int) -> str:
    result = asked.cells[row, column][1]
    least, first = result["minimum_mutual"], asked.states[row].reactant.label
    energy = _minimum(result, "mutual")
    if energy > -NO_REACTION:
        return f"{first} and {asked.others[column]} do not react with each other."
    share = least["mixing_fraction"]
    return (
        f"{first} and {asked.others[column]} gain {number(energy)} {unit_of(result['basis'])} by "
        f"reacting with each other, at {number(100 * share, 0)} % of the atoms from the first: "
        f"{least['reaction']}. In total {number(_minimum(result, 'reaction'))}."
    )


def _window_words(shown: ShownWindow) -> str:
    window, name = shown.window, shown.window.compound.label
    if window.reduction is None:
        return f"{name} is stable at no voltage, even put on the hull."
    high = "any voltage" if window.oxidation is None else f"{number(window.oxidation, 2)} V"
    text = f"Put on the hull, {name} is stable from {number(window.reduction, 2)} V to {high}"
    return f"{text} against {window.carrier}."


def _map_words(shown: ShownMap) -> str:
    found = shown.map
    lowest = min(
        min((p.energy_low, p.low, p), (p.energy_high, p.high, p), key=lambda one: one[:2])
        for p in found.minimum("mutual")
    )
    return (
        f"{found.reactant_1.label} and {found.reactant_2.label} react most strongly with each "
        f"other at {number(lowest[1], 2)} V: {number(lowest[0])} eV per non-{found.carrier} atom "
        "(mutual)."
    )


def warnings(asked: ReportedRun, extras: Extras) -> list[str]:
    """What a reader has to know before trusting a number, most important first."""
    phase_set, results = asked.phase_set, [result for _, result in asked.answers]
    found = []
    if asked.mark:
        found.append(
            f"{phase_set.scheme}: every number on this page is made up, to try the machinery."
        )
    if phase_set.stand_in:
        found.append(f"{phase_set.stand_in}. A difference smaller than that says nothing.")
    found += _above_hull(asked)
    found += _products(asked)
    found += _notes(results)
    found += list(phase_set.notes)
    found += [f"Not computed: {text}." for text in extras.left_out]
    return list(dict.fromkeys(found))


def _reactants(asked: ReportedRun) -> list[Reactant]:
    found: dict[str, Reactant] = {}
    for one, _ in asked.answers:
        for data in one.to_dict()["reactants"]:
            found.setdefault(data["name"], Reactant.from_record(data))
    return list(found.values())


def _above_hull(asked: ReportedRun) -> list[str]:
    """Compounds and cathodes that decompose by themselves, in one sentence."""
    highest: dict[str, tuple[float, str]] = {}
    for one in _reactants(asked):
        host = State.of(one).host
        highest[host] = max(highest.get(host, (0.0, "")), (one.energy_above_hull, one.label))
    high = [(label, above) for above, label in highest.values() if above > ABOVE_HULL]
    if not high:
        return []
    said = [f"{label} by {number(1000 * above, 0)}" for label, above in high]
    if len(high) == 1:
        label, above = high[0]
        where = f"{label} lies {number(1000 * above, 0)} meV/atom above the hull of the set and"
    else:
        where = f"Above the hull of the set lie {listed(said)} meV/atom. Each"
    return [
        f"{where} gains as much by decomposing alone; that is in every total and in no mutual "
        "energy, and a window is that of the products."
    ]


def _products(asked: ReportedRun) -> list[str]:
    odd: Counter[str] = Counter()
    gas: Counter[str] = Counter()
    for _, result in asked.cells.values():
        odd.update({name for kink in result["kinks"] for name in kink["suspect_products"]})
        least = result["minimum_mutual"]
        gas.update(set(gases(least["products"])) if least["kind"] == "reaction" else set())
    for one, result in asked.answers:
        if one.kind == "window":
            odd.update({n for stage in result["stages"] for n in suspects(stage["products"])})
    every = len(asked.cells)
    found = []
    if gas:
        found.append(
            "Gases form at the strongest reaction between the two: "
            f"{listed([f'{name} ({n} of {every} curves)' for name, n in gas.most_common()])}. "
            "A gas swells a cell or vents from it."
        )
    if odd:
        names = [f"{name} ({n})" if every else name for name, n in sorted(odd.items())]
        found.append(
            f"Products that experiments do not show: {listed(names)}; the number is that of the "
            "curves they occur in. Leave them out with --exclude."
            if every
            else f"Products that experiments do not show: {listed(names)}."
        )
    return found


def _notes(results: Iterable[Mapping[str, Any]]) -> list[str]:
    every = list(results)
    count = Counter(
        note
        for result in every
        for note in result.get("notes", ())
        if not note.startswith("products that experiments do not show")
    )
    return [
        f"{note[0].upper()}{note[1:]}" + (f" ({n} of {len(every)} curves)." if n > 1 else ".")
        for note, n in count.items()
    ]
