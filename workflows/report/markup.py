"""Formulas, numbers and sentences as safe HTML."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from markupsafe import Markup, escape

from interfaces.chemistry.formulas import AMOUNT
from workflows.analyses.analysis import MINUS, number

LONG = 6  #: decimals; longer numbers are shown rounded and downloaded in full
CHEMICAL = ("reaction", "reaction_total", "reaction_mutual", "formula", "cathode", "gases",
            "products_total", "products_mutual", "suspect_products")  # fmt: skip
_COEFFICIENT = re.compile(r"(?<=\d) (?=[A-Z(])")
_EQUALS = re.compile(r"(?<=\b[xyu]) = (?=\d)")
_OPTION = re.compile(r"(--[a-z]+(?:-[a-z]+)*)")
_MINUS = re.compile(r"(?<![\w.])-(?=\d)")


def chemical(text: str) -> Any:
    r"""Format a formula or reaction with subscripts, as safe HTML.

    >>> str(chemical("2 Li0.5CoO2 -> O2 & <b>"))
    '2\xa0Li<sub>0.5</sub>CoO<sub>2</sub> → O<sub>2</sub> &amp; &lt;b&gt;'
    """
    arrow = text.replace(" -> ", " \N{RIGHTWARDS ARROW} ")
    # no line break between coefficient and formula
    parts = AMOUNT.split(_COEFFICIENT.sub("\N{NO-BREAK SPACE}", arrow))
    safe = (
        f"<sub>{escape(part)}</sub>" if at % 2 else escape(part) for at, part in enumerate(parts)
    )
    return Markup("".join(safe))


def prose(text: str, names: Iterable[str]) -> Any:
    """Format a sentence with subscripts in formulas, but not in names of materials.

    Parameters
    ----------
    text : the sentence.
    names : names of materials in it.

    Returns
    -------
    Safe HTML.

    Examples
    --------
    >>> str(prose("NCM811 forms Li2S", ["NCM811"]))
    'NCM811 forms Li<sub>2</sub>S'
    """
    marked = "|".join(sorted(map(re.escape, names), key=len, reverse=True))
    parts = re.split(rf"(?<![\w.])({marked})(?![\w.]*\w)", text) if marked else [text]
    return Markup("").join(
        escape(part) if at % 2 else _sentence(part) for at, part in enumerate(parts)
    )


def _sentence(text: str) -> Any:
    typed = _MINUS.sub(MINUS, text.replace("+-", "\N{PLUS-MINUS SIGN}"))
    typed = _EQUALS.sub("\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}", typed)
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if at % 2 else chemical(part)
        for at, part in enumerate(_OPTION.split(typed))
    )


def cell(text: str, column: str) -> Any:
    """Format a table cell; the template keeps the full text for sorting and download.

    Parameters
    ----------
    text : of the cell.
    column : its column.

    Returns
    -------
    Text or safe HTML.
    """
    if column in CHEMICAL:
        return chemical(text)
    try:
        value = float(text)
    except ValueError:
        return text
    if len(text.partition(".")[2]) > LONG or "e" in text:
        return number(value, 4)
    return text.replace("-", MINUS)
