r"""Reservoirs: elements at a fixed chemical potential.

Against its metal a carrier of charge z at voltage V has :math:`\mu = -z V`; a gas at temperature
and pressure has :math:`\mu(T, p)`. Potentials are per atom and relative to the element of the phase
set, so that 0 means in equilibrium with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log
from typing import ClassVar

import numpy as np

from interfaces.chemistry.formulas import Formula
from interfaces.chemistry.units import BOLTZMANN, KJ_PER_MOL, both_scales
from interfaces.errors import LARGEST, ReservoirError, TemperatureError, finite
from interfaces.serialisable import Keys, Record

ROOM = 298.15  #: K, where thermochemical tables begin; pymatgen's begin at 300 K


def covers(table: Mapping[str, object], temperature: float) -> bool:
    """Whether a temperature [K] lies between 298.15 K and the last one of a table.

    Parameters
    ----------
    table : keys are temperatures [K] as strings.
    temperature : temperature [K].

    Returns
    -------
    bool
        Whether the table can be interpolated there.
    """
    return ROOM <= temperature <= max(map(float, table))


def tabulated(table: Mapping[str, float], temperature: float) -> float:
    """Value of a table at a temperature.

    Between tabulated temperatures it is linear; the line of the lowest two goes on to 298.15 K. The
    1.85 K below 300 K leave an error of about 0.1 meV/atom. pymatgen books the value of 300 K at
    0 K as well, which is not used.

    Parameters
    ----------
    table : temperature [K], as text, -> energy [eV].
    temperature : [K], from 298.15; see `covers`.

    Returns
    -------
    float
        Interpolated value, in the unit of the table.

    Examples
    --------
    >>> table = {"0": -1.0, "300": -1.0, "400": -1.2, "500": -1.5}
    >>> round(tabulated(table, 350), 6), round(tabulated(table, 298.15), 6)
    (-1.1, -0.9963)
    """
    known = sorted((float(kelvin), value) for kelvin, value in table.items() if float(kelvin) > 0)
    kelvins, values = (np.array(column) for column in zip(*known, strict=True))
    if temperature < kelvins[0]:
        slope = (values[1] - values[0]) / (kelvins[1] - kelvins[0])
        return float(values[0] + slope * (temperature - kelvins[0]))
    return float(np.interp(temperature, kelvins, values))


CHARGES: Mapping[str, int] = {"Li": 1, "Na": 1, "K": 1, "Mg": 2, "Ca": 2, "Zn": 2, "Al": 3}

HOTTEST = 10_000.0  #: K

#: H(298.15 K) - H(0 K) of the molecules [kJ/mol], CODATA 1989.
GAS_ENTHALPY: Mapping[str, float] = {"O": 8.680, "N": 8.670, "H": 8.468, "F": 8.825, "Cl": 9.181}


@dataclass(frozen=True)
class OpenElement(Record):
    """An element that is exchanged with a reservoir.

    Attributes
    ----------
    symbol : element.
    chemical_potential : relative to the element of the phase set [eV/atom].
    condition : description for labels, e.g. ``Li at 4.3 V``.
    """

    KEYS: ClassVar[Keys] = {
        "element": "symbol", "chemical_potential_ev_per_atom": "chemical_potential",
        "condition": "condition",
    }  # fmt: skip

    symbol: str
    chemical_potential: float
    condition: str

    @property
    def charge(self) -> int:
        """Charge number of the ion; 0 for an element that is not a carrier."""
        return CHARGES.get(self.symbol, 0)

    @property
    def voltage(self) -> float | None:
        """Voltage against the metal [V], for a carrier."""
        return -self.chemical_potential / self.charge if self.charge else None

    @property
    def exchanged_as(self) -> Formula:
        """What crosses the boundary in a written reaction: Li, O2."""
        return Formula.parse(self.symbol + ("2" if self.symbol in GAS_ENTHALPY else ""))

    def __str__(self) -> str:
        return self.condition


def charge_of(symbol: str) -> int:
    """Charges that an atom of a carrier takes through the cell.

    Parameters
    ----------
    symbol : the carrier.

    Returns
    -------
    int
        Charge number z.

    Raises
    ------
    ReservoirError
        If the element is not a carrier.
    """
    if symbol not in CHARGES:
        raise ReservoirError(
            f"no voltage of {symbol!r}: carriers are {', '.join(CHARGES)}; "
            "any other element is opened at a chemical potential"
        )
    return CHARGES[symbol]


def at_voltage(symbol: str, voltage: float, condition: str = "") -> OpenElement:
    """A carrier at a voltage against its own metal [V]: mu = -z V.

    Parameters
    ----------
    symbol : the carrier.
    voltage : 0 or more [V].
    condition : description for labels; by default from the voltage.

    Returns
    -------
    OpenElement
        The open carrier.

    Raises
    ------
    ReservoirError
        If the voltage is negative (the metal plates without end) or the element carries no charge.

    Examples
    --------
    >>> at_voltage("Mg", 1.5).chemical_potential
    -3.0
    """
    charge = charge_of(symbol)
    if not 0 <= voltage < float("inf"):
        raise ReservoirError(
            f"{voltage:g} V against {symbol} metal: below 0 V the metal plates without end; "
            "give 0 V or more"
        )
    finite(voltage, f"voltage against {symbol} metal [V]", ReservoirError)
    return OpenElement(symbol, -charge * voltage, condition or f"{symbol} at {voltage:g} V")


def at_potential(symbol: str, chemical_potential: float) -> OpenElement:
    """Any element at a chemical potential [eV/atom] relative to the element itself, <= 0.

    Parameters
    ----------
    symbol : element.
    chemical_potential : relative to the element [eV/atom], 0 or negative.

    Returns
    -------
    OpenElement
        The open element.

    Raises
    ------
    ReservoirError
        If it is positive: the element itself would precipitate.
    """
    Formula.parse(symbol)
    if not -LARGEST <= chemical_potential <= 0:
        raise ReservoirError(
            f"chemical potential {chemical_potential:g} eV/atom of {symbol}: above 0 the element "
            "itself grows without end; give 0 or less, a finite number"
        )
    return OpenElement(symbol, chemical_potential, f"{symbol} at {chemical_potential:g} eV/atom")


def gas(symbol: str, temperature: float, pressure: float, *, solids_at: float) -> OpenElement:
    r"""The element of a diatomic gas (O2, N2, H2, F2, Cl2) at temperature [K] and pressure [bar].

    With phases whose Gibbs energies already refer to the elements at T (``solids_at`` = T),
    :math:`\mu = \tfrac12 k T \ln p`. With energies at 0 K (``solids_at`` = 0) the gas brings its
    own temperature, :math:`\mu = \tfrac12 [\Delta G(T) + k T \ln p]`, from tables. Never both.

    Parameters
    ----------
    symbol : O, N, H, F or Cl.
    temperature : temperature [K].
    pressure : partial pressure [bar].
    solids_at : temperature of the phase energies [K]; 0 for enthalpies.

    Returns
    -------
    OpenElement
        The open element.

    Raises
    ------
    TemperatureError
        If the phases are at another temperature than the gas, or T is outside the tables.
    ReservoirError
        If the element is not a diatomic gas (CO2, SO2, H2O, HF are compounds: phases of the set),
        the pressure is not positive, or so high that the element itself would grow.
    """
    if symbol not in GAS_ENTHALPY:
        raise ReservoirError(
            f"{symbol} is not an elemental gas ({', '.join(f'{s}2' for s in GAS_ENTHALPY)}); "
            "a compound such as CO2 is a phase, at its own pressure with --gas"
        )
    if not 0 < pressure < float("inf"):
        raise ReservoirError(f"pressure {pressure:g} bar of {symbol}2; give a positive one")
    if solids_at and not 0 < temperature <= HOTTEST:  # with phases at 0 K the tables say it
        raise TemperatureError(
            f"{symbol}2 at {temperature:g} K; give a temperature above 0, {HOTTEST:g} K at most"
        )
    if solids_at not in (0.0, temperature):
        raise TemperatureError(
            f"{symbol}2 at {temperature:g} K with phases at {solids_at:g} K; "
            "one temperature for both, or phases at 0 K"
        )
    own = 0.0 if solids_at else _tabulated(symbol, temperature)
    potential = own + 0.5 * BOLTZMANN * temperature * log(pressure)
    if potential > 0:
        raise ReservoirError(
            f"{symbol}2 at {pressure:g} bar and {temperature:g} K lies above the element of the "
            f"phase set by {potential:.3f} eV/atom and would grow without end; lower the pressure"
        )
    condition = f"{symbol}2 at {pressure:g} bar and {both_scales(temperature)}"
    return OpenElement(symbol, potential, condition)


def _tabulated(symbol: str, temperature: float) -> float:
    """Potential [eV/atom] of a gas at T and 1 bar above its molecule at 0 K, from tables."""
    from pymatgen.entries.computed_entries import G_ELEMS

    if not covers(G_ELEMS, temperature):
        raise TemperatureError(
            f"gases are tabulated from {ROOM:g} to {max(map(int, G_ELEMS))} K; {temperature:g} K "
            "is outside"
        )
    # relative to the element at 298.15 K
    values = {T: energies[symbol] for T, energies in G_ELEMS.items()}
    return tabulated(values, temperature) + GAS_ENTHALPY[symbol] / KJ_PER_MOL / 2


def nonopen(symbols: Sequence[str]) -> str:
    """Name of the atoms that are counted where some elements are open.

    Parameters
    ----------
    symbols : open elements.

    Returns
    -------
    str
        E.g. ``non-Li``.

    Examples
    --------
    >>> nonopen(["Li"]), nonopen(["Li", "O"])
    ('non-Li', 'non-(Li, O)')
    """
    return f"non-{symbols[0]}" if len(symbols) == 1 else f"non-({', '.join(symbols)})"
