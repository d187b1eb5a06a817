r"""Band centres, e.g. of the O 2p states, relative to band edge, Fermi level and a deep level.

.. math:: \epsilon_p = \frac{\int_a^b E\, g_p(E)\, dE}{\int_a^b g_p(E)\, dE}

over a stated window a ... b. Two calculations have no common zero of energy, so a centre is
meaningful only relative to a level of its own calculation: the valence-band edge, the Fermi level,
or a deep level (O 2s) that hardly depends on the metal. A lower centre is harder to oxidize.

Published for comparison: CoO 2.75 eV lower than LiCoO2 (PBE+U). Which of the levels it is counted
from decides the number, so all three are given.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interfaces.errors import LARGEST, InputError
from interfaces.serialisable import Keys, Record

Array = NDArray[np.float64]

OCCUPIED = (-9.0, 0.0)  #: window of O 2p against the valence-band edge [eV]
DEEP = (-25.0, -12.0)  #: window of O 2s against the valence-band edge [eV]
CUT = 0.05  #: density at the lower end of a window, as a share of its largest, that cuts a band


@dataclass(frozen=True)
class BandCentre(Record):
    """Band centre of one kind of site [eV], and the levels of the same calculation.

    Attributes
    ----------
    kind : the sites, for example ``O`` or ``O1 (6c)``.
    centre : on the calculation's own scale.
    electrons : states in the window, per site.
    edge : valence-band edge; ``fermi`` Fermi level; ``deep`` centre of the deep level, or ``None``.
    window, deep_window : against the valence-band edge.
    """

    KEYS: ClassVar[Keys] = {
        "kind": "kind", "centre_ev": "centre", "against_valence_band_edge_ev": "against_edge",
        "against_fermi_level_ev": "against_fermi", "against_deep_level_ev": "against_deep",
        "states_per_site": "electrons", "window_against_edge_ev": "window",
        "deep_window_against_edge_ev": "deep_window", "notes": "notes",
    }  # fmt: skip

    kind: str
    centre: float
    electrons: float
    edge: float
    fermi: float
    deep: float | None
    window: tuple[float, float]
    deep_window: tuple[float, float]
    notes: tuple[str, ...] = ()

    @property
    def against_edge(self) -> float:
        """Against the valence-band edge [eV]; negative = below."""
        return self.centre - self.edge

    @property
    def against_fermi(self) -> float:
        """Against the Fermi level [eV]."""
        return self.centre - self.fermi

    @property
    def against_deep(self) -> float | None:
        """Against the deep level [eV], positive; None where it is not in the calculation."""
        return None if self.deep is None else self.centre - self.deep


def centre_of_band(energies: ArrayLike, densities: ArrayLike, low: float, high: float) -> float:
    """First moment of a density of states between two energies [eV].

    Parameters
    ----------
    energies : rising [eV], shape (E,).
    densities : [1/eV], not negative, shape (E,) or (spins, E); spins are added.
    low, high : [eV], on the scale of ``energies``; the density is taken as straight between points.

    Returns
    -------
    float
        Centre [eV], on the energy scale of the calculation.

    Raises
    ------
    InputError
        If energies do not rise, the window is empty or reaches beyond them, or holds no states.

    Examples
    --------
    >>> round(centre_of_band([-4, -3, -2, -1, 0], [0, 1, 2, 1, 0], -4, 0), 9)
    -2.0
    """
    e, g = _straight(energies, densities, low, high)
    states = float(np.trapezoid(g, e))
    if not states > 0:
        raise InputError(f"no states between {low:g} and {high:g} eV; give the window of the band")
    # exact for straight pieces: a midpoint term beside the ends
    widths, middles = np.diff(e), (e[1:] + e[:-1]) / 2
    moments = widths / 6 * (e[:-1] * g[:-1] + e[1:] * g[1:] + 4 * middles * (g[1:] + g[:-1]) / 2)
    return float(moments.sum()) / states


def band_centre(
    energies: ArrayLike,
    densities: Mapping[str, ArrayLike],
    *,
    edge: float,
    fermi: float,
    kind: str = "O",
    sites: int = 1,
    window: tuple[float, float] = OCCUPIED,
    deep_window: tuple[float, float] = DEEP,
) -> BandCentre:
    """Centre of the p band of a kind of site against edge, Fermi level and the s level below.

    Parameters
    ----------
    energies : rising [eV], shape (E,).
    densities : ``p`` and, where it is in the calculation, ``s`` -> sum over the sites [1/eV],
        shape (E,) or (spins, E).
    edge, fermi : valence-band edge and Fermi level [eV], on the scale of ``energies``.
    sites : how many the densities are summed over.
    window, deep_window : of the p band and of the s level, against the edge [eV]. The default ends
        at the edge: occupied states only.

    Returns
    -------
    BandCentre
        Centre relative to band edge, Fermi level and deep level [eV].

    Raises
    ------
    InputError
        If there is no p density, or no states of it in the window.

    Examples
    --------
    >>> grid = np.linspace(-30, 5, 3501)
    >>> shape = lambda at: np.exp(-0.5 * ((grid - at) / 0.4) ** 2)
    >>> result = band_centre(grid, {"p": shape(-3.0), "s": shape(-18.0)}, edge=0.0, fermi=0.5)
    >>> round(result.against_edge, 6), round(result.against_fermi, 6), round(result.against_deep, 6)
    (-3.0, -3.5, 15.0)
    """
    if "p" not in densities:
        raise InputError(f"{kind}: no p density among {', '.join(densities) or 'nothing'}")
    e, p = _checked(energies, densities["p"])
    low, high = edge + window[0], edge + window[1]
    notes = []
    if float(np.interp(low, e, p)) > CUT * float(p.max()):
        notes.append(f"{kind}: the window's lower end, {window[0]:g} eV, cuts a band")
    centre = centre_of_band(e, p, low, high)
    deep = None
    bottom, top = edge + deep_window[0], edge + deep_window[1]
    if "s" in densities and e[0] <= top:
        _, s = _checked(energies, densities["s"])
        bottom = max(bottom, float(e[0]))
        if float(s[(e >= bottom) & (e <= top)].sum()) > 0:
            deep = centre_of_band(e, s, bottom, top)
    if deep is None:
        notes.append(f"{kind}: no s states from {deep_window[0]:g} to {deep_window[1]:g} eV")
    x, g = _straight(e, p, low, high)
    return BandCentre(
        kind=kind,
        centre=centre,
        electrons=float(np.trapezoid(g, x)) / sites,
        edge=edge,
        fermi=fermi,
        deep=deep,
        window=window,
        deep_window=deep_window,
        notes=tuple(notes),
    )


def _checked(energies: ArrayLike, densities: ArrayLike) -> tuple[Array, Array]:
    e = np.asarray(energies, dtype=float)
    g = np.asarray(densities, dtype=float)
    g = g.sum(axis=0) if g.ndim == 2 else g
    if e.ndim != 1 or len(e) < 2 or g.shape != e.shape:
        raise InputError(f"a density of states of shape {g.shape} at {e.shape} energies")
    known = (np.abs(g) <= LARGEST).all() and (np.abs(e) <= LARGEST).all()
    if not known or not (np.diff(e) > 0).all():
        raise InputError("energies of a density of states have to rise, and densities be finite")
    return e, g


def _straight(
    energies: ArrayLike, densities: ArrayLike, low: float, high: float
) -> tuple[Array, Array]:
    """Points of a window with its two ends put in."""
    e, g = _checked(energies, densities)
    if not low < high or low < e[0] or high > e[-1]:
        raise InputError(
            f"a window from {low:g} to {high:g} eV of a density of states from {e[0]:g} to "
            f"{e[-1]:g} eV; give one inside it (EMIN, EMAX widen the calculation's)"
        )
    inside = e[(e > low) & (e < high)]
    points = np.concatenate([[low], inside, [high]])
    return points, np.interp(points, e, g)
