"""``interfaces trajectory``: analysis of a molecular dynamics run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from workflows.cli.number import NUMBER
from workflows.cli.options import phase_options, phase_options_of


@click.command()
@click.argument(
    "paths", nargs=-1, required=True, metavar="DIR_OR_FILE...", type=click.Path(path_type=Path)
)
@click.option(
    "--timestep",
    type=NUMBER,
    metavar="FS",
    help="Time between frames, if the file does not state it.",
)
@click.option(
    "--types",
    default="",
    metavar="LI,P,...",
    help="Elements of atom types 1, 2 ... of a LAMMPS dump.",
)
@click.option(
    "--cell",
    type=click.Path(path_type=Path),
    help="Structure file whose column `side` assigns each atom to a side.",
)
@click.option(
    "--cutoffs",
    default="",
    metavar="A-B=MADE[:BROKEN],...",
    help="Bond lengths [A] in addition to the table, or instead of its values.",
)
@click.option(
    "--residence", type=NUMBER, metavar="FS", help="Time for which a bond or its absence must last."
)
@click.option("--pair", metavar="A,B", help="Compare with the predicted products of two reactants.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("results"),
    show_default=True,
    help="Folder for the folder of the analysis.",
)
@click.option("--name", help="Name of that folder; default trajectory_RUN.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as one JSON object.")
@phase_options
def trajectory(
    paths: tuple[Path, ...],
    timestep: float | None,
    types: str,
    cell: Path | None,
    cutoffs: str,
    residence: float | None,
    pair: str | None,
    out: Path,
    name: str | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Analyse bonds, groups of atoms, neighbours and displacements of a molecular dynamics run.

    DIR_OR_FILE: a VASP run (vasprun.xml, XDATCAR with INCAR and OSZICAR, or OUTCAR), a LAMMPS dump
    or any trajectory that ASE reads. Several are consecutive segments of one run.

    \b
    interfaces trajectory aimd/run1 aimd/run2 --pair LiCoO2,LPSCl
    interfaces trajectory md.traj --cell LCO_LPSCl.extxyz
    interfaces trajectory dump.lammpstrj --timestep 100 --types Li,P,S,Cl
    """  # noqa: D301
    source = phase_options_of(options)
    reactants = _reactants(pair)
    from interfaces.aimd import analyse, read_cutoffs
    from interfaces.aimd.bonds import RESIDENCE
    from interfaces.errors import InputError
    from workflows.io.readers import plain_name
    from workflows.trajectories.read_trajectory import read_trajectory
    from workflows.trajectories.trajectory_tables import (
        check_target,
        print_written,
        summary,
        write_analysis,
    )

    chosen_cutoffs = read_cutoffs(cutoffs)
    elements = _types(types)
    read = read_trajectory(paths, time_step=timestep, cell=cell, types=elements)
    for cutoff in chosen_cutoffs:
        for element in cutoff.pair:
            if element not in read.trajectory.species:
                raise InputError(
                    f"--cutoffs {cutoff.name}: the trajectory has no {element}; its elements are "
                    f"{', '.join(read.trajectory.elements)}"
                )
    folder_name = name or f"trajectory_{_run_name(paths[0])}"
    plain_name("--name", folder_name)
    marked = read.mocked and not folder_name.endswith("-mock")
    target = out / (f"{folder_name}-mock" if marked else folder_name)
    check_target(target, read)
    analysis = analyse(
        read.trajectory, chosen_cutoffs, residence=RESIDENCE if residence is None else residence
    )
    prediction = None
    if reactants:
        from workflows.analyses.predicted_bonds import compare_with_pair

        prediction = compare_with_pair(analysis, *reactants, source).to_dict()
    write_analysis(target, read, analysis, prediction)
    if as_json:
        import json

        click.echo(json.dumps(summary(read, analysis, prediction), indent=1, allow_nan=False))
    else:
        print_written(target)


def _reactants(pair: str | None) -> tuple[str, str] | None:
    if pair is None:
        return None
    names = [name.strip() for name in pair.split(",")]
    if len(names) != 2 or not all(names):
        raise click.UsageError(f"--pair {pair!r}: give two reactants, for example LiCoO2,LPSCl")
    return names[0], names[1]


def _types(words: str) -> tuple[str, ...]:
    """Elements of --types, by type from 1 on."""
    from ase.data import atomic_numbers

    elements = tuple(word.strip() for word in words.split(",")) if words.strip() else ()
    for element in elements:
        if atomic_numbers.get(element, 0) < 1:
            raise click.UsageError(
                f"--types {words!r}: {element!r} is not an element; give one element for each "
                "atom type, for example Li,P,S"
            )
    return elements


#: Endings that give the format of a file, which are no part of the run's name.
ENDINGS = (
    ".gz", ".xml", ".traj", ".extxyz", ".xyz", ".lammpstrj", ".dump", ".json", ".db", ".out",
)  # fmt: skip
RUN_FILES = ("vasprun", "XDATCAR", "OUTCAR")


def _run_name(path: Path) -> str:
    """Name of the run: that of its folder, or of the file without format endings.

    >>> _run_name(Path("a/300K.md.traj")), _run_name(Path("a/vasprun.xml.gz"))
    ('300K.md', 'a')
    """
    place = path.resolve()
    if place.is_dir():
        return place.name
    stem = place.name
    while Path(stem).suffix in ENDINGS:
        stem = Path(stem).stem
    return place.parent.name if stem in RUN_FILES else stem
