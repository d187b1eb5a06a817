"""Checks that an own entry is comparable with the energies of a phase set."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from interfaces.errors import InputError, SchemeMixError
from interfaces.phases.schemes import GGA, R2SCAN, SCHEMES
from interfaces.structures.hubbard_u import expected_hubbards
from workflows.data.own_dft.entry import OwnEntry
from workflows.io.mock_mark import MARK, MOCK_SCHEME, mark_of

SCHEME = SCHEMES[GGA]  #: of the sets that own entries join, unless they are r2SCAN
D_SHELL = 2  #: LDAUL
DUDAREV = 2  #: LDAUTYPE in which only U - J counts; a scalar in VASP 6, a vector in VASP 5
ASSUMABLE = ("functional", "hubbards", "potcars")
FAMILIES = {
    "PAW_PBE": "PBE", "PBE": "PBE", "PAW": "LDA", "PAW_LDA": "LDA", "LDA": "LDA", "US": "LDA",
    "PAW_GGA": "PW91", "PW91": "PW91",
}  # fmt: skip


@dataclass(frozen=True)
class Standard:
    """How the energies of a scheme are calculated.

    Attributes
    ----------
    scheme : its name.
    functional : as in :class:`OwnEntry`, without ``+U``.
    described : the functionals, for a message.
    input_set : class of pymatgen with U values, POTCARs and cut-off.
    """

    scheme: str
    functional: str
    described: str
    input_set: str

    @property
    def has_u(self) -> bool:
        """Whether some metals have a U."""
        return self.functional == "GGA"


MP2020 = Standard(SCHEME, "GGA", "GGA or GGA+U (PBE)", "MPRelaxSet")
MP_R2SCAN = Standard(SCHEMES[R2SCAN], "r2SCAN", "r2SCAN", "MPScanRelaxSet")


def standard_of(scheme: str) -> Standard:
    """How own entries must be calculated to belong to a phase set.

    Parameters
    ----------
    scheme : of the phase set.

    Raises
    ------
    SchemeMixError
        If no own entry can belong to the scheme.

    Examples
    --------
    >>> standard_of("MP r2SCAN").input_set, standard_of(SCHEME).input_set
    ('MPScanRelaxSet', 'MPRelaxSet')
    """
    if scheme == MP_R2SCAN.scheme:
        return MP_R2SCAN
    is_surrogate(scheme)
    return MP2020


@cache
def _settings(input_set: str) -> Mapping[str, Any]:
    from pymatgen.io.vasp import sets

    settings: Mapping[str, Any] = getattr(sets, input_set).CONFIG
    return settings


def is_surrogate(scheme: str) -> bool:
    """Whether a scheme is a surrogate for MaterialsProject2020.

    Own entries can be corrected for ``MP GGA/GGA+U, MaterialsProject2020``; SevenNet, which was
    trained on these energies, is one. The mock's sets take its own entries only.

    Raises
    ------
    SchemeMixError
        For every other scheme.

    Examples
    --------
    >>> is_surrogate("MP GGA/GGA+U, MaterialsProject2020"), is_surrogate("SevenNet 7net-l3i5")
    (False, True)
    """
    text = scheme.lower()
    if mark_of(scheme):
        return False  # made-up energies of the mock beside one another
    if text.startswith("sevennet"):
        return True
    if "gga" in text and "2020" in text and "scan" not in text:
        return False
    raise SchemeMixError(
        f"own entries belong to {SCHEME!r}, those with r2SCAN to {SCHEMES[R2SCAN]!r}, and "
        f"the set's scheme is {scheme!r}; take a set of theirs, or name it when you read the set"
    )


def check(entry: OwnEntry, scheme: str, assume: Collection[str] = ()) -> OwnEntry:
    """Check functional, U values and POTCARs of an entry against a phase set's scheme.

    Parameters
    ----------
    entry : as read.
    scheme : of the phase set: ``MP GGA/GGA+U, MaterialsProject2020``, or the SevenNet set that
        is its surrogate. Expected are PBE, and the U values [eV] and POTCARs of pymatgen's
        ``MPRelaxSet`` (U on Co, Cr, Fe, Mn, Mo, Ni, V and W beside O or F only). For ``MP r2SCAN``
        r2SCAN without U, and the POTCARs of ``MPScanRelaxSet``.
    assume : what may be taken as expected where the entry does not say it: ``functional``,
        ``hubbards``, ``potcars``. It is in the notes. A value that disagrees is refused all
        the same.

    Returns
    -------
    OwnEntry
        The entry, with what was assumed.

    Raises
    ------
    SchemeMixError
        If the entry has another functional, the mock made it up and not the set (or the other way
        round), or the scheme cannot be joined.
    InputError
        If U values or POTCARs differ, or something is unknown and not assumed.
    """
    unknown = sorted(set(assume) - set(ASSUMABLE))
    if unknown:
        raise InputError(f"cannot assume {', '.join(unknown)}; known: {', '.join(ASSUMABLE)}")
    standard = standard_of(scheme)
    _check_mock(entry, scheme)
    entry = _checked_functional(entry, scheme, standard, assume)
    entry = _checked_hubbards(entry, standard, assume)
    entry = _checked_potcars(entry, standard, assume)
    cutoff, wanted = entry.settings.cutoff, _settings(standard.input_set)["INCAR"]["ENCUT"]
    if cutoff is not None and cutoff < wanted:
        entry = _noted(entry, f"plane-wave cut-off {cutoff:g} eV, the set has {wanted} eV")
    return entry


def _check_mock(entry: OwnEntry, scheme: str) -> None:
    """Keep made-up energies and calculated ones apart."""
    if entry.mocked and not mark_of(scheme):
        raise SchemeMixError(
            f"{entry.named} is a {MARK} energy, made up by the mock and not calculated; "
            f"calculate it, or take a set of the mock ({MOCK_SCHEME!r})"
        )
    if mark_of(scheme) and not entry.mocked:
        raise SchemeMixError(
            f"{entry.named} was calculated, and the set holds {scheme!r}; take a set of {SCHEME!r}"
        )


def family(title: str) -> str:
    """Functional of a POTCAR by the first word of its title.

    Parameters
    ----------
    title : TITEL of the POTCAR.

    Examples
    --------
    >>> family("PAW_PBE Li_sv 10Sep2004"), family("PAW Li 17Jan2003"), family("PBE_54 Li_sv")
    ('PBE', 'LDA', 'PBE')
    """
    words = title.split()
    first = words[0].upper() if len(words) > 1 else "unknown"
    head, _, version = first.rpartition("_")
    return FAMILIES.get(head if version.isdigit() else first, first)


def _noted(entry: OwnEntry, note: str) -> OwnEntry:
    return entry if note in entry.notes else replace(entry, notes=(*entry.notes, note))


def _refused(entry: OwnEntry, what: str, assumable: str) -> InputError:
    return InputError(
        f"{entry.named} does not say its {what}; read the VASP run itself, or assume it "
        f"explicitly (assume {assumable!r})"
    )


def _checked_functional(
    entry: OwnEntry, scheme: str, standard: Standard, assume: Collection[str]
) -> OwnEntry:
    functional = standard.functional
    if not entry.run_type:
        if "functional" not in assume:
            raise _refused(entry, "functional (run_type)", "functional")
        entry = replace(entry, run_type=functional + ("+U" if entry.hubbards else ""))
        shown = functional + (" (PBE)" if standard.has_u else "")
        return _noted(entry, f"functional assumed to be {shown}: the entry has none")
    run_type = entry.run_type.removesuffix("+U") if standard.has_u else entry.run_type
    if run_type != functional:
        raise SchemeMixError(
            f"{entry.named} was calculated with {entry.run_type}, expected {standard.described} as "
            f"in {scheme!r}; recalculate it with {standard.input_set}, or take a set of its "
            "functional"
        )
    return entry


def _checked_hubbards(entry: OwnEntry, standard: Standard, assume: Collection[str]) -> OwnEntry:
    expected = expected_hubbards(entry.formula.elements) if standard.has_u else {}
    if entry.hubbards is None:
        if "hubbards" not in assume:
            raise _refused(entry, "U values (hubbards)", "hubbards")
        run_type = standard.functional + ("+U" if expected else "")
        entry = replace(entry, hubbards=tuple(sorted(expected.items())), run_type=run_type)
        return _noted(entry, f"U values assumed to be {expected or 'none'}: the entry has none")
    hubbards = dict(entry.hubbards)
    for element in sorted(hubbards.keys() | expected.keys()):
        is_u, should = hubbards.get(element, 0.0), expected.get(element, 0.0)
        if abs(is_u - should) > 1e-6:
            where = "beside O or F" if should else "here: U beside O or F only, on some metals"
            where = where if standard.has_u else "with r2SCAN"
            raise InputError(
                f"{entry.named} has U({element}) = {is_u:g} eV, expected {should:g} eV {where} "
                f"({standard.input_set}); recalculate it with that, energies of another U cannot "
                "be compared"
            )
    kind = entry.settings.number("LDAUTYPE", DUDAREV)
    if hubbards and kind != DUDAREV:
        raise InputError(
            f"{entry.named} has LDAUTYPE = {kind:g}, expected {DUDAREV} (MPRelaxSet); "
            "recalculate it so"
        )
    rows = zip(entry.settings.numbers("LDAUL"), entry.settings.numbers("LDAUU"), strict=False)
    shells = {shell for shell, u in rows if u}
    if shells - {D_SHELL}:
        raise InputError(
            f"{entry.named} has a U with LDAUL = {max(shells - {D_SHELL}):g}, expected {D_SHELL}, "
            "the d shell (MPRelaxSet); recalculate it so"
        )
    return entry


def _checked_potcars(entry: OwnEntry, standard: Standard, assume: Collection[str]) -> OwnEntry:
    wanted = _settings(standard.input_set)["POTCAR"]
    expected = {symbol: wanted.get(symbol, "none") for symbol in entry.formula.elements}
    if not entry.potcars:
        if "potcars" not in assume:
            raise _refused(entry, "POTCARs (potcar_symbols)", "potcars")
        return _noted(entry, f"POTCARs assumed to be PBE {' '.join(expected.values())}")
    for title in entry.potcars:
        potcar_family = family(title)
        if potcar_family != "PBE":
            raise InputError(
                f"{entry.named} has a POTCAR of the family {potcar_family} ({title}), expected PBE "
                "(PAW_PBE); recalculate it with that"
            )
    symbols = {title.split()[1] for title in entry.potcars}
    if symbols != set(expected.values()):
        extra, lacking = symbols - set(expected.values()), set(expected.values()) - symbols
        raise InputError(
            f"{entry.named} has the POTCAR {', '.join(sorted(extra)) or 'list too short'}, "
            f"expected {', '.join(sorted(lacking)) or 'no other'} ({standard.input_set}); "
            "recalculate it with that"
        )
    return entry
