"""Command line with one verb per task; a verb imports what it needs when it runs."""

from __future__ import annotations

import io
import os
import signal
import sys
from typing import Any

import click

from workflows.cli.app_command import app
from workflows.cli.bands_command import bands
from workflows.cli.cell_command import cell
from workflows.cli.coatings_command import coatings
from workflows.cli.composite_command import composite
from workflows.cli.curve_command import curve
from workflows.cli.data_commands import fetch, phases, query
from workflows.cli.environment import (
    Terminated,
    backend_refusal,
    drop_useless_sizes,
    end,
    heard,
    with_checked_settings,
)
from workflows.cli.inputs_command import inputs
from workflows.cli.report_command import report
from workflows.cli.run_commands import replay, run, run_together
from workflows.cli.screen_command import screen
from workflows.cli.submit_commands import cancel, clean, collect, doctor, status, submit
from workflows.cli.trajectory_command import trajectory
from workflows.cli.validate_command import validate
from workflows.cli.voltage_commands import charging, window
from workflows.cli.voltage_commands import map_ as voltage_map
from workflows.io.outputs import check_name, inputs_protected

#: module -> extra of this package that brings it; "" is the package itself
EXTRAS = {
    "mp_api": "", "tenacity": "", "pooch": "", "requests": "", "pyarrow": "", "pandas": "",
    "jobflow": "", "maggma": "", "ase": "", "atomate2": "", "custodian": "", "plotly": "",
    "numba": "screen", "chgnet": "mlip", "sevenn": "mlip", "torch": "mlip", "rdkit": "molecules",
    "tblite": "molecules", "pyscf": "molecules", "parsl": "cluster", "jobflow_remote": "cluster",
    "fireworks": "cluster", "dash": "app",
}  # fmt: skip
#: The arrays are small: a second BLAS thread only waits for the first, at twice the time. A setting
#: of the user's own is left alone.
BLAS_THREADS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
USAGE_ERROR = 2
INTERRUPTED = 130
LONGEST_MESSAGE = 2000  #: characters
ENDING = 300  #: of them kept from the end, which says what to do


#: Headings of the help, with the verbs and their one-line descriptions.
SECTIONS: dict[str, dict[click.Command, str]] = {
    "Analyses": {
        curve: "Reaction energy of two materials in every ratio.",
        window: "Electrochemical window and decomposition products.",
        voltage_map: "Two materials over mixing ratio and voltage.",
        charging: "Cathode and electrolyte along the voltage curve.",
        composite: "Equilibrium of materials mixed by mass or moles.",
        coatings: "Rank coatings between cathode and electrolyte.",
        screen: "All pairs of two lists, up to millions.",
        app: "Two materials on a local page with sliders.",
        validate: "Compare published with computed numbers.",
    },
    "Phase energies": {
        phases: "Show, verify, compare phase sets; check own DFT.",
        fetch: "Save Materials Project entries as a snapshot.",
    },
    "Runs": {
        run: "Run a job file: analyses, a cathode, dynamics.",
        report: "Write a run as one HTML page.",
        replay: "Recompute a result, also with other energies.",
        query: "List finished runs as one table.",
    },
    "Structures and dynamics": {
        cell: "Build an interface cell of two materials.",
        inputs: "Write checked VASP input folders.",
        trajectory: "Analyse a molecular dynamics run.",
        bands: "Band centres of static VASP or GPAW runs.",
    },
    "Cluster": {
        submit: "Submit job files, one run for each.",
        status: "Show the state of submitted runs.",
        collect: "Check the results of submitted runs.",
        clean: "List or remove what submitted runs no longer need.",
        cancel: "Stop submitted runs; finished jobs are kept.",
        doctor: "Check the installation; say how to complete it.",
    },
}


class Verbs(click.Group):
    """Group of verbs whose help lists them under headings, in the order of use."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the verbs by section."""
        for heading, verbs in SECTIONS.items():
            with formatter.section(heading):
                formatter.write_dl([(str(verb.name), summary) for verb, summary in verbs.items()])


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="interface-stability")
def interfaces() -> None:
    """Interface stability of batteries, from computed phase energies.

    A material is a formula (Li6PS5Cl), a name (LPSCl), or a name with its Li content x
    (NCM811@0.3). VERB --help has examples.
    """


for verbs in SECTIONS.values():
    for verb in verbs:
        if verb.callback is not None:
            verb.callback = with_checked_settings(verb.callback)
        interfaces.add_command(verb)
interfaces.add_command(run_together)  # of batch scripts


def main(arguments: list[str] | None = None) -> None:
    """Run the command line.

    An error that the user can correct becomes one line on stderr and status 2.

    Parameters
    ----------
    arguments : words after ``interfaces``; None takes those of this process, which Ctrl-C (status
        130) and SIGTERM then end at once.

    Raises
    ------
    SystemExit
        With the status of the verb, where that is not 0.
    """
    own = arguments is None
    for stream in (sys.stdout, sys.stderr):  # a file's name need not be text in this terminal
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    for name in BLAS_THREADS:
        os.environ.setdefault(name, "1")
    drop_useless_sizes()
    try:
        with heard(own), inputs_protected():
            for word in sys.argv[1:] if arguments is None else arguments:
                check_name("the argument", word)
            status = interfaces.main(args=arguments, standalone_mode=False)
            if sys.stdout is not None:  # a full disk is reported here, not when Python ends
                sys.stdout.flush()
        if status:  # what a verb's own exit became
            sys.exit(status)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except (click.exceptions.Abort, KeyboardInterrupt):
        _say("stopped; nothing that was finished is lost")
        if own:
            end(signal.SIGINT)
        sys.exit(INTERRUPTED)
    except Terminated:
        end(signal.SIGTERM)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.ctx.get_help() if error.ctx else error.format_message())
    except click.ClickException as error:
        _fail(error.format_message(), USAGE_ERROR)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(INTERRUPTED)
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in EXTRAS:
            raise
        extra = f"[{EXTRAS[missing]}]" if EXTRAS[missing] else ""
        _fail(
            f"this needs {missing}; install it with: pip install 'interface-stability{extra}'",
            USAGE_ERROR,
        )
    except OSError as error:
        _drop_output()
        _fail(f"{error.strerror or error}: {error.filename or 'output'}", USAGE_ERROR)
    except Exception as error:
        from interfaces.errors import InterfaceError

        refusal = backend_refusal(error) or error
        if not isinstance(refusal, InterfaceError):
            raise
        _fail(str(refusal), USAGE_ERROR)


def _fail(message: str, status: int) -> Any:
    _say(message)
    sys.exit(status)


def _drop_output() -> None:
    """Discard output that stdout refuses, which Python would write again when it ends."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _say(message: str) -> None:
    click.echo("interfaces: " + _one_line(message), err=True)


def _one_line(message: str) -> str:
    """The message on one line, shortened in the middle if it is long.

    Control characters are escaped, and secrets that a library quotes are hidden.
    """
    from workflows.io.credentials import redacted  # its patterns are compiled when it is imported

    words = redacted(" ".join(message.split()))
    if len(words) > LONGEST_MESSAGE:
        words = f"{words[: LONGEST_MESSAGE - ENDING]} ... {words[-ENDING:]}"
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode()
        for c in words
    )
