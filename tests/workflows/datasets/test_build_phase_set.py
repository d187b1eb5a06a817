"""Assembling a phase set: fitted references, elements at zero, what is kept and what is not."""

import csv
import gzip
import json

import pytest

from interfaces.chemistry.formulas import Formula
from workflows.data.named_materials import series_rows
from workflows.data.phase_sets import bundled_sets, read_phases
from workflows.datasets.build_phase_set import (
    NAME,
    POLYMORPHS,
    SERIES_TABLE,
    kept_polymorphs,
    main,
    merged,
    near_hull,
    read_known,
    unsound,
)
from workflows.datasets.card import cause
from workflows.datasets.chemistries import by_chemistry, by_element, chemistry
from workflows.datasets.energies import read_cells, read_records
from workflows.datasets.references import fit, formation_energies, percentiles
from workflows.io.checksums import open_lines, read_lines
from workflows.io.resources import inputs

MU = {"Li": -2.0, "O": -5.0, "S": -4.0}
CORRECTION = -0.1  #: eV/atom, of every compound
FORMATION = {"a": ("Li2O", -2.0), "b": ("Li2S", -1.5), "c": ("Li2SO4", -2.4), "d": ("SO2", -1.0),
             "e": ("Li2O2", -1.6), "f": ("LiS", -0.9), "g": ("SO3", -1.1), "h": ("Li3S", -0.8),
             "i": ("LiO3", -0.7), "j": ("S2O", -0.6), "k": ("Li2SO3", -2.1)}  # fmt: skip
PUBLISHED = {i: energy for i, (_, energy) in FORMATION.items()}


def record(formula, energy, relaxed=False, correction=0.0, volume=10.0):
    return {
        "formula": formula, "energy_per_atom": energy - correction, "volume_per_atom": volume,
        "correction_per_atom": correction, "space_group": 1, "n_atoms": 3, "relaxed": relaxed,
        "max_force": None, "run_type": "GGA",
    }  # fmt: skip


@pytest.fixture
def records():
    table = {"li": record("Li", -1.9), "li-b": record("Li", -1.85), "o": record("O2", -4.95),
             "s": record("S", -4.1)}  # fmt: skip
    for identifier, (formula, energy) in FORMATION.items():
        amounts = Formula.parse(formula)
        shift = sum(float(n) * MU[e] for e, n in amounts.amounts) / float(amounts.n_atoms)
        table[identifier] = record(formula, energy + shift, correction=CORRECTION)
    return table


def write_lines(path, records):
    path.write_text("".join(json.dumps({"id": i, **r}) + "\n" for i, r in records.items()))


def test_fit_recovers_the_references_it_was_made_with(records):
    references = fit(records, PUBLISHED)
    assert references.values == pytest.approx(MU)
    for errors in (references.errors, references.cross_validated):
        assert errors == pytest.approx(dict.fromkeys(FORMATION, 0.0), abs=1e-9)
    # Li2O: own elements are 0.1 and 0.05 eV/atom above the references
    assert references.own_elements["a"] == pytest.approx(-(2 * 0.1 + 0.05) / 3)
    assert references.left_out == 0


def test_a_broken_published_row_is_left_out_and_counted(records):
    references = fit(records, PUBLISHED | {"c": -12.4})
    assert references.left_out == 1
    assert references.values == pytest.approx(MU)
    assert references.errors["c"] == pytest.approx(10.0)


def test_elements_are_zero_and_compounds_on_the_fitted_scale(records):
    energies = formation_energies(records, MU)
    assert energies["li"] == 0.0
    assert energies["li-b"] == pytest.approx(0.05)
    assert energies["o"] == 0.0
    for identifier, (_, energy) in FORMATION.items():
        assert energies[identifier] == pytest.approx(energy)


def test_compounds_of_an_element_without_reference_are_left_out(records):
    records["x"] = record("LiCl", -3.0)
    assert "x" not in formation_energies(records, MU)


def test_near_hull_names_what_is_not_relaxed(records):
    energies = formation_energies(records, MU)
    near = [i for _, i in near_hull(records, energies, [("Li", "O")], 0.001)]
    assert sorted(near) == ["a", "e", "li", "o"]
    records["a"]["relaxed"] = True
    assert "a" not in [i for _, i in near_hull(records, energies, [("Li", "O")], 0.001)]
    assert "li-b" in [i for _, i in near_hull(records, energies, [("Li", "O")], 0.06)]


def test_what_cannot_be_sound_is_left_out_with_its_reason(records, tmp_path):
    records["vacuum"] = record("Li2O", -4.0, volume=500.0)
    energies = formation_energies(records, MU)
    table = tmp_path / "known.csv"
    table.write_text("formula,formation_energy_per_atom_mp2020_est\nLi4O2,-1.7\nS2O,-0.5\nS2O,\n")
    known = read_known([table])
    assert known == {"Li2O": -1.7, "S2O": -0.5}
    reasons = unsound(records, energies, {"b": -1.3, "d": -0.9}, known)
    assert set(reasons) == {"vacuum", "b", "a"}  # 200 and 300 meV/atom below, d and j are 100
    assert "vacuum" in reasons["vacuum"]
    assert "200" in reasons["b"]


def test_the_lowest_polymorphs_are_kept():
    energies = {f"p{k}": -1.0 + 0.01 * k for k in range(6)} | {"far": -2.0, "q": -1.8}
    records = {i: record("Li2O" if i.startswith("p") else "Li2S", 0.0) for i in energies}
    assert kept_polymorphs(records, energies) == ["p0", "p1", "p2", "far"]
    assert POLYMORPHS == 3


def test_relaxed_records_replace_single_points_and_unconverged_ones_do_not(tmp_path):
    write_lines(tmp_path / "single-0.jsonl", {"a": record("Li2O", -4.0), "b": record("Li2S", -3.0)})
    relaxed = {"a": record("Li2O", -4.1, True), "b": record("Li2S", -3.1)}
    write_lines(tmp_path / "relaxed-0.jsonl", relaxed)
    with (tmp_path / "relaxed-0.jsonl").open("a") as file:
        file.write('{"id": "c", "formu')  # cut by a crash
    union = merged([tmp_path])
    assert (union["a"]["energy_per_atom"], union["b"]["energy_per_atom"]) == (-4.1, -3.0)
    assert set(read_records(tmp_path, "relaxed")) == {"a", "b"}


def test_a_delithiated_series_is_of_one_kind(tmp_path):
    member = "NCM811 x={} cell=10 decoration=0 ordering=0"
    single = {member.format(x): record("Li2O", -4.0) for x in (1, 0)}
    relaxed = {i: record("Li2O", -4.2, True) for i in single}
    write_lines(tmp_path / "single-0.jsonl", single)
    write_lines(tmp_path / "relaxed-0.jsonl", {member.format(1): relaxed[member.format(1)]})
    assert {r["energy_per_atom"] for r in merged([tmp_path]).values()} == {-4.0}
    write_lines(tmp_path / "relaxed-0.jsonl", relaxed)
    assert {r["energy_per_atom"] for r in merged([tmp_path]).values()} == {-4.2}


def test_set_is_written_and_read_back(records, tmp_path, monkeypatch):
    ours = {"ours-Li2O-0": record("Li2O", -4.9, True)}
    member = "LiCoO2 x=0.5 cell=10 decoration=0 ordering=0"
    write_lines(tmp_path / "single-0.jsonl", records)
    write_lines(tmp_path / "relaxed-0.jsonl", ours | {member: record("LiO", -4.0, True)})
    table = tmp_path / "published.csv"
    rows = [f"{i},{energy}" for i, energy in PUBLISHED.items()]
    table.write_text("\n".join(["mp_id,formation_energy_per_atom", *rows]) + "\n")
    out = tmp_path / "phases"
    arguments = [str(tmp_path), "--published", str(table), "--out", str(out)]
    main(arguments)
    monkeypatch.setattr("workflows.data.phase_sets.inputs", lambda: tmp_path)
    phases = read_phases(NAME)
    assert len(phases) == len(records) + 1
    assert "ours-Li2O-0" in phases.ids
    assert phases.hull_energy("Li2O") == pytest.approx(-2.0, abs=1e-5)
    # what is read of some elements is what the whole holds of them
    over = read_phases(NAME, {"Li", "O"})
    assert set(over.ids) == {i for i, f in zip(phases.ids, phases.formulas, strict=True)
                             if set(f.elements) <= {"Li", "O"}}  # fmt: skip
    assert member in (out / SERIES_TABLE).read_text()
    assert member not in phases.ids
    first = (out / f"{NAME}.csv.gz").read_bytes()
    main(arguments)
    assert (out / f"{NAME}.csv.gz").read_bytes() == first


def test_chemistries_and_their_errors():
    formulas = ("Li2SO4", "LiCoO2", "Li3PS4", "Co3Ni", "LiF")
    assert [chemistry(Formula.parse(formula)) for formula in formulas] == [
        "sulfate", "Co oxide", "thiophosphate", "intermetallic", "fluoride",
    ]  # fmt: skip
    records = {"a": record("Li2O", 0.0), "b": record("LiF", 0.0), "c": record("LiF", 0.0)}
    errors = {"a": 0.004, "b": 0.01, "c": -0.03}
    table = by_chemistry(records, errors)
    assert table["fluoride"] == percentiles([0.01, -0.03])
    assert table["fluoride"]["mean"] == 20.0
    assert table["fluoride"]["bias"] == -10.0
    assert by_element(records, errors)["Li"]["rows"] == 3


def test_a_difference_of_correction_is_told_from_one_of_the_potential():
    azide = record("LiN3", -5.0)  # three N of four atoms, -0.361 eV each
    assert "N" in cause(azide, 0.27, None)
    assert cause(record("FeI2", -4.0), 0.184, -4.187).startswith("potential")
    assert cause(record("FeI2", -4.0), 0.184, -4.001).startswith("correction")
    assert cause(record("FeI2", -4.0), 0.184, None) == "unknown"
    missing = -(3 * 0.462 + 0.361) / 5  # the corrections of three F and one N
    assert "F and N" in cause(record("NiNF3", -4.0), missing, None)
    assert cause(record("NiNF3", -4.0), missing - 0.02, None) == "unknown"


def test_structures_are_read_from_lines(tmp_path):
    data = {"mp_id": "x", "lattice": [[3, 0, 0], [0, 3, 0], [0, 0, 3]], "species": ["Li"],
            "frac_coords": [[0, 0, 0]]}  # fmt: skip
    path = tmp_path / "s.jsonl.gz"
    with gzip.open(path, "wt") as file:
        file.write(json.dumps(data) + "\n")
    (cell,) = read_cells(path)
    identifier, structure = cell.identifier, cell.structure()
    assert (identifier, structure.formula) == ("x", "Li1")


def test_a_line_cut_by_a_crash_costs_only_itself(tmp_path):
    path = tmp_path / "lines.jsonl"
    assert list(read_lines(path)) == []
    path.write_text('{"id": "a"}\n{"id": "b", "form')
    with open_lines(path) as file:
        file.write('{"id": "c"}\n')
    assert [record["id"] for record in read_lines(path)] == ["a", "c"]


# ---------------------------------------------------------------- the bundled set


def test_bundled_set_agrees_with_its_card():
    card = bundled_sets()[NAME]
    with gzip.open(inputs() / "phases" / f"{NAME}.csv.gz", "rt") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == card["entries"]
    assert sum(row["relaxed"] == "1" for row in rows) == card["relaxed"]
    assert all(0 < float(row["volume_per_atom"]) < 130 for row in rows)
    for row in rows:
        assert row["system"] == "-".join(sorted(Formula.parse(row["formula"]).elements))
    phases = read_phases(NAME)
    assert len(phases) + phases.merged == card["entries"]
    assert sorted(phases.references) == card["elements"]
    for element in card["elements"]:
        assert phases.hull_energy(element) == 0.0
    assert phases.scheme == card["scheme"]
    assert card["surrogate"]
    errors = card["errors_mev_per_atom"]
    assert errors["all"]["mean"] <= 9
    assert errors["all"]["median"] <= 4.6
    assert all(row["mean"] <= 25 for row in errors["by element"].values())


def test_bundled_series_is_complete_and_on_the_set_s_scale():
    members = [row[1] for row in series_rows(bundled_sets()[NAME]["scheme"])]
    for host in ("Ni0.8Co0.1Mn0.1O2", "CoO2", "NiO2"):
        for step in range(11):
            wanted = Formula.parse(f"Li{step / 10}{host}" if step else host)
            assert any(wanted.same_composition(member) for member in members), wanted
