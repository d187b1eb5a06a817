"""Reservoirs of an analysis: what is open, at which voltage, pressure and temperature.

``Conditions`` are words as a user gives them; with a phase set at hand they become the open
elements of :mod:`interfaces.phases.reservoirs`.
"""

from __future__ import annotations

from dataclasses import dataclass

from interfaces.chemistry.formulas import Formula
from interfaces.chemistry.numbers import read_number
from interfaces.chemistry.units import KJ_PER_MOL, both_scales
from interfaces.errors import FormulaError, InputError
from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.reference_electrodes import (
    UNKNOWN_PARTNER,
    Plateau,
    ReferenceElectrode,
    reference_electrode,
)
from interfaces.phases.reservoirs import (
    CHARGES,
    GAS_ENTHALPY,
    OpenElement,
    at_potential,
    at_voltage,
    gas,
)


@dataclass(frozen=True)
class Conditions:
    """The conditions of an analysis.

    Attributes
    ----------
    opened : elements in exchange with a reservoir; ``O=-1.2`` gives a chemical potential [eV/atom].
    voltage : [V] of the carrier among them, against its metal or against ``reference``.
    reference : a couple, ``In|LiIn``; see
        :func:`interfaces.phases.reference_electrodes.reference_electrode`.
    plateau : which potential of the couple converts the voltage, ``set`` or ``experimental``.
    pressures : gas -> partial pressure [bar].
    temperature : [K] of phases and gases; Gibbs energies by SISSO. Without it energies are at 0 K.
    gas_temperature : [K] of elemental gases over phases at 0 K, from tables.
    """

    opened: tuple[str, ...] = ()
    voltage: float | None = None
    reference: str | None = None
    plateau: Plateau = "set"
    pressures: tuple[tuple[str, float], ...] = ()
    temperature: float | None = None
    gas_temperature: float | None = None

    @property
    def symbols(self) -> tuple[str, ...]:
        """The open elements."""
        return tuple(_symbol(text) for text in self.opened)

    @property
    def elements(self) -> frozenset[str]:
        """Elements of the phase set besides those of the reactants."""
        couple = (self.reference or "").partition("=")[0].split("|")
        if len(couple) == 1 and self.reference:
            raise InputError(f"--reference {self.reference} {NO_COUPLE}")
        hosts = [part.strip() for part in couple if part.strip() not in ("", UNKNOWN_PARTNER)]
        return frozenset(self.symbols).union(*(Formula.parse(part).elements for part in hosts))

    @property
    def gas_pressures(self) -> dict[str, float]:
        """Partial pressures of compounds (CO2, H2O ...), which are phases and no reservoirs."""
        return {name: p for name, p in self.pressures if _diatomic(name) is None}

    def describe(self) -> dict[str, str]:
        """The conditions, for the provenance."""
        record = {
            "open": " ".join(self.opened),
            "voltage_V": "" if self.voltage is None else f"{self.voltage:g}",
            "reference": f"{self.reference} ({self.plateau})" if self.reference else "",
            "pressures_bar": " ".join(f"{name}={p:g}" for name, p in self.pressures),
            "temperature_K": "" if self.temperature is None else f"{self.temperature:g}",
            "gas_temperature_K": ""
            if self.gas_temperature is None
            else f"{self.gas_temperature:g}",
        }
        gases = [symbol for symbol in self.symbols if symbol in GAS_ENTHALPY]
        if self.gas_temperature is not None and gases:
            above = ", ".join(
                f"{1000 * GAS_ENTHALPY[symbol] / KJ_PER_MOL / 2:.0f} meV per {symbol}"
                for symbol in gases
            )
            record["gas_reference"] = (
                f"the gas at {both_scales(self.gas_temperature)} is referred to its molecule at "
                f"0 K, {above} above the reference of enthalpies at 298.15 K"
            )
        return {key: text for key, text in record.items() if text}

    def check(self, *, needs_voltage: bool = True) -> None:
        """Refuse words that contradict each other or would have no effect.

        Raises
        ------
        InputError
            With what was given, and what would make sense.
        """
        # what a voltage or a pressure sets, its potential not being given as --open O=EV
        free = [_symbol(text) for text in self.opened if "=" not in text]
        carriers = [symbol for symbol in free if symbol in CHARGES]
        if len(set(self.symbols)) < len(self.symbols):
            raise InputError(f"--open {' --open '.join(self.opened)}: an element is named twice")
        if self.temperature is not None and self.gas_temperature is not None:
            raise InputError(
                "--temperature and --gas-temperature both set the gas; give the first for Gibbs "
                "energies of all, the second for gases over phases at 0 K"
            )
        if needs_voltage and self.voltage is not None and len(carriers) != 1:
            raise InputError(
                f"--voltage {self.voltage:g} belongs to one carrier; "
                f"found {' '.join(carriers) or 'none'} open, add --open Li"
            )
        if needs_voltage and carriers and self.voltage is None:
            raise InputError(
                f"--open {carriers[0]} needs --voltage, or its potential as "
                f"--open {carriers[0]}=EV in eV/atom"
            )
        if self.reference is not None and needs_voltage and self.voltage is None:
            raise InputError(f"--reference {self.reference} has no effect without --voltage")
        if self.reference is None and self.plateau != "set":
            raise InputError(f"--plateau {self.plateau} has no effect without --reference")
        names = [name for name, _ in self.pressures]
        if len(set(names)) < len(names):
            raise InputError(f"--gas {' --gas '.join(names)}: a gas is given twice")
        for name in names:
            element = _diatomic(name)
            if element is not None and element not in GAS_ENTHALPY:
                raise InputError(
                    f"--gas {name}: {element} is not an elemental gas; those are "
                    f"{', '.join(f'{symbol}2' for symbol in GAS_ENTHALPY)}"
                )
            if element is not None and element not in free:
                raise InputError(f"--gas {name}: the pressure of {name} needs --open {element}")
        if self.gas_pressures and self.temperature is None:
            raise InputError(
                f"--gas {next(iter(self.gas_pressures))}: the pressure of a compound needs "
                "--temperature"
            )
        if self.gas_temperature is not None and not any(s in GAS_ENTHALPY for s in free):
            raise InputError("--gas-temperature has no effect without an open gas, e.g. --open O")


NO_COUPLE = "names no couple; write host and lithiated phase: 'In|LiIn', 'Sn|...', 'Ga|Li2Ga7=0.9'"
CLOSED = Conditions()
AIR = "air"  #: short for O2=0.21 with O open; CO2 and water of the air are left out


def in_air(
    opened: tuple[str, ...], gases: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Open elements and pressures with ``air`` written out: oxygen at 0.21 bar, O open.

    >>> in_air((), ("air",))
    (('O',), ('O2=0.21',))
    """
    if AIR not in gases:
        return opened, gases
    symbols = [text.partition("=")[0].strip() for text in opened]
    pressures = tuple("O2=0.21" if gas == AIR else gas for gas in gases)
    return (opened if "O" in symbols else (*opened, "O")), pressures


def read_temperature(text: str) -> float:
    """Temperature [K] of ``973``, ``973K`` or ``700C``.

    Raises
    ------
    InputError
        If it is no temperature.

    Examples
    --------
    >>> read_temperature("700C"), read_temperature("973K"), read_temperature("973")
    (973.15, 973.0, 973.0)
    """
    word = text.strip()
    celsius = word[-1:] in ("C", "c")
    try:
        value = read_number(word.rstrip("CcKk").removesuffix("°").rstrip())
    except ValueError:
        raise InputError(f"{text!r} is not a temperature; write 973, 973K or 700C") from None
    return value + 273.15 if celsius else value


def _symbol(text: str) -> str:
    name = text.partition("=")[0].strip()
    try:
        formula = Formula.parse(name)
    except FormulaError as error:
        raise FormulaError(f"--open {text}: {error}; open an element such as Li or O") from None
    if len(formula.elements) != 1:
        raise InputError(
            f"--open {text}: {name} is a compound, and so a phase; open an element such as Li or O"
        )
    return formula.elements[0]


def _diatomic(name: str) -> str | None:
    """The element of a gas such as O2, or None for a compound."""
    formula = Formula.parse(name)
    return formula.elements[0] if len(formula.elements) == 1 else None


def read_pressure(text: str) -> tuple[str, float]:
    """Gas and partial pressure [bar] of ``O2=0.21``."""
    name, _, value = text.partition("=")
    try:
        Formula.parse(name)
        return name, read_number(value)
    except (ValueError, FormulaError):
        raise InputError(f"--gas {text}: write a gas and its bar, e.g. O2=0.21") from None


def electrode(
    conditions: Conditions, phase_set: PhaseSet, carrier: str = "Li"
) -> ReferenceElectrode | None:
    """The reference electrode that was named, if one was."""
    if conditions.reference is None:
        return None
    return reference_electrode(phase_set, conditions.reference, carrier)


def reservoirs(
    conditions: Conditions, phase_set: PhaseSet, *, without: str | None = None
) -> tuple[OpenElement, ...]:
    """The open elements at their potentials, the one with the voltage first.

    ``without`` leaves out the carrier whose voltage is a variable of the analysis.
    """
    elements = []
    for text in conditions.opened:
        symbol = _symbol(text)
        _, equals, potential = text.partition("=")
        if symbol == without:
            if equals:
                raise InputError(f"--open {text}: the voltage sets {symbol} here; leave it out")
            continue
        if equals:
            elements.append(at_potential(symbol, _potential(text, potential)))
        elif symbol in CHARGES:
            elements.insert(0, _at_voltage(conditions, phase_set, symbol))
        else:
            elements.append(_gas(conditions, symbol))
    return tuple(elements)


def _potential(text: str, potential: str) -> float:
    try:
        return read_number(potential)
    except ValueError:
        raise InputError(f"--open {text}: {potential!r} is not eV/atom") from None


def _at_voltage(conditions: Conditions, phase_set: PhaseSet, symbol: str) -> OpenElement:
    if conditions.voltage is None:
        raise InputError(
            f"--open {symbol} needs --voltage, or --open {symbol}=POTENTIAL in eV/atom"
        )
    couple = electrode(conditions, phase_set, symbol)
    if couple is None:
        return at_voltage(symbol, conditions.voltage)
    against = couple.to_metal(conditions.voltage, conditions.plateau)
    return at_voltage(
        symbol,
        against,
        f"{symbol} at {conditions.voltage:g} V against {couple.couple}, "
        f"{against:.4g} V against {symbol} by the {conditions.plateau} potential",
    )


def _gas(conditions: Conditions, symbol: str) -> OpenElement:
    pressure = next((p for name, p in conditions.pressures if _diatomic(name) == symbol), None)
    temperature = conditions.temperature or conditions.gas_temperature
    if pressure is None or temperature is None:
        molecule = f"{symbol}2"
        raise InputError(
            f"--open {symbol} needs --gas {molecule}=BAR with --temperature or --gas-temperature, "
            f"or --open {symbol}=POTENTIAL in eV/atom"
        )
    return gas(symbol, temperature, pressure, solids_at=conditions.temperature or 0.0)
