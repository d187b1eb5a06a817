"""``interfaces coatings``: from words to a ranking, its files, its record and its refusals."""

from __future__ import annotations

import csv
import io
import json

import pytest
import yaml

from interfaces.chemistry.formulas import Formula
from interfaces.phases.reactants import reactant
from tests.workflows.cli.runner import interfaces, refused
from workflows.analyses.candidates.criteria import price
from workflows.analyses.coatings.coating_analysis import prepare_coatings
from workflows.analyses.coatings.settings import read_settings
from workflows.analyses.conditions import Conditions
from workflows.analyses.curve import compute_curve
from workflows.analyses.setup import PhaseOptions
from workflows.analyses.window import compute_window
from workflows.cli import main
from workflows.runs.record import read_record, replay

# eV per formula unit, as in tests/interfaces/coatings/test_ranking.py
OXIDES = {
    "Li": 0, "Ti": 0, "Si": 0, "Zr": 0, "O2": 0, "Li2O": -6.0, "TiO2": -9.0, "SiO2": -9.0,
    "ZrO2": -9.0, "Li2TiO3": -16.5, "Li2SiO3": -15.6, "TiSiO4": -19.2, "Li2Si2O5": -24.3,
}  # fmt: skip


@pytest.fixture
def oxides(tmp_path):
    path = tmp_path / "oxides.csv"
    rows = [
        f"{name},{name},{energy / float(Formula.parse(name).n_atoms)!r}"
        for name, energy in OXIDES.items()
    ]
    path.write_text("id,formula,formation_energy_per_atom\n" + "\n".join(rows) + "\n")
    return path


@pytest.fixture
def names(tmp_path):
    path = tmp_path / "names.txt"
    path.write_text("SiO2\nZrO2  # nothing\nLi2Si2O5\nBaO\nTiO2\nLi5SiO5\nQq\n")
    return path


@pytest.fixture
def run(oxides, names, capsys):
    def asked(*arguments):
        words = ["coatings", "Li2O", "TiO2", "--phases", oxides, "--candidates", names, *arguments]
        main([str(word) for word in words])
        return capsys.readouterr().out

    return asked


def rows(data):
    return {row["name"]: row for row in data["coatings"]}


def test_every_candidate_has_a_row_and_what_is_missing_says_so(run):
    data = json.loads(run("--json"))
    table = rows(data)
    assert list(table) == ["ZrO2", "Li2Si2O5", "SiO2", "BaO", "Li5SiO5", "Qq", "TiO2"]
    assert table["ZrO2"]["passes"]
    assert table["BaO"]["error"] == "not in the set: oxides.csv has no Ba"
    assert table["Li5SiO5"]["error"].startswith("not in the set: no entry for Li5SiO5")
    assert "'Qq'" in table["Qq"]["error"]
    assert table["TiO2"]["error"] == "it is the electrolyte itself"
    silica = table["SiO2"]
    assert silica["worst_mutual_ev_per_atom"] == pytest.approx(-0.2)
    assert silica["gain_over_bare_ev_per_atom"] == pytest.approx(0.05)
    assert silica["failed_gates"] == ["with_electrolyte: 200 > 100 meV/atom"]
    contact = silica["cathode"]["discharged"]["minimum_mutual"]
    assert contact["reaction"] == "Li2O + SiO2 -> Li2SiO3"
    assert "not in this ranking" in " ".join(data["notes"])
    assert "Li2O has one Li content here" in " ".join(data["notes"])


def test_rows_of_the_csv_are_those_of_the_json(run):
    data = json.loads(run("--json"))
    table = list(csv.DictReader(io.StringIO(run("--csv"))))
    assert table[0]["coating"] == "bare"
    assert float(table[0]["discharged_mutual_ev"]) == pytest.approx(-0.25)
    assert [row["coating"] for row in table[1:]] == [item["name"] for item in data["coatings"]]
    silica = next(row for row in table if row["coating"] == "SiO2")
    assert float(silica["electrolyte_mutual_ev"]) == pytest.approx(-0.2)
    assert silica["electrolyte_products"] == "TiSiO4"
    assert silica["oxidation_V"] == "none"
    assert float(silica["reduction_V"]) == pytest.approx(1.05)
    assert (silica["passes"], silica["holds_carrier"]) == ("no", "no")
    assert silica["scarcest_element"] == "Si"
    barium = next(row for row in table if row["coating"] == "BaO")
    assert barium["worst_mutual_ev"] == barium["reduction_V"] == ""


def test_a_person_sees_the_order_the_failures_and_what_is_not_in_it(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    text = run()
    lines = text.splitlines()
    at = [next(k for k, line in enumerate(lines) if f" {n} " in line) for n in ("ZrO2", "SiO2")]
    assert at[0] < at[1]
    assert "with_electrolyte: 200 > 100 meV/atom" in text
    assert "1 of 7 candidates pass all gates, 2 fail at least one, 4 could not be computed" in text
    assert "not in the set: oxides.csv has no Ba" in text
    assert "ionic conductivity is not in this ranking" in text
    short = run("--top", "1")
    assert "BaO" not in short


def test_criteria_stop_at_the_first_failed_tier_unless_everything_is_asked_for(oxides, capsys):
    words = ["coatings", "Li2O", "TiO2", "--phases", oxides, "--candidates", "set:Si+O", "--json"]
    gathered = []
    for extra in ([], ["--complete"]):
        main([str(word) for word in (*words, *extra)])
        gathered.append(rows(json.loads(capsys.readouterr().out)))
    tiered, complete = gathered
    # Li2O and TiO2 hold no Si, elements are no candidates
    assert set(tiered) == set(complete) == {"SiO2", "Li2SiO3", "TiSiO4", "Li2Si2O5"}
    assert tiered["Li2Si2O5"]["failed_gates"] == ["energy_above_hull: 33.3 > 5 meV/atom"]
    assert tiered["Li2Si2O5"]["electrolyte"] is None
    assert complete["Li2Si2O5"]["electrolyte"] is not None
    same = {k: v for k, v in complete["SiO2"].items() if k != "rank"}
    assert {k: v for k, v in tiered["SiO2"].items() if k != "rank"} == same


def test_the_numbers_are_those_of_curve_and_window_on_the_bundled_set():
    """Open to oxygen in air at 973 K as well: the contacts of the firing of NCM622 and LLZO."""
    source = PhaseOptions("sevennet-l3i5")
    air = Conditions(("O",), pressures=(("O2", 0.21),), temperature=973.0)
    question = prepare_coatings(
        "NCM622", "LLZO", ["named"], source, air, charged="none",
        settings=_only(("Li3BO3",)),
    )  # fmt: skip
    ranking = question.run()
    bare = compute_curve("NCM622", "LLZO", source, air)
    assert ranking.bare[0][1].mutual.mutual == pytest.approx(bare.minimum_mutual.mutual, abs=1e-9)
    for coating in ranking.coatings:
        for pair, contact in zip(
            [("NCM622", coating.name), (coating.name, "LLZO")], coating.contacts, strict=True
        ):
            curve = compute_curve(*pair, source, air)
            assert contact.mutual_energy == pytest.approx(
                curve.minimum_mutual.mutual_per_nonopen_atom, abs=1e-9
            )
            assert contact.total_energy == pytest.approx(
                curve.minimum_total.total_per_nonopen_atom, abs=1e-9
            )
        window = compute_window(coating.name, source, air)
        assert coating.limits == pytest.approx((window.reduction, window.oxidation), abs=1e-9)
    (borate,) = ranking.coatings
    assert borate.worst_mutual == 0.0  # reacts with neither, as benchmarks/cosintering.py finds


def _only(names):
    settings = read_settings()
    kept = tuple(candidate for candidate in settings.named if candidate.name in names)
    return type(settings)(
        settings.gates, settings.not_checked, settings.front, kept, settings.scarce_below,
        settings.abundances,
    )  # fmt: skip


def test_both_ends_of_charge_and_the_voltages_are_the_cathodes_own():
    question = prepare_coatings("NCM811", "LPSCl", settings=_only(("Li3PO4", "NiO")))
    assert [item.formula.text for _, item in question.states] == [
        "LiNi0.8Co0.1Mn0.1O2", "Li0.1Ni0.8Co0.1Mn0.1O2",
    ]  # fmt: skip
    low, high = question.cathode_voltages
    charged = dict(question.states)["charged"]
    from workflows.analyses.maps import prepare_charging

    steps = prepare_charging("NCM811", "LPSCl", (0.0, 6.0)).run().steps
    assert low == pytest.approx(steps[0][2])
    assert high == pytest.approx(max(v for high, _, v in steps if high > 0.1))
    assert charged.energy_model == "calculated"
    given = prepare_coatings(
        "NCM811", "LPSCl", settings=_only(("NiO",)), cathode_voltages=(3.0, 4.0), charged="none"
    )
    assert given.cathode_voltages == (3.0, 4.0)
    usual = prepare_coatings("NCM811", "LPSCl", settings=_only(("NiO",)), charged="none")
    assert usual.cathode_voltages == (3.0, 4.3)
    assert any("the usual ones" in note for note in usual.notes)
    # NiO reacts with the sulfide more strongly than discharged NCM811 does
    nickel = next(document for document in question.run().coatings if document.name == "NiO")
    assert "milder_than_bare" in {failure.gate for failure in nickel.failed}


def test_a_record_gives_the_ranking_again_and_the_question_comes_back_equal(
    run, oxides, tmp_path, capsys
):
    path = tmp_path / "record.json.gz"
    data = json.loads(run("--json", "--record", path))
    oxides.unlink()
    (again,) = replay(path)
    assert again.differences == ()
    assert again.again == data
    ((question, recorded),) = read_record(path)
    assert recorded == data
    assert type(question).from_record(question.to_dict(), question.phase_set) == question
    main(["replay", str(path)])
    assert "equal: 1 of 1" in capsys.readouterr().out


def test_a_gates_file_changes_what_it_names_and_nothing_else(run, tmp_path):
    gates = tmp_path / "gates.yaml"
    gates.write_text("gates: {with_electrolyte: 0.3, energy_above_hull: null}\nscarce_below: 1e9\n")
    table = rows(json.loads(run("--json", "--gates", gates)))
    assert table["SiO2"]["passes"]
    assert table["Li2Si2O5"]["failed_gates"] == ["oxidation: 3.30 < 4 V"]
    assert table["SiO2"]["supply"]["scarce"]
    assert read_settings(gates).gates.oxidation == read_settings().gates.oxidation == 4.0


def test_the_bundled_gates_have_reasons_and_the_table_every_stable_element():
    from interfaces.chemistry.formulas import ATOMIC_MASS
    from workflows.io.resources import inputs

    data = yaml.safe_load((inputs() / "coatings.yaml").read_text(encoding="utf-8"))
    assert all(set(value) >= {"value", "from", "reason"} for value in data["gates"].values())
    assert set(data["gates"]) == set(read_settings().gates.to_dict())
    settings = read_settings()
    assert set(settings.abundances) <= set(ATOMIC_MASS)
    assert {"Li", "Co", "Ta", "Y", "No"} & set(settings.abundances) == {"Li", "Co", "Ta", "Y"}
    # parts per million of a whole: within the few per cent that the table leaves
    assert sum(settings.abundances.values()) == pytest.approx(1e6, rel=0.03)
    for candidate in settings.named:
        assert candidate.why
    supplies = settings.supply(Formula.parse("LiTaO3"))
    assert supplies.price == pytest.approx(price(Formula.parse("LiTaO3")))
    assert settings.supply(Formula.parse("LiTcO3")).scarcest == "Tc"  # no stable crustal stock


def test_criteria_take_the_lowest_entry_at_its_own_energy(tmp_path, oxides):
    with oxides.open("a") as file:
        file.write("low,SiO2,-3.01\nhigh,SiO2,-2.9\n")
    question = prepare_coatings("Li2O", "TiO2", ["set:Si+O"], PhaseOptions(str(oxides)))
    silica = next(key.reactant for key in question.candidates if key.name == "SiO2")
    assert silica == reactant(question.phase_set, "SiO2")
    assert silica.energy == pytest.approx(-3.01)


def test_a_candidate_of_a_list_and_of_the_criteria_has_one_row(oxides, names):
    question = prepare_coatings("Li2O", "TiO2", [str(names), "set:Si+O"], PhaseOptions(str(oxides)))
    values = [key.name for key in question.candidates]
    assert sorted(values) == sorted(
        {"SiO2", "ZrO2", "Li2Si2O5", "BaO", "TiO2", "Li5SiO5", "Qq", "Li2SiO3", "TiSiO4"}
    )


def test_criteria_may_be_searched_over_some_elements_alone(oxides):
    for elements, names in (((), {"ZrO2", "SiO2", "Li2SiO3", "Li2Si2O5", "TiSiO4"}),
                            (("Zr",), {"ZrO2"})):  # fmt: skip
        question = prepare_coatings(
            "Li2O", "TiO2", ["set:O+Si|Zr"], PhaseOptions(str(oxides)), elements=elements
        )
        assert {key.name for key in question.candidates} == names
        assert "Zr" in question.phase_set.elements


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--charged", "0.5"], "Li2O is not a series"),
        (["--charged", "Li4O"], "holds no more Li than the charged one"),
        (["--discharged", "none"], "leave no cathode"),
        (["--candidates", "nowhere.txt"], "no list at nowhere.txt"),
        (["--candidates", "set:Zr+Si"], "no candidate meets"),
        (["--candidates", "set:Xx"], "cannot read 'Xx'"),
        (["--gates", "nowhere.yaml"], "no gates file at nowhere.yaml"),
        (["--cathode-voltages", "4:3"], "is empty"),
        (["--energy", "ZnO=hull"], "'ZnO' is not among the materials"),
        (["--open", "Li"], "needs --voltage"),
        (["--elements", "Li-Xx"], "'Xx' is not an element"),
        (["--elements", "Li", "--candidates", "named"], "--elements has no effect"),
        (["--carrier", "Ba"], "Ba"),
    ],
)
def test_refusals_are_one_line(oxides, capsys, arguments, says):
    words = [] if "--candidates" in arguments else ["--candidates", "set:Si+O"]
    with pytest.raises(SystemExit) as stop:
        main(["coatings", "Li2O", "TiO2", "--phases", str(oxides), *words, *arguments])
    assert stop.value.code == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert says in captured.err


def test_a_refusal_is_one_line_without_a_traceback(oxides):
    refused(interfaces("coatings", "Li2O", "Qq", "--phases", oxides), "'Qq'")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("gates: {oxidatoin: 4}", "no gate is named 'oxidatoin'"),
        ("gate: {}", "unknown key 'gate'"),
        ("- 1", "keys with values"),
        ("gates: [", "is not YAML"),
        ("front: [cheap]", "'cheap' is not an objective"),
        ("front: []", "at least 1"),
        ("named: [{name: NiO}]", "lacks why"),
        ("scarce_below: much", "must be a number"),
    ],
)
def test_a_gates_file_that_cannot_be_used_is_refused_in_one_line(
    oxides, tmp_path, capsys, text, says
):
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    with pytest.raises(SystemExit) as stop:
        main(["coatings", "Li2O", "TiO2", "--phases", str(oxides), "--gates", str(path)])
    assert stop.value.code == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "mine.yaml" in error
    assert says in error


def test_the_figure_is_written(run, tmp_path):
    path = tmp_path / "coatings.pdf"
    run("--figure", path, "--json")
    assert path.read_bytes().startswith(b"%PDF")
