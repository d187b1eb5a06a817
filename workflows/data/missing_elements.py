"""Elements that a phase set lacks, and the commands that bring them."""

from __future__ import annotations

from collections.abc import Collection

from interfaces.errors import MissingElementError
from interfaces.phases.phase_set import PhaseSet

LEGACY = "mp2019"  #: folder of the table that needs no key


def check_covered(
    phase_set: PhaseSet, elements: Collection[str], further: Collection[str] = ()
) -> None:
    """Refuse elements without a reference in the set.

    Parameters
    ----------
    elements : of the reactants.
    further : elements that the set to bring should have too.

    Raises
    ------
    MissingElementError
        With the two commands that bring a set which has them: one with a key of the Materials
        Project, one without.
    """
    missing = sorted(set(elements) - phase_set.references.keys())
    if not missing:
        return
    every = {*elements, *further}
    with_key, without_key = commands(every)
    system = "-".join(sorted(every))
    raise MissingElementError(
        f"{phase_set.source} has no elemental reference for {', '.join(missing)}; bring a set that "
        f"has one with a key of the Materials Project: {with_key} or without a key: {without_key} "
        f"and add --phases {system} or --phases {LEGACY}; a table of your own needs a row for the "
        "element itself"
    )


def commands(elements: Collection[str]) -> tuple[str, str]:
    """Command lines that make snapshots with these elements: with a key, and without one.

    Examples
    --------
    >>> commands(["O", "Tc", "Li"])
    ('`interfaces fetch Li-O-Tc --out Li-O-Tc`', '`interfaces fetch --matbench --out mp2019`')
    """
    system = "-".join(sorted(elements))
    return (
        f"`interfaces fetch {system} --out {system}`",
        f"`interfaces fetch --matbench --out {LEGACY}`",
    )
