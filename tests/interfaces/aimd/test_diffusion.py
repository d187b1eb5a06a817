"""Displacements and drift: random walks of known D, the double loop, straight lines."""

from __future__ import annotations

import numpy as np
import pytest

from interfaces.aimd import Trajectory, analyse, diffusion, drift, mean_square_displacement
from interfaces.aimd.diffusion import paths_without_drift
from interfaces.errors import InputError

SKEWED = np.array([[6.0, 0.0, 0.0], [17.0, 6.0, 0.0], [-9.0, 10.0, 6.0]])


def walk(seed, frames=600, atoms=8, size=0.1):
    steps = np.random.default_rng(seed).normal(scale=size, size=(frames, atoms, 3))
    return steps.cumsum(axis=0)


def test_msd_is_that_of_the_double_loop():
    paths = walk(3, frames=40, atoms=3) + 100.0  # far from the origin
    wanted = np.zeros((40, 3))
    for lag in range(40):
        moved = [paths[t + lag, k] - paths[t, k] for t in range(40 - lag) for k in range(3)]
        wanted[lag] = np.mean(np.square(moved), axis=0)
    assert mean_square_displacement(paths, 40) == pytest.approx(wanted, abs=1e-9)
    assert mean_square_displacement(paths, 7) == pytest.approx(wanted[:7], abs=1e-9)


def test_diffusivity_of_random_walks_lies_within_its_stated_error():
    """<x^2> = 0.01 A^2 a step of 2 fs: D = 0.01 / 2 / 2 A^2/fs = 2.5e-4 cm2/s.

    Of 200 walks the intervals at 80 % have to hold it 160 times, give or take 4 deviations of a
    binomial (5.7). The blocks share no frames.
    """
    known, held, values = 2.5e-4, 0, []
    for seed in range(200):
        result = diffusion(walk(seed), 2.0)
        low, high = result.interval(0.8)
        held += low <= known <= high
        values.append(result.diffusivity)
    assert 137 <= held <= 183
    assert np.mean(values) == pytest.approx(known, abs=4 * np.std(values) / np.sqrt(200))


def test_the_stated_error_is_the_spread_of_many_runs():
    """The root mean square of the errors is the spread itself, but for 4 / sqrt(2 n) of chance."""
    results = [diffusion(walk(1000 + seed), 2.0) for seed in range(100)]
    spread = np.std([item.diffusivity for item in results], ddof=1)
    stated = np.sqrt(np.mean([outcome.error**2 for outcome in results]))
    assert stated / spread == pytest.approx(1.0, abs=4 / np.sqrt(200))


def test_vibration_is_no_diffusion():
    paths = np.random.default_rng(1).normal(scale=0.2, size=(500, 10, 3))
    result = diffusion(paths, 2.0)
    assert abs(result.exponent) < 0.05
    assert not result.diffusive
    assert result.msd[10] == pytest.approx(6 * 0.04, rel=0.05)
    moving = diffusion(walk(4, frames=4000, atoms=30), 2.0)
    assert moving.diffusive
    assert moving.exponent == pytest.approx(1.0, abs=0.1)


def test_what_got_less_far_than_a_hop_is_no_diffusion():
    """The same walk with steps a fifth as long: D, error and exponent alike, but 0.5 A2 reached."""
    far, near = (diffusion(walk(4, 4000, 30, size), 2.0) for size in (0.1, 0.02))
    assert near.diffusivity / near.error == pytest.approx(far.diffusivity / far.error)
    assert near.exponent == pytest.approx(far.exponent)
    assert far.reached == pytest.approx(400 * 0.03, rel=0.3)  # lag 400 of 4000 / 5 frames
    assert (far.diffusive, near.diffusive) == (True, False)


def test_flight_is_no_diffusion():
    paths = np.arange(200.0)[:, None, None] * np.ones((1, 4, 3)) * 0.1
    result = diffusion(paths, 1.0)
    assert result.exponent == pytest.approx(2.0, abs=1e-6)
    assert not result.diffusive


@pytest.mark.parametrize("breathing", [0.0, 0.01])
def test_paths_are_unwrapped_in_a_skewed_cell(breathing):
    """Steps far shorter than the lattice is wide, yet over 1/2 in the skewed coordinates."""
    paths = walk(7, frames=300, atoms=6, size=0.3)
    steps = np.abs(np.diff(paths @ np.linalg.inv(SKEWED), axis=0))
    assert steps.max() > 0.5
    scale = 1 + breathing * np.sin(np.arange(300))[:, None, None]
    cells = SKEWED * scale if breathing else SKEWED[None]
    wrapped = (paths @ np.linalg.inv(SKEWED)) % 1.0
    run = Trajectory(("Li",) * 6, wrapped, cells, np.arange(300.0))
    result, ambiguous = run.unwrapped()
    assert ambiguous == 0
    assert result - result[0] * scale == pytest.approx((paths - paths[0]) * scale, abs=1e-9)


def test_steps_as_long_as_a_third_of_the_cell_are_told():
    places = np.array([[[0.0, 0, 0]], [[2.4, 0, 0]], [[4.8, 0, 0]]])
    run = Trajectory.of(["Li"], np.tile(places, (40, 1, 1)), np.eye(3) * 4.6, np.arange(120.0))
    assert run.unwrapped()[1] == 80  # 2.4 A, or 2.2 A the other way; 4.8 A is 0.2
    assert any("are a guess" in note for note in analyse(run).notes)


def test_the_drift_of_the_centre_of_mass_is_taken_out():
    paths = np.zeros((100, 2, 3))
    paths[:, 0, 0] = np.arange(100) * 0.1
    run = Trajectory.of(["Li", "Co"], paths, np.eye(3) * 30, np.arange(100.0))
    result, _ = paths_without_drift(run)
    masses = np.array([6.94, 58.933])  # [u]
    moved = result[-1] - result[0]
    assert masses @ moved[:, 0] == pytest.approx(0.0, abs=0.01)
    assert moved[0, 0] - moved[1, 0] == pytest.approx(9.9)


def test_too_short_or_uneven_runs_say_so():
    with pytest.raises(InputError, match="2 blocks or more, of 10 frames"):
        diffusion(walk(0, frames=49), 1.0)
    with pytest.raises(InputError, match="no lags between"):
        diffusion(walk(0), 1.0, fit=(0.5, 0.5))
    short = analyse(Trajectory.of(["Li"], walk(0, 20, 1), np.eye(3) * 20, np.arange(20.0)))
    assert short.diffusions == ()
    assert any("no diffusivity: 20 frames" in note for note in short.notes)
    times = np.arange(60.0)
    times[30:] += 1
    uneven = analyse(Trajectory.of(["Li"], walk(0, 60, 1), np.eye(3) * 20, times))
    assert any("unevenly spaced" in note for note in uneven.notes)


def test_drift_of_a_straight_line_and_of_noise():
    """Slope 2 K/ps exactly; of noise, its error holds 0 as often as it says."""
    times = np.arange(0, 5000, 2.0)
    exact = drift(times, 300 + 2 * times / 1000)
    assert (exact.slope, exact.error) == (pytest.approx(2.0), pytest.approx(0.0, abs=1e-9))
    assert exact.mean == pytest.approx(300 + times.mean() / 500)
    draw = np.random.default_rng(8)
    inside = 0
    for _ in range(200):
        result = drift(times, draw.normal(size=len(times)))
        inside += abs(result.slope) < 1.397 * result.error  # Student's t, 8 degrees, 80 %
    assert 137 <= inside <= 183
    with pytest.raises(InputError, match="two of each"):
        drift([0.0], [1.0])
