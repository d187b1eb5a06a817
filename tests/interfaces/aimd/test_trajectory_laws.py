"""What cannot matter does not: origin, wrapping, order of atoms, basis of the lattice."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interfaces.aimd import Trajectory, analyse

SPECIES = ("Li", "Li", "Co", "Co", "O", "O", "O", "P", "S", "S", "S", "S")
SIDES = ("e", "e", "c", "c", "c", "c", "c", "e", "e", "e", "e", "e")
CELL = np.array([[8.0, 0.0, 0.0], [1.5, 7.0, 0.0], [-1.0, 2.0, 9.0]])
FRAMES = 60


def wandering(seed):
    draw = np.random.default_rng(seed)
    start = draw.random((len(SPECIES), 3)) @ CELL
    paths = start + draw.normal(scale=0.12, size=(FRAMES, len(SPECIES), 3)).cumsum(axis=0)
    return Trajectory.of(SPECIES, paths, CELL, 20.0 * np.arange(FRAMES), SIDES)


def said(run):
    """Everything that must not change, as one dict."""
    analysis = analyse(run)
    kept = analysis.to_dict()
    kept.pop("notes")
    kept.pop("sides")
    kept["new"] = {n: analysis.bonds.new(n).tolist() for n in analysis.bonds.names}
    kept["between"] = {n: analysis.bonds.new(n, "between").tolist() for n in analysis.bonds.names}
    kept["groups"] = (analysis.species.names, analysis.species.counts.tolist())
    kept["mean"] = {
        coordination.name: coordination.mean.tolist() for coordination in analysis.coordinations
    }
    kept["rdf"] = {item.name: item.g.tolist() for item in analysis.before}
    kept["msd"] = {diffusion.element: diffusion.msd.tolist() for diffusion in analysis.diffusions}
    return kept


def same(first, second):
    if isinstance(first, dict):
        assert first.keys() == second.keys()
        for key, value in first.items():
            same(value, second[key])
    elif isinstance(first, list | tuple) and first and not isinstance(first[0], str):
        assert len(first) == len(second)
        for item, counterpart in zip(first, second, strict=True):
            same(item, counterpart)
    else:
        assert first == (
            pytest.approx(second, rel=1e-6, abs=1e-9) if isinstance(first, float) else second
        )


seeds = st.integers(0, 10**6)
whole = st.integers(-3, 3)
PROFILE = settings(max_examples=12, deadline=None)


@PROFILE
@given(seeds, st.data())
def test_wrapping_and_moving_everything_change_nothing(seed, data):
    run = wandering(seed)
    draw = np.random.default_rng(data.draw(seeds))
    moved = run.fractional + draw.random(3)  # the same for all atoms and frames
    moved += draw.integers(-2, 3, size=moved.shape)  # any image of each, in every frame
    second = Trajectory(run.species, moved, run.cells, run.times, run.sides)
    wrapped = Trajectory(run.species, run.fractional % 1.0, run.cells, run.times, run.sides)
    expected = said(run)
    same(expected, said(second))
    same(expected, said(wrapped))


@PROFILE
@given(seeds, st.permutations(range(len(SPECIES))))
def test_the_order_of_atoms_changes_nothing(seed, order):
    run = wandering(seed)
    second = Trajectory(
        tuple(SPECIES[k] for k in order), run.fractional[:, order], run.cells, run.times,
        tuple(SIDES[k] for k in order),
    )  # fmt: skip
    same(said(run), said(second))


@PROFILE
@given(seeds, whole, whole, whole, st.permutations(range(3)))
def test_another_basis_of_the_lattice_changes_nothing(seed, a, b, c, order):
    run = wandering(seed)
    change = (np.array([[1, a, b], [0, 1, c], [0, 0, 1]]) @ np.eye(3)[list(order)]).astype(float)
    second = Trajectory(
        run.species, (run.fractional @ np.linalg.inv(change)) % 1.0, change @ run.cells, run.times,
        run.sides,
    )  # fmt: skip
    same(said(run), said(second))


@PROFILE
@given(seeds)
def test_turning_the_cell_changes_nothing(seed):
    run = wandering(seed)
    turned, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
    second = Trajectory(run.species, run.fractional, run.cells @ turned, run.times, run.sides)
    same(said(run), said(second))
