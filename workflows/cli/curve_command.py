"""``interfaces curve``: one pair of reactants."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import click

from workflows.cli.options import (
    REACTANT,
    condition_options,
    conditions_of,
    output_of,
    output_options,
    phase_options,
    phase_options_of,
    voltage_option,
)


@click.command()
@click.argument("reactant_1", type=REACTANT)
@click.argument("reactant_2", type=REACTANT)
@phase_options
@voltage_option
@condition_options
@click.option(
    "--residual",
    "residuals",
    multiple=True,
    metavar="FORMULA=PERCENT",
    help="Surface residue on the first reactant, percent of the powder's mass: Li2CO3=0.5.",
)
@click.option(
    "--ternary",
    is_flag=True,
    help="The figure is the phase diagram of three elements with the mixing path.",
)
@click.option(
    "--temperatures",
    metavar="K,K[,K]",
    help="The figure is the lowest energy against these temperatures: 300,600,900 or 25C,700C.",
)
@output_options
def curve(
    reactant_1: str,
    reactant_2: str,
    voltage: float | None,
    residuals: tuple[str, ...],
    ternary: bool,
    temperatures: str | None,
    **options: Any,
) -> None:
    """Reaction energy of two reactants against their mixing ratio.

    A reactant is a formula (Li0.3CoO2), a name (LPSCl), or a name with its Li content (NCM811@0.3).

    \b
    interfaces curve LiCoO2 Li6PS5Cl
    interfaces curve NCM811@0.5 LiTFSI --json
    interfaces curve LCO LPSCl --open Li --voltage 4.3
    interfaces curve NCM811 LPSCl --residual Li2CO3=0.5 --residual LiOH=0.3
    interfaces curve LCO LPS --phases my_dft.csv --energy LPS=hull
    interfaces curve LCO LPSCl --temperatures 300,600,900 --figure temperatures.pdf
    """  # noqa: D301
    output = output_of(options)
    from workflows.analyses.conditions import read_temperature
    from workflows.analyses.curve import CurveAnalysis, prepare_curve

    phases, conditions = phase_options_of(options), conditions_of(options, voltage)
    if temperatures is not None:
        if output.figure is None or output.record or output.as_json or output.as_csv or ternary:
            raise click.UsageError(
                "--temperatures draws energy against temperature: give --figure, and no --json, "
                "--csv, --record or --ternary"
            )
        if conditions.temperature is not None:
            raise click.UsageError("give --temperature or --temperatures, not both")
        curves = {}
        for kelvin in sorted({read_temperature(text) for text in temperatures.split(",")}):
            analysis = prepare_curve(
                reactant_1, reactant_2, phases, replace(conditions, temperature=kelvin), residuals
            )
            if not isinstance(analysis, CurveAnalysis):
                raise click.UsageError("--temperatures needs two reactants; one of these is open")
            curves[kelvin] = analysis.curve()  # the figure has no band
        from interfaces.figures import temperatures_figure
        from workflows.tables.curve_tables import print_temperatures

        output.write(
            analysis,
            curves[kelvin],
            draw=partial(temperatures_figure, curves),
            show=partial(print_temperatures, curves),
        )
        return
    analysis = prepare_curve(reactant_1, reactant_2, phases, conditions, residuals)
    result = analysis.run()
    draw = None
    if ternary:
        if output.figure is None or analysis.kind != "curve":
            raise click.UsageError("--ternary draws a closed curve; give --figure, and no --open")
        from interfaces.figures import ternary_figure

        draw = partial(ternary_figure, analysis.phase_set, result)  # type: ignore[arg-type]
    output.write(analysis, result, draw=draw)
