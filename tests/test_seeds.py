"""The systems of ``results/seeds``: every committed number comes out of its job file again."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pandas as pd
import pytest

from workflows.analyses.registry import prepare_analysis
from workflows.flows.read_job import analyses_job
from workflows.runs.analyses import SUMMARY_COLUMNS

ROOT = Path(__file__).resolve().parent.parent
SEEDS = ROOT / "results" / "seeds"
NAMES = (
    "lco_lpscl", "thiophosphates", "windows", "cosintering", "halide", "latp_anodes", "composites",
    "composites_cofired",
)  # fmt: skip


def test_every_job_of_analyses_is_there_and_nothing_else():
    jobs = {p.stem for p in (ROOT / "inputs").glob("*.yaml") if "analyses:" in p.read_text()}
    assert jobs == set(NAMES) == {p.stem for p in SEEDS.glob("*.csv")}
    assert jobs == {p.stem for p in SEEDS.glob("*.png")}


@pytest.mark.parametrize("name", NAMES)
def test_numbers_are_computed_again(name):
    rows = []
    for spec in analyses_job(ROOT / "inputs" / f"{name}.yaml").specs():
        analysis = prepare_analysis(spec)
        rows += [
            {"question": spec.name, **asdict(headline)}
            for headline in analysis.headlines(analysis.run())
        ]
    ours = pd.DataFrame(rows, columns=list(SUMMARY_COLUMNS))
    kept = pd.read_csv(SEEDS / f"{name}.csv", keep_default_na=False)
    values = [pd.to_numeric(table.pop("value"), errors="coerce") for table in (ours, kept)]
    pd.testing.assert_frame_equal(ours, kept)
    pd.testing.assert_series_equal(*values, check_exact=False, atol=1e-9)
    assert len(ours) > 3
