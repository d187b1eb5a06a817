"""Products limited to a set: reactions that stop short of equilibrium."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from interfaces.chemistry.formulas import Formula
from interfaces.errors import FormulaError, InputError
from tests.made_up_sets import made_up
from workflows.analyses.conditions import CLOSED
from workflows.analyses.curve import CurveAnalysis, compute_curve, prepare_curve
from workflows.analyses.preparation import prepare
from workflows.analyses.setup import PhaseOptions
from workflows.data.known_products import known_products
from workflows.runs.record import replay, write_record

#: eV per formula unit. 4 Li2O2 + Li2S -> Li2SO4 + 4 Li2O  -13 - 24 + 24 + 4.5 = -8.5 eV
#: without sulfate: 2 Li2O2 -> no reaction with Li2S but to Li2O + O2 and S
PHASES = made_up({"Li": 0, "S": 0, "O": 0, "Li2S": -4.5, "Li2O": -6, "Li2O2": -6, "Li2SO4": -13})


def minimum(products: str | None) -> float:
    analysis = prepare_curve("Li2O2", "Li2S", PhaseOptions(PHASES, products=products))
    assert isinstance(analysis, CurveAnalysis)
    total = analysis.curve().minimum_total
    return total.total


def test_a_limited_reaction_is_worth_less() -> None:
    # 4 Li2O2 + Li2S: 19 atoms; without sulfate Li2O2 + Li2S -> 2 Li2O + S, -1.5 eV on 7 atoms
    assert minimum(None) == pytest.approx(-8.5 / 19)
    assert minimum("first-step") == pytest.approx(-1.5 / 7)


def test_a_file_names_what_may_form(tmp_path: Path) -> None:
    file = tmp_path / "allowed.txt"
    file.write_text("Li2O  # the oxide\n\nLi2SO4\n", encoding="utf-8")
    assert minimum(str(file)) == pytest.approx(minimum(None))
    file.write_text("# nothing\n", encoding="utf-8")
    with pytest.raises(InputError, match="formula"):
        minimum(str(file))
    file.write_text("Li2Oops!\n", encoding="utf-8")
    with pytest.raises(FormulaError):
        minimum(str(file))


def test_an_unknown_set_is_refused() -> None:
    with pytest.raises(InputError, match="first-step"):
        minimum("second-step")


def test_a_reactant_outside_the_set_keeps_its_energy_and_may_remain() -> None:
    """Li2SO4 has no allowed product below it: the end of its curve is 0, not positive."""
    prepared = prepare(["Li2SO4", "Li2S"], PhaseOptions(PHASES, products="first-step"), CLOSED)
    sulfate, _ = prepared.reactants(["Li2SO4", "Li2S"])
    assert sulfate.energy == pytest.approx(-13 / 7)
    assert sulfate.joins_pool


def test_a_limited_result_replays(tmp_path: Path) -> None:
    options = PhaseOptions(PHASES, products="first-step")
    analysis = prepare_curve("Li2O2", "Li2S", options)
    assert isinstance(analysis, CurveAnalysis)
    write_record(tmp_path / "record.json", [(analysis, analysis.run())])
    (item,) = replay(tmp_path / "record.json")
    assert not item.differences


def test_known_products_are_listed_compositions_named_materials_and_elements() -> None:
    known = known_products()
    allowed = {f: known.allows(Formula.parse(f)) for f in ("La2Zr2O7", "Li5CoO4", "Li6PS5Cl")}
    assert allowed == {"La2Zr2O7": True, "Li5CoO4": False, "Li6PS5Cl": True}
    assert known.allows(Formula.parse("O4La4Zr4O10"))  # in any order and multiple


def test_known_products_form_and_others_do_not() -> None:
    options = PhaseOptions(products="known", energies=("hull",))
    curve = compute_curve("LLZO", "LCO@0.5", options)
    everything = compute_curve("LLZO", "LCO@0.5", replace(options, products=None))
    formed = {name for kink in everything.kinks for name in kink.products}
    assert "Li2CoO3" in formed
    assert not {"Li2CoO3", "Li5CoO4"} & {name for kink in curve.kinks for name in kink.products}
    assert curve.minimum_total.total > everything.minimum_total.total
