r"""Electrochemical window of a compound.

The window is the range of voltages in which the compound exchanges no carriers. A metastable
compound has none with its own energy. At its hull energy, as in publications, it has the window of
its decomposition products, which may have zero width. The decomposition energy

.. math:: E_D(V) = [\Phi_\mathrm{hull}(V) - \Phi(V)] / n_\mathrm{atoms}

is products minus compound per atom of the original formula, negative where favourable, and is given
for both: E_D of the compound's own energy is that on the hull minus its energy above hull.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from interfaces.chemistry.repr_html import html
from interfaces.errors import ReservoirError
from interfaces.interphase import known_volumes
from interfaces.phases.intercalation import Intercalation, plausible, same_host
from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.products import suspect_note, suspects
from interfaces.phases.reactants import Reactant, joined
from interfaces.phases.reference_electrodes import ReferenceElectrode
from interfaces.phases.reservoirs import OpenElement, at_voltage, charge_of
from interfaces.serialisable import Serialisable
from interfaces.stability.decomposition_stages import SAME_CONTENT, STABLE, Stage, staircase

if TYPE_CHECKING:
    import pandas as pd

Placed = Literal["own", "hull"]


@dataclass(frozen=True)
class Window(Serialisable):
    """Staircase and electrochemical window of a compound against the metal of a carrier.

    Build one with :func:`electrochemical_window`.
    """

    compound: Reactant
    carrier: str
    stages: tuple[Stage, ...]
    intercalations: tuple[Intercalation, ...]
    scheme: str
    phase_set: str
    open_elements: tuple[OpenElement, ...] = ()  #: besides the carrier
    electrode: ReferenceElectrode | None = None  #: a second scale for the voltages
    notes: tuple[str, ...] = ()
    provenance: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    @property
    def stable_stage(self) -> Stage | None:
        """The stage without exchange of carriers, at the hull energy; None without one."""
        return next((s for s in self.stages if s.keeps_compound), None)

    @property
    def own_limits(self) -> tuple[float, float | None] | None:
        """Where the compound is stable as it is [V]; None above the hull, or if not known."""
        stage, end = self.stable_stage, self.compound
        if stage is None or end.energy_above_hull > STABLE or end.energy_model == "hull":
            return None
        return stage.low, stage.high

    @property
    def reduction(self) -> float | None:
        """Reduction limit [V] at the hull energy; 0 where the metal does not reduce it."""
        stage = self.stable_stage
        return stage.low if stage else None

    @property
    def oxidation(self) -> float | None:
        """Oxidation limit [V] at the hull energy; None where no voltage oxidizes it."""
        stage = self.stable_stage
        return stage.high if stage else None

    @property
    def reduced_to(self) -> Stage | None:
        """The first stage below the window."""
        below = [s for s in self.stages if s.carriers > SAME_CONTENT]
        return below[-1] if below else None

    @property
    def oxidized_to(self) -> Stage | None:
        """The first stage above the window."""
        return next((s for s in self.stages if s.carriers < -SAME_CONTENT), None)

    def decomposition_energy(self, voltage: float, placed: Placed = "own") -> float:
        """E_D [eV per atom of the original formula] at a voltage; negative = favourable.

        Parameters
        ----------
        voltage : voltage [V] against the metal of the carrier.
        placed : ``own`` (the compound's own energy) or ``hull`` (its hull energy).

        Returns
        -------
        float
            Decomposition energy [eV/atom], negative where the compound decomposes.

        Raises
        ------
        ReservoirError
            If the voltage is negative.
        """
        at_voltage(self.carrier, voltage)
        floor = self.stages[0].low
        if voltage < floor:
            raise ReservoirError(
                f"no decomposition energy at {voltage:g} V: below {floor:.3f} V the reservoirs "
                "alone form a phase without end"
            )
        stage = next(s for s in self.stages if s.high is None or voltage <= s.high)
        energy = stage.energy + charge_of(self.carrier) * stage.carriers * (voltage - stage.low)
        # a compound below the hull of the set is a candidate, and so its own hull
        above = max(0.0, self.compound.energy_above_hull) if placed == "own" else 0.0
        return energy / float(self.compound.formula.n_atoms) - above

    def _repr_html_(self) -> str:
        limits = ["none" if v is None else f"{v:.3f} V" for v in (self.reduction, self.oxidation)]
        return html(
            f"{self.compound.label} against {self.carrier}, {self.scheme}: "
            f"reduction {limits[0]}, oxidation {limits[1]} (at its hull energy)",
            ("from (V)", "to (V)", f"{self.carrier} per formula", "reaction"),
            [(s.low, s.high, s.carriers, str(s.reaction)) for s in self.stages],
            self.notes,
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values: the JSON object of the command line.

        Returns
        -------
        dict[str, Any]
            JSON-serialisable values; the keys name the units.
        """
        known = self.compound.energy_model != "hull"
        points = {f"{v:g}": v for v in (0.0, 5.0)}
        floor = self.stages[0].low
        return {
            "formula": self.compound.formula.text,
            "compound": self.compound.to_dict(),
            "carrier": self.carrier,
            "energy_above_hull_ev_per_atom": self.compound.energy_above_hull if known else None,
            "reduction_V": self.reduction,
            "oxidation_V": self.oxidation,
            "stable_as_it_is_V": list(self.own_limits) if self.own_limits else None,
            "decomposition_energy_own_ev_per_atom": {
                key: self.decomposition_energy(v, "own") if known and v >= floor else None
                for key, v in points.items()
            },
            "decomposition_energy_hull_ev_per_atom": {
                key: self.decomposition_energy(v, "hull") if v >= floor else None
                for key, v in points.items()
            },
            "stages": [stage.to_dict(self.carrier) for stage in self.stages],
            "intercalation": [
                intercalation.to_dict(self.carrier) for intercalation in self.intercalations
            ],
            "open": [element.to_dict() for element in self.open_elements],
            "reference_electrode": self._against_electrode(),
            "scheme": self.scheme,
            "phase_set": self.phase_set,
            "notes": list(self.notes),
            "provenance": dict(self.provenance),
        }

    def _against_electrode(self) -> dict[str, Any] | None:
        """The limits against the couple, by its plateau in the set and as measured."""
        couple = self.electrode
        if couple is None:
            return None
        scales = {"set": couple.plateau, "experimental": couple.experimental}
        return couple.to_dict() | {
            f"by_{name}": None if offset is None else self._shifted(offset)
            for name, offset in scales.items()
        }

    def _shifted(self, offset: float) -> dict[str, float | None]:
        """Limits against a couple that lies ``offset`` [V] above the metal, and E_D there."""
        low, high = self.reduction, self.oxidation
        return {
            "reduction_V": None if low is None else low - offset,
            "oxidation_V": None if high is None else high - offset,
            "decomposition_energy_hull_at_couple_ev_per_atom": (
                self.decomposition_energy(offset, "hull") if offset >= self.stages[0].low else None
            ),
        }

    def to_frame(self) -> pd.DataFrame:
        """One row per stage, columns as in the JSON output.

        Returns
        -------
        pd.DataFrame
            Table with one row per stage.
        """
        import pandas as pd

        rows = [
            stage.to_dict(self.carrier) | stage.interphase(self.carrier).to_row()
            for stage in self.stages
        ]
        for row in rows:
            del row["volumes_A3_per_formula"]
            row["products"] = " + ".join(f"{v:.6g} {k}" for k, v in row["products"].items())
            row["gas_amounts"] = " ".join(g["gas"] for g in row["gas_amounts"])
            row["suspect_products"] = " ".join(row["suspect_products"])
        return pd.DataFrame(rows)


def electrochemical_window(
    phase_set: PhaseSet,
    compound: Reactant,
    carrier: str = "Li",
    *,
    open_elements: Sequence[OpenElement] = (),
    electrode: ReferenceElectrode | None = None,
    intercalations: Sequence[Intercalation] | None = None,
    provenance: Mapping[str, str] | None = None,
) -> Window:
    """Compute the window and all decomposition stages of a compound from 0 V upwards.

    With further open elements it starts where the reservoirs stop forming a phase (Li2O in air).

    Parameters
    ----------
    phase_set : the candidate products.
    compound : with an energy on the scale of that set; below the hull it joins the candidates.
    carrier : the element that carries the charge.
    open_elements : held by further reservoirs at fixed potentials.
    electrode : a couple whose scale is given beside that of the metal.
    intercalations : partners of the host where the set does not hold them; by default those of
        the set.
    provenance : origin of the input, copied to the result.

    Returns
    -------
    Window
        Limits [V] and decomposition stages.

    Raises
    ------
    MissingElementError
        If the set lacks an element, the carrier among them.
    ReservoirError
        If the compound holds nothing but open elements.

    Examples
    --------
    >>> from interfaces.phases.reactants import reactant
    >>> phases = PhaseSet.from_rows(
    ...     [("a", "Li", 0.0), ("b", "S", 0.0), ("c", "Li2S", -1.5)], scheme="made up")
    >>> window = electrochemical_window(phases, reactant(phases, "Li2S"))
    >>> window.reduction, window.oxidation, str(window.oxidized_to.reaction)
    (0.0, 2.25, 'Li2S -> S + 2 Li')
    >>> window.decomposition_energy(3.25)  # 2 Li over 1 V too much, per 3 atoms
    -0.6666666666666666
    """
    formula = compound.formula
    opened = [at_voltage(carrier, 0.0), *open_elements]
    crossing = {element.symbol for element in opened}
    if set(formula.elements) <= crossing:
        raise ReservoirError(f"{formula} holds nothing but open elements and has no window")
    closed = phase_set.pool(tuple(sorted({*formula.elements, *crossing})))
    pool, notes = joined(closed.opened(opened, varies=True), compound)
    closed, _ = joined(closed, compound)
    if pool.floor:
        notes.append(
            f"below {pool.floor:.3f} V {carrier} and {', '.join(map(str, open_elements))} form a "
            "phase without end; the staircase starts there"
        )
    stages = staircase(closed, pool, compound)
    volumes = known_volumes(phase_set, closed, [compound], [stage.reaction for stage in stages])
    stages = tuple(replace(stage, volumes=v) for stage, v in zip(stages, volumes, strict=True))
    if flagged := sorted({name for stage in stages for name in suspects(stage.products)}):
        notes.append(suspect_note(flagged))
    if carrier not in formula.elements:
        notes.append(
            f"{formula} holds no {carrier} to give off, so its window has no upper limit here: "
            f"oxidation without {carrier} (electrons from a molecule, oxygen from an oxide) is "
            "another question"
        )
    if intercalations is None:
        intercalations = same_host(phase_set, compound, carrier)
    return Window(
        compound=compound,
        carrier=carrier,
        stages=stages,
        intercalations=plausible(intercalations, carrier),
        scheme=phase_set.scheme,
        phase_set=phase_set.source,
        open_elements=tuple(open_elements),
        electrode=electrode,
        notes=tuple(notes),
        provenance=tuple((provenance or {}).items()),
    )
