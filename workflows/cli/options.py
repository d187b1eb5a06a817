"""Options that several verbs share, gathered into the values that functions take."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.shell_completion import CompletionItem

from workflows.cli.number import NUMBER, TEMPERATURE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from workflows.analyses.analysis import Analysis
    from workflows.analyses.conditions import Conditions
    from workflows.analyses.setup import PhaseOptions
    from workflows.runs.record import Result

DEFAULT_SET = "chgnet-0.3.0"

Command = TypeVar("Command", bound=Callable[..., Any])


class ReactantName(click.types.StringParamType):
    """A formula, a named system or a state of charge; shells complete the names."""

    name = "reactant"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Named systems that begin so, whatever the case."""
        from workflows.data.named_materials import systems

        return [
            CompletionItem(name, help=fields["formula"])
            for name, fields in systems().items()
            if name.lower().startswith(incomplete.lower())
        ]


REACTANT = ReactantName()


def _stacked(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    return lambda command: functools.reduce(lambda one, add: add(one), reversed(options), command)


phase_options = _stacked(
    click.option(
        "--phases",
        default=DEFAULT_SET,
        show_default=True,
        help="Bundled set or a CSV, Parquet or JSON file.",
    ),
    click.option(
        "--energy",
        "energies",
        multiple=True,
        metavar="[REACTANT=]MODEL",
        help="own, hull, endmembers, calculated, anchored, or eV/atom; for every reactant or one.",
    ),
    click.option(
        "--exclude",
        multiple=True,
        metavar="FORMULA",
        help="Leave a product out, or `gases`: all of them and water.",
    ),
    click.option("--scheme", help="What to call functional and corrections of a file."),
    click.option(
        "--products-include-series",
        is_flag=True,
        help="Let members of the bundled delithiated series be products.",
    ),
    click.option(
        "--own",
        multiple=True,
        metavar="PATH",
        help="Join own DFT results: a folder of VASP runs, or entries JSON.",
    ),
    click.option(
        "--assume",
        multiple=True,
        type=click.Choice(["functional", "hubbards", "potcars"]),
        help="Take what own results leave unsaid to be the set's.",
    ),
    click.option(
        "--mix-schemes", is_flag=True, help="Join own DFT to a set that only stands in for DFT."
    ),
)

condition_options = _stacked(
    click.option(
        "--open",
        "opened",
        multiple=True,
        metavar="ELEMENT[=EV]",
        help="Exchange an element with a reservoir, at a voltage, as a gas, or at eV/atom.",
    ),
    click.option(
        "--reference",
        metavar="COUPLE[=V]",
        help="Count voltages against In|LiIn, Sn|..., Ga|Li2Ga7=0.9 instead of the metal.",
    ),
    click.option(
        "--plateau",
        type=click.Choice(["set", "experimental"]),
        default="set",
        show_default=True,
        help="Which potential of the couple converts a voltage.",
    ),
    click.option(
        "--gas",
        "gases",
        multiple=True,
        metavar="GAS=BAR",
        help="Partial pressure: O2 of an open element, CO2 of a phase; `air`: O2=0.21, O open.",
    ),
    click.option(
        "--temperature",
        type=TEMPERATURE,
        metavar="K|C",
        help="Gibbs energies of all phases and gases: 973, 973K or 700C.",
    ),
    click.option(
        "--gas-temperature", type=NUMBER, metavar="K", help="Gases at K over phases at 0 K."
    ),
)

output_options = _stacked(
    click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout."),
    click.option("--csv", "as_csv", is_flag=True, help="CSV on stdout."),
    click.option("--figure", type=click.Path(path_type=Path), help="Draw to .pdf, .svg or .png."),
    click.option(
        "--record",
        type=click.Path(path_type=Path),
        help="Write analysis, phase energies and result to .json[.gz], for `interfaces replay`.",
    ),
)


def phase_options_of(options: dict[str, Any]) -> PhaseOptions:
    """Take the phase options out of a verb's keywords."""
    from workflows.analyses.setup import PhaseOptions

    return PhaseOptions(
        phases=options.pop("phases"),
        energies=options.pop("energies"),
        exclude=options.pop("exclude"),
        scheme=options.pop("scheme"),
        products_include_series=options.pop("products_include_series"),
        own=options.pop("own"),
        mix_schemes=options.pop("mix_schemes"),
        assume=options.pop("assume"),
    )


def conditions_of(options: dict[str, Any], voltage: float | None = None) -> Conditions:
    """Take the conditions out of a verb's keywords."""
    from workflows.analyses.conditions import Conditions, in_air, read_pressure

    opened, gases = in_air(options.pop("opened"), options.pop("gases"))
    return Conditions(
        opened=opened,
        voltage=voltage,
        reference=options.pop("reference"),
        plateau=options.pop("plateau"),
        pressures=tuple(read_pressure(gas) for gas in gases),
        temperature=options.pop("temperature"),
        gas_temperature=options.pop("gas_temperature"),
    )


@dataclass(frozen=True)
class Output:
    """Where a result is written: files first, then one form to stdout."""

    as_json: bool
    as_csv: bool
    figure: Path | None
    record: Path | None

    def check(self) -> None:
        """Refuse files that could not be written.

        Raises
        ------
        InputError
            As of :func:`workflows.io.outputs.check_outputs`.
        """
        from workflows.io.outputs import check_outputs
        from workflows.io.results import figure_files

        check_outputs(*(figure_files(self.figure) if self.figure else ()), self.record)

    def write(
        self,
        analysis: Analysis,
        result: Result,
        *,
        draw: Callable[[], Figure] | None = None,
        show: Callable[[], None] | None = None,
        more: dict[str, Any] | None = None,
    ) -> None:
        """Write a result to the files and in the form that the options name.

        ``draw`` and ``show`` replace the figure and the printed tables of the kind, for verbs with
        options for them; ``more`` joins the JSON object.

        Raises
        ------
        InputError
            If a file cannot be written; no file is then.
        """
        self.check()  # now that every input is known
        if self.figure is not None:
            from workflows.io.results import save_figure

            save_figure(draw() if draw else analysis.figure(result), self.figure)
        if self.record is not None:
            from workflows.runs.record import write_record

            write_record(self.record, [(analysis, result)])
        if self.as_json:
            import json

            click.echo(json.dumps(result.to_dict() | (more or {}), indent=1, allow_nan=False))
        elif self.as_csv:
            click.echo(analysis.csv(result), nl=False)
        elif show:
            show()
        else:
            analysis.show(result)


def output_of(options: dict[str, Any]) -> Output:
    """Take the output options out of a verb's keywords, and check them before it computes."""
    output = Output(
        as_json=options.pop("as_json"),
        as_csv=options.pop("as_csv"),
        figure=options.pop("figure"),
        record=options.pop("record"),
    )
    if output.as_json and output.as_csv:
        raise click.UsageError("--json and --csv both write to stdout; choose one")
    output.check()
    return output
