"""Tables of the page, with the same cells as the CSV files of the run."""

from __future__ import annotations

from interfaces.reactivity.mixing_curve import Kink, MixingCurve
from workflows.io.mock_mark import MARK, MOCK_SCHEME
from workflows.report.extra_analyses import Extras
from workflows.report.read_run import ReportedRun, Table
from workflows.tables.curve_tables import MINIMUM_COLUMNS, kink_row, minimum_row


def minima_table(run: ReportedRun) -> Table | None:
    """Make the table of both minima of every curve, as in ``minima.csv``.

    Parameters
    ----------
    run : a finished run.

    Returns
    -------
    The table; None if the run has no curves.
    """
    if not run.cells:
        return None
    rows = []
    for row, column in run.pairs:
        _, result = run.cells[row, column]
        x = run.states[row].x
        values = minimum_row(run.others[column], x or 0.0, MixingCurve.from_record(result))
        values["x"] = x
        rows.append(tuple(str("" if values[c] is None else values[c]) for c in MINIMUM_COLUMNS))
    return _marked(run, Table("minima", tuple(MINIMUM_COLUMNS), tuple(rows)))


def kinks_table(run: ReportedRun) -> tuple[Table, list[int]]:
    """Make the table of every kink, as in ``kinks.csv``, with the number of the curve of each row.

    Parameters
    ----------
    run : a finished run.

    Returns
    -------
    The table, and for each row the place of its curve in ``run.pairs``.
    """
    curves = [
        [kink_row(Kink.from_record(kink)) for kink in run.cells[pair][1]["kinks"]]
        for pair in run.pairs
    ]
    columns = list(dict.fromkeys(column for kinks in curves for row in kinks for column in row))
    first = "x" if run.is_series else "first"
    rows, numbers = [], []
    for number, ((state, other), kinks) in enumerate(zip(run.pairs, curves, strict=True)):
        start = run.others[other], str(run.states[state].x) if run.is_series else (
            run.states[state].reactant.label)  # fmt: skip
        for kink in kinks:
            cells = (kink.get(column) for column in columns)
            rows.append((*start, *("" if cell is None else str(cell) for cell in cells)))
            numbers.append(number)
    return _marked(run, Table("kinks", ("electrolyte", first, *columns), tuple(rows))), numbers


def reactants_table(run: ReportedRun) -> Table:
    """Make the table of all reactants with their energies and energy models.

    Parameters
    ----------
    run : a finished run.

    Returns
    -------
    The table.
    """
    columns = (
        "reactant", "formula", "energy_ev_per_atom", "energy_model",
        "energy_above_hull_ev_per_atom", "uncertainty_ev_per_atom", "entry",
    )  # fmt: skip
    rows = {}
    for question, _ in run.answers:
        for reactant in question.to_dict()["reactants"]:
            cells = (
                reactant["name"], reactant["formula"], reactant["energy_ev_per_atom"],
                reactant["energy_model"], reactant["energy_above_hull_ev_per_atom"],
                reactant["uncertainty_ev_per_atom"], reactant["entry_id"],
            )  # fmt: skip
            rows[reactant["name"]] = tuple("" if cell is None else str(cell) for cell in cells)
    return _marked(run, Table("reactants", columns, tuple(rows.values())))


def stages_table(run: ReportedRun, extras: Extras) -> Table | None:
    """Make the table of the decomposition stages of all windows.

    Parameters
    ----------
    run : a finished run.
    extras : further windows and maps.

    Returns
    -------
    The table; None without windows.
    """
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
    return _marked(run, Table("stages", columns, tuple(rows)))


def _marked(run: ReportedRun, table: Table) -> Table:
    """The table with a column that marks mocked energies, as in the CSV files of a mocked run."""
    if not run.mark:
        return table
    rows = tuple((*row, MOCK_SCHEME) for row in table.rows)
    return Table(table.name, (*table.columns, MARK), rows)
