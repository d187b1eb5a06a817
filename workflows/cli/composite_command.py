"""``interfaces composite``: any number of materials mixed by mass."""

from __future__ import annotations

from typing import Any

import click

from workflows.cli.options import (
    condition_options,
    conditions_of,
    output_of,
    output_options,
    phase_options,
    phase_options_of,
    voltage_option,
)


@click.command()
@click.argument("materials", nargs=-1, required=True, metavar="MATERIAL=AMOUNT...")
@click.option("--by", type=click.Choice(["mass", "moles"]), default="mass", show_default=True,
              help="What the amounts count: mass, or formula units.")  # fmt: skip
@phase_options
@voltage_option
@condition_options
@output_options
def composite(materials: tuple[str, ...], by: str, voltage: float | None, **options: Any) -> None:
    """Equilibrium of several materials mixed by mass: products, energies, pairs, what is left.

    Only the ratios of the amounts count. With --gas air, oxygen is open at 0.21 bar; CO2 and water
    of the air are left out.

    \b
    interfaces composite NCM622=43 LLZTO=35 LBO=22 --temperature 700C --gas air
    interfaces composite NCM90=65 LIC=35 --figure composite.pdf
    interfaces composite LCO=150 LPSCl=100 C=5 --open Li --voltage 4.2 --json
    interfaces composite LiCoO2=1 Li3PS4=1 --by moles
    """  # noqa: D301
    output = output_of(options)
    from workflows.analyses.composites import prepare_composite, read_amounts

    analysis = prepare_composite(
        read_amounts(materials),
        phase_options_of(options),
        conditions_of(options, voltage),
        by="moles" if by == "moles" else "mass",
    )
    output.write(analysis, analysis.run())
