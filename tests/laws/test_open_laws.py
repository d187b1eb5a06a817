"""What every open curve, staircase and map obeys, whatever the phases."""

from __future__ import annotations

import itertools
import random
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from interfaces.errors import MissingElementError, ReactantError, ReservoirError
from interfaces.exact import certify
from interfaces.formulas import Formula
from interfaces.mixing import mixing_curve, open_pool
from interfaces.phases import PhaseSet
from interfaces.reactants import reactant
from interfaces.reservoir import OpenElement, at_potential, at_voltage
from interfaces.simplex import OK
from interfaces.tiling import tiling
from interfaces.uptake import uptake_curve
from interfaces.voltage_map import voltage_map
from interfaces.window import electrochemical_window

from .conftest import SYMBOLS, formulas, phase_sets

EXAMPLES = 100
CLOSE = 1e-8
LOW, HIGH = 0.0, 5.0
voltages = st.integers(0, 40).map(lambda k: k / 8)  # eighths, where events of round numbers lie
raised = st.integers(-2, 4).map(lambda k: k / 8)  # eV/atom above the hull, or below it


def host(text, opened=("Li",)):
    return {e: n for e, n in Formula.parse(text).amounts if e not in opened}


def mix(first, second, opened=("Li",)):
    """Whether two reactants differ in more than what is open."""
    hosts = [host(text, opened) for text in (first, second)]
    if not all(hosts):
        return False
    one, other = (Formula.from_amounts(h) for h in hosts)
    return not one.same_composition(other)


def reactants(phases, pair, ups=(0.0, 0.0)):
    return [
        reactant(phases, f, phases.hull_energy(f) + up) for f, up in zip(pair, ups, strict=True)
    ]


def slow_open(phases, pair, u, opened):
    """The total per non-open atom by HiGHS: phases form, reservoirs give and take without limit."""
    shares = np.array([u, 1 - u])
    own = []
    mixed = np.zeros(len(phases.elements))
    crossing = [phases.elements.index(one.symbol) for one in opened]
    for one, share in zip(pair, shares, strict=True):
        fractions = one.formula.fractions(phases.elements)
        kept = 1 - fractions[crossing].sum()
        mu = np.array([o.chemical_potential for o in opened])
        own.append((one.energy - fractions[crossing] @ mu) / kept)
        mixed += share * fractions / kept
    joining = [one for one in pair if one.joins_pool]
    columns = [*phases.fractions, *(o.formula.fractions(phases.elements) for o in joining)]
    taken = -np.eye(len(phases.elements))[crossing]  # what a reservoir gives need not be in the mix
    cost = [*phases.energies, *(o.energy for o in joining)]
    cost += [-one.chemical_potential for one in opened]
    bounds = [(0, None)] * len(columns) + [(None, None)] * len(opened)
    # z atoms of an open element taken from the mix bring mu each.
    cost[-len(opened) :] = [one.chemical_potential for one in opened]
    matrix = np.vstack([*columns, -taken]).T
    found = linprog(cost, A_eq=matrix, b_eq=mixed, bounds=bounds, method="highs")
    assert found.status == 0
    offset = sum(
        share * (fractions_of(one, phases)[crossing] @ mu) / (1 - fractions_of(one, phases)[crossing].sum())
        for one, share in zip(pair, shares, strict=True)
    )
    return found.fun - offset - shares @ np.array(own)
