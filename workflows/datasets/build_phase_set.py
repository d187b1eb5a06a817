r"""Computed energies -> the bundled phase set: one table, one card.

    python -m workflows.datasets.build_phase_set DIR --published TABLE --out inputs/phases
    python -m workflows.datasets.build_phase_set DIR --published TABLE --near 25 \
        --systems Li-Ni-O-S > ids

The second form prints the ids that are not relaxed and lie within 25 meV/atom of the hull of a
system, most stable first, for ``workflows.datasets.energies --relax``. The lowest of many unrelaxed
polymorphs puts spurious phases on the hull, so the two are repeated until nothing is printed.
DIR holds what ``workflows.datasets.energies`` wrote. The published formation energies are used
twice, and never copied: one reference energy per element is fitted to them, and the card measures
the set against them, by chemistry and in cross-validation.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import json
import statistics
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interfaces.chemistry.formulas import Formula
from interfaces.phases.phase_set import PhaseSet
from workflows.datasets.energies import Record, read_records
from workflows.io.atomic import write_bytes_atomic
from workflows.io.results import write_json

NAME = "chgnet-0.3.0"
SCHEME = "CHGNet 0.3.0, one fitted reference per element"
STAND_IN = (
    "CHGNet energies stand in for DFT: mean error {mae:.0f} meV/atom against published "
    "MP2020 formation energies"
)
COLUMNS = (
    "id", "formula", "formation_energy_per_atom", "calculated_energy_per_atom", "volume_per_atom",
    "space_group", "n_atoms", "relaxed", "max_force",
)  # fmt: skip
OUTLIER = 0.3  #: eV/atom; published rows farther off are left out of the fit, and counted
ROUNDS = 5  #: of fitting and leaving out
FOLDS = 10  #: of the cross-validation
#: What a chemistry is called when it contains these; the first that fits.
CHEMISTRIES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("sulfate", ("S", "O")), ("phosphate", ("P", "O")), ("carbonate", ("C", "O")),
    ("Co oxide", ("Co", "O")), ("Ni oxide", ("Ni", "O")), ("Mn oxide", ("Mn", "O")),
    ("other oxide", ("O",)), ("thiophosphate", ("P", "S")), ("sulfide", ("S",)),
    ("fluoride", ("F",)), ("chloride", ("Cl",)), ("bromide or iodide", ("Br",)),
    ("bromide or iodide", ("I",)), ("nitride", ("N",)), ("carbide", ("C",)),
    ("phosphide", ("P",)), ("hydride", ("H",)),
)  # fmt: skip

Array = NDArray[np.float64]


@dataclass(frozen=True)
class References:
    """Fitted elemental references [eV/atom] and how well they do [eV/atom]."""

    values: Mapping[str, float]
    left_out: int
    mean_error: float  #: mean absolute, on the rows of the fit and those left out
    median_error: float
    cross_validated: float  #: mean absolute, each row predicted without its fold
    own_elements: float  #: mean absolute with the lowest elemental entries instead


def merged(folder: Path) -> dict[str, Record]:
    """Id -> best record: relaxed where there is one that is not higher than its single point."""
    records = read_records(folder, "single")
    for identifier, record in read_records(folder, "relaxed").items():
        if record["relaxed"]:
            records[identifier] = record
    return records


def fit(
    records: Mapping[str, Record],
    published: Mapping[str, float],
    term: tuple[str, str] | None = None,
) -> References:
    """Least squares for one reference per element, robust against broken rows.

    For a compound with atomic fractions f, E_f(published) = E(calculated) - sum_i f_i mu_i.
    Elements themselves take no part: their ground state is 0 by definition on either scale.

    Parameters
    ----------
    term : (element, partner) gets one more reference, for the element in compounds that hold the
        partner; to try whether a chemistry is biased as a whole.
    """
    compounds = [
        (identifier, Formula.parse(records[identifier]["formula"]))
        for identifier in sorted(published.keys() & records.keys())
    ]
    compounds = [(i, f) for i, f in compounds if len(f.elements) > 1]
    elements = sorted({e for _, f in compounds for e in f.elements})
    fractions = np.array([f.fractions(elements) for _, f in compounds])
    lowest = _lowest_elements(records, elements)
    if term is not None:
        element, partner = (fractions[:, elements.index(name)] for name in term)
        fractions = np.column_stack([fractions, element * (partner > 0)])
        lowest = np.append(lowest, 0.0)
    target = np.array(
        [records[i]["energy_per_atom"] - published[i] for i, _ in compounds]
    )  # = sum_i f_i mu_i
    keep = np.ones(len(target), dtype=bool)
    for _ in range(ROUNDS):
        values = np.linalg.lstsq(fractions[keep], target[keep], rcond=None)[0]
        keep = np.abs(target - fractions @ values) < OUTLIER
    error = np.abs(target - fractions @ values)
    own = np.abs(target - fractions @ lowest)
    return References(
        dict(zip(elements, map(float, values), strict=False)),
        int((~keep).sum()),
        float(error.mean()),
        float(np.median(error)),
        _cross_validated(fractions, target),
        float(own.mean()),
    )


def _cross_validated(fractions: Array, target: Array) -> float:
    errors = np.zeros(len(target))
    fold = np.arange(len(target)) % FOLDS
    for k in range(FOLDS):
        train = fold != k
        values = np.linalg.lstsq(fractions[train], target[train], rcond=None)[0]
        errors[~train] = target[~train] - fractions[~train] @ values
    return float(np.abs(errors).mean())


def _lowest_elements(records: Mapping[str, Record], elements: Sequence[str]) -> Array:
    lowest = dict.fromkeys(elements, np.inf)
    for record in records.values():
        formula = Formula.parse(record["formula"])
        if len(formula.elements) == 1 and formula.elements[0] in lowest:
            element = formula.elements[0]
            lowest[element] = min(lowest[element], record["energy_per_atom"])
    return np.array([lowest[element] for element in elements])


def formation_energies(
    records: Mapping[str, Record], references: Mapping[str, float]
) -> dict[str, float]:
    """Id -> formation energy [eV/atom]; the lowest entry of each element is exactly 0.

    Fitted references stand *in place of* the elements' own energies: a compound is referred to the
    fitted value, an element's polymorph to its own lowest one.
    """
    elements = sorted(references)
    lowest = dict(zip(elements, _lowest_elements(records, elements), strict=True))
    found = {}
    for identifier, record in records.items():
        formula = Formula.parse(record["formula"])
        source = lowest if len(formula.elements) == 1 else references
        if not set(formula.elements) <= source.keys():
            continue
        shift = sum(float(amount) * source[element] for element, amount in formula.amounts) / float(
            formula.n_atoms
        )
        found[identifier] = record["energy_per_atom"] - shift
    return found


def chemistry(formula: Formula) -> str:
    """Name of the chemistry that a formula is counted under."""
    present = set(formula.elements)
    return next((name for name, needed in CHEMISTRIES if present >= set(needed)), "intermetallic")


def deviations(
    records: Mapping[str, Record], energies: Mapping[str, float], published: Mapping[str, float]
) -> list[dict[str, Any]]:
    """Ours minus published [meV/atom] for every compound that has both, worst first."""
    found = []
    for identifier in published.keys() & energies.keys():
        formula = Formula.parse(records[identifier]["formula"])
        if len(formula.elements) > 1:
            found.append(
                {
                    "id": identifier,
                    "formula": formula.text,
                    "chemistry": chemistry(formula),
                    "relaxed": records[identifier]["relaxed"],
                    "deviation": 1000 * (energies[identifier] - published[identifier]),
                }
            )
    return sorted(found, key=lambda row: (-abs(row["deviation"]), row["id"]))


def by_chemistry(found: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Count, bias, mean, median and worst deviation [meV/atom] per chemistry."""
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for row in found:
        groups.setdefault(row["chemistry"], []).append(row)
    table = []
    for name, rows in sorted(groups.items(), key=lambda item: -len(item[1])):
        values = [row["deviation"] for row in rows]
        worst = max(rows, key=lambda row: abs(row["deviation"]))
        table.append(
            {
                "chemistry": name,
                "rows": len(rows),
                "bias": statistics.fmean(values),
                "mean": statistics.fmean(map(abs, values)),
                "median": statistics.median(map(abs, values)),
                "worst": worst["deviation"],
                "worst_formula": worst["formula"],
            }
        )
    return table


def write_set(
    records: Mapping[str, Record],
    energies: Mapping[str, float],
    references: References,
    checks: Sequence[Mapping[str, Any]],
    out: Path,
    series: Sequence[str],
) -> None:
    """Write ``NAME.csv.gz`` and ``NAME.json``; the same records give the same bytes."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    for identifier in sorted(energies, key=lambda i: (records[i]["formula"], energies[i], i)):
        record = records[identifier]
        force = record["max_force"]
        writer.writerow(
            (
                identifier,
                record["formula"],
                f"{energies[identifier]:.6f}",
                f"{record['energy_per_atom']:.6f}",
                f"{record['volume_per_atom']:.4f}",
                record["space_group"] or "",
                record["n_atoms"],
                int(record["relaxed"]),
                "" if force is None else f"{force:.4f}",
            )
        )
    packed = gzip.compress(stream.getvalue().encode(), mtime=0)
    write_bytes_atomic(out / f"{NAME}.csv.gz", packed)
    mean = statistics.fmean(abs(row["deviation"]) for row in checks)
    card = {
        "scheme": SCHEME,
        "table": f"{NAME}.csv.gz",
        "stand_in": STAND_IN.format(mae=mean),
        "entries": len(energies),
        "relaxed": sum(bool(records[i]["relaxed"]) for i in energies),
        "elements": sorted(references.values),
        "references_ev_per_atom": {e: round(v, 6) for e, v in references.values.items()},
        "licence": "CC BY 4.0, computed from structures of the Materials Project",
        "doi": "10.1063/1.4812323",
    }
    if series:
        card["series"] = list(series)
    write_json(out / f"{NAME}.json", card)


def near_hull(
    records: Mapping[str, Record],
    energies: Mapping[str, float],
    systems: Iterable[Collection[str]],
    within: float,
) -> list[tuple[float, str]]:
    """(Energy above hull [eV/atom], id) of entries not relaxed yet, most stable first.

    Parameters
    ----------
    systems : element sets; an entry counts if its elements lie inside one of them.
    within : largest energy above hull [eV/atom].
    """
    wanted = [frozenset(system) for system in systems]
    inside = {}
    for identifier in energies:
        elements = frozenset(Formula.parse(records[identifier]["formula"]).elements)
        if any(elements <= system for system in wanted):
            inside[identifier] = energies[identifier]
    phases = PhaseSet.from_rows(
        ((i, records[i]["formula"], e) for i, e in inside.items()), scheme=SCHEME
    )
    above = phases.energies_above_hull()
    return sorted(
        (float(height), identifier)
        for identifier, height in zip(phases.ids, above, strict=True)
        if height <= within and not records[identifier]["relaxed"]
    )


def read_published(path: Path) -> dict[str, float]:
    """Id -> published formation energy [eV/atom]."""
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as file:
        return {
            row["mp_id"]: float(row["formation_energy_per_atom"]) for row in csv.DictReader(file)
        }


def main(arguments: Sequence[str] | None = None) -> None:
    """Parse the command line, assemble the set and print the numbers of its card."""
    parser = argparse.ArgumentParser(
        prog="python -m workflows.datasets.build_phase_set", description=__doc__
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--published", type=Path, required=True)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--near", type=float, metavar="MEV", help="print ids near the hull")
    parser.add_argument("--systems", nargs="+", default=[], help="e.g. Li-Ni-O-S")
    parser.add_argument(
        "--series", nargs="*", default=[], help="file names of computed series in the same folder"
    )
    given = parser.parse_args(arguments)
    records = merged(given.folder)
    published = read_published(given.published)
    references = fit(records, published)
    # Rounded as they are stored, so that the series is referred to the very same numbers.
    rounded = {e: round(v, 6) for e, v in references.values.items()}
    energies = formation_energies(records, rounded)
    if given.near is not None:
        systems = [system.split("-") for system in given.systems]
        for _, identifier in near_hull(records, energies, systems, given.near / 1000):
            print(identifier)
        return
    if given.out is None:
        parser.error("give --out FOLDER, or --near MEV")
    checks = deviations(records, energies, published)
    write_set(records, energies, references, checks, given.out, given.series)
    print(json.dumps({**references.__dict__, "values": rounded}, indent=1))
    for row in by_chemistry(checks):
        print(
            "| {chemistry} | {rows} | {bias:+.0f} | {mean:.0f} | {median:.0f} | {worst:+.0f} "
            "({worst_formula}) |".format(**row)
        )
    for row in checks[:25]:
        print("{formula} {id} {deviation:+.0f} relaxed={relaxed}".format(**row))


if __name__ == "__main__":
    main()
