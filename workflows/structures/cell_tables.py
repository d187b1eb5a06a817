"""Terminations, matches and a finished cell as tables for a person."""

from __future__ import annotations

from pathlib import Path

from interfaces.structures import InterfaceCell, Match, Slab, facet
from workflows.structures.interface_cells import CellResult, Choices
from workflows.structures.write_cells import notes
from workflows.tables.curve_tables import plain_table

SHOWN = 20  #: matches printed; all are in matches.csv


def print_choices(choices: Choices) -> None:
    """All terminations of both sides and the matches of those chosen."""
    from rich.console import Console

    out = Console()
    for note in choices.notes:
        out.print(f"note: {note}", soft_wrap=True, highlight=False, markup=False)
    for slabs, chosen in zip(choices.slabs, choices.chosen, strict=True):
        one = slabs[0]
        table = plain_table(
            "label", "below", "above", "e/A", "Tasker", "broken", "moved", "A", "atoms",
            title=f"{one.bulk} {facet(one.miller)}: terminations, * is taken",
        )  # fmt: skip
        for slab in slabs:
            table.add_row(*_slab(slab, "*" if slab is chosen else ""))
        out.print(table)
    if choices.matches:
        _print_matches(choices)
    else:
        out.print(choices.misfit, soft_wrap=True, highlight=False)


def _slab(one: Slab, mark: str) -> tuple[str, ...]:
    dipole = "?" if one.dipole is None else f"{one.dipole:.3f}"
    count, _, _, symbol, *_ = one.moved.split() if one.moved else ("", "", "", "")
    moved = f"{count} {symbol} {'↑' if one.moved.endswith('top') else '↓'}" if count else ""
    return (
        f"{mark} {one.label}", one.bottom, one.top, dipole, str(one.tasker or "?"),
        str(one.broken), moved, f"{one.thickness:.2f}", str(len(one.species)),
    )  # fmt: skip


def _print_matches(choices: Choices) -> None:
    from rich.console import Console

    out, found = Console(), choices.matches
    first, second = choices.chosen
    more = f"; {len(found) - SHOWN} more in matches.csv" if len(found) > SHOWN else ""
    table = plain_table(
        "", "atoms", "A2", "a", "b", "angle", "twist", "first %", "second %",
        title=f"{first.name} with {second.name}: matches{more}",
    )  # fmt: skip
    for number, one in enumerate(found[:SHOWN], 1):
        table.add_row(str(number), *_match(one))
    out.print(table)


def _match(one: Match) -> tuple[str, ...]:
    strains = (
        " ".join(f"{100 * value:+.1f}" for value in side)
        for side in (one.first_strain, one.second_strain)
    )
    return (
        f"{one.atoms[0]}+{one.atoms[1]}", f"{one.area:.1f}",
        f"{one.lengths[0]:.2f}", f"{one.lengths[1]:.2f}", f"{one.angle:.1f}", f"{one.twist:.1f}",
        *strains,
    )  # fmt: skip


def print_answer(answer: CellResult, folder: Path) -> None:
    """What was built and where it is."""
    import click

    cell = answer.cell
    atoms = cell.atoms
    counts = f"{len(atoms.species)} atoms = {atoms.counts[0]} + {atoms.counts[1]}"
    click.echo(f"{' | '.join(atoms.names)}: {counts}")
    for one in answer.choices.chosen:
        click.echo(f"  {one.name}: {one.bottom} below, {one.top} above, {one.thickness:.1f} A")
    if isinstance(cell, InterfaceCell):
        match = cell.match
        click.echo(
            f"  strain at most {100 * match.strain:.2f} %, area {match.area:.1f} A2, "
            f"{match.width:.1f} A wide, {cell.interfaces} interface"
            f"{'s' if cell.interfaces > 1 else ''} with a gap of {cell.gap:g} A"
        )
    pair = "-".join(cell.contact_pair)
    click.echo(f"  shortest contact {pair} {cell.contact:.2f} A")
    if answer.registry is not None:
        found = answer.registry
        click.echo(
            f"  registry ({found.calculator}, {len(found.points)} shifts): best "
            f"{found.best.shift[0]:.3f}, {found.best.shift[1]:.3f}; spread {found.spread:.3f} J/m2"
        )
    for note in notes(answer):
        click.echo(f"  note: {note}")
    click.echo(f"written: {folder}")
