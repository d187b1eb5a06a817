"""Calculators by name: the energy scale of each, its ASE calculator, the versions it depends on."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from interfaces.errors import InputError
from workflows.io.mock_mark import MARK, MOCK_SCHEME

if TYPE_CHECKING:
    from ase.calculators.calculator import Calculator


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
        CalculatorInfo("sevennet-0", Scale.OWN, ("ase", "numpy", "sevenn", "torch")),
        CalculatorInfo("chgnet", Scale.CHGNET, ("ase", "chgnet", "numpy", "torch")),
        CalculatorInfo("vasp", Scale.MP2020, _VASP, vasp=True),
        CalculatorInfo("gpaw", Scale.OWN, ("ase", "gpaw", "gpaw-data", "numpy")),
    )
}


def calculator_info(name: str) -> CalculatorInfo:
    """Look up a calculator.

    Parameters
    ----------
    name : ``mock``, ``mock-vasp``, ``sevennet``, ``sevennet-0``, ``chgnet``, ``vasp`` or
        ``gpaw``; or the import path of an ASE calculator or a Maker, whose energies are on a scale
        of their own.

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


MOCK_PAIRS = 0.1  #: weight of the mock's pair term: forces to relax by, in a third of the time


def calculator(name: str, settings: Mapping[str, Any] | None = None) -> Calculator:
    """Make an ASE calculator.

    Parameters
    ----------
    name : ``mock``, ``sevennet``, ``sevennet-0``, ``chgnet`` or ``gpaw``, or the import path of a
        class, such as ``ase.calculators.emt.EMT``.
    settings : keyword arguments of a class.

    Returns
    -------
    Calculator
        A new one for each cell, because gpaw keeps settings that it chose for a cell.

    Raises
    ------
    InputError
        If no ASE calculator has the name, or a named one is given settings.
    """
    if "." in name:
        return _imported(name)(**(settings or {}))
    if settings:
        raise InputError(f"{name} takes no settings; give the import path of an ASE calculator")
    if name == "mock":
        from workflows.calculators.mock.calculator import MockCalculator

        return MockCalculator(pair_scale=MOCK_PAIRS)
    if name in ("sevennet", "sevennet-0"):
        from workflows.calculators.sevennet import CHECKPOINT, QUICK, sevennet

        return sevennet(QUICK if name == "sevennet-0" else CHECKPOINT)
    if name == "chgnet":
        return _chgnet()
    if name == "gpaw":
        from workflows.calculators.gpaw import StatedGPAW

        return StatedGPAW()
    if name in CALCULATORS:
        raise InputError(
            f"{name} is not an ASE calculator; give mock, sevennet, sevennet-0, chgnet or gpaw"
        )
    raise InputError(f"no calculator is called {name!r}; known: {', '.join(CALCULATORS)}")


def _imported(path: str) -> Any:
    from importlib import import_module

    module, _, name = path.rpartition(".")
    try:
        return getattr(import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise InputError(
            f"{path} cannot be imported ({error}); give the path of a class, such as "
            "ase.calculators.emt.EMT"
        ) from None


@cache
def _chgnet() -> Calculator:
    from workflows.calculators.chgnet import FastCHGNet

    with contextlib.redirect_stdout(io.StringIO()):  # it greets, verbose or not
        return FastCHGNet()


def versions(name: str) -> tuple[str, ...]:
    """Packages that the results of a calculator depend on, with their versions.

    Parameters
    ----------
    name : of the calculator.

    Returns
    -------
    tuple of str
        Such as ``"chgnet 0.3.8"``.
    """
    versions = []
    for package in calculator_info(name).packages:
        with contextlib.suppress(PackageNotFoundError):  # a module of the user's own
            versions.append(f"{package} {version(package)}")
    return tuple(versions)
