"""Electronic conduction of solids at room temperature: a table with a source for every row.

``metallic`` means no gap at room temperature. ``insulating`` means a gap above 3 eV, which a
colourless crystal shows, or a measured electron conductivity below 1e-8 S/cm. ``semiconducting``
is what lies between, and colourless oxides that common dopants make conduct (TiO2, SnO2, ZnO).
Rows refer to the known crystal of a composition; a computed polymorph may differ. Compositions
that are not in the table are ``unknown``: no gap is calculated or guessed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

from interfaces.chemistry.formulas import Amount, Formula
from interfaces.serialisable import Serialisable

Kind = Literal["metallic", "semiconducting", "insulating", "unknown"]
#: ``definition``; ``measured`` in the source; ``textbook``: common knowledge, from the source;
#: ``likely``: by its class of compounds; ``disputed``: sources differ; ``none`` where nothing is
#: known.
Certainty = Literal["definition", "measured", "textbook", "likely", "disputed", "none"]


@dataclass(frozen=True)
class Conductor(Serialisable):
    """Electronic conduction of a solid at room temperature, with certainty and source.

    ``source`` is a key of :data:`SOURCES`, or ``unknown``.
    """

    formula: str
    kind: Kind
    certainty: Certainty = "none"
    source: str = "unknown"

    @property
    def reference(self) -> str:
        """The source written out."""
        return SOURCES.get(self.source, self.source)


#: Name of a source in the table -> the source.
SOURCES = {
    "colourless": "colourless crystal, CRC Handbook of Chemistry and Physics, inorganic compounds",
    "CRC": "CRC Handbook of Chemistry and Physics, properties of semiconductors",
    "closed shells": "colourless salt of closed-shell ions, by its class",
    "Cox 1992": "Cox, Transition Metal Oxides, Oxford 1992",
    "Cox 1992, with Li": "Cox, Transition Metal Oxides, Oxford 1992: insulating, but conducting "
    "where lithium takes some of the metal's places",
    "Delacourt 2005": "Delacourt et al., J. Electrochem. Soc. 2005, doi 10.1149/1.1884787",
    "Greenwood 1997": "Greenwood and Earnshaw, Chemistry of the Elements, 1997",
    "Han 2019": "Han et al., Nature Energy 2019, doi 10.1038/s41560-018-0312-z",
    "Motohashi 2009": "Motohashi et al., Phys. Rev. B 2009, doi 10.1103/PhysRevB.80.165114",
    "Oyama 2003": "Oyama, J. Catal. 2003, doi 10.1016/S0021-9517(02)00069-6",
    "Poole 1975": "Poole et al., Phys. Rev. B 1975, doi 10.1103/PhysRevB.11.5179",
    "Rao 1976": "Rao and Pisharody, Prog. Solid State Chem. 10, 207 (1976)",
    "Ronda 1987": "Ronda et al., Phys. Rev. B 1987, doi 10.1103/PhysRevB.35.4038",
    "Toth 1971": "Toth, Transition Metal Carbides and Nitrides, Academic Press 1971",
    "as Toth 1971": "metal-rich nitride, by its class as in Toth 1971",
    "Xia 2015": "Xia et al., Chem. Mater. 2015, doi 10.1021/acs.chemmater.5b01843",
    "as Xia 2015": "thiospinel, by its class as NiCo2S4 in doi 10.1021/acs.chemmater.5b01843",
    "Yang 2012": "Yang et al., J. Am. Chem. Soc. 2012, doi 10.1021/ja3052206",
    "Alpen 1977": "von Alpen et al., Appl. Phys. Lett. 1977, doi 10.1063/1.89283: an ion conductor",
    "Zhu 2015": "insulating by Zhu et al., ACS Appl. Mater. Interfaces 2015, doi "
    "10.1021/acsami.5b07517; a gap of 2 eV in Hartree-Fock, less in DFT; sulfide interphases with "
    "it conduct ions and may grow (doi 10.1038/s41467-022-34855-9)",
    "Wenzel 2016": "the conducting part of the interphase of Li10GeP2S12 with Li: Wenzel et al., "
    "Chem. Mater. 2016, doi 10.1021/acs.chemmater.6b00610",
    "as Wenzel 2016": "lithium-rich silicide or germanide, by its class as in doi "
    "10.1021/acs.chemmater.6b00610",
    "as Oyama 2003": "metal-rich phosphide, by its class as in doi 10.1016/S0021-9517(02)00069-6",
    "dissolved oxygen": "oxygen in the interstices of a metal, by its class",
    "a metal": "an element that is a metal, by definition",
    "metals alone": "a compound of metals alone, by its class",
}

Row = tuple[Kind, Certainty, str, str]  #: key of the source, then formulas with spaces between

ROWS: tuple[Row, ...] = (
    ("insulating", "measured", "Poole 1975",
     "LiF LiCl LiBr LiI NaF NaCl NaBr NaI KF KCl KBr KI"),
    ("insulating", "textbook", "colourless",
     "Li2O LiOH LiO2H3 Li2CO3 Li2SO4 Li3PO4 LiNO3 LiClO4 LiBO2 Li2B4O7 Li2SiO3 LiAlO2 Na2O NaOH "
     "Na2CO3 Na2SO4 Na3PO4 NaNO3 K2CO3 K2SO4 MgO MgF2 MgCl2 MgCO3 MgSO4 CaO CaF2 CaCl2 CaCO3 "
     "CaSO4 SrO BaSO4 B2O3 Al2O3 AlF3 AlCl3 AlPO4 SiO2 P2O5 GeO2 Sc2O3 Y2O3 La2O3 LaF3 ZrO2 HfO2 "
     "Ta2O5 ZnF2 ZnCl2 ZnCO3"),
    ("insulating", "likely", "closed shells",
     "Li4P2O7 LiPO3 Li3BO3 Li4SiO4 LiNbO3 LiTaO3 Li2ZrO3 ZrSiO4 LaPO4 Li5AlO4 LiAl5O8 Li8ZrO6 "
     "Li6Zr2O7 Li7PN4 LiPN2 Li18P6N16 Li8SiO6"),
    ("insulating", "textbook", "Alpen 1977", "Li3N"),
    ("insulating", "disputed", "Zhu 2015", "Li3P"),
    ("insulating", "measured", "Yang 2012", "Li2S"),
    ("insulating", "textbook", "Greenwood 1997", "S Na2S I"),
    ("insulating", "measured", "Han 2019", "Li3PS4"),
    ("insulating", "measured", "Ronda 1987", "NiCl2 NiBr2"),
    ("insulating", "measured", "Delacourt 2005", "LiFePO4 LiMnPO4"),
    ("insulating", "textbook", "CRC", "ZnS AlN BN"),
    ("semiconducting", "measured", "Ronda 1987", "NiI2"),
    ("semiconducting", "measured", "Motohashi 2009", "LiCoO2"),
    # undoped NiO, CoO and MnO insulate; with some of their metal replaced by lithium they conduct
    ("semiconducting", "textbook", "Cox 1992, with Li", "NiO CoO MnO"),
    ("semiconducting", "textbook", "Cox 1992",
     "Co3O4 Mn3O4 Mn2O3 MnO2 Fe2O3 Cr2O3 V2O5 VO2 TiO2 Ti2O3 Nb2O5 NbO2 MoO3 WO3 CuO Cu2O"),
    ("semiconducting", "textbook", "Greenwood 1997", "ZnO SnO2 In2O3"),
    ("semiconducting", "textbook", "Rao 1976", "FeS2 NiS2 MnS MnS2 MoS2 WS2 ZnS2"),
    ("semiconducting", "textbook", "CRC",
     "Si Ge Se Te P B SnS SnS2 PbS CdS Bi2S3 Sb2S3 In2S3 Cu2S InP InSb InAs GaP Mg2Sn Mg2Si "
     "Mg2Ge SiC"),
    ("metallic", "textbook", "Cox 1992",
     "TiO Ti4O7 V2O3 NbO MoO2 WO2 ReO3 RuO2 RhO2 IrO2 CrO2 Fe3O4"),
    # graphite, its compounds with lithium, and the semimetals among them
    ("metallic", "textbook", "Greenwood 1997", "C LiC6 LiC12 As Sb Bi PbO2"),
    ("metallic", "measured", "Motohashi 2009", "Li(CoO2)2 CoO2"),
    ("metallic", "textbook", "Rao 1976",
     "Co9S8 Co3S4 CoS CoS2 Ni3S2 Ni3S4 NiS CuS CuS2 NbS2 TaS2"),
    ("metallic", "measured", "Xia 2015", "NiCo2S4"),
    ("metallic", "likely", "as Xia 2015", "CoNi2S4"),
    ("metallic", "textbook", "Oyama 2003",
     "Ni3P Ni2P Ni12P5 Co2P CoP Fe3P Fe2P FeP MnP MoP WP"),
    ("metallic", "likely", "as Oyama 2003", "Ti2P Ti3P Ti5P3 TiP Zr3P ZrP Nb3P Co3P Mn2P Mn3P"),
    ("metallic", "likely", "Wenzel 2016", "Li15Ge4 Li17Ge4 Li22Ge5 Li21Ge5 Li13Ge4 Li9Ge4"),
    ("metallic", "likely", "as Wenzel 2016", "Li15Si4 Li17Si4 Li22Si5 Li21Si5 Li13Si4"),
    ("metallic", "likely", "dissolved oxygen", "Zr4O Zr3O Zr6O Ti6O Ti3O Ti2O Hf3O Hf6O"),
    ("metallic", "textbook", "Toth 1971",
     "TiC ZrC HfC VC NbC TaC Mo2C MoC WC W2C Fe3C TiN ZrN HfN VN NbN Mo2N"),
    ("metallic", "likely", "as Toth 1971", "Ni3N Ni4N Co3N Co4N Fe3N Fe4N"),
)  # fmt: skip

#: Elements that are no metals, with those whose compounds with metals often have a gap.
NO_METALS = frozenset(
    ("H", "He", "B", "C", "N", "O", "F", "Ne", "Si", "P", "S", "Cl", "Ar", "Ge", "As", "Se", "Br",
     "Kr", "Sb", "Te", "I", "Xe", "Bi", "Po", "At", "Rn")
)  # fmt: skip

Composition = frozenset[tuple[str, Amount]]


def _composition(formula: str) -> Composition:
    return frozenset(Formula.parse(formula).reduced.amounts)


@cache
def _table() -> dict[Composition, tuple[Kind, Certainty, str]]:
    return {
        _composition(formula): (kind, certainty, source)
        for kind, certainty, source, formulas in ROWS
        for formula in formulas.split()
    }


@cache
def conductor(formula: str) -> Conductor:
    """Electronic conduction of a composition, from the table of this module.

    A metal is metallic by definition, and compounds of metals alone are taken for ``likely``
    metallic unless a row lists them otherwise.

    Parameters
    ----------
    formula : composition.

    Returns
    -------
    Conductor
        Kind of conduction with its source; ``unknown`` if the table has no such composition.

    Examples
    --------
    >>> conductor("Ni3S2").kind, conductor("Co").certainty, conductor("Li9In4").certainty
    ('metallic', 'definition', 'likely')
    >>> conductor("LiCl").reference
    'Poole et al., Phys. Rev. B 1975, doi 10.1103/PhysRevB.11.5179'
    >>> conductor("Mn2CoO4").kind
    'unknown'
    """
    if row := _table().get(_composition(formula)):
        return Conductor(formula, *row)
    elements = Formula.parse(formula).elements
    if NO_METALS.isdisjoint(elements):
        if len(elements) == 1:
            return Conductor(formula, "metallic", "definition", "a metal")
        return Conductor(formula, "metallic", "likely", "metals alone")
    return Conductor(formula, "unknown")
