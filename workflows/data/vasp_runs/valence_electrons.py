"""Valence electrons of POTCARs, from pymatgen's summary table."""

from __future__ import annotations

from functools import cache


@cache
def valence(symbol: str, functional: str) -> float | None:
    """Valence electrons of a POTCAR by pymatgen's summary table.

    Parameters
    ----------
    symbol : POTCAR symbol such as ``Li_sv``.
    functional : pymatgen's name of the POTCAR library, such as ``PBE_54``.

    Returns
    -------
    float or None
        Number of electrons; None if the table does not have the potential. The smallest where
        releases differ.

    Examples
    --------
    >>> valence("Li_sv", "PBE"), valence("Co", "PBE_54"), valence("Xx", "PBE")
    (3.0, 9.0, None)
    """
    electrons = {
        float(stats["ZVAL"])
        for rows in _table().get(functional, {}).values()
        for stats in rows
        if stats["symbol"] == symbol
    }
    return min(electrons, default=None)


@cache
def _table() -> dict[str, dict[str, list[dict[str, str]]]]:
    import bz2
    import json

    from pymatgen.io.vasp.inputs import POTCAR_STATS_PATH

    with bz2.open(POTCAR_STATS_PATH) as stream:
        table: dict[str, dict[str, list[dict[str, str]]]] = json.load(stream)
    return table
