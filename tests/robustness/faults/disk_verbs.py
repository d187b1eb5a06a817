"""Every verb that writes, on made-up chemistry as small as it goes, and the files it is given."""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path

from tests.conftest import TOY
from tests.robustness.faults.disk import Verb

OXIDES = {
    "Li": 0, "Ti": 0, "Si": 0, "Zr": 0, "O2": 0, "Li2O": -6.0, "TiO2": -9.0, "SiO2": -9.0,
    "ZrO2": -9.0, "Li2TiO3": -16.5, "Li2SiO3": -15.6, "SiTiO4": -19.2, "Li2Si2O5": -24.3,
}  # fmt: skip
QUESTIONS = """\
name: toys
phases: {files}/toy.csv
questions:
  - {{curve: [Li2O, TiO2]}}
  - {{window: Li2TiO3}}
"""
TINY = """\
name: tiny
cathode: LCO
lithium: [1.0]
electrolytes: [LPS]
phases: sevennet-l3i5
calculate: {formula_units: 2, orderings: 1, seed: 811}
"""
MOVING = """\
name: moving
cell: {files}/cell.extxyz
temperature: 700
steps: 4
segments: 2
every: 2
seed: 5
relaxation_steps: 2
"""


def write_files(folder: Path) -> None:
    """What the verbs are given."""
    from interfaces.chemistry.formulas import Formula

    rows = [f"{i},{formula},{energy}" for i, formula, energy in TOY]
    _lines(folder / "toy.csv", ["id,formula,formation_energy_per_atom", *rows])
    atoms = {name: float(Formula.parse(name).n_atoms) for name in OXIDES}
    rows = [f"{name},{name},{energy / atoms[name]!r}" for name, energy in OXIDES.items()]
    _lines(folder / "oxides.csv", ["id,formula,formation_energy_per_atom", *rows])
    _lines(folder / "coatings.txt", ["SiO2", "ZrO2", "Li2Si2O5"])
    _lines(folder / "cathodes.txt", ["Li2O2", "TiO2", "Li2TiO3", "Qq2"])
    _lines(folder / "electrolytes.txt", ["Li2O", "Ti2O3"])
    _lines(folder / "layers.txt", ["TiO2", "LiTiO2"])
    (folder / "toys.yaml").write_text(QUESTIONS.format(files=folder))
    (folder / "tiny.yaml").write_text(TINY)
    (folder / "moving.yaml").write_text(MOVING.format(files=folder))
    (folder / "site.yaml").write_text('name: here\ncommand: "true"\n')
    _cells(folder)
    _matbench(folder)


def _lines(path: Path, lines: list[str]) -> None:
    path.write_text("\n".join(lines) + "\n")


def _cells(folder: Path) -> None:
    """CoO beside Li2O, and frames of it: no real interface, but two sides."""
    import numpy as np
    from ase import Atoms
    from ase.calculators.singlepoint import SinglePointCalculator
    from ase.io import write

    corners = np.array([[0, 0, 0], [1, 1, 0], [1, 0, 1], [0, 1, 1]]) * 2.13
    fluorite = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)]) * 2.13 + 1.065
    up = np.array([0, 0, 4.26 + 1.1])
    atoms = Atoms(
        "Co4O4Li8O4",
        np.concatenate((corners, corners + np.array([2.13, 0, 0]), fluorite + up, corners + up)),
        cell=[4.26, 4.26, 2 * 4.26 + 2.2],
        pbc=True,
    )
    atoms.arrays["side"] = np.array(["CoO"] * 8 + ["Li2O"] * 12)
    atoms = atoms[np.argsort(atoms.get_atomic_numbers(), kind="stable")]
    atoms.write(folder / "cell.extxyz", format="extxyz", columns=["symbols", "positions", "side"])
    frames = []
    for k in range(6):
        frame = atoms.copy()
        frame.positions[0, 0] += 0.05 * k
        frame.calc = SinglePointCalculator(frame, energy=-80 + 0.01 * k)
        frames.append(frame)
    write(folder / "md.extxyz", frames)


def _matbench(folder: Path) -> None:
    """The data set of the Materials Project of 2019 in miniature, where the verb looks for it."""
    from workflows.data import matbench

    def structure(symbols: list[str]) -> dict[str, object]:
        sites = [{"species": [{"element": s, "occu": 1}]} for s in symbols]
        return {"lattice": {"volume": 27.0}, "sites": sites}

    rows = [[structure(["Li"]), 0.0], [structure(["O", "O"]), 0.0],
            [structure(["Li", "Li", "O"]), -2.0]]  # fmt: skip
    data = gzip.compress(json.dumps({"columns": [], "index": [], "data": rows}).encode(), mtime=0)
    (folder / "matbench.json.gz").write_bytes(data)
    (folder / "matbench.sha256").write_text(hashlib.sha256(data).hexdigest())
    assert matbench.SHA256


FILES = " --phases {files}/toy.csv"
SCREEN = "screen --cathodes {files}/cathodes.txt --electrolytes {files}/electrolytes.txt" + FILES
VERBS = (
    Verb(
        "curve",
        "curve TiO2 Li2O --figure {out}/f.png --record {out}/r.json.gz" + FILES,
        before=("curve Ti2O3 Li2O2 --figure {out}/f.png --record {out}/r.json.gz" + FILES,),
    ),
    Verb("window", "window Li2TiO3 --figure {out}/new/w.pdf --record {out}/w.json" + FILES),
    Verb("map", "map TiO2 Li2O --voltage 0:3 --figure {out}/m.svg --record {out}/m.json" + FILES),
    Verb(
        "charging",
        "charging LCO LPSCl --voltage 3:4 --points 5 --figure {out}/c.svg --record {out}/c.json.gz",
    ),
    Verb(
        "coatings",
        "coatings Li2TiO3 Li2O --candidates {files}/coatings.txt --charged none "
        "--cathode-voltages 1:3 --phases {files}/oxides.csv --figure {out}/a.png "
        "--record {out}/a.json.gz",
    ),
    Verb(
        "screen",
        SCREEN + " --coatings {files}/layers.txt --rows-per-part 4 --out {out}/s "
        "--table {out}/t.csv --figure {out}/s.png",
    ),
    Verb(
        "screen, begun",
        "screen --out {out}/s --slurm-script {out}/array.sh --tasks 2",
        before=(SCREEN + " --rows-per-part 4 --out {out}/s --plan-only",),
    ),
    Verb(
        "validate",
        "validate --only closed" + FILES + " --csv {out}/v.csv --markdown {out}/v.md",
        before=(
            "validate --only closed --phases {files}/oxides.csv --csv {out}/v.csv "
            "--markdown {out}/v.md",
        ),
    ),
    Verb(
        "run of questions",
        "run {files}/toys.yaml --out {out}",
        before=("run {files}/toys.yaml --out {out} --phases {files}/oxides.csv",),
        varies=r"\.jobs/",
        alone=("toys/",),
    ),
    Verb("run", "run {files}/tiny.yaml --out {out}", varies=r"\.jobs/", alone=("tiny/",)),
    Verb(
        "run on the mock",
        "run {files}/tiny.yaml --calculator mock --out {out}",
        varies=r"\.jobs/",
        alone=("tiny-mock/",),
    ),
    Verb(
        "run of dynamics",
        "run {files}/moving.yaml --calculator mock --out {out}",
        varies=r"\.jobs/",
        alone=("moving-mock/",),
    ),
    Verb(
        "report",
        "report {out}/toys --out {out}/toys.html",
        before=("run {files}/toys.yaml --out {out}",),
    ),
    Verb("cell", "cell CoO LPSCl --out {out}/cell --max-atoms 200", alone=("cell/",)),
    Verb(
        "inputs",
        "inputs CoO --protocol zhang2023-aimd --supercell 2x2x2 --segments 2 --out {out}/md",
        alone=("md/",),
    ),
    Verb(
        "trajectory",
        "trajectory {files}/md.extxyz --timestep 10 --out {out} --name t",
        alone=("t/",),
    ),
    Verb(
        "fetch",
        "fetch Li-Co-O --out {out}/snap",
        before=("fetch Li-Co --out {out}/snap",),
        varies=r"\.snap\.parts/",  # finished requests, kept for the next try
        alone=("snap/",),
    ),
    Verb("fetch of 2019", "fetch --matbench --out {out}/snap", alone=("snap/",)),
    Verb(
        "submit",
        "submit {files}/tiny.yaml --to local --calculator mock --site {files}/site.yaml "
        "--out {out}",
        varies=r"submitted/|submission\.json|batch\.txt|/lock$",
    ),
    Verb(
        "collect",
        "collect {out}",
        before=(
            "submit {files}/tiny.yaml --to local --calculator mock --site {files}/site.yaml "
            "--out {out}",
            "run {files}/tiny.yaml --calculator mock --out {out}",
        ),
        without="^tiny-mock(/|$)",
        varies=r"\.jobs/",
        alone=("tiny-mock/",),
    ),
)  # fmt: skip

#: Verbs that every test run hurts; the others with --full.
QUICK = ("submit", "validate", "fetch of 2019")
#: Verbs that write nothing, asked beside a run's folder.
READING = (
    "replay {out}/toys",
    "query {out}",
    "phases {files}/toy.csv",
    "curve TiO2 Li2O --json" + FILES,
)
