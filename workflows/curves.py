"""From words to a curve: names, formulas and options in, one ``MixingCurve`` out."""

from __future__ import annotations

import platform
from collections.abc import Sequence

import numpy as np

from interfaces.errors import InputError, ReactantError
from interfaces.formulas import Formula, chemical_system
from interfaces.mixing import MixingCurve, mixing_curve
from interfaces.phases import PhaseSet
from interfaces.reactants import ENERGY_MODELS
from workflows.entries import read_phases
from workflows.systems import System, find_system, resolve

VERSION = "0.1.0"


def compute_curve(
    reactant_1: str,
    reactant_2: str,
    *,
    phases: str | PhaseSet = "chgnet-0.3.0",
    energies: Sequence[str] = (),
    exclude: Sequence[str] = (),
    scheme: str | None = None,
    products_include_series: bool = False,
) -> MixingCurve:
    """Curve of two reactants given by formula or name.

    Parameters
    ----------
    phases : a phase set, or what :func:`workflows.entries.read_phases` reads.
    energies : ``MODEL`` for both reactants or ``REACTANT=MODEL`` for one; the model is ``own``,
        ``hull``, ``calculated`` or a formation energy [eV/atom].
    exclude : formulas that may not be products.
    products_include_series : let members of the delithiated series be products.
    """
    systems = (find_system(reactant_1), find_system(reactant_2))
    _refuse_equal(*systems)
    elements = chemical_system([system.formula for system in systems])
    for text in exclude:
        Formula.parse(text)
    phase_set = phases if isinstance(phases, PhaseSet) else read_phases(phases, elements, scheme)
    if products_include_series:
        from workflows.systems import with_series

        phase_set = with_series(phase_set, elements)
    if exclude:
        phase_set = phase_set.without(exclude)
    models = _models(energies, (reactant_1, reactant_2))
    first, second = (
        resolve(phase_set, system, model) for system, model in zip(systems, models, strict=True)
    )
    pool_rows = phase_set.pool(elements).rows
    return mixing_curve(
        phase_set,
        first,
        second,
        provenance={
            "interface-stability": VERSION,
            "numpy": np.__version__,
            "python": platform.python_version(),
            "scheme": phase_set.scheme,
            "phase_set": phase_set.source,
            "stand_in": phase_set.stand_in,
            "entries": str(len(pool_rows)),
            "entries_sha256": phase_set.fingerprint(int(row) for row in pool_rows),
            "products_include_series": str(products_include_series).lower(),
            "excluded": " ".join(exclude),
        },
    )


def _refuse_equal(first: System, second: System) -> None:
    if first.formula.same_composition(second.formula):
        raise ReactantError(
            f"both reactants are {first.formula.reduced}; a mixing curve needs two compositions"
        )


def _models(energies: Sequence[str], reactants: tuple[str, str]) -> list[str | float | None]:
    """Energy model of each reactant, or None where nothing was asked for."""
    chosen: list[str | float | None] = [None, None]
    for text in energies:
        target, equals, model = text.rpartition("=")
        named = [target in (name, name.partition("@")[0]) for name in reactants]
        if equals and not any(named):
            raise InputError(
                f"--energy {text}: {target!r} is neither reactant ({' nor '.join(reactants)})"
            )
        value = model if model in ENERGY_MODELS and model != "given" else _number(model, text)
        for index in range(2):
            if not equals or named[index]:
                chosen[index] = value
    return chosen


def _number(model: str, text: str) -> float:
    try:
        value = float(model)
    except ValueError:
        value = float("nan")
    if not np.isfinite(value):
        raise InputError(
            f"--energy {text}: {model!r} is not own, hull, calculated or a number in eV/atom"
        )
    return value
