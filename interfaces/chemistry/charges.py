"""Usual charges of ions, and the range of those of redox-active and p-block metals."""

from __future__ import annotations

_USUAL = """
H 1 Li 1 Na 1 K 1 Be 2 Mg 2 Ca 2 Zn 2 B 3 Al 3 Ga 3 In 3 La 3 Y 3 Sc 3 C 4 Si 4 Ge 4 Sn 4 Zr 4
Hf 4 P 5 Nb 5 Ta 5 N -3 O -2 S -2 Se -2 F -1 Cl -1 Br -1 I -1
"""
USUAL = {key: int(charge) for key, charge in zip(*[iter(_USUAL.split())] * 2, strict=True)}
#: metal: (lowest, usual, highest) charge, in the order in which they are oxidised further;
#: Ni goes first in a layered oxide of Ni, Co and Mn
REDOX = {
    "Ti": (3, 4, 4), "V": (2, 5, 5), "Cr": (2, 3, 6), "Mo": (2, 6, 6), "W": (4, 6, 6),
    "Fe": (2, 3, 4), "Mn": (2, 4, 4), "Cu": (1, 2, 2), "Ni": (2, 2, 4), "Co": (2, 3, 4),
}  # fmt: skip
#: Further cations, which oxidation states of battery cathodes do not need: (lowest, highest).
MORE = {
    "Rb": (1, 1), "Cs": (1, 1), "Sr": (2, 2), "Ba": (2, 2), "Ag": (1, 1), "Er": (3, 3),
    "Lu": (3, 3), "Yb": (2, 3), "Gd": (3, 3), "Pb": (2, 4), "Sb": (3, 5), "Bi": (3, 5),
    "Sn": (2, 4), "In": (1, 3), "Ge": (2, 4),
}  # fmt: skip
ANION_CHARGES = {
    "O": 2, "S": 2, "Se": 2, "N": 3, "C": 4, "F": 1, "Cl": 1, "Br": 1, "I": 1,
}  # fmt: skip


def charge_range(element: str) -> tuple[int, int] | None:
    """Lowest and highest charge of a cation, or None where it is no cation.

    Parameters
    ----------
    element : symbol.

    Returns
    -------
    tuple[int, int] | None
        Charges [e].

    Examples
    --------
    >>> charge_range("Li"), charge_range("Ni"), charge_range("O")
    ((1, 1), (2, 4), None)
    """
    if element in ANION_CHARGES:
        return None
    if element in REDOX:
        return REDOX[element][0], REDOX[element][2]
    if element in MORE:
        return MORE[element]
    usual = USUAL.get(element)
    return (usual, usual) if usual is not None and usual > 0 else None


def usual_charge(element: str) -> int | None:
    """Usual charge of a cation, or None where it is no cation.

    Parameters
    ----------
    element : symbol.

    Returns
    -------
    int | None
        Charge [e].
    """
    if element in REDOX:
        return REDOX[element][1]
    charges = charge_range(element)
    return None if charges is None else charges[1]
