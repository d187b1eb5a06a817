"""``interfaces fetch``, ``phases`` and ``query``: phase sets, and finished runs as a table."""

from __future__ import annotations

from pathlib import Path

import click

from workflows.cli.number import NUMBER, VOLTAGE


@click.command()
@click.argument("system", required=False)
@click.option("--out", type=click.Path(path_type=Path), help="Folder of the snapshot.")
@click.option(
    "--thermo-type",
    type=click.Choice(["GGA_GGA+U", "R2SCAN", "GGA_GGA+U_R2SCAN"]),
    default="GGA_GGA+U",
    show_default=True,
    help="Functional and corrections; each is a separate scheme.",
)
@click.option("--order", type=int, metavar="N", help="Maximum elements of a sub-system.")
@click.option(
    "--parallel", type=int, default=4, show_default=True, help="Simultaneous requests, at most 4."
)
@click.option(
    "--matbench", is_flag=True, help="The public table of 2019 instead: no key, all elements."
)
def fetch(
    system: str | None,
    out: Path | None,
    thermo_type: str,
    order: int | None,
    parallel: int,
    matbench: bool,
) -> None:
    """Save the Materials Project entries of a chemical system as a snapshot for offline use.

    The key is read from MP_API_KEY or pymatgen's settings and is never written. The same command
    resumes a fetch that was interrupted.

    \b
    interfaces fetch Li-Ni-Co-Mn-O-P-S-Cl
    interfaces fetch --matbench --out mp2019
    """  # noqa: D301
    if matbench == (system is not None):
        raise click.UsageError("give a chemical system such as Li-Co-O, or --matbench")
    if matbench:
        from workflows.data.matbench import fetch_matbench

        target = fetch_matbench(out or Path("matbench_mp_e_form"))
    else:
        from workflows.data.materials_project import fetch as fetch_system

        target = fetch_system(
            system or "",
            out or Path(f"{system}_{thermo_type}"),
            thermo_type=thermo_type,
            order=order,
            parallel=parallel,
        )
    from workflows.analyses.phase_set_tables import print_snapshot

    print_snapshot(target)


class _Named(click.Group):
    """Group in which a word that is not a verb is the name of a set to show."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and not args[0].startswith("-") and args[0] not in self.commands:
            args = ["show", *args]
        return super().parse_args(ctx, args)


@click.group(name="phases", cls=_Named, invoke_without_command=True)
@click.pass_context
def phases(context: click.Context) -> None:
    """List the phase sets; show, verify and compare them, or check own DFT entries.

    \b
    interfaces phases                       the bundled sets
    interfaces phases my_dft.csv            elements and entries of a set or file
    interfaces phases verify SNAPSHOT       checksums of a snapshot
    interfaces phases diff OLD NEW          entries that a newer snapshot changes
    interfaces phases own RUNS              own DFT entries and their corrections
    interfaces phases measured NAME         measured enthalpies beside those of a set
    """  # noqa: D301
    if context.invoked_subcommand is None:
        from workflows.analyses.phase_set_tables import print_phase_sets

        print_phase_sets(None)


@phases.command()
@click.argument("name")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV, fitted salts included.")
def measured(name: str, as_csv: bool) -> None:
    """Show the measured enthalpies that --correction measured puts in place of those of a set."""
    from workflows.analyses.phase_set_tables import print_measured

    print_measured(name, as_csv=as_csv)


@phases.command()
@click.argument("name")
def show(name: str) -> None:
    """Show elements, entries and scheme of a set, file or snapshot."""
    from workflows.data.snapshots import is_snapshot

    if is_snapshot(name):
        from workflows.analyses.phase_set_tables import print_snapshot

        print_snapshot(Path(name))
        return
    from workflows.analyses.phase_set_tables import print_phase_sets

    print_phase_sets(name)


@phases.command()
@click.argument("snapshot", type=click.Path(path_type=Path))
def verify(snapshot: Path) -> None:
    """Check a snapshot against the checksums of its manifest."""
    from workflows.data.snapshots import verify as check

    manifest = check(snapshot)
    click.echo(
        f"{snapshot}: {manifest.entries} entries, checksums agree ({manifest.sha256[:12]}...)"
    )


@phases.command()
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.option(
    "--pair",
    "pairs",
    multiple=True,
    metavar="A,B",
    help="Also compare the minimum of this pair; repeatable.",
)
def diff(old: Path, new: Path, pairs: tuple[str, ...]) -> None:
    """Compare two snapshots: changed entries, and the minima of pairs."""
    from workflows.analyses.phase_set_tables import (
        changed_between,
        print_changed,
        print_difference,
        read_pairs,
    )
    from workflows.data.snapshots.diff import diff as compare

    reactant_pairs = read_pairs(pairs)
    difference = compare(old, new)
    # computed before anything is printed, because a name may be unknown
    changes = changed_between(old, new, reactant_pairs) if reactant_pairs else []
    print_difference(difference)
    if changes:
        print_changed(changes)


@phases.command()
@click.argument("runs", type=click.Path(path_type=Path))
def own(runs: Path) -> None:
    """List own DFT entries with their corrections; refuse those with other settings."""
    from workflows.analyses.phase_set_tables import print_own

    print_own(runs)


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.argument("reactants", nargs=-1)
@click.option(
    "--kind", default="curve", show_default=True, help="Kind of analysis: curve, window, map ..."
)
@click.option("--x", "contents", type=NUMBER, multiple=True, metavar="X", help="Li content.")
@click.option(
    "--voltage",
    type=VOLTAGE,
    multiple=True,
    metavar="V",
    help="Open to Li at this voltage; computed where it is not stored.",
)
@click.option("--scheme", metavar="TEXT", help="Part of the name of the energy scheme.")
@click.option("--carrier", default="Li", show_default=True, help="Element that carries the charge.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
def query(
    path: Path,
    reactants: tuple[str, ...],
    kind: str,
    contents: tuple[float, ...],
    voltage: tuple[float, ...],
    scheme: str | None,
    carrier: str,
    as_json: bool,
    as_csv: bool,
) -> None:
    """List the stored results of the runs below PATH, also at a voltage that was not computed.

    PATH is a folder of runs, one record, or the YAML file of a job store. A record that cannot be
    read is named and skipped; the status is then 1.

    \b
    interfaces query results NCM811 LPSCl --voltage 4.3
    interfaces query results NCM811@0.5 --voltage 3 --voltage 4.3
    interfaces query results --kind window --csv
    """  # noqa: D301
    if as_json and as_csv:
        raise click.UsageError("--json and --csv both write to stdout; choose one")
    from workflows.runs.query import columns_of, rows

    skipped = []

    def unread(error: Exception) -> None:
        skipped.append(error)
        click.echo(f"interfaces: skipped: {' '.join(str(error).split())}", err=True)

    table = rows(
        path, *reactants, kind=kind, x=contents or None, voltage=voltage or None, scheme=scheme,
        carrier=carrier, unread=unread,
    )  # fmt: skip
    if as_json:
        import json

        click.echo(json.dumps(table, indent=1, allow_nan=False))
    elif as_csv:
        from workflows.tables.curve_tables import rows_csv

        click.echo(rows_csv(columns_of(kind), table), nl=False)
    else:
        from workflows.data.phase_sets import bundled_sets
        from workflows.tables.curve_tables import print_headlines, print_rows

        surrogates = {card["scheme"]: card["surrogate"] for card in bundled_sets().values()}
        (print_rows if kind == "curve" else print_headlines)(table, surrogates)
    if skipped:
        raise click.exceptions.Exit(1)
