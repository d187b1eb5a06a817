r"""The exact reaction energy of two reactants over mixing fraction and voltage.

With u the share of the non-open atoms from the first reactant, the energy per non-open atom

.. math:: \Delta\Phi(u, V) = \Phi_\mathrm{hull}(u, V) - u \varphi_1(V) - (1-u) \varphi_2(V)

is bilinear in each tile, c0 + c1 u + c2 V + c3 u V, so no grid is needed: at fixed V it is straight
in u between the tiles' bounds, at fixed u straight in V between events. The minimum over u is
always at a bound, and against V it is piecewise linear and known exactly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interfaces.chemistry.repr_html import html
from interfaces.errors import LARGEST, ReactantError, ReservoirError, SolverError
from interfaces.phases.competing_phases import (
    TOO_NEAR,
    Pool,
    carried_atoms,
    grand_potential,
    kept_share,
    solving,
)
from interfaces.phases.phase_set import SAME_COMPOSITION, PhaseSet
from interfaces.phases.products import suspect_note, suspects
from interfaces.phases.reactants import Reactant, joined
from interfaces.phases.reservoirs import OpenElement, at_voltage
from interfaces.reactivity.mixing_curve import (
    NO_REACTION,
    MixingCurve,
    mixing_curve,
    open_pool,
    shares,
)
from interfaces.serialisable import Serialisable
from interfaces.solver.envelope import SAME_ENERGY, LowestPiece, lowest_pieces
from interfaces.solver.map_tiling import SAME_VOLTAGE, tiling
from interfaces.solver.parametric import END_TOLERANCE
from interfaces.solver.simplex import OK

Array = NDArray[np.float64]
Kind = Literal["total", "mutual"]

NONOPEN = ("non-open fraction", "atoms that are not open")  #: what is refused outside [0, 1]
WIDEST_GAP = 1e-6  #: V; what tiles that were too low may leave open together
PRESENT = 1e-9  #: atom fraction; a product with less at every corner of a tile is absent


@dataclass(frozen=True)
class Tile(Serialisable):
    """A rectangle of the map with one set of products.

    ``nonopen`` and ``voltage`` [V] are its bounds; ``energies`` [eV per non-open atom] are those at
    the corners in the order (u0, V0), (u1, V0), (u0, V1), (u1, V1).
    """

    nonopen: tuple[float, float]
    voltage: tuple[float, float]
    energies: tuple[float, float, float, float]
    products: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class VoltageMap(Serialisable):
    """Reaction energy over mixing and voltage, exactly. Build one with :func:`voltage_map`.

    ``bounds`` (M, 4) u from, u to, V from, V to; ``coefficients`` (M, 4) c0, c1, c2, c3 of the
    total energy; ``products`` the formulas of each tile.
    """

    reactant_1: Reactant
    reactant_2: Reactant
    carrier: str
    low: float
    high: float
    bounds: Array
    coefficients: Array
    products: tuple[tuple[str, ...], ...]
    kept: tuple[float, float]  #: non-open atoms per atom of each reactant
    scheme: str
    phase_set: str
    open_elements: tuple[OpenElement, ...] = ()  #: besides the carrier
    notes: tuple[str, ...] = ()
    provenance: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    def __len__(self) -> int:
        return len(self.bounds)

    @cached_property
    def tiles(self) -> tuple[Tile, ...]:
        """Every tile, by rising voltage and then fraction."""
        order = np.lexsort((self.bounds[:, 0], self.bounds[:, 2]))
        return tuple(self._tile(int(k)) for k in order)

    def _tile(self, k: int) -> Tile:
        u0, u1, v0, v1 = (float(value) for value in self.bounds[k])
        corners = [(u0, v0), (u1, v0), (u0, v1), (u1, v1)]
        a, b, c, d = (float(_bilinear(self.coefficients[k], u, v)) for u, v in corners)
        return Tile((u0, u1), (v0, v1), (a, b, c, d), self.products[k])

    def at(self, nonopen_fraction: ArrayLike, voltage: ArrayLike) -> Array:
        """Total energy [eV per non-open atom]; the arguments broadcast against each other.

        Parameters
        ----------
        nonopen_fraction : share of the non-open atoms from the first reactant, 0 to 1.
        voltage : voltage [V] against the metal of the carrier.

        Returns
        -------
        Array
            Total energy [eV per non-open atom], negative where favourable.

        Raises
        ------
        ReactantError, ReservoirError
            If a fraction is outside [0, 1] or a voltage outside the map.
        """
        u, v = np.broadcast_arrays(
            np.asarray(nonopen_fraction, dtype=float), np.asarray(voltage, dtype=float)
        )
        shares(nonopen_fraction, *NONOPEN)
        if not ((v >= self.low) & (v <= self.high)).all():
            raise ReservoirError(
                f"{voltage!r} V is outside the map, {self.low:g} to {self.high:g} V"
            )
        result = np.empty(u.shape)
        # Voltage by voltage: a grid has few of them, and a row of the map few tiles.
        for grid_voltage in np.unique(v):
            here = v == grid_voltage
            lines = self._row(float(grid_voltage))
            edges = self.bounds[lines, 0]
            which = lines[np.clip(np.searchsorted(edges, u[here], side="right") - 1, 0, None)]
            result[here] = _bilinear(self.coefficients[which].T, u[here], grid_voltage)
        return result

    def _row(self, voltage: float) -> NDArray[np.int64]:
        """Tiles at a voltage, by rising fraction; beside it where those are too low to be kept."""
        reach = 0.0
        while True:
            low, high = self.bounds[:, 2] - reach, self.bounds[:, 3] + reach
            rows = np.nonzero((low <= voltage) & (voltage <= high))[0]
            rows = rows[np.argsort(self.bounds[rows, 0], kind="stable")]
            if reach > WIDEST_GAP or _fills(self.bounds[rows, :2]):
                return np.asarray(rows)
            reach = max(2 * reach, SAME_VOLTAGE)

    def self_decomposition_at(self, nonopen_fraction: ArrayLike, voltage: ArrayLike) -> Array:
        """The part that needs no contact [eV per non-open atom]: the chord between the ends.

        Parameters
        ----------
        nonopen_fraction : share of the non-open atoms from the first reactant, 0 to 1.
        voltage : voltage [V] against the metal of the carrier.

        Returns
        -------
        Array
            Energy [eV per non-open atom], negative where favourable.
        """
        u = shares(nonopen_fraction, *NONOPEN)
        return np.asarray((1 - u) * self.at(0.0, voltage) + u * self.at(1.0, voltage))

    def mutual_at(self, nonopen_fraction: ArrayLike, voltage: ArrayLike) -> Array:
        """Mutual energy [eV per non-open atom]: total minus self-decomposition.

        Parameters
        ----------
        nonopen_fraction : share of the non-open atoms from the first reactant, 0 to 1.
        voltage : voltage [V] against the metal of the carrier.

        Returns
        -------
        Array
            Mutual energy [eV per non-open atom], negative where favourable.
        """
        return self.at(nonopen_fraction, voltage) - self.self_decomposition_at(
            nonopen_fraction, voltage
        )

    def nonopen_to_mixing(self, nonopen_fraction: ArrayLike) -> Array:
        """Share of all atoms of the closed mix from the share of those that are not open.

        Parameters
        ----------
        nonopen_fraction : share of the non-open atoms from the first reactant, 0 to 1.

        Returns
        -------
        Array
            Share of all atoms from the first reactant, 0 to 1.
        """
        u = shares(nonopen_fraction, *NONOPEN)
        first, second = u / self.kept[0], (1 - u) / self.kept[1]
        return first / (first + second)

    def nonopen_share(self, nonopen_fraction: ArrayLike) -> Array:
        """Non-open atoms per atom of the closed mix: what turns one basis into the other.

        Parameters
        ----------
        nonopen_fraction : share of the non-open atoms from the first reactant, 0 to 1.

        Returns
        -------
        Array
            Non-open atoms per atom of the mix.
        """
        u = shares(nonopen_fraction, *NONOPEN)
        return 1 / (u / self.kept[0] + (1 - u) / self.kept[1])

    def minimum(self, kind: Kind = "total") -> tuple[LowestPiece, ...]:
        """The lowest energy over all fractions against voltage, exactly: straight pieces.

        Parameters
        ----------
        kind : ``total`` or ``mutual``.

        Returns
        -------
        tuple[LowestPiece, ...]
            Contiguous pieces by rising voltage.
        """
        ends = np.nonzero(self.bounds[:, 1] >= 1.0)[0]
        index = np.concatenate([np.arange(len(self)), ends])
        u = np.concatenate([self.bounds[:, 0], np.ones(ends.size)])
        spans = self.bounds[index, 2:]
        c = self.coefficients[index]
        offsets, slopes = c[:, 0] + c[:, 1] * u, c[:, 2] + c[:, 3] * u
        return lowest_pieces(offsets, slopes, u, spans, against_ends=kind == "mutual")

    def with_first(self, reactant: Reactant) -> VoltageMap:
        """The same map for a first reactant that differs in the carrier alone: the tiles stay.

        Parameters
        ----------
        reactant : first reactant with another carrier content.

        Returns
        -------
        VoltageMap
            The map of the other first reactant.

        Raises
        ------
        ReactantError
            If the two differ in more, or one of them is a candidate product.
        """
        elements = sorted({*self.reactant_1.formula.elements, *reactant.formula.elements})
        opened = (at_voltage(self.carrier, 0.0), *self.open_elements)
        old, new = (_own(end, opened) for end in (self.reactant_1, reactant))
        fractions = [
            end.formula.fractions([e for e in elements if e not in {o.symbol for o in opened}])
            for end in (self.reactant_1, reactant)
        ]
        differ = np.abs(fractions[0] / fractions[0].sum() - fractions[1] / fractions[1].sum()).max()
        if differ > SAME_COMPOSITION or self.reactant_1.joins_pool or reactant.joins_pool:
            raise ReactantError(
                f"{reactant.formula} does not share its tiles with {self.reactant_1.formula}; "
                "compute a map of its own"
            )
        shift = np.array([0.0, old[0] - new[0], 0.0, old[1] - new[1]])
        kept = kept_share(reactant.formula, opened), self.kept[1]
        return replace(self, reactant_1=reactant, coefficients=self.coefficients + shift, kept=kept)

    def minimum_at(self, voltage: float, kind: Kind = "total") -> tuple[float, float]:
        """Lowest energy [eV per non-open atom] at a voltage, and its non-open fraction.

        Parameters
        ----------
        voltage : voltage [V] against the metal of the carrier.
        kind : ``total`` or ``mutual``.

        Returns
        -------
        tuple[float, float]
            Energy [eV per non-open atom] and the mixing fraction by non-open atoms.
        """
        u = np.append(self.bounds[self._row(voltage), 0], 1.0)
        energies = self.at(u, voltage) if kind == "total" else self.mutual_at(u, voltage)
        lowest = int(np.nonzero(energies <= energies.min() + SAME_ENERGY)[0][0])
        return float(energies[lowest]), float(u[lowest])

    def curve_at(self, phase_set: PhaseSet, voltage: float) -> MixingCurve:
        """The open curve at one voltage, with its reactions.

        Parameters
        ----------
        phase_set : energies of the candidate products [eV/atom].
        voltage : voltage [V] against the metal of the carrier.

        Returns
        -------
        MixingCurve
            Curve open to the carrier at that voltage.
        """
        opened = [at_voltage(self.carrier, voltage), *self.open_elements]
        return mixing_curve(phase_set, self.reactant_1, self.reactant_2, open_elements=opened)

    def describe(self, piece: LowestPiece) -> str:
        """``reaction``, whose self-decomposition it is, or ``no reaction``.

        Parameters
        ----------
        piece : piece of :meth:`minimum`.

        Returns
        -------
        str
            Kind of the minimum, for tables and figures.
        """
        nonopen_fraction = piece.nonopen_fraction
        if min(piece.energy_low, piece.energy_high) > -NO_REACTION:
            return "no reaction"
        if nonopen_fraction == 0.0:
            return f"self-decomposition of {self.reactant_2.label}"
        if nonopen_fraction == 1.0:
            return f"self-decomposition of {self.reactant_1.label}"
        return "reaction"

    def _repr_html_(self) -> str:
        return html(
            f"{self.reactant_1.label} | {self.reactant_2.label} from {self.low:g} to "
            f"{self.high:g} V against {self.carrier}, {self.scheme}: {len(self)} sets of products; "
            "lowest total energy over mixing",
            ("from (V)", "to (V)", "u", "from (eV/non-open atom)", "to (eV/non-open atom)"),
            [
                (piece.low, piece.high, piece.nonopen_fraction, piece.energy_low, piece.energy_high)
                for piece in self.minimum()
            ],
            self.notes,
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values: the JSON object of the command line.

        Returns
        -------
        dict[str, Any]
            JSON-serialisable values; the keys name the units.
        """
        return {
            "reactants": [self.reactant_1.to_dict(), self.reactant_2.to_dict()],
            "carrier": self.carrier,
            "voltage_V": [self.low, self.high],
            "basis": "per_nonopen_atom",
            "tiles": [self._tile_dict(tile) for tile in self.tiles],
            "minimum_total": [self._piece_dict(piece) for piece in self.minimum("total")],
            "minimum_mutual": [self._piece_dict(piece) for piece in self.minimum("mutual")],
            "open": [element.to_dict() for element in self.open_elements],
            "scheme": self.scheme,
            "phase_set": self.phase_set,
            "notes": list(self.notes),
            "provenance": dict(self.provenance),
        }

    def _tile_dict(self, tile: Tile) -> dict[str, Any]:
        u0, u1 = tile.nonopen
        a, b, c, d = tile.energies
        shares = self.nonopen_share(np.array(tile.nonopen))
        first, second = float(shares[0]), float(shares[1])
        return {
            "nonopen_fraction": [u0, u1],
            "mixing_fraction": [float(x) for x in self.nonopen_to_mixing(np.array([u0, u1]))],
            "voltage_V": list(tile.voltage),
            "products": list(tile.products),
            "reaction_energy_ev_per_nonopen_atom": [[a, b], [c, d]],
            "reaction_energy_ev_per_atom_of_mix": [
                [a * first, b * second],
                [c * first, d * second],
            ],
        }

    def _piece_dict(self, piece: LowestPiece) -> dict[str, Any]:
        share = float(self.nonopen_share(piece.nonopen_fraction))
        energies = [piece.energy_low, piece.energy_high]
        return {
            "voltage_V": [piece.low, piece.high],
            "nonopen_fraction": piece.nonopen_fraction,
            "mixing_fraction": float(self.nonopen_to_mixing(piece.nonopen_fraction)),
            "energy_ev_per_nonopen_atom": energies,
            "energy_ev_per_atom_of_mix": [energy * share for energy in energies],
            "kind": self.describe(piece),
        }


def _fills(spans: Array) -> bool:
    """Whether spans (n, 2), by rising start, leave nothing of 0 to 1 out."""
    if not len(spans):
        return False
    reached = np.maximum.accumulate(spans[:, 1])
    starts = np.append(spans[:, 0], 1.0)
    return bool((starts <= np.append(0.0, reached) + 2 * END_TOLERANCE).all())


def voltage_map(
    phase_set: PhaseSet,
    reactant_1: Reactant,
    reactant_2: Reactant,
    low: float,
    high: float,
    carrier: str = "Li",
    *,
    open_elements: Sequence[OpenElement] = (),
    provenance: Mapping[str, str] | None = None,
) -> VoltageMap:
    """Compute the exact map between two voltages [V] against the metal of the carrier.

    Parameters
    ----------
    phase_set : the candidate products.
    reactant_1, reactant_2 : with energies on the scale of that set.
    low, high : 0 <= low < high.
    carrier : the element that carries the charge.
    open_elements : held by further reservoirs at fixed potentials.
    provenance : origin of the input, copied to the result.

    Returns
    -------
    VoltageMap
        Tiles with constant products and bilinear energies.

    Raises
    ------
    ReactantError
        If the reactants are one composition, differ in open elements alone (then nothing depends on
        mixing) or one consists of them.
    ReservoirError
        If the range is empty or negative, or the reservoirs alone form a phase.

    Examples
    --------
    >>> from interfaces.phases.reactants import reactant
    >>> phases = PhaseSet.from_rows(
    ...     [("a", "Li", 0.0), ("b", "Ti", 0.0), ("c", "O2", 0.0), ("d", "Li2O", -2.0),
    ...      ("e", "TiO2", -3.0), ("f", "Li2TiO3", -2.75)], scheme="made up")
    >>> result = voltage_map(phases, reactant(phases, "Li2O"), reactant(phases, "TiO2"), 2, 4)
    >>> [(tile.voltage, tile.products) for tile in result.tiles if tile.nonopen[0] == 0.0]
    [((2.0, 3.75), ('Li2TiO3', 'TiO2')), ((3.75, 4.0), ('O2', 'TiO2'))]
    >>> [(piece.low, piece.high, piece.nonopen_fraction) for piece in result.minimum()]
    [(2.0, 3.1875, 0.25), (3.1875, 4.0, 1.0)]
    """
    if not low + 2 * SAME_VOLTAGE < high <= LARGEST:
        raise ReservoirError(f"voltages {low:g}:{high:g} V are no range; give LOW:HIGH, e.g. 0:5")
    at_voltage(carrier, low)
    opened = [at_voltage(carrier, 0.0), *open_elements]
    pool = open_pool(phase_set, reactant_1, reactant_2, opened, varies=True)
    if low < pool.floor - SAME_VOLTAGE:
        raise ReservoirError(
            f"below {pool.floor:.3f} V {carrier} and {', '.join(map(str, open_elements))} form a "
            f"phase without end; start the map there instead of at {low:g} V"
        )
    pool, notes = joined(pool, reactant_1, reactant_2)
    end, start = pool.composition(reactant_1.formula), pool.composition(reactant_2.formula)
    if np.abs(end - start).max() < SAME_COMPOSITION:
        raise ReactantError(
            f"{reactant_1.formula} and {reactant_2.formula} differ in open elements alone: there "
            "is no mixing axis; compute the window of either"
        )
    with solving(f"map of {reactant_1.formula} and {reactant_2.formula}"):
        status, bounds, bases, amounts, slopes = tiling(
            pool.phases, pool.energies, pool.tilts, pool.references, start, end, low, high
        )
    if status != OK:
        raise SolverError(
            f"map of {reactant_1.formula} and {reactant_2.formula} not finished "
            f"(status {status}): {TOO_NEAR}, or report it"
        )
    products = tuple(
        _products(pool, *row) for row in zip(bounds, bases, amounts, slopes, strict=True)
    )
    if flagged := sorted(suspects({name for names in products for name in names})):
        notes.append(suspect_note(flagged))
    return VoltageMap(
        reactant_1=reactant_1,
        reactant_2=reactant_2,
        carrier=carrier,
        low=low,
        high=high,
        bounds=bounds,
        coefficients=_coefficients(pool, reactant_1, reactant_2, bases, amounts, slopes),
        products=products,
        kept=(pool.kept(reactant_1.formula), pool.kept(reactant_2.formula)),
        scheme=phase_set.scheme,
        phase_set=phase_set.source,
        open_elements=tuple(open_elements),
        notes=tuple(notes),
        provenance=tuple((provenance or {}).items()),
    )


def _coefficients(
    pool: Pool,
    reactant_1: Reactant,
    reactant_2: Reactant,
    bases: NDArray[np.int64],
    amounts: Array,
    slopes: Array,
) -> Array:
    """c0, c1, c2, c3 of the total energy in each tile, shape (M, 4)."""
    energies, tilts = pool.energies[bases], pool.tilts[bases]
    hull = np.column_stack(
        [
            (energies * amounts).sum(axis=1),
            (energies * slopes).sum(axis=1),
            (tilts * amounts).sum(axis=1),
            (tilts * slopes).sum(axis=1),
        ]
    )
    first, second = (_own(reactant, pool.open_elements) for reactant in (reactant_1, reactant_2))
    own = [second[0], first[0] - second[0], second[1], first[1] - second[1]]
    return np.asarray(hull - np.array(own))


def _own(reactant: Reactant, opened: Sequence[OpenElement]) -> tuple[float, float]:
    """A reactant's grand potential at 0 V and its rise per volt, both per non-open atom."""
    rise = float(carried_atoms(reactant.formula, opened)[0]) * opened[0].charge
    return grand_potential(reactant.formula, reactant.energy, opened), rise


def _products(
    pool: Pool, bounds: Array, basis: NDArray[np.int64], amounts: Array, slopes: Array
) -> tuple[str, ...]:
    most = np.maximum(amounts + slopes * bounds[0], amounts + slopes * bounds[1])
    names = [pool.formulas[int(j)].text for j, m in zip(basis, most, strict=True) if m > PRESENT]
    return tuple(sorted(names))


def _bilinear(c: Array, u: ArrayLike, v: ArrayLike) -> Any:
    u, v = np.asarray(u), np.asarray(v)
    return c[0] + c[1] * u + (c[2] + c[3] * u) * v
