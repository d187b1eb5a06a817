r"""Pseudo-binary mixing curve: reaction energy against the mixing fraction of two reactants.

With x the share of atoms from the first reactant,

.. math:: \Delta E(x) = E_\mathrm{hull}(x c_1 + (1-x) c_2) - x e_1 - (1-x) e_2 .

There are three energies: ``total`` as above, ``self_decomposition`` (the chord between
the two ends, what the reactants release without touching) and ``mutual`` = total -
self_decomposition. All are products minus reactants, negative where favourable, in eV per atom of
the mix, and straight between kinks in x only. Method: doi 10.1021/acs.chemmater.5b04082.

In a system open to elements at fixed chemical potentials the same holds for grand potentials. Two
bases are in use: per atom of the mix, linear in the share x of its atoms, and per atom that is not
open, linear in the share of those.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interfaces.chemistry.formulas import Formula, chemical_system
from interfaces.chemistry.reactions import Reaction
from interfaces.chemistry.repr_html import html
from interfaces.chemistry.units import KJ_PER_MOL
from interfaces.errors import ReactantError
from interfaces.interphase import Interphase, Volumes, interphase, known_volumes
from interfaces.interphase.inventory import left_over
from interfaces.phases.competing_phases import Pool, check_solved, solving
from interfaces.phases.phase_set import SAME_COMPOSITION, PhaseSet
from interfaces.phases.products import gas_amounts, gases, suspect_note, suspects
from interfaces.phases.reactants import Reactant, joined
from interfaces.phases.reservoirs import OpenElement
from interfaces.reactivity.band import Band, MinimumSpread
from interfaces.serialisable import Serialisable
from interfaces.solver.parametric import mixing_line

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]
Line = tuple[Array, NDArray[np.int64], Array, Array]  #: bounds, bases, amounts, slopes of a walk

SAME_SLOPE = 1e-9  #: eV/atom; a breakpoint where the energy does not bend is not a kink
PRESENT = 1e-9  #: atom fraction; a product with less is absent
NO_REACTION = 1e-9  #: eV/atom; a minimum closer to 0 counts as no reaction
SAME_ENERGY = 1e-12  #: eV/atom; of equal minima the one at the lowest mixing fraction is named


@dataclass(frozen=True)
class Kink(Serialisable):
    """A mixing ratio where the products change, with its reaction.

    Fractions are of the first reactant: of atoms (``mixing_fraction``), of formula units as given
    (``molar_fraction``), of mass. Energies in eV per atom of the mix.
    """

    mixing_fraction: float
    molar_fraction: float
    mass_fraction: float
    total: float
    mutual: float
    reaction: Reaction
    atoms_per_formula: float  #: atoms per formula unit of the mix as given
    nonopen_fraction: float | None = None  #: share of non-open atoms from the first; None if closed
    nonopen_share: float = 1.0  #: non-open atoms per atom of the mix
    volumes: Volumes = ()  #: known ones of what the reaction names [A^3 per formula unit]

    @property
    def total_per_nonopen_atom(self) -> float:
        """Total energy per atom that is not open [eV]; that per atom in a closed curve."""
        return self.total / self.nonopen_share

    @property
    def mutual_per_nonopen_atom(self) -> float:
        """Mutual energy per atom that is not open [eV]."""
        return self.mutual / self.nonopen_share

    @property
    def self_decomposition(self) -> float:
        """The part that needs no contact [eV/atom]: total - mutual."""
        return self.total - self.mutual

    @property
    def total_per_formula(self) -> float:
        """Total energy per formula unit of the mix, y A + (1 - y) B [eV]."""
        return self.total * self.atoms_per_formula

    @property
    def kj_per_mol(self) -> float:
        """Total energy per mole of formula units of the mix [kJ/mol]."""
        return self.total_per_formula * KJ_PER_MOL

    @property
    def products(self) -> dict[str, float]:
        """Product -> formula units per formula unit of the mix."""
        return self.reaction.product_amounts()

    @cached_property
    def interphase(self) -> Interphase:
        """Gases, electronic conduction, volume change and lithium loss of the products."""
        return interphase(self.reaction, self.volumes)

    def to_dict(self) -> dict[str, Any]:
        """Plain values with units in their names, as in the JSON output.

        Returns
        -------
        dict[str, Any]
            JSON-serialisable values; the keys name the units.
        """
        return dict(self._plain)

    @cached_property
    def _plain(self) -> dict[str, Any]:
        # A run writes each kink to its curve, its tables and its record.
        products = self.products
        data: dict[str, Any] = {
            "mixing_fraction": self.mixing_fraction,
            "molar_fraction": self.molar_fraction,
            "mass_fraction": self.mass_fraction,
            "reaction_energy_ev_per_atom": self.total,
            "mutual_energy_ev_per_atom": self.mutual,
            "self_decomposition_ev_per_atom": self.self_decomposition,
            "reaction_energy_ev_per_formula": self.total_per_formula,
            "reaction_energy_kj_per_mol": self.kj_per_mol,
            "atoms_per_formula": self.atoms_per_formula,
            "reaction": str(self.reaction),
            "products": products,
            "gases": gases(products),
            "suspect_products": suspects(products),
            "gas_amounts": [gas.to_dict() for gas in gas_amounts(self.reaction)],
            "interphase": self.interphase.to_dict(),
            "volumes_A3_per_formula": dict(self.volumes),
        }
        if self.nonopen_fraction is not None:
            data |= {
                "nonopen_fraction": self.nonopen_fraction,
                "nonopen_atoms_per_atom_of_mix": self.nonopen_share,
                "reaction_energy_ev_per_nonopen_atom": self.total_per_nonopen_atom,
                "mutual_energy_ev_per_nonopen_atom": self.mutual_per_nonopen_atom,
                "reaction_energy_ev_per_atom_of_mix": self.total,
                "exchanged_per_formula": self.reaction.exchanged_amounts(),
            }
        return data

    @classmethod
    def from_record(cls, data: Mapping[str, Any]) -> Kink:
        """The inverse of :meth:`to_dict`.

        Parameters
        ----------
        data : object written by :meth:`to_dict`.

        Returns
        -------
        Kink
            Equal to the original.
        """
        return cls(
            mixing_fraction=data["mixing_fraction"],
            molar_fraction=data["molar_fraction"],
            mass_fraction=data["mass_fraction"],
            total=data["reaction_energy_ev_per_atom"],
            mutual=data["mutual_energy_ev_per_atom"],
            reaction=Reaction.parse(data["reaction"], tuple(data.get("exchanged_per_formula", ()))),
            atoms_per_formula=data["atoms_per_formula"],
            nonopen_fraction=data.get("nonopen_fraction"),
            nonopen_share=data.get("nonopen_atoms_per_atom_of_mix", 1.0),
            # results of earlier versions have no volumes
            volumes=tuple(data.get("volumes_A3_per_formula", {}).items()),
        )


@dataclass(frozen=True)
class MixingCurve(Serialisable):
    """Reaction energy of two reactants against their mixing fraction.

    Build one with :func:`mixing_curve`. Between kinks the energies are straight in
    ``mixing_fraction`` (share of atoms from ``reactant_1``); in any other variable resample with
    :meth:`at`, never join kinks.
    """

    reactant_1: Reactant
    reactant_2: Reactant
    kinks: tuple[Kink, ...]
    scheme: str
    phase_set: str
    notes: tuple[str, ...] = ()
    provenance: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    open_elements: tuple[OpenElement, ...] = ()
    no_gas: Kink | None = None  #: total minimum without gaseous products, if computed
    band: Band | None = None  #: how sure it is, where the set states its errors

    @property
    def basis(self) -> str:
        """What the minima are taken in: ``per_atom``, or ``per_nonopen_atom`` of an open curve."""
        return "per_nonopen_atom" if self.open_elements else "per_atom"

    @property
    def mixing_fractions(self) -> Array:
        """Kinks in share of atoms from the first reactant, shape (K,), from 0 to 1."""
        return np.array([kink.mixing_fraction for kink in self.kinks])

    @property
    def minimum_total(self) -> Kink:
        """The kink of lowest total energy in the curve's basis; at an end, self-decomposition."""
        return _lowest(self.kinks, [kink.total_per_nonopen_atom for kink in self.kinks])

    @property
    def minimum_mutual(self) -> Kink:
        """The kink of lowest mutual energy: the most favourable reaction between the two."""
        return _lowest(self.kinks, [kink.mutual_per_nonopen_atom for kink in self.kinks])

    @property
    def suspects(self) -> tuple[str, ...]:
        """Products, at any kink, that are impossible at a battery interface; sorted."""
        names = {name for kink in self.kinks for name, _ in kink.reaction.products}
        return tuple(sorted(suspects(names)))

    def at(self, mixing_fraction: ArrayLike) -> Array:
        """Total reaction energy [eV/atom] at shares of atoms from the first reactant.

        Parameters
        ----------
        mixing_fraction : share of atoms from the first reactant, 0 to 1.

        Returns
        -------
        Array
            Total reaction energy [eV/atom], negative where favourable; shape of the argument.

        Raises
        ------
        ReactantError
            If a fraction lies outside [0, 1].
        """
        x = shares(mixing_fraction)
        totals = [kink.total for kink in self.kinks]
        return np.asarray(np.interp(x, self.mixing_fractions, totals))

    def mutual_at(self, mixing_fraction: ArrayLike) -> Array:
        """Mutual reaction energy [eV/atom]: total minus the chord between its ends.

        Parameters
        ----------
        mixing_fraction : share of atoms from the first reactant, 0 to 1.

        Returns
        -------
        Array
            Mutual reaction energy [eV/atom], negative where favourable; shape of the argument.
        """
        x = shares(mixing_fraction)
        chord = (1 - x) * self.kinks[0].total + x * self.kinks[-1].total
        return np.asarray(self.at(x) - chord)

    def uncertainty_at(self, mixing_fraction: ArrayLike) -> Array:
        """One standard error of the total [eV/atom]; NaN where none is known.

        From the ``band``, or else from the reactants that state an error: a lower bound.

        Parameters
        ----------
        mixing_fraction : share of atoms from the first reactant, 0 to 1.

        Returns
        -------
        Array
            Standard error [eV/atom], not negative; shape of the argument.
        """
        x = shares(mixing_fraction)
        if self.band is not None:
            share = x * self.kinks[-1].nonopen_share + (1 - x) * self.kinks[0].nonopen_share
            u = self.mixing_to_nonopen(x)
            return np.asarray(np.interp(u, self.band.fractions, self.band.errors) * share)
        first, second = self.reactant_1.uncertainty, self.reactant_2.uncertainty
        if first is None and second is None:
            return np.full_like(x, np.nan)
        return np.hypot(x * (first or 0.0), (1 - x) * (second or 0.0))

    def mixing_to_nonopen(self, mixing_fraction: ArrayLike) -> Array:
        """Share of the non-open atoms from the share of all atoms of the first reactant.

        Parameters
        ----------
        mixing_fraction : share of atoms from the first reactant, 0 to 1.

        Returns
        -------
        Array
            Share of the non-open atoms, 0 to 1.
        """
        x = shares(mixing_fraction)
        first = x * self.kinks[-1].nonopen_share
        return first / (first + (1 - x) * self.kinks[0].nonopen_share)

    def molar_to_mixing(self, molar_fraction: ArrayLike) -> Array:
        """Share of atoms from the share of formula units of the first reactant.

        Parameters
        ----------
        molar_fraction : share of formula units from the first reactant, 0 to 1.

        Returns
        -------
        Array
            Share of atoms, 0 to 1.
        """
        y = shares(molar_fraction, "molar fraction", "formula units")
        first = y * float(self.reactant_1.formula.n_atoms)
        second = (1 - y) * float(self.reactant_2.formula.n_atoms)
        return first / (first + second)

    def describe_minimum(self, kink: Kink) -> str:
        """``reaction``, whose self-decomposition or delithiation it is, or ``no reaction``.

        A cathode that only gives off or takes up the open carrier does not react.

        Parameters
        ----------
        kink : a minimum of this curve.

        Returns
        -------
        str
            Kind of the minimum, for tables and figures.
        """
        if min(kink.total, kink.mutual) > -NO_REACTION:
            return "no reaction"
        if not 0.0 < kink.mixing_fraction < 1.0:
            reactant = self.reactant_1 if kink.mixing_fraction else self.reactant_2
            return f"{_alone(kink)} of {reactant.label}"
        return "reaction"

    def to_dict(self) -> dict[str, Any]:
        """Plain values: the JSON object of the command line; read back by :meth:`from_record`.

        Returns
        -------
        dict[str, Any]
            JSON-serialisable values; the keys name the units.
        """
        return {
            "reactants": [self.reactant_1.to_dict(), self.reactant_2.to_dict()],
            "basis": self.basis,
            "scheme": self.scheme,
            "phase_set": self.phase_set,
            "minimum_total": self._minimum(self.minimum_total, "total"),
            "minimum_mutual": self._minimum(self.minimum_mutual, "mutual"),
            "band": self.band.to_dict() if self.band else None,
            "kinks": [kink.to_dict() for kink in self.kinks],
            "notes": list(self.notes),
            "provenance": dict(self.provenance),
            "minimum_total_without_gas": self.no_gas.to_dict() if self.no_gas else None,
        } | (
            {"open": [element.to_dict() for element in self.open_elements]}
            if self.open_elements
            else {}
        )

    def _minimum(self, kink: Kink, kind: Literal["total", "mutual"]) -> dict[str, Any]:
        spread: MinimumSpread | None = getattr(self.band, kind, None)
        unknown = dict.fromkeys(("uncertainty_ev_per_atom", "low_ev_per_atom", "high_ev_per_atom"))
        known = spread.to_dict() if spread else unknown
        return kink.to_dict() | {"kind": self.describe_minimum(kink)} | known

    @classmethod
    def from_record(cls, data: Mapping[str, Any]) -> MixingCurve:
        """The inverse of :meth:`to_dict`; equal to the original.

        Parameters
        ----------
        data : object written by :meth:`to_dict`.

        Returns
        -------
        MixingCurve
            Equal to the original.
        """
        first, second = data["reactants"]
        no_gas = data.get("minimum_total_without_gas")
        return cls(
            reactant_1=Reactant.from_record(first),
            reactant_2=Reactant.from_record(second),
            kinks=tuple(Kink.from_record(kink) for kink in data["kinks"]),
            scheme=data["scheme"],
            phase_set=data["phase_set"],
            notes=tuple(data["notes"]),
            provenance=tuple(data["provenance"].items()),
            open_elements=tuple(
                OpenElement.from_record(element) for element in data.get("open", ())
            ),
            no_gas=Kink.from_record(no_gas) if no_gas else None,
            band=Band.from_record(data["band"]) if data.get("band") else None,
        )

    def _repr_html_(self) -> str:
        per = "non-open atom" if self.open_elements else "atom"
        rows = [
            (
                kink.mixing_fraction,
                kink.total_per_nonopen_atom,
                kink.mutual_per_nonopen_atom,
                str(kink.reaction),
            )
            for kink in self.kinks
        ]
        return html(
            f"{self.reactant_1.label} | {self.reactant_2.label}, {self.scheme}: "
            f"minimum {self.minimum_total.total_per_nonopen_atom:.3f} total, "
            f"{self.minimum_mutual.mutual_per_nonopen_atom:.3f} mutual (eV/{per})",
            ("x (atoms)", f"total (eV/{per})", f"mutual (eV/{per})", "reaction"),
            rows,
            self.notes,
        )

    def to_frame(self) -> pd.DataFrame:
        """One row per kink, columns as in the JSON output.

        Returns
        -------
        pd.DataFrame
            Table with one row per kink.
        """
        import pandas as pd

        rows = [kink.to_dict() | kink.interphase.to_row() for kink in self.kinks]
        for row in rows:
            del row["volumes_A3_per_formula"]
            row["gases"] = " ".join(row["gases"])
            row["suspect_products"] = " ".join(row["suspect_products"])
            row["products"] = " + ".join(f"{v:.6g} {k}" for k, v in row["products"].items())
            row["gas_amounts"] = " ".join(
                f"{g['gas']}={g['per_formula']:.6g}" for g in row["gas_amounts"]
            )
        return pd.DataFrame(rows)


def shares(fractions: ArrayLike, name: str = "mixing fraction", of: str = "atoms") -> Array:
    """Fractions as an array, refused outside [0, 1].

    Parameters
    ----------
    fractions : numbers or array.
    name : of the quantity, for the error message.
    of : what the shares count, for the error message.

    Returns
    -------
    Array
        The fractions as floats.
    """
    x = np.asarray(fractions, dtype=float)
    if not ((x >= 0) & (x <= 1)).all():
        raise ReactantError(
            f"{name} {fractions!r} is outside [0, 1]; it is the share of {of} from the first "
            "reactant"
        )
    return x


def mixing_curve(
    phase_set: PhaseSet,
    reactant_1: Reactant,
    reactant_2: Reactant,
    *,
    open_elements: Sequence[OpenElement] = (),
    provenance: Mapping[str, str] | None = None,
) -> MixingCurve:
    """Compute the pseudo-binary curve of two reactants, closed or open to elements.

    A reactant whose energy lies below the hull of the set joins the candidates, so that its own end
    is 0, and a note says so.

    Parameters
    ----------
    phase_set : the candidate products.
    reactant_1, reactant_2 : with energies on the scale of that set.
    open_elements : exchanged with reservoirs (:mod:`interfaces.phases.reservoirs`). Reactants that
        differ in these alone do not mix: their curve has its two ends and no mutual energy.
    provenance : key -> text, carried in the result.

    Returns
    -------
    MixingCurve
        Kinks with energies (negative where favourable) and balanced reactions.

    Raises
    ------
    ReactantError
        If both have the same composition, or one is made of open elements only and so has no share
        in the mix (:func:`interfaces.reactivity.uptake.uptake_curve` follows that).
    ReservoirError
        If the reservoirs alone form a phase.
    MissingElementError
        If the set lacks an element.

    Examples
    --------
    >>> from interfaces.phases.reactants import reactant
    >>> phases = PhaseSet.from_rows(
    ...     [("a", "Li", 0.0), ("b", "Ti", 0.0), ("c", "O2", 0.0), ("d", "Li2O", -2.0),
    ...      ("e", "TiO2", -3.0), ("f", "Li2TiO3", -2.75)], scheme="made up")
    >>> curve = mixing_curve(phases, reactant(phases, "Li2O"), reactant(phases, "TiO2"))
    >>> print(curve.minimum_total.reaction, round(curve.minimum_total.total, 3))
    Li2O + TiO2 -> Li2TiO3 -0.25
    """
    pool = open_pool(phase_set, reactant_1, reactant_2, open_elements)
    pool, notes = joined(pool, reactant_1, reactant_2)
    line = _walked(pool, reactant_1, reactant_2)
    bends = _bends(pool.energies, *line)
    if open_elements and _one_composition(pool, reactant_1, reactant_2):
        crossing = " and ".join(element.symbol for element in open_elements)
        notes.append(
            f"the reactants differ in {crossing} alone, which is open: "
            "they do not react with each other"
        )
    curve = MixingCurve(
        reactant_1=reactant_1,
        reactant_2=reactant_2,
        kinks=_kinks(phase_set, pool, reactant_1, reactant_2, line, bends),
        scheme=phase_set.scheme,
        phase_set=phase_set.source,
        notes=tuple(notes),
        provenance=tuple((provenance or {}).items()),
        open_elements=tuple(open_elements),
    )
    if not (flagged := curve.suspects):
        return curve
    return replace(curve, notes=(*notes, suspect_note(flagged)))


def lowest_kink(
    phase_set: PhaseSet,
    reactant_1: Reactant,
    reactant_2: Reactant,
    open_elements: Sequence[OpenElement] = (),
) -> Kink:
    """The kink of lowest total energy alone, as :attr:`MixingCurve.minimum_total` gives it.

    The reactions of the other kinks, which take most of the time of a curve, are not balanced.

    Parameters
    ----------
    phase_set : energies of the candidate products [eV/atom].
    reactant_1 : first reactant; mixing fractions count its atoms.
    reactant_2 : second reactant.
    open_elements : elements exchanged with a reservoir at a fixed chemical potential.

    Returns
    -------
    Kink
        The kink of lowest total energy.
    """
    pool = open_pool(phase_set, reactant_1, reactant_2, open_elements)
    pool, _ = joined(pool, reactant_1, reactant_2)
    line = _walked(pool, reactant_1, reactant_2)
    bends = _bends(pool.energies, *line)
    own_1 = pool.potential(reactant_1.formula, reactant_1.energy)
    own_2 = pool.potential(reactant_2.formula, reactant_2.energy)
    totals: dict[int, float] = {}
    for k in bends:
        u = float(line[0][k])
        totals[k] = _hull(pool, line, k) - u * own_1 - (1 - u) * own_2
    lowest = min(totals.values())
    at = next(k for k, total in totals.items() if total <= lowest + SAME_ENERGY)
    chosen = sorted({bends[0], at, bends[-1]})  # both ends, which the mutual energy is against
    kinks = _kinks(phase_set, pool, reactant_1, reactant_2, line, chosen)
    return kinks[chosen.index(at)]


def _walked(pool: Pool, reactant_1: Reactant, reactant_2: Reactant) -> Line:
    """Breakpoints from the second reactant to the first, with the stable phases between them."""
    first, second = reactant_1.formula, reactant_2.formula
    task = f"curve of {first} and {second}"
    with solving(task):
        status, count, bounds, bases, amounts, slopes = mixing_line(
            pool.phases,
            pool.energies,
            pool.references,
            pool.composition(second),
            pool.composition(first),
        )
    check_solved(status, task, f"ended at x = {bounds[count]:.9f}")
    return bounds, bases, amounts, slopes


def _one_composition(pool: Pool, reactant_1: Reactant, reactant_2: Reactant) -> bool:
    ends = [pool.composition(reactant.formula) for reactant in (reactant_1, reactant_2)]
    return bool(np.abs(ends[1] - ends[0]).max() < SAME_COMPOSITION)


def _near(first: Formula, second: Formula) -> bool:
    """Whether two formulas differ by less than :data:`SAME_COMPOSITION`."""
    elements = chemical_system([first, second])
    away = np.abs(first.fractions(elements) - second.fractions(elements))
    return bool(away.max() < SAME_COMPOSITION)


def open_pool(
    phase_set: PhaseSet,
    reactant_1: Reactant,
    reactant_2: Reactant,
    open_elements: Sequence[OpenElement] = (),
    *,
    varies: bool = False,
) -> Pool:
    """The candidates for a pair, closed or open; refuses pairs between which nothing mixes.

    ``varies`` as in :meth:`interfaces.phases.competing_phases.Pool.opened`.

    Parameters
    ----------
    phase_set : energies of the candidate products [eV/atom].
    reactant_1 : first reactant; mixing fractions count its atoms.
    reactant_2 : second reactant.
    open_elements : elements exchanged with a reservoir at a fixed chemical potential.
    varies : whether the voltage of the first open element is a variable, as in
        :meth:`interfaces.phases.competing_phases.Pool.opened`.

    Returns
    -------
    Pool
        Candidate phases over the elements that are not open.
    """
    first, second = reactant_1.formula, reactant_2.formula
    if first.same_composition(second):
        raise ReactantError(
            f"both reactants are {first.reduced}; a mixing curve needs two compositions"
        )
    if not open_elements and _near(first, second):
        raise ReactantError(
            f"{first} and {second} differ by less than {SAME_COMPOSITION:g} of the atoms; "
            "a mixing curve needs two compositions"
        )
    crossing = {element.symbol for element in open_elements}
    for formula in (first, second):
        if set(formula.elements) <= crossing:
            raise ReactantError(
                f"{formula} is open and has no share in the mix; compute its uptake by the other"
            )
    pool = phase_set.pool(tuple(sorted({*chemical_system([first, second]), *crossing})))
    return pool.opened(open_elements, varies=varies) if open_elements else pool


def _bends(
    energies: Array, bounds: Array, bases: NDArray[np.int64], amounts: Array, slopes: Array
) -> list[int]:
    """Breakpoints where the energy bends, both ends included; coplanar phases do not bend it."""
    steepness = (energies[bases] * slopes).sum(axis=1)
    inner = [k for k in range(1, len(bounds) - 1) if steepness[k] - steepness[k - 1] > SAME_SLOPE]
    return [0, *inner, len(bounds) - 1]


def _hull(pool: Pool, line: Line, k: int) -> float:
    """Energy of the hull [eV per non-open atom] at a breakpoint."""
    bounds, bases, amounts, slopes = line
    segment = max(k - 1, 0)
    here = amounts[segment] + slopes[segment] * float(bounds[k])
    return float(pool.energies[bases[segment]] @ here)


def _kinks(
    phase_set: PhaseSet,
    pool: Pool,
    reactant_1: Reactant,
    reactant_2: Reactant,
    line: Line,
    chosen: Sequence[int],
) -> tuple[Kink, ...]:
    bounds, bases, amounts, slopes = line
    first, second = reactant_1.formula, reactant_2.formula
    kept_1, kept_2 = pool.kept(first), pool.kept(second)
    n1, n2 = float(first.n_atoms), float(second.n_atoms)
    m1, m2 = first.molar_mass, second.molar_mass
    own_1 = pool.potential(first, reactant_1.energy)
    own_2 = pool.potential(second, reactant_2.energy)
    elements = (*pool.elements, *(element.symbol for element in pool.open_elements))
    exchanged = [element.exchanged_as for element in pool.open_elements]
    kinks = []
    for k in chosen:
        u = float(bounds[k])  # share of the non-open atoms; of all where nothing is open
        segment = max(k - 1, 0)
        here = amounts[segment] + slopes[segment] * u
        # Moles of formula units of each reactant per mole of non-open atoms of the mix.
        moles_1, moles_2 = u / (kept_1 * n1), (1 - u) / (kept_2 * n2)
        x = moles_1 * n1 / (moles_1 * n1 + moles_2 * n2)
        y = moles_1 / (moles_1 + moles_2)
        sides = [f for f, share in ((first, u), (second, 1 - u)) if share > 0]
        share = 1 / (moles_1 * n1 + moles_2 * n2)
        total = (_hull(pool, line, k) - u * own_1 - (1 - u) * own_2) * share
        kinks.append(
            Kink(
                mixing_fraction=x,
                molar_fraction=y,
                mass_fraction=y * m1 / (y * m1 + (1 - y) * m2),
                total=total,
                mutual=0.0,
                reaction=pool.reaction(
                    sides, bases[segment], here, PRESENT, x, elements, exchanged
                ),
                atoms_per_formula=y * n1 + (1 - y) * n2,
                nonopen_fraction=u if pool.open_elements else None,
                nonopen_share=share if pool.open_elements else 1.0,
            )
        )
    # The mutual energy is measured from the chord between both ends, so it needs all kinks first.
    ends = kinks[0].total, kinks[-1].total
    volumes = known_volumes(
        phase_set, pool, (reactant_1, reactant_2), [kink.reaction for kink in kinks]
    )
    return tuple(
        replace(
            kink,
            volumes=known,
            mutual=kink.total
            - (1 - kink.mixing_fraction) * ends[0]
            - kink.mixing_fraction * ends[1],
        )
        for kink, known in zip(kinks, volumes, strict=True)
    )


def _alone(kink: Kink) -> str:
    """What a reactant does without the other: ``delithiation``, ``lithiation`` or decomposition."""
    exchanged = kink.reaction.exchanged
    if exchanged and {name for name, _ in kink.reaction.products} == left_over(kink.reaction):
        return "delithiation" if exchanged[0][1] < 0 else "lithiation"
    return "self-decomposition"


def _lowest(kinks: Sequence[Kink], energies: Sequence[float]) -> Kink:
    lowest = min(energies)
    return next(k for k, e in zip(kinks, energies, strict=True) if e <= lowest + SAME_ENERGY)
