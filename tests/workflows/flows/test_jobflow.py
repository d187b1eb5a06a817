"""A curve comes back equal from a jobflow job."""

from __future__ import annotations

import pytest

jobflow = pytest.importorskip("jobflow")

from interfaces.phases.phase_set import PhaseSet  # noqa: E402
from interfaces.phases.reactants import reactant  # noqa: E402
from interfaces.reactivity.mixing_curve import MixingCurve, mixing_curve  # noqa: E402

ROWS = [("a", "Li", 0.0), ("b", "Ti", 0.0), ("c", "O2", 0.0), ("d", "Li2O", -2.0),
        ("e", "TiO2", -3.0), ("f", "Li2TiO3", -2.75)]  # fmt: skip


def compute() -> MixingCurve:
    phases = PhaseSet.from_rows(ROWS, scheme="made up")
    return mixing_curve(
        phases, reactant(phases, "Li2O", uncertainty=0.01), reactant(phases, "TiO2")
    )


def passed_on(curve: MixingCurve) -> str:
    return str(curve.minimum_total.reaction)


def test_curve_survives_a_job_and_reaches_the_next(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    from jobflow import Flow, JobStore, job, run_locally
    from maggma.stores import MemoryStore
    from monty.json import MontyDecoder

    first = job(compute)()
    second = job(passed_on)(first.output)
    store = JobStore(MemoryStore())
    store.connect()
    run_locally(Flow([first, second]), store=store, log=False, ensure_success=True)
    stored = store.get_output(first.uuid, load=True)  # plain values, as any reader finds them
    assert MontyDecoder().process_decoded(stored) == compute()
    assert store.get_output(second.uuid) == "Li2O + TiO2 -> Li2TiO3"
