"""The engines that compute a cell: what each is called, and on what scale its energies are."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from interfaces.errors import InputError
from workflows.io.mock_mark import MARK, MOCK_SCHEME


class Scale(Enum):
    """Which phases the energies of an engine may be compared with."""

    MOCK = MOCK_SCHEME
    CHGNET = "CHGNet 0.3.0"
    MP2020 = "MP GGA/GGA+U, MaterialsProject2020"
    OWN = "total energies on a scale of their own"  #: no phase set's


@dataclass(frozen=True)
class CalculatorInfo:
    """One way to compute a cell.

    ``vasp`` is true where VASP, or its fake, runs under atomate2; else an ASE calculator does it.
    ``packages`` are those that its numbers follow from.
    """

    name: str
    scale: Scale
    packages: tuple[str, ...]
    vasp: bool = False

    @property
    def mocked(self) -> bool:
        """Whether its energies are made up."""
        return self.scale is Scale.MOCK

    @property
    def mark(self) -> str:
        """How the name of everything made with it begins."""
        return f"{MARK} " if self.mocked else ""


_VASP = ("atomate2", "custodian", "emmet-core", "pymatgen")
CALCULATORS = {
    one.name: one
    for one in (
        CalculatorInfo("mock", Scale.MOCK, ("ase", "numpy")),
        CalculatorInfo("mock-vasp", Scale.MOCK, _VASP, vasp=True),
        CalculatorInfo("chgnet", Scale.CHGNET, ("ase", "chgnet", "numpy", "torch")),
        CalculatorInfo("vasp", Scale.MP2020, _VASP, vasp=True),
        CalculatorInfo("gpaw", Scale.OWN, ("ase", "gpaw", "gpaw-data", "numpy")),
    )
}


def calculator_info(name: str) -> CalculatorInfo:
    """The engine of a name.

    Raises
    ------
    InputError
        If there is none.

    Examples
    --------
    >>> engine("mock-vasp").mocked, engine("chgnet").mark
    (True, '')
    """
    if name not in CALCULATORS:
        raise InputError(f"no calculator is called {name!r}; known: {', '.join(CALCULATORS)}")
    return CALCULATORS[name]
