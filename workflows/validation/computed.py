"""Compute a published number under the convention of its paper, and say whether the two agree."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from interfaces.chemistry.formulas import Formula
from interfaces.chemistry.voltages import average_voltage
from interfaces.errors import InterfaceError
from interfaces.phases.phase_set import PhaseSet
from interfaces.reactivity.conventions import mutual_over_all_atoms
from interfaces.stability.decomposition_stages import Stage
from interfaces.stability.electrochemical_window import Window
from workflows.analyses.conditions import CLOSED, Conditions
from workflows.analyses.curve import compute_curve
from workflows.analyses.setup import PhaseOptions
from workflows.analyses.window import compute_window
from workflows.data.named_materials import find_system, resolve
from workflows.validation.published import Published

#: Energy of compounds above the hull. ``pymatgen``: own entry, or else hull energy.
EnergyBasis = Literal["hull", "own", "pymatgen"]
BASES: tuple[EnergyBasis, ...] = get_args(EnergyBasis)

SAME_CONTENT = 0.02  #: Li per formula unit; printed contents are rounded
EXCHANGED = 1e-9  #: Li per formula unit


@dataclass(frozen=True)
class Ours:
    """A computed number.

    Attributes
    ----------
    value : in the unit of the row; None with a ``reason``.
    placed : energy used for compounds above the hull.
    products, reaction : of the number.
    reason : why there is no value.
    carriers : Li beyond a step, if it differs from the published one.
    below, above : stages on both sides of a limit or step.
    """

    value: float | None
    placed: EnergyBasis
    products: tuple[str, ...] = ()
    reaction: str = ""
    reason: str = ""
    carriers: float | None = None
    below: Stage | None = None
    above: Stage | None = None


def published_basis(row: Published) -> EnergyBasis:
    """Energy of compounds above the hull in the paper; hull energy if it does not say.

    Parameters
    ----------
    row : a published number.
    """
    stated = row.paper.reactants
    return "hull" if stated == "unknown" else stated


def compute(row: Published, phases: PhaseSet, basis: EnergyBasis | None = None) -> Ours:
    """Compute a published number.

    Parameters
    ----------
    row : the published number.
    phases : the phase set.
    basis : energy of compounds above the hull; None is that of the paper.

    Returns
    -------
    The number, or the reason why there is none.
    """
    basis = basis or published_basis(row)
    calculation = {
        "windows": _limit,
        "staircases": _step,
        "closed": _minimum,
        "open": _minimum,
        "decomposition": _decomposition,
        "intercalation": _intercalation,
    }[row.kind]
    try:
        return calculation(row, phases, basis)
    except InterfaceError as error:
        return Ours(None, basis, reason=" ".join(str(error).split()))


def _options(phases: PhaseSet, basis: EnergyBasis) -> PhaseOptions:
    return PhaseOptions(phases=phases, energies=() if basis == "own" else (basis,))


def _limit(row: Published, phases: PhaseSet, basis: EnergyBasis) -> Ours:
    window = compute_window(row.names[0], _options(phases, basis))
    own = basis != "hull" and window.compound.energy_model != "hull"
    if own and window.own_limits is None:
        return Ours(None, basis, reason="above the hull, so stable at no voltage by own energy")
    value = window.reduction if row.side == "reduction" else window.oxidation
    if value is None:
        return Ours(None, basis, reason=f"the window has no {row.side} limit")
    beyond = window.reduced_to if row.side == "reduction" else window.oxidized_to
    stable = window.stable_stage
    pair = (beyond, stable) if row.side == "reduction" else (stable, beyond)
    if beyond is None:  # not even the metal at 0 V reduces it
        return Ours(value, basis)
    return Ours(
        value, basis, tuple(sorted(beyond.products)), str(beyond.reaction),
        below=pair[0], above=pair[1],
    )  # fmt: skip


def _step(row: Published, phases: PhaseSet, basis: EnergyBasis) -> Ours:
    """The step to the published Li content, or else the nearest in voltage on the same side."""
    assert row.carriers is not None
    window = compute_window(row.names[0], _options(phases, basis))
    side = [step for step in steps(window) if step[1] * row.carriers > 0]
    same = [step for step in side if abs(step[1] - row.carriers) < SAME_CONTENT]
    if not side:
        return Ours(None, basis, reason="no decomposition step on this side")
    value, carriers, below, above = min(same or side, key=lambda step: abs(step[0] - row.low))
    beyond = below if carriers > 0 else above
    return Ours(
        value, basis, tuple(sorted(beyond.products)), str(beyond.reaction),
        carriers=None if same else carriers, below=below, above=above,
    )  # fmt: skip


def steps(window: Window) -> list[tuple[float, float, Stage, Stage]]:
    """List the decomposition steps of a window.

    Parameters
    ----------
    window : an electrochemical window.

    Returns
    -------
    Of each step: voltage [V], Li per formula unit beyond it relative to the compound, the stage
    below and the stage above.
    """
    steps_of_window = []
    for below, above in zip(window.stages, window.stages[1:], strict=False):
        if below.carriers > EXCHANGED:
            steps_of_window.append((above.low, below.carriers, below, above))
        if above.carriers < -EXCHANGED:
            steps_of_window.append((above.low, above.carriers, below, above))
    return steps_of_window


def _minimum(row: Published, phases: PhaseSet, basis: EnergyBasis) -> Ours:
    first, second = row.names
    conditions = CLOSED if row.kind == "closed" else Conditions(("Li",), voltage=row.voltage)
    options = _options(phases, basis)
    curve = compute_curve(first, second, options, conditions, band=False)
    lowest = curve.minimum_total
    value = lowest.total_per_nonopen_atom
    if row.quantity != "total":
        over_all = row.quantity == "mutual_over_all_atoms"
        lowest = mutual_over_all_atoms(curve) if over_all else curve.minimum_mutual
        value = lowest.mutual_per_nonopen_atom
    return Ours(value, basis, tuple(sorted(lowest.products)), str(lowest.reaction))


def _decomposition(row: Published, phases: PhaseSet, basis: EnergyBasis) -> Ours:
    assert row.voltage is not None
    window = compute_window(row.names[0], _options(phases, basis))
    own = basis != "hull" and window.compound.energy_model != "hull"
    value = window.decomposition_energy(row.voltage, "own" if own else "hull")
    stage = next(s for s in window.stages if s.high is None or row.voltage <= s.high)
    return Ours(value, basis, tuple(sorted(stage.products)), str(stage.reaction))


def _intercalation(row: Published, phases: PhaseSet, basis: EnergyBasis) -> Ours:
    """Average voltage from the energies of the host by its default energy model."""
    assert row.contents is not None
    states = [resolve(phases, find_system(f"{row.names[0]}@{x:g}")) for x in row.contents]
    if any(state.energy_model == "hull" for state in states):
        reason = f"{phases.source} has no energies of the delithiated host"
        return Ours(None, basis, reason=reason)
    energies = tuple(state.energy * float(state.formula.n_atoms) for state in states)
    value = average_voltage(row.contents, (energies[0], energies[1]), 0.0)
    return Ours(value, "own", reaction=f"energies: {states[0].energy_model}")


VOLTS = 0.05  #: V; reproduces the limits of one paper on its own database
MEASURED = 0.1  #: V; computed average against a measured curve
ENERGY = 0.01  #: eV/atom
SHARE = 0.08  #: of an energy; scatter of papers on one pair
ROUND_OFF = 1e-12


def tolerance(row: Published) -> float:
    """Difference up to which two numbers agree.

    Voltages: 0.05 V, or 0.1 V if one is measured. Energies: 0.01 eV or 8 % of the published one.

    Parameters
    ----------
    row : a published number.

    Returns
    -------
    The tolerance in the unit of the row.
    """
    if row.unit == "V":
        return MEASURED if row.paper.measured else VOLTS
    return max(ENERGY, SHARE * max(abs(row.low), abs(row.high)))


def agrees(row: Published, computed: Ours) -> bool:
    """Whether a computed number agrees with the published one, for the same step.

    Parameters
    ----------
    row : the published number.
    computed : ours.
    """
    return (
        computed.value is not None
        and abs(row.difference(computed.value)) <= tolerance(row) + ROUND_OFF
        and computed.carriers is None
    )


def products_differ(row: Published, computed: Ours) -> str:
    """Name the products that differ; empty if none are published.

    Parameters
    ----------
    row : the published number.
    computed : ours.
    """
    if not row.products:
        return ""
    sides = (
        ("published", distinct(row.products, computed.products)),
        ("computed", distinct(computed.products, row.products)),
    )
    parts = [f"{side} {' '.join(names)}" for side, names in sides if names]
    return f"products differ: {', '.join(parts)}" if parts else ""


def distinct(names: Sequence[str], others: Sequence[str]) -> list[str]:
    """Compositions that occur in only the first list, in any spelling.

    Parameters
    ----------
    names : formulas to look for.
    others : formulas to compare with.

    Returns
    -------
    Those of ``names`` that are not in ``others``.

    Examples
    --------
    >>> distinct(["Li2S", "CoLiO2"], ["LiCoO2"])
    ['Li2S']
    """
    known = [Formula.parse(formula) for formula in others]
    return [n for n in names if not any(Formula.parse(n).same_composition(k) for k in known)]


def mean_error(surrogate: str) -> float | None:
    """Read the mean error that a surrogate states.

    Parameters
    ----------
    surrogate : description of the surrogate; empty for DFT.

    Returns
    -------
    Mean error [eV/atom]; None if it states none.

    Examples
    --------
    >>> mean_error("made up: mean error 24 meV/atom against others"), mean_error("")
    (0.024, None)
    """
    match = re.search(r"mean error (\d+(?:\.\d+)?) meV/atom", surrogate)
    return float(match[1]) / 1000 if match else None


def standard_error(row: Published, computed: Ours, sigma: float) -> float | None:
    r"""Standard error of a computed number.

    For a limit or step, with independent errors ``sigma`` of all compounds:
    :math:`V = (E_a - E_b) / (n_b - n_a)`, so phase f has the
    weight :math:`(u_{a,f} - u_{b,f}) N_f / (n_b - n_a)`; elements have no error. This is valid
    while the same phases take part. For an energy per atom it is ``sigma`` itself.

    Parameters
    ----------
    row : the published number.
    computed : ours.
    sigma : error of a formation energy [eV/atom].

    Returns
    -------
    The error in the unit of the row; None if it is not known.
    """
    if row.unit != "V":
        return sigma
    if computed.below is None or computed.above is None:
        return None
    step = computed.below.carriers - computed.above.carriers
    if step <= 0:
        return None
    weights = _atoms(computed.above)
    for name, amount in _atoms(computed.below).items():
        weights[name] = weights.get(name, 0.0) - amount
    return float(sigma * np.linalg.norm(list(weights.values())) / step)


def _atoms(stage: Stage) -> dict[str, float]:
    """Atoms in each compound among the products, per formula unit of the reactant."""
    return {
        name: amount * float(Formula.parse(name).n_atoms)
        for name, amount in stage.products.items()
        if len(Formula.parse(name).elements) > 1
    }
