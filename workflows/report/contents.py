"""What a page holds, from a run or a record: heading, sentences, panels, tables, provenance."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from workflows.report import report_tables as shown_tables
from workflows.report import text as words
from workflows.report.basis import bases_of
from workflows.report.charging_panels import charging_panel, profile_panel
from workflows.report.curve_panels import curve_panel
from workflows.report.extra_analyses import Extras, ShownResult
from workflows.report.map_panels import alike, map_panel
from workflows.report.panels import Panel, isolated, plain, plotted
from workflows.report.ranking_panel import ranking_panel
from workflows.report.read_run import ReportedRun, Table
from workflows.report.result_panels import (
    coating_panel,
    composite_panel,
    drawn_figure,
    uptake_panel,
)
from workflows.report.window_panel import window_panel

HEADINGS = {
    "minima": "Both minima of every curve",
    "reactants": "Reactants and their energies",
    "stages": "Every stage of every window",
    "models": "Minima under each energy model",
    "ranking": "Which electrolyte is milder: share of the draws",
    "voltages": "Voltage curve of the cathode",
    "energies": "Calculated cells",
}
#: kind -> panel of a result that is computed again
PANELS: Mapping[str, Callable[[Any, str, str], Panel]] = {
    "coatings": coating_panel,
    "composite": composite_panel,
}


@dataclass(frozen=True)
class Kinks:
    """Every kink of a run; the page shows those of the curve that is looked at.

    Attributes
    ----------
    curves : number of the curve of each row.
    names : of the curves.
    """

    table: Table
    curves: Sequence[int]
    names: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Contents:
    """Everything that a page shows.

    Attributes
    ----------
    name : of the run, in the kicker and the names of files.
    scheme, surrogate : of the phase set.
    mark : ``MOCK`` if the energies are made up, else empty.
    names : labels in the sentences that are not formulas.
    images : name of a panel -> figure of a kind that has no plots of its own.
    headings : name of a table -> its heading.
    """

    name: str
    scheme: str
    surrogate: str
    mark: str
    heading: str
    findings: Sequence[str]
    warnings: Sequence[str]
    panels: Sequence[Panel]
    tables: Sequence[Table]
    provenance: Sequence[tuple[str, str]]
    names: Sequence[str] = ()
    band: str = ""  #: what the bands of the curves hold
    kinks: Kinks | None = None
    images: Mapping[str, str] = field(default_factory=dict)
    headings: Mapping[str, str] = field(default_factory=dict)


def contents_of(run: ReportedRun, extras: Extras) -> Contents:
    """The contents of the page of a run or a record."""
    results = extras.results
    panels = [panel for panel in _panels(run, extras) if panel is not None]
    failed = [f"{panel.title}: {panel.error}" for panel in panels if panel.error]
    return Contents(
        name=run.name,
        scheme=run.phase_set.scheme,
        surrogate=run.phase_set.surrogate,
        mark=run.mark,
        heading=words.title(run),
        findings=words.findings(run),
        warnings=[*words.warnings(run, extras), *(f"Not drawn: {text}." for text in failed)],
        panels=panels,
        tables=_tables(run, extras),
        provenance=_provenance(run),
        names=_names(run),
        band=_band(run),
        kinks=_kinks(run) if run.cells else None,
        images={shown.name: drawn_figure(shown.analysis, shown.result)
                for shown in results if shown.analysis.kind not in PANELS},
        headings=HEADINGS | {shown.name: shown.analysis.title() for shown in results},
    )  # fmt: skip


def _panels(run: ReportedRun, extras: Extras) -> Iterator[Panel | None]:
    """Panels in the order of the page, each made on its own."""
    for basis in bases_of(run):
        yield isolated(basis.name, "Curves", curve_panel, run, basis)
    yield isolated("ranking", "Which electrolyte is milder", ranking_panel, run)
    for shown in extras.results:
        yield isolated(shown.name, shown.analysis.title(), _result, shown)
    for number, (analysis, recorded) in enumerate(run.of_kind("charging"), 1):
        name = f"charging-{number}"
        yield isolated(name, analysis.title(), charging_panel, analysis, recorded, name)
    for number, group in enumerate(alike(extras.maps), 1):
        yield isolated(name := f"maps-{number}", "Map", map_panel, name, group)
    if extras.windows:
        yield isolated("windows", "Windows", window_panel, extras.windows)
    uptakes = [recorded for _, recorded in run.of_kind("uptake")]
    if uptakes:
        yield isolated("uptakes", "Energy against uptake", uptake_panel, uptakes)
    yield isolated("profile", "Voltage curve of the cathode", profile_panel, run)


def _result(shown: ShownResult) -> Panel:
    title = shown.analysis.title()
    if shown.analysis.kind in PANELS:
        return PANELS[shown.analysis.kind](shown.result, shown.name, title)
    return Panel(name=shown.name, title=title, help=shown.summary)


def _tables(run: ReportedRun, extras: Extras) -> list[Table]:
    """Tables of the page; the minima as the run wrote them, with all its corrections."""
    beside = dict(run.tables)
    made = (
        beside.pop("minima", None) or shown_tables.minima_table(run),
        shown_tables.stages_table(run, extras),
        shown_tables.reactants_table(run),
    )
    results = [shown.table for shown in extras.results]
    return [*(table for table in made if table is not None), *results, *beside.values()]


def _kinks(run: ReportedRun) -> Kinks:
    table, curves = shown_tables.kinks_table(run)
    mark = f"{run.mark} " if run.mark else ""
    names = [
        f"{mark}{run.states[row].reactant.label} | {run.others[column]}"
        for row, column in run.pairs
    ]
    return Kinks(table=table, curves=curves, names=names)


def _names(run: ReportedRun) -> list[str]:
    """Names of reactants that are not formulas, and of their hosts."""
    labels = {
        name
        for analysis, _ in run.answers
        for reactant in analysis.to_dict()["reactants"]
        for name in (reactant["name"], reactant["name"].partition(" (x =")[0])
    }
    return sorted(name for name in labels if plotted(name) == plain(name))


def _band(run: ReportedRun) -> str:
    for _, result in run.cells.values():
        if band := result.get("band"):
            return f"80 % of {band['samples']} draws of the errors that the phase set states"
    return ""


def _provenance(run: ReportedRun) -> list[tuple[str, str]]:
    """Provenance common to all results; what differs between pairs is in the record."""
    every = [dict(analysis.provenance) for analysis, _ in run.answers]
    shared = {
        k: v
        for k, v in every[0].items()
        if v and all(provenance.get(k) == v for provenance in every)
    }
    hashes = sorted({provenance.get("entries_sha256", "") for provenance in every} - {""})
    rows = [(key.replace("_", " "), str(value)) for key, value in shared.items()]
    if len(hashes) > 1:
        rows.append(("entries sha256", f"{len(hashes)} sets of phases, each in the record"))
    replay = f"interfaces replay {run.name if run.is_run else run.name + '.json.gz'}"
    return [*rows, ("phases in the record", str(len(run.phase_set))), ("replay", replay)]
