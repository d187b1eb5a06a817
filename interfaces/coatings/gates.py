"""Gates: criteria that a coating has to pass, each optional."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from interfaces.chemistry.formulas import ATOMIC_MASS, Formula
from interfaces.errors import InputError
from interfaces.phases.phase_set import ON_HULL
from interfaces.serialisable import Serialisable

if TYPE_CHECKING:
    from interfaces.coatings.contacts import Contact

DISCHARGED, CHARGED = "discharged", "charged"  #: Li contents that have a gate of their own
SAME = 1e-9  #: eV/atom or V; differences below this are round-off

Limits = tuple[float | None, float | None]
#: of a window [V]: reduction, oxidation; the second is None where no voltage oxidizes it


@dataclass(frozen=True)
class Failure(Serialisable):
    """A gate that a coating does not pass, and the value that fails it.

    Attributes
    ----------
    gate : name of the gate.
    reason : the value that fails it.
    """

    gate: str
    reason: str

    def __str__(self) -> str:
        return f"{self.gate}: {self.reason}"


@dataclass(frozen=True)
class Gates(Serialisable):
    """Limits of a screen of coatings; None or False takes one away.

    Attributes
    ----------
    energy_above_hull : at most [eV/atom].
    reduction : limit of the window, at most [V].
    oxidation : limit of the window, at least [V].
    with_discharged, with_charged : size of the mutual energy with the cathode, at most [eV/atom].
    with_electrolyte : size of the mutual energy with the electrolyte, at most [eV/atom].
    milder_than_bare : at every Li content the worse of the two contacts is milder than the
        bare contact of cathode and electrolyte.
    covers_cathode : the window holds every voltage of the cathode.
    meets_electrolyte : the window and that of the electrolyte share a voltage.
    without : elements that it must not hold.
    """

    energy_above_hull: float | None = None
    reduction: float | None = None
    oxidation: float | None = None
    with_discharged: float | None = None
    with_charged: float | None = None
    with_electrolyte: float | None = None
    milder_than_bare: bool = False
    covers_cathode: bool = False
    meets_electrolyte: bool = False
    without: tuple[str, ...] = ()

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Gates:
        """Read limits by name.

        Parameters
        ----------
        data : gate -> limit.

        Returns
        -------
        Gates
            The gates.

        Raises
        ------
        InputError
            If a name is none of the gates, or a value does not fit.

        Examples
        --------
        >>> Gates.from_dict({"oxidation": 4, "without": ["U"]}).oxidation
        4.0
        """
        names = {gate.name: gate for gate in fields(cls)}
        read: dict[str, Any] = {}
        for name, value in data.items():
            if name not in names:
                raise InputError(f"no gate is named {name!r}; gates are {', '.join(names)}")
            read[name] = _value(name, str(names[name].type), value)
        return cls(**read)

    def to_dict(self) -> dict[str, Any]:
        """Plain values; read back by :meth:`from_dict`.

        Returns
        -------
        dict[str, Any]
            JSON-serialisable values; the keys name the units.
        """
        return {
            gate.name: list(value)
            if isinstance(value := getattr(self, gate.name), tuple)
            else value
            for gate in fields(self)
        }

    # ------------------------------------------------------------------ one tier after the other

    def of_phase(self, formula: Formula, above_hull: float | None) -> list[Failure]:
        """Check the energy above hull and the elements.

        Parameters
        ----------
        formula : coating.
        above_hull : energy above hull [eV/atom]; None if unknown.

        Returns
        -------
        list[Failure]
            Gates that are not passed.
        """
        failed = []
        barred = [element for element in formula.elements if element in self.without]
        if barred:
            failed.append(Failure("without", f"holds {', '.join(barred)}"))
        limit = self.energy_above_hull
        if limit is not None and above_hull is None:
            failed.append(Failure("energy_above_hull", "not known, it has no entry of its own"))
        elif limit is not None and above_hull is not None and above_hull > max(limit, ON_HULL):
            failed.append(
                Failure("energy_above_hull", f"{_mev(above_hull)} > {_mev(limit)} meV/atom")
            )
        return failed

    def of_window(
        self, limits: Limits | None, cathode: tuple[float, float], electrolyte: Limits | None
    ) -> list[Failure]:
        """Check the electrochemical window.

        Parameters
        ----------
        limits : of the coating, or None where it has no window.
        cathode : lowest and highest voltage of the cathode [V].
        electrolyte : limits of the electrolyte.

        Returns
        -------
        list[Failure]
            Gates that are not passed.
        """
        if limits is None:
            gates = ("reduction", "oxidation", "covers_cathode", "meets_electrolyte")
            wanted = [name for name in gates if getattr(self, name) not in (None, False)]
            return [Failure(name, "has no window") for name in wanted]
        low, high = limits[0] or 0.0, limits[1]
        failed = []
        if self.reduction is not None and low > self.reduction + SAME:
            failed.append(Failure("reduction", f"{low:.2f} > {self.reduction:g} V"))
        if self.oxidation is not None and high is not None and high < self.oxidation - SAME:
            failed.append(Failure("oxidation", f"{high:.2f} < {self.oxidation:g} V"))
        if self.covers_cathode and not covers(limits, cathode):
            failed.append(
                Failure("covers_cathode", f"does not hold {cathode[0]:.2f} to {cathode[1]:.2f} V")
            )
        if self.meets_electrolyte and not meets(limits, electrolyte):
            failed.append(Failure("meets_electrolyte", "shares no voltage with the electrolyte"))
        return failed

    def of_contacts(
        self,
        cathode: Sequence[tuple[str, Contact]],
        electrolyte: Contact,
        bare: Sequence[tuple[str, Contact]],
    ) -> list[Failure]:
        """Check the mutual energies of both contacts.

        Parameters
        ----------
        cathode : contacts with the cathode at each Li content.
        electrolyte : contact with the electrolyte.
        bare : contacts of cathode and electrolyte, at the same Li contents.

        Returns
        -------
        list[Failure]
            Gates that are not passed.
        """
        failed = []
        sizes = {DISCHARGED: self.with_discharged, CHARGED: self.with_charged}
        for state, with_coating in cathode:
            failed += _too_strong(f"with_{state}", sizes.get(state), with_coating)
        failed += _too_strong("with_electrolyte", self.with_electrolyte, electrolyte)
        if self.milder_than_bare:
            worse = [
                state
                for (state, with_coating), (_, plain) in zip(cathode, bare, strict=True)
                if min(with_coating.mutual_energy, electrolyte.mutual_energy)
                <= plain.mutual_energy + SAME
            ]
            if worse:
                failed.append(
                    Failure("milder_than_bare", f"no milder than bare, {' and '.join(worse)}")
                )
        return failed


def covers(limits: Limits, voltages: tuple[float, float]) -> bool:
    """Whether a window holds every voltage of a range.

    Parameters
    ----------
    limits : reduction and oxidation limit [V].
    voltages : lowest and highest voltage [V].

    Returns
    -------
    bool
        Whether the range lies inside the window.

    Examples
    --------
    >>> covers((0.7, 4.2), (3.0, 4.3)), covers((0.7, None), (3.0, 4.3))
    (False, True)
    """
    low, high = limits[0] or 0.0, limits[1]
    return low <= voltages[0] + SAME and (high is None or high >= voltages[1] - SAME)


def meets(limits: Limits, electrolyte: Limits | None) -> bool:
    """Whether two windows share a voltage.

    Parameters
    ----------
    limits : reduction and oxidation limit [V].
    electrolyte : limits of the electrolyte [V]; None without a window.

    Returns
    -------
    bool
        Whether the windows overlap.

    Examples
    --------
    >>> meets((0.7, 4.2), (1.7, 2.1)), meets((2.5, 5.0), (1.7, 2.1))
    (True, False)
    """
    if electrolyte is None:
        return False
    lows = [window[0] or 0.0 for window in (limits, electrolyte)]
    highs = [window[1] for window in (limits, electrolyte) if window[1] is not None]
    return not highs or max(lows) <= min(highs) + SAME


def _too_strong(gate: str, limit: float | None, contact: Contact) -> list[Failure]:
    size = -contact.mutual_energy
    if limit is None or size <= limit + SAME:
        return []
    return [Failure(gate, f"{_mev(size)} > {_mev(limit)} meV/atom")]


def _mev(energy: float) -> str:
    return f"{1000 * energy:.3g}"


def _value(name: str, kind: str, value: Any) -> Any:
    if kind == "bool":
        if isinstance(value, bool):
            return value
        raise InputError(f"gate {name}: {value!r} is neither true nor false")
    if kind.startswith("tuple"):
        if not isinstance(value, list | tuple):
            raise InputError(f"gate {name}: {value!r} is not a list of elements")
        unknown = [element for element in value if element not in ATOMIC_MASS]
        if unknown:
            raise InputError(f"gate {name}: {unknown[0]!r} is not an element")
        return tuple(value)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
        raise InputError(f"gate {name}: {value!r} is not a number from 0 upwards, nor null")
    return float(value)
