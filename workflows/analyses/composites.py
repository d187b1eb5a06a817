"""Composite: any number of materials mixed by mass, at equilibrium."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from interfaces.errors import InputError, ReactantError
from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.reactants import Reactant
from interfaces.phases.reservoirs import OpenElement
from interfaces.reactivity.composite import Composite, composite
from workflows.analyses.analysis import LEVEL, Analysis, AnalysisSpec, Headline, listed, number
from workflows.analyses.conditions import CLOSED, Conditions
from workflows.analyses.preparation import prepare
from workflows.analyses.setup import PhaseOptions

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from rich.console import Console

By = Literal["mass", "moles"]
NO_REACTION = 5e-4  #: eV/atom; less is not a reaction in three decimals
COLUMNS = (
    "part", "name", "g_per_g_before", "g_per_g_after", "mmol_per_g_after", "remaining_fraction",
    "mutual_energy_ev_per_atom", "mutual_energy_J_per_g", "reaction",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class CompositeSpec(AnalysisSpec):
    """``{composite: {NCM622: 43, LLZTO: 35, LBO: 22}, temperature: 700C, gas: [air]}``."""

    kind: ClassVar[str] = "composite"

    composite: dict[str, float]
    by: By = "mass"
    voltage: float | None = None


@dataclass(frozen=True)
class CompositeAnalysis(Analysis):
    """Materials with their masses, and everything that their equilibrium follows from."""

    kind: ClassVar[str] = "composite"
    spec: ClassVar[type[AnalysisSpec]] = CompositeSpec
    compared: ClassVar[tuple[str, ...]] = (
        "reaction_energy_ev_per_atom",
        "mutual_energy_ev_per_atom",
    )

    phase_set: PhaseSet
    reactants: tuple[Reactant, ...]
    masses: tuple[float, ...]  #: in any unit; only their ratios count
    open_elements: tuple[OpenElement, ...]
    provenance: Mapping[str, str]

    @classmethod
    def prepare(cls, spec: CompositeSpec) -> CompositeAnalysis:
        """Load the phases and materials of a specification."""
        return prepare_composite(spec.composite, spec.options, spec.conditions, by=spec.by)

    def run(self) -> Composite:
        """Compute the equilibrium, and each pair of materials."""
        return composite(
            self.phase_set,
            self.reactants,
            self.masses,
            open_elements=self.open_elements,
            provenance=self.provenance,
        )

    def to_dict(self) -> dict[str, Any]:
        """Everything but the phases, as plain values."""
        return {
            "reactants": [reactant.to_dict() for reactant in self.reactants],
            "masses": list(self.masses),
            "open": [element.to_dict() for element in self.open_elements],
            "provenance": dict(self.provenance),
        }

    @classmethod
    def from_record(cls, data: Mapping[str, Any], phase_set: PhaseSet) -> CompositeAnalysis:
        """The inverse of :meth:`to_dict`, on a phase set."""
        return cls(
            phase_set=phase_set,
            reactants=tuple(map(Reactant.from_record, data["reactants"])),
            masses=tuple(map(float, data["masses"])),
            open_elements=tuple(map(OpenElement.from_record, data["open"])),
            provenance=data["provenance"],
        )

    @staticmethod
    def csv(result: Composite) -> str:
        """Materials, products, exchanged elements and pairs as CSV, told apart by ``part``."""
        from workflows.tables.curve_tables import rows_csv

        return rows_csv(COLUMNS, [dict.fromkeys(COLUMNS, "") | row for row in _rows(result)])

    @staticmethod
    def figure(result: Composite) -> Figure:
        """Draw the masses before and after, and the energies of the pairs."""
        from interfaces.figures.plot_composite import composite_figure

        return composite_figure(result)

    @staticmethod
    def show(result: Composite) -> None:
        """Print energies, materials, products and pairs."""
        _print_composite(result)

    @staticmethod
    def headlines(result: Composite) -> list[Headline]:
        """Energies, the pair that releases most, and what is left of each material."""
        products = " + ".join(product.formula for product in result.products)
        strongest = result.pairs[0]
        energies = [
            Headline("total", result.total, "eV/atom", products=products),
            Headline("mutual", result.mutual, "eV/atom"),
            Headline("mutual", result.joules_per_gram(result.mutual), "J/g"),
            Headline(
                quantity="strongest pair",
                value=strongest.energy,
                unit="eV/atom of the composite",
                at=f"{strongest.first} | {strongest.second}",
                products=strongest.reaction,
            ),
        ]
        return energies + [
            Headline(
                quantity=f"{component.reactant.label} left",
                value="not stable" if component.remaining is None else 100 * component.remaining,
                unit="" if component.remaining is None else "% of its mass",
            )
            for component in result.components
        ]

    def title(self) -> str:
        """What is computed."""
        conditions = ", ".join(str(element) for element in self.open_elements)
        names = listed([reactant.label for reactant in self.reactants])
        return f"Equilibrium of a composite of {names}" + (f" ({conditions})" if conditions else "")

    def summary(self, recorded: Mapping[str, Any]) -> str:
        """Mutual energy, the strongest pair, and the main product."""
        mutual, pair = recorded["mutual_energy_ev_per_atom"], recorded["pairs"][0]
        names = listed([reactant.label for reactant in self.reactants])
        if mutual > -NO_REACTION:
            return f"{names} do not react with each other."
        joules = number(recorded["mutual_energy_J_per_g"], 0)
        products = listed([product["formula"] for product in recorded["products"][:3]])
        within = ", within the error of the energies" if mutual > -LEVEL else ""
        strongest = (
            f"The strongest pair is {' and '.join(pair['materials'])}, "
            f"{number(pair['mutual_energy_ev_per_atom_of_composite'])} eV/atom of the composite. "
        )
        return (
            f"The mutual reaction energy of {names} is {number(mutual)} eV/atom "
            f"({joules} J/g){within}. {strongest * (len(self.reactants) > 2)}"
            f"Most of the mass becomes {products}."
        )


def prepare_composite(
    amounts: Mapping[str, float],
    source: PhaseOptions | None = None,
    conditions: Conditions = CLOSED,
    *,
    by: By = "mass",
) -> CompositeAnalysis:
    """Load phases and materials of a composite.

    Parameters
    ----------
    amounts : formula or name -> mass in any unit, or number of formula units with ``by="moles"``.
    source : phase set, exclusions and energy models.
    conditions : open elements, voltage, pressures and temperatures.
    by : what the amounts count.

    Raises
    ------
    ReactantError
        If there are fewer than two materials, or an amount is not positive.

    Examples
    --------
    >>> analysis = prepare_composite({"LCO": 60, "LPSCl": 40})
    >>> analysis.run().components[0].mass_fraction
    0.6
    """
    if len(amounts) < 2:
        raise ReactantError(
            f"a composite needs two or more materials, got {', '.join(amounts) or 'none'}"
        )
    for name, amount in amounts.items():
        if not 0 < amount < float("inf"):
            raise ReactantError(f"{name}={amount:g}: give a positive amount")
    names = list(amounts)
    prepared = prepare(names, source, conditions)
    reactants = prepared.reactants(names)
    masses = [
        amount * (reactant.formula.molar_mass if by == "moles" else 1.0)
        for amount, reactant in zip(amounts.values(), reactants, strict=True)
    ]
    return CompositeAnalysis(
        phase_set=prepared.competing,
        reactants=tuple(reactants),
        masses=tuple(masses),
        open_elements=prepared.open_elements,
        provenance=prepared.provenance,
    )


def compute_composite(
    amounts: Mapping[str, float],
    source: PhaseOptions | None = None,
    conditions: Conditions = CLOSED,
    *,
    by: By = "mass",
) -> Composite:
    """Equilibrium of materials given by formula or name; parameters as :func:`prepare_composite`.

    Examples
    --------
    >>> compute_composite({"LCO": 60, "LPSCl": 40}).basis
    'per_atom'
    """
    return prepare_composite(amounts, source, conditions, by=by).run()


def read_amounts(words: tuple[str, ...]) -> dict[str, float]:
    """Amounts of ``NAME=AMOUNT``.

    Raises
    ------
    InputError
        If one of them is not such, or a material is named twice.

    Examples
    --------
    >>> read_amounts(("NCM622=43", "LBO=22"))
    {'NCM622': 43.0, 'LBO': 22.0}
    """
    from interfaces.chemistry.numbers import read_number

    amounts: dict[str, float] = {}
    for word in words:
        name, equals, text = word.rpartition("=")
        try:
            amount = read_number(text)
        except ValueError:
            amount = float("nan")
        if not (name and equals) or amount != amount:
            raise InputError(f"{word!r} is not an amount; write MATERIAL=AMOUNT, e.g. NCM622=43")
        if name in amounts:
            raise InputError(f"{name} is named twice; give its whole amount once")
        amounts[name] = amount
    return amounts


def _rows(result: Composite) -> list[dict[str, Any]]:
    """Rows of the CSV, of all parts; see :data:`COLUMNS`."""
    rows: list[dict[str, Any]] = []
    for component in result.components:
        left = component.remaining
        rows.append(
            {
                "part": "material",
                "name": component.reactant.label,
                "g_per_g_before": component.mass_fraction,
                "g_per_g_after": "" if left is None else left * component.mass_fraction,
                "remaining_fraction": "" if left is None else left,
            }
        )
    for product in result.products:
        rows.append(
            {
                "part": "product",
                "name": product.formula,
                "g_per_g_after": product.grams,
                "mmol_per_g_after": product.millimoles,
            }
        )
    for symbol, grams in result.exchanged:
        rows.append({"part": "exchanged", "name": symbol, "g_per_g_after": grams})
    for pair in result.pairs:
        rows.append(
            {
                "part": "pair",
                "name": f"{pair.first} | {pair.second}",
                "mutual_energy_ev_per_atom": pair.energy,
                "mutual_energy_J_per_g": result.joules_per_gram(pair.energy),
                "reaction": pair.reaction,
            }
        )
    return rows


def _print_composite(result: Composite, console: Console | None = None) -> None:
    """Print energies, materials, products and pairs for a person."""
    from rich.console import Console

    from workflows.tables.curve_tables import plain_table, print_notes
    from workflows.tables.reaction_table import ReactionRow, print_reactions

    out = console or Console()
    out.print(f"[bold]composite[/] of {len(result.components)} materials   {result.scheme}")
    for element in result.open_elements:
        out.print(f"  open: {element}")
    for name, energy in (
        ("total", result.total),
        ("mutual", result.mutual),
        ("self-decomposition", result.self_decomposition),
    ):
        basis = f", {energy / result.nonopen_share:z.4f} eV per non-open atom"
        out.print(
            f"{name + ':':<20}{energy:z.4f} eV/atom, {result.joules_per_gram(energy):z.1f} J/g"
            f"{basis if result.open_elements else ''}"
        )
    materials = plain_table("what", "mass %", "left, % of it", "energy", "above hull")
    for component in result.components:
        left = component.remaining
        materials.add_row(
            component.reactant.label,
            f"{100 * component.mass_fraction:.2f}",
            "not stable" if left is None else f"{100 * left:.1f}",
            component.reactant.energy_model,
            f"{1000 * component.reactant.energy_above_hull:z.1f} meV/atom",
        )
    out.print(materials)
    products = plain_table("formula", "g per 100 g", "mmol per g")
    for product in result.products:
        products.add_row(product.formula, f"{100 * product.grams:.2f}", f"{product.millimoles:.3f}")
    for symbol, grams in result.exchanged:
        products.add_row(f"{symbol} taken up" if grams >= 0 else f"{symbol} released",
                         f"{100 * abs(grams):.2f}", "")  # fmt: skip
    out.print(products)
    pairs = [
        ReactionRow(
            (
                f"{pair.first} | {pair.second}",
                f"{1000 * pair.energy:z.1f}",
                f"{result.joules_per_gram(pair.energy):z.1f}",
            ),
            pair.reaction or "no reaction",
        )
        for pair in result.pairs
    ]
    print_reactions(
        out, ("pair", "meV/atom", "J/g"), pairs,
        "each pair as if it reacted alone, per atom and gram of the whole composite; the reaction "
        "is that at its strongest mixing", left=1,
    )  # fmt: skip
    print_notes(result.notes, out, result.provenance)
