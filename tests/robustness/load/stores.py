"""A folder of many curve records, made by the product's own writer from made-up phases."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np

from interfaces.phases.phase_set import PhaseSet
from workflows.analyses.curve import prepare_curve
from workflows.analyses.setup import PhaseOptions
from workflows.runs.record import IN_FOLDER, write_record

PAIRS = (("Li2O", "TiO2"), ("Li2O2", "Ti2O3"), ("LiTiO2", "O2"), ("Ti", "Li2O"))
ROWS = (
    ("li", "Li", 0.0), ("ti", "Ti", 0.0), ("o", "O2", 0.0), ("li2o", "Li2O", -2.0),
    ("li2o2", "Li2O2", -1.6), ("tio2", "TiO2", -3.0), ("ti2o3", "Ti2O3", -2.9),
    ("li2tio3", "Li2TiO3", -2.75), ("liti", "LiTiO2", -2.5),
)  # fmt: skip


def fill(folder: Path, count: int, seed: int = 20261121) -> None:
    """Write ``count`` runs of one curve each; compound energies differ from run to run."""
    random = np.random.default_rng(seed)
    for number in range(count):
        shifts = random.uniform(-0.05, 0.05, len(ROWS))
        phases = PhaseSet.from_rows(
            [
                (name, formula, energy and round(energy + shift, 4))
                for (name, formula, energy), shift in zip(ROWS, shifts, strict=True)
            ],
            scheme="made up",
            source=f"run {number}",
        )
        question = prepare_curve(*PAIRS[number % len(PAIRS)], PhaseOptions(phases))
        write_record(folder / f"run-{number:05d}" / IN_FOLDER, [(question, question.run())])


def plainly(
    folder: Path, first: str, second: str, but: Path | None = None
) -> list[tuple[str, float]]:
    """(record, lowest total as it was written) of a pair: json and a loop, nothing of ours."""
    gathered = []
    for path in sorted(folder.glob(f"*/{IN_FOLDER}")):
        if path == but:
            continue
        for answer in load(path)["answers"]:
            names = {key["name"] for key in answer["question"]["reactants"]}
            if names == {first, second}:
                kinks = answer["result"]["kinks"]
                gathered.append(
                    (str(path), min(kink["reaction_energy_ev_per_atom"] for kink in kinks))
                )
    return gathered


def load(path: Path) -> dict[str, Any]:
    """One record by json alone."""
    data: dict[str, Any] = json.loads(gzip.decompress(path.read_bytes()))
    return data


def hurt(path: Path) -> None:
    """Cut a record in half."""
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
