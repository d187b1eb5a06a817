"""A molecule to be calculated: shared by the data of molecules and their calculators."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Molecule:
    """A small molecule, or the contact ion pair of a lithium salt.

    Attributes
    ----------
    name : unique.
    smiles : of the molecule; ``[Li+].`` first for an ion pair.
    cas : CAS number of the gas, empty where no experiment is looked up.
    role : ``training`` (experiment known, enters the fit), ``test`` (experiment known, kept out of
        the fit: a test of it, and a reference of reactions), ``doubtful`` and ``doubtful test``
        (experiment listed but not trusted, not fitted), ``target`` (the molecule wanted) or
        ``comparison`` (calculated only).
    start : symbols with coordinates [angstrom] where RDKit cannot embed the molecule.
    helix : start a chain of C and O as in crystalline PEO, gauche about C-C and trans about C-O, so
        that oligomers differ by one repeat unit and not by how they coil
        (doi 10.1021/ma60035a005).
    """

    name: str
    smiles: str
    cas: str = ""
    role: str = "training"
    start: tuple[tuple[str, float, float, float], ...] = ()
    helix: bool = False
