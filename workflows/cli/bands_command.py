"""``interfaces bands``: band centres of static runs of VASP or GPAW."""

from __future__ import annotations

from pathlib import Path

import click

from workflows.cli.number import NUMBER


@click.command()
@click.argument("runs", nargs=-1, required=True, metavar="RUN...", type=click.Path(path_type=Path))
@click.option("--element", default="O", show_default=True, help="Element whose p band is taken.")
@click.option(
    "--depth",
    type=NUMBER,
    default=9.0,
    show_default=True,
    metavar="EV",
    help="Window below the valence-band edge [eV].",
)
@click.option(
    "--figure",
    type=click.Path(path_type=Path),
    help="Draw the densities of states (png, pdf, svg).",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def bands(
    runs: tuple[Path, ...], element: str, depth: float, figure: Path | None, as_json: bool
) -> None:
    """Centre of an element's p band, and how far it lies from that of the first run.

    RUN: vasprun.xml or its folder (LORBIT = 11), or a .gpw file of GPAW. Two runs share no zero of
    energy, so every difference is given under three common levels: valence-band edge, Fermi level
    and the s level of the same element.

    \b
    interfaces bands LiCoO2/ CoO/
    interfaces bands LiCoO2.gpw CoO.gpw --figure bands.png
    """  # noqa: D301
    from interfaces.errors import InputError
    from workflows.io.outputs import check_outputs
    from workflows.io.results import figure_files
    from workflows.trajectories.band_centres import (
        band_centres,
        centre_difference,
        print_bands,
        read_projected_dos,
    )

    if not depth > 0:
        raise InputError(f"--depth {depth:g}: give a positive number of eV below the edge")
    if figure is not None:
        check_outputs(*figure_files(figure))
    window = (-depth, 0.0)
    densities = [read_projected_dos(run, element, window) for run in runs]
    centres = [band_centres(dos, element, window=window) for dos in densities]
    differences = [centre_difference(centres[0], centre) for centre in centres[1:]]
    if figure is not None:
        from interfaces.figures import band_figure
        from workflows.io.results import save_figure

        drawn = band_figure(
            [
                (dos.energies, dos.shell("p"), dos.shell("s"), centre.all_sites, centre.label)
                for dos, centre in zip(densities, centres, strict=True)
            ],
            element,
        )
        save_figure(drawn, figure)
    if as_json:
        import json

        payload = {
            "runs": [centre.to_dict() for centre in centres],
            "differences": [difference.to_dict() for difference in differences],
        }
        click.echo(json.dumps(payload, indent=1, allow_nan=False))
    else:
        print_bands(centres, differences)
