"""The small tables that stand in the text of the page, with the cells of the run's own files."""

from __future__ import annotations

from interfaces.reactivity.mixing_curve import MixingCurve
from workflows.io.mock_mark import MARK, MOCK_SCHEME
from workflows.report.extra_analyses import Extras
from workflows.report.read_run import ReportedRun, Table
from workflows.tables.curve_tables import MINIMUM_COLUMNS, minimum_row


def minima_table(asked: ReportedRun) -> Table | None:
    """Both minima of every curve, the columns and cells of a run's ``minima.csv``."""
    closed = [
        (row, column)
        for column in range(len(asked.others))
        for row in range(len(asked.states))
        if (row, column) in asked.cells
    ]
    if not closed:
        return None
    rows = []
    for row, column in closed:
        question, result = asked.cells[row, column]
        x = asked.states[row].x
        content = float(question.reactant_1.formula.get("Li")) if x is None else x
        values = minimum_row(asked.others[column], content, MixingCurve.from_record(result))
        rows.append(tuple(str("" if values[c] is None else values[c]) for c in MINIMUM_COLUMNS))
    return _marked(asked, Table("minima", tuple(MINIMUM_COLUMNS), tuple(rows)))


def reactants_table(asked: ReportedRun) -> Table:
    """Every reactant with the energy that it was given and where that comes from."""
    columns = (
        "reactant", "formula", "energy_ev_per_atom", "energy_model",
        "energy_above_hull_ev_per_atom", "uncertainty_ev_per_atom", "entry",
    )  # fmt: skip
    rows = {}
    for question, _ in asked.answers:
        for one in question.to_dict()["reactants"]:
            cells = (
                one["name"], one["formula"], one["energy_ev_per_atom"], one["energy_model"],
                one["energy_above_hull_ev_per_atom"], one["uncertainty_ev_per_atom"],
                one["entry_id"],
            )  # fmt: skip
            rows[one["name"]] = tuple("" if cell is None else str(cell) for cell in cells)
    return _marked(asked, Table("reactants", columns, tuple(rows.values())))


def stages_table(asked: ReportedRun, extras: Extras) -> Table | None:
    """Every stage of every window."""
    if not extras.windows:
        return None
    columns = ("compound", "from_V", "to_V", "carriers_per_formula", "reaction", "gases")
    rows = []
    for shown in extras.windows:
        window = shown.window
        for stage in window.stages:
            data = stage.to_dict(window.carrier)
            rows.append(
                (
                    window.compound.label,
                    str(stage.low),
                    "" if stage.high is None else str(stage.high),
                    str(stage.carriers),
                    data["reaction"],
                    " ".join(gas["gas"] for gas in data["gas_amounts"]),
                )
            )
    return _marked(asked, Table("stages", columns, tuple(rows)))


def _marked(asked: ReportedRun, table: Table) -> Table:
    """The table of a mocked run with the column that says so, as in its CSV files."""
    if not asked.mark:
        return table
    rows = tuple((*row, MOCK_SCHEME) for row in table.rows)
    return Table(table.name, (*table.columns, MARK), rows)
