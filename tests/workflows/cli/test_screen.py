"""``interfaces screen``: one data set, whoever computes it and however it is cut."""

from __future__ import annotations

import json
import multiprocessing
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from interfaces.chemistry.formulas import Formula
from tests.workflows.cli.runner import interfaces, refused
from workflows.analyses.candidates.criteria import Criteria, price
from workflows.analyses.conditions import Conditions
from workflows.analyses.curve import compute_curve
from workflows.analyses.setup import PhaseOptions
from workflows.cli import main
from workflows.screening import executors
from workflows.screening.parts import compute, finished, part_path, write_part
from workflows.screening.plan import begin, read_plan
from workflows.screening.run_screen import run_screen
from workflows.screening.screen_spec import ScreenSpec, make_plan

FORKED = pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork.*:DeprecationWarning")
COLUMNS = [
    "cathode", "electrolyte", "voltage_V",
    "mixing_fraction_total", "reaction_energy_total_ev_per_atom", "products_total",
    "mixing_fraction_mutual", "reaction_energy_mutual_ev_per_atom", "products_mutual", "error",
]  # fmt: skip


@pytest.fixture
def lists(tmp_path):
    """A cathode list with every kind of failure, and electrolytes with one pair of equals."""
    first, second = tmp_path / "cathodes.txt", tmp_path / "electrolytes.csv"
    first.write_text(
        "Li2O2   # metastable\nTiO2\n\nLi2TiO3\nQq2\nNaTiO2\nLi5TiO5\nLi\n", encoding="utf-8"
    )
    second.write_text("formula,price\nLi2O,1\nTiO2,2\nTi2O3,3\n", encoding="utf-8")
    return first, second


@pytest.fixture
def screen(toy_csv, lists, tmp_path, capsys):
    """Run the verb in this process, which has the compiled kernel."""

    def run(*arguments, out="out", lists=lists, phases=toy_csv):
        words = ["screen", "--out", str(tmp_path / out), "--json", *map(str, arguments)]
        if lists:
            words += ["--cathodes", str(lists[0]), "--electrolytes", str(lists[1])]
            words += ["--phases", str(phases)]
        main(words)
        return json.loads(capsys.readouterr().out), tmp_path / out

    return run


def rows(out):
    return pd.read_parquet(out / "parts")


def test_rows_summary_and_manifest(screen, toy_csv):
    summary, out = screen()
    table = rows(out)
    assert list(table.columns) == COLUMNS
    assert summary["pairs"] == summary["rows"] == len(table) == 7 * 3
    assert summary["parts"] == summary["parts_computed"] == 1
    assert summary["errors"] == table["error"].notna().sum() == 3 * 3 + 1
    assert summary["seconds"] > 0
    assert summary["pairs_per_second"] > 0
    assert summary["peak_memory_mb"] > 10
    good = table[table["error"].isna()]
    assert good.drop(columns=["voltage_V", "error"]).notna().all(axis=None)
    bad = table[table["error"].notna()]
    assert bad[COLUMNS[2:9]].isna().all(axis=None)
    for row in good.itertuples():
        curve = compute_curve(row.cathode, row.electrolyte, PhaseOptions(str(toy_csv)))
        total, mutual = curve.minimum_total, curve.minimum_mutual
        assert row.reaction_energy_total_ev_per_atom == pytest.approx(total.total, abs=1e-9)
        assert row.reaction_energy_mutual_ev_per_atom == pytest.approx(mutual.mutual, abs=1e-9)
        assert row.mixing_fraction_mutual == pytest.approx(mutual.mixing_fraction, abs=1e-9)
        assert row.products_total == " + ".join(total.products)
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["rows_sha256"] == summary["rows_sha256"]
    assert manifest["provenance"]["phase_set"] == toy_csv.name
    assert [part["rows"] for part in manifest["parts"]] == [21]


def test_every_failure_has_its_sentence(screen):
    _, out = screen()
    said = rows(out).set_index(["cathode", "electrolyte"])["error"]
    assert "unknown element 'Qq'" in said["Qq2", "Li2O"]
    assert "no elemental reference for Na" in said["NaTiO2", "Li2O"]
    assert "--energy Li5TiO5=hull" in said["Li5TiO5", "TiO2"]
    assert "both reactants are TiO2" in said["TiO2", "TiO2"]
    assert pd.isna(said["Li", "TiO2"])  # closed, lithium metal is a reactant like any other
    assert all("\n" not in text for text in said.dropna())


def test_hull_energy_where_there_is_no_entry(screen):
    _, out = screen("--energy", "Li5TiO5=hull")
    table = rows(out)
    assert table[table["cathode"] == "Li5TiO5"]["error"].isna().all()


def test_an_energy_of_a_series_is_one_of_its_members(tmp_path):
    from workflows.analyses.candidates.material_lists import read_candidates
    from workflows.analyses.conditions import CLOSED
    from workflows.analyses.setup import PhaseOptions, load_phase_set

    file = tmp_path / "states.txt"
    file.write_text("LCO@0.5\nLCO\nLi2O\n", encoding="utf-8")
    source = PhaseOptions(energies=("LCO=hull",))
    result = read_candidates([str(file)], load_phase_set(source, ["Li", "Co", "O"], CLOSED), source)
    models = {
        name: item.energy_model
        for name, item in zip(result.names, result.reactants, strict=True)
        if item
    }
    assert models == {"LCO": "hull", "LCO@0.5": "hull", "Li2O": "own"}


def test_the_figure_of_a_small_screen_is_a_heat_map(screen, tmp_path):
    screen("--figure", tmp_path / "s.png", "--table", tmp_path / "s.csv")
    pairs = pd.read_csv(tmp_path / "s.csv").set_index(["cathode", "electrolyte"])
    drawn = pd.read_csv(tmp_path / "s.data.csv")
    drawn = drawn[drawn["series"] == "mutual"]
    energies = pairs["reaction_energy_mutual_ev_per_atom"].dropna()
    assert len(drawn) == len(energies) > 9
    assert drawn["value"].min() == pytest.approx(1000 * energies.min())


def test_a_screen_too_wide_for_a_figure_is_refused_before_it_is_computed(screen, tmp_path, capsys):
    electrolytes = ",".join(f"Li{n}Ti" for n in range(1, 18))
    words = ["--cathodes", "Li2O", "--electrolytes", electrolytes, "--figure", tmp_path / "s.png"]
    with pytest.raises(SystemExit):
        screen(*words, lists=None, out="wide")
    assert "16 electrolytes" in capsys.readouterr().err
    assert not (tmp_path / "wide" / "parts").exists()


def test_voltages_are_rows(screen, toy_csv):
    summary, out = screen("--voltage", "closed,1.5", "--voltage", "3")
    table = rows(out)
    assert summary["rows"] == 3 * summary["pairs"] == len(table)
    assert table["voltage_V"][:6].tolist()[1:3] == [1.5, 3.0]
    assert np.isnan(table["voltage_V"][3])
    lithium = table[(table["cathode"] == "Li") & table["voltage_V"].notna()]
    assert lithium["error"].str.contains("compute its uptake").all()
    assert len(lithium) == 6
    row = table[
        (table["cathode"] == "Li2TiO3") & (table["electrolyte"] == "Ti2O3")
        & (table["voltage_V"] == 1.5)
    ].iloc[0]  # fmt: skip
    curve = compute_curve(
        "Li2TiO3", "Ti2O3", PhaseOptions(str(toy_csv)), Conditions(opened=("Li",), voltage=1.5)
    )
    kink = curve.minimum_total
    for column, value in (
        ("mixing_fraction_total", kink.mixing_fraction),
        ("reaction_energy_total_ev_per_atom", kink.total),
        ("reaction_energy_total_ev_per_nonopen_atom", kink.total_per_nonopen_atom),
        ("reaction_energy_mutual_ev_per_atom", curve.minimum_mutual.mutual),
    ):
        assert row[column] == pytest.approx(value, abs=1e-9), column


@FORKED
def test_chunks_and_engines_change_nothing(screen, tmp_path, capsys):
    whole, out = screen("--voltage", "closed,3", out="whole")
    expected = rows(out)
    for name, *more in (
        ("small", "--rows-per-part", 5),
        ("single", "--rows-per-part", 1),
        ("two", "--rows-per-part", 4, "--processes", 2),
    ):
        summary, other = screen("--voltage", "closed,3", *more, out=name)
        assert summary["parts"] > 3
        assert summary["rows_sha256"] == whole["rows_sha256"]
        table = rows(other)
        assert table.to_csv() == expected.to_csv()  # the order as well
    # the tasks of an array, each by its number, in any order
    planned, out = screen("--voltage", "closed,3", "--rows-per-part", 5, "--plan-only", out="array")
    assert not (out / "parts").exists()
    script = tmp_path / "array.sh"
    screen("--slurm-script", script, "--tasks", 3, "--plan-only", out="array", lists=None)
    text = script.read_text()
    assert re.search(r"--array=0-2$", text, re.MULTILINE)
    command = text[text.index("exec ") + 5 :].replace("\\\n", "").split(" -m workflows.cli ")[1]
    assert subprocess.run(["bash", "-n", script], check=False).returncode == 0
    for task in (2, 0, 1):
        words = command.replace('"$SLURM_ARRAY_TASK_ID"', str(task)).split()
        main(words)
    assert capsys.readouterr().out.count("4 rows") == 10
    summary, _ = screen(out="array", lists=None)
    assert summary["parts_computed"] == 0
    assert summary["parts"] == planned["parts"]
    assert summary["rows_sha256"] == whole["rows_sha256"]
    assert rows(out).to_csv() == expected.to_csv()


def test_other_rows_have_another_checksum(screen):
    item, _out = screen("--limit", 20, out="one")
    other, _ = screen("--limit", 20, "--exclude", "Li2TiO3", out="other")
    assert item["rows_sha256"] != other["rows_sha256"]


def test_the_checksum_sees_every_letter(screen, lists, tmp_path):
    gathered = []
    for name in ("(TiO2)2", "(TiO2)3"):  # the same numbers and lengths, another name
        cathodes = tmp_path / f"{name}.txt"
        cathodes.write_text(name)
        gathered.append(screen(out=name, lists=(cathodes, lists[1]))[0]["rows_sha256"])
    assert gathered[0] != gathered[1]


def test_limit_takes_the_first_pairs(screen):
    _whole, out = screen(out="whole")
    expected = rows(out)
    summary, out = screen("--limit", 8, "--rows-per-part", 3, out="some")
    assert summary["pairs"] == 8
    assert summary["parts"] == 3
    assert rows(out).to_csv() == expected[:8].to_csv()


def test_pairs_of_one_chemical_system_stand_together(screen, toy_csv):
    _, out = screen()
    plan = read_plan(out)
    ((leg, first_of, second_of),) = plan.part(0)
    first, second = plan.screens[leg].masks
    masks = first[first_of] | second[second_of]
    assert (np.diff(masks) >= 0).all()
    assert len({*zip(first_of, second_of, strict=True)}) == plan.pairs  # each pair once


def test_memory_is_bounded_by_rows_per_part(toy_csv, tmp_path):
    # 1e10 pairs: what is held is the candidates, never the pairs
    names = tmp_path / "many.txt"
    chosen = ["Li2O", "TiO2", "Li2TiO3", "Ti2O3", "Li2O2"]
    names.write_text("\n".join(f"({formula}){k + 1}" for formula in chosen for k in range(200)))
    spec = ScreenSpec(
        (str(names),), (str(names),), source=PhaseOptions(str(toy_csv)), rows_per_part=1000
    )
    plan = make_plan(spec)
    assert plan.pairs == 10**6
    assert plan.parts == 1000
    assert sum(array.nbytes for array in vars(plan.blocks[0]).values()) < 20_000
    for number in (0, 517, 999):
        assert compute(plan, number).num_rows == 1000
        assert compute(plan, number).nbytes < 100_000


def test_a_part_is_computed_once(screen):
    _, out = screen("--rows-per-part", 5)
    before = {path.name: path.stat().st_mtime_ns for path in (out / "parts").iterdir()}
    again, _ = screen("--rows-per-part", 5)
    assert again["parts_computed"] == 0
    assert again["pairs_per_second"] == 0
    assert {path.name: path.stat().st_mtime_ns for path in (out / "parts").iterdir()} == before
    damaged = part_path(out, 2)
    data = bytearray(damaged.read_bytes())
    data[len(data) // 2] ^= 1
    damaged.write_bytes(data)
    part_path(out, 3).unlink()
    mended, _ = screen(lists=None)
    assert mended["parts_computed"] == 2
    assert mended["rows_sha256"] == again["rows_sha256"]


def killed_child(out, plan, executor):
    run_screen(out, plan, executor, report=lambda _: time.sleep(0.01))


@FORKED
@pytest.mark.parametrize("count", [1, 2])
def test_killed_in_the_middle(toy_csv, lists, tmp_path, count):
    spec = ScreenSpec(
        (str(lists[0]),), (str(lists[1]),), source=PhaseOptions(str(toy_csv)), rows_per_part=1,
        voltages=(None,),
    )  # fmt: skip
    whole = run_screen(tmp_path / "whole", begin(tmp_path / "whole", make_plan(spec)))
    out = tmp_path / "killed"
    plan = begin(out, make_plan(spec))
    executor = slow if count == 1 else executors.local_processes(2)
    child = multiprocessing.get_context("fork").Process(target=killed_child, args=(out, plan, slow))
    if count == 2:
        child = multiprocessing.get_context("fork").Process(
            target=killed_child, args=(out, plan, slowed(executor))
        )
    child.start()
    deadline = time.monotonic() + 60
    while len(list((out / "done").glob("*.json"))) < 4 and time.monotonic() < deadline:
        time.sleep(0.005)
    os.kill(child.pid, signal.SIGKILL)
    child.join()
    time.sleep(0.3)  # workers see that their parent is gone
    there = {n for n in range(plan.parts) if finished(out, plan, n)}
    assert 4 <= len(there) < plan.parts
    times = {n: part_path(out, n).stat().st_mtime_ns for n in there}
    resumed = run_screen(out, read_plan(out))
    assert resumed.parts_computed == plan.parts - len(there)  # nothing finished is done twice
    assert {n: part_path(out, n).stat().st_mtime_ns for n in there} == times
    assert resumed.rows_sha256 == whole.rows_sha256
    leftovers = [p for p in (out / "parts").iterdir() if p.suffix != ".parquet"]
    assert len(leftovers) <= count  # a half-written file has a name of its own


def slow(out, plan, numbers):
    for number in numbers:
        time.sleep(0.02)
        yield write_part(out, plan, number)


def slowed(executor):
    """Workers that take their time, so that there is a middle to be killed in."""

    def run(out, plan, numbers):
        original = executors.write_part

        def late(*arguments):
            time.sleep(0.05)
            return original(*arguments)

        executors.write_part = late  # in the child alone
        yield from executor(out, plan, numbers)

    return run


@FORKED
def test_a_worker_that_dies_is_told(toy_csv, lists, tmp_path, monkeypatch):
    spec = ScreenSpec(
        (str(lists[0]),), (str(lists[1]),), source=PhaseOptions(str(toy_csv)), rows_per_part=4
    )
    plan = begin(tmp_path / "out", make_plan(spec))

    def dying(out, plan, number):
        if number == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        return write_part(out, plan, number)

    monkeypatch.setattr(executors, "write_part", dying)
    with pytest.raises(ValueError, match="was killed"):
        run_screen(tmp_path / "out", plan, executors.local_processes(2))

    def failing(out, plan, number):
        raise OSError("no space")

    monkeypatch.setattr(executors, "write_part", failing)
    with pytest.raises(ValueError, match=r"failed: OSError: no space"):
        run_screen(tmp_path / "out", plan, executors.local_processes(1))


def test_another_plan_in_the_same_folder_is_refused(screen, capsys):
    screen("--limit", 5)
    with pytest.raises(SystemExit) as stop:
        screen("--limit", 6)
    assert stop.value.code == 2
    assert "holds another screen" in capsys.readouterr().err


def test_coatings_are_ranked(screen, tmp_path, toy_csv):
    coats = tmp_path / "coatings.txt"
    coats.write_text("Li2TiO3\nTi2O3\nLiTiO2\nQq\n")
    summary, out = screen("--coatings", coats, "--best", 2, "--rows-per-part", 7)
    table = rows(out)
    assert set(table["interface"]) == {
        "cathode|electrolyte", "cathode|coating", "coating|electrolyte",
    }  # fmt: skip
    assert summary["pairs"] == 7 * 3 + 7 * 4 + 4 * 3
    ranked = pd.read_parquet(out / "coatings.parquet")
    lowest = {
        (row.interface, row.cathode, row.electrolyte): row.reaction_energy_mutual_ev_per_atom
        for row in table.itertuples()
    }
    item = ranked[(ranked["cathode"] == "Li2O2") & (ranked["electrolyte"] == "TiO2")]
    worse = {
        coating: min(lowest["cathode|coating", "Li2O2", coating],
                     lowest["coating|electrolyte", coating, "TiO2"])
        for coating in ("Li2TiO3", "Ti2O3", "LiTiO2")
    }  # fmt: skip
    best = sorted(worse, key=lambda coating: -round(worse[coating], 6))[:2]
    assert item["rank"].tolist() == [1, 2]
    assert item["worse_mutual_ev_per_atom"].tolist() == pytest.approx([worse[c] for c in best])
    assert set(item["coating"]) == set(best)
    bare = lowest["cathode|electrolyte", "Li2O2", "TiO2"]
    assert item["bare_mutual_ev_per_atom"].tolist() == pytest.approx([bare] * 2)
    assert "Qq" not in set(ranked["coating"])


def test_criteria_take_compounds_of_the_set(screen, toy_csv):
    _, out = screen(
        "--cathodes", "set:Li+O,hull<=0", "--electrolytes", "set:all",
        "--filter", "elements<3", "--phases", toy_csv, lists=None,
    )  # fmt: skip
    table = rows(out)
    assert set(table["cathode"]) == {"Li2O", "Li2O2"}
    assert set(table["electrolyte"]) == {
        "Li", "Ti", "O2", "Li2O", "Li2O2", "TiO2", "Ti2O3",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "formula", "above", "met"),
    [
        ("Li+O+transition-metal", "LiCoO2", 0.5, True),
        ("Li+O+transition-metal", "Li3PO4", 0.0, False),
        ("Li+P|S", "Li2S", 0.0, True),
        ("!P|S", "Li2S", 0.0, False),
        ("!halogen", "LiCl", 0.0, False),
        ("within:Li-P-O", "Li3PO4", 0.0, True),
        ("within:Li-P-O", "LiCoPO4", 0.0, False),
        ("hull<=0", "Li2S", 1e-12, True),
        ("hull<=0", "Li2S", 0.001, False),
        ("hull<0.02", "Li2S", 0.02, False),
        ("elements<=3", "LiCoPO4", 0.0, False),
        ("elements>=4", "LiCoPO4", 0.0, True),
        ("cost<20", "Al2O3", 0.0, True),
        ("cost<5", "Au2O3", 0.0, False),
        ("all", "Au", 1.0, True),
    ],
)
def test_a_criterion(text, formula, above, met):
    assert Criteria.parse(text).met(Formula.parse(formula), above) is met


def test_a_price_is_weighed_by_mass():
    # TiO2: 47.867 of 79.8658 g are titanium
    share = 47.867 / 79.8658
    expected = share * price(Formula.parse("Ti")) + (1 - share) * price(Formula.parse("O2"))
    assert price(Formula.parse("TiO2")) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--cathodes", "nowhere.txt"], ["no list at nowhere.txt"]),
        (["--cathodes", "set:Li+Xx"], ["'Xx'", "criteria"]),
        (["--cathodes", "set:hull<x"], ["'x'", "not a number"]),
        (["--coatings", "set:Li+Ti,hull<-9"], ["no candidate meets", "loosen"]),
        (["--voltage", "-1"], ["below 0 V"]),
        (["--voltage", "high"], ["--voltage 'high'"]),
        (["--voltage", "3,3"], ["twice"]),
        (["--carrier", "Na", "--voltage", "3"], ["no elemental reference for Na"]),
        (["--energy", "LPS=hull"], ["'LPS' is in no list"]),
        (["--rows-per-part", "0"], ["1 or more"]),
        (["--elements", "Li-Qq"], ["'Qq' is not an element"]),
        (["--part", "0"], ["existing plan"]),
        (["--processes", "0"], ["1 or more"]),
    ],
)
def test_what_cannot_be_asked_is_one_line(screen, capsys, arguments, words):
    with pytest.raises(SystemExit) as stop:
        screen(*arguments)
    said = capsys.readouterr()
    assert stop.value.code == 2
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert said.err.startswith("interfaces: ")
    for word in words:
        assert word in said.err


def test_no_screen_there(tmp_path):
    refused(interfaces("screen", "--out", tmp_path / "none"), "holds no screen", "--cathodes")
    refused(interfaces("screen", "--out", tmp_path / "none", "--part", 0), "holds no screen")


def test_no_such_part(screen, capsys):
    screen("--plan-only")
    with pytest.raises(SystemExit) as stop:
        screen("--part", 1, lists=None)
    assert stop.value.code == 2
    assert "no part 1" in capsys.readouterr().err


def test_parsl_computes_the_same(screen):
    pytest.importorskip("parsl", reason="Parsl is not installed (the extra `cluster`)")
    whole, _ = screen(out="whole")
    summary, _ = screen("--rows-per-part", 5, "--executor", "parsl", out="parsl")
    assert summary["rows_sha256"] == whole["rows_sha256"]


@pytest.mark.skipif("parsl" in sys.modules, reason="Parsl is there")
def test_without_parsl_the_extra_is_named(screen, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "parsl", None)
    with pytest.raises(SystemExit) as stop:
        screen("--executor", "parsl")
    assert stop.value.code == 2
    assert "interface-stability[cluster]" in capsys.readouterr().err


def test_progress_goes_to_stderr(toy_csv, lists, tmp_path, capsys):
    main(["screen", "--out", str(tmp_path / "out"), "--phases", str(toy_csv), "--rows-per-part",
          "10", "--cathodes", str(lists[0]), "--electrolytes", str(lists[1])])  # fmt: skip
    said = capsys.readouterr()
    assert re.search(r"part 2 of 3: 20 of 21 rows, [\d,]+/s, [\d,]+ s left", said.err)
    assert "21 pairs, 21 rows" in said.out
    assert Path(tmp_path / "out" / "parts").is_dir()
