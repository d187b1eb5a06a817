"""The command line: a verb per function; nothing heavier than click before a verb runs."""

from __future__ import annotations

import io
import os
import signal
import sys
from typing import Any

import click

from workflows.cli.cell_command import cell
from workflows.cli.coatings_command import coatings
from workflows.cli.composite_command import composite
from workflows.cli.curve_command import curve
from workflows.cli.data_commands import fetch, phases, query
from workflows.cli.environment import (
    backend_refusal,
    drop_useless_sizes,
    with_checked_settings,
)
from workflows.cli.inputs_command import inputs
from workflows.cli.report_command import report
from workflows.cli.run_commands import replay, run
from workflows.cli.screen_command import screen
from workflows.cli.signals import Terminated, end, heard
from workflows.cli.submit_commands import cancel, collect, doctor, status, submit
from workflows.cli.trajectory_command import trajectory
from workflows.cli.validate_command import validate
from workflows.cli.voltage_commands import charging, window
from workflows.cli.voltage_commands import map_ as voltage_map
from workflows.io.credentials import redacted
from workflows.io.outputs import check_name, inputs_protected

#: module -> extra of this package that brings it
EXTRAS = {
    "mp_api": "mp", "tenacity": "mp", "pooch": "mp", "requests": "mp", "pyarrow": "tables",
    "pandas": "tables", "jobflow": "jobs", "maggma": "jobs", "numba": "fast", "chgnet": "chgnet",
    "torch": "chgnet", "ase": "jobs", "rdkit": "molecules", "tblite": "molecules",
    "pyscf": "molecules", "atomate2": "vasp", "custodian": "vasp", "parsl": "cluster",
    "jobflow_remote": "cluster", "fireworks": "cluster",
}  # fmt: skip
#: The arrays are small: a second BLAS thread only waits for the first, at twice the time. A setting
#: of the user's own is left alone.
BLAS_THREADS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
USAGE_ERROR = 2
INTERRUPTED = 130
LONGEST_MESSAGE = 2000  #: characters
ENDING = 300  #: of them kept from the end, where it stands what to do


#: The help's headings, their verbs and what each answers.
SECTIONS: dict[str, dict[click.Command, str]] = {
    "Ask": {
        curve: "How strongly two materials react, in every ratio.",
        window: "Where a material is stable, and what it becomes.",
        voltage_map: "A pair over mixing ratio and voltage.",
        charging: "A pair along the cathode's own voltage curve.",
        composite: "Several materials mixed by mass, at equilibrium.",
        coatings: "What helps between a cathode and an electrolyte.",
        screen: "Every pair of two lists, up to millions.",
        validate: "Published numbers beside ours.",
    },
    "Phase energies": {
        phases: "The sets there are; verify, compare, check own DFT.",
        fetch: "Materials Project entries as a snapshot.",
    },
    "Runs": {
        run: "A job file: curves, a calculated cathode, dynamics.",
        report: "A run as one HTML page.",
        replay: "A result again, also on other energies.",
        query: "Finished runs as one table.",
    },
    "Structures and dynamics": {
        cell: "An interface cell of two materials.",
        inputs: "VASP input folders, checked.",
        trajectory: "What happened in a dynamics run.",
    },
    "Cluster": {
        submit: "Send job files, each as a run of its own.",
        status: "What became of them.",
        collect: "Bring results home.",
        cancel: "Stop runs; what was finished stays.",
        doctor: "What this machine lacks, and how to mend it.",
    },
}


class Verbs(click.Group):
    """A group whose help stands under headings, in the order in which one needs it."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the verbs by section."""
        for heading, verbs in SECTIONS.items():
            with formatter.section(heading):
                formatter.write_dl([(str(verb.name), said) for verb, said in verbs.items()])


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="interface-stability")
def interfaces() -> None:
    """Interface stability of batteries, from computed phase energies.

    A material is a formula (Li6PS5Cl), a name (LPSCl) or a state of charge (NCM811@0.3); VERB
    --help has examples.
    """


for verbs in SECTIONS.values():
    for verb in verbs:
        if verb.callback is not None:
            verb.callback = with_checked_settings(verb.callback)
        interfaces.add_command(verb)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line: one line on stderr and status 2 for what the user can mend.

    Without ``arguments`` this process is taken to be the command line's own, which Ctrl-C (status
    130) and SIGTERM (without a word) end at once.
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
            if sys.stdout is not None:  # a full disk is told here, not when Python ends
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
        extra = EXTRAS[missing]
        _fail(
            f"this needs {missing}; install it with: pip install 'interface-stability[{extra}]'",
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
    """Let go of what stdout does not take, which Python would try once more when it ends."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _say(message: str) -> None:
    click.echo("interfaces: " + _one_line(message), err=True)


def _one_line(message: str) -> str:
    """What was wrong and what to do, without what a file may have put between them.

    Characters that steer a terminal are shown, not sent; secrets that a library quotes are hidden.
    """
    words = redacted(" ".join(message.split()))
    if len(words) > LONGEST_MESSAGE:
        words = f"{words[: LONGEST_MESSAGE - ENDING]} ... {words[-ENDING:]}"
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode()
        for c in words
    )
