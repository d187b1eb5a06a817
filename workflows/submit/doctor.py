"""What this machine has of what runs need, and how to mend what it lacks.

Nothing is changed, and no secret is shown: of a key only the place where it was found.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from interfaces.errors import InputError
from workflows._version import VERSION
from workflows.submit.site import Site

OK, MISSING = "ok", "missing"
GIGABYTE = 1e9
LITTLE = 5.0  #: GB of free disk below which VASP's files soon do not fit
PACKAGES = {  # package -> the extra that brings it, and what it is for
    "numpy": ("", "every command"),
    "pymatgen": ("", "every command"),
    "matplotlib": ("", "figures"),
    "jobflow": ("", "run --calculator"),
    "ase": ("", "run --calculator, cells"),
    "atomate2": ("", "--calculator vasp"),
    "custodian": ("", "--calculator vasp"),
    "mp-api": ("", "interfaces fetch"),
    "numba": ("screen", "compiled screens"),
    "dash": ("app", "interfaces app"),
    "torch": ("mlip", "SevenNet and CHGNet"),
    "sevenn": ("mlip", "--calculator sevennet"),
    "chgnet": ("mlip", "cells and MD with CHGNet"),
    "gpaw": ("gpaw", "--calculator gpaw"),
    "rdkit": ("molecules", "geometries of molecules"),
    "tblite": ("molecules", "geometries of molecules"),
    "pyscf": ("molecules", "energies of molecules"),
    "chemicals": ("molecules", "measured enthalpies"),
    "jobflow-remote": ("cluster", "--to jobflow-remote"),
    "FireWorks": ("cluster", "flows in FireWorks"),
    "parsl": ("cluster", "screen --executor parsl"),
}
SCHEDULER = ("sbatch", "scontrol", "sinfo")


@dataclass(frozen=True)
class Check:
    """One thing looked at: its name, ``ok`` or ``missing``, what was found, how to mend it.

    ``needed`` says what it is for.
    """

    name: str
    state: str
    found: str
    needed: str = ""
    mend: str = ""


def examine(environment: Mapping[str, str], out: Path, site: Site | None = None) -> list[Check]:
    """Every check, in the order in which a person would mend things.

    Parameters
    ----------
    environment : variables, as of ``os.environ``.
    out : folder of the results.
    site : settings whose commands are looked for, if there are any.
    """
    return [
        Check("Python", OK, sys.version.split()[0]),
        Check("interface-stability", OK, VERSION),
        *_packages(),
        _disk(out),
        _key(environment),
        potentials(environment),
        _vasp(environment, site),
        *_slurm(),
        _store(environment),
        *_site(site),
    ]


def _packages() -> Iterable[Check]:
    for name, (extra, needed) in PACKAGES.items():
        wanted = f"interface-stability[{extra}]" if extra else "interface-stability"
        try:
            yield Check(name, OK, version(name), needed)
        except PackageNotFoundError:
            yield Check(name, MISSING, "not installed", needed, f"pip install '{wanted}'")


def _disk(out: Path) -> Check:
    folder = next(parent for parent in (out.resolve(), *out.resolve().parents) if parent.is_dir())
    free = shutil.disk_usage(folder).free / GIGABYTE
    free_space = f"{free:.0f} GB free at {folder}"
    if free >= LITTLE:
        return Check("disk", OK, free_space)
    return Check("disk", MISSING, free_space, "VASP's files", "make room, or give another --out")


def _key(environment: Mapping[str, str]) -> Check:
    from workflows.data.materials_project.api_key import ENVIRONMENT, find_key

    given = environment.get(ENVIRONMENT)
    try:
        source = find_key(given).source
    except InputError as error:
        return Check(
            ENVIRONMENT,
            MISSING,
            str(error).partition(";")[0],
            "interfaces fetch",
            f"export {ENVIRONMENT}=... in your own environment, in no file of a run",
        )
    return Check(ENVIRONMENT, OK, "in the environment" if given else f"in {source}")


def potentials(environment: Mapping[str, str]) -> Check:
    """Whether pymatgen finds POTCARs."""
    name = "PMG_VASP_PSP_DIR"
    from pymatgen.core import SETTINGS

    folder = environment.get(name) or SETTINGS.get(name)
    mend = (
        "export PMG_VASP_PSP_DIR=FOLDER with your POTCARs (pmg config -p SOURCE FOLDER arranges "
        "them); mocked runs need none"
    )
    needed = "--calculator vasp"
    if not folder:
        return Check("POTCARs", MISSING, f"{name} is not set", needed, mend)
    if not Path(folder).is_dir():
        return Check("POTCARs", MISSING, f"{folder} is not a folder", needed, mend)
    kinds = sorted(path.name for path in Path(folder).iterdir() if path.name.startswith("POT_"))
    if not kinds:
        return Check("POTCARs", MISSING, f"no POT_... in {folder}", needed, mend)
    return Check("POTCARs", OK, f"{', '.join(kinds)} in {folder}")


def _vasp(environment: Mapping[str, str], site: Site | None) -> Check:
    name = "ATOMATE2_VASP_CMD"
    if site is not None and site.vasp:
        return Check(
            "VASP", OK, f"{site.vasp!r} of the site {site.name}; can be checked on its nodes only"
        )
    command = environment.get(name) or _atomate2_command()
    program = command.split()[0] if command.split() else ""
    if program and shutil.which(program, path=environment.get("PATH")):
        return Check("VASP", OK, command)
    return Check(
        "VASP",
        MISSING,
        f"no program {program!r}" if program else f"{name} is not set",
        "--calculator vasp here",
        f"export {name}='mpirun vasp_std', or set vasp: in a site file",
    )


def _atomate2_command() -> str:
    """The command in atomate2's own settings; empty without atomate2."""
    try:
        from atomate2 import SETTINGS
    except ModuleNotFoundError:
        return ""
    return str(SETTINGS.VASP_CMD)


def _slurm() -> Iterable[Check]:
    lacking = [program for program in SCHEDULER if shutil.which(program) is None]
    if lacking:
        yield Check(
            "Slurm", MISSING, f"no {', '.join(lacking)}", "--to slurm",
            "work on a node from which jobs are submitted, or use --to local",
        )  # fmt: skip
        return
    try:
        done = subprocess.run(
            ["sinfo", "-h", "-o", "%R %a %D"], capture_output=True, text=True, timeout=20
        )
        answers = done.returncode == 0
        lines = (done.stdout if answers else done.stderr).strip().splitlines()
        said = " ".join(lines if answers else lines[-1:])
    except subprocess.TimeoutExpired:
        said, answers = "sinfo did not answer in 20 s", False
    if answers:
        yield Check("Slurm", OK, f"partitions (state, nodes): {said}")
    else:
        yield Check(
            "Slurm",
            MISSING,
            said,
            "--to slurm",
            "set SLURM_CONF, or contact the administrators of the cluster",
        )


def _store(environment: Mapping[str, str]) -> Check:
    """The JobStore of jobflow, in which workers of FireWorks leave results."""
    name = "JOBFLOW_CONFIG_FILE"
    path = Path(environment.get(name) or Path.home() / ".jobflow.yaml")
    if not path.is_file():
        return Check("JobStore", OK, f"none at {path}; only FireWorks needs one")
    import yaml

    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        store = data["JOB_STORE"]["docs_store"]["type"]
    except (OSError, UnicodeDecodeError, yaml.YAMLError, KeyError, TypeError):
        return Check("JobStore", MISSING, f"{path} names no JOB_STORE with a docs_store and type",
                     "FireWorks", "see jobflow's page on stores")  # fmt: skip
    return Check("JobStore", OK, f"{store} in {path}; only FireWorks uses it")


def _site(site: Site | None) -> Iterable[Check]:
    if site is None:
        return
    program = site.command.split()[0] if site.command.split() else sys.executable
    where = shutil.which(program)
    if where or site.before:
        yield Check("site", OK, f"{site.name}; runs start with {where or program}")
    else:
        yield Check(
            "site", MISSING, f"{site.name}: no program {program!r} here", "interfaces submit",
            "give command: the path of interfaces, or the lines before: that bring it",
        )  # fmt: skip
