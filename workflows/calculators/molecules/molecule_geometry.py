"""Geometry of a molecule: start geometries of RDKit, relaxed with GFN2-xTB."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from workflows.schemas.molecule_definition import Molecule

Floats = npt.NDArray[np.float64]

FORCE_TOLERANCE = 0.003  #: eV/angstrom, GFN2-xTB relaxation
ROUGH_TOLERANCE = 0.1  #: eV/angstrom, to choose among many starts
KEPT_STARTS = 4  #: starts that are relaxed to the end
CONFORMERS = 8  #: RDKit embeddings tried per molecule
SEED = 20260101  #: of the embeddings
GAUCHE = 65.0  #: degrees about C-C in crystalline PEO
LITHIUM_DISTANCE = 1.9  #: angstrom from the acceptors between which Li is placed to start


def _place_lithium(positions: Floats, acceptors: Sequence[int]) -> list[Floats]:
    """Start positions of a Li atom between each pair of acceptor atoms, outside the molecule."""
    centre = positions.mean(axis=0)
    starts = []
    for first, second in itertools.combinations(acceptors, 2):
        span = float(np.linalg.norm(positions[first] - positions[second]))
        if span > 2.0 * LITHIUM_DISTANCE:
            continue
        middle = (positions[first] + positions[second]) / 2.0
        outward = middle - centre
        along = (positions[first] - positions[second]) / span
        outward = outward - along * float(outward @ along)
        length = float(np.linalg.norm(outward))
        if length < 1e-3:
            continue
        height = math.sqrt(max(LITHIUM_DISTANCE**2 - (span / 2.0) ** 2, 0.25))
        starts.append(middle + outward / length * height)
    return starts


def embed(molecule: Molecule) -> list[tuple[list[str], Floats]]:
    """Start geometries of a neutral molecule or contact ion pair.

    Parameters
    ----------
    molecule : by SMILES or start coordinates.

    Returns
    -------
    list of tuple
        Symbols and positions [angstrom] of each conformer.

    Raises
    ------
    ValueError
        If RDKit embeds no conformer.
    """
    if molecule.start:
        rows = molecule.start
        return [([row[0] for row in rows], np.array([row[1:] for row in rows], dtype=float))]
    from rdkit import Chem
    from rdkit.Chem import AllChem

    ion_pair = molecule.smiles.startswith("[Li+].")
    parsed = Chem.AddHs(Chem.MolFromSmiles(molecule.smiles.removeprefix("[Li+].")))
    conformers = 1 if molecule.helix else CONFORMERS
    AllChem.EmbedMultipleConfs(parsed, conformers, randomSeed=SEED, useRandomCoords=True)
    if parsed.GetNumConformers() == 0:
        raise ValueError(f"RDKit embeds no conformer of {molecule.name} ({molecule.smiles})")
    if AllChem.MMFFHasAllMoleculeParams(parsed):
        AllChem.MMFFOptimizeMoleculeConfs(parsed)
    symbols = [atom.GetSymbol() for atom in parsed.GetAtoms()]
    if molecule.helix:
        coil(parsed.GetConformer(), symbols)
    starts = []
    for conformer in parsed.GetConformers():
        positions = np.array(conformer.GetPositions(), dtype=float)
        if ion_pair:
            acceptors = [i for i, symbol in enumerate(symbols) if symbol in ("O", "N")]
            starts += [
                ([*symbols, "Li"], np.vstack([positions, lithium]))
                for lithium in _place_lithium(positions, acceptors)
            ]
        else:
            starts.append((symbols, positions))
    return starts if len(symbols) > 4 else starts[:1]


def coil(conformer: Any, symbols: Sequence[str]) -> None:
    """Turn an unbranched chain into the helix of crystalline PEO.

    Parameters
    ----------
    conformer : of RDKit, its heavy atoms first and in order; is changed.
    symbols : elements.
    """
    from rdkit.Chem import rdMolTransforms

    heavy = sum(symbol != "H" for symbol in symbols)
    for first in range(heavy - 3):
        carbons = symbols[first + 1] == symbols[first + 2] == "C"
        angle = GAUCHE if carbons else 180.0
        rdMolTransforms.SetDihedralDeg(conformer, *range(first, first + 4), angle)


def relax(
    symbols: Sequence[str],
    positions: Floats,
    *,
    force_tolerance: float = FORCE_TOLERANCE,
    max_steps: int = 400,
) -> tuple[Any, float]:
    """Relax a molecule with GFN2-xTB.

    Parameters
    ----------
    symbols : elements.
    positions : [angstrom].
    force_tolerance : largest force at the end [eV/angstrom].
    max_steps : of BFGS.

    Returns
    -------
    tuple
        ASE atoms with calculator, and the energy [eV].
    """
    from ase import Atoms
    from ase.optimize import BFGS
    from tblite.ase import TBLite

    atoms = Atoms(list(symbols), positions=positions)
    atoms.calc = TBLite(method="GFN2-xTB", verbosity=0)
    BFGS(atoms, logfile=None, maxstep=0.1).run(fmax=force_tolerance, steps=max_steps)
    return atoms, float(atoms.get_potential_energy())


def relax_lowest(
    starts: Sequence[tuple[list[str], Floats]], kept: int, **options: Any
) -> list[tuple[list[str], Floats]]:
    """Relax start geometries and keep the lowest.

    A start whose GFN2-xTB density does not converge (atoms too close) is left out.

    Parameters
    ----------
    starts : symbols and positions [angstrom].
    kept : largest number of geometries to return.
    **options : of :func:`relax`.

    Returns
    -------
    list of tuple
        Symbols and relaxed positions [angstrom], lowest energy first.
    """
    from ase.calculators.calculator import CalculationFailed

    relaxed = []
    for start in starts:
        try:
            relaxed.append(relax(*start, **options))
        except CalculationFailed:
            continue
    relaxed.sort(key=lambda pair: pair[1])
    return [(atoms.get_chemical_symbols(), atoms.get_positions()) for atoms, _ in relaxed[:kept]]
