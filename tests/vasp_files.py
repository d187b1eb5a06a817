"""Inputs of a small VASP run, LiCoO2 with four atoms; its potentials have a header only."""

from __future__ import annotations

import io

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


POTCAR = "".join(potential(*item) for item in POTENTIALS)


def vasp_run(folder, z=0.22, **tags):
    """A static run of the fake VASP with a projected density of states, in a folder."""
    from workflows.calculators.mock.vasp_std import run as fake_vasp

    values = {"ENCUT": 520, "ISMEAR": 0, "SIGMA": 0.05, "ISPIN": 2, "MAGMOM": "4*0.6",
              "LORBIT": 11, "NEDOS": 2001} | tags  # fmt: skip
    texts = {"POSCAR": POSCAR.replace("0.22", str(z)), "KPOINTS": "k\n0\nGamma\n1 1 1\n",
             "INCAR": "".join(f"{k} = {v}\n" for k, v in values.items()),
             "POTCAR": POTCAR}  # fmt: skip
    for name, content in texts.items():
        (folder / name).write_text(content)
    assert fake_vasp(folder, {}, io.StringIO()) == 0
    return folder
