r"""Average intercalation voltages between compositions of the same host.

Intercalation keeps the host structure, so its voltage is not a decomposition limit of the hull and
the two must not be mixed up. Doi 10.1103/PhysRevB.56.1354.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interfaces.chemistry.charges import REDOX, usual_charges
from interfaces.chemistry.formulas import Formula
from interfaces.chemistry.voltages import average_voltage
from interfaces.phases.phase_set import SAME_COMPOSITION, PhaseSet
from interfaces.phases.reactants import Reactant
from interfaces.phases.reservoirs import charge_of
from interfaces.serialisable import Serialisable

#: V; no host is charged beyond this. LiNiPO4, of the highest, has 5.1 V in the bundled set.
HIGHEST = 6.0


@dataclass(frozen=True)
class Intercalation(Serialisable):
    """Average voltage [V] between a compound and the same host with another carrier content.

    ``carriers`` per formula unit of the compound that take it to ``partner``: + taken up. The two
    share a composition but for the carrier; whether they share a structure the energies do not say.

    Attributes
    ----------
    partner : composition with the same host.
    carriers : carriers gained per formula unit of the compound (negative: lost).
    voltage : average voltage between both [V].
    formula : of the compound.
    """

    partner: Formula
    carriers: float
    voltage: float
    entry_id: str | None

    def to_dict(self, symbol: str) -> dict[str, Any]:
        """Plain values, as in the JSON output.

        Parameters
        ----------
        symbol : the carrier.

        Returns
        -------
        dict[str, Any]
            JSON-serialisable values; the keys name the units.
        """
        return {
            "partner": self.partner.text,
            f"{symbol.lower()}_per_formula": self.carriers,
            "average_voltage_V": self.voltage,
            "entry_id": self.entry_id,
        }

    @classmethod
    def from_record(cls, data: Mapping[str, Any], symbol: str) -> Intercalation:
        """The inverse of :meth:`to_dict`.

        Parameters
        ----------
        data : object written by :meth:`to_dict`.
        symbol : the carrier.

        Returns
        -------
        Intercalation
            Equal to the original.
        """
        return cls(
            Formula.parse(data["partner"]),
            data[f"{symbol.lower()}_per_formula"],
            data["average_voltage_V"],
            data["entry_id"],
        )


def same_host(
    phase_set: PhaseSet, compound: Reactant, carrier: str = "Li"
) -> tuple[Intercalation, ...]:
    r"""Partners of a compound in the set: the same composition with another carrier content.

    The average voltage is :math:`-[E(c_2) - E(c_1)] / (z \Delta n)` from own energies, formation
    energies of the metal being zero; it needs the compound's own energy, so a compound that was put
    on the hull has none. The lowest entry of each content counts; sorted by content.

    Parameters
    ----------
    phase_set : energies of the candidate products [eV/atom].
    compound : compound with its energy on the scale of the set.
    carrier : symbol of the working ion, e.g. Li.

    Returns
    -------
    tuple[Intercalation, ...]
        Partners with their voltages [V], by carrier content.
    """
    formula = compound.formula
    alone = set(formula.elements) <= {carrier}
    if alone or compound.energy_model == "hull" or carrier not in phase_set.elements:
        return ()
    host = formula.without(carrier)
    atoms = float(host.n_atoms)
    content = float(formula.get(carrier))
    own = compound.energy * float(formula.n_atoms)
    charge = charge_of(carrier)
    rows, contents = _hosts(phase_set, host, carrier)
    contents *= atoms
    partners: dict[float, Intercalation] = {}
    for row, end_member in sorted(
        zip(rows, contents, strict=True), key=lambda pair: (pair[1], phase_set.energies[pair[0]])
    ):
        carriers = round(float(end_member) - content, 9)
        if carriers == 0 or carriers in partners:
            continue
        energy = float(phase_set.energies[row]) * (atoms + float(end_member))
        voltage = average_voltage((carriers, 0.0), (energy, own), 0.0) / charge
        partners[carriers] = Intercalation(
            phase_set.formulas[row], carriers, voltage, phase_set.ids[row]
        )
    return tuple(partners.values())


def is_intercalated(partner: Formula, carrier: str = "Li") -> bool:
    """Whether a composition can be a host with some of the carrier in it.

    It is graphite, or has a metal that changes its charge, and its charges balance. Li2CO3 without
    its lithium, CO3, is not a host, nor are S of Li2S and NbO3 of LiNbO3.

    Parameters
    ----------
    partner : composition with the carrier in it.
    carrier : symbol.

    Returns
    -------
    bool
        By composition only; the structure is not compared.

    Examples
    --------
    >>> [is_intercalated(Formula.parse(text)) for text in ("CoO2", "LiC12", "CO3", "NbO3", "S")]
    [True, True, False, False, False]
    """
    host = set(partner.elements) - {carrier}
    if host == {"C"}:
        return True
    return not host.isdisjoint(REDOX) and usual_charges(partner.whole[0]) is not None


def plausible(partners: Iterable[Intercalation], carrier: str = "Li") -> tuple[Intercalation, ...]:
    """Partners that may be reached by intercalation.

    Their composition is that of a host, and the average voltage lies between 0 V, below which the
    metal is plated, and ``HIGHEST``. Outside, an entry of the set is far from any real structure.

    Parameters
    ----------
    partners : as :func:`same_host` gives them.
    carrier : symbol.

    Returns
    -------
    tuple[Intercalation, ...]
        Those that pass, in their order.
    """
    return tuple(
        partner
        for partner in partners
        if 0 <= partner.voltage <= HIGHEST and is_intercalated(partner.partner, carrier)
    )


def _hosts(
    phase_set: PhaseSet, bare: Formula, carrier: str
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Rows of the host with any content of the carrier, and carriers per host atom."""
    column = phase_set.elements.index(carrier)
    carriers = phase_set.fractions[:, column]
    kept = 1.0 - carriers
    rest = phase_set.fractions - np.outer(kept, bare.fractions(phase_set.elements))
    rest[:, column] = 0.0
    rows = np.nonzero((np.abs(rest).max(axis=1) < SAME_COMPOSITION) & (kept > SAME_COMPOSITION))[0]
    return rows, carriers[rows] / kept[rows]
