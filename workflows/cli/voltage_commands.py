"""``interfaces window``, ``map`` and ``charging``: what depends on the voltage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from workflows.cli.number import NUMBER
from workflows.cli.options import (
    REACTANT,
    condition_options,
    conditions_of,
    output_of,
    output_options,
    phase_options,
    phase_options_of,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

carrier_option = click.option(
    "--carrier", default="Li", show_default=True, help="Element that carries the charge."
)
range_option = click.option(
    "--voltage", default="0:5", show_default=True, metavar="LOW:HIGH", help="Range of the map [V]."
)


@click.command()
@click.argument("compound", type=REACTANT)
@phase_options
@condition_options
@carrier_option
@click.option("--sensitivity", is_flag=True, help="Compute what moves the limits, and how far.")
@click.option("--sigma", type=NUMBER, metavar="EV", help="Error of a formation energy [eV/atom].")
@click.option(
    "--within", type=NUMBER, metavar="EV", help="Competitors this near the hull [eV/atom]."
)
@click.option("--samples", type=int, metavar="N", help="Random draws of all energies.")
@click.option("--seed", type=int, metavar="N", help="Of the random draws.")
@output_options
def window(
    compound: str,
    carrier: str,
    sensitivity: bool,
    **options: Any,
) -> None:
    """Electrochemical window of a compound, and its decomposition products at every voltage.

    \b
    interfaces window LPSCl
    interfaces window Li3InCl6 --reference 'In|LiIn' --figure window.pdf
    interfaces window LPS --sensitivity --sigma 0.024
    """  # noqa: D301
    output = output_of(options)
    draws = {key: options.pop(key) for key in ("sigma", "within", "samples", "seed")}
    sampling = {key: value for key, value in draws.items() if value is not None}
    if sampling and not sensitivity:
        raise click.UsageError(f"--{next(iter(sampling))} has no effect without --sensitivity")
    from workflows.analyses.window import SamplingOptions, prepare_window
    from workflows.tables.voltage_tables import print_window

    analysis = prepare_window(
        compound, phase_options_of(options), conditions_of(options), carrier=carrier
    )
    result = analysis.run()
    spread = analysis.sensitivity(SamplingOptions(**sampling)) if sensitivity else None
    output.write(
        analysis,
        result,
        show=lambda: print_window(result, spread),
        more={"sensitivity": spread.to_dict()} if spread else None,
    )


@click.command(name="map")
@click.argument("reactant_1", type=REACTANT)
@click.argument("reactant_2", type=REACTANT)
@range_option
@phase_options
@condition_options
@carrier_option
@click.option("--mutual", is_flag=True, help="Draw the mutual energy instead of the total.")
@output_options
def map_(
    reactant_1: str,
    reactant_2: str,
    voltage: str,
    carrier: str,
    mutual: bool,
    **options: Any,
) -> None:
    """Exact reaction energy of two reactants over mixing ratio and voltage.

    \b
    interfaces map NCM811 LPSCl --voltage 0:5
    interfaces map LCO LGPS --voltage 2:4.5 --figure map.png
    """  # noqa: D301
    output = output_of(options)
    if mutual and output.figure is None:
        raise click.UsageError("--mutual has no effect without --figure")
    from workflows.analyses.maps import prepare_map, read_range

    analysis = prepare_map(
        reactant_1,
        reactant_2,
        read_range(voltage),
        phase_options_of(options),
        conditions_of(options),
        carrier=carrier,
    )
    result = analysis.run()

    def draw() -> Figure:
        from interfaces.figures import map_figure

        return map_figure(result, "mutual" if mutual else "total")

    output.write(analysis, result, draw=draw)


@click.command()
@click.argument("cathode", type=REACTANT)
@click.argument("electrolyte", type=REACTANT)
@range_option
@click.option("--points", default=51, show_default=True, help="Voltages of the matrix.")
@phase_options
@condition_options
@carrier_option
@output_options
def charging(
    cathode: str,
    electrolyte: str,
    voltage: str,
    points: int,
    carrier: str,
    **options: Any,
) -> None:
    """Reaction energy over Li content and voltage, and along the cathode's own curve.

    \b
    interfaces charging NCM811 LPSCl --voltage 2.5:4.5
    """  # noqa: D301
    output = output_of(options)
    from workflows.analyses.maps import prepare_charging, read_range

    analysis = prepare_charging(
        cathode,
        electrolyte,
        read_range(voltage),
        phase_options_of(options),
        conditions_of(options),
        points=points,
        carrier=carrier,
    )
    output.write(analysis, analysis.run())
