"""Names of the POTCARs of a protocol, and their cutoffs (ENMAX). No POTCAR content."""

from __future__ import annotations

from collections.abc import Sequence

from interfaces.errors import InputError
from workflows.vasp.read_protocol import Potentials

#: ENMAX [eV] of the PAW_PBE potentials of release 54, as the VASP wiki lists them
#: ("Available PAW potentials"), rounded up to 1 eV; those of older releases differ by up to 25 eV
ENMAX = {
    "H": 250, "Li": 140, "Li_sv": 499, "Be_sv": 309, "B": 319, "C": 400, "N": 400, "O": 400,
    "F": 400, "Na_pv": 260, "Mg": 200, "Mg_pv": 404, "Al": 241, "Si": 246, "P": 255, "S": 259,
    "Cl": 263, "K_sv": 260, "Ca_sv": 267, "Sc_sv": 223, "Ti_pv": 223, "V_pv": 264, "Cr_pv": 266,
    "Mn": 270, "Mn_pv": 270, "Fe": 268, "Fe_pv": 294, "Co": 268, "Ni": 270, "Ni_pv": 368,
    "Cu_pv": 369, "Zn": 277, "Ga_d": 283, "Ge_d": 311, "Br": 217, "Y_sv": 203, "Zr_sv": 230,
    "Nb_pv": 209, "Mo_pv": 225, "In_d": 240, "Sn_d": 242, "I": 176, "La": 220, "Ta_pv": 224,
    "W_pv": 224, "W_sv": 224,
}  # fmt: skip


def symbols_for(potentials: Potentials, elements: Sequence[str]) -> tuple[str, ...]:
    """POTCAR symbols of some elements.

    Parameters
    ----------
    potentials : of a protocol.
    elements : symbols, in the order of the POSCAR.

    Returns
    -------
    tuple of str
        Such as ``("Li_sv", "Co")``.

    Raises
    ------
    InputError
        If the protocol has none for an element.
    """
    known = dict(potentials.symbols)
    missing = [element for element in elements if element not in known]
    if missing:
        raise InputError(
            f"the protocol names no potential for {', '.join(missing)}; it has {', '.join(known)}; "
            "add one under potentials: in a protocol of your own"
        )
    return tuple(known[element] for element in elements)
