"""The verbs that depend on a voltage, on a user's table: outputs for scripts and for a person."""

from __future__ import annotations

import csv
import io
import json
from math import log

import pytest

from interfaces.chemistry.units import BOLTZMANN
from tests.workflows.cli.runner import interfaces, refused


@pytest.fixture
def cell_csv(toy_csv):
    """The toy with a reference couple, 0.6 V, and a cathode of 3.55 to 4.45 V."""
    lines = ["in,In,0", "liin,LiIn,-0.3", "co,Co,0", "coo,CoO,-1.2"]
    for tenth in range(11):  # -3 - 4.5 x + 0.5 x^2 eV per CoO2
        x = tenth / 10
        formula = f"Li{tenth}Co10O20" if tenth else "CoO2"
        lines.append(f"x{tenth},{formula},{(-3 - 4.5 * x + 0.5 * x * x) / (3 + x)!r}")
    toy_csv.write_text(toy_csv.read_text() + "\n".join(lines) + "\n")
    return toy_csv


def answer(*arguments):
    done = interfaces(*arguments)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


def drawn(path):
    start = {".png": b"\x89PNG\r\n", ".pdf": b"%PDF-"}[path.suffix]
    data = path.read_bytes()
    assert data.startswith(start)
    assert len(data) > 2000
    return data


def near(value):
    return pytest.approx(value, abs=1e-9)


# ---------------------------------------------------------------------- window


def test_window_json_has_every_key_and_its_figure_is_drawn(cell_csv, tmp_path):
    # Li2TiO3 + 4 Li -> 3 Li2O + Ti gains 1.5 eV; -> 2 Li + TiO2 + 1/2 O2 costs 7.5 eV.
    figure = tmp_path / "window.png"
    data = json.loads(
        answer("window", "Li2TiO3", "--phases", cell_csv, "--reference", "In|LiIn",
               "--json", "--figure", figure)
    )  # fmt: skip
    drawn(figure)
    assert data["formula"] == "Li2TiO3"
    assert data["energy_above_hull_ev_per_atom"] == 0.0
    assert (data["reduction_V"], data["oxidation_V"]) == near((0.375, 3.75))
    assert data["decomposition_energy_own_ev_per_atom"] == near({"0": -0.25, "5": -2.5 / 6})
    assert data["decomposition_energy_hull_ev_per_atom"] == near({"0": -0.25, "5": -2.5 / 6})
    first, window, last = data["stages"]
    assert (first["from_V"], first["to_V"], first["li_per_formula"]) == near((0, 0.375, 4))
    assert first["reaction"] == "Li2TiO3 + 4 Li -> 3 Li2O + Ti"
    assert first["products"] == {"Li2O": 3, "Ti": 1}
    assert window["products"] == {"Li2TiO3": 1}
    assert last["to_V"] is None
    assert last["gas_amounts"][0]["mmol_per_ah"] == pytest.approx(9.33, abs=0.005)
    couple = data["reference_electrode"]
    assert couple["by_set"]["oxidation_V"] == near(3.15)
    assert couple["by_experimental"]["oxidation_V"] == near(3.13)
    assert data["provenance"]["reference"] == "In|LiIn (set)"
    assert len(data["provenance"]["entries_sha256"]) == 64


def test_window_csv_has_a_line_per_stage(toy_csv):
    table = rows(answer("window", "Li2TiO3", "--phases", toy_csv, "--csv"))
    assert [row["li_per_formula"] for row in table] == ["4.0", "0.0", "-2.0"]
    assert table[2]["gases_mmol_per_ah"] == "O2=9.328"
    assert table[2]["to_V"] == ""


def test_window_table_tells_hull_from_own_and_both_scales(cell_csv):
    text = answer("window", "Li2TiO3", "--phases", cell_csv, "--energy", "-2.7",
                  "--reference", "In|LiIn")  # fmt: skip
    assert "window by hull energy: 0.375 V to 3.750 V" in text
    assert "window by own energy:  none, 50 meV/atom above the hull at any voltage" in text
    assert "against In|LiIn by the set potential: -0.225 V to 3.150 V" in text
    assert "against In|LiIn by the experimental potential: -0.245 V to 3.130 V" in text
    assert "E_D at 0 V: -0.3000 eV/atom by own energy, -0.2500 eV/atom by hull energy" in text


def test_couple_below_the_metal_has_a_scale_but_no_energy(cell_csv):
    text = answer("window", "Li2TiO3", "--phases", cell_csv, "--reference", "In|LiIn=-0.1")
    assert "by the experimental potential: 0.475 V to 3.850 V\n" in text


def test_window_table_names_the_intercalation_apart(cell_csv):
    text = answer("window", "LiCoO2", "--phases", cell_csv)
    assert "intercalation, not a decomposition: -1 Li to CoO2 at 4.000 V on average" in text


def test_window_sensitivity_is_in_table_and_json(toy_csv):
    command = ("window", "Li2TiO3", "--phases", toy_csv, "--sensitivity", "--samples", 20)
    data = json.loads(answer(*command, "--sigma", 0.01, "--seed", 2, "--json"))["sensitivity"]
    assert (data["sigma_ev_per_atom"], data["samples"], data["seed"]) == (0.01, 20, 2)
    weights = {(phase["limit"], phase["formula"]): phase["volt_per_ev_per_atom"]
               for phase in data["deciding"]}  # fmt: skip
    assert weights == {
        ("reduction", "Li2O"): near(-2.25), ("reduction", "Li2TiO3"): near(1.5),
        ("oxidation", "Li2TiO3"): near(-3), ("oxidation", "TiO2"): near(1.5),
    }  # fmt: skip
    text = answer(*command)
    assert "errors: 25 meV/atom; 20 draws, seed 0:" in text
    assert "oxidation depends on Li2TiO3: -3.00 mV per meV/atom" in text
    assert "without TiO2" in text


def test_window_of_another_carrier(toy_csv):
    toy_csv.write_text(toy_csv.read_text() + "mg,Mg,0\nmgo,MgO,-3\n")
    data = json.loads(answer("window", "MgO", "--phases", toy_csv, "--carrier", "Mg", "--json"))
    assert data["oxidation_V"] == near(3.0)  # 6 eV for two electrons
    assert data["stages"][1]["mg_per_formula"] == -1


# ---------------------------------------------------------------------- map


def test_map_json_has_tiles_and_minimum_and_its_figure_is_drawn(toy_csv, tmp_path):
    figure = tmp_path / "map.pdf"
    data = json.loads(
        answer("map", "Li2O", "TiO2", "--phases", toy_csv, "--voltage", "2.5:4.5", "--json",
               "--figure", figure)
    )  # fmt: skip
    drawn(figure)
    assert data["voltage_V"] == [2.5, 4.5]
    assert len(data["tiles"]) == 5
    assert data["tiles"][0].keys() == {
        "nonopen_fraction", "mixing_fraction", "voltage_V", "products",
        "reaction_energy_ev_per_nonopen_atom", "reaction_energy_ev_per_atom_of_mix",
    }  # fmt: skip
    assert data["tiles"][0]["products"] == ["Li2TiO3", "TiO2"]
    first = data["minimum_total"][0]
    assert first["voltage_V"] == near([2.5, 3.175])
    assert first["energy_ev_per_nonopen_atom"] == near([-0.375, -0.375])
    assert first["energy_ev_per_atom_of_mix"] == near([-0.25, -0.25])
    assert data["minimum_mutual"][0]["kind"] == "reaction"


def test_map_csv_has_a_line_per_tile_and_mutual_draws_another_figure(toy_csv, tmp_path):
    total, mutual = tmp_path / "total.png", tmp_path / "mutual.png"
    command = ("map", "Li2O", "TiO2", "--phases", toy_csv, "--voltage", "2.5:4.5", "--csv")
    table = rows(answer(*command, "--figure", total))
    answer(*command, "--figure", mutual, "--mutual")
    assert drawn(total) != drawn(mutual)
    assert len(table) == 5
    assert table[3]["products"] == "Li2TiO3 O2"
    assert float(table[3]["mixing_from"]) == near(0.5)
    assert float(table[3]["energy_u1_V1"]) == near(-1.5)


def test_map_against_a_reference_covers_the_range_of_that(cell_csv):
    text = answer("map", "Li2O", "TiO2", "--phases", cell_csv, "--voltage", "1.9:3.9",
                  "--reference", "In|LiIn")  # fmt: skip
    assert "5 tiles with one set of products each, 2.5 to 4.5 V against Li" in text
    assert "2.5000   3.1750         0.2500       -0.3750     -0.3750   reaction" in text
    assert "minimum mutual" in text


# ---------------------------------------------------------------------- charging


def test_charging_json_follows_the_voltage_curve_and_is_drawn(cell_csv, tmp_path):
    figure = tmp_path / "charging.png"
    data = json.loads(
        answer("charging", "LCO", "Li2TiO3", "--phases", cell_csv, "--voltage", "3:4.5",
               "--points", 4, "--json", "--figure", figure)
    )  # fmt: skip
    drawn(figure)
    assert [state["x"] for state in data["states"]] == [k / 10 for k in range(10, -1, -1)]
    assert data["voltage_V"] == near([3, 3.5, 4, 4.5])
    assert [len(row) for row in data["minimum_total"]] == [4] * 11
    # -3 - 4.5 x + 0.5 x^2: 4.5 V less half of the two contents
    assert [step["voltage_V"] for step in data["voltage_curve"]] == near(
        [3.55 + 0.1 * k for k in range(10)]
    )
    pairs = zip(data["path"][::2], data["path"][1::2], strict=True)
    for full, empty in pairs:
        for key in ("minimum_total_ev_per_nonopen_atom", "minimum_mutual_ev_per_nonopen_atom"):
            assert full[key] == near(empty[key])


def test_charging_csv_and_table(cell_csv):
    command = ("charging", "LCO", "Li2TiO3", "--phases", cell_csv, "--voltage", "3:4")
    table = rows(answer(*command, "--points", 3, "--csv"))
    assert [(row["x"], row["voltage_V"]) for row in table[:4]] == [
        ("1.0", "3.0"), ("1.0", "3.5"), ("1.0", "4.0"), ("0.9", "3.0"),
    ]  # fmt: skip
    assert len(table) == 33
    text = answer(*command)
    assert "while charging | Li2TiO3" in text
    assert text.count("3.550") == 2  # both states of the first plateau
    assert "4.450" not in text  # beyond the range


# ---------------------------------------------------------------------- curves that are open


def test_open_curve_json_has_both_bases_in_every_kink(toy_csv, tmp_path):
    figure = tmp_path / "open.png"
    data = json.loads(
        answer("curve", "Li2O", "TiO2", "--phases", toy_csv, "--open", "Li", "--voltage", 3.3,
               "--json", "--figure", figure)
    )  # fmt: skip
    drawn(figure)
    assert data["basis"] == "per_nonopen_atom"
    assert [k["nonopen_fraction"] for k in data["kinks"]] == near([0, 0.25, 1])
    assert [k["reaction_energy_ev_per_nonopen_atom"] for k in data["kinks"]] == near(
        [0, -0.375, -0.6]
    )
    assert [k["reaction_energy_ev_per_atom_of_mix"] for k in data["kinks"]] == near(
        [0, -0.25, -0.2]
    )
    assert data["minimum_total"]["reaction"] == "2 Li2O -> O2 + 4 Li"
    assert data["kinks"][2]["exchanged_per_formula"] == {"Li": -2}
    assert data["provenance"]["open"] == "Li"
    assert data["provenance"]["voltage_V"] == "3.3"


def test_open_curve_csv_and_table(toy_csv):
    command = ("curve", "Li2O", "TiO2", "--phases", toy_csv, "--open", "Li", "--voltage", 3.3)
    table = rows(answer(*command, "--csv"))
    assert [float(row["reaction_energy_ev_per_nonopen_atom"]) for row in table] == near(
        [0, -0.375, -0.6]
    )
    assert table[2]["gases"] == "O2"
    text = answer(*command)
    assert "open: Li at 3.3 V" in text
    assert "minimum total  -0.6000 eV per non-open atom at u = 1.0000" in text
    assert "minimum mutual -0.2250 eV per non-open atom at u = 0.2500" in text


def test_lithium_itself_is_a_question_of_uptake(toy_csv, tmp_path):
    figure = tmp_path / "uptake.pdf"
    command = ("--phases", toy_csv, "--open", "Li", "--voltage", 0.5)
    data = json.loads(answer("curve", "TiO2", "Li", *command, "--json", "--figure", figure))
    drawn(figure)
    assert data["basis"] == "per_formula"
    assert data["minimum"]["uptake_per_formula"] == near(4 / 3)
    assert data["minimum"]["reaction_energy_ev_per_formula"] == near(-4 / 3)
    table = rows(answer("curve", "Li", "TiO2", *command, "--csv"))
    assert [float(row["uptake_per_formula"]) for row in table] == near([0, 2 / 3, 4 / 3, 4])
    text = answer("curve", "Li", "TiO2", *command)
    assert "TiO2 against Li at 0.5 V" in text


def test_temperature_and_pressure_reach_the_answer(toy_csv):
    lines = toy_csv.read_text().splitlines()
    toy_csv.write_text("\n".join([lines[0] + ",volume_per_atom", *(f"{x},10" for x in lines[1:])]))
    data = json.loads(
        answer("curve", "Ti2O3", "Li2TiO3", "--phases", toy_csv, "--open", "O", "--gas",
               "O2=0.01", "--temperature", 1000, "--json")
    )  # fmt: skip
    assert data["open"][0]["chemical_potential_ev_per_atom"] == near(
        0.5 * BOLTZMANN * 1000 * log(0.01)
    )
    assert data["scheme"].endswith("Gibbs energies at 1000 K (727 C) by SISSO")
    assert data["provenance"]["temperature_K"] == "1000"


# ---------------------------------------------------------------------- mistakes


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (("window", "Li2TiO3", "--reference", "InLi"), ("InLi names no couple",)),
        (("window", "Li2TiO3", "--reference", "Fe|LiFe"), ("no entry for Fe",)),
        (("window", "Li2TiO3", "--sigma", "0.02"), ("--sigma has no effect without --sensit",)),
        (("window", "Li2TiO3", "--sensitivity", "--seed", "-1"), ("seed -1", "give 0 or more")),
        (("window", "Li2TiO3", "--sensitivity", "--sigma", "2"), ("sigma 2", "between 0 and 1")),
        (("window", "Li2TiO3", "--temperature", "300"), ("no column volume_per_atom",)),
        (("window", "Li2TiO3", "--open", "Li=-1"), ("the voltage sets Li here",)),
        (("window", "Li2TiO3", "--carrier", "Ti"), ("no voltage of 'Ti': carriers are Li",)),
        (("window", "Li2TiO3", "--carrier", "Na"), ("no elemental reference for Na",)),
        (("window", "Li3PS4"), ("no elemental reference for P, S", "interfaces fetch")),
        (("window", "Li"), ("holds nothing but open elements",)),
        (("window", "Li2TiO3", "--json", "--csv"), ("choose one",)),
        (("curve", "Li2O", "TiO2", "--open", "LiCl"), ("LiCl is a compound, and so a phase",)),
        (("curve", "Li2O", "TiO2", "--open", "Li"), ("--open Li needs --voltage",)),
        (("curve", "Li2O", "TiO2", "--voltage", "3"), ("belongs to one carrier", "--open Li")),
        (("curve", "Li2O", "TiO2", "--open", "Li", "--voltage", "-1"), ("-1 V against Li metal",)),
        (("curve", "Li2O", "TiO2", "--gas", "O2=0.2"), ("needs --open O",)),
        (("curve", "Li2O", "TiO2", "--gas", "O2"), ("write a gas and its bar, e.g. O2=0.21",)),
        (("curve", "Ti2O3", "Li2TiO3", "--open", "Li", "--voltage", "1", "--open", "O=-1"),
         ("Li2O grows from the reservoirs without end",)),
        (("map", "Li2O", "TiO2", "--voltage", "5:0"), ("'5:0' is empty", "LOW below HIGH")),
        (("map", "Li2O", "TiO2", "--voltage", "abc"), ("'abc' is not a range; write LOW:HIGH",)),
        (("map", "Li2O", "TiO2", "--voltage", "-1:3"), ("-1 V against Li metal: below 0 V",)),
        (("map", "Li2O", "TiO2", "--mutual"), ("--mutual has no effect without --figure",)),
        (("map", "LiTiO2", "TiO2"), ("differ in open elements alone",)),
        (("charging", "LiTiO2", "Li2O"), ("no named cathode is LiTiO2",)),
        (("charging", "LPSCl", "Li2O"), ("LPSCl has a fixed composition",)),
    ],
)  # fmt: skip
def test_a_mistake_gets_one_line(toy_csv, arguments, parts):
    refused(interfaces(*arguments, "--phases", toy_csv), *parts)


def test_notes_on_every_state_of_charge_are_told(cell_csv):
    text = answer("charging", "LCO", "Li2TiO3", "--phases", cell_csv, "--energy", "LCO@0.5=-1.5")
    assert "LCO (x = 0.5) lies" in text


def test_cathode_without_energies_of_its_own_has_no_voltage_curve(cell_csv):
    text = cell_csv.read_text().replace("x5,", "# ").splitlines()
    cell_csv.write_text("\n".join(line for line in text if not line.startswith("# ")) + "\n")
    refused(
        interfaces("charging", "LCO", "Li2O", "--phases", cell_csv),
        "no entry for Li0.5CoO2",
    )


def test_figure_of_a_window_needs_a_known_suffix(toy_csv, tmp_path):
    done = interfaces("window", "Li2O", "--phases", toy_csv, "--figure", tmp_path / "w.gif")
    refused(done, "cannot draw to 'w.gif'", ".pdf, .png, .svg")
    assert list(tmp_path.glob("*.gif")) == []
