"""Energy models of layered cathodes: sums by hand, errors that cancel, and what is recorded."""

import json
import re
from fractions import Fraction

import numpy as np
import pytest

from interfaces.chemistry.formulas import Formula
from interfaces.delithiation import average_voltage
from interfaces.errors import InputError, NoOwnEntryError, ReactantError
from interfaces.figures import models_figure
from interfaces.phases.layered_cathodes import (
    Anchor,
    LayeredOxide,
    anchored_energy,
    anchors,
    end_members,
    ideal_mixing,
    tetravalent_manganese,
)
from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.reactants import ENERGY_MODELS, Reactant, reactant
from interfaces.reactivity.mixing_curve import mixing_curve
from workflows.analyses.curve import compute_curve
from workflows.analyses.setup import PhaseOptions
from workflows.data.named_materials import find_system, resolve
from workflows.data.phase_sets import read_phases

ELEMENTS = ("Li", "Ni", "Co", "Mn", "O")
# eV per formula unit
MADE_UP = {"LiNiO2": -6.0, "NiO2": -2.0, "LiCoO2": -7.2, "CoO2": -3.0, "LiMnO2": -8.4, "MnO2": -5.4}
REFERENCES = ("LiNiO2", "NiO2", "LiCoO2", "CoO2", "LiMnO2", "MnO2", "Li2MnO3", "NiO")


def formula(text):
    return Formula.parse(text)


def oxide(text):
    return LayeredOxide.of(formula(text))


def made_up(energies):
    rows = [(element.lower(), element, 0.0) for element in ELEMENTS]
    rows += [(f"id-{f}", f, e / float(formula(f).n_atoms)) for f, e in energies.items()]
    return PhaseSet.from_rows(rows, scheme="made up", source="by hand")


def energy_of(phases, text, model):
    return resolve(phases, find_system(text), model)


@pytest.fixture(scope="module")
def own():
    return made_up(MADE_UP)


@pytest.fixture(scope="module")
def bundled():
    return read_phases("sevennet-l3i5", ELEMENTS)


@pytest.fixture
def other_scale(bundled):
    """A function that makes a set of another scheme: the calculator's references, each moved.

    Moves are in eV per formula unit; the ids stay.
    """

    def make(moves, *, extra=()):
        rows = [(element.lower(), element, 0.0) for element in ELEMENTS]
        for label in REFERENCES:
            row = bundled.own_entry(formula(label))
            energy = float(bundled.energies[row]) + moves.get(label, 0.0) / formula(label).n_atoms
            rows.append((bundled.ids[row], label, energy))
        return PhaseSet.from_rows([*rows, *extra], scheme="another", source="moved")

    return make


# ---------------------------------------------------------------- end members


def test_endmembers_by_hand(own):
    half = energy_of(own, "Li0.5CoO2", "endmembers")
    assert half.energy == pytest.approx((0.5 * -7.2 + 0.5 * -3.0) / 3.5, abs=1e-12)
    # 0.3 (0.8 * -6 + 0.1 * -7.2 + 0.1 * -8.4) + 0.7 (0.8 * -2 + 0.1 * -3 + 0.1 * -5.4)
    mixed = energy_of(own, "NCM811@0.3", "endmembers")
    assert mixed.energy == pytest.approx((0.3 * -6.36 + 0.7 * -2.44) / 3.3, abs=1e-12)


@pytest.mark.parametrize(("text", "per_formula"), [("LiCoO2", -7.2), ("CoO2", -3.0)])
def test_ends_are_the_end_members_themselves(own, text, per_formula):
    item = energy_of(own, text, "endmembers")
    assert item.energy == pytest.approx(per_formula / float(item.formula.n_atoms), abs=1e-12)


def test_a_name_a_formula_and_its_multiple_agree(own):
    energies = {energy_of(own, f, "endmembers").energy
                for f in ("LCO@0.5", "Li0.5CoO2", "LiCo2O4", "Li2Co4O8")}  # fmt: skip
    assert max(energies) - min(energies) < 1e-12


def test_endmembers_take_the_lowest_polymorph_and_name_it():
    rows = [("li", "Li", 0), ("o", "O2", 0), ("co", "Co", 0), ("high", "LiCoO2", -1.7),
            ("low", "LiCoO2", -1.8), ("empty", "CoO2", -1.0)]  # fmt: skip
    item = energy_of(PhaseSet.from_rows(rows, scheme="made up"), "Li0.5CoO2", "endmembers")
    assert item.energy == pytest.approx((2 * -1.8 + 1.5 * -1.0) / 3.5)
    assert item.energy_model == "endmembers"
    assert item.entry_id == "0.5 LiCoO2 (low) + 0.5 CoO2 (empty)"
    (note,) = item.notes
    assert "0.5 LiCoO2 (low) + 0.5 CoO2 (empty)" in note
    assert "no configurational energy or entropy" in note
    assert item.uncertainty is None


def test_missing_end_members_are_all_named():
    few = made_up({f: e for f, e in MADE_UP.items() if f not in ("CoO2", "LiMnO2")})
    with pytest.raises(NoOwnEntryError, match=r"end member CoO2, LiMnO2 of .* in by hand"):
        energy_of(few, "NCM811@0.5", "endmembers")
    assert energy_of(few, "LiNiO2", "endmembers").energy == pytest.approx(-1.5)
    with pytest.raises(NoOwnEntryError, match="end member CoO2, LiMnO2 of"):
        energy_of(few, "NCM811@0.5", "anchored")


@pytest.mark.parametrize("model", ["endmembers", "anchored"])
@pytest.mark.parametrize(
    "text", ["Li6PS5Cl", "Li1.2CoO2", "Li2MnO3", "LiCoO3", "LiNiPO4", "Li2O", "LiAlO2", "CoO"]
)
def test_what_is_no_layered_oxide_is_refused(own, text, model):
    with pytest.raises(ReactantError, match=rf"^{text} is not a layered oxide LixMO2"):
        energy_of(own, text, model)


# ---------------------------------------------------------------- terms


@pytest.mark.parametrize("x", [Fraction(k, 10) for k in range(11)])
@pytest.mark.parametrize("metals", ["Ni0.8Co0.1Mn0.1", "Ni0.5Mn0.5", "Ni0.6Co0.2Mn0.2", "Co"])
def test_both_routes_add_up_to_the_cathode(x, metals):
    target = formula(f"Li{float(x)}{metals}O2" if x else f"{metals}O2")
    routes = [end_members(LayeredOxide.of(target)), tetravalent_manganese(LayeredOxide.of(target))]
    assert (routes[1] is None) == (x == 0 or "Mn" not in metals)
    for terms in filter(None, routes):
        counts = {symbol: Fraction(0) for symbol in ELEMENTS}
        for label, nu in terms:
            for symbol, amount in formula(label).amounts:
                counts[symbol] += nu * amount
        assert counts == {symbol: Fraction(target.get(symbol)) for symbol in ELEMENTS}


def test_manganese_goes_to_li2mno3_and_takes_nickel_along():
    terms = dict(tetravalent_manganese(oxide("LiNi0.8Co0.1Mn0.1O2")))
    tenth = Fraction(1, 10)
    assert terms == {"LiNiO2": 7 * tenth, "LiCoO2": tenth, "Li2MnO3": tenth, "NiO": tenth}
    assert tetravalent_manganese(oxide("LiNi0.2Co0.4Mn0.4O2")) is None  # too little Ni


def test_terms_that_do_not_add_up_are_refused():
    terms = end_members(oxide("Li0.5CoO2"))
    with pytest.raises(ReactantError, match=r"0\.5 LiCoO2 \+ 0\.5 CoO2 does not add up to Li0\.4"):
        ideal_mixing(formula("Li0.4CoO2"), terms, {"LiCoO2": -1.8, "CoO2": -1.0})


# ---------------------------------------------------------------- anchored


def test_anchored_by_hand():
    result = (Anchor("LiCoO2", Fraction(1, 2), "a", -1.8, "a", -1.7),
             Anchor("CoO2", Fraction(1, 2), "b", -1.0, "c", -1.2))  # fmt: skip
    # per formula: 0.5 * 4 * -0.1 + 0.5 * 3 * 0.2 = 0.1
    energy = anchored_energy(formula("Li0.5CoO2"), -1.5, result)
    assert energy * 3.5 == pytest.approx(-1.5 * 3.5 + 0.1, abs=1e-12)


def test_what_references_and_target_share_cancels(other_scale):
    # The calculator too high by 0.36 eV per LiCoO2 (90 meV/atom), too low by 0.2 eV per CoO2.
    moved = other_scale({"LiCoO2": -0.36, "CoO2": +0.2})
    item = energy_of(moved, "LCO@0.3", "anchored")
    there = energy_of(read_phases("sevennet-l3i5", ELEMENTS), "LCO@0.3", "calculated")
    move = (0.3 * -0.36 + 0.7 * 0.2) / 3.3
    assert item.energy == pytest.approx(there.energy + move, abs=1e-12)
    assert item.energy_model == "anchored"
    assert item.entry_id == there.entry_id
    assert item.uncertainty is None  # one way to anchor: the ids are shared, and there is no Mn
    assert f"moves it by {1000 * move:+.1f} meV/atom" in item.notes[0]
    assert re.search(r"LiCoO2 \(mp-\d+ on both\) -90\.0 meV/atom", item.notes[1])


def test_elemental_references_of_either_scale_do_not_matter(bundled):
    cathode = formula("Li0.5Ni0.8Co0.1Mn0.1O2")
    terms = end_members(LayeredOxide.of(cathode))
    mu = dict(zip(ELEMENTS, (0.1, -0.3, 0.7, 0.2, -0.5), strict=True))

    def shift(f):
        return sum(float(n) * mu[e] for e, n in f.amounts) / float(f.n_atoms)

    plain = anchors(bundled, bundled, terms, cathode)
    moved = tuple(
        Anchor(a.formula, a.coefficient, a.set_id, a.set_energy + shift(formula(a.formula)),
               a.calculated_id, a.calculated_energy) for a in plain
    )  # fmt: skip
    assert anchored_energy(cathode, -1.3, moved) == pytest.approx(-1.3 + shift(cathode), abs=1e-12)


@pytest.mark.parametrize("name", ["NCM811", "LCO", "LNiO"])
def test_on_the_calculator_s_own_set_anchored_is_calculated(bundled, name):
    for step in range(11):
        label = f"{name}@{step / 10:g}"
        item, there = (energy_of(bundled, label, model) for model in ("anchored", "calculated"))
        assert item.energy == pytest.approx(there.energy, abs=1e-12)
        assert item.uncertainty is None
        assert item.notes[-1] == (
            "the references are the calculator's own, so anchored equals calculated"
        )


def test_a_cathode_without_a_series_is_anchored_by_its_own_entry(bundled):
    item = energy_of(bundled, "LiMnO2", "anchored")
    row = bundled.own_entry(formula("LiMnO2"))
    assert (item.energy, item.entry_id) == (float(bundled.energies[row]), bundled.ids[row])


@pytest.mark.parametrize("text", ["Li0.35CoO2", "LiNi0.7Co0.2Mn0.1O2", "Li0.5Ni0.7Mn0.3O2"])
def test_what_was_not_calculated_cannot_be_anchored(other_scale, text):
    with pytest.raises(NoOwnEntryError, match=r"was not calculated with sevennet-l3i5"):
        energy_of(other_scale({}), text, "anchored")


def test_the_same_id_is_preferred_and_the_lowest_stands_in(bundled):
    cathode = formula("CoO2")
    terms = end_members(LayeredOxide.of(cathode))
    elements = [(element.lower(), element, 0.0) for element in ELEMENTS]
    # mp-32686 is a CoO2 of the bundled set, but not its lowest
    ours = PhaseSet.from_rows([*elements, ("mp-32686", "CoO2", -1.2)], scheme="another")
    (by_id,) = anchors(ours, bundled, terms, cathode)
    (lowest,) = anchors(ours, bundled, terms, cathode, by_id=False)
    assert by_id.calculated_id == "mp-32686"
    assert lowest.calculated_id == bundled.ids[bundled.own_entry(cathode)] != "mp-32686"
    # an id that means another composition there is no match
    wrong = PhaseSet.from_rows([*elements, ("mp-22526", "CoO2", -1.2)], scheme="another")
    assert anchors(wrong, bundled, terms, cathode) == (
        Anchor("CoO2", Fraction(1), "mp-22526", -1.2, lowest.calculated_id,
               lowest.calculated_energy),
    )  # fmt: skip


def test_uncertainty_is_the_spread_of_the_polymorphs(bundled, other_scale):
    lowest = float(bundled.energies[bundled.own_entry(formula("CoO2"))])
    shared = float(bundled.energies[bundled.ids.index("mp-32686")])
    moved = other_scale({}, extra=[("mp-32686", "CoO2", lowest - 0.1)])
    item = energy_of(moved, "CoO2", "anchored")
    there = energy_of(bundled, "CoO2", "calculated")
    assert item.energy == pytest.approx(there.energy + lowest - 0.1 - shared, abs=1e-12)
    assert item.uncertainty == pytest.approx(shared - lowest, abs=1e-12)
    assert any("2 ways to anchor" in note and "lowest on each scale" in note for note in item.notes)


def test_uncertainty_has_mn4_from_li2mno3(other_scale):
    # LiMnO2 + LiNiO2 and Li2MnO3 + NiO disagree by 1 + 0.2 - 0.5 eV for a tenth of a formula unit.
    moved = other_scale({"LiMnO2": 1.0, "LiNiO2": 0.2, "Li2MnO3": 0.3, "NiO": 0.2})
    item = energy_of(moved, "NCM811", "anchored")
    assert item.uncertainty == pytest.approx(0.1 * 0.7 / 4, abs=1e-12)
    assert any("Mn4+ as 0.7 LiNiO2 + 0.1 LiCoO2 + 0.1 Li2MnO3 + 0.1 NiO" in n for n in item.notes)
    assert any(n.startswith("references of Mn4+: ") and "+50.0 meV/atom" in n for n in item.notes)
    without = energy_of(moved.without(["NiO"]), "NCM811", "anchored")
    assert without.energy == item.energy
    assert without.uncertainty is None
    assert any("without the route Mn4+" in n and "end member NiO" in n for n in without.notes)


def test_references_at_a_temperature_are_said_to_be(other_scale):
    from dataclasses import replace

    warm = replace(other_scale({}), temperature=600.0)
    notes = energy_of(warm, "LCO@0.5", "anchored").notes
    assert "the references are at 600 K, the difference from them at 0 K" in notes


# ---------------------------------------------------------------- recorded, asked for, drawn


def test_reactants_survive_json(other_scale):
    moved = other_scale({"LiMnO2": 1.0})
    for model in ("endmembers", "anchored"):
        item = energy_of(moved, "NCM811@0.5", model)
        assert Reactant.from_record(json.loads(json.dumps(item.to_dict()))) == item
        assert item.energy_model == model in ENERGY_MODELS


def test_a_question_may_ask_for_each_model(other_scale):
    phases = other_scale({"LiCoO2": -0.36})
    for model in ("hull", "endmembers", "anchored"):
        curve = compute_curve("LCO@0.5", "Li2MnO3", PhaseOptions(phases, (f"LCO={model}",)))
        assert curve.reactant_1.energy_model == model
        assert curve.reactant_2.energy_model == "own"
    with pytest.raises(ReactantError, match="Li2MnO3 is not a layered oxide"):
        compute_curve("LCO@0.5", "Li2MnO3", PhaseOptions(phases, ("anchored",)))
    wanted = "'best' is not own"
    with pytest.raises(InputError, match=wanted):
        compute_curve("LCO@0.5", "Li2MnO3", PhaseOptions(phases, ("best",)))


def test_anchoring_repairs_the_voltage_of_licoo2_on_a_real_table(legacy, bundled):
    phases = legacy.over([ELEMENTS])

    def volts(source, model):
        ends = [energy_of(source, label, model) for label in ("LCO", "LCO@0")]
        energies = (ends[0].energy * 4, ends[1].energy * 3)
        return average_voltage((1.0, 0.0), energies, 0.0)

    low, right = volts(bundled, "calculated"), volts(phases, "own")
    assert low < right - 0.05  # SevenNet puts LiCoO2 too high
    assert right > 3.7
    # All but the distance of the series from the lowest LiCoO2 of the set, another polymorph.
    assert abs(volts(phases, "anchored") - right) < 0.5 * (right - low)


@pytest.fixture(scope="module")
def toy_models(toy):
    """Two models of a made-up pair; LiTiO2 is the cathode, its energies are given."""
    energies = {"hull": {1.0: -2.6, 0.0: -2.9}, "own": {1.0: -2.5, 0.5: -2.3, 0.0: -2.7}}
    made = {1.0: "LiTiO2", 0.5: "Li0.5TiO2", 0.0: "TiO2"}
    second = reactant(toy, "Li2O")
    return {
        model: {x: mixing_curve(toy, reactant(toy, made[x], e), second) for x, e in series.items()}
        for model, series in energies.items()
    }


def test_figure_has_a_line_per_model_and_their_spread(toy_models):
    figure = models_figure(toy_models, "Li2O", "made up")
    (ax,) = figure.axes
    low, high = [], []
    for model, series in toy_models.items():
        (line,) = [item for item in ax.lines if item.get_gid() == model]
        contents, values = line.get_xydata().T
        assert list(contents) == sorted(series)
        assert list(values) == [series[x].minimum_total.total for x in sorted(series)]
        low.append(values[0])
        high.append(values[-1])
    (band,) = [artist for artist in ax.collections if artist.get_gid() == "spread"]
    corners = band.get_paths()[0].vertices
    assert set(corners[:, 0]) == {0.0, 1.0}  # x = 0.5 is in one model only
    at_zero = corners[corners[:, 0] == 0.0][:, 1]
    assert (at_zero.min(), at_zero.max()) == (min(low), max(low))
    widest = max(np.ptp(low), np.ptp(high))
    assert f"differ by up to {widest:.3f} eV/atom" in figure.get_suptitle()
    assert "made up" in figure.get_supxlabel()
    assert ax.get_ylabel() == "minimum reaction energy (eV/atom)"
    assert ax.get_xlim()[0] > ax.get_xlim()[1]  # charging to the right


def test_a_model_without_curves_is_not_drawn(toy_models):
    with pytest.raises(ReactantError, match="no curve to draw under anchored"):
        models_figure({**toy_models, "anchored": {}}, "Li2O")
    with pytest.raises(ReactantError, match="under any energy model"):
        models_figure({}, "Li2O")
