"""Assembling a phase set: fitted references, elements at zero, what is near the hull."""

import csv
import gzip
import json

import pytest

from interfaces.chemistry.formulas import Formula
from workflows.data.named_materials import series_rows
from workflows.data.phase_sets import bundled_sets, read_phases
from workflows.datasets.build_phase_set import (
    chemistry,
    deviations,
    fit,
    formation_energies,
    main,
    merged,
    near_hull,
)
from workflows.datasets.energies import read_records, read_structures
from workflows.io.jsonl import open_lines, read_lines

MU = {"Li": -2.0, "O": -5.0, "S": -4.0}
FORMATION = {"a": ("Li2O", -2.0), "b": ("Li2S", -1.5), "c": ("Li2SO4", -2.4), "d": ("SO2", -1.0),
             "e": ("Li2O2", -1.6), "f": ("LiS", -0.9), "g": ("SO3", -1.1), "h": ("Li3S", -0.8),
             "i": ("LiO3", -0.7), "j": ("S2O", -0.6), "k": ("Li2SO3", -2.1)}  # fmt: skip


def record(formula, energy, relaxed=False):
    return {
        "formula": formula, "energy_per_atom": energy, "volume_per_atom": 10.0, "space_group": 1,
        "n_atoms": 3, "relaxed": relaxed, "max_force": None,
    }  # fmt: skip


@pytest.fixture
def records():
    found = {"li": record("Li", -1.9), "li-b": record("Li", -1.85), "o": record("O2", -4.95),
             "s": record("S", -4.1)}  # fmt: skip
    for identifier, (formula, energy) in FORMATION.items():
        amounts = Formula.parse(formula)
        shift = sum(float(n) * MU[e] for e, n in amounts.amounts) / float(amounts.n_atoms)
        found[identifier] = record(formula, energy + shift)
    return found


def test_fit_recovers_the_references_it_was_made_with(records):
    references = fit(records, {i: energy for i, (_, energy) in FORMATION.items()})
    assert references.values == pytest.approx(MU)
    assert references.mean_error == pytest.approx(0, abs=1e-12)
    assert references.cross_validated == pytest.approx(0, abs=1e-9)
    assert references.own_elements > 0.02  # the elements' own energies are 0.05 to 0.1 eV off
    assert references.left_out == 0


def test_a_broken_published_row_is_left_out_and_counted(records):
    published = {i: energy for i, (_, energy) in FORMATION.items()} | {"c": -12.4}
    references = fit(records, published)
    assert references.left_out == 1
    assert references.values == pytest.approx(MU)


def test_elements_are_zero_and_compounds_on_the_fitted_scale(records):
    energies = formation_energies(records, MU)
    assert energies["li"] == 0.0
    assert energies["li-b"] == pytest.approx(0.05)
    assert energies["o"] == 0.0
    for identifier, (_, energy) in FORMATION.items():
        assert energies[identifier] == pytest.approx(energy)


def test_near_hull_names_what_is_not_relaxed(records):
    energies = formation_energies(records, MU)
    near = [i for _, i in near_hull(records, energies, [("Li", "O")], 0.001)]
    assert sorted(near) == ["a", "e", "li", "o"]
    records["a"]["relaxed"] = True
    assert "a" not in [i for _, i in near_hull(records, energies, [("Li", "O")], 0.001)]
    assert "li-b" in [i for _, i in near_hull(records, energies, [("Li", "O")], 0.06)]


def test_relaxed_records_replace_single_points_and_unconverged_ones_do_not(tmp_path):
    lines = [{"id": "a", **record("Li2O", -4.0)}, {"id": "b", **record("Li2S", -3.0)}]
    (tmp_path / "single-0.jsonl").write_text("".join(json.dumps(x) + "\n" for x in lines))
    relaxed = [{"id": "a", **record("Li2O", -4.1, True)}, {"id": "b", **record("Li2S", -3.1)}]
    text = "".join(json.dumps(x) + "\n" for x in relaxed)
    (tmp_path / "relaxed-0.jsonl").write_text(text + '{"id": "c", "formu')  # cut by a crash
    found = merged(tmp_path)
    assert (found["a"]["energy_per_atom"], found["b"]["energy_per_atom"]) == (-4.1, -3.0)
    assert set(read_records(tmp_path, "relaxed")) == {"a", "b"}


def test_set_is_written_and_read_back(records, tmp_path, monkeypatch):
    lines = [json.dumps({"id": i, **r}) for i, r in records.items()]
    (tmp_path / "single-0.jsonl").write_text("\n".join(lines) + "\n")
    table = tmp_path / "published.csv"
    rows = [f"{i},{energy}" for i, (_, energy) in FORMATION.items()]
    table.write_text("\n".join(["mp_id,formation_energy_per_atom", *rows]) + "\n")
    out = tmp_path / "phases"
    main([str(tmp_path), "--published", str(table), "--out", str(out)])
    monkeypatch.setattr("workflows.data.phase_sets.inputs", lambda: tmp_path)
    phases = read_phases("chgnet-0.3.0")
    assert len(phases) == len(records)
    assert phases.hull_energy("Li2O") == pytest.approx(-2.0, abs=1e-6)
    first = (out / "chgnet-0.3.0.csv.gz").read_bytes()
    main([str(tmp_path), "--published", str(table), "--out", str(out)])
    assert (out / "chgnet-0.3.0.csv.gz").read_bytes() == first


def test_chemistries_are_told_apart():
    formulas = ("Li2SO4", "LiCoO2", "Li3PS4", "Co3Ni", "LiF")
    assert [chemistry(Formula.parse(formula)) for formula in formulas] == [
        "sulfate", "Co oxide", "thiophosphate", "intermetallic", "fluoride",
    ]  # fmt: skip
    assert deviations({}, {}, {}) == []


def test_structures_are_read_from_lines(tmp_path):
    data = {"mp_id": "x", "lattice": [[3, 0, 0], [0, 3, 0], [0, 0, 3]], "species": ["Li"],
            "frac_coords": [[0, 0, 0]]}  # fmt: skip
    path = tmp_path / "s.jsonl.gz"
    with gzip.open(path, "wt") as file:
        file.write(json.dumps(data) + "\n")
    ((identifier, structure),) = read_structures(path)
    assert (identifier, structure.formula) == ("x", "Li1")


# ---------------------------------------------------------------- the bundled set


def test_bundled_set_agrees_with_its_card():
    card = bundled_sets()["chgnet-0.3.0"]
    phases = read_phases("chgnet-0.3.0")
    assert len(phases) + phases.merged == card["entries"]
    assert sorted(phases.references) == card["elements"]
    for element in card["elements"]:
        assert phases.hull_energy(element) == 0.0
    assert phases.scheme == card["scheme"]
    assert card["stand_in"]


def test_bundled_series_is_complete_and_on_the_set_s_scale():
    card = bundled_sets()["chgnet-0.3.0"]
    members = [row[1] for row in series_rows(card["scheme"])]
    for host in ("Ni0.8Co0.1Mn0.1O2", "CoO2", "NiO2"):
        for step in range(11):
            wanted = Formula.parse(f"Li{step / 10}{host}" if step else host)
            assert any(wanted.same_composition(member) for member in members), wanted


def test_bundled_table_names_its_units_and_relaxations():
    from workflows.io.resources import inputs

    path = inputs() / "phases" / "chgnet-0.3.0.csv.gz"
    with gzip.open(path, "rt") as file:
        rows = list(csv.DictReader(file))
    card = bundled_sets()["chgnet-0.3.0"]
    assert sum(row["relaxed"] == "1" for row in rows) == card["relaxed"]
    assert all(float(row["volume_per_atom"]) > 0 for row in rows)
    assert all(row["max_force"] for row in rows if row["relaxed"] == "1")


def test_a_line_cut_by_a_crash_costs_only_itself(tmp_path):
    path = tmp_path / "lines.jsonl"
    assert list(read_lines(path)) == []
    path.write_text('{"id": "a"}\n{"id": "b", "form')
    with open_lines(path) as file:
        file.write('{"id": "c"}\n')
    assert [record["id"] for record in read_lines(path)] == ["a", "c"]
