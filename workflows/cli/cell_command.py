"""``interfaces cell``: slabs, terminations, lattice matches and an interface cell."""

from __future__ import annotations

from pathlib import Path

import click

from workflows.cli.number import NUMBER


@click.command()
@click.argument("first", required=False)
@click.argument("second", required=False)
@click.option("--named", metavar="NAME", help="Stored cell, e.g. LCO_LPSCl, or its YAML file.")
@click.option("--block", metavar="NAME[,NAME]", help="Block of each CIF with several structures.")
@click.option("--facets", metavar="HKL[,HKL]", help="Facet of each side: 104,100 or 1-10,1.0.11.")
@click.option(
    "--termination", metavar="LABEL[,LABEL]", help="Termination of each side, as printed by --list."
)
@click.option(
    "--thickness", metavar="A[,A]", help="Minimum thickness of each slab.  [default: 7,7]"
)
@click.option(
    "--max-atoms", type=int, metavar="N", help="Maximum atoms of the cell.  [default: 300]"
)
@click.option(
    "--max-strain", type=NUMBER, metavar="F", help="Maximum principal strain.  [default: 0.05]"
)
@click.option("--max-area", type=NUMBER, metavar="A2", help="Maximum area of the interface.")
@click.option(
    "--min-width",
    type=NUMBER,
    metavar="A",
    help="Minimum distance of in-plane images.  [default: 8]",
)
@click.option(
    "--strain-on",
    type=click.Choice(["first", "second", "shared"]),
    help="Side that is strained.  [default: shared]",
)
@click.option("--match", type=int, metavar="N", help="Row of the match table.  [default: 1]")
@click.option("--gap", type=NUMBER, metavar="A", help="Gap between the sides.  [default: 2.5]")
@click.option(
    "--vacuum", type=NUMBER, metavar="A", help="Vacuum; 0: two interfaces, no vacuum.  [default: 0]"
)
@click.option("--shift", metavar="U,V", help="In-plane shift of the second side, fractional.")
@click.option(
    "--lithium",
    type=click.Choice(["own", "slab"]),
    help="Li of a salt: its own, or from the slab.  [default: own]",
)
@click.option(
    "--registry",
    type=click.Choice(["none", "mock", "chgnet"]),
    help="Calculator that selects the best in-plane shift.  [default: none]",
)
@click.option("--grid", metavar="N,N", help="Grid of these shifts.  [default: 3,3]")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Folder of the cell.  [default: results/cells/FIRST_SECOND]",
)
@click.option("--list", "only_list", is_flag=True, help="Only print terminations and matches.")
def cell(
    first: str | None,
    second: str | None,
    named: str | None,
    block: str | None,
    facets: str | None,
    termination: str | None,
    thickness: str | None,
    max_atoms: int | None,
    max_strain: float | None,
    max_area: float | None,
    min_width: float | None,
    strain_on: str | None,
    match: int | None,
    gap: float | None,
    vacuum: float | None,
    shift: str | None,
    lithium: str | None,
    registry: str | None,
    grid: str | None,
    out: Path | None,
    only_list: bool,
) -> None:
    """Join two slabs, or a slab and a molecule, to one cell: POSCAR, extxyz, CIF and a picture.

    FIRST and SECOND: a stored bulk structure (LiCoO2, LCO, LPSCl, CoO ...) or a structure file; the
    second may be a molecule (ECA, LiTFSI). Options replace the settings of a named cell.

    \b
    interfaces cell LiCoO2 LPSCl --list
    interfaces cell LiCoO2 LPSCl --facets 104,110 --max-atoms 230 --registry chgnet
    interfaces cell --named LCO_LPSCl --out cells/lco
    interfaces cell LiCoO2 LiTFSI --lithium slab
    """  # noqa: D301
    from workflows.structures.cell_options import cell_spec
    from workflows.structures.cell_tables import print_cell, print_choices
    from workflows.structures.interface_cells import list_choices, prepare_cell

    question = cell_spec(
        first, second, named, blocks=block, facets=facets, terminations=termination,
        thickness=thickness, max_atoms=max_atoms, max_strain=max_strain, max_area=max_area,
        min_width=min_width, strain_on=strain_on, match=match, gap=gap, vacuum=vacuum,
        shift=shift, lithium=lithium, registry=registry, grid=grid,
    )  # fmt: skip
    if only_list:
        print_choices(list_choices(question))
        return
    from workflows.structures.write_cells import default_folder, write_cell

    answer = prepare_cell(question)
    folder = out or default_folder(question)
    write_cell(answer, folder)
    print_cell(answer, folder)
