"""What was done to the energy of one composition of a phase set."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from interfaces.chemistry.formulas import Formula
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
