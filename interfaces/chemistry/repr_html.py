"""HTML representation of results in notebooks: heading, table, notes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from interfaces.chemistry.formulas import AMOUNT

Cell = str | float | None


def subscripts(formula: str) -> str:
    """Amounts of formulas lowered, the rest escaped.

    Parameters
    ----------
    formula : formula or reaction.

    Returns
    -------
    str
        HTML.

    Examples
    --------
    >>> subscripts("2 Li0.5CoO2 -> <b> O2")
    '2 Li<sub>0.5</sub>CoO<sub>2</sub> → &lt;b&gt; O<sub>2</sub>'
    """
    return AMOUNT.sub(r"<sub>\1</sub>", escape(formula).replace("-&gt;", "→"))


def html(
    heading: str, columns: Sequence[str], rows: Iterable[Sequence[Cell]], notes: Iterable[str] = ()
) -> str:
    """A heading, a table with numbers to three decimals (None is empty), notes.

    Strings in the table are formulas and reactions; heading and notes, with names such as NCM811,
    are left as they are.

    Parameters
    ----------
    heading : title.
    columns : headings of the columns.
    rows : cells of the table.
    notes : remarks copied to the result.

    Returns
    -------
    str
        HTML.

    Examples
    --------
    >>> html("LiCoO2", ["V"], [[3.9], [None]], ["a note"]).count("<td")
    2
    """
    head = "".join(f"<th>{escape(column)}</th>" for column in columns)
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    under = "".join(f"<li>{escape(note)}</li>" for note in notes)
    return (
        f"<p><b>{escape(heading)}</b></p>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        + (f"<ul>{under}</ul>" if under else "")
    )


def _cell(value: Cell) -> str:
    if isinstance(value, str):
        return f'<td style="text-align:left">{subscripts(value)}</td>'
    return f"<td>{'' if value is None else f'{value:.3f}'}</td>"
