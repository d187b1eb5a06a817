"""Fixtures: a small made-up chemistry with round numbers, and the real table where it exists."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from interfaces.phases.phase_set import PhaseSet
from tests.made_up_sets import thio  # noqa: F401  # a fixture of many rooms

# Compiled modules are kept, whatever the environment says. Otherwise every one of the some thousand
# processes that tests start compiles NumPy, pymatgen and the rest from source: seconds each.
if os.environ.pop("PYTHONDONTWRITEBYTECODE", None):
    sys.dont_write_bytecode = False

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared" / "data"
LEGACY = SHARED / "mp_legacy_2019.csv.gz"

TOY = [
    ("li", "Li", 0.0),
    ("ti", "Ti", 0.0),
    ("o", "O2", 0.0),
    ("li2o", "Li2O", -2.0),
    ("li2o-b", "Li2O", -1.9),
    ("li2o2", "Li2O2", -1.6),
    ("tio2", "TiO2", -3.0),
    ("ti2o3", "Ti2O3", -2.9),
    ("li2tio3", "Li2TiO3", -2.75),
    ("liti", "LiTiO2", -2.5),
]


@pytest.fixture(scope="session")
def toy() -> PhaseSet:
    return PhaseSet.from_rows(TOY, scheme="made up", source="toy")


@pytest.fixture(scope="session")
def legacy() -> PhaseSet:
    if not LEGACY.is_file():
        pytest.skip("the MP table of 2019 is not beside this checkout")
    from workflows.data.phase_sets import read_phases

    return read_phases(LEGACY)


@pytest.fixture
def toy_csv(tmp_path: Path) -> Path:
    path = tmp_path / "toy.csv"
    lines = ["id,formula,formation_energy_per_atom"]
    lines += [f"{i},{formula},{energy}" for i, formula, energy in TOY]
    path.write_text("\n".join(lines) + "\n")
    return path


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="the long sizes of .ci/full")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """In several processes each file stays in one, and the tests with Slurm share theirs."""
    from xdist.scheduler import LoadFileScheduling

    class ByFile(LoadFileScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            return "cluster" if file.startswith("tests/integration/cluster/") else file

    return ByFile(config, log)


@pytest.fixture(scope="session")
def full(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--full"))
