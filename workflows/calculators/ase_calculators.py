"""ASE calculators by name, and the package versions that their results depend on."""

from __future__ import annotations

import contextlib
import io
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING

from interfaces.errors import InputError
from workflows.calculators.calculator_info import CALCULATORS, calculator_info

if TYPE_CHECKING:
    from ase.calculators.calculator import Calculator

MOCK_PAIRS = 0.1  #: weight of the mock's pair term: forces to relax by, in a third of the time


def calculator(name: str) -> Calculator:
    """Make an ASE calculator.

    Parameters
    ----------
    name : ``mock``, ``sevennet``, ``chgnet`` or ``gpaw``.

    Returns
    -------
    Calculator
        A new one for each cell, because gpaw keeps settings that it chose for a cell.

    Raises
    ------
    InputError
        If no ASE calculator has the name.
    """
    if name == "mock":
        from workflows.calculators.mock.calculator import MockCalculator

        return MockCalculator(pair_scale=MOCK_PAIRS)
    if name == "sevennet":
        from workflows.calculators.sevennet import sevennet

        return sevennet()
    if name == "chgnet":
        return _chgnet()
    if name == "gpaw":
        from workflows.calculators.gpaw import StatedGPAW

        return StatedGPAW()
    if name in CALCULATORS:
        raise InputError(f"{name} is no ASE calculator; give mock, sevennet, chgnet or gpaw")
    raise InputError(f"no calculator is called {name!r}; known: {', '.join(CALCULATORS)}")


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
    return tuple(f"{package} {version(package)}" for package in calculator_info(name).packages)
