"""One example of each thing that the search found, so that it stays mended."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from interfaces.errors import PhaseSetError, ReactantError
from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.reactants import reactant
from interfaces.reactivity.voltage_map import voltage_map
from tests.robustness.numbers import checks, geometry


def test_too_little_of_an_element_is_refused(toy):
    with pytest.raises(ReactantError, match=r"S is .* of the atoms of Li2OS0.00000001; comp"):
        reactant(toy, "Li2OS0.00000001", -1.0)
    rows = [("a", "Li", 0.0), ("b", "O2", 0.0), ("c", "Li1000000000O", -1.0)]
    with pytest.raises(PhaseSetError, match=r"O is 1\.0e-09 of the atoms"):
        PhaseSet.from_rows(rows, scheme="made up")


def test_nearly_one_composition_counts_once(toy):
    rows = [("a", "Li", 0.0), ("b", "O2", 0.0), ("c", "Li2O", -2.0), ("d", "Li2O1.00000001", -2.1),
            ("e", "Li2O1.000001", -1.9)]  # fmt: skip
    pool = PhaseSet.from_rows(rows, scheme="made up").pool(("Li", "O"))
    assert pool.rows.tolist() == [0, 1, 3, 4]


def test_a_singular_basis():
    case, worst = geometry.make("near twins", 6), checks.Worst()
    for opened in case.conditions(np.random.default_rng(6)):
        checks.curve(case, opened, worst, 6)
    assert worst.count + sum(worst.refused.values()) == 3


def test_near_coplanar_phases_that_took_turns():
    worst = checks.Worst()
    checks.voltage(geometry.make("near-coplanar", 8), worst, 8)
    assert worst.count == 1
    assert worst.values["energy / scale"] < 1e-9


def test_between_tiles_that_round_off_left_open(toy):
    whole = voltage_map(toy, reactant(toy, "Li2O"), reactant(toy, "TiO2"), 0.0, 5.0)
    bounds = whole.bounds.copy()
    event = np.unique(bounds[:, 2])[1]
    bounds[bounds[:, 2] == event, 2] += 4e-9
    u = [0.0, 0.3, 1.0]
    open_ = replace(whole, bounds=bounds)
    assert open_.at(u, event + 2e-9) == pytest.approx(whole.at(u, event + 2e-9), abs=1e-8)
