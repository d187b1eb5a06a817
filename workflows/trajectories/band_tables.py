"""Band centres as a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from workflows.tables.curve_tables import plain_table

if TYPE_CHECKING:
    from rich.console import Console

    from workflows.trajectories.band_centres import BandCentres, CentreDifference


def print_bands(
    centres: Sequence[BandCentres],
    differences: Sequence[CentreDifference],
    console: Console | None = None,
) -> None:
    """Print band centres by kind of site, and differences from the first run.

    Parameters
    ----------
    centres : one per run.
    differences : of each further run from the first.
    console : where to print; None is stdout.
    """
    from rich.console import Console

    out = console or Console()
    element = centres[0].element
    table = plain_table(
        "run", "sites", "against edge", "against Fermi level", f"against {element} s", "gap",
        title=f"{element} p band centre, eV",
    )  # fmt: skip
    for run in centres:
        kinds = run.kinds if len(run.kinds) > 1 else (run.all_sites,)
        for kind in kinds:
            table.add_row(
                run.label, kind.kind, _ev(kind.against_edge), _ev(kind.against_fermi),
                _ev(kind.against_deep), f"{run.gap:.2f}",
            )  # fmt: skip
    out.print(table)
    for difference in differences:
        out.print(
            f"{difference.second} minus {difference.first}: {_ev(difference.deep)} eV with the "
            f"{element} s levels aligned, {_ev(difference.edge)} eV with the valence-band edges, "
            f"{_ev(difference.fermi)} eV with the Fermi levels."
        )
    for run in centres:
        for note in run.notes:
            out.print(f"{run.label}: {note}")


def _ev(value: float | None) -> str:
    return "none" if value is None else f"{value:+.3f}"
