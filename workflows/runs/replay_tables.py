"""Replayed results as text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from workflows.io.mock_mark import MOCK_SCHEME, mark_of
from workflows.runs.record import Replayed
from workflows.tables.curve_tables import plain_table

if TYPE_CHECKING:
    from rich.console import Console

LISTED = 10  #: differences of one result that a person is shown

#: kind -> the numbers that a reader compares first, as paths into the result.
HEADLINES = {
    "curve": (
        "minimum_total.reaction_energy_ev_per_atom",
        "minimum_mutual.mutual_energy_ev_per_atom",
    ),
    "uptake": ("minimum.reaction_energy_ev_per_formula",),
    "window": ("reduction_V", "oxidation_V"),
}


def replayed_dict(found: Sequence[Replayed]) -> dict[str, Any]:
    """Plain values, as in the JSON output."""
    return {
        "mocked": _mocked(found),
        "equal": not any(one.differences for one in found),
        "results": [
            {
                "label": one.label,
                "differences": [
                    {"where": d.where, "recorded": d.recorded, "replayed": d.replayed}
                    for d in one.differences
                ],
            }
            for one in found
        ],
    }


def print_replayed(
    found: Sequence[Replayed], *, moved: bool, console: Console | None = None
) -> None:
    """Equal, or what differs; against another set, how the headline numbers moved."""
    from rich.console import Console

    out = console or Console()
    if _mocked(found):
        out.print(f"{MOCK_SCHEME}: every number of this record is made up", style="bold red")
    differing = [one for one in found if one.differences]
    if moved:
        table = plain_table("result", "what", "recorded", "now", "change")
        for one in found:
            for path in HEADLINES.get(one.label.partition(" ")[0], ()):
                old, new = _at(one.result, path), _at(one.again, path)
                change = "" if old is None or new is None else f"{new - old:+z.4f}"
                table.add_row(one.label, path, _number(old), _number(new), change)
        out.print(table)
        return
    if not differing:
        out.print(f"equal: {len(found)} of {len(found)} results, replayed from the record alone")
        return
    out.print(f"{len(differing)} of {len(found)} results differ")
    for one in differing:
        out.print(one.label, markup=False)
        for difference in one.differences[:LISTED]:
            out.print(f"  {difference}", markup=False, soft_wrap=True)
        if len(one.differences) > LISTED:
            out.print(f"  and {len(one.differences) - LISTED} more")


def _mocked(found: Sequence[Replayed]) -> bool:
    """Whether any result was computed with made-up energies."""
    return any(mark_of(one.result.get("scheme", "")) for one in found)


def _at(result: dict[str, Any], path: str) -> Any:
    value: Any = result
    for key in path.split("."):
        value = value[key]
    return value


def _number(value: Any) -> str:
    return "-" if value is None else f"{value:z.4f}"
