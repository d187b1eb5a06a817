"""Summary of the product properties that matter for a cell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from interfaces.chemistry.reactions import Reaction
from interfaces.interphase.inventory import lithium_lost, volume_change
from interfaces.interphase.passivation import PERCOLATION, Share, ShareOf, Verdict, shares, verdict
from interfaces.phases.products import GasAmount, gas_amounts
from interfaces.serialisable import Serialisable

#: What a table shows of an interphase, in this order.
COLUMNS = (
    "interphase", "conduction", "conduction_sources", "volume_change", "lithium_lost_mah_per_g",
    "gases_per_formula",
)  # fmt: skip


@dataclass(frozen=True)
class Interphase(Serialisable):
    """Gases, conduction of electrons, volume and lithium of a reaction's products.

    Attributes
    ----------
    gases : set free, per formula unit of reactants and per charge that passed.
    conduction : solid products with their conduction; ``share_of`` is what the shares count.
    verdict, why : ``MIEC`` or ``SEI-forming``, see
        :mod:`interfaces.interphase.passivation`.
    volume_change : of the solids, over the volume of the solid reactants; None if a volume
        is missing, listed in ``volume_unknown``.
    lithium_lost_mah_per_g : per gram of the cathode ``lithium_lost_of``, a lower bound, negative
        where the cell gains; see :mod:`interfaces.interphase.inventory`. None if
        not known, for the reason in ``lithium_unknown``. ``lithium_kept_by`` are products counted
        as recoverable.
    """

    gases: tuple[GasAmount, ...]
    conduction: tuple[Share, ...]
    share_of: ShareOf
    verdict: Verdict
    why: str
    volume_change: float | None
    volume_unknown: str
    lithium_lost_mah_per_g: float | None
    lithium_lost_of: str
    lithium_kept_by: tuple[str, ...]
    lithium_unknown: str

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as in the JSON output; None is unknown, with the reason beside it.

        Returns
        -------
        dict[str, Any]
            JSON-serialisable values; the keys name the units.
        """
        return {
            "verdict": self.verdict,
            "why": self.why,
            "share_of": self.share_of,
            "conduction": [
                {
                    "product": solid.conductor.formula,
                    "kind": solid.conductor.kind,
                    "certainty": solid.conductor.certainty,
                    "source": solid.conductor.reference,
                    "share": solid.share,
                }
                for solid in self.conduction
            ],
            "volume_change": self.volume_change,
            "volume_unknown": self.volume_unknown,
            "lithium_lost_mah_per_g": self.lithium_lost_mah_per_g,
            "lithium_lost_of": self.lithium_lost_of,
            "lithium_kept_by": list(self.lithium_kept_by),
            "lithium_unknown": self.lithium_unknown,
        }

    def to_row(self) -> dict[str, str | float | None]:
        """One cell for each column :data:`COLUMNS` of a table; None is unknown.

        Returns
        -------
        dict[str, str | float | None]
            Column -> value.
        """
        sources = dict.fromkeys(solid.conductor.source for solid in self.conduction)
        return {
            "interphase": self.verdict,
            "conduction": " ".join(
                f"{solid.conductor.formula}={solid.conductor.kind}" for solid in self.conduction
            ),
            "conduction_sources": "; ".join(sources),
            "volume_change": self.volume_change,
            "lithium_lost_mah_per_g": self.lithium_lost_mah_per_g,
            "gases_per_formula": " ".join(f"{g.gas}={g.per_formula:.6g}" for g in self.gases),
        }


def interphase(
    reaction: Reaction,
    volumes: Mapping[str, float] | Iterable[tuple[str, float]] = (),
    *,
    cathode: str | None = None,
    carrier: str = "Li",
    percolation: float = PERCOLATION,
) -> Interphase:
    """Gases, electronic conduction, volume change and lithium loss of the products of a reaction.

    Parameters
    ----------
    reaction : balanced reaction.
    volumes : formula as the reaction writes it -> volume of a formula unit [A^3], those known.
    cathode : which reactant is the cathode, as the reaction writes it; by default the only one
        that holds a redox metal of cathodes.
    carrier : symbol of the working ion.
    percolation : share of metallic products from which they percolate (``MIEC``).

    Returns
    -------
    Interphase
        Gases, electronic conduction, volume change and lithium loss.

    Examples
    --------
    >>> result = interphase(Reaction.parse("2 CoO + 4 Li -> 2 Li2O + 2 Co"),
    ...                    {"CoO": 20.0, "Li": 20.0, "Li2O": 25.0, "Co": 11.0})
    >>> result.verdict, result.volume_change, [solid.share for solid in result.conduction]
    ('MIEC', -0.4, [0.6944444444444444, 0.3055555555555556])
    """
    known = dict(volumes)
    conduction, share_of = shares(reaction, known)
    said, why = verdict(conduction, share_of, percolation)
    change, without = volume_change(reaction, known)
    unknown = f"no volume of {' '.join(without) or 'a solid reactant'}" if change is None else ""
    lithium = lithium_lost(reaction, cathode, carrier)
    return Interphase(
        gases=gas_amounts(reaction),
        conduction=conduction,
        share_of=share_of,
        verdict=said,
        why=why,
        volume_change=change,
        volume_unknown=unknown,
        lithium_lost_mah_per_g=lithium.lost,
        lithium_lost_of=lithium.cathode,
        lithium_kept_by=lithium.hosts,
        lithium_unknown=lithium.unknown,
    )
