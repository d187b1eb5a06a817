"""``interfaces screen``: all pairs of two lists of materials."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from workflows.cli.options import phase_options, phase_options_of

if TYPE_CHECKING:
    from workflows.screening.executors import Executor
    from workflows.screening.plan import Plan

LISTS = "Formulas or names (LCO,LNiO), a list file, or set:CRITERIA of the phase set; repeatable."


@click.command()
@click.option("--cathodes", multiple=True, metavar="FILE", help=LISTS)
@click.option("--electrolytes", multiple=True, metavar="FILE", help=LISTS)
@click.option(
    "--coatings", multiple=True, metavar="FILE", help="Coatings to rank between them, as above."
)
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder of the screen.")
@click.option(
    "--voltage",
    "voltages",
    multiple=True,
    metavar="V",
    help="closed, voltages, or both: closed,4.3",
)
@click.option(
    "--carrier", default="Li", show_default=True, help="Element that is open at a voltage."
)
@click.option("--filter", "filters", multiple=True, metavar="CRITERIA",
              help="Criteria for all candidates: hull<0.05,!Ge|Ta,cost<50")  # fmt: skip
@click.option("--elements", metavar="A-B-C", help="Read only these elements of the phase set.")
@click.option("--top", type=int, default=0, help="Number of products named, largest first; 0: all.")
@click.option("--best", type=int, default=10, show_default=True, help="Coatings kept per pair.")
@click.option("--limit", type=int, metavar="N", help="Compute only the first N pairs.")
@click.option(
    "--rows-per-part",
    type=int,
    metavar="N",
    help="Rows of a Parquet part; default 200,000. Limits memory.",
)
@click.option("--processes", type=int, default=1, show_default=True, help="Number of processes.")
@click.option("--executor", "--engine", type=click.Choice(["local", "parsl"]), default="local",
              show_default=True, help="Where parts are computed.")  # fmt: skip
@click.option("--parsl-config", type=click.Path(path_type=Path),
              help="Python file that defines `config`, a parsl.Config.")  # fmt: skip
@click.option("--plan-only", is_flag=True, help="Write the plan and compute nothing.")
@click.option(
    "--slurm-script",
    type=click.Path(path_type=Path),
    help="Write the batch script of a Slurm array.",
)
@click.option(
    "--tasks", type=int, default=100, show_default=True, help="Maximum tasks of that array."
)
@click.option(
    "--to", type=click.Choice(["slurm", "pbs", "sge", "local"]),
    help="Submit the screen as such an array, or to the background of this machine.",
)  # fmt: skip
@click.option("--site", metavar="FILE", help="With --to: scheduler options, modules, commands.")
@click.option("--part", type=int, metavar="K", help="Compute only part K of the plan.")
@click.option("--of", "of_tasks", type=int, metavar="N", help="With --part: parts K, K+N, K+2N ...")
@click.option(
    "--table", type=click.Path(path_type=Path), help="Write all pairs as CSV (up to 100,000 rows)."
)
@click.option(
    "--figure", type=click.Path(path_type=Path), help="Draw a figure: .pdf, .svg or .png."
)
@click.option("--json", "as_json", is_flag=True, help="Print a summary as one JSON object.")
@phase_options
def screen(out: Path, **options: Any) -> None:
    """Compute the reaction energies of all pairs of two lists, as one Parquet data set.

    A list has one formula or name per line, or is a CSV with a column formula or name. Criteria are
    separated by commas: Li+O+transition-metal (contains), !F|Cl (does not contain), within:Li-P-O,
    hull<0.02 [eV/atom], elements<=4, cost<50 [US$/kg], all. The same command, or --out alone,
    resumes an interrupted screen. pandas, polars and DuckDB read OUT/parts.

    \b
    interfaces screen --cathodes set:Li+O+transition-metal,hull<=0 --electrolytes names.txt --out s
    interfaces screen --cathodes c.csv --electrolytes e.txt --coatings set:Li+P+O --out s
    interfaces screen --cathodes c.csv --electrolytes e.txt --voltage closed,3,4.3 --out s
    interfaces screen --cathodes c.csv --electrolytes e.txt --out s/a --to slurm --site mysite.yaml
    interfaces screen --out s --part 3
    """  # noqa: D301
    import numba  # noqa: F401 - a missing extra is reported before any work
    import pyarrow  # noqa: F401

    from workflows.io.outputs import check_outputs
    from workflows.io.results import figure_files
    from workflows.io.shell import quoted
    from workflows.screening.executors import compute_part, prepare, slurm_script, warm
    from workflows.screening.run_screen import run_screen

    warm()
    part, of_tasks = options.pop("part"), options.pop("of_tasks")
    as_json, best = options.pop("as_json"), options.pop("best")
    script, tasks = options.pop("slurm_script"), options.pop("tasks")
    plan_only = options.pop("plan_only")
    to, site = options.pop("to"), options.pop("site")
    if site is not None and to is None:
        raise click.UsageError("--site belongs to --to")
    table, figure = options.pop("table"), options.pop("figure")
    check_outputs(*(figure_files(figure) if figure else ()), table, script)
    executor = _executor(
        options.pop("executor"), options.pop("processes"), options.pop("parsl_config")
    )
    if part is not None:
        if options["cathodes"] or options["electrolytes"]:
            raise click.UsageError(
                "--part computes a part of an existing plan; leave out the lists"
            )
        from workflows.screening.plan import read_plan

        parts = read_plan(out).parts
        numbers = range(part, parts, of_tasks) if of_tasks else (part,)
        written = [compute_part(str(out), number) for number in numbers]
        lines = [f"{record['path']}: {record['rows']} rows" for record in written]
        _print(as_json, written, "\n".join(lines))
        return
    plan = _plan(out, options)
    if figure is not None:
        from workflows.screening.show import check_figure

        check_figure(plan)
    if script is not None:
        if tasks < 1:
            raise click.UsageError(f"--tasks {tasks}: give 1 or more")
        slurm_script(out, plan, tasks, script)
        prepare(plan)  # once, here; tasks that start together would each compile the loop
        click.echo(f"sbatch {quoted(script)}", err=True)
    if to is not None:
        from workflows.submit.send_screen import submit_screen
        from workflows.submit.site import Site, read_site

        settings = Site() if site is None else read_site(Path(site))
        prepare(plan)
        number = submit_screen(out, plan, to=to, site=settings, tasks=tasks)
        click.echo(f"submitted as {to} {number}; for its state: interfaces status {out.parent}")
        return
    if plan_only or script is not None:
        facts = {"pairs": plan.pairs, "rows": plan.rows, "parts": plan.parts,
                 "plan_sha256": plan.sha256}  # fmt: skip
        _print(as_json, facts, f"{plan.pairs:,} pairs in {plan.parts} parts, none computed")
        return
    summary = run_screen(
        out, plan, executor, best=best, report=lambda progress: click.echo(str(progress), err=True)
    )
    if table is not None or figure is not None:
        from workflows.screening.show import draw, write_table

        check_outputs(*(figure_files(figure) if figure else ()), table)  # all inputs are known now
        if table is not None:
            write_table(out, table)
        if figure is not None:
            draw(out, plan, figure)
    from workflows.tables.curve_tables import error_of_energies

    _print(
        as_json,
        summary.to_dict(),
        f"{summary.pairs:,} pairs, {summary.rows:,} rows in {out / 'parts'}"
        f"{''.join(f', {path}' for path in (table, figure) if path is not None)}\n"
        f"{summary.seconds:.1f} s, {summary.pairs_per_second:,.0f} pairs/s, "
        f"{summary.peak_memory_mb:.0f} MB, {summary.errors:,} rows with an error\n"
        f"{error_of_energies(plan.facts)}",
    )


def _executor(name: str, processes: int, config: Path | None) -> Executor:
    from workflows.screening import executors

    if processes < 1:
        raise click.UsageError(f"--processes {processes}: give 1 or more")
    if name == "parsl":
        return executors.parsl_blocks(config)
    return executors.serial if processes == 1 else executors.local_processes(processes)


def _plan(out: Path, options: dict[str, Any]) -> Plan:
    """The plan of the options; without lists, the existing one."""
    from workflows.screening.plan import ROWS_PER_PART, begin, read_plan
    from workflows.screening.screen_spec import ScreenSpec, make_plan, voltages_of

    source = phase_options_of(options)
    if not (options["cathodes"] or options["electrolytes"]):
        return read_plan(out)
    elements = options.pop("elements")
    rows = options.pop("rows_per_part")
    voltages = voltages_of(options.pop("voltages"))
    return begin(
        out,
        make_plan(
            ScreenSpec(
                source=source,
                voltages=voltages,
                elements=tuple(elements.replace(",", "-").split("-")) if elements else (),
                rows_per_part=ROWS_PER_PART if rows is None else rows,
                **options,
            )
        ),
    )


def _print(as_json: bool, data: Any, lines: str) -> None:
    if as_json:
        import json

        click.echo(json.dumps(data, indent=1, allow_nan=False))
    else:
        click.echo(lines)
