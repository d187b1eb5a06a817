"""Inputs of a small VASP run, LiCoO2 with four atoms; its potentials have a header only."""

from __future__ import annotations

POSCAR = """LiCoO2
1.0
2.84 0.0 0.0
1.42 2.459512 0.0
1.42 0.819837 4.683333
Li Co O
1 1 2
Direct
0.5 0.5 0.5
0.0 0.0 0.0
0.26 0.26 0.22
0.74 0.74 0.78
"""
POTENTIALS = (("Li_sv", 3.0, 6.94), ("Co", 9.0, 58.933), ("O", 6.0, 15.999))
#: symbol, valence electrons, mass


def potential(symbol: str, electrons: float, mass: float, exchange: str = "PE") -> str:
    """The lines of a POTCAR that are read."""
    return (
        f"  PAW_PBE {symbol} 01Jan2000\n {electrons}\n parameters from PSCTR are:\n"
        f"   LEXCH  = {exchange}\n   TITEL  = PAW_PBE {symbol} 01Jan2000\n"
        f"   POMASS = {mass}; ZVAL   = {electrons}    mass and valenz\n"
        " END of PSCTR-controll parameters\n 0.0\n End of Dataset\n"
    )


POTCAR = "".join(potential(*one) for one in POTENTIALS)
