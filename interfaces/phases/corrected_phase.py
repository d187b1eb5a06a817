"""What was done to the energy of one composition of a phase set."""

from __future__ import annotations

from dataclasses import dataclass

from interfaces.serialisable import Serialisable


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
