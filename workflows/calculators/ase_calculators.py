"""ASE calculators by name, and the package versions that their results depend on."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from interfaces.errors import InputError
from workflows.calculators.calculator_info import CALCULATORS, calculator_info

if TYPE_CHECKING:
    from ase.calculators.calculator import Calculator

MOCK_PAIRS = 0.1  #: weight of the mock's pair term: forces to relax by, in a third of the time


def calculator(name: str, settings: Mapping[str, Any] | None = None) -> Calculator:
    """Make an ASE calculator.

    Parameters
    ----------
    name : ``mock``, ``sevennet``, ``chgnet`` or ``gpaw``, or the import path of a class, such as
        ``ase.calculators.emt.EMT``.
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
    found = []
    for package in calculator_info(name).packages:
        with contextlib.suppress(PackageNotFoundError):  # a module of the user's own
            found.append(f"{package} {version(package)}")
    return tuple(found)
