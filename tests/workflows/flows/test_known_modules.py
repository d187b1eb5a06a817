"""A stored flow builds classes and functions of known packages, and those it was created with."""

from __future__ import annotations

import dataclasses
import json
import operator
import os
from pathlib import Path

import pytest

pytest.importorskip("jobflow")

from jobflow import Flow, Maker, job

from interfaces.errors import InputError
from workflows.flows.flow_folder import FLOW, JOBS, stored
from workflows.flows.known_modules import FILE, KnownModules
from workflows.flows.run_locally import run_flow
from workflows.io.checksums import parse_checked, with_checksum

# jobflow 0.4 and monty warn of each other
pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")

OWN = __name__


@dataclasses.dataclass
class OwnMaker(Maker):
    """A user's Maker in a module that this package does not know."""

    name: str = "own"
    factor: int = 10

    def make(self, value):
        return job(operator.mul)(value, self.factor)


def make_own():
    first = OwnMaker().make(3)
    second = later(first.output, OwnMaker(factor=2))
    return Flow([first, second], output=second.output)


@job
def later(value, maker):
    from jobflow import Response

    return Response(replace=maker.make(value))


def edit(path, change):
    """Change a file as anyone can who may write to it: its checksum is right again."""
    data, _ = parse_checked(path.read_bytes())
    change(data)
    path.write_text(with_checksum(json.dumps(data)))


def refuse(folder, *words):
    with pytest.raises(InputError) as caught:
        run_flow(make_own, {}, folder)
    for word in words:
        assert word in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_maker_of_the_user_works_again_in_the_folder_of_its_flow(tmp_path):
    assert run_flow(make_own, {}, tmp_path) == 60
    recorded = json.loads((tmp_path / FILE).read_text())["modules"]
    assert recorded == sorted({"_operator", OWN})
    assert run_flow(make_own, {}, tmp_path) == 60  # read from its files


def test_without_its_record_the_same_maker_is_refused(tmp_path):
    run_flow(make_own, {}, tmp_path)
    (tmp_path / FILE).write_text('{"modules": ["_operator"]}')  # without a checksum
    refuse(tmp_path, FLOW, "--fresh")


def test_a_record_of_another_user_is_not_taken(tmp_path, monkeypatch):
    run_flow(make_own, {}, tmp_path)
    monkeypatch.setattr(os, "geteuid", lambda: Path(tmp_path).stat().st_uid + 1)
    refuse(tmp_path, FLOW, "--fresh")


def test_a_new_flow_drops_the_record_of_the_old_one(tmp_path):
    (tmp_path / FILE).write_text(with_checksum(json.dumps({"modules": ["subprocess"]})))
    run_flow(make_own, {}, tmp_path)
    assert "subprocess" not in KnownModules(tmp_path).recorded


@pytest.mark.parametrize(
    "value",
    [
        {"@module": "subprocess", "@class": "Popen", "args": ["touch", "{mark}"]},
        {"@module": "os", "@callable": "system", "@bound": None},
        {"@module": "workflows.calculators.vasp", "@callable": "os.system", "@bound": None},
        {"@module": "workflows.calculators.vasp", "@callable": "ready.__globals__", "@bound": None},
        {"@module": "workflows.calculators.vasp", "@callable": "shutil", "@bound": None},
        {"@module": "workflows.no_such_module", "@callable": "f", "@bound": None},
    ],
)
def test_another_class_or_function_is_refused_before_anything_is_built(tmp_path, value):
    run_flow(make_own, {}, tmp_path)
    edit(tmp_path / FLOW, lambda data: data["flow"]["jobs"][0].update(metadata={"a": [value]}))
    refuse(tmp_path, FLOW, str(value["@module"]), "--fresh")


def test_a_function_of_a_known_library_is_no_job_unless_it_was_one(tmp_path):
    """``numpy.load`` unpickles: numpy's classes are data, its functions are not."""
    run_flow(make_own, {}, tmp_path)
    load = {"@module": "numpy", "@callable": "load", "@bound": None}
    edit(tmp_path / FLOW, lambda data: data["flow"]["jobs"][0].update(function=load))
    refuse(tmp_path, "numpy.load")


def test_the_file_of_a_finished_job_is_held_to_the_same(tmp_path):
    run_flow(make_own, {}, tmp_path)
    path = next((tmp_path / JOBS).glob("*.json"))
    popen = {"@module": "subprocess", "@class": "Popen"}
    edit(path, lambda data: data["document"].update(output=popen))
    refuse(tmp_path, path.name, "subprocess.Popen")


def test_a_flow_of_this_package_needs_no_record(tmp_path):
    from workflows.flows.molecule_reference import MoleculeMaker

    maker = MoleculeMaker(label="ECA", engine="mock")
    assert stored(maker.make, {}, tmp_path).name == maker.make().name
    assert not (tmp_path / FILE).exists()
