"""``interfaces inputs``: VASP input folders with a reason for every tag, after checks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from workflows.vasp.input_folders import Written
    from workflows.vasp.tag_rules import Value

LARGEST = 64  #: repeats or divisions along an axis


def _three(
    context: click.Context, option: click.Parameter, value: str | None
) -> tuple[int, ...] | None:
    if value is None:
        return None
    parts = value.lower().split("x")
    if len(parts) != 3 or not all(p.isdigit() and 0 < int(p) <= LARGEST for p in parts):
        raise click.BadParameter(f"{value!r} is not of the form 2x2x1", context, option)
    return tuple(map(int, parts))


def _settings(
    context: click.Context, option: click.Parameter, words: tuple[str, ...]
) -> dict[str, str | None]:
    settings: dict[str, str | None] = {}
    for word in words:
        tag, equals, value = (part.strip() for part in word.partition("="))
        if not equals or not tag or not value:
            raise click.BadParameter(f"{word!r} is not of the form TAG=VALUE", context, option)
        if tag.upper() in settings:
            raise click.BadParameter(f"{tag.upper()} is given twice", context, option)
        settings[tag.upper()] = None if value.lower() == "none" else value
    return settings


@click.command()
@click.argument("system", required=False)
@click.option("--protocol", metavar="NAME", help="Name of a protocol, or your YAML file.")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Folder to write.")
@click.option("--list", "as_list", is_flag=True, help="List the protocols.")
@click.option(
    "--block", metavar="NAME", help="Block of a CIF with several structures, by name or number."
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="TAG=VALUE",
    callback=_settings,
    help="INCAR tag instead of the protocol's; TAG=none removes it.",
)
@click.option(
    "--magnetic",
    type=click.Choice(["afm", "fm", "none"]),
    help="Spin order instead of the protocol's.",
)
@click.option(
    "--kpoints",
    callback=_three,
    metavar="AxBxC",
    help="Gamma-centred mesh instead of the protocol's.",
)
@click.option("--supercell", callback=_three, metavar="AxBxC", help="Repeats of the cell.")
@click.option("--segments", type=click.IntRange(1, 99), help="Number of consecutive MD folders.")
@click.option(
    "--cores",
    type=click.IntRange(1, 100000),
    default=64,
    show_default=True,
    help="Number of cores assumed in the cost estimate.",
)
@click.option("--potcar", is_flag=True, help="Also write POTCAR, from PMG_VASP_PSP_DIR.")
def inputs(
    system: str | None,
    protocol: str | None,
    out: Path | None,
    as_list: bool,
    block: str | None,
    settings: dict[str, str | None],
    magnetic: str | None,
    kpoints: tuple[int, int, int] | None,
    supercell: tuple[int, int, int] | None,
    segments: int | None,
    cores: int,
    potcar: bool,
) -> None:
    """Write VASP input folders for a bulk, slab or interface cell, after checks.

    SYSTEM is a bulk structure (LCO, CoO, LPSCl), a structure file, or a cell or its folder. Errors
    stop, warnings are listed. README.txt has a reason for every tag. POTCAR.spec has names only.

    \b
    interfaces inputs LCO --protocol zhang2023-bulk --out LCO
    interfaces inputs CoO --protocol zhang2023-aimd --supercell 4x4x4 --out CoO_md
    interfaces inputs LCO_LPSCl --protocol interface-aimd --segments 4 --out md
    """  # noqa: D301
    from workflows.vasp.read_protocol import protocol_names, read_protocol

    if as_list:
        for name in protocol_names():
            click.echo(f"{name:16} {read_protocol(name).summary}")
        return
    if system is None or protocol is None or out is None:
        raise click.UsageError("give SYSTEM, --protocol and --out, or --list")
    from workflows.structures.read_targets import find_target
    from workflows.vasp.input_folders import write_inputs
    from workflows.vasp.input_sets import build

    chosen = read_protocol(protocol)
    target = find_target(system, block)
    made = build(
        target.structure,
        chosen,
        order=magnetic,  # type: ignore[arg-type]
        settings={tag: _value(tag, value) for tag, value in settings.items()},
        divisions=kpoints,
        supercell=supercell or (1, 1, 1),
        own_moments=True,
    )
    made = replace(made, notes=(*target.notes, *made.notes))
    parts = chosen.segments if segments is None else segments
    _show(write_inputs(target, made, out, segments=parts, cores=cores, potcar=potcar))


def _value(tag: str, written: str | None) -> Value | None:
    """A value as pymatgen reads it from an INCAR, repeated numbers (4*3.0) included."""
    if written is None:
        return None
    from pymatgen.io.vasp import Incar

    parsed = Incar.proc_val(tag, written)
    value: Value = tuple(parsed) if isinstance(parsed, list) else parsed
    return value


def _show(written: Written) -> None:
    from workflows.vasp.input_folders import SHEET

    for note in written.inputs.notes:
        click.echo(f"note: {note}")
    for finding in written.findings:
        click.echo(f"{finding.level}: {finding}")
    if written.cost is not None:
        click.echo(f"cost: {written.cost}")
    mesh = written.inputs.mesh
    click.echo(f"k-points: {'x'.join(map(str, mesh.divisions)) if mesh else 'by KSPACING'}")
    click.echo(f"{len(written.files)} files in {written.folder}; reasons in {SHEET}")
