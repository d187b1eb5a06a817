r"""Equilibrium of any number of materials mixed by mass: a composite electrode, a co-fired stack.

With the masses :math:`m_i` of materials of composition :math:`c_i` and energy :math:`e_i`,

.. math:: \Delta E = E_\mathrm{hull}\Big(\sum_i x_i c_i\Big) - \sum_i x_i e_i ,

where :math:`x_i` is the share of the atoms that material i brings (of the atoms that are not open,
and for grand potentials, where elements are open). It is the generalisation of a mixing curve to a
point of a simplex: the masses are known, so there is no mixing fraction to vary. ``mutual`` is the
part beyond what each material releases by itself; which contacts it comes from is shown by the
pairs, each as if it reacted alone in the proportion that the composite has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any, ClassVar

import numpy as np

from interfaces.chemistry.formulas import Formula, chemical_system
from interfaces.chemistry.repr_html import html
from interfaces.chemistry.units import KJ_PER_MOL
from interfaces.errors import ReactantError
from interfaces.phases.competing_phases import Pool
from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.products import gases, suspects
from interfaces.phases.reactants import Reactant, joined
from interfaces.phases.reservoirs import OpenElement
from interfaces.reactivity.mixing_curve import mixing_curve
from interfaces.serialisable import Keys, Record, Serialisable

PRESENT = 1e-9  #: share of the atoms; a product with less is absent
NO_REACTION = 1e-9  #: eV/atom; a pair that gains less does not react
FEWEST = 2  #: materials of a composite


@dataclass(frozen=True)
class Component(Record):
    """A material of the composite.

    Attributes
    ----------
    reactant : with its energy on the scale of the phase set.
    mass_fraction : of the composite as it is mixed.
    atom_fraction : share of the composite's atoms.
    remaining : share of the material that is still there at equilibrium; None where the material
        is not stable by itself and so cannot remain.
    """

    KEYS: ClassVar[Keys] = {
        "reactant": "reactant", "mass_fraction": "mass_fraction", "atom_fraction": "atom_fraction",
        "remaining_fraction": "remaining",
    }  # fmt: skip

    reactant: Reactant
    mass_fraction: float
    atom_fraction: float
    remaining: float | None


@dataclass(frozen=True)
class Product(Record):
    """A phase at equilibrium, in grams and millimoles of formula units per gram of composite."""

    KEYS: ClassVar[Keys] = {
        "formula": "formula", "g_per_g_of_composite": "grams",
        "mmol_per_g_of_composite": "millimoles",
    }  # fmt: skip

    formula: str
    grams: float
    millimoles: float


@dataclass(frozen=True)
class PairReaction(Record):
    """What two of the materials release by reacting with each other alone.

    Attributes
    ----------
    energy : mutual energy in the proportion of the composite [eV per atom of the composite].
    minimum_mutual : lowest mutual energy of the pair at any proportion, in the basis of the
        composite [eV per (non-open) atom of the pair].
    reaction : at that minimum; empty where the two do not react.
    """

    KEYS: ClassVar[Keys] = {
        "materials": "materials", "mutual_energy_ev_per_atom_of_composite": "energy",
        "minimum_mutual_ev_per_basis_atom": "minimum_mutual", "reaction": "reaction",
    }  # fmt: skip

    first: str
    second: str
    energy: float
    minimum_mutual: float
    reaction: str

    @property
    def materials(self) -> tuple[str, str]:
        """Labels of both."""
        return self.first, self.second

    @classmethod
    def from_record(cls, data: Mapping[str, Any]) -> PairReaction:
        """The inverse of :meth:`to_dict`."""
        first, second = data["materials"]
        return cls(
            first=first,
            second=second,
            energy=data["mutual_energy_ev_per_atom_of_composite"],
            minimum_mutual=data["minimum_mutual_ev_per_basis_atom"],
            reaction=data["reaction"],
        )


@dataclass(frozen=True)
class Composite(Serialisable):
    """Equilibrium of a composite; build it with :func:`composite`.

    Attributes
    ----------
    total, mutual : reaction energies [eV per atom of the composite as it is mixed], products minus
        reactants: negative where the reaction releases energy.
    nonopen_share : atoms that are not open per atom of the composite; 1 where it is closed.
    atoms_per_gram : moles of atoms per gram of composite [mol/g].
    products : phases at equilibrium, largest mass first.
    exchanged : open element -> grams taken up (+) or released (-) per gram of composite.
    pairs : most energy released first.
    """

    components: tuple[Component, ...]
    total: float
    mutual: float
    nonopen_share: float
    atoms_per_gram: float
    products: tuple[Product, ...]
    exchanged: tuple[tuple[str, float], ...]
    pairs: tuple[PairReaction, ...]
    scheme: str
    phase_set: str
    open_elements: tuple[OpenElement, ...] = ()
    notes: tuple[str, ...] = ()
    provenance: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    @property
    def basis(self) -> str:
        """``per_atom``, or ``per_nonopen_atom`` where elements are open."""
        return "per_nonopen_atom" if self.open_elements else "per_atom"

    @property
    def self_decomposition(self) -> float:
        """What the materials release without contact [eV per atom of the composite]."""
        return self.total - self.mutual

    @property
    def total_in_basis(self) -> float:
        """Total energy [eV per atom, or per atom that is not open]."""
        return self.total / self.nonopen_share

    @property
    def mutual_in_basis(self) -> float:
        """Mutual energy [eV per atom, or per atom that is not open]."""
        return self.mutual / self.nonopen_share

    def joules_per_gram(self, energy: float) -> float:
        """Energy [eV per atom of the composite] as J per gram of composite.

        Parameters
        ----------
        energy : energy [eV per atom of the composite].

        Returns
        -------
        float
            Energy [J per gram of composite].
        """
        return energy * self.atoms_per_gram * KJ_PER_MOL * 1000

    def to_dict(self) -> dict[str, Any]:
        """Plain values: the JSON object of the command line; read back by :meth:`from_record`.

        Returns
        -------
        dict[str, Any]
            JSON-serialisable values; the keys name the units.
        """
        names = [product.formula for product in self.products]
        data: dict[str, Any] = {
            "components": [component.to_dict() for component in self.components],
            "basis": self.basis,
            "reaction_energy_ev_per_atom": self.total,
            "mutual_energy_ev_per_atom": self.mutual,
            "self_decomposition_ev_per_atom": self.self_decomposition,
            "reaction_energy_J_per_g": self.joules_per_gram(self.total),
            "mutual_energy_J_per_g": self.joules_per_gram(self.mutual),
            "nonopen_atoms_per_atom": self.nonopen_share,
            "mol_of_atoms_per_g": self.atoms_per_gram,
            "products": [product.to_dict() for product in self.products],
            "gases": gases(names),
            "suspect_products": suspects(names),
            "exchanged_g_per_g_of_composite": dict(self.exchanged),
            "pairs": [pair.to_dict() for pair in self.pairs],
            "scheme": self.scheme,
            "phase_set": self.phase_set,
            "notes": list(self.notes),
            "provenance": dict(self.provenance),
        }
        if self.open_elements:
            data |= {
                "open": [element.to_dict() for element in self.open_elements],
                "reaction_energy_ev_per_nonopen_atom": self.total_in_basis,
                "mutual_energy_ev_per_nonopen_atom": self.mutual_in_basis,
            }
        return data

    @classmethod
    def from_record(cls, data: Mapping[str, Any]) -> Composite:
        """The inverse of :meth:`to_dict`; equal to the original.

        Parameters
        ----------
        data : object written by :meth:`to_dict`.

        Returns
        -------
        Composite
            Equal to the original.
        """
        return cls(
            components=tuple(map(Component.from_record, data["components"])),
            total=data["reaction_energy_ev_per_atom"],
            mutual=data["mutual_energy_ev_per_atom"],
            nonopen_share=data["nonopen_atoms_per_atom"],
            atoms_per_gram=data["mol_of_atoms_per_g"],
            products=tuple(map(Product.from_record, data["products"])),
            exchanged=tuple(data["exchanged_g_per_g_of_composite"].items()),
            pairs=tuple(map(PairReaction.from_record, data["pairs"])),
            scheme=data["scheme"],
            phase_set=data["phase_set"],
            open_elements=tuple(map(OpenElement.from_record, data.get("open", ()))),
            notes=tuple(data["notes"]),
            provenance=tuple(data["provenance"].items()),
        )

    def _repr_html_(self) -> str:
        names = " + ".join(
            f"{component.mass_fraction:.0%} {component.reactant.label}"
            for component in self.components
        )
        return html(
            f"{names}, {self.scheme}: {self.joules_per_gram(self.total):.0f} J/g total, "
            f"{self.joules_per_gram(self.mutual):.0f} J/g mutual",
            ("product", "g per g", "mmol per g"),
            [(product.formula, product.grams, product.millimoles) for product in self.products],
            self.notes,
        )


def composite(
    phase_set: PhaseSet,
    reactants: Sequence[Reactant],
    masses: Sequence[float],
    *,
    open_elements: Sequence[OpenElement] = (),
    provenance: Mapping[str, str] | None = None,
) -> Composite:
    """Equilibrium of materials mixed by mass.

    Parameters
    ----------
    phase_set : the candidate products.
    reactants : two or more materials, with energies on the scale of that set.
    masses : of the materials, in any unit; only their ratios count.
    open_elements : exchanged with reservoirs (:mod:`interfaces.phases.reservoirs`).
    provenance : key -> text, carried in the result.

    Returns
    -------
    Composite
        Energies are products minus reactants: negative where the reaction releases energy.

    Raises
    ------
    ReactantError
        If there are fewer than two materials, two of them have one composition, a mass is not
        positive, or a material consists of open elements alone.
    ReservoirError
        If the reservoirs alone form a phase.
    MissingElementError
        If the set lacks an element.

    Examples
    --------
    Two materials give the point of their mixing curve. 2.987 g of Li2O and 7.987 g of TiO2 are
    0.1 mol each, and Li2O + TiO2 -> Li2TiO3 releases 0.5 eV per formula unit here:

    >>> from interfaces.phases.reactants import reactant
    >>> phases = PhaseSet.from_rows(
    ...     [("a", "Li", 0.0), ("b", "Ti", 0.0), ("c", "O2", 0.0), ("d", "Li2O", -2.0),
    ...      ("e", "TiO2", -3.0), ("f", "Li2TiO3", -31 / 12)], scheme="made up")
    >>> pair = [reactant(phases, "Li2O"), reactant(phases, "TiO2")]
    >>> result = composite(phases, pair, [2.98814, 7.98658])
    >>> round(result.total * 6, 4), [product.formula for product in result.products]
    (-0.5, ['Li2TiO3'])
    """
    _check(reactants, masses, open_elements)
    formulas = [reactant.formula for reactant in reactants]
    crossing = {element.symbol for element in open_elements}
    pool = phase_set.pool(tuple(sorted({*chemical_system(formulas), *crossing})))
    if open_elements:
        pool = pool.opened(open_elements)
    pool, notes = joined(pool, *reactants)

    # Moles of formula units, of atoms and of atoms that are not open, per gram of composite.
    mass_fractions = np.array(masses, dtype=float) / sum(masses)
    moles = mass_fractions / np.array([formula.molar_mass for formula in formulas])
    atoms = moles * np.array([float(formula.n_atoms) for formula in formulas])
    nonopen = atoms * np.array([pool.kept(formula) for formula in formulas])
    shares = nonopen / nonopen.sum()

    mixture = _mixture(formulas, moles)
    energy, basis, amounts = pool.hull(mixture)
    own = np.array([pool.potential(r.formula, r.energy) for r in reactants])
    alone = [pool.hull(formula) for formula in formulas]  # each material by itself
    hull = np.array([hull_energy for hull_energy, _, _ in alone])
    nonopen_share = float(nonopen.sum() / atoms.sum())
    units = {
        pool.formulas[int(column)]: float(amount * nonopen.sum()) / _kept_atoms(pool, column)
        for column, amount in zip(basis, amounts, strict=True)
        if amount > PRESENT
    }
    return Composite(
        components=tuple(
            Component(
                reactant=reactant,
                mass_fraction=float(mass_fractions[i]),
                atom_fraction=float(atoms[i] / atoms.sum()),
                remaining=_remaining(
                    reactant, float(moles[i]), units, pool.present(*alone[i][1:], PRESENT)
                ),
            )
            for i, reactant in enumerate(reactants)
        ),
        total=float(energy - shares @ own) * nonopen_share,
        mutual=float(energy - shares @ hull) * nonopen_share,
        nonopen_share=nonopen_share,
        atoms_per_gram=float(atoms.sum()),
        products=_products(units),
        exchanged=_exchanged(units, formulas, moles, open_elements),
        pairs=_pairs(phase_set, reactants, atoms / atoms.sum(), open_elements),
        scheme=phase_set.scheme,
        phase_set=phase_set.source,
        open_elements=tuple(open_elements),
        notes=(*phase_set.notes, *notes),
        provenance=tuple((provenance or {}).items()),
    )


def _check(
    reactants: Sequence[Reactant], masses: Sequence[float], open_elements: Sequence[OpenElement]
) -> None:
    if len(reactants) < FEWEST or len(reactants) != len(masses):
        raise ReactantError(
            f"a composite needs {FEWEST} or more materials with a mass each, got "
            f"{len(reactants)} materials and {len(masses)} masses"
        )
    for reactant, mass in zip(reactants, masses, strict=True):
        if not 0 < mass < float("inf"):
            raise ReactantError(f"mass {mass!r} of {reactant.label}; give a positive number")
    for first, second in combinations(reactants, 2):
        if first.formula.same_composition(second.formula):
            raise ReactantError(
                f"{first.label} and {second.label} have one composition; add their masses"
            )
    crossing = {element.symbol for element in open_elements}
    for reactant in reactants:
        if set(reactant.formula.elements) <= crossing:
            raise ReactantError(
                f"{reactant.label} consists of open elements, of which the reservoir holds any "
                "amount; leave it out of the composite"
            )


def _mixture(formulas: Sequence[Formula], moles: np.ndarray) -> Formula:
    """The composite as one formula; only the proportions matter."""
    amounts: dict[str, float] = {}
    for formula, number in zip(formulas, moles / moles.max(), strict=True):
        for symbol, amount in formula.amounts:
            amounts[symbol] = amounts.get(symbol, 0.0) + float(amount) * float(number)
    return Formula.from_amounts(amounts)


def _kept_atoms(pool: Pool, column: int) -> float:
    """Atoms that are not open per formula unit of a candidate."""
    formula = pool.formulas[int(column)]
    return pool.kept(formula) * float(formula.n_atoms)


def _remaining(
    reactant: Reactant,
    moles: float,
    units: Mapping[Formula, float],
    decomposition: Sequence[Formula],
) -> float | None:
    """Share of a material that is still there; None where it is not a stable phase itself.

    A material at its hull energy without an entry of its own is a mixture of other phases.
    """
    if not any(phase.same_composition(reactant.formula) for phase in decomposition):
        return None
    for formula, number in units.items():
        if formula.same_composition(reactant.formula):
            atoms_left = number * float(formula.n_atoms)
            return min(1.0, atoms_left / (moles * float(reactant.formula.n_atoms)))
    return 0.0


def _products(units: Mapping[Formula, float]) -> tuple[Product, ...]:
    products = [
        Product(formula=formula.text, grams=number * formula.molar_mass, millimoles=1000 * number)
        for formula, number in units.items()
    ]
    return tuple(sorted(products, key=lambda product: (-product.grams, product.formula)))


def _exchanged(
    units: Mapping[Formula, float],
    formulas: Sequence[Formula],
    moles: np.ndarray,
    open_elements: Sequence[OpenElement],
) -> tuple[tuple[str, float], ...]:
    """Open element -> grams that the products hold more (+) or less (-) than the materials."""
    exchanged = []
    for element in open_elements:
        symbol = element.symbol
        after = sum(number * float(formula.get(symbol)) for formula, number in units.items())
        before = sum(
            float(number) * float(formula.get(symbol))
            for formula, number in zip(formulas, moles, strict=True)
        )
        exchanged.append((symbol, (after - before) * Formula.parse(symbol).molar_mass))
    return tuple(exchanged)


def _pairs(
    phase_set: PhaseSet,
    reactants: Sequence[Reactant],
    atom_fractions: np.ndarray,
    open_elements: Sequence[OpenElement],
) -> tuple[PairReaction, ...]:
    pairs = []
    for i, j in combinations(range(len(reactants)), 2):
        curve = mixing_curve(phase_set, reactants[i], reactants[j], open_elements=open_elements)
        atoms = float(atom_fractions[i] + atom_fractions[j])
        x = float(atom_fractions[i]) / atoms
        lowest = curve.minimum_mutual
        reacts = lowest.mutual_per_nonopen_atom < -NO_REACTION
        pairs.append(
            PairReaction(
                first=reactants[i].label,
                second=reactants[j].label,
                energy=float(curve.mutual_at(x)) * atoms,
                minimum_mutual=lowest.mutual_per_nonopen_atom,
                reaction=str(lowest.reaction) if reacts else "",
            )
        )
    return tuple(sorted(pairs, key=lambda pair: (pair.energy, pair.first, pair.second)))
