"""INCAR: tags with values of the right kind. Standard library only."""

from __future__ import annotations

import math
import re

from interfaces.errors import InputError

Value = bool | int | float | str | list[int] | list[float]

_LOGICAL = """
ADDGRID LAECHG LASPH LCHARG LCALCEPS LDAU LELF LEPSILON LHFCALC LMAXTAU LMIXTAU LNONCOLLINEAR
LCHIMAG LDIPOL LEFG LOPTICS LORBMOM LSORBIT LSPIRAL LUSE_VDW LVDW LVHAR LVTOT LWAVE LSCALAPACK
LSCALU LPLANE ML_LMLFF
"""
LOGICAL = frozenset(_LOGICAL.split())
_WHOLE = """
IALGO IBRION ICHARG IDIPOL INIWAV ISEARCH ISIF ISMEAR ISPIN ISTART ISYM IVDW I_CONSTRAINED_M KBLOCK
KPAR LDAUPRINT LDAUTYPE LMAXMIX LORBIT MAXMIX MDALGO ML_ISTART ML_MB ML_MCONF ML_OUTBLOCK NBANDS
NBLOCK NCORE NEDOS NELM NELMDL NELMIN NPAR NSIM NSW
"""
WHOLE = frozenset(_WHOLE.split())
_REAL = """
AEXX AMIN AMIX AMIX_MAG BMIX BMIX_MAG EDIFF EDIFFG EMAX EMIN ENAUG ENCUT HFSCREEN KSPACING
LANGEVIN_GAMMA_L NELECT NUPDOWN PMASS POTIM PSTRESS SIGMA SMASS SYMPREC TEBEG TEEND TIME
ANDERSEN_PROB EFIELD
"""
REAL = frozenset(_REAL.split())
WHOLES = frozenset({"LDAUL"})
_REALS = """
LANGEVIN_GAMMA LDAUJ LDAUU MAGMOM DIPOL SAXIS QUAD_EFG ROPT RWIGS
EFIELD_PEAD
"""
REALS = frozenset(_REALS.split())


class RefusedError(InputError):
    """What VASP would say before it stops, and what to do about it."""


def read_incar(text: str) -> dict[str, Value]:
    """Tags and typed values; a tag that this program does not know stays text.

    Raises
    ------
    RefusedError
        If a value is not of its tag's kind.
    """
    values: dict[str, Value] = {}
    lines = [re.split("[#!]", line)[0] for line in text.replace("\\\n", " ").splitlines()]
    for statement in ";".join(lines).split(";"):
        tag, separator, value = (part.strip() for part in statement.partition("="))
        if separator:
            values.setdefault(tag.upper(), _value(tag.upper(), value))  # VASP takes the first
    return values


def _value(tag: str, text: str) -> Value:
    try:
        if tag in LOGICAL:
            match = re.match(r"\.?([TF])", text.upper())
            if not match:
                raise ValueError(text)
            return match[1] == "T"
        if tag in WHOLE:
            return int(text.split()[0])
        if tag in REAL:
            return float(text.split()[0].upper().replace("D", "E"))
        if tag in WHOLES:
            return [int(word) for word in _repeated(text)]
        if tag in REALS:
            return [float(word) for word in _repeated(text)]
    except (ValueError, IndexError):
        raise RefusedError(
            f"Error reading item '{tag}' from file INCAR. Error code was IERR= 5: "
            f"{text!r} cannot be read; give a value of the tag's kind"
        ) from None
    return text


def _repeated(text: str) -> list[str]:
    words: list[str] = []
    for word in text.split():
        *counts, last = word.split("*")
        words += [last] * math.prod(int(count) for count in counts)
    return words
