r"""Computed energies -> the bundled phase set: table, card in JSON, delithiated series.

    python -m workflows.datasets.build_phase_set DIR... --published TABLE... --known TABLE... \
        --out inputs/phases
    python -m workflows.datasets.build_phase_set DIR... --published TABLE... --near 25 \
        --systems Li-Ni-O-S > ids

Each DIR holds what ``workflows.datasets.energies`` wrote; a later one replaces records of an
earlier one. Ids of the Materials Project keep their name; every other id is a structure of our own.
Ids such as ``NCM811 x=0.5 cell=10 decoration=0 ordering=5`` are members of a delithiated series:
they are written to ``delithiated_series.csv`` and are no products. The second form prints the ids
that are not relaxed and lie within 25 meV/atom of the hull of a system, most stable first, for
``workflows.datasets.energies --relax``; the two are repeated until nothing is printed.

The published formation energies are never copied: one reference energy per element is fitted to
them, and the card states how far the set is from them. ``--known`` are tables with less exact
formation energies of many more phases; what lies far below all of them is left out.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import json
import math
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from interfaces.chemistry.formulas import Formula
from interfaces.phases.phase_set import PhaseSet
from workflows.datasets.chemistries import by_chemistry, by_element
from workflows.datasets.energies import Record, read_records
from workflows.datasets.references import (
    References,
    corrected,
    fit,
    formation_energies,
    percentiles,
)
from workflows.io.atomic import write_bytes_atomic
from workflows.io.resources import DEFAULT_SET as NAME
from workflows.io.results import write_atomic, write_json

SCHEME = "SevenNet 7net-l3i5 for PBE(+U), MaterialsProject2020"
CALCULATOR = "sevennet"  #: whose energies may be compared with the set
SURROGATE = (
    "SevenNet energies, a surrogate for DFT: mean error {mean:.0f} meV/atom (median {median:.0f}) "
    "against published MP2020 formation energies"
)
SERIES_TABLE = "delithiated_series.csv"
SERIES_ID = re.compile(r"(\S+) (?:x=|Li)([\d.]+) cell=\d+ decoration=\d+ ordering=\d+")
SERIES_COLUMNS = (
    "id", "formula", "corrected_energy_per_atom", "volume_per_atom", "space_group", "relaxed",
)  # fmt: skip
COLUMNS = (
    "system", "id", "formula", "formation_energy_per_atom", "corrected_energy_per_atom",
    "volume_per_atom", "space_group", "n_atoms", "relaxed",
)  # fmt: skip
POLYMORPHS = 3  #: lowest entries of a formula that are kept ...
POLYMORPH_RANGE = 0.1  #: eV/atom ... within this of its lowest
#: Volume per atom beyond which a cell holds vacuum; Cs, the largest atom, has 115.
LARGEST_VOLUME = 130.0
#: eV/atom; a phase this far below everything that is known of its formula would distort the hull.
BROKEN = 0.15
#: Columns with a formation energy on the MP2020 scale, published or estimated.
ENERGY_COLUMNS = (
    "formation_energy_per_atom_calc", "formation_energy_per_atom_mp2020_est",
    "formation_energy_per_atom",
)  # fmt: skip


def merged(folders: Iterable[Path]) -> dict[str, Record]:
    """Id -> best record: relaxed where a relaxation converged, or else the single point.

    The members of a delithiated series are of one kind, because their differences count: relaxed
    ones as soon as every single point of the host is relaxed.
    """
    records: dict[str, Record] = {}
    relaxed: dict[str, Record] = {}
    for folder in folders:
        records |= read_records(folder, "single")
        relaxed |= read_records(folder, "relaxed")
    relaxed = {i: record for i, record in relaxed.items() if record["relaxed"]}
    incomplete = {_series_host(i) for i in records.keys() - relaxed.keys()} - {None}
    return records | {i: r for i, r in relaxed.items() if _series_host(i) not in incomplete}


def _series_host(identifier: str) -> str | None:
    """Host of a member of a delithiated series; None for every other id.

    Examples
    --------
    >>> _series_host("NCM811 x=0.5 cell=10 decoration=0 ordering=5"), _series_host("mp-2")
    ('NCM811', None)
    """
    match = SERIES_ID.fullmatch(identifier)
    return match[1] if match else None


def unsound(
    records: Mapping[str, Record],
    energies: Mapping[str, float],
    published: Mapping[str, float],
    known: Mapping[str, float],
) -> dict[str, str]:
    """Id -> why a record is left out of the set.

    Parameters
    ----------
    energies : id -> formation energy [eV/atom].
    published : id -> published formation energy [eV/atom].
    known : formula -> lowest formation energy of any table [eV/atom].
    """
    reasons: dict[str, str] = {}
    for identifier, energy in energies.items():
        record = records[identifier]
        formula = Formula.parse(record["formula"])
        if record["volume_per_atom"] > LARGEST_VOLUME:
            reasons[identifier] = f"{record['volume_per_atom']:.0f} A^3/atom: the cell holds vacuum"
        elif len(formula.elements) == 1:
            continue
        elif energy < published.get(identifier, energy) - BROKEN:
            below = 1000 * (published[identifier] - energy)
            reasons[identifier] = f"{below:.0f} meV/atom below its published energy"
        elif energy < known.get(formula.reduced.text, energy) - BROKEN:
            below = 1000 * (known[formula.reduced.text] - energy)
            reasons[identifier] = f"{below:.0f} meV/atom below every known energy of its formula"
    return reasons


def kept_polymorphs(records: Mapping[str, Record], energies: Mapping[str, float]) -> list[str]:
    """Ids of the lowest entries of each formula, sorted by system, formula and energy."""
    by_formula: dict[str, list[str]] = {}
    for identifier in energies:
        by_formula.setdefault(records[identifier]["formula"], []).append(identifier)
    kept = []
    for group in by_formula.values():
        group.sort(key=lambda i: (energies[i], i))
        limit = energies[group[0]] + POLYMORPH_RANGE
        kept += [identifier for identifier in group[:POLYMORPHS] if energies[identifier] <= limit]
    return sorted(
        kept,
        key=lambda i: (system(records[i]["formula"]), records[i]["formula"], energies[i], i),
    )


def system(formula: str) -> str:
    """Chemical system of a formula.

    Examples
    --------
    >>> system("Li3PO4")
    'Li-O-P'
    """
    return "-".join(sorted(Formula.parse(formula).elements))


def _write_set(
    records: Mapping[str, Record],
    references: References,
    published: Mapping[str, float],
    known: Mapping[str, float],
    out: Path,
) -> None:
    """Write table, card and series; the same records give the same bytes."""
    rounded = {element: round(value, 6) for element, value in references.values.items()}
    phases = {i: record for i, record in records.items() if _series_host(i) is None}
    left_out = unsound(phases, formation_energies(phases, rounded), published, known)
    sound = {i: record for i, record in phases.items() if i not in left_out}
    energies = formation_energies(sound, rounded)
    ids = kept_polymorphs(sound, energies)
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    for identifier in ids:
        record = sound[identifier]
        writer.writerow(
            (
                system(record["formula"]),
                identifier,
                record["formula"],
                f"{energies[identifier]:.5f}",
                f"{corrected(record):.5f}",
                f"{record['volume_per_atom']:.3f}",
                record["space_group"] or "",
                record["n_atoms"],
                int(record["relaxed"]),
            )
        )
    packed = gzip.compress(stream.getvalue().encode(), mtime=0)
    write_bytes_atomic(out / f"{NAME}.csv.gz", packed)
    series = _series_rows(records)
    if series:
        text = io.StringIO()
        table = csv.DictWriter(text, SERIES_COLUMNS, lineterminator="\n")
        table.writeheader()
        table.writerows(series)
        write_atomic(out / SERIES_TABLE, text.getvalue())
    overall = percentiles(list(references.errors.values()))
    card = {
        "scheme": SCHEME,
        "calculator": CALCULATOR,
        "table": f"{NAME}.csv.gz",
        "series": [SERIES_TABLE] if series else [],
        "surrogate": SURROGATE.format(**overall),
        "entries": len(ids),
        "relaxed": sum(bool(sound[i]["relaxed"]) for i in ids),
        "elements": sorted({e for i in ids for e in Formula.parse(sound[i]["formula"]).elements}),
        "references_ev_per_atom": rounded,
        "errors_mev_per_atom": {
            "all": overall,
            "cross-validated": percentiles(list(references.cross_validated.values())),
            "elements' own energies": percentiles(list(references.own_elements.values())),
            "by chemistry": by_chemistry(records, references.errors),
            "by element": by_element(records, references.errors),
        },
        "left_out": left_out,
        "licence": "CC BY 4.0, computed from structures of the Materials Project",
        "doi": "10.1063/1.4812323",
    }
    write_json(out / f"{NAME}.json", card)


def _series_rows(records: Mapping[str, Record]) -> list[dict[str, object]]:
    """Members of the delithiated series, by host, lithium content and energy."""
    rows: list[tuple[tuple[str, float, float], dict[str, object]]] = []
    for identifier, record in records.items():
        match = SERIES_ID.fullmatch(identifier)
        if match is not None:
            energy = round(corrected(record), 6)
            row = {name: record.get(name) for name in SERIES_COLUMNS}
            row |= {"corrected_energy_per_atom": energy, "relaxed": int(record["relaxed"])}
            rows.append(((match[1], -float(match[2]), energy), row))
    return [row for _, row in sorted(rows, key=lambda item: item[0])]


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
    wanted = [frozenset(elements) for elements in systems]
    inside = {}
    for identifier in energies:
        elements = frozenset(Formula.parse(records[identifier]["formula"]).elements)
        if any(elements <= allowed for allowed in wanted):
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


def read_published(paths: Iterable[Path]) -> dict[str, float]:
    """Id -> published formation energy [eV/atom]."""
    return {
        row["mp_id"]: float(row["formation_energy_per_atom"])
        for path in paths
        for row in table_rows(path)
    }


def read_known(paths: Iterable[Path]) -> dict[str, float]:
    """Formula -> lowest formation energy of the tables [eV/atom]."""
    lowest: dict[str, float] = {}
    for path in paths:
        for row in table_rows(path):
            value = next((row[column] for column in ENERGY_COLUMNS if row.get(column)), None)
            if value:
                formula = Formula.parse(row["formula"]).reduced.text
                lowest[formula] = min(lowest.get(formula, math.inf), float(value))
    return lowest


def table_rows(path: Path) -> Iterator[dict[str, str]]:
    """Rows of a CSV file, packed or not."""
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as file:
        yield from csv.DictReader(file)


def main(arguments: Sequence[str] | None = None) -> None:
    """Parse the command line, assemble the set and print its errors."""
    parser = argparse.ArgumentParser(
        prog="python -m workflows.datasets.build_phase_set",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--published", type=Path, nargs="+", required=True)
    parser.add_argument("--known", type=Path, nargs="*", default=[])
    parser.add_argument("--out", type=Path)
    parser.add_argument("--near", type=float, metavar="MEV", help="print ids near the hull")
    parser.add_argument("--systems", nargs="+", default=[], help="e.g. Li-Ni-O-S")
    options = parser.parse_args(arguments)
    records = merged(options.folders)
    published = read_published(options.published)
    references = fit(records, published)
    if options.near is not None:
        phases = {i: record for i, record in records.items() if _series_host(i) is None}
        energies = formation_energies(phases, references.values)
        systems = [text.split("-") for text in options.systems]
        for _, identifier in near_hull(records, energies, systems, options.near / 1000):
            print(identifier)
        return
    if options.out is None:
        parser.error("give --out FOLDER, or --near MEV")
    _write_set(records, references, published, read_known(options.known), options.out)
    card = json.loads((options.out / f"{NAME}.json").read_text())
    print(card["surrogate"])
    print(f"{card['entries']} entries, {card['relaxed']} relaxed, {len(card['left_out'])} left out")


if __name__ == "__main__":
    main()
