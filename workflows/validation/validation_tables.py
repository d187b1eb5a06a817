"""Comparisons with published numbers as tables, CSV, JSON and Markdown."""

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
    "windows": "limits of electrochemical windows",
    "staircases": "decomposition steps: voltage of the step to a Li content per formula",
    "closed": "closed pairs: lowest reaction energy",
    "open": "pairs open to Li: lowest reaction energy",
    "decomposition": "decomposition energies at a voltage",
    "intercalation": "average intercalation voltages",
}


def validation_dict(comparisons: Sequence[Compared], phases: PhaseSet) -> dict[str, Any]:
    """Make the JSON object of the command line.

    Parameters
    ----------
    comparisons : rows of :func:`workflows.validation.validate`.
    phases : the phase set.

    Returns
    -------
    Plain values.
    """
    return {
        "phase_set": phases.source,
        "scheme": phases.scheme,
        "surrogate": phases.surrogate,
        "summary": [summary.to_dict() for summary in summaries(comparisons)],
        "rows": [row.to_dict() for row in comparisons],
    }


def validation_csv(comparisons: Sequence[Compared]) -> str:
    """Write all rows as CSV.

    Parameters
    ----------
    comparisons : rows of :func:`workflows.validation.validate`.

    Returns
    -------
    CSV with a header.
    """
    rows = [row.to_dict() for row in comparisons]
    return rows_csv(tuple(rows[0]), rows)


def print_validation(
    comparisons: Sequence[Compared], phases: PhaseSet, console: Console | None = None
) -> None:
    """Print one table per kind, and a summary.

    Parameters
    ----------
    comparisons : rows of :func:`workflows.validation.validate`.
    phases : the phase set.
    console : where to print; None is stdout.
    """
    from rich import box
    from rich.console import Console
    from rich.padding import Padding
    from rich.table import Table

    out = console or Console()
    out.print(f"[bold]{phases.source}[/]   {phases.scheme}")
    if phases.surrogate:
        out.print(phases.surrogate, style="dim", markup=False)
    for kind, rows in _by_kind(comparisons):
        table = Table(
            title=f"{TITLES[kind]} ({rows[0].published.unit})", title_justify="left",
            box=box.SIMPLE_HEAD,
        )  # fmt: skip
        table.add_column("what", no_wrap=True)
        for header in ("published", "computed", "difference", "agrees", "year"):
            table.add_column(header, justify="right", no_wrap=True)
        cells = [(row, *_cells(row)) for row in rows]
        for row, *numbers, _ in cells:
            mark = "" if row.agrees is None else "yes" if row.agrees else "no"
            table.add_row(*numbers, mark, str(row.published.paper.year))
        out.print(table)
        remarks = [(what, cause) for _, what, *_, cause in cells if cause]
        if remarks:
            out.print("Likely causes, and why a number is missing:")
        for what, cause in remarks:
            out.print(Padding(f"{what}: {cause}", (0, 0, 0, 2)), markup=False)
        out.print()
    summary = Table(
        title="summary", title_justify="left", box=box.SIMPLE_HEAD,
        caption="agreement: within 0.05 V (measured: 0.1 V), or within 0.01 eV or 8 % of an "
        "energy, the scatter of papers on one pair", caption_justify="left",
    )  # fmt: skip
    summary.add_column("kind", no_wrap=True)
    for header in ("rows", "computed", "agreeing", "median", "worst"):
        summary.add_column(header, justify="right", no_wrap=True)
    summary.add_column("worst at")
    for kind_summary in summaries(comparisons):
        summary.add_row(*_summary_cells(kind_summary))
    out.print(summary)
    conventions = {row.published.paper.cite: row.published.paper.convention for row in comparisons}
    for cite, convention in conventions.items():
        out.print(f"{cite}: {convention}", style="dim", markup=False)


def markdown(comparisons: Sequence[Compared], *, rows: bool = True) -> str:
    """Write Markdown tables.

    Parameters
    ----------
    comparisons : rows of :func:`workflows.validation.validate`.
    rows : whether to write all rows after the summary.

    Returns
    -------
    Markdown.
    """
    lines = ["| kind | rows | computed | agreeing | median | worst | worst at |"]
    lines.append("|---|---|---|---|---|---|---|")
    lines += [_markdown_row(_summary_cells(summary)) for summary in summaries(comparisons)]
    for kind, group in _by_kind(comparisons) if rows else ():
        lines += ["", f"**{TITLES[kind].capitalize()}** ({group[0].published.unit})", ""]
        lines.append(
            "| what | published | computed | difference | likely cause | computed products |"
        )
        lines.append("|---|---|---|---|---|---|")
        lines += [_markdown_row((*_cells(row), " ".join(row.ours.products))) for row in group]
    return "\n".join(lines) + "\n"


def _markdown_row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _by_kind(comparisons: Sequence[Compared]) -> Iterator[tuple[str, list[Compared]]]:
    for kind in TITLES:
        rows = [row for row in comparisons if row.published.kind == kind]
        if rows:
            yield kind, rows


def _number(row: Published, value: float, sign: str = "") -> str:
    return f"{value:{sign}z{'.2f' if row.unit == 'V' else '.3f'}}"


def _cells(comparison: Compared) -> tuple[str, str, str, str, str]:
    """Quantity, published and computed number, difference, cause."""
    row = comparison.published
    published = _number(row, row.low)
    if row.high != row.low:
        published += f" to {_number(row, row.high)}"
    if comparison.ours.value is None or comparison.difference is None:
        return row.label, published, "-", "-", f"not computed: {comparison.ours.reason}"
    ours = _number(row, comparison.ours.value)
    if comparison.ours.carriers is not None:
        ours += f" ({comparison.ours.carriers:+.3g} Li)"
    return row.label, published, ours, _number(row, comparison.difference, "+"), comparison.cause


def _summary_cells(summary: Summary) -> tuple[str, ...]:
    digits = ".2f" if summary.unit == "V" else ".3f"
    sizes = [
        "-" if value is None else f"{value:{digits}}" for value in (summary.median, summary.worst)
    ]
    return (
        f"{summary.kind} ({summary.unit})",
        str(summary.rows),
        str(summary.computed),
        str(summary.agreeing),
        *sizes,
        summary.worst_at,
    )
