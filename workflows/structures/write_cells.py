"""Files of a cell: POSCAR, extxyz, CIF, its record, the tables and the picture."""

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


def write_cell(result: CellResult, folder: Path) -> None:
    """Write all files of a cell into a folder, atomically.

    Parameters
    ----------
    result : the cell and what it was chosen from.
    folder : appears when all files are written.
    """
    with run_folder(folder) as partial:
        atoms = result.cell.atoms
        title = " | ".join(atoms.names)
        write_atomic(partial / "POSCAR", poscar(atoms, title))
        write_atomic(partial / "cell.extxyz", extxyz(atoms.structure()))
        write_atomic(partial / "cell.cif", cif(atoms))
        write_json(partial / "cell.json", record(result))
        write_atomic(partial / "terminations.csv", rows_csv(SLAB_COLUMNS, _slab_rows(result)))
        if result.choices.matches:
            rows = _match_rows(result.choices.matches)
            write_atomic(partial / "matches.csv", rows_csv(MATCH_COLUMNS, rows))
        if result.registry is not None:
            rows = _shift_rows(result.registry)
            write_atomic(partial / "registry.csv", rows_csv(SHIFT_COLUMNS, rows))
        from interfaces.figures.plot_cells import cell_figure

        save_figure(cell_figure(result.cell), partial / "cell.png")


def default_folder(spec: CellSpec) -> Path:
    """Return the folder of a cell where none is named."""
    name = spec.named or f"{stem(spec.first)}_{stem(spec.second)}"
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


def record(result: CellResult) -> dict[str, Any]:
    """Return everything that the cell was made from, as plain values."""
    cell, spec = result.cell, result.choices.spec
    options = {key: value for key, value in asdict(spec).items() if value not in ("", None)}
    names = (spec.first, spec.second)[: len(result.choices.chosen)]
    return {
        "asked": options,
        "cell": _joined(cell) if isinstance(cell, InterfaceCell) else _on_surface(cell),
        "sides": [_slab(slab) for slab in result.choices.chosen],
        "registry": None if result.registry is None else _registry(result.registry),
        "notes": list(notes(result)),
        "provenance": {
            "interface-stability": VERSION,
            **{name: version(name) for name in ("pymatgen", "spglib", "numpy")},
            "bulks": {
                name: str(bulk(name, block).properties["source"])
                for name, block in zip(names, spec.blocks, strict=False)
            },
        },
    }


def notes(result: CellResult) -> tuple[str, ...]:
    """Return remarks on the cell."""
    cell = result.cell
    lines = [*result.choices.notes]
    lines.append("unrelaxed: bulk thicknesses, one gap, no relaxation along the normal")
    for slab in result.choices.chosen:
        if slab.dipole is None:
            lines.append(f"{slab.name}: no formal charges balance, so its dipole is not known")
        elif slab.polar:
            lines.append(f"{slab.name}: polar ({slab.dipole:.3f} e/A), worse the thicker it is")
        if slab.broken:
            lines.append(f"{slab.name}: {slab.broken} bonds of PS4 or like units broken per cell")
        if slab.moved:
            lines.append(f"{slab.name}: moved against the dipole: {slab.moved}")
        if slab.bottom != slab.top and isinstance(cell, InterfaceCell) and not cell.vacuum:
            lines.append(
                f"{slab.name}: sides differ ({slab.bottom} below, {slab.top} above), so the two "
                "interfaces do too"
            )
    if isinstance(cell, MoleculeCell) and cell.lithium == "slab":
        lines.append(
            f"one Li of the slab went to {cell.molecule.name}: the cell is neutral, the slab "
            "oxidized by one electron"
        )
    return tuple(lines)


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


def _slab(slab: Slab) -> dict[str, Any]:
    row = _slab_row(slab, chosen=True)
    return {key: value for key, value in row.items() if key != "chosen"}


def _registry(registry: Registry) -> dict[str, Any]:
    return {
        "calculator": registry.calculator,
        "period": registry.period,
        "points": len(registry.points),
        "spread_J_per_m2": round(registry.spread, 6),
        "best_shift": list(registry.best.shift),
    }


def _slab_rows(result: CellResult) -> list[dict[str, Any]]:
    """Return the rows of all terminations of both sides."""
    return [
        _slab_row(slab, chosen=slab is chosen)
        for slabs, chosen in zip(result.choices.slabs, result.choices.chosen, strict=True)
        for slab in slabs
    ]


def _slab_row(slab: Slab, *, chosen: bool) -> dict[str, Any]:
    """One termination as plain values, by ``SLAB_COLUMNS``."""
    values = (
        slab.bulk, facet(slab.miller), slab.label, slab.shift, slab.bottom, slab.top,
        None if slab.dipole is None else round(slab.dipole, 6), slab.polar, slab.tasker,
        slab.stoichiometric, slab.broken, slab.moved, slab.layers, round(slab.thickness, 4),
        len(slab.species), round(slab.area, 4), chosen,
    )  # fmt: skip
    return dict(zip(SLAB_COLUMNS, values, strict=True))


def _match_rows(matches: tuple[Match, ...]) -> list[dict[str, Any]]:
    """Rows of the table of matches, by ``MATCH_COLUMNS``."""
    rows = []
    for number, match in enumerate(matches, 1):
        values = (
            number, match.total_atoms, *match.atoms, round(match.area, 4),
            *(round(value, 4) for value in match.lengths), round(match.angle, 3),
            round(match.width, 3), round(match.twist, 3), round(match.strain, 6),
            *(round(value, 6) for value in (*match.first_strain, *match.second_strain)),
            match.taken_by, json.dumps(match.first), json.dumps(match.second),
        )  # fmt: skip
        rows.append(dict(zip(MATCH_COLUMNS, values, strict=True)))
    return rows


def _shift_rows(registry: Registry) -> list[dict[str, Any]]:
    """Rows of the registry scan, by ``SHIFT_COLUMNS``."""
    return [
        dict(zip(SHIFT_COLUMNS, (
            *point.shift, point.gap, round(point.energy, 6), round(point.joules, 6),
            round(point.contact, 4),
        ), strict=True))
        for point in registry.points
    ]  # fmt: skip
