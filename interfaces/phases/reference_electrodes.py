"""Reference electrodes, named by their couple.

A couple has two potentials against the metal: the plateau of the phase set's own energies, and the
measured one. They differ by tenths of a volt, so each conversion records which one it uses.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from interfaces.chemistry.formulas import Formula
from interfaces.chemistry.numbers import read_number
from interfaces.errors import LARGEST, ReservoirError, finite
from interfaces.phases.intercalation import same_host
from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.reactants import reactant
from interfaces.serialisable import Keys, Record

Plateau = Literal["set", "experimental"]

UNKNOWN_PARTNER = "..."  #: the phase that the set itself lithiates the host to first


@dataclass(frozen=True)
class ReferenceElectrode(Record):
    """A couple against which voltages are counted.

    ``plateau`` [V] against the metal by the phase set, ``experimental`` [V] as measured or given,
    with its ``source``; ``None`` where no measurement is on record.
    """

    KEYS: ClassVar[Keys] = {
        "couple": "couple", "carrier": "symbol", "plateau_of_the_set_V": "plateau",
        "experimental_V": "experimental", "source": "source",
    }  # fmt: skip

    couple: str
    symbol: str
    plateau: float
    experimental: float | None
    source: str = ""

    def potential(self, by: Plateau = "set") -> float:
        """Potential of the couple against the metal [V].

        Parameters
        ----------
        by : ``set`` (calculated plateau) or ``experimental``.

        Returns
        -------
        float
            Potential [V].

        Raises
        ------
        ReservoirError
            If ``experimental`` is requested and no measurement is on record.
        """
        if by == "set":
            return self.plateau
        if self.experimental is None:
            raise ReservoirError(
                f"no measured potential of {self.couple} on record; give one as "
                f"{self.couple}=VOLTS, or use the plateau of the phase set"
            )
        return self.experimental

    def to_metal(self, voltage: float, by: Plateau = "set") -> float:
        """Voltage against the metal [V] of a voltage against this couple.

        Parameters
        ----------
        voltage : voltage against this couple [V].
        by : ``set`` (calculated plateau) or ``experimental``.

        Returns
        -------
        float
            Voltage against the metal [V].
        """
        return finite(voltage, "voltage [V]", ReservoirError) + self.potential(by)

    def from_metal(self, voltage: float, by: Plateau = "set") -> float:
        """Voltage against this couple [V] of a voltage against the metal.

        Parameters
        ----------
        voltage : voltage against the metal [V].
        by : ``set`` (calculated plateau) or ``experimental``.

        Returns
        -------
        float
            Voltage against this couple [V].
        """
        return finite(voltage, "voltage [V]", ReservoirError) - self.potential(by)

    def __str__(self) -> str:
        measured = (
            "no measurement on record"
            if self.experimental is None
            else f"{self.experimental:.3f} V measured ({self.source})"
        )
        return f"{self.couple}: {self.plateau:.3f} V by the phase set, {measured}"


#: couple -> measured potential against Li [V], at which temperature and by whom.
MEASURED: Mapping[str, tuple[float, str]] = {
    "In|LiIn": (0.62, "298 K, doi 10.1002/batt.201800149"),
    "Sn|Li2Sn5": (0.760, "298 K, doi 10.1149/1.2108601"),
    "Si|Li12Si7": (0.332, "688 K, doi 10.1016/0022-4596(81)90487-4"),
}


def reference_electrode(phase_set: PhaseSet, couple: str, symbol: str = "Li") -> ReferenceElectrode:
    r"""A couple: ``In|LiIn``, ``Sn|...`` (the set's first lithiated phase), ``Ga|Li2Ga7=0.9``.

    The set's plateau is :math:`-[E(rich) - E(poor)] / (z \Delta n)` of the lowest own entries with
    the same host. A potential after ``=`` replaces the measured one on record.

    Parameters
    ----------
    phase_set : energies of the candidate products [eV/atom].
    couple : e.g. ``In|LiIn``, ``Sn|...`` or ``Ga|Li2Ga7=0.9``.
    symbol : the carrier.

    Returns
    -------
    ReferenceElectrode
        The couple with its calculated and measured potential.

    Raises
    ------
    ReservoirError
        If the text is not a couple, the two differ in more than the carrier, or the first lithiated
        phase is requested and there is none.
    NoOwnEntryError
        If the set has no entry of one of them.
    """
    couple, equals, potential = couple.partition("=")
    poor_text, bar, rich_text = (part.strip() for part in couple.partition("|"))
    if not bar or not poor_text or not rich_text:
        raise ReservoirError(
            f"reference electrode {couple!r} names no couple; write In|LiIn, Sn|... or "
            "Ga|Li2Ga7=0.9"
        )
    poor = Formula.parse(poor_text)
    if set(poor.elements) <= {symbol}:
        raise ReservoirError(f"{poor} has no host beside {symbol}; write a couple as In|LiIn")
    phase_set.own_entry(poor)  # refuses what the set does not hold
    partners = same_host(phase_set, reactant(phase_set, poor), symbol)
    richer = [phase for phase in partners if phase.carriers > 0]
    if rich_text == UNKNOWN_PARTNER:
        if not richer:
            raise ReservoirError(
                f"{phase_set.source} has no phase of {poor.without(symbol)} with more {symbol} "
                f"than {poor}"
            )
        chosen = max(richer, key=lambda phase: phase.voltage)
        rich = chosen.partner
    else:
        rich = Formula.parse(rich_text)
        phase_set.own_entry(rich)
        matching = [phase for phase in richer if phase.partner.same_composition(rich)]
        if not matching:
            raise ReservoirError(
                f"{poor}|{rich} is not a couple of {symbol}: the second must be the first with "
                f"more {symbol}, as in In|LiIn"
            )
        chosen = matching[0]
    name = f"{poor}|{rich}"
    measured, source = MEASURED.get(name, (None, ""))
    if equals:
        try:
            measured, source = read_number(potential), "given"
        except ValueError:
            measured = math.nan
        if not abs(measured) <= LARGEST:
            raise ReservoirError(f"reference electrode {couple!r}: {potential!r} is not volts")
    return ReferenceElectrode(
        couple=name,
        symbol=symbol,
        plateau=chosen.voltage,
        experimental=measured,
        source=source,
    )
