"""Comparisons with published numbers as text: for a terminal, as CSV, JSON and Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from interfaces.phases.phase_set import PhaseSet
from workflows.tables.curve_tables import rows_csv
from workflows.validation.compare import Compared, Summary, summaries
from workflows.validation.published import Published

if TYPE_CHECKING:
    from rich.console import Console

TITLES = {
    "windows": "electrochemical windows: limits",
    "staircases": "staircases: the step to so much Li per formula",
    "closed": "closed pairs: lowest reaction energy",
    "open": "pairs open to Li: lowest reaction energy",
    "decomposition": "decomposition energies at a voltage",
    "intercalation": "average intercalation voltages",
}


def validation_dict(found: Sequence[Compared], phases: PhaseSet) -> dict[str, Any]:
    """The JSON object of the command line."""
    return {
        "phase_set": phases.source,
        "scheme": phases.scheme,
        "stand_in": phases.stand_in,
        "summary": [one.to_dict() for one in summaries(found)],
        "rows": [one.to_dict() for one in found],
    }


def validation_csv(found: Sequence[Compared]) -> str:
    """Every row as CSV, a header first."""
    rows = [one.to_dict() for one in found]
    return rows_csv(tuple(rows[0]), rows)


def print_validation(
    found: Sequence[Compared], phases: PhaseSet, console: Console | None = None
) -> None:
    """A table for each kind, then the summary, for a person."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    out = console or Console()
    out.print(f"[bold]{phases.source}[/]   {phases.scheme}")
    if phases.stand_in:
        out.print(phases.stand_in, style="dim", markup=False)
    for kind, rows in _by_kind(found):
        table = Table(
            title=f"{TITLES[kind]} ({rows[0].published.unit})", title_justify="left",
            box=box.SIMPLE_HEAD,
        )  # fmt: skip
        table.add_column("what", max_width=30)
        for header in ("published", "ours", "difference"):
            table.add_column(header, justify="right", no_wrap=True)
        table.add_column("likely cause, or why there is none of ours")
        table.add_column("year", justify="right")
        for one in rows:
            table.add_row(*_cells(one), str(one.published.paper.year))
        out.print(table)
    summary = Table(
        title="summary", title_justify="left", box=box.SIMPLE_HEAD,
        caption="agreeing: 0.05 V (measured: 0.1 V); 0.01 eV or 8 % of an energy, as far as papers "
        "on one pair are apart", caption_justify="left",
    )  # fmt: skip
    for header in ("kind", "rows", "computed", "agreeing", "median", "worst", "worst at"):
        summary.add_column(header, justify="left" if header in ("kind", "worst at") else "right")
    for told in summaries(found):
        summary.add_row(*_summary_cells(told))
    out.print(summary)
    conventions = {one.published.paper.cite: one.published.paper.convention for one in found}
    for cite, convention in conventions.items():
        out.print(f"{cite}: {convention}", style="dim", markup=False)


def markdown(found: Sequence[Compared], *, rows: bool = True) -> str:
    """Summary, and with ``rows`` every comparison, as Markdown tables."""
    lines = ["| kind | rows | computed | agreeing | median | worst | worst at |"]
    lines.append("|---|---|---|---|---|---|---|")
    lines += [_markdown_row(_summary_cells(one)) for one in summaries(found)]
    for kind, group in _by_kind(found) if rows else ():
        lines += ["", f"**{TITLES[kind].capitalize()}** ({group[0].published.unit})", ""]
        lines.append("| what | published | ours | difference | likely cause | products of ours |")
        lines.append("|---|---|---|---|---|---|")
        lines += [_markdown_row((*_cells(one), " ".join(one.ours.products))) for one in group]
    return "\n".join(lines) + "\n"


def _markdown_row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _by_kind(found: Sequence[Compared]) -> Iterator[tuple[str, list[Compared]]]:
    for kind in TITLES:
        rows = [one for one in found if one.published.kind == kind]
        if rows:
            yield kind, rows


def _number(row: Published, value: float, sign: str = "") -> str:
    return f"{value:{sign}z{'.2f' if row.unit == 'V' else '.3f'}}"


def _cells(one: Compared) -> tuple[str, str, str, str, str]:
    """What, published, ours, difference, cause."""
    row = one.published
    published = _number(row, row.low)
    if row.high != row.low:
        published += f" to {_number(row, row.high)}"
    if one.ours.value is None or one.difference is None:
        return row.label, published, "-", "-", f"not computed: {one.ours.reason}"
    ours = _number(row, one.ours.value)
    if one.ours.carriers is not None:
        ours += f" ({one.ours.carriers:+.3g} Li)"
    return row.label, published, ours, _number(row, one.difference, "+"), one.cause


def _summary_cells(one: Summary) -> tuple[str, ...]:
    digits = ".2f" if one.unit == "V" else ".3f"
    sizes = [
        "-" if value is None else f"{value:{digits}} {one.unit}"
        for value in (one.median, one.worst)
    ]
    return (one.kind, str(one.rows), str(one.computed), str(one.agreeing), *sizes, one.worst_at)
