"""What a newer phase set does to results: minima of pairs under both."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from interfaces.errors import InterfaceError
from interfaces.phases.phase_set import PhaseSet
from interfaces.reactivity.mixing_curve import MixingCurve
from workflows.analyses.curve import compute_curve
from workflows.analyses.setup import PhaseOptions


@dataclass(frozen=True)
class ChangedResult:
    """Minima of one curve under two phase sets [eV/atom]; None and a note where there is none."""

    pair: tuple[str, str]
    old_total: float | None
    new_total: float | None
    old_mutual: float | None
    new_mutual: float | None
    old_reaction: str
    new_reaction: str
    notes: tuple[str, ...] = ()

    @property
    def change(self) -> float | None:
        """New minus old minimum of the total reaction energy [eV/atom]."""
        if self.old_total is None or self.new_total is None:
            return None
        return self.new_total - self.old_total


def changed_results(
    old_set: PhaseSet,
    new_set: PhaseSet,
    pairs: Iterable[tuple[str, str]],
    energies: tuple[str, ...] = (),
) -> tuple[ChangedResult, ...]:
    """Minima of the curves of ``pairs`` under both sets, largest change first.

    Parameters
    ----------
    old_set, new_set : the phase sets, e.g. of two snapshots.
    pairs : reactants by formula or name.
    energies : energy models, as in :class:`workflows.analyses.setup.PhaseOptions`.
    """
    results = []
    for pair in pairs:
        old, old_note = _curve(pair, old_set, energies)
        new, new_note = _curve(pair, new_set, energies)
        notes = [f"{w}: {n}" for w, n in (("old", old_note), ("new", new_note)) if n]
        results.append(
            ChangedResult(
                pair,
                old.minimum_total.total if old else None,
                new.minimum_total.total if new else None,
                old.minimum_mutual.mutual if old else None,
                new.minimum_mutual.mutual if new else None,
                str(old.minimum_total.reaction) if old else "",
                str(new.minimum_total.reaction) if new else "",
                tuple(notes),
            )
        )
    return tuple(sorted(results, key=_by_change))


def _curve(
    pair: tuple[str, str], phases: PhaseSet, energies: tuple[str, ...]
) -> tuple[MixingCurve | None, str]:
    try:
        return compute_curve(*pair, PhaseOptions(phases=phases, energies=energies), band=False), ""
    except InterfaceError as error:
        return None, str(error)


def _by_change(result: ChangedResult) -> tuple[float, tuple[str, str]]:
    return (float("-inf") if result.change is None else -abs(result.change), result.pair)
