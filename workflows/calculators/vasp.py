"""Find VASP on PATH with its POTCARs, or the fake ``vasp_std`` with placeholder POTCARs."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interfaces.errors import InputError
from workflows.calculators.ase_calculators import calculator_info

if TYPE_CHECKING:
    from jobflow import Maker

LOOKS_EVERY = 0.2  #: seconds between two looks of custodian at a mocked run; it takes no longer


def on_mock(maker: Maker, orders: Mapping[str, Any]) -> Maker:
    """The same Maker of atomate2 with the fake ``vasp_std``.

    Parameters
    ----------
    orders : what the fake is told beside its inputs, see
        :mod:`workflows.calculators.mock.failures`.
    """
    from atomate2.vasp.jobs.base import BaseVaspMaker

    command = f"{sys.executable} -S {Path(__file__).parent / 'mock' / 'vasp_std.py'}"
    changes = {
        "run_vasp_kwargs": {
            "vasp_cmd": command,
            "vasp_gamma_cmd": command,
            "custodian_kwargs": {"polling_time_step": LOOKS_EVERY, "monitor_freq": 10},
        },
        "write_additional_data": {"MOCK_VASP:json": dict(orders)},
    }
    return maker.update_kwargs(changes, class_filter=BaseVaspMaker, nested=True)


@contextmanager
def ready(
    name: str, folder: Path, symbols: Iterable[str], functional: str = "PBE"
) -> Iterator[None]:
    """Have at hand what an engine needs to run here.

    For the fake VASP that is placeholder POTCARs in ``folder``, where the user has no own; for the
    real one its command and POTCARs, which must be there; for an ASE calculator nothing.

    Parameters
    ----------
    symbols, functional : of the potentials, such as ``Li_sv`` and ``PBE_54``.

    Raises
    ------
    InputError
        If VASP or its POTCARs cannot be found.
    """
    if not calculator_info(name).vasp:
        yield
        return
    from workflows.calculators.mock.mock_potcars import VARIABLE, potcars

    if calculator_info(name).mocked:
        with potcars(folder / "potcars", symbols, [functional]):
            yield
        return
    from atomate2 import SETTINGS
    from pymatgen.core import SETTINGS as PYMATGEN

    command = str(SETTINGS.VASP_CMD)
    if shutil.which(command.split()[0]) is None:
        raise InputError(
            f"--calculator {name}: there is no {command.split()[0]!r} to run; set atomate2's "
            "ATOMATE2_VASP_CMD, or try the same job with --calculator mock-vasp"
        )
    if not (os.environ.get(VARIABLE) or PYMATGEN.get(VARIABLE)):
        raise InputError(
            f"--calculator {name}: {VARIABLE} is not set, so there are no POTCARs; set it to the "
            "folder of your potentials, or try the same job with --calculator mock-vasp"
        )
    yield
