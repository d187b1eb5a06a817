"""``interfaces coatings``: coatings between a cathode and an electrolyte."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

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
from workflows.cli.voltage_commands import carrier_option

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@click.command()
@click.argument("cathode", type=REACTANT)
@click.argument("electrolyte", type=REACTANT)
@click.option("--candidates", "words", multiple=True, metavar="named|FORMULA,..|FILE|set:CRITERIA",
              help="Coatings, repeatable; default: those of inputs/coatings.yaml.")  # fmt: skip
@click.option("--elements", metavar="A-B-C", help="Look for set:CRITERIA among these alone.")
@click.option(
    "--discharged", metavar="X", help="Discharged cathode: its Li content, formula, or none."
)
@click.option("--charged", metavar="X", help="Charged cathode: its Li content, formula, or none.")
@click.option("--gates", type=click.Path(path_type=Path), metavar="FILE",
              help="Gates, front and candidates: a copy of inputs/coatings.yaml.")  # fmt: skip
@click.option(
    "--cathode-voltages",
    metavar="LOW:HIGH",
    help="Voltages of the cathode, instead of its own curve's.",
)
@click.option("--complete/--tiered", default=None,
              help="All contacts, also after a failed gate (default for lists).")  # fmt: skip
@click.option("--top", type=click.IntRange(1), default=30, show_default=True,
              help="Rows of the table and the figure.")  # fmt: skip
@phase_options
@voltage_option
@condition_options
@carrier_option
@output_options
def coatings(
    cathode: str,
    electrolyte: str,
    words: tuple[str, ...],
    elements: str | None,
    discharged: str | None,
    charged: str | None,
    gates: Path | None,
    cathode_voltages: str | None,
    complete: bool | None,
    top: int,
    voltage: float | None,
    carrier: str,
    **options: Any,
) -> None:
    """Rank coatings between a cathode and an electrolyte, by both contacts at both ends of charge.

    Reaction energies, windows, gates (limits), Pareto front, price and scarcity of the elements;
    every candidate keeps its row with the gates it fails. Ionic conductivity is not considered.

    \b
    interfaces coatings NCM811 LPSCl
    interfaces coatings NCM811 LGPS --candidates 'set:Li+O,hull<=0' --figure coatings.pdf
    interfaces coatings NCM811 LPSCl --candidates mine.txt --charged 0.2 --gates gates.yaml
    interfaces coatings NCM622 LLZO --charged none --open O --gas O2=0.21 --temperature 973
    """  # noqa: D301
    output = output_of(options)
    from workflows.analyses.coatings.coating_analysis import prepare_coatings
    from workflows.analyses.coatings.coating_candidates import NAMED
    from workflows.analyses.maps import read_range
    from workflows.tables.coating_tables import print_coatings

    analysis = prepare_coatings(
        cathode,
        electrolyte,
        words or (NAMED,),
        phase_options_of(options),
        conditions_of(options, voltage),
        discharged=discharged,
        charged=charged,
        settings=gates,
        cathode_voltages=read_range(cathode_voltages) if cathode_voltages else None,
        carrier=carrier,
        tiered=None if complete is None else not complete,
        elements=elements.replace(",", "-").split("-") if elements else (),
    )
    result = analysis.run()

    def draw() -> Figure:
        from interfaces.figures import coatings_figure

        return coatings_figure(result, top)

    output.write(analysis, result, draw=draw, show=lambda: print_coatings(result, top))
