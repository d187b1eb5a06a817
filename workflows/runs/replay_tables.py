"""Replayed results as text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from workflows.analyses.registry import ANALYSES
from workflows.io.mock_mark import MOCK_SCHEME, mark_of
from workflows.runs.record import Replayed
from workflows.tables.curve_tables import plain_table

if TYPE_CHECKING:
    from rich.console import Console

LISTED = 10  #: differences of one result that are printed


def replayed_dict(results: Sequence[Replayed]) -> dict[str, Any]:
    """Plain values, as in the JSON output."""
    return {
        "mocked": _mocked(results),
        "equal": not any(result.differences for result in results),
        "results": [
            {
                "label": result.label,
                "differences": [
                    {"where": d.where, "recorded": d.recorded, "replayed": d.replayed}
                    for d in result.differences
                ],
            }
            for result in results
        ],
    }


def print_replayed(
    results: Sequence[Replayed], *, moved: bool, console: Console | None = None
) -> None:
    """Equal, or what differs; on another set, the change of the headline numbers."""
    from rich.console import Console

    out = console or Console()
    if _mocked(results):
        out.print(f"{MOCK_SCHEME}: every number of this record is made up", style="bold red")
    differing = [result for result in results if result.differences]
    if moved:
        table = plain_table("result", "what", "recorded", "now", "change")
        for result in results:
            for path in ANALYSES[result.kind].compared:
                old, new = _at(result.result, path), _at(result.again, path)
                change = "" if old is None or new is None else f"{new - old:+z.4f}"
                table.add_row(result.label, path, _number(old), _number(new), change)
        out.print(table)
        return
    if not differing:
        out.print(
            f"equal: {len(results)} of {len(results)} results, replayed from the record alone"
        )
        return
    out.print(f"{len(differing)} of {len(results)} results differ")
    for result in differing:
        out.print(result.label, markup=False)
        for difference in result.differences[:LISTED]:
            out.print(f"  {difference}", markup=False, soft_wrap=True)
        if len(result.differences) > LISTED:
            out.print(f"  and {len(result.differences) - LISTED} more")


def _mocked(results: Sequence[Replayed]) -> bool:
    """Whether any result was computed with made-up energies."""
    return any(mark_of(result.result.get("scheme", "")) for result in results)


def _at(result: dict[str, Any], path: str) -> Any:
    value: Any = result
    for key in path.split("."):
        value = value[key]
    return value


def _number(value: Any) -> str:
    return "-" if value is None else f"{value:z.4f}"
