"""Charged and discharged cathode of a ranking of coatings, and the voltages between them."""

from __future__ import annotations

from collections.abc import Mapping

from interfaces.chemistry.numbers import read_number
from interfaces.coatings.gates import CHARGED, DISCHARGED
from interfaces.delithiation import voltage_profile
from interfaces.errors import InputError
from workflows.analyses.maps import TENTHS, Range
from workflows.analyses.preparation import Prepared
from workflows.data.material_names import find_system, systems, written_names

NONE = "none"  #: the word for a Li content that is not wanted
DEFAULTS: Mapping[str, str] = {DISCHARGED: "1", CHARGED: "0.1"}  #: Li of a cathode with a series
USUAL: Range = (3.0, 4.3)  #: V, of a cathode that has no voltage curve of its own in the set


def cathode_ends(
    cathode: str, discharged: str | None, charged: str | None, carrier: str
) -> dict[str, str]:
    """State of charge -> the cathode there, as a name or formula."""
    fields = systems().get(written_names().get(cathode, cathode))
    series = fields is not None and "{x}" in fields["formula"]
    ends = {}
    for state, text in ((DISCHARGED, discharged), (CHARGED, charged)):
        choice = text
        if choice is None:
            choice = DEFAULTS[state] if series else cathode if state == DISCHARGED else NONE
        if choice == NONE:
            continue
        if not _is_number(choice):
            ends[state] = choice
        elif series:
            ends[state] = f"{cathode}@{choice}"
        else:
            raise InputError(
                f"--{state} {choice}: {cathode} is not a series, so its lithium content cannot be "
                f"chosen; give the formula, e.g. --{state} Li0.5CoO2"
            )
    if not ends:
        raise InputError("--discharged none and --charged none leave no cathode; give one of them")
    formulas = [find_system(text).formula for text in ends.values()]
    shares = [float(formula.get(carrier) / formula.n_atoms) for formula in formulas]
    if len(formulas) == 2 and not shares[0] > shares[1]:
        raise InputError(
            f"the discharged cathode, {formulas[0]}, holds no more {carrier} than the charged one, "
            f"{formulas[1]}; swap them, or give --charged {NONE}"
        )
    return ends


def _is_number(text: str) -> bool:
    try:
        read_number(text)
    except ValueError:
        return False
    return True


def cathode_range(
    prepared: Prepared, cathode: str, ends: Mapping[str, str], chosen: Range | None
) -> tuple[Range, list[str]]:
    """Voltages of the cathode [V], and where they come from."""
    if chosen is not None:
        return chosen, [f"voltages of the cathode: {chosen[0]:g} to {chosen[1]:g} V, as given"]
    own = _own_voltages(prepared, cathode, ends)
    if own is None:
        return USUAL, [
            f"voltages of the cathode: {USUAL[0]:g} to {USUAL[1]:g} V, the usual ones; {cathode} "
            "has no voltage curve of its own here"
        ]
    return own, [
        f"voltages of the cathode: {own[0]:.2f} to {own[1]:.2f} V, of its own calculated curve"
    ]


def _own_voltages(prepared: Prepared, cathode: str, ends: Mapping[str, str]) -> Range | None:
    """Lowest and highest voltage [V] between two contents of a computed series.

    The steps are those of the whole series: a curve that ends at the higher voltage's content would
    close with a step of its own there, above the plateau that the cathode has.
    """
    if set(ends) != {DISCHARGED, CHARGED}:
        return None
    if not all(text.startswith(f"{cathode}@") for text in ends.values()):
        return None
    contents = [float(text.partition("@")[2]) for text in ends.values()]
    if len([x for x in TENTHS if min(contents) <= float(x) <= max(contents)]) < 2:
        return None
    names = [f"{cathode}@{x}" for x in TENTHS]
    cathodes = prepared.reactants(names, prepared.options.meant_for(names))
    if any(reactant.energy_model != "calculated" for reactant in cathodes):
        return None
    energies = {
        float(x): reactant.energy * float(reactant.formula.n_atoms)
        for x, reactant in zip(TENTHS, cathodes, strict=True)
    }
    voltages = [
        voltage
        for high, low, voltage in voltage_profile(energies, 0.0)
        if low < max(contents) and high > min(contents)
    ]
    return voltages[0], voltages[-1]
