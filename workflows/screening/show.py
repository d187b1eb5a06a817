"""A small screen as a CSV table and a figure."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from interfaces.chemistry.formulas import Formula
from interfaces.errors import InputError
from interfaces.phases.products import suspects
from workflows.io.results import save_figure, write_atomic
from workflows.screening.parts import PARTS
from workflows.screening.plan import Plan

if TYPE_CHECKING:
    import pandas as pd

LARGEST = 100_000  #: rows of a table
PARTNERS = 8  #: columns of the figure's tables
HEAT_MAP = (40, 16)  #: most rows and columns of a heat map


def read_rows(out: Path) -> pd.DataFrame:
    """Read the rows of a screen.

    Parameters
    ----------
    out : folder of the screen.

    Returns
    -------
    Rows of the contacts between cathodes and electrolytes.

    Raises
    ------
    InputError
        If there are more rows than a table or figure takes.
    """
    import pandas as pd
    import pyarrow.dataset

    data = pyarrow.dataset.dataset(out / PARTS, format="parquet")
    if data.count_rows() > LARGEST:
        raise InputError(
            f"{out / PARTS} has {data.count_rows():,} rows; a table or a figure takes up to "
            f"{LARGEST:,}. Read it with pandas, polars or DuckDB"
        )
    table: pd.DataFrame = pd.concat(
        [batch.to_pandas().astype({"cathode": str, "electrolyte": str}) for batch in _tables(data)]
    )
    if "interface" in table:
        table = table[table["interface"] == "cathode|electrolyte"]
    return table


def _tables(data: Any) -> list[Any]:
    return [fragment.to_table() for fragment in data.get_fragments()]


def write_table(out: Path, path: Path) -> None:
    """Write all pairs as CSV, sorted by cathode, with impossible products.

    Parameters
    ----------
    out : folder of the screen.
    path : CSV file to write.

    Raises
    ------
    InputError
        If there are more rows than a table takes.
    """
    write_atomic(path, table_text(read_rows(out)))


def table_text(rows: pd.DataFrame) -> str:
    """All pairs as CSV; parameters as :func:`write_table`."""
    rows = rows.sort_values(["cathode", "electrolyte", "voltage_V"], kind="stable")
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    columns = [name for name in rows.columns if name != "interface"]
    writer.writerow([*columns, "suspect_products"])
    for row in rows[columns].itertuples(index=False):
        products = {
            name
            for column, value in zip(columns, row, strict=True)
            if column.startswith("products_") and isinstance(value, str)
            for name in value.split(" + ")
        }
        cells = [_cell(value) for value in row]
        writer.writerow([*cells, " ".join(suspects(products))])
    return stream.getvalue()


def _cell(value: object) -> str:
    if isinstance(value, float):
        return "" if np.isnan(value) else f"{value:.6f}"
    return "" if value is None else str(value)


def check_figure(plan: Plan) -> None:
    """Refuse a screen that is too large to draw, before it is computed.

    Parameters
    ----------
    plan : of the screen.

    Raises
    ------
    InputError
        If there are more electrolytes than the figure has columns.
    """
    columns = len(plan.sides[1].names)
    most = HEAT_MAP[1] if len(plan.sides[0].names) <= HEAT_MAP[0] else PARTNERS
    if columns > most:
        raise InputError(
            f"--figure takes up to {HEAT_MAP[1]} electrolytes with up to {HEAT_MAP[0]} cathodes, "
            f"else {PARTNERS}; this screen has {columns}: plot from OUT/{PARTS} instead"
        )


def draw(out: Path, plan: Plan, path: Path) -> None:
    """Draw the lowest mutual energies at the first voltage.

    Up to 40 cathodes and 16 electrolytes are a heat map. Of more, the
    mildest and strongest are tables, phosphates in a group of their own.

    Parameters
    ----------
    out : folder of the screen.
    plan : its plan, which `check_figure` has accepted.
    path : figure to write.
    """
    from interfaces.figures import matrix_figure
    from interfaces.figures.plot_screens import screen_figure

    partners = plan.sides[1].names
    rows = read_rows(out)
    voltage = plan.voltages[0]
    rows = rows[rows["voltage_V"].isna() if voltage is None else rows["voltage_V"] == voltage]
    wide = rows.pivot(
        index="cathode", columns="electrolyte", values="reaction_energy_mutual_ev_per_atom"
    ).reindex(columns=list(partners))
    state = "closed" if voltage is None else f"{plan.carrier} at {voltage:g} V"
    mark = " (surrogate)" if plan.facts["surrogate"] else ""
    cathodes = plan.sides[0].names
    if len(cathodes) <= HEAT_MAP[0] and len(partners) <= HEAT_MAP[1]:
        figure = matrix_figure(
            wide.reindex(index=list(cathodes)).to_numpy(dtype=float), cathodes, partners,
            scheme=plan.facts["scheme"] + mark, note=state[0].upper() + state[1:],
        )  # fmt: skip
        save_figure(figure, path)
        return
    wide = wide[wide.notna().any(axis=1)]
    names = [str(name) for name in wide.index]
    elements = [set(_formula(plan, name).elements) for name in names]
    phosphates = [k for k, contained in enumerate(elements) if {"P", "O"} <= contained]
    others = [k for k in range(len(names)) if k not in set(phosphates)]
    oxides = all("O" in elements[k] for k in others)
    groups = {"phosphates": phosphates, "other oxides" if oxides else "others": others}
    figure = screen_figure(
        names,
        partners,
        wide.to_numpy(dtype=float),
        {label: members for label, members in groups.items() if members},
        f"{len(names)} compounds, {state}; {plan.facts['scheme']}{mark}",
    )
    save_figure(figure, path)


def _formula(plan: Plan, name: str) -> Formula:
    reactant = plan.sides[0].reactants[plan.sides[0].names.index(name)]
    assert reactant is not None  # it has an energy
    return reactant.formula
