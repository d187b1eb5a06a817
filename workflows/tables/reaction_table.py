"""Tables whose rows have a reaction: numbers on one line, the reaction on the next."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

INDENT = 6  #: columns before a reaction
_TERMS = re.compile(r" (?=\+ |-> )")


@dataclass(frozen=True)
class ReactionRow:
    """Cells of a row and its reaction.

    Attributes
    ----------
    cells : as printed.
    reaction : below them; empty for none.
    bold : numbers of the cells that are emphasised.
    """

    cells: Sequence[str]
    reaction: str
    bold: Collection[int] = ()


def wrap_reaction(reaction: str, width: int) -> list[str]:
    """Break a reaction into lines before ``+`` and ``->`` only.

    Parameters
    ----------
    reaction : as printed.
    width : most characters on a line; a longer term has a line of its own.

    Returns
    -------
    The lines.

    Examples
    --------
    >>> wrap_reaction("4 LiCoO2 -> 2 Li2O + 4 CoO + O2", 20)
    ['4 LiCoO2 -> 2 Li2O', '+ 4 CoO + O2']
    """
    lines: list[str] = []
    for term in _TERMS.split(reaction):
        if lines and len(lines[-1]) + 1 + len(term) <= width:
            lines[-1] += f" {term}"
        else:
            lines.append(term)
    return lines


def print_reactions(
    out: Console,
    headers: Sequence[str],
    rows: Sequence[ReactionRow],
    caption: str = "",
    left: int = 0,
) -> None:
    """Print rows of numbers, each with its reaction on a line of its own.

    Parameters
    ----------
    out : where to print.
    headers : column names, without that of the reaction.
    rows : of the table.
    caption : below the table.
    left : number of leading columns that are left-aligned.
    """
    from rich.text import Text

    widths = [
        max(len(header), *(len(row.cells[i]) for row in rows)) if rows else len(header)
        for i, header in enumerate(headers)
    ]

    def line(cells: Sequence[str], bold: Collection[int], style: str = "") -> Text:
        text = Text("  ", style=style)
        for i, (cell, width) in enumerate(zip(cells, widths, strict=True)):
            padded = cell.ljust(width) if i < left else cell.rjust(width)
            text.append(padded + "   ", style="bold" if i in bold else "")
        text.rstrip()
        return text

    out.print(line(headers, (), "bold"))
    reactions = [wrap_reaction(row.reaction, out.width - INDENT - 2) for row in rows]
    longest = max((len(part) for parts in reactions for part in parts), default=0)
    rule = max(2 + sum(widths) + 3 * (len(widths) - 1), INDENT + longest)
    out.print(Text(" " + "─" * (min(rule + 1, out.width) - 1)))
    for row, parts in zip(rows, reactions, strict=True):
        out.print(line(row.cells, row.bold))
        for number, part in enumerate(parts):
            out.print(Text(" " * (INDENT + 2 * (number > 0)) + part))
    if caption:
        out.print(Text(caption, style="dim italic"))
