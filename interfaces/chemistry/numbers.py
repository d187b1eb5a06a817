"""Parse numbers strictly, in the same way for every input.

Python's ``float`` reads more than a person writes as a number: ``-2_0`` is -20 to it, and digits of
every script count. In a table or an option such a string is a typing error.
"""

from __future__ import annotations

import re
from fractions import Fraction

from interfaces.errors import InputError

_NUMBER = re.compile(
    r"[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?|inf|nan|infinity)",
    re.IGNORECASE | re.ASCII,
)
_CONTENT = re.compile(r"[0-9]{1,3}(?:\.[0-9]{0,9})?|\.[0-9]{1,9}")


def read_number(number: str) -> float:
    """Read a decimal number, as a person or a program writes it.

    Parameters
    ----------
    number : ASCII digits with a sign, a point and an exponent, each optional; white space around
        them is passed over. ``inf`` and ``nan`` are read, for the caller to refuse by name.

    Returns
    -------
    float
        The number.

    Raises
    ------
    ValueError
        For everything else: ``1_000``, ``0x10``, digits of another script.

    Examples
    --------
    >>> read_number(" -2.5e1 ")
    -25.0
    >>> read_number("-2_0")
    Traceback (most recent call last):
        ...
    ValueError: '-2_0' is not a decimal number
    """
    plain = number.strip()
    if not _NUMBER.fullmatch(plain):
        raise ValueError(f"{number[:40]!r} is not a decimal number")
    return float(plain)


def lithium_content(written: str) -> Fraction:
    """Read a lithium content x of a delithiated cathode; exact, so that 0.3 is 3/10.

    Parameters
    ----------
    written : a decimal from 0 to 1 with at most nine decimal places.

    Returns
    -------
    Fraction
        Exact Li content x, 0 to 1.

    Raises
    ------
    InputError
        If it is anything else. A ratio such as ``1/3`` is refused everywhere: the contents name
        files and columns, where only a decimal can be written.

    Examples
    --------
    >>> lithium_content("0.3")
    Fraction(3, 10)
    """
    if not _CONTENT.fullmatch(written):
        raise InputError(
            f"lithium content {written[:40]!r} is not a decimal from 0 to 1; write 0.3, or 0.3333 "
            "for a third"
        )
    content = Fraction(written)
    if content > 1:
        raise InputError(f"lithium content {written} is outside 0 to 1")
    return content
