"""Maker of a molecule's energy: a job per molecule, then their reference reaction."""

from __future__ import annotations

from dataclasses import dataclass

from jobflow import Flow, Job, Maker

from interfaces.errors import InputError
from workflows.jobs.reference_reaction import (
    ENGINES,
    MOCK,
    calculate_molecule,
    default_route,
    molecules_of,
    place_by_reaction,
)


@dataclass
class MoleculeMaker(Maker):  # type: ignore[misc]
    """Geometry and energies of a target and its references -> its ``MoleculePlacement``.

    Attributes
    ----------
    label : ``ECA``, ``LiTFSI``, ``PEO``, ``PEGDA`` or ``polyECA``.
    engine : ``stored`` takes ``inputs/molecules``; ``quantum_chemistry`` calculates (extra
        ``molecules``, minutes a molecule); ``mock`` has the jobs of the calculation with stored
        energies, marked so in every name and note.
    only : molecules to calculate, by default all of
        :func:`workflows.jobs.reference_reaction.molecules_of`; the energies of the rest are taken
        from ``inputs/molecules``.
    """

    name: str = "molecule"
    label: str = "ECA"
    engine: str = "mock"
    only: tuple[str, ...] = ()

    def make(self) -> Flow:
        """Return a job per molecule and one for the reaction; outputs a ``MoleculePlacement``.

        Raises
        ------
        InputError
            If the label or the engine is unknown.
        """
        default_route(self.label)
        if self.engine not in ENGINES:
            raise InputError(f"no engine is called {self.engine!r}; {', '.join(ENGINES)} are")
        mark = f"{MOCK} " if self.engine == "mock" else ""
        jobs: list[Job] = []
        for molecule in () if self.engine == "stored" else self.only or molecules_of(self.label):
            energy = calculate_molecule(molecule, self.engine)
            self._label(energy, f"{mark}{molecule}", "molecule", molecule)
            jobs.append(energy)
        placement = place_by_reaction(self.label, [job.output for job in jobs], self.engine)
        self._label(placement, f"{mark}{self.label} by its reaction", "placing", self.label)
        name = f"{mark}{self.label} {self.name}"
        return Flow([*jobs, placement], output=placement.output, name=name)

    def _label(self, job: Job, name: str, step: str, molecule: str) -> None:
        """Set the name and metadata by which a person finds the job."""
        job.name = name
        mocked = {"mocked": True} if self.engine == "mock" else {}
        job.metadata = {
            "system": self.label, "step": step, "molecule": molecule, "engine": self.engine,
            **mocked,
        }  # fmt: skip
