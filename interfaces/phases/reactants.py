"""What reacts, at which energy, and where that energy comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

from interfaces.chemistry.formulas import Formula
from interfaces.errors import ReactantError, finite
from interfaces.phases.competing_phases import Pool
from interfaces.phases.phase_set import ON_HULL, SAME_COMPOSITION, PhaseSet, told_apart
from interfaces.serialisable import Serialisable

EnergyModel = Literal["own", "hull", "endmembers", "calculated", "anchored", "mixture", "given"]
ENERGY_MODELS: tuple[str, ...] = get_args(EnergyModel)


@dataclass(frozen=True)
class Reactant(Serialisable):
    """A reactant with a recorded energy.

    Attributes
    ----------
    formula : as given; molar quantities count its formula units.
    energy : formation energy [eV/atom] relative to the elements of the phase set.
    energy_model : ``own`` (lowest entry of this composition in the set), ``hull`` (put on the
        hull), ``endmembers`` (ideal mixing of LiMO2 and MO2), ``calculated`` (a computed series or
        molecule on the set's scale), ``anchored`` (a calculator's difference from references of
        the set), ``mixture`` (the sum of its parts) or ``given``.
    energy_above_hull : [eV/atom] against the set without the reactant's own claim; negative where
        the reactant lies below the hull and joins the candidates.
    name : name of the system, or the formula.
    entry_id : the entry behind an ``own`` energy, or what was calculated.
    uncertainty : one standard error of ``energy`` [eV/atom], where one is known.
    notes : what a reader of the energy has to know.
    volume : of the structure that the energy was calculated for [A^3/atom], where there is one.
    """

    formula: Formula
    energy: float
    energy_model: EnergyModel
    energy_above_hull: float
    name: str = ""
    entry_id: str | None = None
    uncertainty: float | None = None
    notes: tuple[str, ...] = ()
    volume: float | None = None

    @property
    def label(self) -> str:
        """The name if it has one, else the formula."""
        return self.name or self.formula.text

    @property
    def joins_pool(self) -> bool:
        """Whether it lies below the set's hull and is therefore a candidate product itself."""
        return self.energy_above_hull < -ON_HULL

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as in the JSON output."""
        return {
            "formula": self.formula.text,
            "name": self.label,
            "energy_ev_per_atom": self.energy,
            "energy_model": self.energy_model,
            "energy_above_hull_ev_per_atom": self.energy_above_hull,
            "joins_pool": self.joins_pool,
            "entry_id": self.entry_id,
            "uncertainty_ev_per_atom": self.uncertainty,
            "notes": list(self.notes),
            "volume_A3_per_atom": self.volume,
        }

    @classmethod
    def from_record(cls, data: dict[str, Any]) -> Reactant:
        """The inverse of :meth:`to_dict`."""
        name = data["name"]
        return cls(
            Formula.parse(data["formula"]),
            data["energy_ev_per_atom"],
            data["energy_model"],
            data["energy_above_hull_ev_per_atom"],
            "" if name == data["formula"] else name,
            data["entry_id"],
            data["uncertainty_ev_per_atom"],
            tuple(data["notes"]),
            data.get("volume_A3_per_atom"),  # older results have none
        )


def joined(pool: Pool, *reactants: Reactant) -> tuple[Pool, list[str]]:
    """The pool with those reactants that lie below its hull, and all notes on the reactants."""
    notes = [note for one in reactants for note in one.notes]
    for one in reactants:
        if one.joins_pool:
            pool = pool.joined_by(one.formula, one.energy)
            notes.append(
                f"{one.label} lies {-1000 * one.energy_above_hull:.1f} meV/atom below the hull of "
                "the set and is counted among the candidate products"
            )
    return pool, notes


def reactant(
    phase_set: PhaseSet,
    formula: Formula | str | Any,
    energy: EnergyModel | float = "own",
    *,
    name: str = "",
    entry_id: str | None = None,
    uncertainty: float | None = None,
    model: EnergyModel | None = None,
    notes: tuple[str, ...] = (),
    volume: float | None = None,
) -> Reactant:
    """Give a formula its energy on the scale of a phase set.

    Parameters
    ----------
    energy : ``"own"``, ``"hull"``, or a formation energy [eV/atom] relative to the elements of
        the set.
    model : the energy model to record for a number; ``given`` unless it was computed on the set's
        own scale (a series, a molecule, end members).
    volume : [A^3/atom] of what a number was calculated for; that of an own entry is in the set.

    Raises
    ------
    NoOwnEntryError
        If ``own`` is asked for and the set has no such entry. There is no silent fallback.
    ReactantError
        If an element is less of the atoms than compositions are told apart by, or a number is
        not finite.

    Examples
    --------
    >>> phases = PhaseSet.from_rows(
    ...     [("a", "Li", 0.0), ("b", "O2", 0.0), ("c", "Li2O", -2.0)], scheme="made up")
    >>> reactant(phases, "Li2O2", "hull").energy, reactant(phases, "Li2O").energy
    (-1.5, -2.0)
    """
    parsed = Formula.of(formula)
    for element, amount in parsed.amounts:
        if amount < SAME_COMPOSITION * parsed.n_atoms:
            raise ReactantError(told_apart(parsed, element))
    finite(uncertainty or 0.0, f"uncertainty of {parsed} [eV/atom]", ReactantError)
    finite(volume or 0.0, f"volume of {parsed} [A^3/atom]", ReactantError)
    hull = phase_set.hull_energy(parsed)
    if energy == "hull":
        return Reactant(parsed, hull, "hull", 0.0, name, None, None)
    if energy == "own":
        row = phase_set.own_entry(parsed)
        value = float(phase_set.energies[row])
        return Reactant(
            parsed, value, "own", max(0.0, value - hull), name, phase_set.ids[row], uncertainty,
            volume=_volume(phase_set, row),
        )  # fmt: skip
    if isinstance(energy, str):
        raise ReactantError(
            f"energy model {energy!r} of {parsed} needs a calculated value; "
            f"models are {', '.join(ENERGY_MODELS)} or a number in eV/atom"
        )
    recorded: EnergyModel = model or "given"
    value = finite(float(energy), f"energy of {parsed} [eV/atom]", ReactantError)
    return Reactant(
        parsed, value, recorded, value - hull, name, entry_id, uncertainty, notes, volume
    )


def _volume(phase_set: PhaseSet, row: int) -> float | None:
    """Volume [A^3/atom] of an entry; None where the set has NaN or no volumes."""
    value = float("nan") if phase_set.volumes is None else float(phase_set.volumes[row])
    return value if value > 0 else None
