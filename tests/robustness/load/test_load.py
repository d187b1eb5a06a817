"""Many pairs, many records, many jobs: memory that stays, right answers, nothing done twice.

The full sizes are those of benchmarks/load.py; ``--full`` takes larger ones of these.
"""

from __future__ import annotations

import csv
import json
import sys
from itertools import product
from math import gcd
from pathlib import Path

import numpy as np
import pytest

from interfaces.errors import InputError
from tests.robustness.load import flows, stores
from tests.robustness.load.watched import ROOT, watch
from workflows.runs.query import query, rows

GROWTH = 30  #: MB that the resident memory may grow by over the later half of a screen


@pytest.fixture(scope="module")
def many_phases(tmp_path_factory) -> Path:
    """All Li-Ti-O compounds with small numbers, at random energies: some 190 of them."""
    random = np.random.default_rng(811)
    path = tmp_path_factory.mktemp("phases") / "many.csv"
    formulas = [
        f"Li{a}Ti{b}O{c}" for a, b, c in product(range(1, 7), repeat=3) if gcd(a, b, c) == 1
    ]
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("id", "formula", "formation_energy_per_atom"))
        for name in ("Li", "Ti", "O2"):
            writer.writerow((name, name, 0.0))
        for formula in formulas:
            writer.writerow((formula, formula, -1 - 2 * float(random.random())))
    return path


def resident() -> float:
    """Memory of this process [MB]."""
    lines = Path("/proc/self/status").read_text().splitlines()
    (size,) = (line.split()[1] for line in lines if line.startswith("VmRSS"))
    return int(size) * 1.024e-3


def test_a_screen_does_not_grow_with_its_pairs(many_phases, tmp_path, full):
    from dataclasses import replace

    from workflows.analyses.setup import PhaseOptions
    from workflows.screening.plan import begin
    from workflows.screening.run_screen import run_screen
    from workflows.screening.screen_spec import ScreenSpec, make_plan

    spec = ScreenSpec(
        ("set:Li",), ("set:Li",), source=PhaseOptions(str(many_phases)), rows_per_part=2000
    )
    plan = replace(make_plan(spec), limit=None if full else 25_000)
    assert plan.pairs >= 25_000
    begin(tmp_path, plan)
    sizes = []
    summary = run_screen(tmp_path, plan, report=lambda _: sizes.append(resident()))
    assert summary.rows == plan.pairs
    assert len(sizes) == plan.parts
    later = sizes[len(sizes) // 2 :]
    assert max(later) - later[0] < GROWTH, sizes


def test_a_limit_of_memory_is_kept_from_outside(tmp_path):
    """What the benchmark trusts: a process beyond its limit ends, and its samples are its own."""
    greedy = "import time; held = bytearray({}); time.sleep(0.3)"
    small = watch([sys.executable, "-c", greedy.format(50_000_000)], tmp_path, every=0.02)
    assert small.status == 0
    assert 50 < small.peak < 150
    assert small.address_space >= small.peak
    large = watch([sys.executable, "-c", greedy.format(10**9)], tmp_path, every=0.02, limit_mb=500)
    assert large.status == 1
    assert "MemoryError" in large.err


@pytest.fixture(scope="module")
def store(tmp_path_factory, full) -> Path:
    folder = tmp_path_factory.mktemp("store")
    stores.fill(folder, 2000 if full else 120)
    return folder


def answered(result):
    return sorted((row["record"], row["minimum_total"]) for row in result)


def test_many_records_answer_as_a_plain_loop_does(store):
    table = rows(store, "TiO2", "Li2O")
    plain = sorted(stores.plainly(store, "Li2O", "TiO2"))
    assert len(plain) == len(list(store.iterdir())) / len(stores.PAIRS)
    assert answered(table) == plain
    assert len({energy for _, energy in plain}) > len(plain) / 2  # the runs do differ


@pytest.fixture
def one_hurt(store):
    """The store with one record of the pair asked for cut short, mended afterwards."""
    path = store / "run-00008" / "record.json.gz"
    good = path.read_bytes()
    stores.hurt(path)
    yield path
    path.write_bytes(good)


def test_a_broken_record_does_not_hide_the_others(store, one_hurt, ask):
    plain = sorted(stores.plainly(store, "Li2O", "TiO2", but=one_hurt))
    done = ask("query", store, "Li2O", "TiO2", "--json")
    assert answered(json.loads(done.stdout)) == plain
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("interfaces: skipped: ")
    assert str(one_hurt) in done.stderr
    assert done.returncode == 1


def test_in_python_it_ends_the_query_unless_somebody_is_told(store, one_hurt):
    with pytest.raises(InputError, match="run-00008"):
        query(store, "Li2O", "TiO2")
    gathered: list[InputError] = []
    frame = query(store, "Li2O", "TiO2", unread=gathered.append)
    assert len(frame) == len(stores.plainly(store, "Li2O", "TiO2", but=one_hurt))
    assert len(gathered) == 1
    assert str(one_hurt) in str(gathered[0])


def test_a_record_that_was_named_is_refused(one_hurt, ask):
    for named in (one_hurt, one_hurt.parent):
        done = ask("query", named, "Li2O", "TiO2")
        assert done.returncode == 2
        assert done.stdout == ""
        assert done.stderr.count("\n") == 1


class Killed(BaseException):
    """Ends a run between two jobs, past every handler."""


def test_a_flow_stopped_in_the_middle_repeats_no_finished_job(tmp_path):
    pytest.importorskip("jobflow", reason="jobflow is not installed")
    from workflows.flows.run_locally import run_flow
    from workflows.runs.calculated_series_results import asked

    maker = flows.flow_of(2, 3, contents=("0.5",))
    count = flows.jobs_of(2, 3, contents=("0.5",))
    seen = []

    def tell(name):
        if len(seen) == count // 2:
            raise Killed
        seen.append(name)

    folder = tmp_path / "jobs"
    folder.mkdir()
    with pytest.raises(Killed):
        run_flow(maker.make, asked(maker), folder, report=tell)
    before = flows.finished(folder)
    assert len(before) == count // 2
    run_flow(maker.make, asked(maker), folder)
    assert len(flows.finished(folder)) == count
    starts = flows.started(folder)
    assert len(starts) == count
    assert set(starts.values()) == {1}  # none of them twice: it was stopped between two


def test_a_killed_flow_goes_on(tmp_path, full):
    """With SIGKILL, in a process of its own."""
    if not full:
        pytest.skip("with --full; benchmarks/load.py has a thousand jobs")
    words = [sys.executable, "-m", "tests.robustness.load.flows", tmp_path / "jobs", "2", "5"]
    command = ["env", f"PYTHONPATH={ROOT}", *map(str, words)]
    count = flows.jobs_of(2, 5)

    def half() -> bool:
        return (tmp_path / "jobs" / "jobs").is_dir() and (
            len(flows.finished(tmp_path / "jobs")) >= count // 2
        )

    assert watch(command, tmp_path, every=0.1, kill_when=half).status == -9
    before = flows.finished(tmp_path / "jobs")
    assert count // 2 <= len(before) < count
    assert watch(command, tmp_path, every=0.1).status == 0
    assert len(flows.finished(tmp_path / "jobs")) == count
    assert all(flows.started(tmp_path / "jobs")[key] == 1 for key in before)
