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
    from workflows.runs.job_schema import AnalysesJob
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
    from workflows.runs.job_schema import Job
    from workflows.schemas.base import validate

    bundled = inputs() / path.name
    file = path if path.is_file() else bundled if bundled.is_file() else None
    if file is None:
        known = ", ".join(f"inputs/{p.name}" for p in sorted(inputs().glob("*.yaml")) if _is_job(p))
        raise InputError(f"job file {path} does not exist; bundled: {known}")
    data = read_yaml(file)
    _check_texts(data, file.name)
    job: AnyJob = validate(Job, data, file.name)
    return job


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
    from workflows.runs.job_schema import AnalysesJob

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
    systems = [find_system(f"{job.cathode}@{decimal(x)}") for x in job.lithium]
    systems += [find_system(electrolyte) for electrolyte in job.electrolytes]
    return tuple(chemical_system([system.formula for system in systems]))


def energies_of(job: CathodeJob, electrolyte: str) -> tuple[str, ...]:
    """Return the energy choices of a job that concern one pair.

    Parameters
    ----------
    job : with ``energies`` such as ``ECA=hull``.
    electrolyte : of the pair.
    """
    others = tuple(f"{name}=" for name in job.electrolytes if name != electrolyte)
    return tuple(choice for choice in job.energies if not choice.startswith(others))
