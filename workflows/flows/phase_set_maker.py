"""Maker of a phase set: bundled, from the Materials Project, from a file, with own DFT."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobflow import Job, Maker, job

from interfaces.chemistry.formulas import Formula, chemical_system
from interfaces.errors import InputError
from workflows.data.measured_enthalpies import Correction, corrected, fits_of
from workflows.data.named_materials import find_system
from workflows.jobs.documents import (
    HEAVY,
    PhaseSetDocument,
    keep_whole_without_data_store,
    with_schema,
)
from workflows.jobs.materials import absolute

if TYPE_CHECKING:
    from interfaces.phases.phase_set import PhaseSet
    from workflows.data.own_dft import OwnEntry

MP = "mp"  #: source: fetched from the Materials Project where the job runs
SNAPSHOT = "snapshot"  #: folder of a fetched set, in that of the job


@dataclass
class PhaseSetMaker(Maker):  # type: ignore[misc]
    """A job whose output is the document of a phase set over a chemical system.

    Attributes
    ----------
    source : ``bundled`` or the name of a bundled set, ``mp`` (the key is that of the machine where
        the job runs), or the path of a snapshot, table or JSON file.
    scheme : what to call functional and corrections of a file that does not say.
    thermo_type : of the Materials Project.
    own : own DFT that is corrected and joined: a path as ``--own`` takes, or a JobStore (or its
        ``as_dict``) whose VASP tasks are read.
    query : MongoDB filter for the tasks of the store.
    correction : ``measured`` for measured enthalpies of molecules and oxyanion salts.
    assume, mix_schemes : as :class:`workflows.PhaseOptions`.

    Examples
    --------
    >>> PhaseSetMaker(source="bundled").make("Li-Co-O").name
    'phases Co-Li-O'
    """

    name: str = "phases"
    source: str = "bundled"
    scheme: str | None = None
    thermo_type: str = "GGA_GGA+U"
    own: Any = None
    query: dict[str, Any] | None = None
    correction: Correction | None = None
    assume: Sequence[str] = ()
    mix_schemes: bool = False

    def __post_init__(self) -> None:
        """Make paths absolute: a job runs in a folder of its own."""
        self.source = str(absolute(self.source))
        self.assume = tuple(self.assume)
        if isinstance(self.own, str | Path):
            if not Path(self.own).exists():
                raise InputError(f"own {str(self.own)!r} does not exist; give runs, entries JSON "
                                 "or a JobStore")  # fmt: skip
            self.own = str(Path(self.own).resolve())

    def make(self, elements: str | Iterable[str]) -> Job:
        """Return the job.

        Parameters
        ----------
        elements : ``"Li-Co-O"``, or symbols, formulas and names whose elements are needed.

        Raises
        ------
        InputError
            If an element is none, or a file or bundled set does not have it.
        """
        system = elements_of(elements)
        if self.source != MP:
            self._read(system).pool(system)  # refuses a missing file or element
        made: Job = self.run(list(system))
        with_schema(made, PhaseSetDocument)
        made.name = f"{self.name} {'-'.join(system)}"
        made.metadata = {"kind": "phases", "source": self.source, "chemsys": "-".join(system)}
        return made

    @job(**HEAVY)  # type: ignore[untyped-decorator]
    def run(self, elements: Sequence[str]) -> PhaseSetDocument:
        """Read or fetch the set where the job runs.

        Parameters
        ----------
        elements : symbols.
        """
        keep_whole_without_data_store()
        source = self.source
        if source == MP:
            from workflows.data.materials_project.fetch import fetch

            source = str(
                fetch(elements, SNAPSHOT, thermo_type=self.thermo_type, progress=False).resolve()
            )
        phases, references = self._read(elements, source), elemental_energies(source)
        own = [e for e in self._own() if set(e.formula.elements) <= set(elements)]
        if own:
            from workflows.data.own_dft import join

            phases = join(
                phases,
                own,
                references=references or None,
                assume=self.assume,
                allow_mixed=self.mix_schemes,
            )
        elif self.own is not None:
            raise InputError(f"own: no entry is made of {'-'.join(elements)} alone")
        if self.correction is not None:
            phases = corrected(phases, fits_of(source, self.scheme))
        return PhaseSetDocument.of(phases, {e: references[e] for e in elements if e in references})

    def _read(self, elements: Sequence[str], source: str | None = None) -> PhaseSet:
        from workflows.data.phase_sets import read_phases

        return read_phases(source or self.source, elements, self.scheme)

    def _own(self) -> Sequence[OwnEntry]:
        from monty.json import MontyDecoder

        from workflows.data.own_dft import from_store, read_own

        if self.own is None:
            return ()
        if isinstance(self.own, str):
            return read_own(self.own)
        store = MontyDecoder().process_decoded(self.own) if isinstance(self.own, dict) else self.own
        store.connect()
        return from_store(store, self.query).all()


def elements_of(system: str | Iterable[str]) -> tuple[str, ...]:
    """Return the elements of a chemical system, or of formulas and names.

    Raises
    ------
    FormulaError
        If one is neither.

    Examples
    --------
    >>> elements_of("Li-Co-O"), elements_of(["LCO", "Li6PS5Cl"])
    (('Co', 'Li', 'O'), ('Cl', 'Co', 'Li', 'O', 'P', 'S'))
    """
    parts = system.split("-") if isinstance(system, str) else list(system)
    formulas: list[Formula] = [find_system(part).formula for part in parts]
    return tuple(sorted(chemical_system(formulas)))


def elemental_energies(phases: str) -> dict[str, float]:
    """Return total energies [eV/atom] of the elements of a bundled set or snapshot, if it has them.

    Parameters
    ----------
    phases : name or path.
    """
    from workflows.data.own_dft import references_of
    from workflows.data.phase_sets import bundled_sets
    from workflows.data.snapshots import is_snapshot, read_entries

    card = bundled_sets().get(phases)
    if card is not None:
        return {symbol: float(e) for symbol, e in card["references_ev_per_atom"].items()}
    if not is_snapshot(phases):
        return {}
    manifest, entries = read_entries(phases)
    if manifest.quantity != "energy_per_atom":
        return {}
    return references_of((entry.id, entry.formula, entry.energy) for entry in entries.values())
