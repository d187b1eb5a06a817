"""``PhaseSet``: entries of one functional and correction scheme, and their convex hull."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from interfaces.chemistry.formulas import Formula
from interfaces.errors import (
    LARGEST,
    FormulaError,
    MissingElementError,
    NoOwnEntryError,
    PhaseSetError,
    RepeatedIdError,
)
from interfaces.phases.competing_phases import Pool
from interfaces.phases.phase_errors import PhaseErrors
from interfaces.phases.schemes import CorrectedPhase, scheme_of
from interfaces.serialisable import Serialisable, encoded

if TYPE_CHECKING:
    from pymatgen.analysis.phase_diagram import PDEntry
    from pymatgen.entries.computed_entries import ComputedEntry

Array = NDArray[np.float64]
Quantity = Literal["formation_energy_per_atom", "energy_per_atom"]

Row = (
    tuple[str | None, str | Formula, float] | tuple[str | None, str | Formula, float, float]
)  #: id, formula, energy [eV/atom], volume [A^3/atom]

SAME_COMPOSITION = 1e-8  #: largest difference of atomic fractions between equal compositions
MAX_ELEMENTS = 62  #: of one set: a bit each in an integer
ALL_ELEMENTS = (1 << MAX_ELEMENTS) - 1
ON_HULL = 1e-8  #: eV/atom; phases nearer to the hull than this count as stable
SMALLEST_VOLUME, LARGEST_VOLUME = 1e-3, 1e6  #: A^3/atom, of a phase
KEPT = 4  #: sets that were read from documents last
#: Fields of the entries, which are stored as one text.
ENTRY_FIELDS = ("ids", "formulas", "fractions", "energies", "volumes", "theoretical")
#: How that text writes whether an entry is theoretical.
FLAGS = {None: "", True: "\ttheoretical", False: "\texperimental"}
BARRED = 1000.0  #: eV/atom; penalty of an element that may not form, above any reaction energy


@dataclass(frozen=True)
class Decomposition(Serialisable):
    """Stable phases at a composition.

    ``energy`` [eV/atom] is the formation energy on the hull; ``products`` maps a formula to its
    share of the atoms.

    Attributes
    ----------
    energy : hull energy [eV/atom].
    products : formulas with their shares of the atoms.
    """

    energy: float
    products: tuple[tuple[str, float], ...]


@dataclass(frozen=True, eq=False)
class PhaseSet(Serialisable):
    """Phase energies of one scheme.

    Parameters
    ----------
    scheme : name of functional and corrections, e.g. ``"MP legacy 2019"``.
    source : where the entries came from (a file name, a bundled set).
    ids, formulas : one per entry.
    fractions : (N, E) atomic fractions over ``elements``.
    energies : (N,) formation energies [eV/atom] relative to ``elements`` in their lowest entries,
        which are therefore exactly 0.
    merged : identical rows that were counted once.
    surrogate : remark if the set is a surrogate for better data, else empty.
    volumes : (N,) [A^3/atom], NaN where unknown; what a Gibbs energy needs.
    temperature : [K] of the energies; 0 for the enthalpies that databases hold.
    notes : what was done to the energies, for the provenance of every result.
    barred : elements that may not form as products. Their entries remain the energy reference.
    left_out : excluded entries, which remain available as references of molecules.
    corrected : compositions with a measured or fitted energy, with source and uncertainty.
    errors : of the energies, where they are known.
    theoretical : id -> whether the entry has no experimental structure, where its source says so.

    Examples
    --------
    >>> phases = PhaseSet.from_rows(
    ...     [("a", "Li", 0.0), ("b", "O2", 0.0), ("c", "Li2O", -2.0), ("d", "Li2O2", -1.6)],
    ...     scheme="made up")
    >>> phases.hull_energy("LiO")
    -1.6
    >>> [(name, round(share, 3)) for name, share in phases.decomposition("Li4O3").products]
    [('Li2O', 0.429), ('Li2O2', 0.571)]
    """

    scheme: str
    source: str
    elements: tuple[str, ...]
    ids: tuple[str, ...]
    formulas: tuple[Formula, ...]
    fractions: Array
    energies: Array
    merged: int = 0
    surrogate: str = ""
    volumes: Array | None = None
    temperature: float = 0.0
    notes: tuple[str, ...] = ()
    barred: tuple[str, ...] = ()
    left_out: PhaseSet | None = None
    corrected: tuple[CorrectedPhase, ...] = ()
    errors: PhaseErrors | None = None
    theoretical: Mapping[str, bool] = field(default_factory=dict)

    # ------------------------------------------------------------------ storing

    def as_dict(self) -> dict[str, Any]:
        """Fields as JSON can hold them, the entries as one text of lines.

        A store copies and searches every value of a document, and there are thousands of entries.

        Returns
        -------
        dict[str, Any]
            With ``entries``: id, formula, energy and volume, separated by tabs.
        """
        if not self._has_plain_entries():
            return super().as_dict()
        nothing: dict[str, Any] = {"ids": (), "formulas": (), "fractions": np.zeros(0)}
        rest = replace(self, **nothing, energies=np.zeros(0), volumes=None, theoretical={})
        data = super(PhaseSet, rest).as_dict()
        volumes = [float("nan")] * len(self) if self.volumes is None else self.volumes.tolist()
        rows = zip(self.ids, self.formulas, self.energies.tolist(), volumes, strict=True)
        lines = (
            f"{name}\t{formula.text}\t{e!r}\t{v!r}{FLAGS[self.theoretical.get(name)]}"
            for name, formula, e, v in rows
        )
        return {key: data[key] for key in data if key not in ENTRY_FIELDS} | {
            "entries": "\n".join(lines),
            "has_volumes": self.volumes is not None,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The inverse of :meth:`as_dict`; also reads the entries as single values.

        The last sets are kept, so that the jobs of a process share one set with its caches.

        Parameters
        ----------
        data : dictionary written by :meth:`as_dict`.

        Returns
        -------
        Self
            Equal to the original.
        """
        if "entries" not in data:
            return super().from_dict(data)
        return cls._restored(json.dumps(data, sort_keys=True, default=encoded))

    @classmethod
    @lru_cache(maxsize=KEPT)
    def _restored(cls, text: str) -> Self:
        data = json.loads(text)
        rest = super().from_dict(data | dict.fromkeys(ENTRY_FIELDS, ()))
        flags = {text.strip(): flag for flag, text in FLAGS.items()}
        rows = [line.split("\t") for line in data["entries"].split("\n") if line]
        formulas = tuple(Formula.parse(row[1]) for row in rows)
        return replace(
            rest,
            ids=tuple(row[0] for row in rows),
            formulas=formulas,
            fractions=_fraction_matrix(formulas, rest.elements),
            energies=np.array([float(row[2]) for row in rows]),
            volumes=np.array([float(row[3]) for row in rows]) if data["has_volumes"] else None,
            theoretical={row[0]: bool(flags[row[4]]) for row in rows if len(row) > 4},
        )

    def _has_plain_entries(self) -> bool:
        """Whether a text of lines holds the entries without loss."""
        return (
            all(name and "\t" not in name and "\n" not in name for name in self.ids)
            and all(_is_read_back(formula) for formula in self.formulas)
            and np.array_equal(_fraction_matrix(self.formulas, self.elements), self.fractions)
        )

    # ------------------------------------------------------------------ building

    @classmethod
    def from_rows(
        cls,
        rows: Iterable[Row],
        *,
        scheme: str,
        source: str = "given rows",
        quantity: Quantity = "formation_energy_per_atom",
        surrogate: str = "",
    ) -> PhaseSet:
        """Build a set from (id or None, formula, energy [eV/atom], and volume [A^3/atom] if known).

        Polymorphs are kept; identical rows are merged and counted. Energies are referred to the
        lowest entry of each element, whatever ``quantity`` they were given in.

        Parameters
        ----------
        rows : (id or None, formula, energy [eV/atom]) or the same with a volume [A^3/atom].
        scheme : functional and corrections.
        source : origin of the rows, for messages.
        quantity : ``formation_energy_per_atom`` or ``energy_per_atom``.
        surrogate : remark if the set is a surrogate for better data.

        Returns
        -------
        PhaseSet
            The set, with energies relative to the elements.

        Raises
        ------
        PhaseSetError
            If a value is not finite or there is no row.
        RepeatedIdError
            If one id belongs to two different entries.
        """
        seen: dict[tuple[str | None, str, float], None] = {}
        by_id: dict[str, tuple[str, float]] = {}
        ids: list[str] = []
        formulas: list[Formula] = []
        values: list[float] = []
        volumes: list[float] = []
        count_of: dict[str, int] = {}
        merged = 0
        for identifier, formula_as_written, value, *volume in rows:
            formula = Formula.of(formula_as_written).reduced
            energy = float(value)
            if not abs(energy) <= LARGEST:
                raise PhaseSetError(
                    f"{source}: {quantity} of {identifier or formula} is {value}; "
                    f"give a finite number in eV/atom ({LARGEST:g} at most) or leave the row out"
                )
            if volume and not (np.isnan(volume[0]) or _may_be_volume(volume[0])):
                raise PhaseSetError(
                    f"{source}: volume of {identifier or formula} is {volume[0]:g} A^3/atom; give "
                    f"{SMALLEST_VOLUME:g} to {LARGEST_VOLUME:g}, or none where it is not known"
                )
            key = (identifier, formula.text, energy)
            if key in seen:
                merged += 1
                continue
            seen[key] = None
            if identifier is None:
                count_of[formula.text] = count_of.get(formula.text, 0) + 1
                identifier = f"{formula.text}#{count_of[formula.text]}"
            elif identifier in by_id:
                first = by_id[identifier]
                raise RepeatedIdError(
                    f"{source}: id {identifier} is {first[0]} at {first[1]:.6f} and "
                    f"{formula} at {energy:.6f} eV/atom; ids must be unique"
                )
            by_id[identifier] = (formula.text, energy)
            ids.append(identifier)
            formulas.append(formula)
            values.append(energy)
            volumes.append(float(volume[0]) if volume else np.nan)
        if not ids:
            raise PhaseSetError(f"{source}: no entries; a phase set needs at least the elements")
        elements = tuple(sorted({symbol for formula in formulas for symbol in formula.elements}))
        if len(elements) > MAX_ELEMENTS:
            raise PhaseSetError(
                f"{source} spans {len(elements)} elements; a set holds up to {MAX_ELEMENTS}, "
                "so read it for the elements of the analysis"
            )
        fractions = _fraction_matrix(formulas, elements)
        if (traces := (fractions > 0) & (fractions < SAME_COMPOSITION)).any():
            row, column = np.argwhere(traces)[0]
            raise PhaseSetError(
                f"{source}: {trace_element_message(formulas[row], elements[column])}"
            )
        energies = _referenced(fractions, np.array(values))
        built = cls(
            scheme=scheme,
            source=source,
            elements=elements,
            ids=tuple(ids),
            formulas=tuple(formulas),
            fractions=fractions,
            energies=energies,
            merged=merged,
            surrogate=surrogate,
            volumes=None if np.isnan(volumes).all() else np.array(volumes),
        )
        built._index()  # fill the caches now, so that the first analysis is as fast as the next
        return built

    @classmethod
    def from_entries(
        cls,
        entries: Iterable[ComputedEntry | PDEntry],
        *,
        scheme: str | None = None,
        source: str = "pymatgen entries",
        allow_mixed: bool = False,
    ) -> PhaseSet:
        """Build a set from pymatgen entries, with their corrections as they are.

        Parameters
        ----------
        entries : ``ComputedEntry``, ``ComputedStructureEntry`` or ``PDEntry`` objects; an
            ``EntrySet`` is one of them. Volumes are those of the structures.
        scheme : name of functional and corrections; by default what the entries say
            (:func:`interfaces.phases.schemes.scheme_of`).
        source : where the entries came from.
        allow_mixed : accept entries of several schemes, or corrected beside uncorrected ones.

        Returns
        -------
        PhaseSet
            The set, with energies relative to the elements.

        Raises
        ------
        SchemeMixError
            If the entries are of more than one scheme, or only some of them are corrected;
            ``allow_mixed=True`` accepts that, and the scheme then says so.
        """
        listed = list(entries)
        named, notes = scheme_of(listed, source, allow_mixed=allow_mixed)
        rows = [
            (
                None
                if (identifier := getattr(entry, "entry_id", None)) is None
                else str(identifier),
                Formula.of(entry.composition),
                float(entry.energy_per_atom),
                _volume_per_atom(entry),
            )
            for entry in listed
        ]
        made = cls.from_rows(
            rows, scheme=scheme or named, source=source, quantity="energy_per_atom"
        )
        return replace(made, notes=notes) if notes else made

    def over(self, systems: Iterable[Collection[str]]) -> PhaseSet:
        """The entries whose elements lie inside one of several element sets.

        Parameters
        ----------
        systems : chemical systems, each a collection of symbols.

        Returns
        -------
        PhaseSet
            The smaller set.
        """
        wanted = [frozenset(system) for system in systems]
        inside = [any(set(f.elements) <= system for system in wanted) for f in self.formulas]
        return self.rows(np.nonzero(np.array(inside))[0])

    def rows(self, rows: NDArray[np.int64], source: str | None = None) -> PhaseSet:
        """The entries of the given rows, in their order.

        Parameters
        ----------
        rows : indices of entries.
        source : new origin; by default that of this set.

        Returns
        -------
        PhaseSet
            The smaller set.
        """
        ids = tuple(self.ids[i] for i in rows)
        flags = self.theoretical
        return replace(
            self,
            source=self.source if source is None else source,
            ids=ids,
            formulas=tuple(self.formulas[i] for i in rows),
            fractions=self.fractions[rows],
            energies=self.energies[rows],
            volumes=None if self.volumes is None else self.volumes[rows],
            theoretical={name: flags[name] for name in ids if name in flags} if flags else {},
        )

    def without(self, formulas: Iterable[str]) -> PhaseSet:
        """The set without every polymorph of the given formulas, as candidates.

        Formulas with elements of which the set has none are passed over. An element keeps its
        entries, which are the zero of the scale, and is barred.

        Parameters
        ----------
        formulas : phases that may not form.

        Returns
        -------
        PhaseSet
            The smaller set.

        Examples
        --------
        >>> phases = PhaseSet.from_rows(
        ...     [("a", "Li", 0.0), ("b", "O2", 0.0), ("c", "Li2O", -2.0), ("d", "LiO2", -1.0)],
        ...     scheme="made up")
        >>> phases.hull_energy("LiO"), phases.without(["Li2O"]).hull_energy("LiO")
        (-1.5, -0.75)
        >>> phases.without(["O2"]).barred
        ('O',)
        """
        excluded = {
            formula.text: formula
            for formula in (Formula.parse(formula).reduced for formula in formulas)
            if set(formula.elements) <= set(self.elements)
        }
        barred = {
            formula.elements[0] for formula in excluded.values() if len(formula.elements) == 1
        }
        out = np.zeros(len(self.ids), dtype=bool)
        for formula in excluded.values():
            if len(formula.elements) > 1:
                away = np.abs(self.fractions - formula.fractions(self.elements)).max(axis=1)
                out |= away <= SAME_COMPOSITION
        if not excluded:
            return self
        kept = self.rows(
            np.nonzero(~out)[0], f"{self.source} without {', '.join(sorted(excluded))}"
        )
        return replace(
            kept,
            barred=tuple(sorted({*self.barred, *barred})),
            left_out=self.rows(np.nonzero(out)[0]),
        )

    # ------------------------------------------------------------------ energies and hull

    def __len__(self) -> int:
        return len(self.ids)

    def __repr__(self) -> str:
        return (
            f"PhaseSet({self.scheme!r}, {len(self)} entries over "
            f"{'-'.join(self.elements)}, from {self.source!r})"
        )

    @cached_property
    def references(self) -> Mapping[str, int]:
        """Element -> row of its lowest elemental entry."""
        lowest: dict[str, int] = {}
        for column, element in enumerate(self.elements):
            rows = np.nonzero(self.fractions[:, column] == 1.0)[0]
            if rows.size:
                lowest[element] = int(rows[np.argmin(self.energies[rows])])
        return lowest

    @cached_property
    def _presence(self) -> NDArray[np.int64]:
        """The elements of each of the lowest entries as bits: a pool is one pass over integers."""
        bits = np.array([1 << column for column in range(len(self.elements))])
        return np.asarray((self.fractions[self._lowest] > 0) @ bits)

    @cached_property
    def _lowest(self) -> NDArray[np.int64]:
        """Rows that can be on the hull: the lowest polymorph of each composition.

        Two phases that differ by less than :data:`SAME_COMPOSITION` count as polymorphs, because a
        basis with both is singular to double precision.
        """
        lowest: dict[str, int] = {}
        for row, formula in enumerate(self.formulas):
            lowest_row = lowest.setdefault(formula.text, row)
            if self.energies[row] < self.energies[lowest_row]:
                lowest[formula.text] = row
        rows = np.array(sorted(lowest.values()), dtype=np.int64)
        higher = _near_twins(self.fractions[rows], self.energies[rows])
        return np.delete(rows, higher) if higher else rows

    def _index(self) -> None:
        """Fill the caches that every analysis uses."""
        _ = self.references, self._lowest, self._presence

    def pool(self, elements: Sequence[str]) -> Pool:
        """Candidate phases of a chemical system: the lowest entry of each formula in it.

        Parameters
        ----------
        elements : chemical system.

        Returns
        -------
        Pool
            Candidate phases over these elements.

        Raises
        ------
        MissingElementError
            If the set has no elemental reference for one of them.
        """
        # Without its reference the energy of every compound of the element would be meaningless.
        missing = [element for element in elements if element not in self.references]
        if missing:
            raise MissingElementError(
                f"{self.source} has no elemental reference for {', '.join(missing)}; "
                f"it covers {'-'.join(sorted(self.references)) or 'none'} among those read. Choose "
                "another set (`interfaces phases`), or give your table a row for the element itself"
            )
        inside = [self.elements.index(element) for element in elements]
        outside = ~sum(1 << column for column in inside) & ALL_ELEMENTS
        rows = self._lowest[(self._presence & np.array(outside)) == 0]
        references = np.array([self.references[element] for element in elements])
        energies = self.energies[rows]
        for element in {*self.barred} & {*elements}:
            energies[self.fractions[rows, self.elements.index(element)] == 1.0] += BARRED
        return Pool(
            elements=tuple(elements),
            phases=np.ascontiguousarray(self.fractions[rows][:, inside]),
            energies=energies,
            references=np.searchsorted(rows, references),
            formulas=tuple(self.formulas[row] for row in rows),
            rows=rows,
        )

    def own_entry(self, formula: Formula) -> int:
        """Row of the lowest entry of exactly this composition.

        Parameters
        ----------
        formula : composition.

        Returns
        -------
        int
            Row of the entry.

        Raises
        ------
        NoOwnEntryError
            If there is none.
        """
        row = self.find(formula)
        if row is None:
            why = " with a measured or fitted energy" if self.corrected else ""
            raise NoOwnEntryError(
                f"no entry for {formula}{why} in {self.source}; give its energy: "
                f"--energy {formula}=hull (the most stable phases of this composition: the least "
                "driving force), =calculated (a computed series or molecule) or =VALUE (formation "
                "energy in eV/atom)"
            )
        return row

    def find(self, formula: Formula) -> int | None:
        """Row of the lowest entry of exactly this composition, or None.

        Parameters
        ----------
        formula : composition.

        Returns
        -------
        int | None
            Row of the entry, or None.
        """
        if not set(formula.elements) <= set(self.elements):
            return None
        composition = formula.fractions(self.elements)
        rows = np.nonzero(np.abs(self.fractions - composition).max(axis=1) < SAME_COMPOSITION)[0]
        return int(rows[np.argmin(self.energies[rows])]) if rows.size else None

    def hull_energy(self, composition: str | Formula | Any) -> float:
        """Formation energy of the hull [eV/atom] at a composition; never positive.

        Parameters
        ----------
        composition : formula, mapping or pymatgen ``Composition``.

        Returns
        -------
        float
            Formation energy [eV/atom], 0 or negative.
        """
        formula = Formula.of(composition)
        return self.pool(sorted(formula.elements)).hull(formula)[0]

    def energy_above_hull(self, composition: str | Formula | Any) -> float:
        """Energy of the lowest own entry above the hull [eV/atom], >= 0.

        Parameters
        ----------
        composition : formula, mapping or pymatgen ``Composition``.

        Returns
        -------
        float
            Energy above the hull [eV/atom].
        """
        formula = Formula.of(composition)
        energy = float(self.energies[self.own_entry(formula)])
        return max(0.0, energy - self.hull_energy(formula))

    def decomposition(self, composition: str | Formula | Any) -> Decomposition:
        """Stable phases at a composition, with their shares of the atoms.

        Parameters
        ----------
        composition : formula, mapping or pymatgen ``Composition``.

        Returns
        -------
        Decomposition
            Hull energy [eV/atom] and phases with their shares of the atoms.
        """
        formula = Formula.of(composition)
        pool = self.pool(sorted(formula.elements))
        energy, basis, amounts = pool.hull(formula)
        products = [
            (pool.formulas[int(column)].text, float(amount))
            for column, amount in zip(basis, amounts, strict=True)
            if amount > SAME_COMPOSITION
        ]
        return Decomposition(energy, tuple(sorted(products)))

    def energies_above_hull(self) -> Array:
        """Energy above hull [eV/atom] of every entry, shape (N,); NaN where an element lacks.

        Returns
        -------
        Array
            Energies [eV/atom], shape (N,).
        """
        above = np.full(len(self), np.nan)
        systems: dict[tuple[str, ...], list[int]] = {}
        for row, formula in enumerate(self.formulas):
            systems.setdefault(tuple(sorted(formula.elements)), []).append(row)
        for elements, rows in systems.items():
            if not set(elements) <= set(self.references):
                continue
            pool = self.pool(elements)
            hulls: dict[str, float] = {}
            for row in rows:
                formula = self.formulas[row]
                if formula.text not in hulls:
                    hulls[formula.text] = pool.hull(formula)[0]
                above[row] = max(0.0, self.energies[row] - hulls[formula.text])
        return above

    def fingerprint(self, rows: Iterable[int] | None = None) -> str:
        """SHA-256 over id, formula and energy of the entries (all, or the given rows), by id.

        Parameters
        ----------
        rows : indices of entries; by default all.

        Returns
        -------
        str
            64 hexadecimal digits.
        """
        lines = (
            f"{self.ids[row]}\t{self.formulas[row].text}\t{float(self.energies[row])!r}\n"
            for row in (range(len(self)) if rows is None else rows)
        )
        return hashlib.sha256("".join(sorted(lines)).encode()).hexdigest()


def _may_be_volume(volume: float) -> bool:
    """Whether a number is a volume; zero and less were always taken for one that is not known."""
    return -LARGEST_VOLUME <= volume <= 0 or SMALLEST_VOLUME <= volume <= LARGEST_VOLUME


def trace_element_message(formula: Formula, element: str) -> str:
    """Error message for a formula with too little of an element.

    Parameters
    ----------
    formula : compound.
    element : trace element in it.

    Returns
    -------
    str
        Error message.
    """
    share = float(formula.get(element) / formula.n_atoms)
    return (
        f"{element} is {share:.1e} of the atoms of {formula}; compositions are distinguished to "
        f"{SAME_COMPOSITION:g}, so leave it out or give more of it"
    )


def _is_read_back(formula: Formula) -> bool:
    """Whether the text of a formula gives the formula again."""
    try:
        return Formula.parse(formula.text) == formula
    except FormulaError:
        return False


def _fraction_matrix(formulas: Sequence[Formula], elements: Sequence[str]) -> Array:
    index = {element: column for column, element in enumerate(elements)}
    matrix = np.zeros((len(formulas), len(elements)))
    for row, formula in enumerate(formulas):
        for element, amount in formula.amounts:
            matrix[row, index[element]] = float(amount)
    return np.asarray(matrix / matrix.sum(axis=1, keepdims=True))


def _near_twins(fractions: Array, energies: Array) -> list[int]:
    """Rows with a lower one beside them of nearly, but not quite, the same composition."""
    weights = np.sqrt(np.arange(2, 2 + fractions.shape[1]))  # rows near one another are near in sum
    sums = fractions @ weights
    order = np.argsort(sums, kind="stable")
    sums = sums[order]
    higher: set[int] = set()
    for apart in range(1, len(order)):
        near = np.nonzero(sums[apart:] - sums[:-apart] <= SAME_COMPOSITION * weights.sum())[0]
        if not near.size:
            break
        lower, upper = order[near], order[near + apart]
        away = np.abs(fractions[lower] - fractions[upper]).max(axis=1)
        twins = (away > 0) & (away < SAME_COMPOSITION)
        for pair in zip(lower[twins].tolist(), upper[twins].tolist(), strict=True):
            higher.add(max(pair, key=lambda row: (energies[row], row)))
    return sorted(higher)


def _referenced(fractions: Array, values: Array) -> Array:
    """Energies relative to the lowest entry of each element, which becomes exactly 0.

    An element without an entry keeps the reference 0; its compounds are never candidates, because
    the pool refuses that element.
    """
    references = np.zeros(fractions.shape[1])
    for column in range(fractions.shape[1]):
        pure = fractions[:, column] == 1.0
        if pure.any():
            references[column] = values[pure].min()
    return np.asarray(values - fractions @ references)


def _volume_per_atom(entry: ComputedEntry | PDEntry) -> float:
    """Volume [A^3/atom] of the structure of an entry; NaN where it has none."""
    structure = getattr(entry, "structure", None)
    return float("nan") if structure is None else structure.volume / structure.composition.num_atoms
