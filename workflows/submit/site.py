"""The settings of a site: what a batch script must say there, in one YAML file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interfaces.errors import InputError
from workflows.flows.workers import STEPS
from workflows.io.credentials import credential_in, is_telling
from workflows.io.outputs import has_control
from workflows.io.readers import read_yaml
from workflows.io.resources import inputs

if TYPE_CHECKING:
    from workflows.schemas.structures import SiteFile

FOLDER = "sites"
#: Options of a scheduler that the submission itself sets.
OURS = {
    "array", "chdir", "error", "job-name", "open-mode", "output", "requeue", "signal", "wrap",
    "cwd", "job_name", "qerr_path", "qout_path", "rerunnable",  # of qtoolkit
    "environment", "launcher", "bsub_redirection",  # of Parsl
}  # fmt: skip
_OPTION = re.compile(r"[a-z][a-z0-9_-]*")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True)
class Site:
    """Where runs are sent, and what they find there.

    Attributes
    ----------
    name : of the site, for people.
    directives : options of sbatch without their dashes, such as ``("time", "24:00:00")``; for PBS
        and SGE those of qtoolkit, for LSF and HTCondor arguments of Parsl's provider.
    before : lines of shell that come first: modules, environments.
    environment : variables to export; no secrets (:mod:`workflows.io.credentials`), which stay in
        the user's own environment or in a file that a line of ``before`` reads on the node.
    command : how ``interfaces`` is called there; by default with the Python that submits.
    vasp, vasp_gamma : commands of VASP, for atomate2.
    scratch : folder in which custodian runs VASP, on a disk of the node; by default in the run's
        own folder. The shell of the node fills in variables such as ``$USER``.
    project, worker, exec_config : of jobflow-remote, for ``--to jobflow-remote``; by default the
        first ones, and no execution configuration.
    steps : scheduler options of single steps: part of a job's name, and its options; for Slurm and
        jobflow-remote.
    at_once : most runs of a campaign side by side; no limit but the scheduler's by default.
    """

    name: str = "this one"
    directives: tuple[tuple[str, str], ...] = ()
    before: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    command: str = ""
    vasp: str = ""
    vasp_gamma: str = ""
    scratch: str = ""
    project: str = ""
    worker: str = ""
    exec_config: str = ""
    steps: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()
    at_once: int | None = None


def read_site(path: Path) -> Site:
    """Read a site's file; one of ``inputs/sites`` is found by its name.

    Raises
    ------
    InputError
        If the file is missing, is not YAML, has a key that is unknown or of the wrong kind, sets
        what the submission sets itself, or holds what looks like a secret.
    """
    bundled = inputs() / FOLDER / f"{path.name.removesuffix('.yaml')}.yaml"
    site_file = path if path.is_file() else bundled
    if not site_file.is_file():
        known = ", ".join(sorted(site.name for site in bundled.parent.glob("*.yaml")))
        raise InputError(f"site file {path} does not exist; inputs/{FOLDER} has {known}")
    from workflows.schemas.base import validate
    from workflows.schemas.structures import SiteFile

    data = read_yaml(site_file, texts=True)  # YAML would read 24:00:00 as 86400
    # what is wrong is not shown: it may be a secret
    checked: SiteFile = validate(SiteFile, data, site_file.name, show=False)
    return _checked(site_file.name, site_file.stem, checked)


def _checked(file: str, stem: str, data: SiteFile) -> Site:
    texts = {}
    for key in ("command", "vasp", "vasp_gamma", "scratch", "project", "worker", "exec_config"):
        texts[key] = _line(file, key, getattr(data, key))
    directives = _pairs(file, "directives", data.directives, _OPTION)
    taken = sorted(OURS & {key for key, _ in directives})
    if taken:
        raise InputError(f"{file}: {', '.join(taken)} is set by interfaces submit; leave it out")
    environment = _pairs(file, "environment", data.environment, _VARIABLE)
    for key, value in (*environment, *directives):
        if is_telling(key) and not value.startswith("$"):
            raise _secret(file, f"the value of {key}")
    return Site(
        name=_line(file, "name", stem if data.name is None else data.name),
        directives=directives,
        before=tuple(_line(file, "before", line) for line in data.before),
        environment=environment,
        steps=_steps(file, data.steps),
        at_once=data.at_once,
        **texts,
    )


def _steps(
    file: str, steps: Mapping[str, Any]
) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    for name, options in steps.items():
        if name not in STEPS:
            raise InputError(f"{file}: steps: {name!r} is not a step; known: {', '.join(STEPS)}")
        if not isinstance(options, Mapping):
            raise InputError(f"{file}: steps: {name} must have options of the scheduler as keys")
    return tuple((name, _pairs(file, name, options, _VARIABLE)) for name, options in steps.items())


def _pairs(
    file: str, key: str, pairs: Mapping[str, Any], names: re.Pattern[str]
) -> tuple[tuple[str, str], ...]:
    for name in pairs:
        if not names.fullmatch(str(name)):
            raise InputError(f"{file}: {key}: {name!r} cannot be a name there")
    return tuple((str(name), _line(file, name, value)) for name, value in pairs.items())


def _line(file: str, key: object, value: object) -> str:
    """Text of one line, since a second one would be a line of its own in the script; no secret.

    What is wrong is not shown: it may be a secret.
    """
    if not isinstance(value, str) or has_control(value.replace("\t", " ")):
        raise InputError(f"{file}: {key} must be text on one line")
    secret = credential_in(value)
    if secret is not None:
        raise _secret(file, f"{secret} in {key}")
    return value


def _secret(file: str, what: str) -> InputError:
    return InputError(
        f"{file}: {what} looks like a secret, and would be written into scripts; leave it out, and "
        'have the node read it: export it in your own environment, or NAME="$(cat ~/FILE)" with '
        "a file of mode 600"
    )
