"""The same question gives the same bytes: in another process, with other threads, in pieces."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.robustness.numbers import bits

ROOT = Path(__file__).resolve().parents[3]
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")
SETTINGS = [("7", "2"), ("random", "4")]  # PYTHONHASHSEED, threads
#: Between orders of the phases, and with numba and without: of the largest energy.
SAME = 1e-12


def environment(seed, threads):
    return os.environ | dict.fromkeys(THREADS, threads) | {
        "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT),
    }  # fmt: skip


def child(*words, seed="0", threads="1"):
    done = subprocess.run(
        [sys.executable, "-m", *map(str, words)], capture_output=True, text=True, cwd=ROOT,
        env=environment(seed, threads), timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def computed(size, order=0, wanted="hashes", **settings):
    return json.loads(child("tests.robustness.numbers.bits", size, order, wanted, **settings))


@pytest.fixture(scope="module")
def size(full):
    return 400 if full else 60


@pytest.fixture(scope="module")
def expected(size):
    return computed(size)


@pytest.mark.parametrize(("seed", "threads"), SETTINGS)
def test_another_process_writes_the_same_bytes(expected, size, seed, threads):
    assert len(expected) == 27
    assert computed(size, seed=seed, threads=threads) == expected


def apart(first, other, scale, where=""):
    """The largest difference of two results, in units of ``scale``; words have to be the same."""
    assert type(first) is type(other), where
    if isinstance(first, dict):
        assert list(first) == list(other), where
        return max((apart(first[k], other[k], scale, f"{where}/{k}") for k in first), default=0.0)
    if isinstance(first, list):
        assert len(first) == len(other), where
        return max(
            (apart(a, b, scale, where) for a, b in zip(first, other, strict=True)), default=0
        )
    if isinstance(first, float):
        return abs(first - other) / max(1.0, scale, abs(first))
    assert first == other, where
    return 0.0


def test_the_order_of_the_phases_is_the_same_numbers(size):
    """Not the same bits: sums run in another order. Level phases may be named otherwise."""
    first, other = (json.loads(json.dumps(bits.answers(size, order))) for order in (0, 1))
    assert first["large energies set"] == other["large energies set"]
    scale = 1e3
    names = [name for name in first if name.startswith("large") and "spread" not in name
             and "table" not in name]  # fmt: skip
    assert len(names) == 7
    worst = {name: apart(first[name], other[name], scale, name) for name in names}
    print(worst)
    assert max(worst.values()) <= SAME
    # among phases on one plane the energies are the same, whatever is named
    for kind in ("near-coplanar", "coplanar"):
        for name, key in ((f"{kind} curve", "minimum_total"), (f"{kind} open", "minimum_mutual")):
            energies = [
                result[name][key]["reaction_energy_ev_per_atom"] for result in (first, other)
            ]
            assert energies[0] == pytest.approx(energies[1], abs=1e-9)


def test_a_pair_by_the_command_line(tmp_path):
    """What `interfaces curve --json` prints, provenance and all."""
    table = tmp_path / "toy.csv"
    table.write_text(
        "id,formula,formation_energy_per_atom\na,Li,0\nb,Ti,0\nc,O2,0\nd,Li2O,-2\ne,TiO2,-3\n"
        "f,Li2TiO3,-2.75\ng,Ti2O3,-2.9\n",
        encoding="utf-8",
    )
    words = ("workflows.cli", "curve", "Li2O", "TiO2", "--phases", table, "--json")
    output = {child(*words, seed=seed, threads=threads) for seed, threads in SETTINGS}
    assert len(output) == 1
    assert "Li2TiO3" in output.pop()


def test_a_screen_in_processes_of_its_own(tmp_path, full):
    """The same sum of all rows from one and two workers, hash seeds and numbers of threads."""
    if not full:
        pytest.skip("compiles the loop in another process; test_screen.py has it in this")
    table, lists = tmp_path / "set.csv", tmp_path / "list.txt"
    from tests.robustness.numbers import geometry

    case = geometry.make("near-coplanar", 3, elements=6, count=300)
    rows = zip(case.phases.formulas, case.phases.energies, strict=True)
    lines = [f"p{k},{f.text},{float(e)!r}" for k, (f, e) in enumerate(rows)]
    table.write_text("\n".join(["id,formula,formation_energy_per_atom", *lines]) + "\n")
    formulas = dict.fromkeys(f.text for f in case.phases.formulas if len(f.elements) > 1)
    lists.write_text("\n".join(list(formulas)[:60]) + "\n")
    sums = set()
    for k, (seed, threads) in enumerate([("0", "1"), *SETTINGS]):
        out = tmp_path / f"out{k}"
        output = child(
            "workflows.cli", "screen", "--out", out, "--cathodes", lists, "--electrolytes", lists,
            "--phases", table, "--voltage", "closed,2.5", "--rows-per-part", 1000, "--json",
            "--processes", 1 + k % 2, seed=seed, threads=threads,
        )  # fmt: skip
        sums.add(json.loads(output)["rows_sha256"])
    assert len(sums) == 1


def test_with_numba_and_without(full):
    """The compiled twins of the plain functions, line by line, to 1e-12 of the largest energy."""
    if not full:
        pytest.skip("compiles the kernel; tests/golden and tests/laws compare both as well")
    import numpy as np

    from interfaces.phases.reactants import joined
    from interfaces.reactivity.mixing_curve import open_pool
    from interfaces.screening.numba_cache import compiled
    from interfaces.solver.parametric import mixing_line
    from tests.robustness.numbers import geometry

    worst = 0.0
    for kind in ("twins", "large energies", "offset", "huge amounts"):
        for seed in range(100):
            case = geometry.make(kind, seed)
            pool, _ = joined(open_pool(case.phases, *case.pair), *case.pair)
            ends = [pool.composition(material.formula) for material in reversed(case.pair)]
            given = (pool.phases, pool.energies, pool.references, *ends)
            plain, fast = mixing_line(*given), compiled()["mixing_line"](*given)
            assert plain[:2] == fast[:2]
            assert np.array_equal(np.sort(plain[3]), np.sort(fast[3]))
            scale = max(1.0, np.abs(pool.energies).max())
            for x in np.linspace(0, 1, 21):
                gathered = []
                for _, _, bounds, bases, p, q in (plain, fast):
                    k = min(np.searchsorted(bounds, x, "right") - 1, len(bases) - 1)
                    gathered.append(pool.energies[bases[k]] @ (p[k] + q[k] * x))
                worst = max(worst, abs(gathered[0] - gathered[1]) / scale)
    print(f"{worst:.1e}")
    assert worst <= SAME
