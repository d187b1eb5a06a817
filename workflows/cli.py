"""The command line: a verb per function; nothing heavier than click before a verb runs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from interfaces.mixing import MixingCurve

DEFAULT_SET = "chgnet-0.3.0"
USAGE_ERROR = 2
INTERRUPTED = 130


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="interface-stability")
def interfaces() -> None:
    """Interface stability of batteries, from computed phase energies."""


@interfaces.command()
@click.argument("reactant_1")
@click.argument("reactant_2")
@click.option(
    "--phases",
    default=DEFAULT_SET,
    show_default=True,
    help="Bundled set or a CSV, Parquet or JSON file.",
)
@click.option(
    "--energy",
    "energies",
    multiple=True,
    metavar="[REACTANT=]MODEL",
    help="own, hull, calculated, or eV/atom; for both reactants or for one.",
)
@click.option("--exclude", multiple=True, metavar="FORMULA", help="Leave a product out.")
@click.option("--scheme", help="What to call functional and corrections of a file.")
@click.option(
    "--products-include-series",
    is_flag=True,
    help="Let members of the bundled delithiated series be products.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
@click.option("--csv", "as_csv", is_flag=True, help="One line per kink on stdout.")
@click.option("--figure", type=click.Path(path_type=Path), help="Draw to .pdf, .svg or .png.")
def curve(
    reactant_1: str,
    reactant_2: str,
    phases: str,
    energies: tuple[str, ...],
    exclude: tuple[str, ...],
    scheme: str | None,
    products_include_series: bool,
    as_json: bool,
    as_csv: bool,
    figure: Path | None,
) -> None:
    """Reaction energy of two reactants against their mixing ratio.

    A reactant is a formula (Li0.3CoO2), a named system (LPSCl), or a state of charge (NCM811@0.3).

    \b
    interfaces curve LiCoO2 Li6PS5Cl
    interfaces curve NCM811@0.5 LiTFSI --json
    interfaces curve LCO LPS --phases my_dft.csv --energy LPS=hull
    """  # noqa: D301
    from workflows.curves import compute_curve

    if as_json and as_csv:
        raise click.UsageError("--json and --csv both write to stdout; choose one")
    result = compute_curve(
        reactant_1,
        reactant_2,
        phases=phases,
        energies=energies,
        exclude=exclude,
        scheme=scheme,
        products_include_series=products_include_series,
    )
    if figure is not None:
        _save_figure(result, figure)
    if as_json:
        import json

        click.echo(json.dumps(result.to_dict(), indent=1, allow_nan=False))
    elif as_csv:
        from workflows.tables import curve_csv

        click.echo(curve_csv(result), nl=False)
    else:
        from workflows.tables import print_curve

        print_curve(result)


@interfaces.command(name="phases")
@click.argument("name", required=False)
def list_phases(name: str | None) -> None:
    """What phase sets there are, and what they cover."""
    from workflows.tables import print_phase_sets

    print_phase_sets(name)


@interfaces.command()
@click.argument("job", type=click.Path(path_type=Path))
@click.option("--phases", help="Compute with another phase set than the job names.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("results"),
    show_default=True,
    help="Folder for the run's own folder.",
)
@click.option("--name", help="Name of the run's folder; by default that of the job.")
def run(job: Path, phases: str | None, out: Path, name: str | None) -> None:
    """Run a job file: all its curves, tables and figures into one folder.

    \b
    interfaces run inputs/ncm811.yaml
    """  # noqa: D301
    from workflows.campaign import run_job

    run_job(job, out=out, name=name, phases=phases)


def _save_figure(result: MixingCurve, path: Path) -> None:
    from interfaces.figures import curve_figure
    from workflows.records import save_figure

    save_figure(curve_figure(result), path)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line: one line on stderr and status 2 for what the user can mend."""
    try:
        interfaces.main(args=arguments, standalone_mode=False)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.exceptions.Abort:
        _fail("stopped; nothing that was finished is lost", INTERRUPTED)
    except KeyboardInterrupt:
        _fail("stopped; nothing that was finished is lost", INTERRUPTED)
    except click.ClickException as error:
        _fail(error.format_message(), USAGE_ERROR)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(INTERRUPTED)
    except OSError as error:
        _fail(f"{error.strerror or error}: {error.filename or 'output'}", USAGE_ERROR)
    except Exception as error:
        from interfaces.errors import InterfaceError

        if not isinstance(error, InterfaceError):
            raise
        _fail(str(error), USAGE_ERROR)


def _fail(message: str, status: int) -> Any:
    click.echo("interfaces: " + " ".join(message.split()), err=True)
    sys.exit(status)


if __name__ == "__main__":
    main()
