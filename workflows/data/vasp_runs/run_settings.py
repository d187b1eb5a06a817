"""Settings of a VASP run, whatever file they were read from.

:mod:`.run_readers` makes them from a vasprun.xml, an OUTCAR, an INCAR, a task document or an entry.
:mod:`.run_checks` decides from them whether the run may serve as an energy of a phase, as dynamics,
or as a density of states.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from interfaces.errors import InputError


@cache
def valence(symbol: str, functional: str) -> float | None:
    """Valence electrons of a POTCAR by pymatgen's summary table.

    Parameters
    ----------
    symbol : POTCAR symbol such as ``Li_sv``.
    functional : pymatgen's name of the POTCAR library, such as ``PBE_54``.

    Returns
    -------
    float or None
        Number of electrons; None if the table does not have the potential. The smallest where
        releases differ.

    Examples
    --------
    >>> valence("Li_sv", "PBE"), valence("Co", "PBE_54"), valence("Xx", "PBE")
    (3.0, 9.0, None)
    """
    electrons = {
        float(stats["ZVAL"])
        for rows in _table().get(functional, {}).values()
        for stats in rows
        if stats["symbol"] == symbol
    }
    return min(electrons, default=None)


@cache
def _table() -> dict[str, dict[str, list[dict[str, str]]]]:
    import bz2
    import json

    from pymatgen.io.vasp.inputs import POTCAR_STATS_PATH

    with bz2.open(POTCAR_STATS_PATH) as stream:
        table: dict[str, dict[str, list[dict[str, str]]]] = json.load(stream)
    return table


DYNAMICS, NO_MOTION = 0, -1  #: of IBRION
PREDICTION = ("run",)  #: of ML_MODE: steps by the force field alone
WITHOUT_STEPS = ("select", "refit", "refitbayesian", "refitfull")  #: of ML_MODE: fits only


@dataclass(frozen=True)
class Mesh:
    """The k-points of a run.

    Parameters
    ----------
    count : irreducible k-points, those along a line included.
    divisions : of a regular mesh; empty for an explicit list or a line.
    line : whether they lie along lines of a band structure.
    """

    count: int
    divisions: tuple[int, ...] = ()
    line: bool = False


@dataclass(frozen=True)
class RunSettings:
    """Settings of a VASP run and how it ended; ``None`` or empty where the source is silent.

    Parameters
    ----------
    origin : file or job, for messages.
    tags : INCAR tags by upper-case name: VASP's own ``<parameters>`` where they are known, else the
        INCAR. ``LDAU*`` are those of the INCAR, which VASP cuts short elsewhere.
    vasp_version : as VASP writes it.
    functional : in pymatgen's names: ``GGA``, ``PBE+U``, ``R2SCAN``, ``GGA+vdW-DFT-D3`` ...
    hubbards : (element, U - J [eV]); ``()`` if there is no U.
    potcars : titles such as ``PAW_PBE Li_sv 10Sep2004``.
    neutral_electrons : valence electrons of the neutral cell.
    mesh : k-points.
    task_type : emmet's word, ``Static``.
    mocked : whether the numbers are made up by the mock.
    electronic_convergence, ionic_convergence : whether the last loop ended by its criterion.
    energy : [eV/atom], as VASP writes it.
    beyond_electronic : energy [eV/atom] that the last ionic step has more than its last electronic
        step; a dispersion correction is added there.
    """

    origin: str
    tags: Mapping[str, Any] = field(default_factory=dict)
    vasp_version: str = ""
    functional: str = ""
    hubbards: tuple[tuple[str, float], ...] | None = None
    potcars: tuple[str, ...] = ()
    neutral_electrons: float | None = None
    mesh: Mesh | None = None
    task_type: str = ""
    mocked: bool = False
    electronic_convergence: bool | None = None
    ionic_convergence: bool | None = None
    energy: float | None = None
    beyond_electronic: float | None = None

    # ------------------------------------------------------------------ tags

    def numbers(self, tag: str) -> tuple[float, ...]:
        """Values of a tag, a scalar being a vector of one; empty if it is not set.

        Raises
        ------
        InputError
            If the value is not a number, as the stars that Fortran writes for one too wide.
        """
        value = self.tags.get(tag)
        values = value if isinstance(value, list | tuple) else () if value is None else (value,)
        try:
            numbers = tuple(float(item) for item in values)
        except (TypeError, ValueError):
            numbers = (math.nan,)
        if not all(map(math.isfinite, numbers)):
            raise InputError(f"{self.origin}: {tag} = {value!r} is not a number")
        return numbers

    def number(self, tag: str, default: float) -> float:
        """First value of a numeric tag, or VASP's default.

        Examples
        --------
        >>> RunSettings("a", {"LDAUTYPE": [2]}).number("LDAUTYPE", 2)
        2.0
        """
        return next(iter(self.numbers(tag)), float(default))

    def flag(self, tag: str) -> bool:
        """Value of a logical tag, false where it is not set."""
        value = self.tags.get(tag)
        value = value[0] if isinstance(value, list | tuple) and value else value
        if isinstance(value, str):
            return value.strip().strip(".").upper().startswith("T")
        return bool(value)

    def word(self, tag: str) -> str:
        """Value of a tag of words, in capitals."""
        value = self.tags.get(tag)
        return "" if value is None else str(value).strip().upper()

    # ---------------------------------------------------------------- motion

    @property
    def steps(self) -> int:
        """NSW."""
        return int(self.number("NSW", 0))

    @property
    def ibrion(self) -> int:
        """IBRION, or VASP's default: molecular dynamics where there are steps."""
        return int(self.number("IBRION", DYNAMICS if self.steps > 0 else NO_MOTION))

    @property
    def machine_learned(self) -> bool:
        """Whether a machine-learned force field makes, or may make, the steps (ML_LMLFF)."""
        return self.flag("ML_LMLFF")

    @property
    def prediction_only(self) -> bool:
        """Whether no step is calculated ab initio (ML_MODE = run, ML_ISTART = 2)."""
        mode = self.word("ML_MODE").lower()
        return self.machine_learned and (
            mode in PREDICTION or (not mode and self.number("ML_ISTART", 0) == 2)
        )

    @property
    def fit_only(self) -> bool:
        """Whether a force field is fitted and no atom moves (ML_MODE = select or refit)."""
        mode = self.word("ML_MODE").lower()
        return self.machine_learned and (
            mode in WITHOUT_STEPS or (not mode and self.number("ML_ISTART", 0) in (3, 4))
        )

    @property
    def dynamics(self) -> bool:
        """Whether atoms move in time."""
        return self.ibrion == DYNAMICS and (self.steps > 0 or self.machine_learned)

    @property
    def time_step(self) -> float | None:
        """POTIM of molecular dynamics [fs], if the source says it."""
        step = self.number("POTIM", math.nan)
        return step if self.ibrion == DYNAMICS and step > 0 else None

    @property
    def prediction_interval(self) -> int:
        """ML_OUTBLOCK, which VASP follows in prediction-only runs; else 1."""
        return max(1, int(self.number("ML_OUTBLOCK", 1))) if self.prediction_only else 1

    @property
    def output_interval(self) -> int:
        """Steps between two frames of the XDATCAR: the larger of NBLOCK and ML_OUTBLOCK."""
        return max(1, int(self.number("NBLOCK", 1)), self.prediction_interval)

    # ------------------------------------------------------------- electrons

    @property
    def charge(self) -> float | None:
        """Charge of the cell [e], electrons missing being positive; ``None`` where unknown."""
        electrons = self.number("NELECT", math.nan)
        if self.neutral_electrons is None or not electrons > 0:
            return None
        return self.neutral_electrons - electrons

    @property
    def cutoff(self) -> float | None:
        """Plane-wave cut-off [eV]."""
        value = self.number("ENMAX", self.number("ENCUT", math.nan))
        return value if value > 0 else None
