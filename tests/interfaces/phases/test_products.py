import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interfaces.chemistry.formulas import Formula
from interfaces.errors import FormulaError, ReactantError
from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.products import GASES, SUSPECTS, VOLATILE, excluded, gases, suspects
from interfaces.stability.electrochemical_window import electrochemical_window
from workflows.analyses.curve import compute_curve, prepare_curve
from workflows.analyses.setup import PhaseOptions
from workflows.analyses.window import compute_window
from workflows.cli import main
from workflows.runs.calculated_series_results import curves_of
from workflows.runs.record import replay, write_record
from workflows.runs.run_file import run_flow_of

ELEMENTS = [("li", "Li", 0.0), ("n", "N2", 0.0), ("o", "O2", 0.0), ("s", "S", 0.0)]
NITRIDES = [("li3n", "Li3N", -0.4), ("lin3", "LiN3", -0.05)]


def test_formulas_of_the_lists_are_written_the_usual_way():
    for formula in VOLATILE | SUSPECTS:
        assert Formula.parse(formula).reduced.text == formula, formula


def test_products_are_recognised_whatever_their_cell():
    assert gases(["Li2O", "O4", "C2O4"]) == ["O4", "C2O4"]
    assert suspects(["Li2O", "S16O2"]) == ["S16O2"]


def test_products_are_recognised_in_any_order_of_their_elements():
    # sets write them by electronegativity: H4C, H3N
    assert gases(["H4C", "H3N", "O2S", "H2O"]) == ["H4C", "H3N", "O2S"]
    assert suspects(["ON2", "C12Li", "S4Li"]) == ["ON2", "S4Li"]


def test_the_word_gases_is_every_gas_and_water():
    assert set(excluded(["gases"])) == {*GASES, "H2O"}
    assert excluded(["LiC12", "gases", "LiC12", "CO2"]).count("LiC12") == 1
    assert set(excluded(["LiC12", "gases"])) == {*GASES, "H2O", "LiC12"}


def test_another_word_is_no_formula():
    with pytest.raises(FormulaError, match="cannot read formula 'gas'"):
        excluded(["gas"])


def toy() -> PhaseSet:
    return PhaseSet.from_rows([*ELEMENTS, *NITRIDES, ("so2", "SO2", -1.0)], scheme="made up")


def test_an_element_left_out_stays_the_zero_of_the_scale():
    barred = toy().without(["N2"])
    assert (barred.energies == toy().energies).all()
    assert barred.hull_energy("Li3N") == pytest.approx(-0.4, abs=1e-12)
    # Li3N2: with N2 it is 4/5 Li3N and 1/5 N2; without, 2 Li3N2 -> 7/4 Li3N + 3/4 LiN3
    assert toy().hull_energy("Li3N2") == pytest.approx(-0.4 * 4 / 5)
    wanted = (7 / 4 * 4 * -0.4 + 3 / 4 * 4 * -0.05) / 10
    assert barred.hull_energy("Li3N2") == pytest.approx(wanted)
    assert dict(barred.decomposition("Li3N2").products).keys() == {"Li3N", "LiN3"}


def test_formulas_of_other_elements_change_nothing():
    assert toy().without(["CO2", "HF"]) is not None
    assert len(toy().without(["CO2", "HF"])) == len(toy())
    assert toy().without(["CO2"]).source == toy().source


@pytest.mark.parametrize(
    ("flagged", "fine"),
    [("Ni3N", "Li3N"), ("Co4N", "TiN"), ("Fe4N", "Fe3C"), ("NH4HCO3", "NH3"), ("NH4Cl", "N2H4"),
     ("Mn(NO3)4", "LiNO3"), ("Ni(NO3)2", "NiCO3"), ("Li3MnCO3PO4", "Li2CO3"),
     ("Na3MnCO3PO4", "LiC2F6NO4S2"), ("LiN3", "LiC12"), ("SCl", "LiC6"), ("S8O", "Li2SO4")],
)  # fmt: skip
def test_impossible_products_are_found_by_rule(flagged, fine):
    assert suspects([flagged, fine]) == [flagged]


def test_what_was_left_out_is_kept_beside():
    once = toy().without(["SO2"])
    twice = once.without(["LiN3"])
    assert once.left_out is not None
    assert once.left_out.ids == ("so2",)
    assert [formula.text for formula in twice.left_out.formulas] == ["LiN3"]
    assert twice.left_out.left_out.ids == ("so2",)


def test_a_window_has_no_stage_that_only_a_barred_element_could_fill():
    from interfaces.phases.reactants import reactant

    barred = toy().without(["N2"])
    window = electrochemical_window(barred, reactant(barred, "Li3N"))
    assert [sorted(stage.products) for stage in window.stages] == [["Li3N"], ["LiN3"]]
    # 3 Li3N -> LiN3 + 8 Li: (3 * 1.6 - 0.2) / 8 V
    assert window.oxidation == pytest.approx(4.6 / 8)
    assert electrochemical_window(toy(), reactant(toy(), "Li3N")).oxidation == pytest.approx(
        1.6 / 3
    )


@given(st.sets(st.sampled_from(["N2", "O2", "SO2", "LiN3", "Li3N"])))
@settings(deadline=None)
def test_leaving_out_never_lowers_a_hull(names):
    for formula in ("Li3N2", "LiSO2", "Li4NO2S"):
        assert toy().without(names).hull_energy(formula) >= toy().hull_energy(formula) - 1e-12


@pytest.fixture(scope="module")
def curves():
    return {
        words: compute_curve("NCM811@0", "ECA", PhaseOptions(exclude=words))
        for words in ((), ("gases",), ("N2",))
    }


def products(curve):
    return {name for kink in curve.kinks for name in kink.reaction.product_amounts()}


def test_gases_form_unless_they_are_left_out(curves):
    assert {"N2", "O2", "H2O"} <= products(curves[()])
    assert gases(products(curves[("gases",)])) == []
    assert "H2O" not in products(curves[("gases",)])
    assert "N2" not in products(curves[("N2",)])
    assert "H2O" in products(curves[("N2",)])


def test_without_gases_no_mix_gains_more(curves):
    free, without = curves[()], curves[("gases",)]
    for kink in (*free.kinks, *without.kinks):
        x = kink.mixing_fraction
        assert float(without.at(x)) >= float(free.at(x)) - 1e-9
    assert without.minimum_total.total > free.minimum_total.total + 0.001


def test_the_molecule_keeps_its_place_when_its_references_are_left_out(curves):
    energies = {item.reactant_2.energy for item in curves.values()}
    assert len(energies) == 1


def test_the_provenance_names_every_formula_left_out(curves):
    messages = dict(curves[("gases",)].provenance)["excluded"].split()
    assert set(messages) == VOLATILE


def test_a_window_without_gases(curves):
    window = compute_window("ECA", PhaseOptions(exclude=("gases",)))
    assert gases({name for stage in window.stages for name in stage.products}) == []
    assert max(stage.low for stage in window.stages) < 10.0


def test_a_record_of_a_barred_element_replays(tmp_path):
    question = prepare_curve("LCO", "Li3N", PhaseOptions(exclude=("gases",)))
    write_record(tmp_path / "record.json", [(question, question.run())])
    (replayed,) = replay(tmp_path / "record.json")
    assert replayed.differences == ()
    assert [gas for kink in replayed.again["kinks"] for gas in kink["gases"]] == []


def test_a_job_file_takes_the_word(tmp_path):
    job = tmp_path / "job.yaml"
    job.write_text(
        "{name: without, cathode: NCM811, lithium: [0], electrolytes: [ECA], "
        "phases: sevennet-l3i5, exclude: [gases]}"
    )
    curve = curves_of(run_flow_of(job, out=tmp_path)[1])["ECA"][0.0]
    assert gases(products(curve)) == []
    messages = json.loads((tmp_path / "without" / "provenance.json").read_text())
    assert messages["job"]["exclude"] == ["gases"]
    assert {"CO2", "H2O", "N2", "SO2"} <= set(messages["excluded"].split())


def test_a_reactant_that_is_a_gas_left_out_is_refused():
    with pytest.raises(ReactantError, match="N2 cannot decompose without N2, which"):
        compute_curve("N2", "Li2O", PhaseOptions(exclude=("gases",)))


def test_the_command_takes_the_word(capsys):
    main(["curve", "LiCoO2", "Li3N", "--exclude", "gases", "--json"])
    result = json.loads(capsys.readouterr().out)
    assert "N2" in result["provenance"]["excluded"].split()
