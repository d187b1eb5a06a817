"""The glossary has every name that the commands print, no other, and each with its unit."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.docs.pages import ROOT
from tests.docs.running import Stage

pytest.importorskip("pyarrow")
pytest.importorskip("numba")
pytest.importorskip("ase")

PAGE = (ROOT / "docs" / "glossary.md").read_text()
OTHERS, OURS = PAGE.split("## Words for", 1)[1].split("\n## ", 1)
#: An item of the list: keys that share a unit, and the unit where there is one.
ITEM = re.compile(r"^- (`\w+`(?:, `\w+`)*)(?: \[([^\]]+)\])?: ", flags=re.M)
#: How a key that has a unit ends, longest first where one ends in another.
UNITS = {
    "_J_per_g": "J/g", "mmol_per_g_of_composite": "mmol/g", "mmol_per_g_after": "mmol/g",
    "mol_of_atoms_per_g": "mol/g", "_ev_per_atom_of_composite": "eV/atom of the composite",
    "_ev_per_basis_atom": "eV/basis atom",
    "_V_ev_per_formula": "eV/formula", "volt_per_ev_per_atom": "V per eV/atom",
    "_ev_per_atom_per_ps": "eV/atom/ps", "_ev_per_nonopen_atom": "eV/non-open atom",
    "_ev_per_atom_of_mix": "eV/atom of the mix", "_ev_per_atom": "eV/atom",
    "_ev_per_formula": "eV/formula", "_kj_per_mol": "kJ/mol", "_mah_per_g": "mAh/g",
    "mmol_per_ah": "mmol/Ah", "_a3_per_atom": "A3/atom", "_a3_per_formula": "A3/formula",
    "_ev_per_a": "eV/A", "_k_per_ps": "K/ps", "_angstrom2": "A2", "_angstrom": "A", "_fs": "fs",
}  # fmt: skip
UPPER = {"_V": "V", "_K": "K"}  # a lower-case v or k at the end would mean something else
#: Words whose keys are formulas, elements, pairs, voltages or names of packages, not names of ours.
FREE = {
    "products", "volumes_A3_per_formula", "exchanged_per_formula", "provenance", "atoms", "sides",
    "decomposition_energy_own_ev_per_atom", "decomposition_energy_hull_ev_per_atom", "bonds",
    "species_before", "species_after", "coordination", "share_by_number_before", "diffusion",
    "share_by_number_after", "exchanged_g_per_g_of_composite",
}  # fmt: skip
#: Reached only with other options than the ones asked here.
SELDOM = {"partner", "average_voltage_V", "mmol_per_ah"}
QUESTIONS = (
    "curve NCM811@0.5 LiTFSI",
    "curve LCO LPSCl --open Li --voltage 4.3",
    "curve Li LPSCl --open Li --voltage 0",
    "window LPS --sensitivity --samples 20 --reference In|LiIn",
    "map LCO LPSCl --voltage 3.9:4",
    "charging LCO LPSCl --voltage 3.5:4.2 --points 3",
    "composite LCO=60 LPSCl=40 --open Li --voltage 4.2",
)


def unit_of(key: str) -> str | None:
    """The unit that a key ends in."""
    for ending, unit in UPPER.items():
        if key.endswith(ending):
            return unit
    for ending, unit in UNITS.items():
        if key.lower().endswith(ending.lower()):
            return unit
    return None


def names(data: Any, within: str = "") -> Iterator[str]:
    """Keys of JSON output at every depth."""
    if isinstance(data, dict):
        for key, value in data.items():
            if within not in FREE:
                yield key
            if key != "provenance":
                yield from names(value, "" if within in FREE else key)
    elif isinstance(data, list):
        for value in data:
            yield from names(value)


def told(words: list[str], stage: Stage) -> str:
    from workflows.cli import main

    out = io.StringIO()
    with stage._here(), contextlib.redirect_stdout(out):
        main(words)
    return out.getvalue()


@pytest.fixture(scope="module")
def listed() -> dict[str, str]:
    """Key -> unit of the page; a key is listed once."""
    units: dict[str, str] = {}
    for keys, unit in ITEM.findall(OURS):
        for key in re.findall(r"`([^`]+)`", keys):
            assert key not in units, f"{key} is listed twice"
            units[key] = unit or "-"
    return units


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    return Stage(tmp_path_factory.mktemp("glossary"))


def trajectory(folder: Path) -> Path:
    """A few frames of two sides, which is enough for every key."""
    import numpy as np
    from ase import Atoms
    from ase.calculators.singlepoint import SinglePointCalculator
    from ase.io import write

    frames = []
    for step in range(20):
        atoms = Atoms("CoOS", positions=[[0, 0, 0], [1.9, 0.01 * step, 0], [0, 3, 0]],
                      cell=[9, 9, 9], pbc=True)  # fmt: skip
        atoms.arrays["side"] = np.array(["first", "first", "second"])
        atoms.set_momenta(np.full((3, 3), 0.1 + 0.01 * step))
        atoms.calc = SinglePointCalculator(atoms, energy=-3.0 + 0.1 * step)
        frames.append(atoms)
    path = folder / "run.extxyz"
    write(path, frames, columns=["symbols", "positions", "momenta", "side"])
    return path


@pytest.fixture(scope="module")
def printed(stage: Stage) -> dict[str, str]:
    """Every name that the commands print -> where."""
    where: dict[str, str] = {}

    def put(result: Any, origin: str) -> None:
        for key in result:
            where.setdefault(key, origin)

    for question in QUESTIONS:
        words = question.split()
        put(names(json.loads(told([*words, "--json"], stage))), question)
        put(next(csv.reader([told([*words, "--csv"], stage).splitlines()[0]])), f"{question} (CSV)")
    run = trajectory(stage.folder)
    analysis = f"trajectory {run} --timestep 10 --pair CoO,Li2S --json"
    put(names(json.loads(told(analysis.split(), stage))), "trajectory")
    for name in ("bonds", "events", "msd", "rdf"):
        path = next(stage.folder.rglob(f"{name}.csv"))
        put(header(path), path.name)
    put(screens(stage), "screen")
    put(submissions(), "status, collect")
    put(runs(), "run")
    return where


def header(path: Path) -> list[str]:
    with path.open(newline="") as stream:
        return next(csv.reader(stream))


def screens(stage: Stage) -> Iterator[str]:
    import pyarrow.parquet as parquet

    for side, formula in (("c", "Li2O"), ("e", "Li2S"), ("k", "LiCl")):
        (stage.folder / side).write_text(f"{formula}\n")
    status, said = stage.command(
        "interfaces screen --cathodes c --electrolytes e --coatings k --elements Li-O-S-Cl "
        "--voltage closed,2 --out s --json"
    )
    assert status == 0, said
    for path in (next(stage.folder.glob("s/parts/*")), stage.folder / "s" / "coatings.parquet"):
        yield from parquet.read_schema(path).names


def submissions() -> Iterator[str]:
    from dataclasses import fields

    from workflows.submit.collect import Collected
    from workflows.submit.progress import Progress
    from workflows.submit.status import Status
    from workflows.submit.submission_record import Submission

    blank: Any = {f.name: "" for f in fields(Submission)}
    sent = Submission(**blank)
    status = Status("a", Path("a"), sent, "", "", Progress(0, 0, (), "", ""), "")
    yield from ("runs", *status.to_dict())
    yield from (f.name for f in fields(Collected) if f.name != "status")


def runs() -> Iterator[str]:
    from workflows.analyses import phase_set_tables as measured_tables
    from workflows.runs.calculated_series_results import ENERGY_COLUMNS, VOLTAGE_COLUMNS
    from workflows.runs.electrolyte_ranking import COLUMNS as RANKING_COLUMNS
    from workflows.runs.energy_model_spread import COLUMNS as MODEL_COLUMNS
    from workflows.runs.query import COLUMNS, HEADLINE_COLUMNS
    from workflows.tables.curve_tables import KINK_COLUMNS, MINIMUM_COLUMNS, beside_columns

    yield from (*ENERGY_COLUMNS, *VOLTAGE_COLUMNS, *COLUMNS, *HEADLINE_COLUMNS, *MODEL_COLUMNS)
    yield from (*RANKING_COLUMNS, *MINIMUM_COLUMNS, *KINK_COLUMNS)
    yield from (*measured_tables.COLUMNS, *beside_columns("measured"))


def known(key: str, listed: dict[str, str]) -> bool:
    """Listed as it is, or a word of the curves at one of the two minima."""
    return key in listed or re.sub(r"_(total|mutual)$", "", key) in listed


def test_every_name_that_is_printed_is_explained(printed, listed):
    missing = {key: where for key, where in printed.items() if not known(key, listed)}
    assert not missing


def test_every_name_that_is_explained_is_printed(printed, listed):
    words = {re.sub(r"_(total|mutual)$", "", key) for key in printed}
    dead = {key for key in listed if key not in printed and key not in words} - SELDOM
    assert not dead


def test_every_unit_is_the_one_that_the_name_ends_in(listed):
    for key, unit in listed.items():
        wanted = unit_of(key)
        if wanted is None:
            assert unit in {"-", *UNITS.values(), *UPPER.values()}, (key, unit)
        else:
            assert unit == wanted, (key, unit, wanted)


def test_the_table_of_other_packages_has_the_same_units(listed):
    rows = re.findall(r"^\| `([^`]+)` \| [^|]+ \| ([^|]+) \|", OTHERS, flags=re.M)
    assert rows
    for key, unit in rows:
        assert listed[key] == unit.strip()
