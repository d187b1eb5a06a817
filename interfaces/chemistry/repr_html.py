"""What a result shows of itself in a notebook: a heading, one table, its notes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from interfaces.chemistry.formulas import AMOUNT

Cell = str | float | None


def subscripts(text: str) -> str:
    """Amounts of formulas lowered, the rest escaped.

    >>> subscripts("2 Li0.5CoO2 -> <b> O2")
    '2 Li<sub>0.5</sub>CoO<sub>2</sub> → &lt;b&gt; O<sub>2</sub>'
    """
    return AMOUNT.sub(r"<sub>\1</sub>", escape(text).replace("-&gt;", "→"))


def html(
    heading: str, columns: Sequence[str], rows: Iterable[Sequence[Cell]], notes: Iterable[str] = ()
) -> str:
    """A heading, a table with numbers to three decimals (nothing where there is none), notes.

    Texts in the table are formulas and reactions; heading and notes, where names stand (NCM811),
    are left as they are.

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
