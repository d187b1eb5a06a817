"""Every public result survives the ways in which monty, jobflow and Python store objects."""

from __future__ import annotations

import copy
import importlib
import json
import pickle
import pkgutil
from dataclasses import fields, is_dataclass, replace
from fractions import Fraction
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from monty.json import MontyDecoder, MontyEncoder, jsanitize
from monty.serialization import dumpfn, loadfn

import interfaces
from interfaces.aimd import Trajectory, analyse
from interfaces.aimd.band_centre import band_centre
from interfaces.aimd.diffusion import Diffusion
from interfaces.aimd.drift import Drift
from interfaces.aimd.predicted import BondKind
from interfaces.aimd.rdf import Coordination
from interfaces.chemistry.formulas import Formula
from interfaces.chemistry.reactions import Reaction
from interfaces.coatings import Candidate, Gates, coating_ranking
from interfaces.coatings.supply import supply
from interfaces.delithiation import host
from interfaces.interphase import interphase
from interfaces.interphase.inventory import lithium_lost
from interfaces.phases.measured import GroupFit, MeasuredPhase, Species
from interfaces.phases.molecules import Energy, ReferenceReaction, place_molecule
from interfaces.phases.phase_errors import ClassError, PhaseErrors
from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.reactants import reactant
from interfaces.phases.reference_electrodes import reference_electrode
from interfaces.phases.reservoirs import at_voltage
from interfaces.phases.schemes import CorrectedPhase
from interfaces.reactivity.charging import charging
from interfaces.reactivity.composite import composite
from interfaces.reactivity.curve_band import band_of, draw_curve
from interfaces.reactivity.mixing_curve import mixing_curve
from interfaces.reactivity.uptake import uptake_curve
from interfaces.reactivity.voltage_map import voltage_map
from interfaces.serialisable import Record, Serialisable
from interfaces.stability.electrochemical_window import electrochemical_window
from interfaces.stability.sensitivity import window_sensitivity
from interfaces.structures import interface_cell, matches, on_surface, terminations
from interfaces.structures.lateral_registry import Registry, Shift
from interfaces.structures.oxidation_states import Charges

ROWS = [
    ("li", "Li", 0.0, 20.0),
    ("ti", "Ti", 0.0, 17.0),
    ("o", "O2", 0.0, np.nan),
    ("li2o", "Li2O", -2.0, 8.0),
    ("li2o2", "Li2O2", -1.6, 8.5),
    ("tio2", "TiO2", -3.0, 11.0),
    ("ti2o3", "Ti2O3", -2.9, 10.5),
    ("li2tio3", "Li2TiO3", -2.75, 10.0),
    ("liti", "LiTiO2", -2.5, 10.0),
    ("h2", "H2", 0.0, np.nan),
    ("h2o", "H2O", -1.0, np.nan),
]


@cache
def phases():
    made = PhaseSet.from_rows(ROWS, scheme="made up", source="toy")
    return replace(made.without(["Li2O2"]), notes=("made for a test",))


def pair(first="Li2O", second="TiO2", model="own"):
    return reactant(phases(), first, model), reactant(phases(), second, model)


def dynamics():
    rng = np.random.default_rng(0)
    places = rng.random((1, 6, 3)) + np.cumsum(0.01 * rng.normal(size=(40, 6, 3)), axis=0)
    species, sides = ("Li", "Li", "O", "O", "Ti", "Ti"), ("a", "a", "a", "b", "b", "b")
    cells = np.broadcast_to(6.0 * np.eye(3), (40, 3, 3)).copy()
    run = Trajectory(species, places, cells, 10.0 * np.arange(40), sides)
    lags = np.array([10.0, 20.0])
    return replace(
        analyse(run),
        diffusions=(
            Diffusion("Li", 2, lags, lags, np.ones((3, 2)), 1e-6, 1e-7, 4, (10, 20), 1.0, 2.0),
        ),
        coordinations=(
            Coordination("Ti", "O", 2.4, lags, np.empty((0, 2)), lags, (2.0, 0.1), None),
        ),
        temperature=Drift(300.0, 5.0, 0.1, None),
    )


def slab(name, side):
    from pymatgen.core import Lattice, Structure

    crystal = Structure(Lattice.cubic(side), [name], [[0, 0, 0]])
    return terminations(crystal, (1, 0, 0), 3.0, {name: 0.0})[0]


def cell():
    first, second = slab("Li", 3.5), slab("Na", 3.5)
    return interface_cell(first, second, matches(first, second, max_area=20.0)[0])


def registry():
    best = Shift((0.5, 0.0), 2.1, -3.0, -0.1, 2.4)
    return Registry((best,), ((3.4, 0.0), (0.0, 3.4)), cell(), "by hand")


def adsorbed():
    from workflows.structures.adsorbates import molecule

    return on_surface(slab("Li", 3.4), molecule("ECA"))


def placed():
    reaction = ReferenceReaction(
        "H2O", (("H2", Fraction(1)), ("O2", Fraction(1, 2))), Energy(-240.0, 1.0), Energy(-44, 0.5)
    )
    return place_molecule(reaction, {"H2": 0.0, "O2": 0.0})


def charged():
    states = {1.0: reactant(phases(), "LiTiO2"), 0.0: reactant(phases(), "TiO2")}
    return charging(phases(), states, reactant(phases(), "Li2O"), 0.0, 4.0)


def ranking():
    prices = supply(Formula.parse("Li2TiO3"), {"Li": 86.0, "Ti": 12.0}, {"Li": 20, "Ti": 5600}, 1)
    titanate = Candidate("Li2TiO3", reactant(phases(), "Li2TiO3"), supply=prices)
    nothing = Candidate("Pu", None, error="not in the set")
    discharged, electrolyte = pair()
    return coating_ranking(
        phases(),
        {"discharged": discharged},
        electrolyte,
        [titanate, nothing],
        gates=Gates(oxidation=9.0, without=("U",)),
    )


def minima():
    from interfaces.screening.pairs import Minima

    return Minima(
        np.array([0.5, np.nan]),
        np.array([-0.25, np.nan]),
        np.empty((0, 2)),
        np.array([0, -1]),
        ("Li2TiO3",),
        np.array([-1, 0]),
        ("not in the set",),
    )


MAKERS = {
    "phase set": phases,
    "decomposition": lambda: phases().decomposition("Li4O3"),
    "odd formula": lambda: Formula.from_amounts({"Li": Fraction(1, 3), "O": 1}),
    "curve": lambda: mixing_curve(phases(), *pair(), provenance={"by": "a test"}),
    "curve with a band": lambda: banded(),
    "phase errors": lambda: ERRORS,
    "open curve": lambda: mixing_curve(
        phases(), *pair(model="hull"), open_elements=[at_voltage("Li", 1.0)]
    ),
    "uptake": lambda: uptake_curve(phases(), pair()[1], at_voltage("Li", 0.0)),
    "window": lambda: replace(
        electrochemical_window(phases(), reactant(phases(), "TiO2")),
        electrode=reference_electrode(phases(), "TiO2|LiTiO2"),
    ),
    "sensitivity": lambda: window_sensitivity(phases(), pair()[1], samples=20),
    "map": lambda: voltage_map(phases(), *pair(), 0.0, 4.0),
    "lowest energy": lambda: voltage_map(phases(), *pair(), 0.0, 4.0).minimum(),
    "tiles": lambda: voltage_map(phases(), *pair(), 0.0, 4.0).tiles,
    "charging": charged,
    "composite": lambda: composite(
        phases(), [reactant(phases(), "Li2O"), reactant(phases(), "TiO2")], [1.0, 2.0]
    ),
    "path": lambda: charged().path,
    "ranking": ranking,
    "interphase": lambda: mixing_curve(phases(), *pair()).minimum_total.interphase,
    "gas": lambda: interphase(Reaction.parse("2 Li2O2 -> 2 Li2O + O2")),
    "inventory": lambda: lithium_lost(Reaction.parse("2 LiCoO2 -> Li2O + 2 CoO")),
    "molecule": placed,
    "band centre": lambda: band_centre(
        np.linspace(-20, 5, 251), {"p": np.ones(251), "s": np.ones(251)}, edge=0.0, fermi=0.1
    ),
    "dynamics": dynamics,
    "bonds": lambda: BondKind("Li-O", 2, 0, 2, ("Li2O",)),
    "registry": registry,
    "molecule on a slab": adsorbed,
    "minima": minima,
    "host": lambda: host("NCM811"),
    "measured species": lambda: Species(
        Formula.parse("Li2CO3"),
        "lithium carbonate",
        (MeasuredPhase("solid", True, -1215.9, None, "by hand", 90.4),),
    ),
    "group": lambda: GroupFit("CO3", 0.84, 0.05, ("Li2CO3", "Na2CO3")),
    "charges": lambda: Charges((1.0, 3.0, -2.0, -2.0), 0.0, "by hand"),
    "corrected phase": lambda: CorrectedPhase("Li2CO3", -2.2, -2.1, "by hand", None),
}


@cache
def made(name):
    return MAKERS[name]()


def through_file(value, folder):
    dumpfn(value, folder / "result.json.gz")
    return loadfn(folder / "result.json.gz")


def through_jobflow(value, folder):
    stored = json.loads(json.dumps(jsanitize(value, strict=True)))  # what a database keeps
    return MontyDecoder().process_decoded(stored)


def through_encoder(value, folder):
    return json.loads(json.dumps(value, cls=MontyEncoder), cls=MontyDecoder)


def through_pickle(value, folder):
    return pickle.loads(pickle.dumps(value))


def through_copy(value, folder):
    return copy.deepcopy(value)


WAYS = [through_file, through_jobflow, through_encoder, through_pickle, through_copy]


ERRORS = PhaseErrors("by hand", (ClassError("any", 0.01, 0.02, 20),), (("O", 0.002),))


def banded():
    """A curve with the spread of a few draws."""
    curve = mixing_curve(phases(), *pair())
    return replace(curve, band=band_of(curve, draw_curve(phases(), curve, ERRORS, samples=5), "x"))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", MAKERS)
def test_a_result_is_equal_after_it_was_stored(name, way, tmp_path):
    value = made(name)
    for part in value if isinstance(value, tuple) else (value,):
        again = way(part, tmp_path)
        assert type(again) is type(part)
        assert same(again, part)
        assert again == part
        assert hash(again) == hash(part)


def same(first, second):
    """Field by field and type by type, also what ``==`` of a class leaves out."""
    if is_dataclass(first):
        return type(first) is type(second) and all(
            same(getattr(first, field.name), getattr(second, field.name)) for field in fields(first)
        )
    if isinstance(first, np.ndarray):
        return first.dtype == second.dtype and np.array_equal(
            first, second, equal_nan=first.dtype.kind == "f"
        )
    if isinstance(first, tuple):
        return len(first) == len(second) and all(map(same, first, second))
    return type(first) is type(second) and first == second


def inside(value):
    """The value and every value in its fields."""
    if isinstance(value, tuple):
        for item in value:
            yield from inside(item)
    if isinstance(value, Serialisable):
        yield value
        for field in fields(value):
            yield from inside(getattr(value, field.name))


def test_no_public_result_is_missing_above():
    for module in pkgutil.walk_packages(interfaces.__path__, "interfaces."):
        importlib.import_module(module.name)
    every = {
        kind
        for kind in (*Serialisable.__subclasses__(), *Record.__subclasses__())
        if kind.__module__.startswith("interfaces.") and kind is not Record
    }
    covered = {type(part) for name in MAKERS for part in inside(made(name))}
    assert every - covered == set()


def test_another_value_is_not_equal():
    curve, phase_set = made("curve"), made("phase set")
    assert curve != replace(curve, scheme="another")
    assert phase_set != replace(phase_set, energies=phase_set.energies + 1e-12)
    assert phase_set != replace(phase_set, volumes=None)
    assert phase_set != curve


def test_a_restored_phase_set_gives_the_same_answers(tmp_path):
    again = through_file(made("phase set"), tmp_path)
    assert again.hull_energy("LiO") == made("phase set").hull_energy("LiO")
    assert again.fingerprint() == made("phase set").fingerprint()


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["Li2O", "Li3O", "LiO4"]), st.floats(-5, 0, allow_subnormal=False)
        ),
        unique_by=lambda r: r[1],
    ),
    st.lists(st.text(), max_size=2),
)
def test_any_phase_set_is_restored(rows, notes):
    listed = [("li", "Li", 0.0), ("o", "O2", 0.0), *((str(n), *row) for n, row in enumerate(rows))]
    phase_set = replace(PhaseSet.from_rows(listed, scheme="made up"), notes=tuple(notes))
    assert through_encoder(phase_set, None) == phase_set
