"""Options shared by several verbs, and the dataclasses that they fill."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.shell_completion import CompletionItem

from workflows.cli.number import TEMPERATURE, VOLTAGE
from workflows.io.resources import DEFAULT_SET

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from workflows.analyses.analysis import Analysis
    from workflows.analyses.conditions import Conditions
    from workflows.analyses.setup import PhaseOptions
    from workflows.runs.record import Result


Command = TypeVar("Command", bound=Callable[..., Any])


class ReactantName(click.types.StringParamType):
    """A formula, a named system, or one with its Li content x; shells complete the names."""

    name = "reactant"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Named systems that begin with the text, in any case."""
        from workflows.data.named_materials import systems

        return [
            CompletionItem(name, help=fields["formula"])
            for name, fields in systems().items()
            if name.lower().startswith(incomplete.lower())
        ]


REACTANT = ReactantName()


def _stacked(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    return lambda command: functools.reduce(lambda done, add: add(done), reversed(options), command)


phase_options = _stacked(
    click.option(
        "--phases",
        default=DEFAULT_SET,
        show_default=True,
        help="Phase energies: the bundled set, a snapshot folder, or a CSV, Parquet or JSON file.",
    ),
    click.option(
        "--energy",
        "energies",
        multiple=True,
        metavar="[REACTANT=]MODEL",
        help="Energy of reactants: own (lowest entry), hull (most stable phases of the same "
        "composition: the least driving force), pymatgen (own, else hull), endmembers (mixing of "
        "LiMO2 and MO2), calculated (a series or molecule), anchored, or a number in eV/atom.",
    ),
    click.option(
        "--exclude",
        multiple=True,
        metavar="FORMULA",
        help="A product that may not form, or `gases`: all gases and water.",
    ),
    click.option(
        "--correction",
        type=click.Choice(["measured"]),
        help="Measured in place of computed enthalpies of molecules and oxyanion salts (CO2, "
        "carbonates, sulfates ...).",
    ),
    click.option(
        "--products",
        metavar="SET|FILE",
        help="Limit products: no-C-C-cleavage, first-step, known (from experiments), or a file.",
    ),
    click.option("--scheme", help="Name for the functional and corrections of a file."),
    click.option(
        "--products-include-series",
        is_flag=True,
        help="Let delithiated cathodes of the bundled series form as products.",
    ),
    click.option(
        "--own",
        multiple=True,
        metavar="PATH",
        help="Add own DFT results: a folder of VASP runs, or entries JSON.",
    ),
    click.option(
        "--assume",
        multiple=True,
        type=click.Choice(["functional", "hubbards", "potcars"]),
        help="Assume a setting of the phase set where own results do not state it.",
    ),
    click.option(
        "--mix-schemes", is_flag=True, help="Join own DFT to a surrogate set, another scheme."
    ),
)

condition_options = _stacked(
    click.option(
        "--open",
        "opened",
        multiple=True,
        metavar="ELEMENT[=EV]",
        help="Element exchanged with a reservoir: Li with --voltage, O with --gas and "
        "--temperature, or ELEMENT=EV against the element [eV/atom].",
    ),
    click.option(
        "--reference",
        metavar="COUPLE[=V]",
        help="Reference electrode instead of the metal: In|LiIn, Sn|..., Ga|Li2Ga7=0.9.",
    ),
    click.option(
        "--plateau",
        type=click.Choice(["set", "experimental"]),
        default="set",
        show_default=True,
        help="Potential of the couple by which a voltage is converted: computed or measured.",
    ),
    click.option(
        "--gas",
        "gases",
        multiple=True,
        metavar="GAS=BAR",
        help="Partial pressure [bar] of O2 (open to O) or a gas phase (CO2); air is O2=0.21.",
    ),
    click.option(
        "--temperature",
        type=TEMPERATURE,
        metavar="K|C",
        help="Gibbs energies of phases and gases at this temperature: 973, 973K or 700C.",
    ),
    click.option(
        "--gas-temperature",
        type=TEMPERATURE,
        metavar="K|C",
        help="Tabulated gases at this temperature over phases at 0 K, instead of --temperature.",
    ),
)

output_options = _stacked(
    click.option("--json", "as_json", is_flag=True, help="Print one JSON object."),
    click.option("--csv", "as_csv", is_flag=True, help="Print CSV."),
    click.option(
        "--figure", type=click.Path(path_type=Path), help="Draw a figure: .pdf, .svg or .png."
    ),
    click.option(
        "--no-caption",
        is_flag=True,
        help="Draw the figure without the lines on the source of its energies.",
    ),
    click.option(
        "--record",
        type=click.Path(path_type=Path),
        help="Write analysis, phase energies and result to .json[.gz], for `interfaces replay`.",
    ),
)


voltage_option = click.option(
    "--voltage",
    type=VOLTAGE,
    metavar="V",
    help="Against the metal of the open carrier (--open Li): 4.3 or 4.3V.",
)


def phase_options_of(options: dict[str, Any]) -> PhaseOptions:
    """Remove the phase options from a verb's keywords.

    Parameters
    ----------
    options : keywords of a verb; the phase options are removed from it.

    Returns
    -------
    The options as one value.
    """
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
        correction=options.pop("correction"),
        products=options.pop("products"),
    )


def conditions_of(options: dict[str, Any], voltage: float | None = None) -> Conditions:
    """Remove the conditions from a verb's keywords.

    Parameters
    ----------
    options : keywords of a verb; the conditions are removed from it.
    voltage : of the open carrier [V].

    Returns
    -------
    The conditions as one value.

    Raises
    ------
    InputError
        If a partial pressure cannot be read.
    """
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
    """Where a verb writes its result: files first, then stdout."""

    as_json: bool
    as_csv: bool
    figure: Path | None
    record: Path | None
    no_caption: bool = False

    def check(self) -> None:
        """Refuse output files that cannot be written.

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
        """Write a result to the files and in the format that the options name.

        Parameters
        ----------
        analysis, result : the analysis and what its ``run`` returned.
        draw : draws the figure in place of that of the kind, for verbs with options for it.
        show : prints the tables in place of those of the kind.
        more : further keys of the JSON object.

        Raises
        ------
        InputError
            If a file cannot be written; no file is written then.
        """
        from workflows.io.results import figure_files

        self.check()  # now that every input is known
        written = [*(figure_files(self.figure) if self.figure else ()), self.record]
        if self.figure is not None:
            from interfaces.figures.style import without_source
            from workflows.io.results import save_figure

            drawn = draw() if draw else analysis.figure(result)
            if self.no_caption:
                without_source(drawn)
            save_figure(drawn, self.figure)
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
        names = [str(path) for path in written if path is not None]
        if names and not (self.as_json or self.as_csv):
            click.echo(f"written: {', '.join(names)}")


def output_of(options: dict[str, Any]) -> Output:
    """Remove the output options from a verb's keywords and check them before it computes.

    Parameters
    ----------
    options : keywords of a verb; the output options are removed from it.

    Returns
    -------
    The options as one value.

    Raises
    ------
    InputError, UsageError
        If a file cannot be written, or both JSON and CSV are chosen.
    """
    output = Output(
        as_json=options.pop("as_json"),
        as_csv=options.pop("as_csv"),
        figure=options.pop("figure"),
        record=options.pop("record"),
        no_caption=options.pop("no_caption"),
    )
    if output.no_caption and output.figure is None:
        raise click.UsageError("--no-caption is about a figure; give --figure too")
    if output.as_json and output.as_csv:
        raise click.UsageError("--json and --csv both write to stdout; choose one")
    output.check()
    return output
