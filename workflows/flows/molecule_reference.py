"""Molecules as jobs: geometry and energy of each molecule, then the reaction that places one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from jobflow import Flow, Job, Maker, job

from workflows.jobs.reference_reaction import (
    ENGINES,
    MOCK,
    MoleculeEnergy,
    MoleculePlacement,
    default_route,
    molecule_energy,
    molecules_of,
    placing_of,
)


@job  # type: ignore[untyped-decorator]
def calculate_molecule(name: str, engine: str) -> MoleculeEnergy:
    """Relax one molecule and take its energies, or hand out what is stored."""
    return molecule_energy(name, engine)


@job  # type: ignore[untyped-decorator]
def place_by_reaction(
    label: str, energies: Sequence[MoleculeEnergy], engine: str
) -> MoleculePlacement:
    """Join the energies to the reference reaction of one target."""
    return placing_of(label, energies, engine)


@dataclass
class MoleculeMaker(Maker):  # type: ignore[misc]
    """Geometry and energies of a target and its references -> its ``MoleculePlacement``.

    Attributes
    ----------
    label : ``ECA``, ``LiTFSI``, ``PEO``, ``PEGDA`` or ``polyECA``.
    engine : ``stored`` hands out ``inputs/molecules``; ``quantum_chemistry`` calculates (extra
        ``molecules``, minutes a molecule); ``mock`` has the jobs of the calculation and hands
        out stored energies, marked so in every name and note.
    only : molecules to calculate, by default all of ``placings.molecules_of``; what is left out is
        taken from ``inputs/molecules``.
    """

    name: str = "molecule"
    label: str = "ECA"
    engine: str = "mock"
    only: tuple[str, ...] = ()

    def make(self) -> Flow:
        """A job per molecule and one that joins them; the output is a ``MoleculePlacement``.

        Raises
        ------
        InputError
            If the label or the engine is unknown.
        """
        default_route(self.label)
        if self.engine not in ENGINES:
            from interfaces.errors import InputError

            raise InputError(f"no engine is called {self.engine!r}; {', '.join(ENGINES)} are")
        mark = f"{MOCK} " if self.engine == "mock" else ""
        jobs: list[Job] = []
        for molecule in () if self.engine == "stored" else self.only or molecules_of(self.label):
            one = calculate_molecule(molecule, self.engine)
            self._tell(one, f"{mark}{molecule}", "molecule", molecule)
            jobs.append(one)
        placing = place_by_reaction(self.label, [one.output for one in jobs], self.engine)
        self._tell(placing, f"{mark}{self.label} by its reaction", "placing", self.label)
        return Flow([*jobs, placing], output=placing.output, name=f"{mark}{self.label} {self.name}")

    def _tell(self, one: Job, name: str, step: str, molecule: str) -> None:
        one.name = name
        mocked = {"mocked": True} if self.engine == "mock" else {}
        one.metadata = {
            "system": self.label, "step": step, "molecule": molecule, "engine": self.engine,
            **mocked,
        }  # fmt: skip
