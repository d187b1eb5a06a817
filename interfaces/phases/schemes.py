"""Functional and corrections of pymatgen entries, and whether their energies are compatible.

The Materials Project has three schemes. ``GGA_GGA+U`` holds PBE and PBE+U energies with the
MaterialsProject2020 corrections, ``R2SCAN`` r2SCAN energies, and ``GGA_GGA+U_R2SCAN``, its present
default, both kinds on one scale (doi 10.1038/s41524-022-00881-w). Energies of two schemes cannot be
compared, nor can corrected with uncorrected ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from interfaces.chemistry.formulas import Formula
from interfaces.errors import SchemeMixError
from interfaces.serialisable import Serialisable

GGA, R2SCAN, MIXED = "GGA_GGA+U", "R2SCAN", "GGA_GGA+U_R2SCAN"
SCHEMES: Mapping[str, str] = {
    GGA: "MP GGA/GGA+U, MaterialsProject2020",
    R2SCAN: "MP r2SCAN",
    MIXED: "MP GGA/GGA+U/r2SCAN mixed",
}  #: thermo type of the Materials Project -> name of the scheme

_FUNCTIONALS = {
    "GGA": "GGA/GGA+U", "GGA+U": "GGA/GGA+U", "PBE": "GGA/GGA+U", "PBE+U": "GGA/GGA+U",
    "R2SCAN": "r2SCAN",
}  # fmt: skip

#: Of ``MaterialsProjectDFTMixingScheme``; MaterialsProject2020 calls its own "mixing correction".
_MIXING = re.compile(r"r2?scan.*mixing adjustment", re.IGNORECASE)
_MP2020 = re.compile(r"MP2020 (?:anion|GGA/GGA\+U mixing) correction")
#: Anions that MaterialsProject2020 corrects in every compound whose most electronegative element
#: they are. Polyiodides, azides and the like have anions that it leaves as they are.
_ALWAYS_CORRECTED = ("F", "O", "Cl", "S")  # by falling electronegativity
SHOWN = 3  #: entries named in a message; the rest is counted


def scheme_of(
    entries: Sequence[Any], source: str, *, allow_mixed: bool = False
) -> tuple[str, tuple[str, ...]]:
    """Scheme of pymatgen entries, and notes on missing information about it.

    Parameters
    ----------
    entries : ``ComputedEntry``, ``ComputedStructureEntry`` or ``PDEntry`` objects.
    source : name of their origin, for messages.
    allow_mixed : accept several functionals, or corrected beside uncorrected energies; the name of
        the scheme then says so.

    Returns
    -------
    tuple of str and tuple of str
        ``"unnamed scheme"`` where no entry names a functional.

    Raises
    ------
    SchemeMixError
        If the entries have more than one functional, or only some of them were corrected.

    Examples
    --------
    >>> from pymatgen.entries.computed_entries import ComputedEntry
    >>> scheme_of([ComputedEntry("Li", -1.9, parameters={"run_type": "R2SCAN"})], "an example")
    ('r2SCAN', ())
    """
    functionals = [functional(entry) for entry in entries]
    named = sorted({name for name in functionals if name})
    if any(_is_mixed(entry) for entry in entries):
        named = [SCHEMES[MIXED]]  # which holds GGA(+U) and r2SCAN runs on purpose
    elif named == ["GGA/GGA+U"] and any(map(_is_mp2020, entries)):
        named = [SCHEMES[GGA]]
    if len(named) > 1 and not allow_mixed:
        raise SchemeMixError(
            f"{source}: energies of {len(named)} schemes in one set ({', '.join(named)}); "
            "keep the entries of one of them"
        )
    lacking = [] if named == [SCHEMES[MIXED]] else uncorrected(entries)
    if lacking and not allow_mixed:
        raise SchemeMixError(
            f"{source}: {_listed(lacking)} without a correction beside entries with one, so their "
            "energies cannot be compared; correct all of them, for example with "
            "MaterialsProject2020Compatibility().process_entries, or none"
        )
    name = " + ".join(named) or "unnamed scheme"
    if len(named) > 1 or lacking:
        name += " (mixed on request)"
    return name, tuple(_notes(entries, functionals))


def functional(entry: Any) -> str | None:
    """Scheme or functional that an entry names; GGA and GGA+U are one, by their corrections.

    Parameters
    ----------
    entry : pymatgen entry.

    Returns
    -------
    str | None
        Name of the scheme, or None where the entry names none.
    """
    data, parameters = _mapping(entry, "data"), _mapping(entry, "parameters")
    run = data.get("scheme") or data.get("thermo_type") or parameters.get("run_type")
    if run is None:
        return None
    name = str(getattr(run, "value", run))  # emmet's enumeration, or text
    return (
        SCHEMES.get(name.upper())
        if data.get("thermo_type") and name.upper() in SCHEMES
        else (_FUNCTIONALS.get(name.upper(), name))
    )


def uncorrected(entries: Iterable[Any], *, by_name: bool = True) -> list[Any]:
    """Compounds without a correction that other entries of the same anion have.

    Parameters
    ----------
    entries : pymatgen entries.
    by_name : count corrections that are named as those of MaterialsProject2020 only, which leaves
        no oxide, fluoride, chloride or sulfide out. Older schemes do: of their oxides, those with
        an odd O-O bond.

    Returns
    -------
    list[Any]
        Entries without a correction.
    """
    listed = [entry for entry in entries if len(entry.composition.elements) > 1]
    chosen = _is_mp2020 if by_name else _correction
    anions = {_anion(entry) for entry in listed if chosen(entry)} - {None}
    if not by_name:
        anions &= {"O"}
    return [entry for entry in listed if _anion(entry) in anions and not _adjusted(entry)]


def _notes(entries: Sequence[Any], functionals: Sequence[str | None]) -> Iterable[str]:
    silent = functionals.count(None)
    if 0 < silent < len(entries):
        yield f"{silent} of {len(entries)} entries do not name their functional"
    corrected = [entry for entry in entries if _correction(entry)]
    unnamed = [entry for entry in corrected if _has_manual(entry)]
    if unnamed:
        yield f"{len(unnamed)} of {len(entries)} entries have a correction without a name"
        if lacking := uncorrected(entries, by_name=False):
            yield f"compounds of oxygen without a correction beside others: {_listed(lacking)}"
    runs = {str(_mapping(entry, "parameters").get("run_type")).upper() for entry in entries}
    if not corrected and len(runs & {"GGA", "PBE"}) and len(runs & {"GGA+U", "PBE+U"}):
        yield (
            "no entry is corrected, and GGA and GGA+U energies cannot be compared without the "
            "corrections that join them"
        )


def _listed(entries: Sequence[Any]) -> str:
    names = [
        f"{getattr(entry, 'entry_id', None) or entry.name} ({entry.composition.reduced_formula})"
        for entry in entries[:SHOWN]
    ]
    more = len(entries) - SHOWN
    return ", ".join(names) + (f" and {more} more" if more > 0 else "")


def _mapping(entry: Any, name: str) -> Mapping[str, Any]:
    """``data`` or ``parameters`` of an entry; a PDEntry has neither."""
    value = getattr(entry, name, None)
    return value if isinstance(value, Mapping) else {}


def _adjustments(entry: Any) -> Sequence[Any]:
    return getattr(entry, "energy_adjustments", None) or ()


def _correction(entry: Any) -> float:
    return float(getattr(entry, "correction", 0.0))


def _adjusted(entry: Any) -> bool:
    """Whether a correction was applied, be it of 0 eV."""
    return bool(_correction(entry)) or any(
        not _is_manual(adjustment) for adjustment in _adjustments(entry)
    )


def _is_manual(adjustment: Any) -> bool:
    """Whether it is the name that pymatgen gives to a bare number."""
    return type(adjustment).__name__ == "ManualEnergyAdjustment"


def _has_manual(entry: Any) -> bool:
    return any(_is_manual(adjustment) and adjustment.value for adjustment in _adjustments(entry))


def _is_mp2020(entry: Any) -> bool:
    return any(_MP2020.match(str(adjustment.name)) for adjustment in _adjustments(entry))


def _is_mixed(entry: Any) -> bool:
    return functional(entry) == SCHEMES[MIXED] or any(
        _MIXING.search(str(adjustment.name)) for adjustment in _adjustments(entry)
    )


def _anion(entry: Any) -> str | None:
    """The most electronegative of the anions that are always corrected, if the compound has one."""
    symbols = {element.symbol for element in entry.composition.elements}
    return next((symbol for symbol in _ALWAYS_CORRECTED if symbol in symbols), None)


@dataclass(frozen=True)
class CorrectedPhase(Serialisable):
    """What was done to one composition of a set.

    Attributes
    ----------
    formula : as the set spells it.
    computed, corrected : lowest energy before and after [eV/atom].
    source : table and phase, or the fitted groups.
    uncertainty : [eV/atom] as the source states, or of the fit; None where neither does.
    """

    formula: str
    computed: float
    corrected: float
    source: str
    uncertainty: float | None

    @property
    def difference_per_formula(self) -> float:
        """Corrected minus computed [eV per formula unit]."""
        atoms = float(Formula.parse(self.formula).n_atoms)
        return atoms * (self.corrected - self.computed)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, energies in eV/atom.

        Returns
        -------
        dict[str, Any]
            The fields.
        """
        return asdict(self)


def at_any_temperature(scheme: str) -> str:
    """Name of a scheme of Gibbs energies without the temperature.

    Parameters
    ----------
    scheme : of a phase set at a temperature.

    Returns
    -------
    str
        The name; that of a scheme at 0 K is unchanged.

    Examples
    --------
    >>> at_any_temperature("MP2020, Gibbs energies at 600 K (327 C) by SISSO")
    'MP2020, Gibbs energies by SISSO'
    """
    return re.sub(r"(?<=, Gibbs energies) at [^)]*\)(?= by SISSO)", "", scheme)
