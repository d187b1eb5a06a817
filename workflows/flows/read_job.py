"""Job files: what ``interfaces run`` computes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from interfaces.chemistry.formulas import chemical_system, decimal
from interfaces.errors import InputError
from workflows.data.named_materials import find_system
from workflows.io.credentials import credential_in
from workflows.io.outputs import check_name
from workflows.io.readers import read_yaml
from workflows.io.resources import inputs

if TYPE_CHECKING:
    from interfaces.delithiation import Host
    from workflows.flows.job_schema import AnalysesJob
    from workflows.schemas.jobs import CathodeJob, DynamicsJob

    AnyJob = AnalysesJob | CathodeJob | DynamicsJob

T = TypeVar("T")


def load_job(path: Path) -> AnyJob:
    """Read a job file; a bundled one is found by its name if the path does not exist.

    Raises
    ------
    InputError
        If the file is missing, is not YAML, has a key that is unknown, missing or of the wrong
        kind, or holds a secret or a text of several lines.

    Examples
    --------
    >>> load_job(Path("inputs/ncm811.yaml")).electrolytes
    ('LiTFSI', 'LPSCl', 'ECA')
    """
    from workflows.flows.job_schema import Job
    from workflows.schemas.base import validate

    bundled = inputs() / path.name
    file = path if path.is_file() else bundled if bundled.is_file() else None
    if file is None:
        known = ", ".join(f"inputs/{p.name}" for p in sorted(inputs().glob("*.yaml")) if _is_job(p))
        raise InputError(f"job file {path} does not exist; bundled: {known}")
    data = read_yaml(file)
    _check_texts(data, file.name)
    job: AnyJob = validate(Job, data, file.name)
    return _with_structures(job, file)


def _with_structures(job: AnyJob, file: Path) -> AnyJob:
    """Return a job whose electrolytes are formulas, and whose cathode has a whole path."""
    from workflows.schemas.jobs import CathodeJob, StructureChoice

    if not isinstance(job, CathodeJob):
        return job
    changes: dict[str, Any] = {}
    if isinstance(job.cathode, StructureChoice):
        path = _found(job.cathode.structure, file)
        changes["cathode"] = job.cathode.model_copy(update={"structure": str(path)})
    if any(isinstance(electrolyte, StructureChoice) for electrolyte in job.electrolytes):
        changes["electrolytes"] = tuple(
            _formula_in(_found(e.structure, file)) if isinstance(e, StructureChoice) else e
            for e in job.electrolytes
        )
    return job.model_copy(update=changes) if changes else job


def _found(name: str, file: Path) -> Path:
    """Return the path of a structure file, which may be relative to the job file."""
    for path in (Path(name), file.parent / name):
        if path.is_file():
            return path.resolve()
    raise InputError(f"{file.name}: structure {name} does not exist, nor does it beside the job")


def portable_text(file: Path) -> str:
    """Return the text of a job file whose structures have whole paths, for a copy elsewhere.

    Parameters
    ----------
    file : the job file.
    """
    import yaml

    from workflows.io.readers import read_text

    text = read_text(file)
    data = read_yaml(file) if "structure:" in text else None
    if not isinstance(data, dict):
        return text
    electrolytes = data.get("electrolytes")
    for choice in [data.get("cathode"), *(electrolytes if isinstance(electrolytes, list) else ())]:
        if isinstance(choice, dict) and "structure" in choice:
            choice["structure"] = str(_found(str(choice["structure"]), file))
    return yaml.safe_dump(data, sort_keys=False)


def _formula_in(path: Path) -> str:
    from interfaces.chemistry.formulas import Formula
    from workflows.structures.files import read_structure

    structure = read_structure(path, disordered=True).structure
    return Formula.of(structure.composition).reduced.text


def cathode_of(job: CathodeJob) -> str | Host:
    """Return the cathode of a job: its name, or the host of its structure.

    Raises
    ------
    InputError, DelithiationError
        If the structure cannot be read, or is not a host.
    """
    from interfaces.delithiation import host_from_structure
    from workflows.schemas.jobs import StructureChoice
    from workflows.structures.files import read_structure

    choice = job.cathode
    if not isinstance(choice, StructureChoice):
        return choice
    structure = read_structure(Path(choice.structure), disordered=True).structure
    return host_from_structure(structure, choice.carrier, choice.charges, job.cathode_name)


def _check_texts(data: Any, file: str) -> None:
    """Refuse secrets, which would be copied into the run's folder, and multi-line values."""
    for text in _texts(data):
        check_name(f"{file}:", text)
        if secret := credential_in(text):
            raise InputError(
                f"{file}: {secret} looks like a secret, and would be copied into the run's "
                "folder; leave it out"
            )


def _texts(value: Any) -> Iterator[str]:
    """Yield every string in a job file, keys included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _texts(key)
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def cathode_job(job: Path | AnyJob) -> CathodeJob:
    """Return a job of a cathode, from its file or as it was read.

    Parameters
    ----------
    job : the file, or what :func:`load_job` returned.

    Raises
    ------
    InputError
        If the file cannot be read, or holds another kind of job.
    """
    from workflows.schemas.jobs import CathodeJob

    return _of_kind(CathodeJob, job, "cathode, lithium and electrolytes")


def dynamics_job(job: Path | AnyJob) -> DynamicsJob:
    """Return a job of molecular dynamics; as :func:`cathode_job`."""
    from workflows.schemas.jobs import DynamicsJob

    return _of_kind(DynamicsJob, job, "cell, temperature and steps")


def analyses_job(job: Path | AnyJob) -> AnalysesJob:
    """Return a job of analyses; as :func:`cathode_job`."""
    from workflows.flows.job_schema import AnalysesJob

    return _of_kind(AnalysesJob, job, "analyses")


def _of_kind(kind: type[T], job: Path | AnyJob, keys: str) -> T:
    read = load_job(job) if isinstance(job, Path) else job
    if not isinstance(read, kind):
        name = job.name
        raise InputError(f"{name} is another kind of job; the one that is needed here has {keys}")
    return read


def _is_job(path: Path) -> bool:
    text = path.read_text(encoding="utf-8")
    return any(key in text for key in ("electrolytes:", "temperature:", "analyses:", "questions:"))


def elements_of(job: CathodeJob) -> tuple[str, ...]:
    """Return the elements of the cathode and all electrolytes of a job."""
    if not isinstance(job.cathode, str):
        raise InputError(
            f"{job.name}: a cathode given by its structure has to be calculated; give a "
            "--calculator"
        )
    systems = [find_system(f"{job.cathode}@{decimal(x)}") for x in job.lithium]
    systems += [find_system(electrolyte) for electrolyte in job.electrolyte_names]
    return tuple(chemical_system([system.formula for system in systems]))


def energies_of(job: CathodeJob, electrolyte: str) -> tuple[str, ...]:
    """Return the energy choices of a job that concern one pair.

    Parameters
    ----------
    job : with ``energies`` such as ``ECA=hull``.
    electrolyte : of the pair.
    """
    others = tuple(f"{name}=" for name in job.electrolyte_names if name != electrolyte)
    return tuple(choice for choice in job.energies if not choice.startswith(others))
