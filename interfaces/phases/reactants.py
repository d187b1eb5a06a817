"""Reactants: formula, formation energy and the model that the energy comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

from interfaces.chemistry.formulas import Formula
from interfaces.errors import ReactantError, finite
from interfaces.phases.competing_phases import Pool
from interfaces.phases.phase_set import ON_HULL, SAME_COMPOSITION, PhaseSet, trace_element_message
from interfaces.serialisable import Serialisable

EnergyModel = Literal["own", "hull", "endmembers", "calculated", "anchored", "mixture", "given"]
ENERGY_MODELS: tuple[str, ...] = get_args(EnergyModel)

#: The default of pymatgen's ``InterfacialReactivity``: the own entry, or else the hull energy. A
#: reactant records which of the two it has.
PYMATGEN = "pymatgen"
FORMS = 1e-11  #: eV/atom; pymatgen takes no entry whose formation energy is above minus this


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
    notes : remarks on the energy.
    volume : of the structure that the energy was calculated for [A^3/atom], where there is one.
    placed_by : of a molecule, the references of its reaction with their units per formula unit: it
        errs with their energies.
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
    placed_by: tuple[tuple[Formula, float], ...] = ()

    @property
    def label(self) -> str:
        """The name if it has one, else the formula."""
        return self.name or self.formula.text

    @property
    def joins_pool(self) -> bool:
        """Whether it lies below the set's hull and is therefore a candidate product itself."""
        return self.energy_above_hull < -ON_HULL

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as in the JSON output.

        Returns
        -------
        dict[str, Any]
            JSON-serialisable values; the keys name the units.
        """
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
            "placed_by": {formula.text: units for formula, units in self.placed_by},
        }

    @classmethod
    def from_record(cls, data: dict[str, Any]) -> Reactant:
        """The inverse of :meth:`to_dict`.

        Parameters
        ----------
        data : object written by :meth:`to_dict`.

        Returns
        -------
        Reactant
            Equal to the original.
        """
        name = data["name"]
        return cls(
            formula=Formula.parse(data["formula"]),
            energy=data["energy_ev_per_atom"],
            energy_model=data["energy_model"],
            energy_above_hull=data["energy_above_hull_ev_per_atom"],
            name="" if name == data["formula"] else name,
            entry_id=data["entry_id"],
            uncertainty=data.get("uncertainty_ev_per_atom"),
            notes=tuple(data["notes"]),
            volume=data.get("volume_A3_per_atom"),  # older results have none
            placed_by=tuple(
                (Formula.parse(text), units) for text, units in data.get("placed_by", {}).items()
            ),
        )


def joined(pool: Pool, *reactants: Reactant) -> tuple[Pool, list[str]]:
    """The pool with those reactants that lie below its hull, and all notes on the reactants.

    Parameters
    ----------
    pool : candidate phases.
    reactants : reactants of the analysis.

    Returns
    -------
    tuple[Pool, list[str]]
        The pool and the notes.
    """
    notes = [note for reactant in reactants for note in reactant.notes]
    for reactant in reactants:
        if reactant.joins_pool:
            pool = pool.joined_by(reactant.formula, reactant.energy)
            notes.append(
                f"{reactant.label} lies {-1000 * reactant.energy_above_hull:.1f} meV/atom below "
                "the hull of the set and is counted among the candidate products"
            )
    return pool, notes


def reactant(
    phase_set: PhaseSet,
    formula: Formula | str | Any,
    energy: EnergyModel | float | str = "own",
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
    phase_set : energies of the candidate products [eV/atom].
    energy : ``"own"``, ``"hull"``, ``"pymatgen"`` (own entry of negative formation energy, or
        else hull energy, with a note), or a formation energy [eV/atom] relative to the elements
        of the set.
    model : the energy model to record for a number; ``given`` unless it was computed on the set's
        own scale (a series, a molecule, end members).
    notes : remarks copied to the result.
    volume : [A^3/atom] of what a number was calculated for; that of an own entry is in the set.

    Returns
    -------
    Reactant
        The reactant with its energy [eV/atom] and its energy above the hull.

    Raises
    ------
    NoOwnEntryError
        If ``own`` is requested and the set has no such entry. There is no silent fallback.
    ReactantError
        If the share of an element is below :data:`SAME_COMPOSITION`, or a number is
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
            raise ReactantError(trace_element_message(parsed, element))
    finite(uncertainty or 0.0, f"uncertainty of {parsed} [eV/atom]", ReactantError)
    finite(volume or 0.0, f"volume of {parsed} [A^3/atom]", ReactantError)
    hull = phase_set.hull_energy(parsed)
    if energy == PYMATGEN:
        row_of = phase_set.find(parsed)
        forms = row_of is not None and phase_set.energies[row_of] < -FORMS
        energy = "own" if forms or len(parsed.elements) == 1 else "hull"
        if energy == "hull":
            lacks = "no entry" if row_of is None else "no entry of negative formation energy"
            notes = (*notes, f"{name or parsed} has {lacks} and takes its hull energy (pymatgen)")
    if energy == "hull":
        return Reactant(
            formula=parsed,
            energy=hull,
            energy_model="hull",
            energy_above_hull=0.0,
            name=name,
            notes=notes,
        )
    if energy == "own":
        row = phase_set.own_entry(parsed)
        value = float(phase_set.energies[row])
        return Reactant(
            formula=parsed,
            energy=value,
            energy_model="own",
            energy_above_hull=max(0.0, value - hull),
            name=name,
            entry_id=phase_set.ids[row],
            uncertainty=uncertainty,
            notes=notes,
            volume=_volume(phase_set, row),
        )
    if isinstance(energy, str):
        raise ReactantError(
            f"energy model {energy!r} of {parsed} needs a calculated value; "
            f"models are {', '.join(ENERGY_MODELS)} or a number in eV/atom"
        )
    recorded: EnergyModel = model or "given"
    value = finite(float(energy), f"energy of {parsed} [eV/atom]", ReactantError)
    return Reactant(
        formula=parsed,
        energy=value,
        energy_model=recorded,
        energy_above_hull=value - hull,
        name=name,
        entry_id=entry_id,
        uncertainty=uncertainty,
        notes=notes,
        volume=volume,
    )


def _volume(phase_set: PhaseSet, row: int) -> float | None:
    """Volume [A^3/atom] of an entry; None where the set has NaN or no volumes."""
    value = float("nan") if phase_set.volumes is None else float(phase_set.volumes[row])
    return value if value > 0 else None
