"""``interfaces curve``: one pair of reactants."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from workflows.cli.options import (
    check_output,
    condition_options,
    conditions_of,
    output_options,
    phase_options,
    source_of,
    write,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@click.command()
@click.argument("reactant_1")
@click.argument("reactant_2")
@phase_options
@click.option("--voltage", type=float, metavar="V", help="Of the open carrier, e.g. --open Li.")
@condition_options
@output_options
def curve(
    reactant_1: str,
    reactant_2: str,
    voltage: float | None,
    as_json: bool,
    as_csv: bool,
    figure: Path | None,
    **options: Any,
) -> None:
    """Reaction energy of two reactants against their mixing ratio.

    A reactant is a formula (Li0.3CoO2), a named system (LPSCl), or a state of charge (NCM811@0.3).

    \b
    interfaces curve LiCoO2 Li6PS5Cl
    interfaces curve NCM811@0.5 LiTFSI --json
    interfaces curve LCO LPSCl --open Li --voltage 4.3
    interfaces curve LCO LPS --phases my_dft.csv --energy LPS=hull
    """  # noqa: D301
    check_output(as_json=as_json, as_csv=as_csv)
    from workflows import curves
    from workflows.tables import curve_csv, print_curve, print_uptake, uptake_csv

    source, conditions = source_of(options), conditions_of(options, voltage)
    opened = curves.open_reactant(reactant_1, reactant_2, conditions)
    if opened is None:
        result = curves.compute_curve(reactant_1, reactant_2, source, conditions)

        def draw() -> Figure:
            from interfaces.figures import curve_figure

            return curve_figure(result)

        write(
            as_json=as_json,
            as_csv=as_csv,
            figure=figure,
            data=result.to_dict,
            csv=lambda: curve_csv(result),
            draw=draw,
            show=lambda: print_curve(result),
        )
        return
    element, compound = (reactant_1, reactant_2)[opened], (reactant_2, reactant_1)[opened]
    uptake = curves.compute_uptake(compound, element, source, conditions)

    def draw_uptake() -> Figure:
        from interfaces.figures import uptake_figure

        return uptake_figure(uptake)

    write(
        as_json=as_json,
        as_csv=as_csv,
        figure=figure,
        data=uptake.to_dict,
        csv=lambda: uptake_csv(uptake),
        draw=draw_uptake,
        show=lambda: print_uptake(uptake),
    )
