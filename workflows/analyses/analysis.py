"""What every kind of analysis has in common: specification -> analysis -> result.

A kind is one module: its specification (the keys in a job file), the analysis with everything that
its result follows from, and how that result becomes CSV, a figure, headline numbers and sentences.
:mod:`workflows.analyses.registry` lists the kinds; command line, job files, records, replay and
reports look them up there.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.reference_electrodes import Plateau
from interfaces.serialisable import Serialisable
from workflows.analyses.conditions import Conditions, in_air, read_pressure
from workflows.analyses.setup import PhaseOptions
from workflows.data.measured_enthalpies import Correction
from workflows.io.resources import DEFAULT_SET

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NONOPEN = "eV/non-open atom"


@dataclass(frozen=True)
class Headline:
    """A number or a word that a reader looks for first.

    Attributes
    ----------
    quantity, value, unit : what it is.
    at : the mixing fraction or voltage where it occurs.
    products : what forms there.
    """

    quantity: str
    value: float | str
    unit: str
    at: str = ""
    products: str = ""


@dataclass(frozen=True, kw_only=True)
class AnalysisSpec(Serialisable):
    """One analysis of a job file; keys that all kinds take, with the meaning of the verb's options.

    A kind adds a field named after itself with its materials. Fields of tuples are lists in a
    file. ``label`` is the key ``as``; ``phases`` is a key of the job, not of its analyses.
    """

    open: tuple[str, ...] = ()
    gas: tuple[str, ...] = ()
    energy: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    temperature: float | None = None
    gas_temperature: float | None = None
    reference: str | None = None
    plateau: Plateau = "set"
    correction: Correction | None = None
    products: str | None = None
    label: str | None = None
    phases: str | PhaseSet = DEFAULT_SET

    kind: ClassVar[str]

    @property
    def materials(self) -> tuple[str, ...]:
        """The materials that the analysis is named after."""
        named: str | tuple[str, ...] = getattr(self, self.kind)
        return (named,) if isinstance(named, str) else tuple(named)

    @property
    def name(self) -> str:
        """Name of its files: the label, or such as ``curve_NCM811-0.5_LPSCl_4.3V``."""
        if self.label:
            return self.label
        parts = [self.kind, *self.materials]
        conditions = self.conditions
        if conditions.voltage is not None:
            parts.append(f"{conditions.voltage:g}V")
        for kelvin in (conditions.temperature, conditions.gas_temperature):
            if kelvin is not None:
                parts.append(f"{kelvin:g}K")
        parts += [word for word in (self.correction, self.products) if word]
        return "_".join(re.sub(r"[^A-Za-z0-9.]+", "-", part) for part in parts)

    @property
    def conditions(self) -> Conditions:
        """Open elements, pressures and temperatures.

        Raises
        ------
        InputError
            If a pressure is not one.
        """
        opened, gases = in_air(self.open, self.gas)
        return Conditions(
            opened=opened,
            voltage=getattr(self, "voltage", None),
            reference=self.reference,
            plateau=self.plateau,
            pressures=tuple(read_pressure(pressure) for pressure in gases),
            temperature=self.temperature,
            gas_temperature=self.gas_temperature,
        )

    @property
    def options(self) -> PhaseOptions:
        """Phase set, exclusions and energy models of the reactants."""
        return PhaseOptions(
            phases=self.phases,
            energies=self.energy,
            exclude=self.exclude,
            correction=self.correction,
            products=self.products,
        )

    def check(self) -> None:
        """Read what is written as text (pressures, ranges), before any phase is loaded.

        Raises
        ------
        InputError
            If one of them cannot be read.
        """
        _ = self.conditions


class Analysis(ABC):
    """An analysis with everything that its result follows from: phases, reactants, conditions.

    Attributes
    ----------
    kind : its name: the verb of the command line and the key in a job file.
    spec : its specification; None for a kind that follows from another one's (uptake).
    compared : numbers of the result that a replay on another phase set compares, as paths.
    """

    kind: ClassVar[str]
    spec: ClassVar[type[AnalysisSpec] | None] = None
    compared: ClassVar[tuple[str, ...]] = ()

    if TYPE_CHECKING:  # fields of the dataclasses, each in its own place

        @property
        def phase_set(self) -> PhaseSet:
            """The phases that can form."""

        @property
        def provenance(self) -> Mapping[str, str]:
            """Versions, phase set and conditions."""

    @classmethod
    def prepare(cls, spec: Any) -> Analysis:
        """Load the phases and reactants of a specification.

        Raises
        ------
        InterfaceError
            As the verb of that name would.
        """
        raise NotImplementedError(f"{cls.kind} has no specification of its own")

    @abstractmethod
    def run(self) -> Any:
        """Compute the result."""

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """Everything but the phases, as plain values."""

    @classmethod
    @abstractmethod
    def from_record(cls, data: Mapping[str, Any], phase_set: PhaseSet) -> Self:
        """The inverse of :meth:`to_dict`, on a phase set."""

    @staticmethod
    @abstractmethod
    def csv(result: Any) -> str:
        """The result as CSV, a header first."""

    @staticmethod
    @abstractmethod
    def figure(result: Any) -> Figure:
        """Draw the result."""

    @staticmethod
    @abstractmethod
    def show(result: Any) -> None:
        """Print the result for a person."""

    @staticmethod
    @abstractmethod
    def headlines(result: Any) -> Sequence[Headline]:
        """The numbers that a reader looks for first."""

    @abstractmethod
    def title(self) -> str:
        """What the analysis computes, as the heading of a report."""

    @abstractmethod
    def summary(self, recorded: Mapping[str, Any]) -> str:
        """The main finding of a recorded result, in a sentence or two."""


MINUS = "\N{MINUS SIGN}"
#: eV/atom; reaction energies closer than this are level. The error of DFT's, doi
#: 10.1103/PhysRevB.85.155208, and of the bundled set's formation energies.
LEVEL = 0.024


def number(value: float, digits: int = 3) -> str:
    """A number with a proper minus sign.

    >>> number(-0.5), number(2.0, 1)
    ('−0.500', '2.0')
    """
    return f"{value:z.{digits}f}".replace("-", MINUS)


def listed(words: Sequence[str]) -> str:
    """Words as a list in a sentence.

    >>> listed(["LiTFSI", "LPSCl", "ECA"])
    'LiTFSI, LPSCl and ECA'
    """
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def energy_in(kink: Mapping[str, Any], part: str, basis: str) -> float:
    """An energy of a kink in the basis of its curve: ``reaction`` or ``mutual``."""
    unit = "nonopen_atom" if basis == "per_nonopen_atom" else "atom"
    return float(kink[f"{part}_energy_ev_per_{unit}"])


def energy_unit(basis: str) -> str:
    """Unit of the energies of a basis."""
    return "eV per non-open atom" if basis == "per_nonopen_atom" else "eV/atom"
