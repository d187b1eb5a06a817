"""JSON of unknown origin: which classes it may have built."""

from __future__ import annotations

from typing import Any

TRUSTED = "pymatgen."  #: modules whose values entries hold
NAMES = ("@module", "@class", "@callable", "@bound")


def tamed(data: Any) -> Any:
    """The same with the names of classes left out, but pymatgen's.

    monty, which pymatgen reads its entries with, imports whatever module ``@module`` names. A file
    that someone sent must not choose what is run; what is left out stays as plain values.

    Examples
    --------
    >>> tamed({"@module": "antigravity", "@class": "Flight", "height": 3})
    {'height': 3}
    """
    if isinstance(data, list):
        return [tamed(one) for one in data]
    if not isinstance(data, dict):
        return data
    named = str(data.get("@module", "")).startswith(TRUSTED) and "@callable" not in data
    return {key: tamed(one) for key, one in data.items() if named or key not in NAMES}
