"""``interfaces inputs`` as a user starts it."""

from __future__ import annotations

import json

import pytest

from tests.workflows.cli.runner import interfaces, refused


@pytest.fixture(scope="module")
def poscar(tmp_path_factory):
    """A small oxide in a file: NaCl-type CoO, primitive cell."""
    path = tmp_path_factory.mktemp("cells") / "CoO.vasp"
    path.write_text(
        "CoO\n1.0\n0 2.13 2.13\n2.13 0 2.13\n2.13 2.13 0\nCo O\n1 1\ndirect\n0 0 0\n0.5 0.5 0.5\n"
    )
    return path


def test_a_folder_is_written_with_its_warnings_and_cost(poscar, tmp_path):
    out = tmp_path / "new" / "coo"
    done = interfaces(
        "inputs", poscar, "--protocol", "zhang2023-bulk", "--out", out, "--set", "NELM=150"
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "warning: [kpoints] a mesh of 4x4x4: 0.61 per angstrom" in done.stdout
    assert "order of magnitude" in done.stdout
    assert {p.name for p in out.iterdir()} == {
        "INCAR", "KPOINTS", "POSCAR", "POTCAR.spec", "README.txt", "inputs.json",
    }  # fmt: skip
    assert "MAGMOM = 1*3.0 1*-3.0 2*0.0" in (out / "INCAR").read_text()
    record = json.loads((out / "inputs.json").read_text())
    assert record["tags"]["NELM"] == {
        "value": 150, "reason": "Set by the user.", "set_by": "user",
    }  # fmt: skip
    assert record["versions"]["pymatgen"]


def test_protocols_are_listed_in_a_line_each():
    done = interfaces("inputs", "--list")
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert len(lines) == 7
    assert any(line.startswith("zhang2023-aimd ") and "20 ps" in line for line in lines)


def test_choices_reach_the_inputs(poscar, tmp_path):
    done = interfaces(
        "inputs", poscar, "--protocol", "interface-aimd", "--out", tmp_path / "md",
        "--magnetic", "fm", "--supercell", "4x4x4", "--segments", "2", "--set", "LCHARG=none",
        "--set", "LANGEVIN_GAMMA=2*10.0", "--cores", "32", "--kpoints", "2x2x2",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "on 32 cores" in done.stdout
    incar = (tmp_path / "md" / "segment-02" / "INCAR").read_text()
    assert "MAGMOM = 64*3.0 64*0.0" in incar
    assert "LCHARG" not in incar
    assert "LANGEVIN_GAMMA = 10.0 10.0" in incar
    assert "NSW = 5715" in incar  # 20 ps at 1.75 fs, two halves
    assert "2 2 2" in (tmp_path / "md" / "segment-01" / "KPOINTS").read_text()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--protocol", "zhang2023-bulk", "--set", "ENCUT=none"], ["1 error", "[encut] no ENCUT"]),
        (["--protocol", "zhang2023-bulk", "--set", "ENCTU=5"], ["did you mean ENCUT?"]),
        (["--protocol", "zhang2023-bulk", "--set", "ENCUT"], ["not of the form TAG=VALUE"]),
        (["--protocol", "zhang2023-bulk", "--set", "A=1", "--set", "a=2"], ["given twice"]),
        (["--protocol", "zhang2023-bulk", "--set", "NPAR=none"], ["NPAR is not among the tags"]),
        (["--protocol", "zhang2023-bulk", "--kpoints", "4x4"], ["not of the form 2x2x1"]),
        (["--protocol", "zhang2023-bulk", "--supercell", "0x1x1"], ["not of the form"]),
        (["--protocol", "zhang2023-bulk", "--segments", "2"], ["without dynamics"]),
        (["--protocol", "zhang2023"], ["no protocol is called", "zhang2023-bulk"]),
        (["--protocol", "zhang2023-aimd"], ["Gamma only", "--supercell"]),
        ([], ["--protocol and --out, or --list"]),
    ],
)
def test_what_cannot_be_done_is_one_line(poscar, tmp_path, arguments, words):
    refused(interfaces("inputs", poscar, *arguments, "--out", tmp_path / "out"), *words)
    assert not (tmp_path / "out").exists()
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_one_line(poscar, tmp_path):
    (tmp_path / "file").write_text("")
    out = tmp_path / "file" / "out"
    refused(interfaces("inputs", poscar, "--protocol", "zhang2023-bulk", "--out", out), "file")
