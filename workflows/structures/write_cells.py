"""What a cell is written as: POSCAR, extxyz, CIF, its record, the tables and the picture."""

from __future__ import annotations

import json
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interfaces.structures import InterfaceCell, LabelledCell, Match, MoleculeCell, Slab, facet
from interfaces.structures.lateral_registry import Registry
from workflows._version import VERSION
from workflows.io.results import run_folder, save_figure, write_atomic, write_json
from workflows.structures.bulk import bulk
from workflows.structures.cell_options import stem
from workflows.structures.interface_cells import CellResult, CellSpec
from workflows.tables.curve_tables import rows_csv

if TYPE_CHECKING:
    from pymatgen.core import Structure

MATCH_COLUMNS = (
    "match", "atoms", "atoms_first", "atoms_second", "area_A2", "a_A", "b_A", "angle_deg",
    "width_A", "twist_deg", "strain", "first_strain_1", "first_strain_2", "second_strain_1",
    "second_strain_2", "strain_on", "first_cell", "second_cell",
)  # fmt: skip
SLAB_COLUMNS = (
    "bulk", "facet", "termination", "cut", "bottom", "top", "dipole_e_per_A", "polar", "tasker",
    "stoichiometric", "broken_bonds", "moved", "layers", "thickness_A", "atoms", "area_A2",
    "chosen",
)  # fmt: skip
SHIFT_COLUMNS = ("shift_a", "shift_b", "gap_A", "energy_eV", "relative_J_per_m2", "contact_A")


def write_cell(answer: CellResult, folder: Path) -> None:
    """Write everything about a cell into a folder that appears whole or not at all."""
    with run_folder(folder) as partial:
        atoms = answer.cell.atoms
        title = " | ".join(atoms.names)
        write_atomic(partial / "POSCAR", poscar(atoms, title))
        write_atomic(partial / "cell.extxyz", extxyz(atoms.structure()))
        write_atomic(partial / "cell.cif", cif(atoms))
        write_json(partial / "cell.json", record(answer))
        write_atomic(partial / "terminations.csv", rows_csv(SLAB_COLUMNS, slab_rows(answer)))
        if answer.choices.matches:
            rows = match_rows(answer.choices.matches)
            write_atomic(partial / "matches.csv", rows_csv(MATCH_COLUMNS, rows))
        if answer.registry is not None:
            rows = shift_rows(answer.registry)
            write_atomic(partial / "registry.csv", rows_csv(SHIFT_COLUMNS, rows))
        from interfaces.figures.plot_cells import cell_figure

        save_figure(cell_figure(answer.cell), partial / "cell.png")


def default_folder(question: CellSpec) -> Path:
    """Where a cell goes when no folder is named."""
    name = question.named or f"{stem(question.first)}_{stem(question.second)}"
    return Path("results") / "cells" / name


def extxyz(structure: Structure) -> str:
    """Extended XYZ with the side of each atom, its site property, in the column ``side``."""
    lattice = " ".join(f"{value:.8f}" for row in structure.lattice.matrix for value in row)
    lines = [
        str(len(structure)),
        f'Lattice="{lattice}" Properties=species:S:1:pos:R:3:side:S:1 pbc="T T T"',
    ]
    for site in structure:
        x, y, z = site.coords
        side = str(site.properties["side"]).replace(" ", "_")
        lines.append(f"{site.specie.symbol:2s} {x:14.8f} {y:14.8f} {z:14.8f} {side}")
    return "\n".join(lines) + "\n"


def poscar(atoms: LabelledCell, title: str) -> str:
    """VASP 5 POSCAR, atoms in the order of the other files."""
    from pymatgen.io.vasp import Poscar

    text: str = Poscar(atoms.structure(), comment=title).get_str(significant_figures=10)
    return text


def cif(atoms: LabelledCell) -> str:
    """CIF without symmetry, atoms in the order of the other files."""
    from pymatgen.io.cif import CifWriter

    return str(CifWriter(atoms.structure(), significant_figures=8))


def record(answer: CellResult) -> dict[str, Any]:
    """Everything that says how the cell was made, as plain values."""
    cell, question = answer.cell, answer.choices.question
    asked = {key: value for key, value in asdict(question).items() if value not in ("", None)}
    names = (question.first, question.second)[: len(answer.choices.chosen)]
    return {
        "asked": asked,
        "cell": _joined(cell) if isinstance(cell, InterfaceCell) else _on_surface(cell),
        "sides": [_slab(one) for one in answer.choices.chosen],
        "registry": None if answer.registry is None else _registry(answer.registry),
        "notes": list(notes(answer)),
        "provenance": {
            "interface-stability": VERSION,
            **{name: version(name) for name in ("pymatgen", "spglib", "numpy")},
            "bulks": {
                name: str(bulk(name, block).properties["source"])
                for name, block in zip(names, question.blocks, strict=False)
            },
        },
    }


def notes(answer: CellResult) -> tuple[str, ...]:
    """What a reader has to know before using the cell."""
    cell = answer.cell
    found = [*answer.choices.notes]
    found.append("unrelaxed: bulk thicknesses, one gap, no relaxation along the normal")
    for one in answer.choices.chosen:
        if one.dipole is None:
            found.append(f"{one.name}: no formal charges balance, so its dipole is not known")
        elif one.polar:
            found.append(f"{one.name}: polar ({one.dipole:.3f} e/A), worse the thicker it is")
        if one.broken:
            found.append(f"{one.name}: {one.broken} bonds of PS4 or like units broken per cell")
        if one.moved:
            found.append(f"{one.name}: moved against the dipole: {one.moved}")
        if one.bottom != one.top and isinstance(cell, InterfaceCell) and not cell.vacuum:
            found.append(
                f"{one.name}: sides differ ({one.bottom} below, {one.top} above), so the two "
                "interfaces do too"
            )
    if isinstance(cell, MoleculeCell) and cell.lithium == "slab":
        found.append(
            f"one Li of the slab went to {cell.molecule.name}: the cell is neutral, the slab "
            "oxidized by one electron"
        )
    return tuple(found)


def _joined(cell: InterfaceCell) -> dict[str, Any]:
    match = cell.match
    return {
        **_atoms(cell.atoms),
        "interfaces": cell.interfaces,
        "gap_A": cell.gap,
        "vacuum_A": cell.vacuum,
        "shift": list(cell.shift),
        "shortest_contact_A": cell.contact,
        "contact_between": list(cell.contact_pair),
        "match": {
            "area_A2": round(match.area, 6),
            "first_cell": match.first,
            "second_cell": match.second,
            "first_strain": [round(value, 8) for value in match.first_strain],
            "second_strain": [round(value, 8) for value in match.second_strain],
            "strain_on": match.taken_by,
            "twist_deg": match.twist,
        },
    }


def _on_surface(cell: MoleculeCell) -> dict[str, Any]:
    return {
        **_atoms(cell.atoms),
        "surface_cells": list(cell.repeats),
        "gap_A": cell.gap,
        "vacuum_A": cell.vacuum,
        "lithium_from": cell.lithium,
        "shortest_contact_A": cell.contact,
        "contact_between": list(cell.contact_pair),
        "molecule_source": cell.molecule.source,
    }


def _atoms(atoms: LabelledCell) -> dict[str, Any]:
    structure = atoms.structure()
    return {
        "names": list(atoms.names),
        "formula": structure.composition.formula,
        "atoms": len(atoms.species),
        "atoms_of_sides": list(atoms.counts),
        "lengths_A": [round(float(value), 6) for value in structure.lattice.abc],
        "angles_deg": [round(float(value), 6) for value in structure.lattice.angles],
    }


def _slab(one: Slab) -> dict[str, Any]:
    row = slab_row(one, chosen=True)
    return {key: value for key, value in row.items() if key != "chosen"}


def _registry(found: Registry) -> dict[str, Any]:
    return {
        "calculator": found.calculator,
        "period": found.period,
        "points": len(found.points),
        "spread_J_per_m2": round(found.spread, 6),
        "best_shift": list(found.best.shift),
    }


def slab_rows(answer: CellResult) -> list[dict[str, Any]]:
    """Rows of all terminations of both sides."""
    return [
        slab_row(one, chosen=one is chosen)
        for slabs, chosen in zip(answer.choices.slabs, answer.choices.chosen, strict=True)
        for one in slabs
    ]


def slab_row(one: Slab, *, chosen: bool) -> dict[str, Any]:
    """One termination as plain values, by ``SLAB_COLUMNS``."""
    values = (
        one.bulk, facet(one.miller), one.label, one.shift, one.bottom, one.top,
        None if one.dipole is None else round(one.dipole, 6), one.polar, one.tasker,
        one.stoichiometric, one.broken, one.moved, one.layers, round(one.thickness, 4),
        len(one.species), round(one.area, 4), chosen,
    )  # fmt: skip
    return dict(zip(SLAB_COLUMNS, values, strict=True))


def match_rows(found: tuple[Match, ...]) -> list[dict[str, Any]]:
    """Rows of the table of matches, by ``MATCH_COLUMNS``."""
    rows = []
    for number, one in enumerate(found, 1):
        values = (
            number, one.total_atoms, *one.atoms, round(one.area, 4),
            *(round(value, 4) for value in one.lengths), round(one.angle, 3), round(one.width, 3),
            round(one.twist, 3), round(one.strain, 6),
            *(round(value, 6) for value in (*one.first_strain, *one.second_strain)),
            one.taken_by, json.dumps(one.first), json.dumps(one.second),
        )  # fmt: skip
        rows.append(dict(zip(MATCH_COLUMNS, values, strict=True)))
    return rows


def shift_rows(found: Registry) -> list[dict[str, Any]]:
    """Rows of the registry scan, by ``SHIFT_COLUMNS``."""
    return [
        dict(zip(SHIFT_COLUMNS, (
            *point.shift, point.gap, round(point.energy, 6), round(point.joules, 6),
            round(point.contact, 4),
        ), strict=True))
        for point in found.points
    ]  # fmt: skip
