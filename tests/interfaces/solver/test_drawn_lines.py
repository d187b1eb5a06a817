"""Hulls of many sets of energies at once are those of each set alone."""

from __future__ import annotations

import numpy as np
import pytest

from interfaces.reactivity import curve_band
from interfaces.solver import drawn_lines as module
from interfaces.solver.drawn_lines import drawn_lines
from interfaces.solver.parametric import mixing_line

GRID = np.linspace(0.0, 1.0, 41)


def phases_of(elements, count, seed, tied=False):
    """Elements, then phases with small whole numbers of atoms; ``tied`` ones share few energies."""
    chance = np.random.default_rng(seed)
    atoms = chance.integers(0, 4, (count, elements))
    atoms = atoms[atoms.sum(axis=1) > 0]
    fractions = np.vstack([np.eye(elements), atoms / atoms.sum(axis=1, keepdims=True)])
    energies = -chance.random((30, len(fractions)))
    if tied:
        energies = np.round(energies, 1)
    energies[:, :elements] = 0.0
    return fractions, energies


def alone(fractions, energies, start, end):
    """Energy at the grid by the solver of single curves."""
    elements = np.arange(start.size)
    status, count, bounds, bases, amounts, slopes = mixing_line(
        fractions, energies, elements, start, end
    )
    assert status == 0
    hull = [
        energies[bases[max(k - 1, 0)]]
        @ (amounts[max(k - 1, 0)] + slopes[max(k - 1, 0)] * bounds[k])
        for k in range(count + 1)
    ]
    return np.interp(GRID, bounds, hull)


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("elements", [2, 3, 5, 8])
def test_together_as_alone(elements, tied):
    for seed in range(4):
        fractions, energies = phases_of(elements, 25 * elements, seed, tied)
        start, end = fractions[-1], fractions[-2]
        lines = drawn_lines(fractions, energies, np.arange(elements), start, end - start)
        solved = lines.count > 0
        assert solved.mean() > 0.9  # the others are for the solver of single curves
        at_zero, steepness = lines.straight(start, end - start)
        hull = (at_zero[:, :, None] + steepness[:, :, None] * GRID)[solved].max(axis=1)
        expected = [alone(fractions, drawn, start, end) for drawn in energies[solved]]
        assert np.abs(hull - expected).max() < 1e-12
        rows = np.nonzero(solved)[0]
        assert (np.diff(lines.bounds[rows]) >= 0).all()
        assert (lines.bounds[rows, lines.count[rows]] == 1.0).all()


def test_more_segments_than_there_is_room_for(monkeypatch):
    monkeypatch.setattr(module, "SEGMENTS", 1)
    x = np.linspace(0.0, 1.0, 42)
    fractions = np.column_stack([1 - x, x])[[0, -1, *range(1, 41)]]
    energies = (fractions[:, 0] - 0.5) ** 2 - 0.25
    lines = drawn_lines(
        fractions, energies[None], np.array([0, 1]), np.array([1.0, 0.0]), np.array([-1.0, 1.0])
    )
    assert lines.count.tolist() == [41]
    assert lines.bounds[0, :42] == pytest.approx(x, abs=1e-12)


def test_draws_that_cannot_be_solved_together_are_solved_alone(monkeypatch):
    """A pivot limit of one leaves every set unsolved; the bands are the same without it."""
    fractions, energies = phases_of(4, 60, 3)
    elements, ends = np.arange(4), np.full((len(energies), 2), np.nan)
    start, step = fractions[-1], fractions[-2] - fractions[-1]
    arguments = (fractions, energies, elements, elements, elements, start, step, ends, GRID)
    together = curve_band.sample_lines(*arguments)
    monkeypatch.setattr(module, "PIVOTS", 1)
    for here, there in zip(together, curve_band.sample_lines(*arguments), strict=True):
        assert np.abs(here - there).max() < 1e-12
