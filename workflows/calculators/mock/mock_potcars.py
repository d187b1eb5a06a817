"""Placeholder POTCARs, made on the fly; real ones where the user has them.

A placeholder has the title, valence and functional of a potential from pymatgen's own summary
table, a made-up cutoff, and one line of dummy numbers in place of data. Its title ends with MOCK,
so every record that names its POTCARs shows it, and pymatgen calls it unknown, as it should.
"""

from __future__ import annotations

import bz2
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from interfaces.errors import InputError
from workflows.calculators.mock.elements import NUMBERS, element
from workflows.io.mock_mark import MARK

VARIABLE = "PMG_VASP_PSP_DIR"
CUTOFF = 400.0  #: ENMAX of every placeholder [eV]; the summary table has none


def placeholder(symbol: str, functional: str = "PBE") -> str:
    """Text of a placeholder POTCAR.

    Parameters
    ----------
    symbol
        Of the potential, such as ``Li_sv``.
    functional
        A key of pymatgen's table: PBE, PBE_54, LDA, ...

    Raises
    ------
    InputError
        If pymatgen's table has no such potential.
    """
    table = _summaries().get(functional, {})
    potentials = [
        (title, stats)
        for title, rows in table.items()
        for stats in rows
        if stats["symbol"] == symbol and _spaced(title, symbol)
    ]
    if not potentials:
        raise InputError(
            f"no potential {symbol!r} of {functional} in pymatgen's table; give one of "
            + ", ".join(sorted({s["symbol"] for rows in table.values() for s in rows})[:8])
            + ", ..."
        )
    title, stats = max(potentials, key=lambda row: _date(row[0]))
    name = symbol.partition("_")[0]
    zval = float(stats["ZVAL"])
    return (
        f"  {_spaced(title, symbol)} {MARK}\n   {zval:.14f}\n"
        " parameters from PSCTR are:\n"
        f"   VRHFIN ={stats['VRHFIN']}\n"
        f"   LEXCH  = {stats['LEXCH']}\n"
        f"   TITEL  = {_spaced(title, symbol)} {MARK}\n"
        "   LULTRA =        F    use ultrasoft PP ?\n"
        "   LPAW   =        T    PAW placeholder without data\n"
        f"   POMASS = {element(name).mass:8.3f}; ZVAL   = {zval:8.3f}    mass and valenz\n"
        f"   ENMAX  = {CUTOFF:8.3f}; ENMIN  = {0.75 * CUTOFF:8.3f} eV\n"
        " END of PSCTR-controll parameters\n local part\n   0.0 0.0 0.0\n End of Dataset\n"
    )


@cache
def _summaries() -> Mapping[str, Any]:
    """Table of pymatgen: functional -> title -> what is known of each potential."""
    from pymatgen.io.vasp.inputs import POTCAR_STATS_PATH

    with bz2.open(POTCAR_STATS_PATH) as stream:
        table: Mapping[str, Any] = json.load(stream)
    return table


def _spaced(title: str, symbol: str) -> str:
    """``PAW_PBELi_sv10Sep2004`` -> ``PAW_PBE Li_sv 10Sep2004``; empty where it does not fit."""
    match = re.fullmatch(rf"(PAW_[A-Z]+?|PAW|US)({re.escape(symbol)})(\d.*)?", title)
    return " ".join(part for part in match.groups() if part) if match else ""


def _date(title: str) -> tuple[int, str]:
    match = re.search(r"\d\d[A-Z][a-z]{2}(\d{4})", title)
    return (int(match[1]) if match else 0, title)


def write_placeholders(
    folder: Path, symbols: Iterable[str], functionals: Iterable[str] = ("PBE",)
) -> Path:
    """Write placeholders in the shape of ``PMG_VASP_PSP_DIR`` and return the folder.

    Raises
    ------
    InputError
        If pymatgen's table has no such potential.
    """
    from pymatgen.io.vasp.inputs import PotcarSingle

    for functional in functionals:
        place = folder / PotcarSingle.functional_dir[functional]
        place.mkdir(parents=True, exist_ok=True)
        for symbol in symbols:
            (place / f"POTCAR.{symbol}").write_text(placeholder(symbol, functional))
    (folder / "README").write_text(
        "Placeholders, not potentials: see workflows.calculators.mock.mock_potcars.\n"
    )
    return folder


def usual_symbols(elements: Iterable[str], input_set: str = "MPRelaxSet") -> list[str]:
    """Potentials that one of pymatgen's input sets takes for some elements."""
    from pymatgen.io.vasp import sets

    table = getattr(sets, input_set).CONFIG["POTCAR"]
    return [str(table[name]) for name in elements if name in NUMBERS]


@contextmanager
def potcars(
    folder: Path, symbols: Iterable[str], functionals: Iterable[str] = ("PBE",)
) -> Iterator[Path]:
    """Let pymatgen find potentials: the user's if ``PMG_VASP_PSP_DIR`` is set, else placeholders.

    Both pymatgen's setting and the environment variable (for child processes) hold inside
    the ``with`` block only.
    """
    from pymatgen.core import SETTINGS

    own = os.environ.get(VARIABLE) or SETTINGS.get(VARIABLE)
    if own:
        yield Path(own)
        return
    SETTINGS[VARIABLE] = os.environ[VARIABLE] = str(
        write_placeholders(folder.resolve(), list(symbols), functionals)
    )
    try:
        yield folder
    finally:
        SETTINGS.pop(VARIABLE, None)
        os.environ.pop(VARIABLE, None)
