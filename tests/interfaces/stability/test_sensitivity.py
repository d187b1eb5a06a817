"""What moves the window of Li3PS4, 1.68 to 2.5 V, by hand and by asking again.

Reduction to 4 Li2S + P (5 Li), oxidation to 1/2 P2S5 + 3/2 S (3 Li); see ``conftest.THIO``.
"""

import json
from math import hypot, sqrt

import numpy as np
import pytest

from interfaces.chemistry.formulas import Formula
from interfaces.errors import PhaseSetError
from interfaces.phases.phase_errors import chemistry
from interfaces.phases.reactants import reactant
from interfaces.phases.reservoirs import at_potential
from interfaces.stability.electrochemical_window import electrochemical_window
from interfaces.stability.sensitivity import Spread, window_sensitivity
from tests.made_up_sets import THIO, made_up

PS3 = {"PS3": -2.06}  # 0.01 eV/atom above 1/2 P2S5 + 1/2 S


def ask(phases, compound="Li3PS4", energy="own", **options):
    options = {"samples": 2, **options}
    return window_sensitivity(phases, reactant(phases, compound, energy), **options)


def limits(phases, compound="Li3PS4"):
    result = electrochemical_window(phases, reactant(phases, compound))
    return result.reduction, result.oxidation


def weights(result):
    return {(phase.limit, phase.formula): phase.weight for phase in result.deciding}


# ---------------------------------------------------------------------- weights


def test_weights_by_hand(thio):
    assert weights(ask(thio)) == pytest.approx(
        {
            ("reduction", "Li2S"): -4 * 3 / 5,
            ("reduction", "Li3PS4"): 8 / 5,
            ("oxidation", "Li3PS4"): -8 / 3,
            ("oxidation", "P2S5"): 0.5 * 7 / 3,
        }
    )


@pytest.mark.parametrize("formula", ["Li2S", "Li3PS4", "P2S5"])
@pytest.mark.parametrize("step", [1e-3, -1e-3])
def test_weights_are_the_derivatives_of_the_limits(thio, formula, step):
    shifted = made_up(
        THIO | {formula: THIO[formula] + step * float(Formula.parse(formula).n_atoms)}
    )
    by_hand = weights(ask(thio))
    for limit, before, after in zip(
        ("reduction", "oxidation"), limits(thio), limits(shifted), strict=True
    ):
        assert (after - before) / step == pytest.approx(by_hand.get((limit, formula), 0), abs=1e-8)


def test_heaviest_phase_comes_first_and_elements_do_not_move(thio):
    result = ask(thio)
    assert [phase.formula for phase in result.deciding] == ["Li2S", "Li3PS4", "Li3PS4", "P2S5"]


def test_two_charges_halve_the_weights():
    phases = made_up({"Mg": 0, "S": 0, "MgS": -4})
    assert weights(ask(phases, "MgS", carrier="Mg")) == {("oxidation", "MgS"): -1.0}
    assert ask(phases, "MgS", carrier="Mg").reduction.independent == 0.0  # 0 V in every draw


def test_limit_that_is_not_there_has_no_weights_and_no_spread(thio):
    result = ask(thio, "P2S5")
    assert {limit for limit, _ in weights(result)} == {"reduction"}
    assert (result.oxidation.independent, result.oxidation.error) == (None, None)
    assert result.oxidation.to_dict()["range_shared_V"] is None
    assert result.reduction.error > 0


# ---------------------------------------------------------------------- other products


def test_leaving_a_product_out_by_hand(thio):
    # Without P2S5 only the elements are left: 9.6 / 3 = 3.2 V. Without Li2S nothing takes lithium.
    moved = {s.formula: (s.reduction, s.oxidation) for s in ask(thio).left_out}
    assert moved == {
        "Li2S": pytest.approx((0.0, 2.5)),
        "P2S5": pytest.approx((1.68, 3.2)),
    }  # and without Li3P the window stays
    assert all(s.lowered_by is None and s.energy_above_hull == 0 for s in ask(thio).left_out)


def test_lowered_competitor_by_hand():
    # 0.025 eV/atom lower PS3 has -2.16 eV: (9.6 - 2.16) / 3 = 2.48 V.
    phases = made_up(THIO | PS3)
    assert limits(phases) == pytest.approx((1.68, 2.5))
    (shift,) = ask(phases).competitors
    assert (shift.formula, shift.lowered_by) == ("PS3", 0.025)
    assert shift.energy_above_hull == pytest.approx(0.01)
    assert (shift.reduction, shift.oxidation) == pytest.approx((1.68, 2.48))
    assert ask(phases, within=0.005).competitors == ()  # further above the hull than that
    assert ask(phases, within=0.0101).competitors == ()  # moves the limit by 0.1 mV
    (shift,) = ask(phases, within=0.1).competitors
    assert shift.oxidation == pytest.approx((9.6 - 2.06 - 0.4) / 3)


# ---------------------------------------------------------------------- random draws


def test_linear_errors_agree_with_draws_while_the_same_phases_decide(thio):
    result = ask(thio, sigma=0.002, samples=1000)
    for limit in ("reduction", "oxidation"):
        linear = 0.002 * hypot(*(w for (item, _), w in weights(result).items() if item == limit))
        spread = getattr(result, limit)
        assert spread.independent == pytest.approx(linear, rel=0.1)
        low, high = spread.range_independent
        assert high - low == pytest.approx(2 * 1.645 * linear, rel=0.1)
        assert low < limits(thio)[limit == "oxidation"] < high


def test_elements_have_no_error():
    # LiS4 -> 4 S + Li: five atoms of the compound and one electron; errors of S would make it 6.4.
    result = ask(made_up({"Li": 0, "S": 0, "LiS4": -2.5}), "LiS4", sigma=0.002, samples=1000)
    assert result.oxidation.independent == pytest.approx(0.002 * 5, rel=0.1)
    assert result.oxidation.shared == pytest.approx(0.002 * 5, rel=0.1)


def test_shared_errors_cancel_within_a_class(thio):
    # Li3PS4 and P2S5 are of one class, S-P: -8/3 + 7/6 = -1.5. Li2S is of another: they do not.
    result = ask(thio, sigma=0.002, samples=1000)
    assert result.oxidation.shared == pytest.approx(0.002 * 1.5, rel=0.1)
    assert result.reduction.shared == pytest.approx(0.002 * hypot(2.4, 1.6), rel=0.1)
    assert result.oxidation.error == result.oxidation.independent


def test_shared_errors_of_products_add():
    # Li2GeSnSiS7 -> 2 Li + GeS2 + SnS2 + SiS2 + S: weights 3/2 each, -12/2 for the compound.
    # GeS2 and SnS2 err together (S), SiS2 with the compound (S-Si).
    phases = made_up({"Li": 0, "Ge": 0, "Sn": 0, "Si": 0, "S": 0, "GeS2": -3, "SnS2": -3,
                      "SiS2": -3, "Li2GeSnSiS7": -15})  # fmt: skip
    result = ask(phases, "Li2GeSnSiS7", sigma=0.002, samples=1000)
    assert limits(phases, "Li2GeSnSiS7") == pytest.approx((0, 3))
    assert result.oxidation.independent == pytest.approx(0.002 * sqrt(36 + 3 * 2.25), rel=0.1)
    assert result.oxidation.shared == pytest.approx(0.002 * hypot(1.5 + 1.5, 1.5 - 6), rel=0.1)


def test_shared_errors_may_be_the_larger():
    # Li2GeSnOS4 is an oxide by its class; GeS2 and SnS2 are sulfides and err together.
    phases = made_up({"Li": 0, "Ge": 0, "Sn": 0, "O2": 0, "S": 0, "GeS2": -3, "SnS2": -3,
                      "Li2GeSnOS4": -12})  # fmt: skip
    result = ask(phases, "Li2GeSnOS4", sigma=0.002, samples=1000)
    assert result.oxidation.independent == pytest.approx(0.002 * sqrt(4.5**2 + 4.5), rel=0.1)
    assert result.oxidation.shared == pytest.approx(0.002 * hypot(4.5, 3), rel=0.1)
    assert result.oxidation.error == result.oxidation.shared


def test_draws_see_competitors_that_the_weights_do_not():
    # PS3 0.01 eV/atom above the hull competes once errors are as large: the limit is then the
    # lowest of two, so its mean falls below that of the energies themselves.
    quiet = ask(made_up(THIO), sigma=0.05, samples=1000)
    lively = ask(made_up(THIO | PS3), sigma=0.05, samples=1000)
    middle = [sum(item.oxidation.range_independent) / 2 for item in (quiet, lively)]
    assert middle[1] < middle[0] - 0.005


def test_one_seed_gives_one_answer(thio):
    item, same, second = (ask(thio, samples=20, seed=seed) for seed in (3, 3, 4))
    assert item == same
    assert item.oxidation != second.oxidation
    assert item.left_out == second.left_out


def test_compound_below_the_hull_keeps_its_own_energy(thio):
    # -10.4 eV instead of -9.6: what is left out is asked with that energy, (10.4 - 0) / 3.
    result = ask(thio, energy=-1.3)
    moved = {s.formula: (s.reduction, s.oxidation) for s in result.left_out}
    assert moved["P2S5"] == pytest.approx((1.52, 10.4 / 3))
    assert weights(result)["oxidation", "Li3PS4"] == pytest.approx(-8 / 3)


def test_metastable_compound_is_asked_as_on_the_hull(thio):
    raised, own = ask(thio, energy=-1.1), ask(thio)
    assert raised.deciding == own.deciding
    assert raised.left_out == own.left_out
    assert raised.oxidation == own.oxidation


def test_open_element_leaves_its_energy_out():
    # With oxygen at -1 eV/atom Li2TiO3 -> TiO2 + O + 2 Li still follows both compounds.
    phases = made_up({"Li": 0, "Ti": 0, "O2": 0, "TiO2": -9, "Li2TiO3": -16.5})
    result = ask(phases, "Li2TiO3", open_elements=[at_potential("O", -1.0)], sigma=0.002,
                samples=1000)  # fmt: skip
    assert weights(result) == {
        ("oxidation", "Li2TiO3"): pytest.approx(-3), ("oxidation", "TiO2"): pytest.approx(1.5),
    }  # fmt: skip
    assert result.oxidation.independent == pytest.approx(0.002 * hypot(3, 1.5), rel=0.1)
    assert result.oxidation.shared == pytest.approx(0.002 * 1.5, rel=0.1)


def test_draws_stop_where_the_window_starts(toy):
    # Below 2.5 V Li and O at -1 eV/atom form Li2O: there the window starts, in every draw too.
    opened = [at_potential("O", -1.0)]
    window = electrochemical_window(toy, reactant(toy, "Li2TiO3"), open_elements=opened)
    assert window.reduction == pytest.approx(2.5)
    result = ask(toy, "Li2TiO3", open_elements=opened, sigma=0.002)
    assert result.reduction.range_independent == (window.reduction, window.reduction)
    assert result.reduction.range_shared == (window.reduction, window.reduction)
    assert result.reduction.error == 0


def test_reservoir_that_destroys_the_compound_leaves_no_limits():
    phases = made_up({"Li": 0, "Ti": 0, "O2": 0, "TiO2": -9, "Li2TiO3": -16.5})
    result = ask(phases, "Li2TiO3", open_elements=[at_potential("O", -8.0)])
    assert result.deciding == ()
    assert result.reduction == Spread("reduction", None, None, None, None)
    json.dumps(result.to_dict(), allow_nan=False)


# ---------------------------------------------------------------------- the rest


@pytest.mark.parametrize(
    ("formula", "name"),
    [("Li3PS4", "S-P"), ("P2S5", "S-P"), ("Li2S", "S"), ("Li3PO4", "O-P"), ("LiPF6", "F"),
     ("Li6PS5Cl", "Cl"), ("Li3N", "N"), ("Li3P", "P"), ("LiIn", "metal"), ("SiO2", "O-Si")],
)  # fmt: skip
def test_class_is_the_anion_with_its_centre(formula, name):
    assert chemistry(Formula.parse(formula)) == name


@pytest.mark.parametrize(
    "options",
    [{"sigma": 0.0}, {"sigma": 1.0}, {"sigma": -0.1}, {"sigma": np.nan}, {"within": -0.1},
     {"within": 1.0}, {"within": np.nan}, {"samples": 1}, {"samples": 10**15},
     {"seed": -1}],
)  # fmt: skip
def test_refusals(thio, options):
    with pytest.raises(PhaseSetError, match=r"errors lie between|seed -1 of"):
        ask(thio, **options)


def test_json_has_every_key_with_its_unit():
    result = ask(made_up(THIO | PS3), sigma=0.01, samples=10, seed=5)
    data = json.loads(json.dumps(result.to_dict(), allow_nan=False))
    assert (data["sigma_ev_per_atom"], data["samples"], data["seed"]) == (0.01, 10, 5)
    assert [item["limit"] for item in data["spread"]] == ["reduction", "oxidation"]
    assert data["spread"][1].keys() == {
        "limit", "independent_V", "shared_by_class_V", "range_independent_V", "range_shared_V",
    }  # fmt: skip
    assert len(data["spread"][1]["range_shared_V"]) == 2
    assert data["deciding"][0] == {
        "limit": "reduction", "formula": "Li2S", "volt_per_ev_per_atom": pytest.approx(-2.4),
    }  # fmt: skip
    assert data["competitors_within_ev_per_atom"] == 0.025
    assert data["competitors"][0]["formula"] == "PS3"
    assert data["competitors"][0]["lowered_by_ev_per_atom"] == 0.025
    assert data["left_out"][0]["lowered_by_ev_per_atom"] is None
    assert data["left_out"][0]["oxidation_V"] == pytest.approx(2.5)
