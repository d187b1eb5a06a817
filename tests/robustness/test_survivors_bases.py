"""Bases, references and signs by hand: per atom or per formula, in which share, from which zero.

Written for mutants that the other tests did not notice (CONTRIBUTING.md).
"""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import is_dataclass
from fractions import Fraction
from math import exp

import numpy as np
import pytest

import interfaces
from interfaces.chemistry.formulas import ATOMIC_MASS, Formula, decimal, symbols_in
from interfaces.chemistry.reactions import Reaction
from interfaces.chemistry.units import AMPERE_HOURS_PER_MOL, BOLTZMANN, KJ_PER_MOL
from interfaces.errors import (
    FormulaError,
    PhaseSetError,
    ReactantError,
    ReservoirError,
    SolverError,
    TemperatureError,
)
from interfaces.phases import competing_phases as pools
from interfaces.phases.intercalation import Intercalation, same_host
from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.products import gas_amounts
from interfaces.phases.reactants import Reactant, reactant
from interfaces.phases.reference_electrodes import reference_electrode
from interfaces.phases.reservoirs import GAS_ENTHALPY, at_potential, at_voltage, gas
from interfaces.reactivity import mixing_curve as mixing
from interfaces.reactivity import voltage_map
from interfaces.reactivity.charging import charging
from interfaces.reactivity.conventions import to_pymatgen, to_pymatgen_open, to_reaction_network
from interfaces.reactivity.mixing_curve import MixingCurve, lowest_kink, mixing_curve
from interfaces.screening.pairs import Texts
from interfaces.solver import drawn_lines
from interfaces.solver.simplex import STALLED, UNSOUND
from interfaces.stability import decomposition_stages as staircase
from interfaces.stability.electrochemical_window import electrochemical_window

near = pytest.approx


def pair(phases, first, second, energies=("own", "own")):
    return [reactant(phases, f, e) for f, e in zip((first, second), energies, strict=True)]


# ---------------------------------------------------------------------- bases of a curve


def test_formulas_of_unequal_size(toy):
    # 2 Li2O + Ti2O4 -> 2 Li2TiO3: -0.25 eV/atom of 12 atoms, -3 eV by 3 formula units
    kink = mixing_curve(toy, *pair(toy, "Li2O", "Ti2O4")).minimum_total
    assert str(kink.reaction) == "2 Li2O + Ti2O4 -> 2 Li2TiO3"
    assert kink.mixing_fraction == near(6 / 12)
    assert kink.molar_fraction == near(2 / 3)
    assert kink.mass_fraction == near(2 * 29.8814 / (2 * 29.8814 + 2 * 79.8658), abs=1e-7)
    assert kink.atoms_per_formula == near(12 / 3)
    assert kink.total_per_formula == near(-3 / 3)
    assert kink.kj_per_mol == near(-96.48533212331)
    assert kink.products == near({"Li2TiO3": 2 / 3})
    assert kink.to_dict()["reaction_energy_kj_per_mol"] == near(-96.48533212331)


def test_shares_of_atoms_from_shares_of_formulas(toy):
    curve = mixing_curve(toy, *pair(toy, "Li2O", "Ti2O4"))
    assert curve.molar_to_mixing([0, 0.5, 2 / 3, 1]) == near([0, 3 / 9, 6 / 12, 1])
    assert curve.mixing_to_nonopen([0, 0.3, 1]) == near([0, 0.3, 1])  # nothing is open


def test_both_ends_count_in_the_mutual_energy_of_the_lowest_kink(toy):
    # reactants 0.1 and 0.2 eV/atom up: the chord is at -0.15 in the middle
    given = pair(toy, "Li2O", "TiO2", (-1.9, -2.8))
    kink = lowest_kink(toy, *given)
    assert kink == mixing_curve(toy, *given).minimum_total
    assert (kink.total, kink.mutual, kink.self_decomposition) == near((-0.40, -0.25, -0.15))


def test_chords_and_errors_weigh_each_end_by_its_share(toy):
    first = reactant(toy, "Li2O", -1.9, uncertainty=0.04)
    second = reactant(toy, "TiO2", -2.8, uncertainty=0.08)
    curve = mixing_curve(toy, first, second)
    assert curve.at([0, 0.25, 0.5, 1]) == near([-0.2, -0.3, -0.4, -0.1])
    assert curve.mutual_at([0, 0.25, 0.5, 0.75, 1]) == near([0, -0.125, -0.25, -0.125, 0])
    assert curve.uncertainty_at([0, 0.25, 1]) == near([0.08, np.hypot(0.01, 0.06), 0.04])
    assert np.isnan(mixing_curve(toy, *pair(toy, "Li2O", "TiO2")).uncertainty_at(0.5))  # unknown


@pytest.mark.parametrize("x", [-1e-9, 1 + 1e-9, float("nan")])
def test_no_share_outside_nought_and_one(toy, x):
    curve = mixing_curve(toy, *pair(toy, "Li2O", "TiO2"))
    assert curve.at([0.0, 1.0]) == near([0, 0])
    with pytest.raises(ReactantError, match="share of atoms from the first reactant"):
        curve.at(x)


def test_what_does_not_react_says_so(toy):
    curve = mixing_curve(toy, *pair(toy, "Li2O", "Li2TiO3"))
    assert curve.minimum_total.total == near(0)
    assert curve.describe_minimum(curve.minimum_total) == "no reaction"
    assert "total (eV/atom)" in curve._repr_html_()


def test_an_open_curve_in_both_bases(toy):
    # 3 TiO2 + 2 Li -> Li2TiO3 + Ti2O3 at 0.5 V, and Li2O with it: 1/3 of its atoms is not open
    curve = mixing_curve(toy, *pair(toy, "Li2O", "TiO2"), open_elements=[at_voltage("Li", 0.5)])
    first, second = curve.kinks[-1], curve.kinks[0]
    assert (first.nonopen_share, second.nonopen_share) == near((1 / 3, 1))
    # 0.5 of the atoms from Li2O are 1/4 of those that are not open
    assert curve.mixing_to_nonopen([0, 0.5, 1]) == near([0, 0.25, 1])
    for kink in curve.kinks:
        x, u = kink.mixing_fraction, kink.nonopen_fraction
        assert kink.nonopen_share == near(x / 3 + 1 - x)
        assert u == near(x / 3 / kink.nonopen_share)
        assert kink.total_per_nonopen_atom * kink.nonopen_share == near(kink.total)
        assert kink.mutual_per_nonopen_atom * kink.nonopen_share == near(kink.mutual)
    # TiO2 at 0.5 V: its staircase ends on 3 TiO2 + 4 Li -> 2 Li2TiO3 + Ti, -4/3 eV per TiO2
    assert second.total == near(-4 / 9)
    assert second.total_per_nonopen_atom == near(-4 / 9)
    assert curve.basis == "per_nonopen_atom"
    assert "total (eV/non-open atom)" in curve._repr_html_()


def test_beside_the_metal_nothing_grows_and_all_reacts(toy):
    # at 0 V Li is level with its metal; TiO2 + 4 Li -> 2 Li2O + Ti gains 3 eV, Li2O nothing
    curve = mixing_curve(toy, *pair(toy, "Li2O", "TiO2"), open_elements=[at_voltage("Li", 0.0)])
    assert [kink.total_per_nonopen_atom for kink in curve.kinks] == near([-1, 0])
    assert [str(kink.reaction) for kink in curve.kinks] == [
        "TiO2 + 4 Li -> 2 Li2O + Ti", "Li2O -> Li2O",
    ]  # fmt: skip


def test_the_words_of_other_packages(toy):
    closed = mixing_curve(toy, *pair(toy, "Li2O", "Ti2O4", (-1.9, "own")))
    middle = closed.minimum_mutual
    assert to_pymatgen(closed)[1] == (2, near(2 / 3), near(-0.30 * 4), near(-1.2 * KJ_PER_MOL))
    assert to_pymatgen(closed, norm=True)[1] == (2, near(0.5), near(-0.30), near(-1.2 * KJ_PER_MOL))
    assert to_reaction_network(closed)[1] == (near(1 - middle.mixing_fraction), near(-0.30))
    assert [row[0] for row in to_reaction_network(closed)] == near([0, 0.5, 1])
    with pytest.raises(ReactantError, match="nothing is open"):
        to_pymatgen_open(closed)


def test_the_words_of_pymatgens_open_curve(toy):
    given = pair(toy, "Li2O", "Ti2O4", (-1.9, "own"))
    curve = mixing_curve(toy, *given, open_elements=[at_voltage("Li", 2.5)])
    # 2.5 V leave Li2O, TiO2 and Li2TiO3 as they are; Li2O given 0.1 up
    rows = to_pymatgen_open(curve, include_no_mixing_energy=True)
    kink = curve.minimum_mutual
    at = curve.kinks.index(kink)
    assert str(kink.reaction) == "2 Li2O + Ti2O4 -> 2 Li2TiO3"
    # -0.30 eV/atom of 12 atoms, of which 8 are not open, by 3 formula units; mutual -0.25
    assert rows[at] == (at + 1, near(0.5), near(-0.30 * 12 / 8), near(-1.2 * KJ_PER_MOL))
    assert to_pymatgen_open(curve)[at][2:] == (near(-0.25 * 12 / 8), near(-KJ_PER_MOL))
    per_formula = to_pymatgen_open(curve, norm=False)[at]
    assert per_formula[1:] == (near(2 / 3), near(-1.0), near(-KJ_PER_MOL))


def test_limits_in_words(toy):
    # 3 TiO2 + 2 Li -> Li2TiO3 + Ti2O3 gains 4 eV at 0 V: at 2 V it ends; no Li, no upper limit
    shown = electrochemical_window(toy, reactant(toy, "TiO2"))._repr_html_()
    assert "reduction 2.000 V, oxidation none (at its hull energy)" in shown


# ---------------------------------------------------------------------- zeros, signs, constants


def test_constants_are_those_of_the_si():
    # exact by definition since 2019: e [C], N_A [1/mol], k [J/K]
    e, avogadro, k = 1.602176634e-19, 6.02214076e23, 1.380649e-23
    assert near(e * avogadro / 1000, rel=1e-12) == KJ_PER_MOL
    assert near(k / e, rel=1e-12) == BOLTZMANN
    assert near(e * avogadro / 3600, rel=1e-12) == AMPERE_HOURS_PER_MOL


@pytest.mark.parametrize(
    ("symbol", "vibration", "rotation"),  # theta [K]
    [("H", 6332, 87.6), ("N", 3393, 2.88), ("O", 2274, 2.08), ("F", 1319, 1.27), ("Cl", 805, 0.35)],
)
def test_gas_enthalpies_are_those_of_rotors_that_vibrate(symbol, vibration, rotation):
    R, T = 8.314462618e-3, 298.15
    model = R * (3.5 * T - rotation / 3 + vibration / (exp(vibration / T) - 1))
    assert GAS_ENTHALPY[symbol] == near(model, abs=0.04)  # kJ/mol; anharmonic, and H2 quantum


def test_charges_of_the_carriers():
    charges = {"Li": 1, "Na": 1, "K": 1, "Mg": 2, "Ca": 2, "Zn": 2, "Al": 3}
    assert {s: -at_voltage(s, 1.0).chemical_potential for s in charges} == charges


def test_a_couple_takes_up_and_never_gives():
    # In -> Li0.5In at 0.6 V, -> LiIn at 0.4 V: from Li0.5In on the second is the first
    rows = [("a", "Li", 0.0), ("b", "In", 0.0), ("c", "LiIn2", -0.2), ("d", "LiIn", -0.25)]
    alloys = PhaseSet.from_rows(rows, scheme="made up")
    for text in ("Li0.5In|...", "Li0.5In|LiIn"):
        couple = reference_electrode(alloys, text)
        assert (couple.couple, couple.plateau) == ("Li0.5In|LiIn", near(0.4))
    assert reference_electrode(alloys, "In|...").plateau == near(0.6)


def test_where_an_open_element_ends():
    assert at_potential("O", 0.0).chemical_potential == 0.0
    assert at_potential("O", 0.0).voltage is None
    assert at_voltage("Mg", 0.0).voltage == 0.0


def test_a_gas_at_its_limits():
    # energies at T: 1 bar is the zero, and a tenth of it 0.5 k T ln 10 below
    assert gas("O", 1000.0, 1.0, solids_at=1000.0).chemical_potential == 0.0
    tenth = gas("O", 1000.0, 0.1, solids_at=1000.0).chemical_potential
    assert tenth == near(-0.5 * 8.617333262e-5 * 1000 * 2.302585093)
    with pytest.raises(ReservoirError, match="would grow without end; lower the pressure"):
        gas("O", 1000.0, 1.001, solids_at=1000.0)
    for pressure in (0.0, -1.0, float("inf"), float("nan")):
        with pytest.raises(ReservoirError, match="give a positive one"):
            gas("O", 1000.0, pressure, solids_at=1000.0)
    assert gas("O", 1000.0, 0.5, solids_at=0.0).chemical_potential < tenth
    for kelvin in (298.0, 2001.0):
        with pytest.raises(TemperatureError, match="to 2000 K"):
            gas("O", kelvin, 1.0, solids_at=0.0)
    # doi 10.1103/PhysRevB.65.035406, table I, from other tables than ours
    for kelvin, published in ((300.0, -0.27), (500.0, -0.50), (800.0, -0.85), (1000.0, -1.10)):
        gas_open = gas("O", kelvin, 1.0, solids_at=0.0).chemical_potential
        assert gas_open == near(published, abs=0.0075)
    coldest, hottest = (gas("O", T, 1.0, solids_at=0.0) for T in (300.0, 2000.0))
    assert hottest.chemical_potential < coldest.chemical_potential < -0.2


def test_the_lowest_entry_of_an_element_is_its_zero():
    rows = [("a", "Li", -1.5), ("b", "Li", -2.0), ("c", "O2", -5.0), ("d", "Li2O", -5.0)]
    phases = PhaseSet.from_rows(rows, scheme="made up", quantity="energy_per_atom")
    assert phases.energies.tolist() == near([0.5, 0, 0, -5 + (2 * 2 + 5) / 3])
    assert phases.references == {"Li": 1, "O": 2}
    assert phases.energy_above_hull("Li") == 0
    # the lower of two: that of its own hull
    assert phases.energies_above_hull() == near([0.5, 0, 0, 0])


def test_of_equal_polymorphs_the_first_stands():
    rows = [("a", "Li", 0.0), ("b", "O2", 0.0), ("c", "Li2O", -2.0), ("d", "Li2O", -2.0)]
    phases = PhaseSet.from_rows(rows, scheme="made up")
    assert phases.ids[phases.own_entry(Formula.parse("Li2O"))] == "c"
    pool = phases.pool(("Li", "O"))
    assert [phases.ids[row] for row in pool.rows] == ["a", "b", "c"]


def test_below_what_compositions_are_told_apart_by_the_lower_stands():
    rows = [("a", "Li", 0.0), ("b", "O2", 0.0), ("c", "Li2O", -2.0), ("d", "Li2.00000001O", -1.9)]
    assert len(PhaseSet.from_rows(rows, scheme="made up").pool(("Li", "O")).rows) == 3
    rows[3] = ("d", "Li2.0001O", -1.9)
    assert len(PhaseSet.from_rows(rows, scheme="made up").pool(("Li", "O")).rows) == 4


def test_a_reactant_joins_below_the_hull_only():
    formula = Formula.parse("Li2O")
    joins = [Reactant(formula, -2.0, "given", up).joins_pool for up in (0.1, 0.0, -1e-12, -0.01)]
    assert joins == [False, False, False, True]


# ---------------------------------------------------------------------- formulas, coefficients


def test_amounts_stay_exact_to_thirty_digits():
    assert decimal(Fraction(-1, 2)) == "-0.5"
    assert decimal(Fraction(12345, 1000)) == "12.345"
    assert decimal(Fraction(1, 2**30)) == f"{1 / 2**30:.30f}"
    assert decimal(Fraction(1, 2**31)) == "1/2147483648"  # 31 digits


def test_what_a_formula_holds():
    formula = Formula.parse("Li0.5CoO2")
    assert formula.get("Co") == 1
    assert formula.get("S") == 0
    assert formula.whole == ({"Li": 1, "Co": 2, "O": 4}, Fraction(1, 2))
    assert formula.without("Li").text == "CoO2"
    assert formula.fractions(["O", "S", "Li"]) == near([2 / 3.5, 0, 0.5 / 3.5])
    assert symbols_in("Li6PS5Cl") == {"Li", "P", "S", "Cl"}
    assert Formula.parse("Al2(SO4)3").reduced.text == "Al2(SO4)3"
    assert Formula.parse("Al4(SO4)6").reduced.text == "Al2(SO4)3"


def test_coefficients_are_printed_whole_up_to_a_thousand():
    # C H1998 and C2 H2 as they are, then one more
    at_limit = Reaction.balance(
        [Formula.parse("CH2000")], [Formula.parse(f) for f in ("C", "H2")], 1
    )
    assert str(at_limit) == "CH2000 -> C + 1000 H2"
    beyond = Reaction.balance([Formula.parse("CH2002")], [Formula.parse(f) for f in ("C", "H2")], 1)
    assert str(beyond) == "0.1 CH2002 -> 0.1 C + 100.1 H2"
    assert beyond.product_amounts() == {"C": 1, "H2": 1001}


def test_what_is_exchanged_has_its_sign():
    taken = Reaction.parse("TiO2 + 4 Li -> 2 Li2O + Ti", ("Li",))
    assert taken.exchanged_amounts() == {"Li": 4}
    assert taken.imbalance() == {}
    assert taken.formula_units == 1
    given = Reaction.parse("2 Li2CO3 -> 2 CO2 + O2 + 4 Li", ("Li",))
    assert given.exchanged_amounts() == {"Li": -2}
    assert str(given) == "2 Li2CO3 -> 2 CO2 + O2 + 4 Li"
    assert str(taken) == "TiO2 + 4 Li -> 2 Li2O + Ti"


def test_gas_per_charge_counts_carriers_alone():
    # into reservoirs of both: 2 Li pass 2 e, 0.5 O2 none; 1000 / (2 F / 3600) mmol per Ah
    reaction = Reaction.parse("Li2CO3 -> CO2 + 0.5 O2 + 2 Li", ("Li", "O2"))
    table = {item.gas: (item.per_formula, item.mmol_per_ah) for item in gas_amounts(reaction)}
    assert table == {"CO2": near((1, 18.6557), rel=1e-5), "O2": near((0.5, 9.32784), rel=1e-5)}
    without = Reaction.parse("2 Li2O2 -> 2 Li2O + O2", ("O2",))
    assert [(entry.per_formula, entry.mmol_per_ah) for entry in gas_amounts(without)] == [
        (0.5, None)
    ]


@pytest.mark.parametrize("text", ["1/0 Li -> Li", "1.2.3 Li -> Li", "2  Li -> Li", " -> Li"])
def test_unreadable_terms_are_named(text):
    with pytest.raises(ReactantError, match=r"in a reaction"):
        Reaction.parse(text)


# ---------------------------------------------------------------------- refusals


def test_what_is_no_formula():
    with pytest.raises(FormulaError, match=r"5 is not a formula; give text"):
        Formula.parse(5)
    with pytest.raises(FormulaError, match="empty formula: no element was given"):
        Formula.of({})
    with pytest.raises(
        FormulaError, match=r"formula of 201 characters \(LiLiLiLiLiLiLiLiLiLi\.\.\.\)"
    ):
        Formula.parse("Li" * 100 + "O")


def test_traces_of_an_element_are_refused(toy):
    # 1e-9 of 3 atoms
    with pytest.raises(ReactantError, match=r"Ti is 3\.3e-09 of the atoms of Li2OTi0\.00000001"):
        reactant(toy, "Li2OTi0.00000001", "hull")
    rows = [("a", "Li", 0.0), ("b", "O2", 0.0), ("c", "Li2O0.00000001", -2.0)]
    with pytest.raises(PhaseSetError, match=r"rows: O is 5\.0e-09 of the atoms"):
        PhaseSet.from_rows(rows, scheme="made up")
    with pytest.raises(ReactantError, match="differ by less than 1e-08 of the atoms"):
        mixing_curve(toy, *pair(toy, "Li2O", "Li2.00000001O", ("own", "hull")))


def test_a_set_holds_as_many_elements_as_a_number_has_bits():
    symbols = list(ATOMIC_MASS)
    whole = PhaseSet.from_rows([(s, s, 0.0) for s in symbols[:62]], scheme="made up")
    assert len(whole.elements) == 62
    assert whole.hull_energy(symbols[0] + symbols[61]) == 0
    with pytest.raises(PhaseSetError, match="spans 63 elements; a set holds up to 62"):
        PhaseSet.from_rows([(s, s, 0.0) for s in symbols[:63]], scheme="made up")


def test_a_compound_of_an_element_without_a_reference_has_no_place():
    rows = [("a", "Li", 0.0), ("b", "O2", 0.0), ("c", "Li2O", -2.0), ("d", "CoO", -1.0)]
    phases = PhaseSet.from_rows(rows, scheme="made up", source="three")
    above = phases.energies_above_hull()
    assert above[:3] == near([0, 0, 0])
    assert np.isnan(above[3])
    assert repr(phases) == "PhaseSet('made up', 4 entries over Co-Li-O, from 'three')"


def test_only_a_gas_of_one_element_has_a_pressure():
    with pytest.raises(ReservoirError, match="C is not an elemental gas"):
        gas("C", 1000.0, 1.0, solids_at=0.0)


#: what a solver returns -> what the user reads
ENDS = {UNSOUND: "too near one line of compositions", STALLED: r"\(status 1\).* report it"}


@pytest.mark.parametrize("status", ENDS)
def test_a_solver_that_gives_up_is_one_line(toy, monkeypatch, status):
    ones = pair(toy, "Li2O", "TiO2")
    bounds, nothing = np.array([0, 0.25]), np.zeros((0, 3))
    monkeypatch.setattr(mixing, "mixing_line", lambda *_: (status, 1, bounds, *[nothing] * 3))
    with pytest.raises(SolverError, match=ENDS[status]):
        mixing_curve(toy, *ones)
    monkeypatch.setattr(staircase, "voltage_line", lambda *_: (status, 0, bounds, nothing, nothing))
    with pytest.raises(SolverError, match=ENDS[status]):
        electrochemical_window(toy, ones[1])
    monkeypatch.setattr(voltage_map, "tiling", lambda *_: (status, *[nothing] * 4))
    with pytest.raises(SolverError, match=ENDS[status]):
        voltage_map.voltage_map(toy, *ones, 1.0, 2.0)
    monkeypatch.setattr(pools, "minimum_energy", lambda *_: (status, 0.0, bounds, bounds))
    with pytest.raises(SolverError, match=ENDS[status]):
        toy.hull_energy("Li2O")


def test_a_basis_without_an_inverse_is_one_line(toy, monkeypatch):
    def flat(*_):
        raise np.linalg.LinAlgError("Singular matrix")

    monkeypatch.setattr(pools, "minimum_energy", flat)
    with pytest.raises(SolverError, match="hull of Li2O not found: candidates lie too near"):
        toy.hull_energy("Li2O")


# ---------------------------------------------------------------------- records and readers


def test_an_intercalation_survives_its_record(toy):
    # LiTiO2 - Li: 4 (-2.5) against 3 (-3) eV, one Li at 1 V
    (values,) = [p for p in same_host(toy, reactant(toy, "TiO2")) if p.carriers == 1]
    assert values.voltage == near(1.0)
    assert Intercalation.from_record(values.to_dict("Li"), "Li") == values


def test_a_state_of_charge_has_the_content_it_is_named_by(toy):
    states = {1.0: reactant(toy, "LiTiO2"), 0.5: reactant(toy, "TiO2")}
    with pytest.raises(ReactantError, match=r"TiO2 has 0 Li per TiO2, not x = 0\.5"):
        charging(toy, states, reactant(toy, "Li2O"), 1.0, 2.0)


def test_a_charging_matrix_goes_by_its_fullest_state(toy):
    empty, full, other = (reactant(toy, f) for f in ("TiO2", "LiTiO2", "Li2O"))
    shown = charging(toy, {0.0: empty, 1.0: full}, other, 1.0, 2.0)
    assert shown.contents == (1, 0)
    assert "LiTiO2 | Li2O along the voltage curve" in shown._repr_html_()
    with pytest.raises(ReactantError, match="Li content"):
        charging(toy, {float("nan"): empty, 1.0: full}, other, 1.0, 2.0)


def test_entries_that_name_no_functional():
    from pymatgen.entries.computed_entries import ComputedEntry

    entries = [ComputedEntry("Li", -2.0), ComputedEntry("O2", -10.0), ComputedEntry("Li2O", -15.0)]
    phases = PhaseSet.from_entries(entries)
    assert phases.scheme == "unnamed scheme"
    assert phases.energies == near([0, 0, (-15 + 2 * 2 + 10 / 2) / 3])


def test_no_value_changes_once_it_is_made():
    values = {
        var
        for module in pkgutil.walk_packages(interfaces.__path__, "interfaces.")
        if not module.name.startswith("interfaces.figures")
        for var in vars(importlib.import_module(module.name)).values()
        if isinstance(var, type) and is_dataclass(var) and var.__module__.startswith("interfaces.")
    }
    assert {MixingCurve, PhaseSet, Formula, Reaction} <= values
    # of the rows of a screen, and of the draws that are solved side by side, while they run
    collects = {Texts, drawn_lines.Lines, drawn_lines._Bases}
    assert {value for value in values if not value.__dataclass_params__.frozen} == collects
