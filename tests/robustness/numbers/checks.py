"""Answers of the kernel held against exact arithmetic: the worst that is off, by what it is."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from fractions import Fraction

import numpy as np

from interfaces.errors import InterfaceError
from interfaces.phases.competing_phases import solving
from interfaces.phases.reactants import joined
from interfaces.phases.reservoirs import at_voltage
from interfaces.reactivity.mixing_curve import mixing_curve, open_pool
from interfaces.reactivity.uptake import uptake_curve
from interfaces.reactivity.voltage_map import voltage_map
from interfaces.stability.electrochemical_window import electrochemical_window
from tests.robustness.numbers.exact import Programme, composition, mixed, own_energy


class Worst:
    """The largest of each quantity, where it was met, and what was refused."""

    def __init__(self):
        self.values, self.where, self.refused, self.count = defaultdict(float), {}, Counter(), 0

    def note(self, quantity, value, where=None):
        value = abs(float(value))
        assert np.isfinite(value), (quantity, where)
        if value >= self.values[quantity]:
            self.values[quantity], self.where[quantity] = value, where

    def refuse(self, error):
        words = " ".join(str(error).split())
        for known in ("please report", "for double precision", "write them alike", "without end",
                      "has no share", "needs two compositions", "no mixing axis"):  # fmt: skip
            if known in words:
                self.refused[known] += 1
                return
        self.refused[words] += 1

    def __str__(self):
        result = ", ".join(f"{k} {v:.1e}" for k, v in self.values.items())
        return f"{self.count} answers: {result}; refused {dict(self.refused)}"


def joining(pair):
    return [material for material in pair if material.joins_pool]


def certify_bases(worst, programme, line, ends, where, named):
    """Primal and dual feasibility of every basis of a walk, and its amounts, exactly."""
    bounds, bases, amounts, slopes = line
    assert bounds[0] == 0.0, where
    assert bounds[-1] == 1.0, where
    scale = Fraction(programme.scale)
    planes = []
    for k, basis in enumerate(bases):
        plane = programme.plane(named(basis))
        assert plane is not None, (where, "the phases of a basis are dependent")
        planes.append(plane)
        worst.note("reduced cost / scale", programme.lowest(plane)[0] / scale, where)
        for x in (bounds[k], bounds[k + 1]):
            exact = programme.amounts(plane, mixed(*ends, x))
            worst.note("amount below zero", min(0, *exact), where)
            output = amounts[k] + slopes[k] * x
            off = max(abs(Fraction(t) - e) for t, e in zip(output, exact, strict=True))
            worst.note("amount", off, where)
    return planes


def curve(case, opened, worst, where, walk=None):
    """One curve: bases, breakpoints and reactions. ``walk`` stands in for the plain one."""
    from interfaces.solver.parametric import mixing_line
    from interfaces.solver.simplex import OK, UNSOUND

    first, second = case.pair
    try:
        result = mixing_curve(case.phases, *case.pair, open_elements=opened)
        pool, _ = joined(open_pool(case.phases, *case.pair, opened), *case.pair)
        with solving("curve"):
            status, _, *line = (walk or mixing_line)(
                pool.phases, pool.energies, pool.references,
                pool.composition(second.formula), pool.composition(first.formula),
            )  # fmt: skip
    except InterfaceError as error:
        worst.refuse(error)
        return None
    assert status in (OK, UNSOUND), where
    if status == UNSOUND:
        worst.refused["for double precision"] += 1
        return None
    worst.count += 1
    more = joining(case.pair)
    programme = Programme.of(case.phases, pool.elements, opened, more)
    ends = [composition(item.formula, pool.elements) for item in (second, first)]
    own = [own_energy(entry.formula, entry.energy, opened) for entry in (second, first)]

    def named(basis):
        return programme.basis(pool, basis, case.phases, more)

    planes = certify_bases(worst, programme, line, ends, where, named)
    at = [k.mixing_fraction if k.nonopen_fraction is None else k.nonopen_fraction
          for k in result.kinks]  # fmt: skip
    values = [k.total_per_nonopen_atom for k in result.kinks]
    scale = max(programme.scale, *(abs(float(e)) for e in own))
    lowest = Fraction(0)
    for k, x in enumerate(line[0]):
        guesses = [planes[i].basis for i in (k - 1, k) if 0 <= i < len(planes)]
        chord = own[0] + (own[1] - own[0]) * Fraction(x)
        exact = programme.optimum(mixed(*ends, x), *guesses) - chord
        lowest = exact if k == 0 else min(lowest, exact)
        worst.note("energy / scale", (np.interp(x, at, values) - float(exact)) / scale, where)
    for kink in result.kinks:
        assert kink.reaction.imbalance() == {}, where
        assert all(n > 0 for _, n in (*kink.reaction.reactants, *kink.reaction.products)), where
    return result, float(lowest), scale


def voltage(case, worst, where, low=0.0, high=5.0, most=30):
    """The map: tiles that fill it, every basis optimal in its whole tile, energies at corners."""
    opened = (at_voltage("Li", 0.0),)
    try:
        pair_map = voltage_map(case.phases, *case.pair, low, high)
    except InterfaceError as error:
        worst.refuse(error)
        return
    worst.count += 1
    b = pair_map.bounds
    area = ((b[:, 1] - b[:, 0]) * (b[:, 3] - b[:, 2])).sum() / (high - low)
    worst.note("area", area - 1, where)
    elements = sorted({e for material in case.pair for e in material.formula.elements} - {"Li"})
    ends = [composition(item.formula, elements) for item in reversed(case.pair)]
    every = np.linspace(0, len(b) - 1, min(most, len(b))).astype(int)
    for u, v in {(b[k, i], b[k, j]) for k in every for i in (0, 1) for j in (2, 3)}:
        programme = Programme.of(case.phases, elements, opened, joining(case.pair), float(v))
        second, first = (own_energy(entry.formula, entry.energy, opened, float(v))
                         for entry in reversed(case.pair))  # fmt: skip
        exact = programme.optimum(mixed(*ends, float(u)))
        exact -= second + (first - second) * Fraction(float(u))
        scale = max(programme.scale, abs(float(first)), abs(float(second)))
        worst.note("energy / scale", (float(pair_map.at(u, v)) - float(exact)) / scale, where)


def window(case, worst, where):
    """The staircase of the first reactant: the decomposition energy at and between its steps."""
    material = case.pair[0]
    opened = (at_voltage("Li", 0.0),)
    elements = sorted({*material.formula.elements} - {"Li"})
    try:
        result = electrochemical_window(case.phases, material)
    except InterfaceError as error:
        worst.refuse(error)
        return
    worst.count += 1
    more = joining([material])
    base = min(material.energy, material.energy - material.energy_above_hull)
    kept = 1 - float(material.formula.get("Li")) / float(material.formula.n_atoms)
    steps = [stage.low for stage in result.stages]
    steps += [a / 2 + b / 2 for a, b in itertools.pairwise(steps)] + [steps[-1] + 1.0]
    for v in steps:
        programme = Programme.of(case.phases, elements, opened, more, v)
        exact = programme.optimum(composition(material.formula, elements))
        exact -= own_energy(material.formula, base, opened, v)
        worst.note("energy / scale", (result.decomposition_energy(v, "hull") - float(exact) * kept)
                   / programme.scale, where)  # fmt: skip


def uptake(case, worst, where):
    """Uptake of lithium by the first reactant, at every point and beyond the last."""
    material = case.pair[0]
    lithium = at_voltage("Li", 0.5)
    try:
        result = uptake_curve(case.phases, material, lithium)
    except InterfaceError as error:
        worst.refuse(error)
        return
    worst.count += 1
    elements = sorted({*material.formula.elements, "Li"})
    programme = Programme.of(case.phases, elements, (), joining([material]))
    atoms = Fraction(material.formula.n_atoms)
    for point in result.points:
        n = Fraction(point.uptake)
        mix = [Fraction(material.formula.get(e)) + (n if e == "Li" else 0) for e in elements]
        exact = programme.optimum([m / (atoms + n) for m in mix]) * (atoms + n)
        exact -= Fraction(material.energy) * atoms + n * Fraction(lithium.chemical_potential)
        size = float(atoms + n) * programme.scale
        worst.note("energy / scale", (point.energy - float(exact)) / size, where)
