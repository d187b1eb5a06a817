"""What a user of the page has chosen, as a link, a command line and Python."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, fields
from urllib.parse import parse_qs, urlencode

from interfaces.chemistry.numbers import read_number
from interfaces.errors import InputError
from workflows.analyses.conditions import Conditions, in_air, read_pressure
from workflows.analyses.setup import CHOICES, PhaseOptions

LONGEST = 80  #: characters of a material
MOST_KELVIN = 2000.0
VOLTAGES = (0.0, 5.0)


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
    energy : energy model of both materials; empty is the default of the verbs.
    """

    first: str = "NCM811"
    second: str = "LPSCl"
    content: float | None = None
    voltage: float | None = None
    temperature: float | None = None
    gas: str = ""
    energy: str = ""

    def __post_init__(self) -> None:
        for name in (self.first, self.second):
            if not name.strip() or len(name) > LONGEST:
                raise InputError(
                    f"{name[:LONGEST]!r} is no material; give a formula or a name, e.g. LPSCl"
                )
        _within("Li content x", self.content, (0.0, 20.0))
        _within("voltage", self.voltage, VOLTAGES)
        _within("temperature", self.temperature, (0.0, MOST_KELVIN))
        if self.energy and self.energy not in CHOICES:
            raise InputError(f"energy {self.energy[:LONGEST]!r}; choose {', '.join(CHOICES)}")

    @property
    def materials(self) -> tuple[str, str]:
        """Both materials as the verbs take them."""
        at = "" if self.content is None or "@" in self.first else f"@{self.content:g}"
        return self.first.strip() + at, self.second.strip()

    @property
    def options(self) -> PhaseOptions:
        """The bundled phases, and the energy model of both materials."""
        return PhaseOptions(energies=(self.energy,) if self.energy else ())

    @property
    def closed(self) -> Conditions:
        """Gas and temperature, without a voltage."""
        opened, gases = in_air((), (self.gas,) if self.gas else ())
        symbols = tuple(dict.fromkeys([*opened, *(_element(gas) for gas in gases)]))
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
        for key in ("content", "voltage", "temperature"):
            if key in given:
                values[key] = _number(key, given[key])
        return cls(**values)  # type: ignore[arg-type]

    def commands(self) -> list[str]:
        """Command lines of the curve, the window and the map."""
        shared = [
            *(["--temperature", f"{self.temperature:g}"] if self.temperature is not None else []),
            *(["--gas", self.gas] if self.gas else []),
            *(["--energy", self.energy] if self.energy else []),
        ]
        opened = [] if self.voltage is None else ["--open", "Li", "--voltage", f"{self.voltage:g}"]
        first, second = self.materials
        return [
            shlex.join(["interfaces", *words])
            for words in (
                ["curve", first, second, *opened, *shared],
                ["window", second, *shared],
                ["map", first, second, *shared],
            )
        ]

    def python(self) -> str:
        """Python that computes the curve."""
        conditions = self.closed
        opened = conditions.opened if self.voltage is None else ("Li", *conditions.opened)
        facts = {
            "opened": opened, "voltage": self.voltage, "pressures": conditions.pressures,
            "temperature": conditions.temperature,
        }  # fmt: skip
        words = ", ".join(f"{k}={v!r}" for k, v in facts.items() if v not in (None, ()))
        energies = f"energies={self.options.energies!r}" if self.energy else ""
        first, second = self.materials
        return (
            "from workflows import compute_curve\n"
            "from workflows.analyses.conditions import Conditions\n"
            "from workflows.analyses.setup import PhaseOptions\n\n"
            f"curve = compute_curve(\n    {first!r}, {second!r}, PhaseOptions({energies}), "
            f"Conditions({words})\n)\nprint(curve.minimum_mutual.reaction)\n"
        )


def _within(name: str, value: float | None, limits: tuple[float, float]) -> None:
    if value is not None and not limits[0] <= value <= limits[1]:
        raise InputError(f"{name} {value:g} is outside {limits[0]:g} to {limits[1]:g}")


def _number(key: str, text: str) -> float:
    try:
        return read_number(text)
    except ValueError:
        raise InputError(f"{key} {text[:LONGEST]!r} is not a number") from None


def _element(gas: str) -> str:
    return gas.partition("=")[0].rstrip("0123456789")
