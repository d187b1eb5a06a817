"""Energies of small molecules: RDKit and GFN2-xTB geometry, PySCF PBE/def2-TZVP energy.

``python -m workflows.quantum_chemistry --lines LINES --output JSON`` appends one JSON line per
molecule to LINES, skips the molecules that LINES already holds, and writes the summary that
``interfaces.molecules`` is fed with. Steps of one molecule: ``embed`` (RDKit, seeded, several
conformers) -> ``relax`` (GFN2-xTB; the lowest is kept) -> ``thermal_enthalpy`` (harmonic, from
the GFN2-xTB Hessian) -> ``electronic_energy`` (one PBE/def2-TZVP single point).

The heavy libraries (extra ``molecules``) are imported inside the functions that use them.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

HARTREE_EV = 27.211386245988  #: CODATA 2018
EV_KJ_MOL = 96.48533212331  #: CODATA 2018, 1 eV per particle in kJ/mol
BOLTZMANN_EV = 8.617333262e-5  #: eV/K
TEMPERATURE = 298.15  #: K
WAVENUMBER_EV = 1.239841984e-4  #: eV per cm^-1
#: sqrt(eV / (angstrom^2 u)) as a wavenumber [cm^-1]
HESSIAN_TO_WAVENUMBER = 521.4708983725064
FORCE_TOLERANCE = 0.003  #: eV/angstrom, GFN2-xTB relaxation
ROUGH_TOLERANCE = 0.1  #: eV/angstrom, to choose among many starts
KEPT_STARTS = 4  #: starts that are relaxed to the end
DISPLACEMENT = 0.005  #: angstrom, finite differences of the Hessian
CONFORMERS = 8  #: RDKit embeddings tried per molecule
SEED = 20260101  #: of the embeddings
GRID_LEVEL = 3  #: of PySCF's integration grids
LITHIUM_DISTANCE = 1.9  #: angstrom from the acceptors between which Li is placed to start

METHOD = (
    "geometry and thermal enthalpy (298.15 K, rigid rotor, harmonic oscillator): GFN2-xTB; "
    "electronic energy: PBE/def2-TZVP, density fitting (def2-universal-jfit), grid level 3"
)


@dataclass(frozen=True)
class Molecule:
    """What is asked for: a name, a SMILES (or start coordinates), the CAS number of the gas.

    ``role``: ``training`` (experiment known, enters the fit), ``doubtful`` (experiment listed,
    not trusted, not fitted), ``target`` (placed), ``comparison`` (QC only, no experiment).
    ``start`` are symbols with coordinates [angstrom] where RDKit cannot embed.
    """

    name: str
    smiles: str
    cas: str = ""
    role: str = "training"
    start: tuple[tuple[str, float, float, float], ...] = ()


MOLECULES: tuple[Molecule, ...] = (
    # The references and the isodesmic partners first, then the targets' own chemistry.
    Molecule("hydrogen", "[H][H]", "1333-74-0"),
    Molecule("water", "O", "7732-18-5"),
    Molecule("methane", "C", "74-82-8"),
    Molecule("ammonia", "N", "7664-41-7"),
    Molecule("carbon dioxide", "O=C=O", "124-38-9"),
    Molecule("hydrogen cyanide", "C#N", "74-90-8"),
    Molecule("nitrogen", "N#N", "7727-37-9"),
    Molecule("ethane", "CC", "74-84-0"),
    Molecule("ethylene", "C=C", "74-85-1"),
    Molecule("acrylonitrile", "C=CC#N", "107-13-1"),
    Molecule("methyl acrylate", "COC(=O)C=C", "96-33-3", "doubtful"),
    Molecule("ethyl cyanoacrylate", "CCOC(=O)C(=C)C#N", "7085-85-0", "target"),
    Molecule("hydrogen fluoride", "F", "7664-39-3"),
    Molecule("sulfur dioxide", "O=S=O", "7446-09-5"),
    Molecule("carbon tetrafluoride", "FC(F)(F)F", "75-73-0"),
    Molecule("carbon disulfide", "S=C=S", "75-15-0"),
    Molecule("lithium fluoride", "[Li]F", "7789-24-4"),
    Molecule("lithium hydride", "[LiH]", "7580-67-8", start=(("Li", 0, 0, 0), ("H", 0, 0, 1.6))),
    Molecule("lithium hydroxide", "[Li]O", "1310-65-2"),
    Molecule("dilithium oxide", "[Li]O[Li]", "12057-24-8"),
    Molecule(
        "dilithium difluoride",
        "[Li]1F[Li]F1",
        "12265-82-6",
        start=(
            ("Li", 1.15, 0, 0),
            ("Li", -1.15, 0, 0),
            ("F", 0, 1.3, 0),
            ("F", 0, -1.3, 0),
        ),
    ),
    Molecule("acetylene", "C#C", "74-86-2"),
    Molecule("carbon monoxide", "[C-]#[O+]", "630-08-0"),
    Molecule("formaldehyde", "C=O", "50-00-0"),
    Molecule("methanol", "CO", "67-56-1"),
    Molecule("hydrogen peroxide", "OO", "7722-84-1"),
    Molecule("hydrazine", "NN", "302-01-2"),
    Molecule("methylamine", "CN", "74-89-5"),
    Molecule("hydrogen sulfide", "S", "7783-06-4"),
    Molecule("methanethiol", "CS", "74-93-1"),
    Molecule("fluoromethane", "CF", "593-53-3"),
    Molecule("acetonitrile", "CC#N", "75-05-8"),
    Molecule("formic acid", "OC=O", "64-18-6"),
    Molecule("isocyanic acid", "N=C=O", "75-13-8"),
    Molecule("nitrous oxide", "[N-]=[N+]=O", "10024-97-2"),
    Molecule("cyanogen", "N#CC#N", "460-19-5"),
    Molecule("formamide", "NC=O", "75-12-7"),
    Molecule("difluoromethane", "FCF", "75-10-5"),
    Molecule("carbonyl sulfide", "O=C=S", "463-58-1"),
    Molecule("propene", "CC=C", "115-07-1"),
    Molecule("acetaldehyde", "CC=O", "75-07-0"),
    Molecule("dimethyl ether", "COC", "115-10-6"),
    Molecule("dimethyl sulfide", "CSC", "75-18-3"),
    Molecule("carbonyl fluoride", "O=C(F)F", "353-50-4"),
    Molecule("fluoroform", "FC(F)F", "75-46-7"),
    Molecule("sulfur trioxide", "O=S(=O)=O", "7446-11-9"),
    Molecule("nitric acid", "O[N+](=O)[O-]", "7697-37-2"),
    Molecule("nitromethane", "C[N+](=O)[O-]", "75-52-5"),
    Molecule("acetic acid", "CC(=O)O", "64-19-7"),
    Molecule("methyl formate", "COC=O", "107-31-3"),
    Molecule("sulfuryl fluoride", "O=S(=O)(F)F", "2699-79-8"),
    Molecule("malononitrile", "N#CCC#N", "109-77-3"),
    Molecule("propionitrile", "CCC#N", "107-12-0"),
    Molecule("methyl acetate", "COC(C)=O", "79-20-9"),
    Molecule("1,1,1-trifluoroethane", "CC(F)(F)F", "420-46-2"),
    Molecule("dimethyl sulfone", "CS(C)(=O)=O", "67-71-0"),
    Molecule("ethyl acetate", "CCOC(C)=O", "141-78-6"),
    Molecule("lithium fluorosulfate", "[Li+].[O-]S(=O)(=O)F", role="comparison"),
    Molecule("lithium trifluoromethanesulfonate", "[Li+].[O-]S(=O)(=O)C(F)(F)F", role="comparison"),
    Molecule(
        "lithium bis(fluorosulfonyl)imide",
        "[Li+].FS(=O)(=O)[N-]S(=O)(=O)F",
        role="comparison",
    ),
    Molecule(
        "lithium bis(trifluoromethanesulfonyl)imide",
        "[Li+].FC(F)(F)S(=O)(=O)[N-]S(=O)(=O)C(F)(F)F",
        role="target",
    ),
    Molecule("hexafluoroethane", "FC(F)(F)C(F)(F)F", "76-16-4"),
    Molecule("sulfuric acid", "OS(=O)(=O)O", "7664-93-9"),
    Molecule("dimethyl sulfoxide", "CS(C)=O", "67-68-5"),
)

#: Tables of the package ``chemicals``, first one that lists the gas counts.
EXPERIMENT_SOURCES = {
    "ATCT_G": "Active Thermochemical Tables",
    "CRC": "CRC Handbook of Chemistry and Physics",
    "JANAF": "NIST-JANAF Thermochemical Tables",
    "WEBBOOK": "NIST Chemistry WebBook",
}


@dataclass(frozen=True)
class Calculation:
    """What one molecule gave; energies [eV], per molecule."""

    name: str
    symbols: tuple[str, ...]
    positions: tuple[tuple[float, float, float], ...]
    energy_gfn2: float
    energy_pbe: float
    thermal_enthalpy: float
    zero_point_energy: float
    lowest_wavenumber: float
    starts: int
    seconds: float


def place_lithium(positions: Floats, acceptors: Sequence[int]) -> list[Floats]:
    """Start positions [angstrom] of a Li atom between each pair of acceptor atoms, outside."""
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
    """Start geometries [angstrom] of one neutral molecule or contact ion pair."""
    if molecule.start:
        rows = molecule.start
        return [([row[0] for row in rows], np.array([row[1:] for row in rows], dtype=float))]
    from rdkit import Chem
    from rdkit.Chem import AllChem

    ion_pair = molecule.smiles.startswith("[Li+].")
    parsed = Chem.AddHs(Chem.MolFromSmiles(molecule.smiles.removeprefix("[Li+].")))
    AllChem.EmbedMultipleConfs(parsed, CONFORMERS, randomSeed=SEED, useRandomCoords=True)
    if parsed.GetNumConformers() == 0:
        raise ValueError(f"RDKit embeds no conformer of {molecule.name} ({molecule.smiles})")
    if AllChem.MMFFHasAllMoleculeParams(parsed):
        AllChem.MMFFOptimizeMoleculeConfs(parsed)
    symbols = [atom.GetSymbol() for atom in parsed.GetAtoms()]
    starts = []
    for conformer in parsed.GetConformers():
        positions = np.array(conformer.GetPositions(), dtype=float)
        if ion_pair:
            acceptors = [i for i, symbol in enumerate(symbols) if symbol in ("O", "N")]
            starts += [
                ([*symbols, "Li"], np.vstack([positions, lithium]))
                for lithium in place_lithium(positions, acceptors)
            ]
        else:
            starts.append((symbols, positions))
    return starts if len(symbols) > 4 else starts[:1]


def relax(
    symbols: Sequence[str],
    positions: Floats,
    *,
    force_tolerance: float = FORCE_TOLERANCE,
    max_steps: int = 400,
) -> tuple[Any, float]:
    """Relax with GFN2-xTB; returns the ASE atoms with calculator and the energy [eV]."""
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
    """Relax each start, with the options of ``relax``, and keep the lowest ones.

    A start whose GFN2-xTB density does not converge (atoms too close) is left out.
    """
    from ase.calculators.calculator import CalculationFailed

    found = []
    for start in starts:
        try:
            found.append(relax(*start, **options))
        except CalculationFailed:
            continue
    found.sort(key=lambda pair: pair[1])
    return [(atoms.get_chemical_symbols(), atoms.get_positions()) for atoms, _ in found[:kept]]


def wavenumbers(atoms: Any) -> Floats:
    """Harmonic wavenumbers [cm^-1], ascending, imaginary ones negative, all 3N of them."""
    start = atoms.get_positions()
    size = start.size
    hessian = np.zeros((size, size))
    for k in range(size):
        for sign in (1.0, -1.0):
            moved = start.copy().reshape(-1)
            moved[k] += sign * DISPLACEMENT
            atoms.set_positions(moved.reshape(-1, 3))
            hessian[k] -= sign * atoms.get_forces().reshape(-1) / (2.0 * DISPLACEMENT)
    atoms.set_positions(start)
    weights = 1.0 / np.sqrt(np.repeat(atoms.get_masses(), 3))
    values = np.linalg.eigvalsh((hessian + hessian.T) / 2.0 * np.outer(weights, weights))
    result: Floats = np.sign(values) * np.sqrt(np.abs(values)) * HESSIAN_TO_WAVENUMBER
    return result


def thermal_enthalpy(
    modes: Floats, linear: bool, temperature: float = TEMPERATURE
) -> tuple[float, float]:
    """Enthalpy above the electronic energy, and the zero-point energy in it [eV].

    ``H = 5/2 kT + rotation + sum_i e_i (1/2 + 1/(exp(e_i / kT) - 1))`` with ``kT`` of rotation
    for a linear molecule and ``3/2 kT`` otherwise. ``modes`` [cm^-1] are the vibrations alone.
    """
    quanta = np.asarray(modes, dtype=float) * WAVENUMBER_EV
    thermal = BOLTZMANN_EV * temperature
    zero_point = float(quanta.sum() / 2.0)
    excited = float((quanta / np.expm1(quanta / thermal)).sum())
    rotation = thermal if linear else 1.5 * thermal
    return zero_point + excited + 2.5 * thermal + rotation, zero_point


def electronic_energy(symbols: Sequence[str], positions: Floats) -> float:
    """PBE/def2-TZVP energy of a closed-shell neutral molecule [eV]."""
    from pyscf import dft, gto

    cell = gto.M(
        atom=[(symbol, tuple(row)) for symbol, row in zip(symbols, positions, strict=True)],
        basis="def2-tzvp",
        verbose=0,
    )
    field = dft.RKS(cell, xc="pbe").density_fit(auxbasis="def2-universal-jfit")
    field.grids.level = GRID_LEVEL
    energy = field.kernel()
    if not field.converged:
        field = field.newton()
        energy = field.kernel()
    if not field.converged:
        raise RuntimeError(f"PBE/def2-TZVP does not converge for {''.join(symbols)}")
    return float(energy) * HARTREE_EV


def calculate(molecule: Molecule) -> Calculation:
    """Embed, relax, vibrate, and take the PBE energy of one molecule."""
    began = time.process_time()
    starts = embed(molecule)
    tried = len(starts)
    if tried > KEPT_STARTS:
        starts = relax_lowest(starts, KEPT_STARTS, max_steps=40, force_tolerance=ROUGH_TOLERANCE)
    atoms, energy = min((relax(*start) for start in starts), key=lambda pair: pair[1])
    modes = wavenumbers(atoms)
    moments = atoms.get_moments_of_inertia()
    linear = bool(moments[0] < 1e-2 * moments[-1] and moments[0] < 1e-2)
    # Translations and rotations are the modes nearest to zero.
    outside = 5 if linear else 6
    order = np.argsort(np.abs(modes))
    vibrations = np.sort(modes[order[outside:]])
    enthalpy, zero_point = thermal_enthalpy(np.abs(vibrations), linear)
    symbols = atoms.get_chemical_symbols()
    positions = atoms.get_positions()
    return Calculation(
        name=molecule.name,
        symbols=tuple(symbols),
        positions=tuple((float(x), float(y), float(z)) for x, y, z in positions.round(5)),
        energy_gfn2=energy,
        energy_pbe=electronic_energy(symbols, positions),
        thermal_enthalpy=enthalpy,
        zero_point_energy=zero_point,
        lowest_wavenumber=float(vibrations[0]),
        starts=tried,
        seconds=round(time.process_time() - began, 1),
    )


def read_lines(path: Path) -> dict[str, dict[str, Any]]:
    """Read the stored calculations, by name; an unfinished last line is left out."""
    found: dict[str, dict[str, Any]] = {}
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                row = json.loads(line)
            except json.JSONDecodeError:
                continue
            found[row["name"]] = row
    return found


def calculate_missing(
    molecules: Iterable[Molecule], path: Path, report: Callable[[str], None] = print
) -> None:
    """Append one line per molecule that ``path`` does not hold yet."""
    done = read_lines(path)
    for molecule in molecules:
        if molecule.name in done:
            continue
        row = asdict(calculate(molecule))
        with path.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(row) + "\n")
        report(f"{molecule.name}: {row['seconds']} s, lowest mode {row['lowest_wavenumber']:.0f}")


@dataclass(frozen=True)
class Experiment:
    """Gas-phase formation enthalpy at 298.15 K [kJ/mol] and the table that lists it."""

    enthalpy: float
    source: str


def get_experiments(molecules: Iterable[Molecule]) -> dict[str, Experiment]:
    """Look up the measured gases in the tables of the package ``chemicals``, by name.

    The first of ``EXPERIMENT_SOURCES`` that lists a gas counts; no value is averaged or edited.
    """
    from chemicals.reaction import Hfg, Hfg_methods

    found = {}
    for molecule in molecules:
        if not molecule.cas or molecule.role == "target":
            continue
        listed = Hfg_methods(molecule.cas)
        source = next((name for name in EXPERIMENT_SOURCES if name in listed), None)
        if source is None:
            raise LookupError(f"no experiment for {molecule.name} ({molecule.cas}) in {listed}")
        value = float(Hfg(molecule.cas, method=source)) / 1000.0
        found[molecule.name] = Experiment(round(value, 2), source)
    return found


@dataclass(frozen=True)
class ElementFit:
    """One energy per element, fitted so that QC enthalpies become formation enthalpies.

    ``H_f(m) = E_PBE(m) + H_thermal(m) + sum_el n_el(m) a_el`` [kJ/mol]; ``leave_one_out`` are
    the signed errors (fitted without the molecule, minus experiment) [kJ/mol].
    """

    elements: tuple[str, ...]
    energies: Floats
    inverse: Floats
    leave_one_out: dict[str, float]

    @property
    def mean_absolute_error(self) -> float:
        """Of the leave-one-out errors [kJ/mol]."""
        return float(np.mean(np.abs(list(self.leave_one_out.values()))))

    @property
    def root_mean_square_error(self) -> float:
        """Of the leave-one-out errors [kJ/mol]."""
        return float(np.sqrt(np.mean(np.square(list(self.leave_one_out.values())))))

    def formation_enthalpy(self, row: Mapping[str, Any]) -> tuple[float, float]:
        """Gas-phase formation enthalpy of one calculation and its prediction error [kJ/mol].

        The error is ``rms (1 + x (A^T A)^-1 x)^(1/2)`` with the composition ``x``: it grows for
        a molecule that is larger than those fitted.
        """
        x = composition_vector(row, self.elements)
        error = self.root_mean_square_error * math.sqrt(1.0 + float(x @ self.inverse @ x))
        return molar_enthalpy(row) + float(x @ self.energies), error


def molar_enthalpy(row: Mapping[str, Any]) -> float:
    """Give the QC enthalpy at 298.15 K of one calculation [kJ/mol]."""
    return float(row["energy_pbe"] + row["thermal_enthalpy"]) * EV_KJ_MOL


def composition_vector(row: Mapping[str, Any], elements: Sequence[str]) -> Floats:
    """Count the atoms of one calculation, in the order of ``elements``."""
    return np.array([row["symbols"].count(element) for element in elements], dtype=float)


def fit_elements(
    rows: Mapping[str, Mapping[str, Any]], experiments: Mapping[str, Experiment]
) -> ElementFit:
    """Least squares for one energy per element; leave-one-out errors by the hat matrix."""
    names = [name for name in rows if name in experiments]
    elements = tuple(sorted({symbol for name in names for symbol in rows[name]["symbols"]}))
    matrix = np.array([composition_vector(rows[name], elements) for name in names])
    wanted = np.array([experiments[name].enthalpy - molar_enthalpy(rows[name]) for name in names])
    inverse = np.linalg.inv(matrix.T @ matrix)
    energies = inverse @ matrix.T @ wanted
    leverage = np.einsum("ij,jk,ik->i", matrix, inverse, matrix)
    errors = (matrix @ energies - wanted) / (1.0 - leverage)
    return ElementFit(
        elements, energies, inverse, dict(zip(names, map(float, errors), strict=True))
    )


Sides = Mapping[str, Fraction]  #: molecule -> coefficient, products positive, reactants negative

#: Reactions with like bonds on both sides: their errors are those of the ECA check below.
ISODESMIC: tuple[Sides, ...] = tuple(
    {name: Fraction(value) for name, value in sides.items()}
    for sides in (
        {"acrylonitrile": -1, "ethane": -1, "acetonitrile": 1, "propene": 1},
        {"methyl acrylate": -1, "ethane": -1, "methyl acetate": 1, "propene": 1},
        {"propionitrile": -1, "methane": -1, "acetonitrile": 1, "ethane": 1},
        {"acetonitrile": -1, "methane": -1, "hydrogen cyanide": 1, "ethane": 1},
        {"malononitrile": -1, "methane": -1, "acetonitrile": 2},
        {"methyl acetate": -1, "methane": -1, "methyl formate": 1, "ethane": 1},
        {"ethyl acetate": -1, "methane": -1, "methyl acetate": 1, "ethane": 1},
        {"propene": -1, "methane": -1, "ethylene": 1, "ethane": 1},
        {"acetaldehyde": -1, "methane": -1, "formaldehyde": 1, "ethane": 1},
        {"acetic acid": -1, "methane": -1, "formic acid": 1, "ethane": 1},
    )
)

ECA = "ethyl cyanoacrylate"
LITFSI = "lithium bis(trifluoromethanesulfonyl)imide"
#: What the default formation enthalpy of ECA rests on. Methyl acrylate would keep one bond type
#: more, but its experiment is doubtful: that of acrylic acid, by the same authors, is 11 kJ/mol
#: below theory (doi 10.1007/s11224-007-9184-8), and methyl acrylate misses here the same way.
ECA_ISODESMIC: Sides = {
    ECA: Fraction(-1),
    "methane": Fraction(-1),
    "acrylonitrile": Fraction(1),
    "ethyl acetate": Fraction(1),
}
ECA_ISODESMIC_ACRYLATE: Sides = {
    ECA: Fraction(-1),
    "ethylene": Fraction(-1),
    "methane": Fraction(-1),
    "acrylonitrile": Fraction(1),
    "methyl acrylate": Fraction(1),
    "ethane": Fraction(1),
}

#: One small molecule per element: each training molecule reacts to these in one way only.
SMALL_MOLECULES = (
    "carbon dioxide",
    "methane",
    "ammonia",
    "water",
    "hydrogen fluoride",
    "sulfur dioxide",
    "lithium fluoride",
)

#: Condensation energy at 0 K without vibrations, its error [kJ/mol], and where it is from.
_RULE = "minus (fusion + vaporisation enthalpy at the triple point, Perry's tables, + 2 R T)"
CONDENSATION: dict[str, tuple[float, float, str]] = {
    "CO2": (-28.4, 2.0, "X23 lattice energy, doi 10.1063/1.4812819"),
    "NH3": (-37.2, 3.0, "X23 lattice energy, doi 10.1063/1.4812819"),
    "H2O": (-58.8, 2.0, "ice Ih, doi 10.1063/1.448153"),
    "CH4": (-11.2, 2.0, _RULE),
    "C2N2": (-36.0, 4.0, _RULE),
    "SO2": (-39.5, 4.0, _RULE + "; the listed fusion enthalpies differ by 3 kJ/mol"),
    "CF4": (-17.0, 3.0, _RULE + ", solid-solid transition included"),
    "CS2": (-38.6, 4.0, _RULE),
    "N2": (0.0, 8.0, "the set's N2 is its zero and stands for the gas"),
    "LiF": (-276.0, 5.0, "NIST-JANAF, crystal minus the gas value used here"),
    "C6H7NO2": (
        -58.0,
        8.0,
        "estimate: vaporisation 53 kJ/mol at 298 K from the boiling point 55 C at 3 mmHg and a "
        "Trouton entropy of 109 J/mol/K at that temperature, + 2 R T; liquid",
    ),
    "LiN(SO2CF3)2": (-170.0, 40.0, "class estimate for a contact ion pair; crystal"),
}


@dataclass(frozen=True)
class Route:
    """A way to make a target from entries of a phase set (formula -> molecule, coefficient)."""

    name: str
    label: str
    target: str
    formula: str
    references: tuple[tuple[str, str, Fraction], ...]
    default: bool
    note: str
    condensation: tuple[float, float] | None = None


ROUTES: tuple[Route, ...] = (
    Route(
        "CO2, CH4, NH3, H2O",
        "ECA",
        ECA,
        "C6H7NO2",
        (
            ("CO2", "carbon dioxide", Fraction(3)),
            ("CH4", "methane", Fraction(3)),
            ("NH3", "ammonia", Fraction(1)),
            ("H2O", "water", Fraction(-4)),
        ),
        True,
        "closed on the molecules that ECA decomposes to",
    ),
    Route(
        "CO2, CH4, N2, H2O",
        "ECA",
        ECA,
        "C6H7NO2",
        (
            ("CO2", "carbon dioxide", Fraction(21, 8)),
            ("CH4", "methane", Fraction(27, 8)),
            ("N2", "nitrogen", Fraction(1, 2)),
            ("H2O", "water", Fraction(-13, 4)),
        ),
        False,
        "nitrogen from the element, so the set's nitride correction is left out",
    ),
    Route(
        "CO2, CH4, C2N2, H2O",
        "ECA",
        ECA,
        "C6H7NO2",
        (
            ("CO2", "carbon dioxide", Fraction(17, 8)),
            ("CH4", "methane", Fraction(23, 8)),
            ("C2N2", "cyanogen", Fraction(1, 2)),
            ("H2O", "water", Fraction(-9, 4)),
        ),
        False,
        "keeps the C-N triple bond; the set's CN must be cyanogen (Pbca)",
    ),
    Route(
        "LiN(SO2F)2, LiSO3CF3, LiSO3F",
        "LiTFSI",
        LITFSI,
        "LiN(SO2CF3)2",
        (
            ("LiN(SO2F)2", "lithium bis(fluorosulfonyl)imide", Fraction(1)),
            ("LiSO3CF3", "lithium trifluoromethanesulfonate", Fraction(2)),
            ("LiSO3F", "lithium fluorosulfate", Fraction(-2)),
        ),
        True,
        "exchange of CF3 for F on sulfur between lithium salts; every bond type is kept, the "
        "lattice energies of three salts stand on each side, their difference taken as 0 +- 40",
        (0.0, 40.0),
    ),
    Route(
        "LiF, CF4, CO2, SO2, CS2, N2",
        "LiTFSI",
        LITFSI,
        "LiN(SO2CF3)2",
        (
            ("LiF", "lithium fluoride", Fraction(1)),
            ("CF4", "carbon tetrafluoride", Fraction(5, 4)),
            ("CO2", "carbon dioxide", Fraction(1, 2)),
            ("SO2", "sulfur dioxide", Fraction(3, 2)),
            ("CS2", "carbon disulfide", Fraction(1, 4)),
            ("N2", "nitrogen", Fraction(1, 2)),
        ),
        False,
        "from small molecules, no bond type kept: an extrapolation",
    ),
)
#: Assumed error of the QC energy of the salt exchange [kJ/mol]; no experiment exists to check.
EXCHANGE_ERROR = 15.0
#: Floor for a formation enthalpy of LiTFSI [kJ/mol]: no S-N bond, no imide is in the fit.
LITFSI_ERROR = 40.0


def reaction_change(sides: Sides, values: Mapping[str, float]) -> float:
    """``sum_m nu_m value(m)``, products minus reactants, in the unit of ``values``."""
    return sum(float(nu) * values[name] for name, nu in sides.items())


def route_to(row: Mapping[str, Any], rows: Mapping[str, Mapping[str, Any]]) -> Floats:
    """Coefficients of ``SMALL_MOLECULES`` that add up to one molecule."""
    elements = sorted({symbol for name in SMALL_MOLECULES for symbol in rows[name]["symbols"]})
    columns = [composition_vector(rows[name], elements) for name in SMALL_MOLECULES]
    solution = np.linalg.solve(np.array(columns).T, composition_vector(row, elements))
    return np.asarray(solution, dtype=np.float64)


def root_mean_square(values: Iterable[float]) -> float:
    """Root mean square."""
    return float(np.sqrt(np.mean(np.square(list(values)))))


def scheme_errors(
    rows: Mapping[str, Mapping[str, Any]], experiments: Mapping[str, Experiment]
) -> dict[str, dict[str, float]]:
    """QC minus experimental enthalpy [kJ/mol] of closed reactions, by molecule and reaction.

    In a balanced reaction the fitted element energies cancel, so these are errors of plain
    PBE/def2-TZVP with GFN2 thermal enthalpies. ``to_small_molecules``: one molecule made from
    ``SMALL_MOLECULES``; ``isodesmic``: the reactions of ``ISODESMIC``.
    """
    error = {
        name: molar_enthalpy(rows[name]) - known.enthalpy
        for name, known in experiments.items()
        if name in rows
    }
    small = {}
    if all(name in error for name in SMALL_MOLECULES):
        for name in error:
            if name not in SMALL_MOLECULES:
                nu = route_to(rows[name], rows)
                small[name] = error[name] - float(nu @ [error[ref] for ref in SMALL_MOLECULES])
    like = {
        equation(sides): reaction_change(sides, error)
        for sides in ISODESMIC
        if all(name in error for name in sides)
    }
    return {"to_small_molecules": small, "isodesmic": like}


def equation(sides: Sides) -> str:
    """Write a reaction, ``"a + b -> 2 c"``."""

    def side(sign: int) -> str:
        return " + ".join(
            name if abs(nu) == 1 else f"{abs(nu)} {name}"
            for name, nu in sides.items()
            if nu * sign > 0
        )

    return f"{side(-1)} -> {side(1)}"


def enthalpy_by_reaction(
    name: str,
    sides: Sides,
    rows: Mapping[str, Mapping[str, Any]],
    experiments: Mapping[str, Experiment],
) -> float:
    """Derive one formation enthalpy [kJ/mol] from the QC enthalpy of a reaction.

    All other molecules of ``sides`` enter with their experimental formation enthalpies.
    """
    change = reaction_change(sides, {other: molar_enthalpy(rows[other]) for other in sides})
    known = {other: experiments[other].enthalpy for other in sides if other != name}
    others = {other: nu for other, nu in sides.items() if other != name}
    return (change - reaction_change(others, known)) / float(sides[name])


def route_record(
    route: Route,
    rows: Mapping[str, Mapping[str, Any]],
    experiments: Mapping[str, Experiment],
    best: tuple[float, float],
) -> dict[str, Any]:
    """One reaction of the data file, with every energy in kJ/mol of the target.

    ``enthalpy_298`` is the target's best formation enthalpy minus the experimental ones of the
    references (the elements cancel); ``electronic`` is that less the GFN2 thermal enthalpies.
    ``plain_*`` is PBE/def2-TZVP with nothing fitted or measured. Where a reference has no
    experiment, the plain values are all there is.
    """
    parts = [(molecule, float(nu)) for _, molecule, nu in route.references]

    def difference(key: str) -> float:
        sides = rows[route.target][key] - sum(nu * rows[name][key] for name, nu in parts)
        return float(sides) * EV_KJ_MOL

    plain, thermal = difference("energy_pbe"), difference("thermal_enthalpy")
    measured = all(name in experiments for name, _ in parts)
    if measured:
        enthalpy = best[0] - sum(nu * experiments[name].enthalpy for name, nu in parts)
        error = best[1]
    else:
        enthalpy, error = plain + thermal, EXCHANGE_ERROR
    if route.condensation is None:
        own = CONDENSATION[route.formula]
        terms = [(float(nu), CONDENSATION[formula]) for formula, _, nu in route.references]
        net = own[0] - sum(nu * term[0] for nu, term in terms)
        net_error = math.sqrt(own[1] ** 2 + sum((nu * term[1]) ** 2 for nu, term in terms))
    else:
        net, net_error = route.condensation
    return {
        "label": route.label,
        "name": route.name,
        "default": route.default,
        "target": route.formula,
        "references": {formula: str(nu) for formula, _, nu in route.references},
        "molecules": {formula: molecule for formula, molecule, _ in route.references},
        "basis": (
            "best formation enthalpy of the target minus experiment of the references"
            if measured
            else "plain PBE/def2-TZVP, no experiment exists"
        ),
        "gas": {
            "electronic": round(enthalpy - thermal, 1),
            "enthalpy_298": round(enthalpy, 1),
            "error": round(error, 1),
            "plain_electronic": round(plain, 1),
            "plain_enthalpy_298": round(plain + thermal, 1),
        },
        "condensation": {"value": round(net, 1), "error": round(net_error, 1)},
        "note": route.note,
    }


def hill_formula(symbols: Sequence[str]) -> str:
    """Write a formula with C and H first, the rest by the alphabet."""
    first = [symbol for symbol in ("C", "H") if symbol in symbols and "C" in symbols]
    order = first + sorted(set(symbols) - set(first))
    counts = [(symbol, symbols.count(symbol)) for symbol in order]
    return "".join(symbol + (str(count) if count > 1 else "") for symbol, count in counts)


def summarise(
    rows: Mapping[str, Mapping[str, Any]], experiments: Mapping[str, Experiment]
) -> dict[str, Any]:
    """Make the data file: molecules, fit, errors of closed reactions, routes to the targets.

    Raises
    ------
    LookupError
        If a molecule that a route or the ECA check needs has not been calculated.
    """
    needed = {route.target for route in ROUTES} | set(ECA_ISODESMIC) | set(ECA_ISODESMIC_ACRYLATE)
    needed |= {molecule for route in ROUTES for _, molecule, _ in route.references}
    if missing := sorted(needed - set(rows)):
        raise LookupError(f"not calculated yet: {', '.join(missing)}")
    doubtful = {molecule.name for molecule in MOLECULES if molecule.role == "doubtful"}
    trusted = {name: known for name, known in experiments.items() if name not in doubtful}
    fit = fit_elements(rows, trusted)
    schemes = scheme_errors(rows, trusted)
    with_doubtful = fit_elements(rows, experiments)
    like = root_mean_square(schemes["isodesmic"].values())
    eca = enthalpy_by_reaction(ECA, ECA_ISODESMIC, rows, experiments)
    eca_acrylate = enthalpy_by_reaction(ECA, ECA_ISODESMIC_ACRYLATE, rows, experiments)
    eca_fit = fit.formation_enthalpy(rows[ECA])
    fitted = fit.formation_enthalpy(rows["methyl acrylate"])[0]
    eca_acrylate_fitted = eca_acrylate + fitted - experiments["methyl acrylate"].enthalpy
    # Two independent ways to one number: half their difference is part of its error.
    eca_error = math.hypot(like, (eca - eca_fit[0]) / 2.0)
    litfsi_fit = fit.formation_enthalpy(rows[LITFSI])
    best = {
        ECA: (eca, eca_error),
        LITFSI: (litfsi_fit[0], max(litfsi_fit[1], LITFSI_ERROR)),
    }
    return {
        "method": METHOD,
        "units": {
            "energy_pbe": "eV",
            "thermal_enthalpy": "eV, at 298.15 K, zero-point energy included",
            "enthalpies": "kJ/mol, gas, 298.15 K",
        },
        "versions": {
            package: version(package)
            for package in ("rdkit", "tblite", "pyscf", "ase", "chemicals")
        },
        "experiment_sources": EXPERIMENT_SOURCES,
        "fit": {
            "molecules": len(fit.leave_one_out),
            "element_energies": dict(
                zip(fit.elements, (round(float(x), 2) for x in fit.energies), strict=True)
            ),
            "leave_one_out_mean_absolute": round(fit.mean_absolute_error, 1),
            "leave_one_out_root_mean_square": round(fit.root_mean_square_error, 1),
            "leave_one_out_mean_absolute_with_doubtful": round(
                with_doubtful.mean_absolute_error, 1
            ),
        },
        "reaction_errors": {
            kind: {
                "root_mean_square": round(root_mean_square(errors.values()), 1),
                "errors": {name: round(error, 1) for name, error in errors.items()},
            }
            for kind, errors in schemes.items()
        },
        "formation_enthalpies": {
            "ECA": {
                "best": round(eca, 1),
                "error": round(eca_error, 1),
                "isodesmic_ethyl_acetate": round(eca, 1),
                "isodesmic_methyl_acrylate": round(eca_acrylate, 1),
                "isodesmic_methyl_acrylate_fitted": round(eca_acrylate_fitted, 1),
                "element_fit": round(eca_fit[0], 1),
                "element_fit_error": round(eca_fit[1], 1),
            },
            "LiTFSI": {
                "best": round(litfsi_fit[0], 1),
                "error": round(best[LITFSI][1], 1),
                "element_fit_error": round(litfsi_fit[1], 1),
                "note": "extrapolation: no S-N bond and no imide is in the fit",
            },
        },
        "condensation": {
            formula: {"value": value, "error": error, "source": source}
            for formula, (value, error, source) in CONDENSATION.items()
        },
        "reactions": [
            route_record(route, rows, experiments, best[route.target]) for route in ROUTES
        ],
        "molecules": [
            molecule_record(molecule, rows[molecule.name], fit, experiments.get(molecule.name))
            for molecule in MOLECULES
            if molecule.name in rows
        ],
    }


def molecule_record(
    molecule: Molecule,
    row: Mapping[str, Any],
    fit: ElementFit,
    experiment: Experiment | None,
) -> dict[str, Any]:
    """One molecule of the data file; enthalpies in kJ/mol, energies in eV."""
    enthalpy, error = fit.formation_enthalpy(row)
    record: dict[str, Any] = {
        "name": molecule.name,
        "formula": hill_formula(row["symbols"]),
        "smiles": molecule.smiles,
        "role": molecule.role,
        "energy_pbe": round(row["energy_pbe"], 5),
        "thermal_enthalpy": round(row["thermal_enthalpy"], 5),
        "lowest_wavenumber": round(row["lowest_wavenumber"], 1),
        "formation_enthalpy": round(enthalpy, 1),
        "formation_enthalpy_error": round(error, 1),
    }
    if experiment is not None:
        record |= {
            "experiment": experiment.enthalpy,
            "experiment_source": experiment.source,
            "fit_minus_experiment": round(enthalpy - experiment.enthalpy, 1),
        }
        if molecule.name in fit.leave_one_out:
            record["leave_one_out_error"] = round(fit.leave_one_out[molecule.name], 1)
    return record


def write_summary(summary: Mapping[str, Any], path: Path) -> None:
    """Write the data file, one molecule or reaction per line."""
    lines = []
    for key, value in summary.items():
        if isinstance(value, list):
            rows = ",\n".join(f"  {json.dumps(row)}" for row in value)
            lines.append(f" {json.dumps(key)}: [\n{rows}\n ]")
        else:
            lines.append(f" {json.dumps(key)}: {json.dumps(value)}")
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Calculate what is missing and write the data file."""
    parser = argparse.ArgumentParser(prog="workflows.quantum_chemistry", description=__doc__)
    parser.add_argument("--lines", type=Path, required=True, help="JSON lines, one per molecule")
    parser.add_argument("--output", type=Path, required=True, help="the data file to write")
    parser.add_argument(
        "--summary-only", action="store_true", help="calculate nothing, summarise what is there"
    )
    options = parser.parse_args(arguments)
    if not options.summary_only:
        calculate_missing(MOLECULES, options.lines)
    write_summary(summarise(read_lines(options.lines), get_experiments(MOLECULES)), options.output)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
