"""The mark of mocked results, and how it is recognised. Standard library only."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workflows.io.readers import opened

MARK = "MOCK"  #: how names of mocked jobs, columns and files begin
MOCK_SCHEME = "MOCK energies, not physical"
VERSION = "6.4.2-MOCK"  #: pymatgen's and emmet's ``vasp_version``, in lower case
PROGRAM = "MOCK vasp_std"
SYSTEM = "MOCK - made-up energies, not VASP"
#: Files whose first lines VASP itself writes, and those it fills with the title of its inputs,
#: which a real run may have from a mocked one: asked only where there is none of the first.
FILES = (("vasprun.xml", "OUTCAR", "vasp.out"), ("CONTCAR", "DOSCAR", "XDATCAR"))


def mark_of(scheme: str) -> str:
    """Prefix of a result by its energy scheme.

    Parameters
    ----------
    scheme : name of functional and corrections.

    Returns
    -------
    str
        ``MOCK`` and a space for made-up energies, else empty.

    Examples
    --------
    >>> mark_of(MOCK_SCHEME), mark_of("SevenNet 7net-l3i5")
    ('MOCK ', '')
    """
    return f"{MARK} " if scheme.startswith(MARK) else ""


def is_mock(result: Any) -> bool:
    """Whether a result comes from the mock.

    Parameters
    ----------
    result
        A folder of a run, its files plain or compressed; an emmet document (or its dict), at any
        depth; a computed entry with POTCAR titles; an ASE calculator or atoms.

    Examples
    --------
    >>> is_mock({"calcs_reversed": [{"vasp_version": "6.4.2-MOCK"}]})
    True
    >>> is_mock({"vasp_version": "6.4.2", "incar": {"SYSTEM": "MOCK up of a cell"}})
    False
    """
    if isinstance(result, str | Path):
        return any(SYSTEM in _head(path) for path in _outputs(Path(result)))
    info = getattr(result, "info", None)
    if isinstance(info, Mapping) and info.get("mocked") is True:
        return True
    if any(
        getattr(thing, "mocked", None) is True for thing in (result, getattr(result, "calc", 0))
    ):
        return True
    for method in ("model_dump", "as_dict"):
        if hasattr(result, method):
            return _marked(getattr(result, method)())
    return _marked(result)


def _marked(value: Any) -> bool:
    if isinstance(value, Mapping):
        if str(value.get("vasp_version", "")).upper().endswith(f"-{MARK}"):
            return True
        if str(value.get("SYSTEM", "")).startswith(SYSTEM):
            return True
        titles = value.get("potcar_symbols")
        titles = titles if isinstance(titles, list | tuple) else ()
        if any(str(title).endswith(f" {MARK}") for title in (value.get("titel"), *titles)):
            return True
        if value.get("mocked") is True:  # of an ASE calculator, in the info of its atoms
            return True
        if "mock" in (value.get("ase_calculator_name"), value.get("calculator")):
            return True
        if any(str(value.get(name, "")).startswith(MARK) for name in ("run_type", "scheme")):
            return True
        if str(value.get("forcefield_name", "")).endswith("MockCalculator"):
            return True
        return any(_marked(item) for item in value.values())
    if isinstance(value, list | tuple):
        return any(_marked(item) for item in value)
    return False


def _outputs(folder: Path) -> list[Path]:
    if folder.is_file():
        return [folder]
    for names in FILES:
        outputs = [p for name in names for p in sorted(folder.glob(f"{name}*")) if p.is_file()]
        if outputs:
            return outputs
    return []


def _head(path: Path) -> str:
    """First lines of a file, unpacked; every output has the mark there."""
    with opened(path) as stream:
        return stream.read(600).decode(errors="replace")
