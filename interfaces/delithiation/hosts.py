"""Hosts by name: metals, formal charges and starting cell parameters."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from interfaces.delithiation.frameworks import (
    O3,
    OLIVINE,
    SPINEL,
    Framework,
    Role,
    Shape,
    interpolate,
)
from interfaces.errors import UnknownHostError
from interfaces.serialisable import Serialisable

if TYPE_CHECKING:
    pass


@dataclass(frozen=True)
class Host(Serialisable):
    """A lithium host: metals on a framework, and the shapes to start from.

    ``metals`` as (symbol, share of the metal sites); ``full`` and ``empty`` their formal charges
    at x = 1 and 0; ``shapes`` as (x, shape), between which a start is interpolated. ``source``
    says where the shapes come from. They are a start only: cells are relaxed. ``layout`` is the
    metal of each metal site of the primitive cell where the structure fixes it.
    """

    name: str
    framework: Framework
    metals: tuple[tuple[str, float], ...]
    full: tuple[float, ...]
    empty: tuple[float, ...]
    shapes: tuple[tuple[float, Shape], ...]
    source: str
    layout: tuple[str, ...] = ()

    @property
    def carrier(self) -> str:
        """Element of the mobile sites."""
        return next(o.element for o in self.framework.orbits if o.role is Role.MOBILE)

    def composition(self, content: Fraction) -> dict[str, Fraction]:
        """Atoms in one formula unit at a carrier content x, exact.

        Parameters
        ----------
        content : share of the mobile sites that is occupied.

        Examples
        --------
        >>> {symbol: str(n) for symbol, n in host("LiCoO2").composition(Fraction(1, 2)).items()}
        {'Li': '1/2', 'Co': '1', 'O': '2'}
        """
        units = self.framework.formula_units
        amounts = {self.carrier: Fraction(0)}  # carrier and metals first, as formulas are written
        for symbol in self.layout:
            amounts[symbol] = amounts.get(symbol, Fraction(0)) + Fraction(1, units)
        for orbit in self.framework.orbits:
            n = Fraction(len(orbit.positions), units)
            if orbit.role is not Role.METAL:
                share = content if orbit.role is Role.MOBILE else 1
                amounts[orbit.element] = amounts.get(orbit.element, Fraction(0)) + n * share
                continue
            for symbol, part in () if self.layout else self.metals:
                whole = Fraction(part).limit_denominator(1000)
                amounts[symbol] = amounts.get(symbol, Fraction(0)) + n * whole
        return {symbol: n for symbol, n in amounts.items() if n}

    def shape(self, fraction: float) -> Shape:
        """Shape to start from at Li ``fraction`` x in [0, 1].

        Parameters
        ----------
        fraction : Li content x, 0 to 1.

        Returns
        -------
        Shape
            Starting shape.

        Examples
        --------
        >>> host("LiMn2O4").shape(0.5).lengths
        (8.145,)
        """
        return interpolate(dict(self.shapes), fraction)

    def charges(self, fraction: float) -> dict[str, float]:
        """Formal charge of each metal at ``fraction`` x in [0, 1] of its lithium.

        ``q(x) = x q(1) + (1 - x) q(0)``: all metals are oxidized in proportion to their available
        charge. With the fixed ions of the framework the cell is neutral at every x.

        Parameters
        ----------
        fraction : Li content x, 0 to 1.

        Returns
        -------
        dict[str, float]
            Metal -> formal charge [e].

        Examples
        --------
        >>> host("NCM811").charges(1.0)
        {'Ni': 2.875, 'Co': 3.0, 'Mn': 4.0}
        >>> host("LiFePO4").charges(0.5)
        {'Fe': 2.5}
        """
        ends = zip(self.metals, self.full, self.empty, strict=True)
        return {
            metal: round(fraction * full + (1 - fraction) * empty, 12)
            for (metal, _), full, empty in ends
        }

    @property
    def formula(self) -> dict[str, float]:
        """Atoms in one formula unit with all its lithium.

        Examples
        --------
        >>> host("LiNi0.5Mn1.5O4").formula
        {'Li': 1.0, 'Ni': 0.5, 'Mn': 1.5, 'O': 4.0}
        """
        charges: dict[str, float] = {}
        for orbit in self.framework.orbits:
            amount = len(orbit.positions) / self.framework.formula_units
            on = self.metals if orbit.role is Role.METAL else ((orbit.element, 1.0),)
            for symbol, share in on:
                charges[symbol] = charges.get(symbol, 0.0) + share * amount
        return charges


def _layered(a: float, c: float, z: float) -> Shape:
    return Shape((a, c), (z,))


_LAYERED = (
    "rounded start values, relaxed afterwards: at x = 1 with z from a metal-oxygen distance of "
    "{bond} A, at 0.5 and 0 the means of the CHGNet-relaxed cells of the bundled series"
)
_SPINEL = (
    "rounded published lattice constants of the spinel and of its delithiated form{where}; oxygen "
    "at u = 0.263 of both, relaxed afterwards"
)
_OLIVINE = "rounded published cells of LiFePO4 and FePO4, doi 10.1021/cm0300462; relaxed afterwards"
#: Free coordinates of M, P, O, O, O in LiFePO4 and in FePO4, rounded.
_FILLED = (0.282, 0.975, 0.095, 0.418, 0.097, 0.743, 0.457, 0.206, 0.166, 0.046, 0.285)
_EMPTIED = (0.275, 0.948, 0.094, 0.395, 0.122, 0.709, 0.439, 0.160, 0.166, 0.045, 0.251)

_NCM_SHAPES = (
    (1.0, _layered(2.87, 14.20, 0.241)),
    (0.5, _layered(2.85, 14.70, 0.235)),
    (0.0, _layered(2.81, 15.04, 0.230)),
)

_HOSTS = (
    Host(
        name="NCM811",
        framework=O3,
        metals=(("Ni", 0.8), ("Co", 0.1), ("Mn", 0.1)),
        full=(2.875, 3.0, 4.0),
        empty=(4.0, 4.0, 4.0),
        shapes=_NCM_SHAPES,
        source=_LAYERED.format(bond=1.96),
    ),
    Host(
        name="NCM622",
        framework=O3,
        metals=(("Ni", 0.6), ("Co", 0.2), ("Mn", 0.2)),
        full=(8 / 3, 3.0, 4.0),
        empty=(4.0, 4.0, 4.0),
        shapes=_NCM_SHAPES,
        source=_LAYERED.format(bond=1.96),
    ),
    Host(
        name="NCM523",
        framework=O3,
        metals=(("Ni", 0.5), ("Co", 0.2), ("Mn", 0.3)),
        full=(2.4, 3.0, 4.0),
        empty=(4.0, 4.0, 4.0),
        shapes=_NCM_SHAPES,
        source=_LAYERED.format(bond=1.96),
    ),
    Host(
        name="NCA",
        framework=O3,
        metals=(("Ni", 0.8), ("Co", 0.15), ("Al", 0.05)),
        full=(3.0, 3.0, 3.0),
        empty=(4.0625, 4.0, 3.0),  # aluminium keeps its charge
        shapes=_NCM_SHAPES,
        source=_LAYERED.format(bond=1.96),
    ),
    Host(
        # Lithium on a metal site stays there; x counts that of the lithium layers.
        name="Li1.2Mn0.6Ni0.2O2",
        framework=O3,
        metals=(("Li", 0.2), ("Ni", 0.2), ("Mn", 0.6)),
        full=(1.0, 2.0, 4.0),
        empty=(1.0, 4.0, 5.0),  # what oxygen gives is put on manganese, to rank the orderings
        shapes=_NCM_SHAPES,
        source=_LAYERED.format(bond=1.96),
    ),
    Host(
        name="LiCoO2",
        framework=O3,
        metals=(("Co", 1.0),),
        full=(3.0,),
        empty=(4.0,),
        shapes=(
            (1.0, _layered(2.816, 14.05, 0.2396)),
            (0.5, _layered(2.83, 14.73, 0.2336)),
            (0.0, _layered(2.84, 14.84, 0.230)),
        ),
        source=_LAYERED.format(bond=1.92),
    ),
    Host(
        name="LiNiO2",
        framework=O3,
        metals=(("Ni", 1.0),),
        full=(3.0,),
        empty=(4.0,),
        shapes=(
            (1.0, _layered(2.88, 14.19, 0.241)),
            (0.5, _layered(2.84, 14.68, 0.235)),
            (0.0, _layered(2.80, 15.08, 0.2305)),
        ),
        source=_LAYERED.format(bond=1.97),
    ),
    Host(
        name="LiMn2O4",
        framework=SPINEL,
        metals=(("Mn", 1.0),),
        full=(3.5,),
        empty=(4.0,),
        shapes=((1.0, Shape((8.24,), (0.263,))), (0.0, Shape((8.05,), (0.263,)))),
        source=_SPINEL.format(where=" (lambda-MnO2)"),
    ),
    Host(
        name="LiNi0.5Mn1.5O4",
        framework=SPINEL,
        metals=(("Ni", 0.25), ("Mn", 0.75)),
        full=(2.0, 4.0),
        empty=(4.0, 4.0),
        shapes=((1.0, Shape((8.17,), (0.263,))), (0.0, Shape((8.00,), (0.263,)))),
        source=_SPINEL.format(where=""),
    ),
    Host(
        name="LiFePO4",
        framework=OLIVINE,
        metals=(("Fe", 1.0),),
        full=(2.0,),
        empty=(3.0,),
        shapes=(
            (1.0, Shape((10.33, 6.01, 4.69), _FILLED)),
            (0.0, Shape((9.82, 5.79, 4.79), _EMPTIED)),
        ),
        source=_OLIVINE,
    ),
)


def host(name: str) -> Host:
    """Return the host called ``name``, such as NCM811, LiMn2O4 or LiFePO4.

    Parameters
    ----------
    name : name of the host.

    Returns
    -------
    Host
        The host.

    Raises
    ------
    UnknownHostError
        For any other name.
    """
    for host in _HOSTS:
        if host.name == name:
            return host
    known = ", ".join(host.name for host in _HOSTS)
    raise UnknownHostError(f"no host called {name!r}; known: {known}")
