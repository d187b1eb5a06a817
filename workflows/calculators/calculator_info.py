"""Calculators by name, and the energy scale of each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from interfaces.errors import InputError
from workflows.io.mock_mark import MARK, MOCK_SCHEME


class Scale(Enum):
    """Energy scales: which phases the energies of a calculator may be compared with."""

    MOCK = MOCK_SCHEME
    SEVENNET = "SevenNet 7net-l3i5, MaterialsProject2020"
    CHGNET = "CHGNet 0.3.0"
    MP2020 = "MP GGA/GGA+U, MaterialsProject2020"
    OWN = "total energies on a scale of their own"  #: no phase set's


@dataclass(frozen=True)
class CalculatorInfo:
    """One way to calculate a cell.

    Attributes
    ----------
    name : as given to ``--calculator``.
    scale : of its energies.
    packages : Python packages that its numbers depend on, for the provenance.
    vasp : whether VASP, or the fake ``vasp_std``, runs under atomate2; else an ASE calculator runs.
    """

    name: str
    scale: Scale
    packages: tuple[str, ...]
    vasp: bool = False

    @property
    def mocked(self) -> bool:
        """Whether its energies are made up by the mock."""
        return self.scale is Scale.MOCK

    @property
    def on_no_set(self) -> bool:
        """Whether no phase set can hold its energies, so that they need references of their own."""
        return self.scale in (Scale.OWN, Scale.CHGNET)

    @property
    def mark(self) -> str:
        """Prefix of the names of its jobs and files."""
        return f"{MARK} " if self.mocked else ""


_VASP = ("atomate2", "custodian", "emmet-core", "pymatgen")
CALCULATORS = {
    calculator.name: calculator
    for calculator in (
        CalculatorInfo("mock", Scale.MOCK, ("ase", "numpy")),
        CalculatorInfo("mock-vasp", Scale.MOCK, _VASP, vasp=True),
        CalculatorInfo("sevennet", Scale.SEVENNET, ("ase", "numpy", "pymatgen", "sevenn", "torch")),
        CalculatorInfo("chgnet", Scale.CHGNET, ("ase", "chgnet", "numpy", "torch")),
        CalculatorInfo("vasp", Scale.MP2020, _VASP, vasp=True),
        CalculatorInfo("gpaw", Scale.OWN, ("ase", "gpaw", "gpaw-data", "numpy")),
    )
}


def calculator_info(name: str) -> CalculatorInfo:
    """Look up a calculator.

    Parameters
    ----------
    name : ``mock``, ``mock-vasp``, ``sevennet``, ``chgnet``, ``vasp`` or ``gpaw``; or the import
        path of an ASE calculator or a Maker, whose energies are on a scale of their own.

    Raises
    ------
    InputError
        If no calculator has the name.

    Examples
    --------
    >>> calculator_info("mock-vasp").mocked, calculator_info("chgnet").mark
    (True, '')
    >>> calculator_info("ase.calculators.emt.EMT").packages
    ('ase',)
    """
    if name not in CALCULATORS and "." in name and all(map(str.isidentifier, name.split("."))):
        return CalculatorInfo(name, Scale.OWN, (name.partition(".")[0],))
    if name not in CALCULATORS:
        raise InputError(f"no calculator is called {name!r}; known: {', '.join(CALCULATORS)}")
    return CALCULATORS[name]
