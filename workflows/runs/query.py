"""The curves of all records below a folder, as one table.

A record holds its phases, so its pairs can also be computed under other conditions, such as at a
voltage.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interfaces.errors import InputError
from interfaces.phases.reactants import Reactant
from interfaces.phases.reservoirs import at_voltage
from interfaces.reactivity.mixing_curve import MixingCurve
from workflows.analyses.curve import CurveAnalysis
from workflows.runs.record import IN_FOLDER, elements_of, read_record

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    "record", "reactant_1", "reactant_2", "x", "voltage_V", "basis", "minimum_total",
    "fraction_total", "reaction_total", "kind_total", "minimum_mutual", "fraction_mutual",
    "reaction_mutual", "energy_model_1", "energy_model_2", "scheme", "phase_set",
)  # fmt: skip


def rows(
    path: str | Path,
    first: str | None = None,
    second: str | None = None,
    *,
    voltage: float | None = None,
    carrier: str = "Li",
    unread: Callable[[InputError], None] | None = None,
) -> list[dict[str, Any]]:
    """One row per curve of a pair, found in every record below a folder.

    Parameters
    ----------
    path : a folder of runs, a run's folder, or one record.
    first, second : names or formulas of the reactants, in either order; ``NCM811`` means every
        state of charge of it. All curves if neither is given.
    voltage : compute each pair open to the carrier at this voltage [V] against its metal, on the
        record's own phases; by default each curve as it was recorded.
    unread : called with the error of each record that cannot be read, which is then left out; by
        default the first such record ends the query.

    Returns
    -------
    Rows with the keys ``COLUMNS``: ``x`` counts carriers per formula unit of the first reactant;
    energies in the basis named, eV per atom (closed) or per non-open atom (open); fractions are of
    the first reactant, of the same atoms.

    Raises
    ------
    InputError
        If there is no record, none of its curves is of that pair, or a record cannot be read
        and there is no ``unread``.
    """
    table = []
    names: set[str] = set()
    for record, analysis, covered in _curves(Path(path), unread):
        pair = (analysis.reactant_1, analysis.reactant_2)
        names.update(reactant.label for reactant in pair)
        if not _matches(pair, first, second):
            continue
        if voltage is not None:
            needed = {carrier, *elements_of(analysis)}
            if not any(needed <= set(elements) for elements in covered):
                raise InputError(
                    f"{record} holds no phases over {'-'.join(sorted(needed))}, so "
                    f"{pair[0].label} | {pair[1].label} cannot be opened to {carrier}; "
                    "compute it anew with interfaces curve --open"
                )
            analysis = replace(analysis, open_elements=(at_voltage(carrier, voltage),))
        table.append(_row(record, analysis.curve(), carrier))
    if not table:
        wanted = " and ".join(name for name in (first, second) if name) or "any pair"
        raise InputError(
            f"no curve of {wanted} in the records below {str(path)!r}; "
            f"they are of {', '.join(sorted(names)) or 'nothing'}"
        )
    return sorted(table, key=lambda row: (row["reactant_2"], -row["x"], row["record"]))


def query(
    path: str | Path,
    first: str | None = None,
    second: str | None = None,
    *,
    voltage: float | None = None,
    carrier: str = "Li",
    unread: Callable[[InputError], None] | None = None,
) -> pd.DataFrame:
    """:func:`rows` as a table of pandas.

    >>> frame = query("results/reference", "NCM811", "LPSCl", voltage=4.3)
    >>> len(frame), frame["basis"].unique().tolist()
    (11, ['per_nonopen_atom'])
    """
    import pandas as pd

    return pd.DataFrame(
        rows(path, first, second, voltage=voltage, carrier=carrier, unread=unread),
        columns=list(COLUMNS),
    )


def _curves(
    path: Path, unread: Callable[[InputError], None] | None
) -> Iterator[tuple[str, CurveAnalysis, list[tuple[str, ...]]]]:
    """(record, analysis, elements that the record covers) of every curve at or below a path."""
    if path.is_dir() and not (path / IN_FOLDER).is_file():
        files = sorted(path.rglob(IN_FOLDER))
    else:
        files, unread = [path / IN_FOLDER if path.is_dir() else path], None
    for file in files:
        try:
            analyses = [analysis for analysis, _ in read_record(file)]
        except InputError as error:
            if unread is None:
                raise
            unread(error)
            continue
        covered = [elements_of(analysis) for analysis in analyses]
        for analysis in analyses:
            if isinstance(analysis, CurveAnalysis):
                yield str(file), analysis, covered


def _matches(pair: tuple[Reactant, Reactant], first: str | None, second: str | None) -> bool:
    names = [name for name in (first, second) if name]
    return any(
        all(_is(name, reactant) for name, reactant in zip(names, order, strict=False))
        for order in (pair, pair[::-1])
    )


def _is(name: str, reactant: Reactant) -> bool:
    """Whether a reactant has a name: its own, that of its series, or its formula."""
    label = reactant.label
    return name in (label, label.partition(" (x =")[0], reactant.formula.text)


def _row(record: str, curve: MixingCurve, carrier: str) -> dict[str, Any]:
    total, mutual = curve.minimum_total, curve.minimum_mutual
    opened = bool(curve.open_elements)
    values = (
        record,
        curve.reactant_1.label,
        curve.reactant_2.label,
        float(curve.reactant_1.formula.get(carrier)),
        curve.open_elements[0].voltage if opened else None,
        curve.basis,
        total.total_per_nonopen_atom,
        total.nonopen_fraction if opened else total.mixing_fraction,
        str(total.reaction),
        curve.describe_minimum(total),
        mutual.mutual_per_nonopen_atom,
        mutual.nonopen_fraction if opened else mutual.mixing_fraction,
        str(mutual.reaction),
        curve.reactant_1.energy_model,
        curve.reactant_2.energy_model,
        curve.scheme,
        curve.phase_set,
    )
    return dict(zip(COLUMNS, values, strict=True))
