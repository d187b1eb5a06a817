"""From words to a window: a name or formula and options in, one ``Window`` out."""

from __future__ import annotations

from dataclasses import dataclass

from interfaces.errors import InputError
from interfaces.intercalation import Intercalation, same_host
from interfaces.phases import PhaseSet
from interfaces.reactants import Reactant
from interfaces.sensitivity import SAMPLES, SIGMA, WITHIN, Sensitivity, window_sensitivity
from interfaces.window import Window, electrochemical_window
from workflows.conditions import CLOSED, Conditions, electrode, reservoirs
from workflows.questions import Source, candidates, placed, provenance
from workflows.systems import System, find_system, has_series, with_series


@dataclass(frozen=True)
class Errors:
    """How to ask how sure a window is: see :func:`interfaces.sensitivity.window_sensitivity`."""

    sigma: float = SIGMA
    within: float = WITHIN
    samples: int = SAMPLES
    seed: int = 0


def compute_window(
    compound: str,
    source: Source | None = None,
    conditions: Conditions = CLOSED,
    *,
    carrier: str = "Li",
    errors: Errors | None = None,
) -> tuple[Window, Sensitivity | None]:
    """Window of a compound given by formula or name, and with ``errors`` what moves it."""
    source = source or Source()
    conditions.check(needs_voltage=False)
    if conditions.voltage is not None:
        raise InputError(
            f"--voltage {conditions.voltage:g} has no effect: a window covers every voltage"
        )
    system = find_system(compound)
    elements = {*system.formula.elements, carrier, *conditions.symbols}
    phase_set = candidates(source, elements, conditions)
    (one,) = placed(phase_set, [system], [compound], source)
    opened = reservoirs(conditions, phase_set, without=carrier)
    window = electrochemical_window(
        phase_set,
        one,
        carrier,
        open_elements=opened,
        electrode=electrode(conditions, phase_set, carrier),
        intercalations=_partners(phase_set, system, one, carrier),
        provenance=provenance(phase_set, elements, source, conditions),
    )
    if errors is None:
        return window, None
    return window, window_sensitivity(
        phase_set,
        one,
        carrier,
        open_elements=opened,
        sigma=errors.sigma,
        within=errors.within,
        samples=errors.samples,
        seed=errors.seed,
    )


def _partners(
    phase_set: PhaseSet, system: System, one: Reactant, carrier: str
) -> tuple[Intercalation, ...]:
    """The same host with another content, from the set and from a computed series of the host."""
    if system.series is not None and has_series(phase_set.scheme):
        phase_set = with_series(phase_set, {*system.formula.elements, carrier})
    return same_host(phase_set, one, carrier)
