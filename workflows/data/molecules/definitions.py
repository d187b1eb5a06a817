"""Molecules to calculate, reactions that test or reference them, condensation energies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from workflows.schemas.molecule_definition import Molecule

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
    # Oligomers of PEO and what places their difference.
    # Trans throughout: GFN2-xTB puts the gauche form of diethyl ether lowest, PBE does not.
    Molecule("diethyl ether", "CCOCC", "60-29-7", "test", helix=True),
    Molecule("1,2-diethoxyethane", "CCOCCOCC", "629-14-1", "test", helix=True),
    Molecule("diglyme", "COCCOCCOC", "111-96-6", "doubtful test", helix=True),
    Molecule("triglyme", "COCCOCCOCCOC", role="comparison", helix=True),
    Molecule("1,2-dimethoxyethane", "COCCOC", "110-71-4", "doubtful test", helix=True),
    # Saturated models of the polymerised units, and what places them.
    Molecule("propane", "CCC", "74-98-6", "test"),
    Molecule("isobutane", "CC(C)C", "75-28-5", "test"),
    Molecule("neopentane", "CC(C)(C)C", "463-82-1", "test"),
    Molecule("pivalonitrile", "CC(C)(C)C#N", "630-18-2", "test"),
    Molecule("ethyl propanoate", "CCOC(=O)CC", "105-37-3", "test"),
    Molecule("methyl pivalate", "COC(=O)C(C)(C)C", "598-98-1", "test"),
    Molecule("ethyl 2-cyano-2-methylpropanoate", "CCOC(=O)C(C)(C)C#N", role="comparison"),
    Molecule(
        "ethylene glycol bis(2-methylpropanoate)",
        "CC(C)C(=O)OCCOC(=O)C(C)C",
        role="comparison",
    ),
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

_RULE = "minus (fusion + vaporisation enthalpy at the triple point, Perry's tables, + 2 R T)"
#: Condensation energy at 0 K without vibrations, its error [kJ/mol], and where it is from.
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
