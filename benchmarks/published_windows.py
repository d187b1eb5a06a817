"""Published windows and staircases beside ours, with the cause of each difference.

    python benchmarks/published_windows.py [WINDOWS.csv STAIRCASES.csv]

By default the two files in ../shared/validation. Two causes are tried. A phase that an earlier
database did not hold: left out, up to three at a time, until the limit returns to the published
one. A correction of an element: legacy energies of all sulfur compounds carry the sulfide
correction and elemental sulfur does not, which puts every oxidation to sulfur 0.33 V per electron
pair too high; given the same correction it drops out. Prints Markdown.
"""

from __future__ import annotations

import csv
import itertools
import sys
from pathlib import Path

from interfaces.formulas import Formula
from interfaces.phases import PhaseSet
from interfaces.reactants import reactant
from interfaces.window import Window, electrochemical_window
from workflows.entries import read_phases

ROOT = Path(__file__).resolve().parent.parent
VALIDATION = ROOT.parent / "shared" / "validation"
LEGACY = ROOT.parent / "shared" / "data" / "mp_legacy_2019.csv.gz"
BUNDLED = "chgnet-0.3.0"
DIFFERENT = 0.05  # V; a limit nearer than this to the published one is the same
MOST_LEFT_OUT = 3
SULFIDE = {"S": -0.66346}  # eV per S, "sulfide" in pymatgen's MPCompatibility.yaml


def window(phases: PhaseSet, formula: str) -> Window:
    """Of the compound put on the hull, as publications do."""
    return electrochemical_window(phases, reactant(phases, formula, "hull"))


def limit(found: Window, side: str) -> float | None:
    return found.reduction if side == "reduction" else found.oxidation


def products(found: Window, side: str) -> str:
    stage = found.reduced_to if side == "reduction" else found.oxidized_to
    return " ".join(sorted(stage.products)) if stage else ""


def products_at(found: Window, side: str, voltage: float) -> str:
    """Products beyond a limit or a step at this voltage."""
    stages = [s for s in found.stages if s.low != s.high]
    beyond = [s for s in stages if (s.high if side == "reduction" else s.low) == voltage]
    return " ".join(sorted(beyond[0].products)) if beyond else ""


def volts(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def near(value: float | None, published: float) -> bool:
    return value is not None and abs(value - published) <= DIFFERENT


def involved(found: Window) -> list[str]:
    """Phases of all stages but the elements and the compound itself."""
    names = {name for stage in found.stages for name in stage.products}
    return sorted(
        name
        for name in names
        if len(Formula.parse(name).elements) > 1
        and not Formula.parse(name).same_composition(found.compound.formula)
    )


def steps(found: Window) -> list[tuple[float, float]]:
    """(V, carriers beyond the step, away from the compound's own content)."""
    stages = [stage for stage in found.stages if stage.carriers or stage.low == stage.high]
    below = [(stage.high, stage.carriers) for stage in stages if stage.carriers > 1e-9]
    above = [(stage.low, stage.carriers) for stage in stages if stage.carriers < -1e-9]
    return [(v, n) for v, n in (*below, *above) if v is not None]


def nearest(found: Window, carriers: float, voltage: float) -> tuple[float, float] | None:
    """The step to the same content; of none, the nearest in voltage on the same side."""
    side = [step for step in steps(found) if step[1] * carriers > 0]
    same = [step for step in side if abs(step[1] - carriers) < 0.02]
    return min(same or side, key=lambda step: abs(step[0] - voltage), default=None)


def corrected(phases: PhaseSet, shifts: dict[str, float]) -> PhaseSet:
    """The set with elements moved by so many eV/atom; what is an element's reference moves with."""
    rows = [
        (i, f, float(e) + (shifts.get(f.elements[0], 0.0) if len(f.elements) == 1 else 0.0))
        for i, f, e in zip(phases.ids, phases.formulas, phases.energies, strict=True)
    ]
    return PhaseSet.from_rows(rows, scheme=f"{phases.scheme}, elements moved")


def cause(phases: PhaseSet, formula: str, published: float, side: str, value_of) -> str:
    """What makes the published value, or what comes nearest."""
    if set(SULFIDE) & set(Formula.parse(formula).elements):
        moved = window(corrected(phases, SULFIDE), formula)
        value = value_of(moved)
        if near(value, published):
            return (
                f"elemental S under the sulfide correction as well: {volts(value)} V, "
                f"{products_at(moved, side, value)} (without LiS4 instead: "
                f"{volts(value_of(window(phases.without(['LiS4']), formula)))} V)"
            )
    return left_out(phases, formula, published, value_of)


def left_out(phases: PhaseSet, formula: str, published: float, value_of) -> str:
    """The fewest phases whose absence gives the published value, searched over one to three."""
    base = window(phases, formula)
    singles: list[tuple[str, float]] = []
    candidates = {(name,) for name in involved(base)}
    for size in range(1, MOST_LEFT_OUT + 1):
        further: set[tuple[str, ...]] = set()
        hits: list[tuple[float, str]] = []
        for absent in sorted(candidates):
            without = window(phases.without(absent), formula)
            value = value_of(without)
            if value is not None and size == 1 and value != value_of(base):
                singles.append((absent[0], value))
            if near(value, published):
                hits.append((abs(value - published), f"{', '.join(absent)}: {volts(value)} V"))
            further |= {tuple(sorted({*absent, new})) for new in involved(without)} - {absent}
        if hits:
            return f"without {min(hits)[1]}"
        candidates = further if len(further) < 120 else set()
    if not singles:
        return "no phase left out moves it: energies of the phases themselves"
    name, value = min(singles, key=lambda pair: abs(pair[1] - published))
    return f"not by absent phases; nearest without {name}: {volts(value)} V"


def row(cells) -> None:
    print("| " + " | ".join(str(cell) for cell in cells) + " |")


def heading(cells) -> None:
    row(cells)
    row("---" for _ in cells)


def difference(value: float | None, published: float) -> str:
    return "-" if value is None else f"{value - published:+.2f}"


def windows_table(path: Path, sets: dict[str, PhaseSet]) -> None:
    heading(
        ["phase", "limit", "published V", *(f"ours V [{name}]" for name in sets), "difference V",
         "products published", "products ours", "cause of a difference > 0.05 V"]
    )  # fmt: skip
    main = next(iter(sets))
    with path.open() as file:
        rows = list(csv.DictReader(file))
    for data, side in itertools.product(rows, ("reduction", "oxidation")):
        if not data[f"{side}_V"]:
            continue
        published = float(data[f"{side}_V"])
        ours = {name: window(phases, data["formula"]) for name, phases in sets.items()}
        value = limit(ours[main], side)
        why = ""
        if value is None or abs(value - published) > DIFFERENT:
            why = cause(sets[main], data["formula"], published, side, lambda w, s=side: limit(w, s))
        row(
            [data["phase"], side, data[f"{side}_V"],
             *(volts(limit(found, side)) for found in ours.values()),
             difference(value, published), data[f"{side}_products"],
             products(ours[main], side), why]
        )  # fmt: skip


def staircases_table(path: Path, sets: dict[str, PhaseSet]) -> None:
    heading(
        ["compound", "Li per formula", "published V", *(f"ours V (Li) [{n}]" for n in sets),
         "difference V", "cause of a difference > 0.05 V"]
    )  # fmt: skip
    main = next(iter(sets))
    with path.open() as file:
        rows = list(csv.DictReader(file))
    for data in rows:
        published, carriers = float(data["voltage_V"]), float(data["li_per_formula"])
        found = {
            name: nearest(window(phases, data["formula"]), carriers, published)
            for name, phases in sets.items()
        }
        mine = found[main]
        value = mine[0] if mine else None
        why = ""
        other_content = mine is not None and abs(mine[1] - carriers) >= 0.02
        if value is None or abs(value - published) > DIFFERENT or other_content:
            why = cause(
                sets[main], data["formula"], published, "oxidation",
                lambda w, n=carriers, v=published: at_content(w, n, v),
            )  # fmt: skip
        cells = [f"{volts(s[0])} ({s[1]:g})" if s else "-" for s in found.values()]
        row([data["formula"], data["li_per_formula"], data["voltage_V"], *cells,
             difference(value, published), why])  # fmt: skip


def at_content(found: Window, carriers: float, voltage: float) -> float | None:
    """Voltage of the step to exactly this content, if there is one."""
    step = nearest(found, carriers, voltage)
    return step[0] if step and abs(step[1] - carriers) < 0.02 else None


def main() -> None:
    paths = [Path(p) for p in sys.argv[1:3]] or [
        VALIDATION / "windows.csv",
        VALIDATION / "staircases.csv",
    ]
    missing = [str(path) for path in paths if not path.is_file()]
    if missing:
        sys.exit(f"no published numbers at {', '.join(missing)}; give the two files")
    sets = {"legacy": read_phases(LEGACY)} if LEGACY.is_file() else {}
    sets[BUNDLED] = read_phases(BUNDLED)
    print(f"Differences and causes by {next(iter(sets.values())).source}.\n")
    windows_table(paths[0], sets)
    print()
    staircases_table(paths[1], sets)


if __name__ == "__main__":
    main()
