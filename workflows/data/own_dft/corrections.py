"""MaterialsProject2020 corrections of own entries, each by its name and reason.

Two decisions are pymatgen's by the structure and its guess without one: oxide or peroxide (by the
formula), sulfide or sulfate (always sulfide: 0.5 eV per S too low for a sulfate). The second guess
is refused here, the first one noted.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from interfaces.errors import InputError
from workflows.data.own_dft.entry import Adjustment, OwnEntry

SCHEME = "MaterialsProject2020Compatibility"
UNCORRECTED = "r2SCAN"  #: functional whose energies the Materials Project does not correct
ABOVE_SULFUR = frozenset({"O", "F", "N", "Cl", "Br", "I"})  #: more electronegative non-metals
GUESSED_ANIONS = frozenset({"Br", "I", "Se", "Si", "Sb", "Te", "H", "N", "F", "Cl"})
O_O_BOND = 1.05  #: times the bond of a peroxide or superoxide, as MaterialsProject2020 looks for it
DISAGREES = "by the O-O distances"
BY_FORMULA = "by its formula: no structure and no data['oxide_type'] to see an O-O bond in"


def correct(entries: Iterable[OwnEntry]) -> tuple[OwnEntry, ...]:
    """Correct energies with pymatgen's ``MaterialsProject2020Compatibility``; r2SCAN has none.

    Elements are not corrected. An anion is: O as oxide, peroxide, superoxide or ozonide; S as
    sulfide, not in a sulfate; F, Cl, N, ... where they are anions. So is each metal with a U.

    Parameters
    ----------
    entries : checked ones (:func:`workflows.data.own_dft.check`); corrected ones are left as they
        are.

    Returns
    -------
    tuple of OwnEntry
        With ``adjustments`` [eV per cell], their reasons and pymatgen's version; what pymatgen
        could only guess is in the notes.

    Raises
    ------
    InputError
        If pymatgen refuses the entry (its reason is passed on), its functional or U values are
        unknown, or sulfide and sulfate cannot be told apart without a structure.
    """
    return tuple(entry if entry.corrected_by else _corrected(entry) for entry in entries)


def _corrected(entry: OwnEntry) -> OwnEntry:
    if entry.run_type == UNCORRECTED:
        return replace(entry, corrected_by="none, as r2SCAN energies of the Materials Project")
    processed = _processed(entry)
    adjustments = [_named(adjustment, processed) for adjustment in processed.energy_adjustments]
    elements = set(entry.formula.elements)
    sulfur = float(processed.composition["S"])
    if sulfur and len(elements) > 1 and not any(a.name == "sulfide" for a in adjustments):
        kind, why = _sulfur(processed)
        adjustments.append(Adjustment(kind, 0.0, sulfur, f"S not corrected: {why}"))
    notes = list(entry.notes)
    notes += [f"{a.name} {BY_FORMULA}" for a in adjustments if BY_FORMULA in a.why]
    notes += [a.why for a in adjustments if DISAGREES in a.why]
    if processed.data.get("oxidation_states") == {} and elements & GUESSED_ANIONS:
        notes.append("no oxidation states found: only the most electronegative element is an anion")
    return replace(
        entry,
        adjustments=tuple(adjustments),
        corrected_by=f"{SCHEME}, {_versions()}",
        notes=tuple(notes),
    )


@cache
def _versions() -> str:
    """Of pymatgen, and of pymatgen-core, where the guesses live since they were split."""
    versions = []
    for package in ("pymatgen", "pymatgen-core"):
        with suppress(PackageNotFoundError):
            versions.append(f"{package} {version(package)}")
    return ", ".join(versions)


def _processed(entry: OwnEntry) -> Any:
    """The pymatgen entry with its adjustments, or its reason to refuse it."""
    from pymatgen.entries.compatibility import CompatibilityError, MaterialsProject2020Compatibility

    if not entry.run_type or entry.hubbards is None:
        raise InputError(
            f"{entry.named} does not say its functional or U values, so it cannot be corrected; "
            "check it first, with what may be assumed"
        )
    computed = copy.deepcopy(entry.computed)
    computed.parameters = {
        "run_type": entry.run_type,
        "hubbards": dict(entry.hubbards),
        "potcar_symbols": list(entry.potcars),
    }
    unseen = not hasattr(computed, "structure") and not computed.data.get("sulfide_type")
    beside = sorted(ABOVE_SULFUR & set(entry.formula.elements))
    if "S" in entry.formula.elements and beside and unseen:
        raise InputError(
            f"{entry.named} has S beside {', '.join(beside)} and no structure: sulfide (corrected) "
            "and sulfate (not) cannot be told apart; give a ComputedStructureEntry, or "
            "data['sulfide_type'] = 'sulfide' or 'sulfate'"
        )
    scheme = MaterialsProject2020Compatibility(check_potcar=bool(entry.potcars))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its guesses are in the notes
        try:
            return scheme.process_entry(computed, on_error="raise")
        except (CompatibilityError, LookupError, ValueError) as error:
            reason = str(error).partition(" for {")[0]  # it prints the whole entry
            raise InputError(f"{entry.named} is refused by {SCHEME}: {reason}") from None


def _named(adjustment: Any, computed: Any) -> Adjustment:
    """An adjustment of pymatgen with a short name and the reason."""
    what = adjustment.name.rpartition("(")[2].rstrip(")")
    energy, atoms = float(adjustment.value), float(adjustment.n_atoms)
    if "mixing" in adjustment.name:
        name, symbol, why = f"U of {what}", what, "GGA+U beside GGA, by the composition"
    elif what == "S":
        (name, why), symbol = _sulfur(computed), "S"
    elif what.endswith("ide"):
        (name, why), symbol = (what, _oxygen(computed, what)), "O"
    else:
        state = (computed.data.get("oxidation_states") or {}).get(what)
        why = "the most electronegative element" if not state else f"oxidation state {state:+g}"
        name = symbol = what
    return Adjustment(name, energy, atoms, f"{atoms:g} {symbol} x {energy / atoms:g} eV: {why}")


def _oxygen(computed: Any, what: str) -> str:
    stated, recognised = computed.data.get("oxide_type"), None
    if hasattr(computed, "structure"):
        from pymatgen.analysis.structure_analyzer import oxide_type

        recognised = oxide_type(computed.structure, O_O_BOND)
    if stated:
        disagreement = f", but {recognised} {DISAGREES}" if recognised not in (None, stated) else ""
        return f"data['oxide_type'] is {stated}{disagreement}"
    if recognised is None:
        return BY_FORMULA
    return f"{recognised} by the structure" + (", counted as oxide" if recognised != what else "")


def _sulfur(computed: Any) -> tuple[str, str]:
    """Sulfide or sulfate, and by what."""
    stated = computed.data.get("sulfide_type")
    if stated:
        kind = "sulfide" if stated in ("sulfide", "polysulfide") else str(stated)
        return kind, f"data['sulfide_type'] is {stated}"
    if not hasattr(computed, "structure"):
        return "sulfide", "by its formula, no element is more electronegative"
    from pymatgen.analysis.structure_analyzer import sulfide_type

    recognised = sulfide_type(computed.structure)
    if recognised is None:
        return "sulfate", "the neighbours of S are more electronegative"
    return "sulfide", f"{recognised} by the structure"
