"""The card of the bundled phase set, ``inputs/phases/README.md``: every number in it is computed.

    python -m workflows.datasets.card DIR... --published TABLE... --raw TABLE --compare TABLE

DIR, ``--published`` as for ``workflows.datasets.build_phase_set``, which wrote the set. ``--raw``
has uncorrected energies by id, to separate errors of the potential from differences of correction;
``--compare`` is a phase table to run the same curves on. ``SERIES.md`` is appended.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from interfaces.chemistry.formulas import Formula
from interfaces.phases.phase_set import PhaseSet
from interfaces.reactivity.mixing_curve import MixingCurve
from workflows.analyses.curve import compute_curve
from workflows.analyses.setup import PhaseOptions
from workflows.calculators.mp2020_corrections import (
    STRENGTH,
    cobalt_share,
    cobalt_term,
    element_corrections,
)
from workflows.data.named_materials import find_system
from workflows.data.phase_sets import bundled_sets, read_phases
from workflows.datasets.build_phase_set import merged, read_published, table_rows
from workflows.datasets.energies import Record, read_records
from workflows.datasets.references import corrected, fit, percentiles
from workflows.io.resources import DEFAULT_SET as NAME
from workflows.io.resources import inputs
from workflows.io.results import write_atomic
from workflows.tables.curve_tables import decimal_steps

WORST = 20  #: rows farthest from their published energy, looked at one by one
FAR = 0.2  #: eV/atom; a smaller error may match a sum of two corrections by chance
SAME_RAW = 0.02  #: eV/atom; raw energies nearer than this differ in their correction only
ELECTROLYTES = ("LiTFSI", "LPSCl", "ECA")
#: Elements that MaterialsProject2020 corrects as anions (doi 10.1038/s41598-021-94550-5).
ANIONS = ("O", "S", "F", "Cl", "Br", "I", "N", "Se", "Sb", "H")
#: Rows whose cause no rule finds, looked at one by one.
LOOKED_AT = {
    "mp-1184521": "the published row: its parts ErZn and GdZn are at -0.35 both, it at -0.84",
    "mp-1218065": "unknown; 7net-0 and 7net-mf-0 are 0.08 and 0.16 lower than 7net-l3i5, the row 0.31",
}


def cause(record: Record, error: float, raw: float | None) -> str:
    """Why a row is far from its published formation energy.

    Parameters
    ----------
    error : ours minus published [eV/atom].
    raw : uncorrected PBE(+U) energy of the same id [eV/atom], where it is known.
    """
    formula = Formula.parse(record["formula"])
    shares = {e: float(amount) / float(formula.n_atoms) for e, amount in formula.amounts}
    corrections = {e: value * shares[e] for e, value in element_corrections(shares).items()}
    anions = [e for e in ANIONS if e in corrections and abs(error + corrections[e]) < SAME_RAW]
    if anions:
        return f"the published row takes the correction of {' or '.join(anions)} once more"
    if raw is not None and abs(record["energy_per_atom"] - raw) < SAME_RAW:
        difference = 1000 * (record["energy_per_atom"] - raw)
        return f"correction: the uncorrected energies differ by {difference:+.0f} only"
    if raw is not None:
        return f"potential: uncorrected {1000 * (record['energy_per_atom'] - raw):+.0f}"
    for size in (1, 2) if error < -FAR else ():
        for elements in itertools.combinations(sorted(corrections), size):
            if abs(error - sum(corrections[element] for element in elements)) < SAME_RAW / 2:
                return f"the published row is without the correction of {' and '.join(elements)}"
    return LOOKED_AT.get(record.get("id", ""), "unknown")


def _main_curves(
    phases: PhaseSet, exclude: Sequence[str] = ()
) -> dict[tuple[str, str], MixingCurve]:
    """(electrolyte, x) -> curve of NCM811 on a set, with each system's default energies."""
    source = PhaseOptions(phases, exclude=tuple(exclude))
    return {
        (electrolyte, x): compute_curve(f"NCM811@{x}", electrolyte, source, band=False)
        for electrolyte in ELECTROLYTES
        for x in decimal_steps()
    }


def _only_here(phases: PhaseSet, compared: PhaseSet) -> Iterator[tuple[str, float | None]]:
    """(formula, energy above the other hull or None) of phases on this hull and not on the other."""
    above = phases.energies_above_hull()
    stable = {f.text: f for f, h in zip(phases.formulas, above, strict=True) if h < 1e-6}
    for text, formula in sorted(stable.items()):
        row = compared.find(formula)
        height = None
        if row is not None:
            height = float(compared.energies[row]) - compared.hull_energy(formula)
        if height is None or height > 1e-6:
            yield text, height


def _write_card(
    folders: Sequence[Path], published_paths: Sequence[Path], raw_path: Path, compare_path: Path
) -> Iterator[str]:
    """Lines of the card."""
    records, card = merged(folders), bundled_sets()[NAME]
    references = fit(records, read_published(published_paths))
    raw = {row["mp_id"]: float(row["raw_energy_per_atom"]) for row in table_rows(raw_path)}
    errors = card["errors_mev_per_atom"]
    yield f"# Bundled phase set `{NAME}`"
    yield ""
    yield "Generated by `python -m workflows.datasets.card`. What it is good for and how it was made:"
    yield "[docs/bundled-set.md](../../docs/bundled-set.md)."
    yield ""
    yield f"**{card['surrogate']}.**"
    yield ""
    yield f"* {card['entries']} phases over {len(card['elements'])} elements: {' '.join(card['elements'])}."
    yield f"* {card['relaxed']} of them relaxed to 0.03 eV/A (positions and cell), the rest single points at"
    yield "  the geometry of the Materials Project (column `relaxed`). Energies, ids, volumes; no structures."
    yield f"* Left out: {_left_out(card['left_out'])}."
    yield "* Structures: Materials Project, CC BY 4.0, doi 10.1063/1.4812323; ids without `mp-` are our own."
    yield ""
    yield "## Error against published MP2020 formation energies"
    yield ""
    yield "Ours minus published, meV/atom, over every published row whose structure was computed."
    yield ""
    yield from _table("references", {k: errors[k] for k in errors if not k.startswith("by ")})
    yield ""
    yield f"The fit leaves out {references.left_out} rows that are off by more than 0.15 eV/atom; all are counted."
    yield ""
    yield from _relaxed_against_single(folders, records, references.errors)
    yield ""
    yield "### By chemistry"
    yield ""
    yield from _table("chemistry", errors["by chemistry"])
    yield ""
    yield "### By element"
    yield ""
    yield from _table("element", errors["by element"])
    yield ""
    yield from _cobalt(records, references.errors)
    yield ""
    yield from _worst(records, references.errors, raw)
    yield ""
    yield from _comparison(compare_path)
    series = inputs() / "phases" / "SERIES.md"
    if series.is_file():
        yield ""
        yield series.read_text(encoding="utf-8").strip()


def _left_out(reasons: Mapping[str, str]) -> str:
    vacuum = [i for i, reason in reasons.items() if "vacuum" in reason]
    low = [i for i, reason in reasons.items() if "below" in reason]
    return (
        f"{len(vacuum)} cells that hold vacuum, and {len(low)} energies more than 150 meV/atom below "
        f"everything that is known of the phase ({', '.join(low)})"
    )


def _table(head: str, rows: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    yield f"| {head} | rows | bias | mean | median | 90 % within |"
    yield "|---|---|---|---|---|---|"
    for name, row in rows.items():
        yield (
            f"| {name} | {row['rows']} | {row['bias']:+.1f} | {row['mean']:.1f} | "
            f"{row['median']:.1f} | {row['p90']:.1f} |"
        )


def _relaxed_against_single(
    folders: Sequence[Path], records: Mapping[str, Record], errors: Mapping[str, float]
) -> Iterator[str]:
    single: dict[str, Record] = {}
    for folder in folders:
        single |= read_records(folder, "single")
    both = [i for i in errors if records[i]["relaxed"] and i in single]
    before = percentiles([errors[i] + corrected(single[i]) - corrected(records[i]) for i in both])
    after = percentiles([errors[i] for i in both])
    gain = [1000 * (corrected(single[i]) - corrected(records[i])) for i in both]
    yield f"{len(both)} rows are relaxed. Relaxation lowers them by {statistics.fmean(gain):.1f} meV/atom on average"
    yield f"(median {statistics.median(gain):.1f}); their mean error is {after['mean']} (median {after['median']}) relaxed and"
    yield f"{before['mean']} (median {before['median']}) as single points. The references are fitted to both kinds together."


def _cobalt(records: Mapping[str, Record], errors: Mapping[str, float]) -> Iterator[str]:
    """Every layered cobaltate with and without its term, and predicted without its own formula."""
    shares, without = {}, {}
    for i in errors:
        formula = Formula.parse(records[i]["formula"])
        share = cobalt_share(formula, records[i]["space_group"])
        if share is not None:
            per_atom = float(dict(formula.amounts)["Co"]) / float(formula.n_atoms)
            shares[i] = share**2 * per_atom
            without[i] = errors[i] - cobalt_term(formula, records[i]["space_group"])

    def strength(rows: Sequence[str]) -> float:
        atoms = {i: float(Formula.parse(records[i]["formula"]).n_atoms) for i in rows}
        cobalt = {i: float(dict(Formula.parse(records[i]["formula"]).amounts)["Co"]) for i in rows}
        weights = {i: (atoms[i] / cobalt[i]) ** 2 for i in rows}  # errors per Co
        return sum(without[i] * shares[i] * weights[i] for i in rows) / sum(
            shares[i] ** 2 * weights[i] for i in rows
        )

    held_out = {}
    for i in shares:
        formula_text = records[i]["formula"]
        others = [k for k in shares if records[k]["formula"] != formula_text]
        held_out[i] = without[i] - strength(others) * shares[i]
    cobalt_oxides = [
        i for i in errors if {"Co", "O"} <= set(Formula.parse(records[i]["formula"]).elements)
    ]
    before = percentiles([without.get(i, errors[i]) for i in cobalt_oxides])
    after = percentiles([errors[i] for i in cobalt_oxides])
    means = [percentiles(list(rows.values()))["mean"] for rows in (without, held_out)]
    yield "### Layered cobaltates"
    yield ""
    yield f"AxCoO2 (A of Li, Na, Mg, Ca) takes a term of {STRENGTH} x^2 eV per Co, x the share of Co(III); a fit to these rows gives"
    yield f"{-strength(list(shares)):.3f}. Their mean error is {means[0]} meV/atom without it and {means[1]} with each formula predicted from the"
    yield f"others. Over all {len(cobalt_oxides)} Co oxides with a published energy the mean is {before['mean']} without and {after['mean']} with the term."
    yield "Ours minus published, meV/atom:"
    yield ""
    yield "| phase | id | space group | without | with | from the others |"
    yield "|---|---|---|---|---|---|"
    for i in sorted(shares, key=lambda i: -abs(without[i])):
        yield (
            f"| {records[i]['formula']} | {i} | {records[i]['space_group']} | {1000 * without[i]:+.0f} | "
            f"{1000 * errors[i]:+.0f} | {1000 * held_out[i]:+.0f} |"
        )


def _worst(
    records: Mapping[str, Record], errors: Mapping[str, float], raw: Mapping[str, float]
) -> Iterator[str]:
    worst = sorted(errors, key=lambda i: -abs(errors[i]))[:WORST]
    causes = {i: cause(records[i], errors[i], raw.get(i)) for i in errors}
    doubtful = {i for i in errors if abs(errors[i]) > 0.05 and "correction" in causes[i]}
    rest = percentiles([error for i, error in errors.items() if i not in doubtful])
    yield f"### The {WORST} worst"
    yield ""
    yield "| phase | id | ours minus published | cause |"
    yield "|---|---|---|---|"
    for i in worst:
        yield f"| {records[i]['formula']} | {i} | {1000 * errors[i]:+.0f} | {causes[i]} |"
    yield ""
    yield f"{len(doubtful)} rows that are off by more than 50 meV/atom differ in their correction and not in their"
    yield f"uncorrected energy. Without them the mean error is {rest['mean']} (median {rest['median']}) meV/atom."
    yield "Azides, polyselenides, polyhalides, hydrides of Sn and Ge, and molecules in which S, Cl or N is positive: the"
    yield "published rows carry the correction of an anion that is none. Measured formation enthalpies side with the"
    yield "uncorrected ones: SO2 -1.03 eV/atom (JANAF; ours -1.53, published -1.69), NaN3 +0.06 (ours -0.10, published -0.37)."


def _comparison(compare_path: Path) -> Iterator[str]:
    bundled, compared = read_phases(NAME), read_phases(compare_path)
    here, there = _main_curves(bundled.over(_main_elements())), _main_curves(compared)
    yield "## What it makes of the main job"
    yield ""
    yield f"NCM811, minimum over mixing, total / mutual (eV/atom), beside `{compare_path.name}` (legacy corrections,"
    yield "cathode by its hull energy):"
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
    unusual = dict(_only_here(bundled.over(_main_elements()), compared))
    products = {name for curve in here.values() for k in curve.kinks for name in k.products}
    acting = sorted(products & unusual.keys())
    yield f"In these systems {len(unusual)} formulas are on the hull here and not on that of MP 2019 (metastable there or"
    yield f"absent); {len(acting)} of them are products in the 33 curves. Leaving one out changes a minimum by at most:"
    yield ""
    yield "| phase | above the MP 2019 hull (meV/atom) | largest change of a minimum (meV/atom) |"
    yield "|---|---|---|"
    effects = []
    for name in acting:
        without = _main_curves(bundled.over(_main_elements()), exclude=[name])
        change = max(
            abs(without[key].minimum_total.total - here[key].minimum_total.total) for key in here
        )
        effects.append((change, name))
    for change, name in sorted(effects, reverse=True):
        height = unusual[name]
        shown = "absent" if height is None else f"{1000 * height:.0f}"
        yield f"| {name} | {shown} | {1000 * change:.1f} |"


def _main_elements() -> list[frozenset[str]]:
    cathode = set(find_system("NCM811").formula.elements)
    return [frozenset(cathode | set(find_system(name).formula.elements)) for name in ELECTROLYTES]


def main(arguments: Sequence[str] | None = None) -> None:
    """Parse the command line and write the card."""
    parser = argparse.ArgumentParser(prog="python -m workflows.datasets.card", description=__doc__)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--published", type=Path, nargs="+", required=True)
    parser.add_argument("--raw", type=Path, required=True)
    parser.add_argument("--compare", type=Path, required=True)
    options = parser.parse_args(arguments)
    lines = _write_card(options.folders, options.published, options.raw, options.compare)
    write_atomic(inputs() / "phases" / "README.md", "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
