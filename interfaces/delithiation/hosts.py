"""The layered hosts LiMO2: their metals, their formal charges and the shape to start from."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from interfaces.errors import UnknownHostError

FORMAL_CHARGE = {"Co": 3.0, "Mn": 4.0}  #: in LiMO2; Ni takes what makes the average 3
OXYGEN_CHARGE = -2.0
DELITHIATED_CHARGE = 4.0  #: of every metal in MO2


@dataclass(frozen=True)
class LayeredGeometry:
    """Shape of the O3 host: ``a``, ``c`` of the hexagonal cell [angstrom], oxygen height ``z``.

    ``z`` is the fractional height of O over the Li layer, with Li in 3a and M in 3b.
    """

    a: float
    c: float
    z: float


@dataclass(frozen=True)
class LayeredHost:
    """A layered oxide LiMO2: its metals as (symbol, share) and the geometry to start from.

    ``source`` says where the geometry comes from. It is a start only: cells are relaxed.
    """

    name: str
    metals: tuple[tuple[str, float], ...]
    geometry: LayeredGeometry
    source: str

    def charges(self, fraction: float) -> dict[str, float]:
        """Formal charge of each metal in LixMO2 at ``fraction`` x in [0, 1].

        ``q(x) = x q(1) + 4 (1 - x)``: at x = 1 Co is 3+, Mn 4+ and Ni balances the average to 3+,
        and what is lost with Li is taken from all metals in proportion to what they can give.

        Examples
        --------
        >>> host("NCM811").charges(1.0)
        {'Ni': 2.875, 'Co': 3.0, 'Mn': 4.0}
        >>> host("LiNiO2").charges(0.5)
        {'Ni': 3.5}
        """
        full = {metal: FORMAL_CHARGE.get(metal, math.nan) for metal, _ in self.metals}
        if "Ni" in full:
            shares = dict(self.metals)
            others = sum(share * full[metal] for metal, share in self.metals if metal != "Ni")
            full["Ni"] = (3.0 - others) / shares["Ni"]
        return {
            metal: round(fraction * charge + (1 - fraction) * DELITHIATED_CHARGE, 12)
            for metal, charge in full.items()
        }


_HOSTS = (
    LayeredHost(
        "NCM811",
        (("Ni", 0.8), ("Co", 0.1), ("Mn", 0.1)),
        LayeredGeometry(2.87, 14.20, 0.241),
        "rounded start values, relaxed afterwards; z from a metal-oxygen distance of 1.96 A",
    ),
    LayeredHost(
        "LiCoO2",
        (("Co", 1.0),),
        LayeredGeometry(2.816, 14.05, 0.2396),
        "rounded start values, relaxed afterwards; z from a metal-oxygen distance of 1.92 A",
    ),
    LayeredHost(
        "LiNiO2",
        (("Ni", 1.0),),
        LayeredGeometry(2.88, 14.19, 0.241),
        "rounded start values, relaxed afterwards; z from a metal-oxygen distance of 1.97 A",
    ),
)


def host(name: str) -> LayeredHost:
    """Return the layered host called ``name``: NCM811, LiCoO2 or LiNiO2.

    Raises
    ------
    UnknownHostError
        For any other name.
    """
    for one in _HOSTS:
        if one.name == name:
            return one
    known = ", ".join(one.name for one in _HOSTS)
    raise UnknownHostError(f"no layered host called {name!r}; known: {known}")


def interpolate(anchors: Mapping[float, LayeredGeometry], fraction: float) -> LayeredGeometry:
    """Shape of the host at Li ``fraction`` x, on straight lines between known states of charge.

    Examples
    --------
    >>> ends = {0.0: LayeredGeometry(2.8, 14.0, 0.23), 1.0: LayeredGeometry(2.9, 14.4, 0.25)}
    >>> interpolate(ends, 0.5)
    LayeredGeometry(a=2.85, c=14.2, z=0.24)
    """
    known = sorted(anchors)

    def along(name: str) -> float:
        values: list[Any] = [getattr(anchors[x], name) for x in known]
        return round(float(np.interp(fraction, known, values)), 9)

    return LayeredGeometry(along("a"), along("c"), along("z"))
