"""``OwnEntry``: an own DFT energy with the settings that decide whether it is comparable."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from interfaces.chemistry.formulas import Formula
from interfaces.errors import FormulaError, InputError
from workflows.data.vasp_runs.run_readers import settings_of_entry
from workflows.data.vasp_runs.run_settings import RunSettings

NO_DISPERSION = "VDW-NO-CORRECTION"  # how pymatgen reads IVDW = 0


@dataclass(frozen=True)
class Adjustment:
    """One correction, or the decision that there is none.

    Parameters
    ----------
    name : what was recognised: ``oxide``, ``peroxide``, ``sulfide``, ``sulfate``, ``Cl``,
        ``U of Co``.
    energy : [eV] in the cell of the calculation, 0 where nothing is corrected.
    atoms : corrected atoms in that cell.
    why : on what the decision rests.
    """

    name: str
    energy: float
    atoms: float
    why: str

    @property
    def per_corrected_atom(self) -> float:
        """Correction [eV] of each corrected atom."""
        return self.energy / self.atoms


@dataclass(frozen=True)
class OwnEntry:
    """A computed energy of one's own.

    Parameters
    ----------
    id : unique among the own entries: folder of the run, id in the JSON, uuid of the job.
    formula : reduced.
    n_atoms : atoms in the cell of the calculation.
    energy_per_atom : total energy [eV/atom] as calculated, without corrections.
    run_type : ``GGA``, ``GGA+U``, ``r2SCAN``, ...; empty where unknown. PBE is called GGA.
    hubbards : (element, U - J [eV]) of each element with a U; ``None`` where unknown.
    potcars : titles such as ``PAW_PBE Li_sv 10Sep2004``; empty where unknown.
    origin : file or job that it was read from.
    volume_per_atom : [A^3/atom], NaN where unknown.
    adjustments : corrections, after :func:`workflows.data.own_dft.correct`.
    corrected_by : scheme and pymatgen version of the corrections; empty before.
    notes : what was assumed, and what is doubtful.
    settings : of the calculation behind it.
    computed : pymatgen entry behind it.
    """

    id: str
    formula: Formula
    n_atoms: float
    energy_per_atom: float
    run_type: str
    hubbards: tuple[tuple[str, float], ...] | None
    potcars: tuple[str, ...]
    origin: str
    volume_per_atom: float = math.nan
    adjustments: tuple[Adjustment, ...] = ()
    corrected_by: str = ""
    notes: tuple[str, ...] = ()
    settings: RunSettings = field(default=RunSettings(""), repr=False, compare=False)
    computed: Any = field(default=None, repr=False, compare=False)

    @property
    def correction_per_atom(self) -> float:
        """Sum of the corrections [eV/atom]."""
        return math.fsum(a.energy for a in self.adjustments) / self.n_atoms

    @property
    def corrected_energy_per_atom(self) -> float:
        """Total energy [eV/atom] with the corrections."""
        return self.energy_per_atom + self.correction_per_atom

    @property
    def named(self) -> str:
        """Id, formula and origin, for a message."""
        origin = "" if self.origin.startswith(self.id) else f", {self.origin}"
        return f"{self.id} ({self.formula}{origin})"

    @property
    def mocked(self) -> bool:
        """Whether the mock made the energy up."""
        return self.settings.mocked

    @classmethod
    def of(
        cls,
        computed: Any,
        identifier: str,
        origin: str,
        settings: RunSettings | None = None,
        notes: tuple[str, ...] = (),
    ) -> OwnEntry:
        """Build from a pymatgen ``ComputedEntry``; corrections that it carries are left behind.

        Parameters
        ----------
        settings : of the run; by default what the entry's ``parameters`` say.
        notes : of the checks.

        Raises
        ------
        InputError
            If its energy is not finite, or its composition no plain formula.
        """
        energy = float(computed.uncorrected_energy)
        n_atoms = float(computed.composition.num_atoms)
        if not math.isfinite(energy) or not n_atoms > 0:
            raise InputError(f"{origin}: energy {energy} eV of {n_atoms:g} atoms cannot be")
        try:
            formula = Formula.of(computed.composition).reduced
            usual = Formula.parse(computed.composition.reduced_formula).reduced
        except FormulaError as error:
            raise InputError(f"{origin}: {error}") from None
        structure = getattr(computed, "structure", None)
        volume = computed.data.get("volume") if structure is None else structure.volume
        settings = settings or settings_of_entry({"parameters": computed.parameters}, origin)
        return cls(
            id=identifier,
            formula=usual if usual.same_composition(formula) else formula,
            n_atoms=n_atoms,
            energy_per_atom=energy / n_atoms,
            run_type=_run_type(settings.functional, settings.hubbards),
            hubbards=settings.hubbards,
            potcars=settings.potcars,
            origin=origin,
            volume_per_atom=float(volume) / n_atoms if volume else math.nan,
            notes=notes,
            settings=settings,
            computed=computed,
        )


def _run_type(functional: str, hubbards: tuple[tuple[str, float], ...] | None) -> str:
    """Functional in one spelling, ``+U`` where there is a U.

    >>> _run_type("PBE+U", (("Co", 3.32),)), _run_type("R2SCAN", ()), _run_type("PBE+U", ())
    ('GGA+U', 'r2SCAN', 'GGA')
    """
    if not functional:
        return ""
    words = [word for word in functional.split("+") if word.upper() != NO_DISPERSION]
    usual = {"PBE": "GGA", "GGA": "GGA", "R2SCAN": "r2SCAN"}
    named = [usual.get(words[0].upper(), words[0]), *(w for w in words[1:] if w.upper() != "U")]
    has_u = bool(hubbards) if hubbards is not None else len(named) < len(words)
    return "+".join([*named, "U"] if has_u else named)


SHOWN_COLUMNS = (
    "id", "formula", "functional", "energy_ev_per_atom", "corrections",
    "correction_ev_per_atom", "corrected_energy_ev_per_atom", "notes",
)  # fmt: skip


def show(entries: Iterable[OwnEntry]) -> list[dict[str, object]]:
    """Table of own entries with their corrections.

    A correction reads ``name: atoms x eV``, with the corrected atoms per formula unit: ``oxide:
    2 x -0.687``. Energies are in eV/atom; before :func:`workflows.data.own_dft.correct` there is no
    correction, and the column says so.

    Parameters
    ----------
    entries : own entries.

    Returns
    -------
    list of dict
        One row per entry.
    """
    rows = []
    for entry in entries:
        units = entry.n_atoms / float(entry.formula.n_atoms)
        named = ", ".join(
            f"{a.name}: {a.atoms / units:g} x {a.per_corrected_atom:g}" for a in entry.adjustments
        )
        values = (
            entry.id, entry.formula.text, entry.run_type or "unknown", entry.energy_per_atom,
            named or ("none" if entry.corrected_by else "not corrected yet"),
            entry.correction_per_atom, entry.corrected_energy_per_atom, "; ".join(entry.notes),
        )  # fmt: skip
        rows.append(dict(zip(SHOWN_COLUMNS, values, strict=True)))
    return rows
