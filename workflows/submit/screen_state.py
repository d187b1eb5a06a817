"""How far a screen is: its parts, each with a checksum, and the manifest of all of them."""

from __future__ import annotations

from pathlib import Path

from interfaces.errors import InputError
from workflows.submit.progress import Progress

SCREEN = "screen"  #: kind of a submission


def screen_progress(out: Path) -> Progress:
    """Return how many parts of a screen are finished.

    Parameters
    ----------
    out : folder of the screen.
    """
    from workflows.screening.parts import finished
    from workflows.screening.plan import read_plan

    try:
        plan = read_plan(out)
    except InputError as error:
        return Progress(0, 0, (), "", str(error))
    missing = tuple(f"part {n}" for n in range(plan.parts) if finished(out, plan, n) is None)
    return Progress(plan.parts - len(missing), plan.parts, missing, "", "")


def screen_fault(progress: Progress, out: Path) -> str | None:
    """Return the empty text if a screen is complete and collected, else None.

    Parameters
    ----------
    progress : of its parts.
    out : folder of the screen.
    """
    from workflows.screening.collect_screen import MANIFEST

    return "" if progress.complete and (out / MANIFEST).is_file() else None
