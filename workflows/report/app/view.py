"""What a user of the page has chosen, as a link, command lines and Python."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Final
from urllib.parse import parse_qs, urlencode

from interfaces.chemistry.numbers import read_number
from interfaces.errors import InputError
from workflows.analyses.conditions import AIR, Conditions, in_air, read_pressure
from workflows.analyses.setup import CHOICES, PhaseOptions

LONGEST = 80  #: characters of a material, a gas or an energy
MOST_KELVIN = 2000.0
VOLTAGES = (0.0, 5.0)
CONTENTS = (0.0, 1.0)
NUMBERS = ("content", "voltage", "temperature")  #: fields that are numbers
MEASURED: Final = "measured"


@dataclass(frozen=True, kw_only=True)
class View:
    """Two materials and the conditions under which they meet.

    Attributes
    ----------
    first, second : formulas or names.
    content : Li content x of the first material, of a named cathode; None as it is.
    voltage : [V] against lithium metal; None is closed.
    temperature : [K]; None is 0 K.
    gas : ``air``, or a gas with its pressure such as ``O2=1``; empty is none.
    correction : ``measured`` for measured enthalpies of molecules and oxyanion salts; else empty.
    energy_first, energy_second : energy model, or formation energy [eV/atom], of a material; empty
        is the default of the verbs.
    """

    first: str = "NCM811"
    second: str = "LPSCl"
    content: float | None = None
    voltage: float | None = None
    temperature: float | None = None
    gas: str = ""
    correction: str = ""
    energy_first: str = ""
    energy_second: str = ""

    def __post_init__(self) -> None:
        for name in (self.first, self.second):
            if not name.strip() or len(name) > LONGEST:
                raise InputError(
                    f"{name[:LONGEST]!r} is not a material; give a formula or a name, e.g. LPSCl"
                )
        _within("Li content x", self.content, CONTENTS)
        _within("voltage", self.voltage, VOLTAGES)
        _within("temperature", self.temperature, (0.0, MOST_KELVIN))
        if self.correction not in ("", MEASURED):
            raise InputError(f"correction {self.correction[:LONGEST]!r}; {MEASURED} or nothing")
        for energy in (self.energy_first, self.energy_second):
            _check_energy(energy)

    @property
    def materials(self) -> tuple[str, str]:
        """Both materials as the verbs take them."""
        at = "" if self.content is None or "@" in self.first else f"@{self.content:g}"
        return self.first.strip() + at, self.second.strip()

    @property
    def options(self) -> PhaseOptions:
        """The bundled phases, the energies of both materials and the correction."""
        chosen = zip(self.materials, (self.energy_first, self.energy_second), strict=True)
        return PhaseOptions(
            energies=tuple(f"{name}={energy.strip()}" for name, energy in chosen if energy.strip()),
            correction=MEASURED if self.correction else None,
        )

    @property
    def closed(self) -> Conditions:
        """Gas and temperature, without a voltage."""
        opened, gases = in_air((), (self.gas.strip(),) if self.gas.strip() else ())
        symbols = tuple(dict.fromkeys([*opened, *filter(None, map(_element, gases))]))
        return Conditions(
            opened=symbols,
            pressures=tuple(read_pressure(gas) for gas in gases),
            temperature=self.temperature,
        )

    @property
    def link(self) -> str:
        """Query of the address that restores this view."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return "?" + urlencode({k: v for k, v in values.items() if v not in (None, "")})

    @classmethod
    def from_link(cls, query: str) -> View:
        """Read a link.

        Raises
        ------
        InputError
            If a value is not of its kind.
        """
        given = {key: values[-1] for key, values in parse_qs(query.lstrip("?")).items()}
        known = {field.name for field in fields(cls)}
        values: dict[str, object] = {k: v for k, v in given.items() if k in known}
        for key in NUMBERS:
            if key in given:
                values[key] = _number(key, given[key])
        return cls(**values)  # type: ignore[arg-type]

    def commands(self) -> list[str]:
        """Command lines of the curve, the window and the map."""
        first, second = self.materials
        opened = [] if self.voltage is None else ["--open", "Li", "--voltage", f"{self.voltage:g}"]
        return [
            shlex.join(["interfaces", *words])
            for words in (
                ["curve", first, second, *opened, *self._shared(first, second)],
                ["window", second, *self._shared(second)],
                ["map", first, second, *self._shared(first, second)],
            )
        ]

    def _shared(self, *materials: str) -> list[str]:
        """Options of a verb that takes these materials."""
        energies = self.options.meant_for(materials).energies
        gas = self.gas.strip()
        opened = () if gas == AIR else self.closed.opened  # air opens oxygen by itself
        return [
            *(["--temperature", f"{self.temperature:g}"] if self.temperature is not None else []),
            *(["--gas", gas] if gas else []),
            *(word for symbol in opened for word in ("--open", symbol)),
            *(["--correction", self.correction] if self.correction else []),
            *(word for energy in energies for word in ("--energy", energy)),
        ]

    def python(self) -> str:
        """Python that computes the curve."""
        conditions, options = self.closed, self.options
        opened = conditions.opened if self.voltage is None else ("Li", *conditions.opened)
        facts = {
            "opened": opened, "voltage": self.voltage, "pressures": conditions.pressures,
            "temperature": conditions.temperature,
        }  # fmt: skip
        of_phases = {"energies": options.energies, "correction": options.correction}
        first, second = self.materials
        return (
            "from workflows import compute_curve\n"
            "from workflows.analyses.conditions import Conditions\n"
            "from workflows.analyses.setup import PhaseOptions\n\n"
            "curve = compute_curve(\n"
            f"    {first!r}, {second!r},\n"
            f"    PhaseOptions({_words(of_phases)}),\n"
            f"    Conditions({_words(facts)}),\n)\n"
            "print(curve.minimum_mutual.reaction)\n"
        )


def _words(values: Mapping[str, object]) -> str:
    return ", ".join(f"{k}={v!r}" for k, v in values.items() if v not in (None, ()))


def _within(name: str, value: float | None, limits: tuple[float, float]) -> None:
    if value is not None and not limits[0] <= value <= limits[1]:
        raise InputError(f"{name} {value:g} is outside {limits[0]:g} to {limits[1]:g}")


def _check_energy(energy: str) -> None:
    if not energy.strip() or energy.strip() in CHOICES:
        return
    try:
        read_number(energy)
    except ValueError:
        raise InputError(
            f"energy {energy[:LONGEST]!r}; give {', '.join(CHOICES)} or a formation energy in "
            "eV/atom"
        ) from None


def _number(key: str, text: str) -> float:
    try:
        return read_number(text)
    except ValueError:
        raise InputError(f"{key} {text[:LONGEST]!r} is not a number") from None


def _element(gas: str) -> str | None:
    """The element of an elemental gas, which is open; a compound such as H2O is a phase."""
    name = gas.partition("=")[0]
    symbol = name.rstrip("0123456789")
    return symbol if sum(letter.isupper() for letter in symbol) == 1 else None
