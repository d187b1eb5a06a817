"""The card of the bundled phase set: every number in it computed, none typed.

    python -m workflows.datasets.card DIR --published TABLE --compare TABLE --needed TABLE > CARD.md

DIR holds the computed energies, ``--published`` the formation energies that the set is measured
against, ``--compare`` a phase table to run the same curves on, ``--needed`` the phases that should
be relaxed. The text of the delithiated series (``SERIES.md``) is appended.
"""

from __future__ import annotations

import argparse
import csv
import statistics
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from interfaces.chemistry.formulas import Formula
from interfaces.phases.phase_set import PhaseSet
from interfaces.reactivity.mixing_curve import MixingCurve
from workflows.analyses.curve import compute_curve
from workflows.analyses.setup import PhaseOptions
from workflows.data.phase_sets import bundled_sets, read_phases
from workflows.datasets.build_phase_set import (
    NAME,
    OUTLIER,
    by_chemistry,
    deviations,
    fit,
    formation_energies,
    merged,
    near_hull,
    read_published,
)
from workflows.datasets.energies import Record
from workflows.io.resources import inputs
from workflows.tables.curve_tables import decimal_steps

NEAR = 0.025  #: eV/atom above the hull within which everything should be relaxed
WORST = 20  #: outliers named in the card
ELECTROLYTES = ("LiTFSI", "LPSCl", "ECA")
#: Pairs with a published minimum [eV/atom], its doi, and how it counts its reactants.
PUBLISHED: tuple[tuple[str, str, float | None, str], ...] = (
    ("LiCoO2", "LPSCl", -0.339, "10.1016/j.joule.2019.02.006, on the hull"),
    ("LiCoO2", "LPSCl", -0.52, "10.1002/adma.202305748, not stated"),
    ("Li0.5CoO2", "LPSCl", -0.493, "10.1016/j.joule.2019.02.006, on the hull"),
    ("LiCoO2", "LGPS", -0.362, "10.1016/j.joule.2019.02.006, on the hull"),
    ("LiCoO2", "LPS", -0.426, "10.1016/j.joule.2019.02.006, on the hull"),
    ("LiCoO2", "LLZO", -0.002, "10.1016/j.joule.2019.02.006, on the hull"),
    ("LPSCl", "LNbO", -0.123, "10.1016/j.joule.2019.02.006, on the hull"),
    ("LiCoO2", "LPO", 0.0, "10.1021/acs.chemmater.5b04082, on the hull"),
    ("Li2CO3", "LPSCl", -0.13, "10.1002/adma.202305748, not stated"),
    ("CoO", "LPSCl", None, ""),
    ("LiNiO2", "LPSCl", None, ""),
)
#: The correction of MaterialsProject2020 that uncorrected energies would miss [eV per metal atom].
TRANSITION = {"Co": -1.638, "Ni": -2.541, "Mn": -1.668}


def scale_check(
    records: Mapping[str, Record], published: Mapping[str, float]
) -> list[tuple[str, float, float]]:
    """(metal, offset of its oxides and fluorides, standard error) [eV per metal atom].

    Corrected MP energies shift Co, Ni and Mn in oxides and fluorides and nowhere else. Beside one
    reference per element, the fit here gets one extra term for such a metal: it is near 0 if the
    energies are on the corrected scale, and near minus the correction if they are not.
    """
    compounds = [
        (i, Formula.parse(records[i]["formula"])) for i in sorted(published.keys() & records.keys())
    ]
    compounds = [(i, f) for i, f in compounds if len(f.elements) > 1]
    elements = sorted({e for _, f in compounds for e in f.elements})
    shares = np.array([f.fractions(elements) for _, f in compounds])
    anion = (shares[:, elements.index("O")] > 0) | (shares[:, elements.index("F")] > 0)
    extra = np.array([shares[:, elements.index(metal)] * anion for metal in TRANSITION]).T
    design = np.hstack([shares, extra])
    target = np.array([records[i]["energy_per_atom"] - published[i] for i, _ in compounds])
    keep = np.ones(len(target), dtype=bool)
    for _ in range(3):
        values = np.linalg.lstsq(design[keep], target[keep], rcond=None)[0]
        keep = np.abs(target - design @ values) < OUTLIER
    variance = np.var(target[keep] - design[keep] @ values)
    error = np.sqrt(np.diag(np.linalg.inv(design[keep].T @ design[keep])) * variance)
    first = len(elements)
    return [
        (metal, float(values[first + k]), float(error[first + k]))
        for k, metal in enumerate(TRANSITION)
    ]


def main_curves(
    phases: PhaseSet, exclude: Sequence[str] = ()
) -> dict[tuple[str, str], MixingCurve]:
    """(electrolyte, x) -> curve of NCM811 on a set, with each system's default energies."""
    source = PhaseOptions(phases, exclude=tuple(exclude))
    return {
        (electrolyte, x): compute_curve(f"NCM811@{x}", electrolyte, source, band=False)
        for electrolyte in ELECTROLYTES
        for x in decimal_steps()
    }


def only_here(phases: PhaseSet, other: PhaseSet) -> Iterator[tuple[str, float | None]]:
    """(formula, energy above the other hull or None) of phases on this hull and not on the other."""
    above = phases.energies_above_hull()
    stable = {f.text: f for f, h in zip(phases.formulas, above, strict=True) if h < 1e-6}
    for text, formula in sorted(stable.items()):
        if not set(formula.elements) <= set(other.references):
            continue
        row = other.find(formula)
        height = None
        if row is not None:
            height = float(other.energies[row]) - other.hull_energy(formula)
        if height is None or height > 1e-6:
            yield text, height


def write_card(
    folder: Path, published_path: Path, compare_path: Path, needed_path: Path
) -> Iterator[str]:
    """Lines of the card."""
    records = merged(folder)
    published = read_published(published_path)
    references = fit(records, published)
    rounded = {e: round(v, 6) for e, v in references.values.items()}
    energies = formation_energies(records, rounded)
    checks = deviations(records, energies, published)
    mean = statistics.fmean(abs(row["deviation"]) for row in checks)
    median = statistics.median(abs(row["deviation"]) for row in checks)
    relaxed = [row for row in checks if row["relaxed"]]
    card = bundled_sets()[NAME]
    with needed_path.open() as file:
        needed = list(csv.DictReader(file))
    done = {i for i, record in records.items() if record["relaxed"]}
    formulas = {Formula.parse(records[i]["formula"]).reduced.text for i in done}
    count = sum(
        row["structure_mp_id"] in done
        if row["structure_mp_id"]
        else Formula.parse(row["formula"]).reduced.text in formulas  # made by substitution
        for row in needed
    )

    yield f"# Bundled phase set `{NAME}`"
    yield ""
    yield "Generated by `python -m workflows.datasets.card`; the numbers are computed, none is typed."
    yield ""
    yield f"**{card['stand_in']}** (median {median:.0f}). Use it to learn, to try and to compare"
    yield "within one chemistry; for a number in a paper give your own table with `--phases`."
    yield ""
    yield f"* {card['entries']} entries over {len(card['elements'])} elements "
    yield f"({'-'.join(card['elements'])}): energy, volume per atom, space group, cell size and"
    yield "  final force of each; no structures."
    yield f"* {card['relaxed']} relaxed to 0.03 eV/angstrom (positions and cell), the rest single"
    yield "  points at the Materials Project's geometry. Column `relaxed` says which."
    yield f"* {count} of the {len(needed)} phases that the hulls of the project's systems need are"
    yield "  among the relaxed ones."
    on_hull, near = (
        len(near_hull(records, energies, _main_elements(), within)) for within in (1e-6, NEAR)
    )
    yield f"* In the systems of the main job {on_hull} entries on the hull are not relaxed, and {near}"
    yield f"  within {1000 * NEAR:.0f} meV/atom of it: the hull itself has stopped changing where the first"
    yield "  number is 0, and the second is what is left to do."
    yield "* CHGNet 0.3.0 (doi 10.1038/s42256-023-00716-3), float32, one thread. Structures: Materials"
    yield "  Project, CC BY 4.0, doi 10.1063/1.4812323. The set is under CC BY 4.0 too."
    yield ""
    yield "## The scale"
    yield ""
    yield "CHGNet was trained on corrected MP energies, so no correction is added. How we know: MP2020"
    yield "corrections act on Co, Ni and Mn in oxides and fluorides only. A fit with one reference per"
    yield "element and one extra term per such metal would find minus the correction if the energies"
    yield "were uncorrected; it finds:"
    yield ""
    yield "| metal | extra term (eV per metal atom) | minus the correction |"
    yield "|---|---|---|"
    for metal, value, error in scale_check(records, published):
        yield f"| {metal} | {value:+.3f} +- {error:.3f} | {-TRANSITION[metal]:+.3f} |"
    yield ""
    yield "## References and error against published MP2020 formation energies"
    yield ""
    yield f"One reference per element, least squares over {len(checks)} compounds"
    yield f"({references.left_out} rows off by more than {OUTLIER} eV/atom left out of the fit, and"
    yield "counted in the errors). Elements' ground states are exactly 0."
    yield ""
    yield "| references | mean absolute error (meV/atom) |"
    yield "|---|---|"
    yield f"| elements' own energies | {1000 * references.own_elements:.1f} |"
    yield f"| fitted | {1000 * references.mean_error:.1f} |"
    yield f"| fitted, 10-fold cross-validated | {1000 * references.cross_validated:.1f} |"
    for name, value in class_corrections(records, published):
        yield f"| the same with a term for {name}, cross-validated | {1000 * value:.1f} |"
    yield ""
    yield f"The target was 20; the set reaches {mean:.1f} (median {median:.1f}; relaxed rows"
    yield f"{statistics.fmean(abs(row['deviation']) for row in relaxed):.1f}). No class correction"
    yield "gains as much as the fit's own uncertainty, so none is applied. Deviations, ours minus"
    yield "published, meV/atom:"
    yield ""
    yield "| chemistry | rows | bias | mean | median | worst |"
    yield "|---|---|---|---|---|---|"
    for row in by_chemistry(checks):
        yield (
            "| {chemistry} | {rows} | {bias:+.0f} | {mean:.0f} | {median:.0f} | {worst:+.0f} "
            "({worst_formula}) |".format(**row)
        )
    yield ""
    listed = (f"{row['formula']} {row['deviation']:+.0f}" for row in checks[:WORST])
    yield f"The {WORST} worst: {', '.join(listed)}."
    yield ""
    yield from _comparison(compare_path)
    series = inputs() / "phases" / "SERIES.md"
    if series.is_file():
        yield ""
        yield series.read_text(encoding="utf-8").strip()


def class_corrections(
    records: Mapping[str, Record], published: Mapping[str, float]
) -> Iterator[tuple[str, float]]:
    """(what, cross-validated mean absolute error) with one more term than the elements'."""
    terms = {
        "Co in oxides": ("Co", "O"), "Ni in oxides": ("Ni", "O"), "Mn in oxides": ("Mn", "O"),
        "P with O": ("P", "O"), "S with O": ("S", "O"), "C with O": ("C", "O"),
    }  # fmt: skip
    for name, (element, partner) in terms.items():
        yield name, fit(records, published, (element, partner)).cross_validated


def _comparison(compare_path: Path) -> Iterator[str]:
    ours, other = read_phases(NAME), read_phases(compare_path)
    yield "## What it makes of the results"
    yield ""
    yield f"Minimum total reaction energy (eV/atom), bundled set against `{compare_path.name}` (the"
    yield "2019 table of published MP energies) and against publications. `own`: reactants at their"
    yield "own energies; `hull`: at their hull energies."
    yield ""
    yield "| pair | bundled own | bundled hull | MP 2019 own | MP 2019 hull | published | source |"
    yield "|---|---|---|---|---|---|---|"
    for first, second, value, source in PUBLISHED:
        cells = [
            _minimum(first, second, phases, model)
            for phases in (ours, other)
            for model in ("own", "hull")
        ]
        shown = "" if value is None else f"{value:.3f}"
        yield f"| {first} \\| {second} | {' | '.join(cells)} | {shown} | {source} |"
    yield ""
    yield from _main_comparison(ours, other)


def _minimum(first: str, second: str, phases: PhaseSet, model: str) -> str:
    from interfaces.errors import InterfaceError

    try:
        curve = compute_curve(first, second, PhaseOptions(phases, (model,)), band=False)
    except InterfaceError:
        return "no entry"
    return f"{curve.minimum_total.total:.3f}"


def _main_comparison(ours: PhaseSet, other: PhaseSet) -> Iterator[str]:
    here, there = main_curves(ours), main_curves(other)
    yield "NCM811, minimum over mixing, total / mutual (eV/atom):"
    yield ""
    yield "| x | " + " | ".join(f"{e}, bundled | {e}, MP 2019" for e in ELECTROLYTES) + " |"
    yield "|---" * (1 + 2 * len(ELECTROLYTES)) + "|"
    for x in decimal_steps():
        cells = [
            f"{c.minimum_total.total:.3f} / {c.minimum_mutual.mutual:.3f}"
            for e in ELECTROLYTES
            for c in (here[e, x], there[e, x])
        ]
        yield f"| {x} | {' | '.join(cells)} |"
    yield ""
    yield "The cathode is the calculated series on the bundled set and on the hull on MP 2019."
    yield ""
    unusual = dict(only_here(ours.over(_main_elements()), other))
    products = {name for curve in here.values() for k in curve.kinks for name in k.products}
    acting = sorted(products & unusual.keys())
    yield "### Phases that CHGNet puts on the hull and MP 2019 does not"
    yield ""
    yield f"In the systems of the main job {len(unusual)} formulas are on the bundled hull and not"
    yield "on the hull of MP 2019 (metastable there or absent)."
    yield f"{len(acting)} of them are products in the 33 curves; leaving one out changes the minimum"
    yield "of a curve by at most:"
    yield ""
    yield "| phase | above the MP 2019 hull (meV/atom) | largest change of a minimum (meV/atom) |"
    yield "|---|---|---|"
    effects = []
    for name in acting:
        without = main_curves(ours, exclude=[name])
        change = max(
            abs(without[key].minimum_total.total - here[key].minimum_total.total) for key in here
        )
        effects.append((change, name))
    for change, name in sorted(effects, reverse=True):
        height = unusual[name]
        shown = "absent" if height is None else f"{1000 * height:.0f}"
        yield f"| {name} | {shown} | {1000 * change:.1f} |"
    yield ""
    rest = sorted(unusual.keys() - set(acting))
    yield f"The other {len(rest)} change none of the 33 curves: {', '.join(rest)}."


def _main_elements() -> list[frozenset[str]]:
    from workflows.data.named_materials import find_system

    cathode = set(find_system("NCM811").formula.elements)
    return [frozenset(cathode | set(find_system(name).formula.elements)) for name in ELECTROLYTES]


def main(arguments: Sequence[str] | None = None) -> None:
    """Parse the command line and print the card."""
    parser = argparse.ArgumentParser(prog="python -m workflows.datasets.card", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--published", type=Path, required=True)
    parser.add_argument("--compare", type=Path, required=True)
    parser.add_argument("--needed", type=Path, required=True)
    given = parser.parse_args(arguments)
    for line in write_card(given.folder, given.published, given.compare, given.needed):
        print(line)


if __name__ == "__main__":
    main()
