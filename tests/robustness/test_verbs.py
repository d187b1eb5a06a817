"""Every verb meets command lines that were good and are hurt: an answer, or one line and status 2.

The words are hurt, and swapped for options and values of other kinds; the files are good, but for
those that another wrong word makes of them. Without ``--full`` a few lines of each verb, the same
every time.
"""

from __future__ import annotations

import os
import random
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from tests.conftest import ROOT, TOY
from tests.robustness.malformed import VALUES, drawn, hurt_bytes
from tests.robustness.parsers import snapshot, structured
from tests.robustness.test_parsers import HANG, memory, watched
from tests.vasp_files import vasp_run
from workflows.cli import interfaces

pytest.importorskip("ase")
pytest.importorskip("pyarrow")
pytestmark = pytest.mark.filterwarnings("ignore")

FEW, MANY = 8, 150  #: command lines of a verb
FEWER = {"run": 3, "trajectory": 3, "validate": 4}  #: of those that draw or compute for seconds
SEED = 20261121
GROWTH = 400.0  #: MB that the process may grow over the lines of one verb
#: CPU seconds more: a metal on itself has matches without end, and all that fit are looked at
SEARCHES = {"cell": 20.0}
STATES = (0, 1, 2)  #: 1: a comparison was made and differs
#: A line is hurt in its bytes by these; a line break or a zero byte cannot stand in a word.
BYTES = ("insert", "replace", "delete", "repeat", "cut", "flip", "swap")
#: Never tried: what runs a file or asks a server of the world.
NOT_TRIED = {"--parsl-config", "--matbench", "-h", "--help"}
#: Words of other kinds. None is a path out of the folder that is not refused by its name alone:
#: a test must not write where no test should.
POOL = (
    *(text for text in VALUES if isinstance(text, str) and "/" not in text and "\0" not in text),
    "0", "-1", "1", "2", "3.7", "0.5", "-0.0", "1e308", "-1e308", "5e-324", "inf", "nan", "1e400",
    "99999999999999999999", "0:5", "5:0", "0:5:0.1", "0:nan", "0:1e9", "1,1,0", "0,0,0", "a,b",
    "LPSCl", "NCM811", "NCM811@0.5", "NCM811@7", "NCM811@", "@", "Li", "Li2O", "TiO2", "Xx9",
    "LiCoO2=hull", "=hull", "hull", "own", "calculated", "=", "Li2O=", "Li2O=nan", "Li=0=0",
    "set:", "set:Li+O", "set:hull<", "set:cost<nan", "gases", "Li-O", "Li-O-Ti", "-", "--",
    "toy.csv", "list.txt", "record.json", "job.yaml", "missing.csv", "work", "results", ".", "",
    "cathodes.csv", "O2@1", "O2@1:300", "O2:1e-20", "mock", "slurm", "chgnet", "PBE", "r2SCAN",
    "--json", "--csv", "--figure", "--record", "--out", "--phases", "--energy", "--voltage",
)  # fmt: skip

#: What is done to a line: a value that is another, hurt, gone or there twice; an option more; a
#: word too many, which most verbs refuse before they look at anything.
KINDS = ("word", "bytes", "drop", "twice", "option", "more")
SHARES = (6, 4, 1, 0.5, 5, 0.5)
Line = tuple[str, ...]
#: Good lines of every verb, over the made-up chemistry in ``toy.csv``; each takes little time.
LINES: dict[str, tuple[Line, ...]] = {
    "curve": (
        ("curve", "Li2O", "TiO2", "--phases", "toy.csv"),
        ("curve", "Li2O2", "TiO2", "--phases", "toy.csv", "--open", "Li", "--voltage",
         "2.5", "--json"),
        ("curve", "Li", "TiO2", "--phases", "toy.csv", "--exclude", "gases", "--energy",
         "TiO2=hull", "--csv"),
        ("curve", "Li2O", "Ti2O3", "--phases", "toy.csv", "--open", "O=-0.3", "--record", "r.json"),
    ),
    "window": (
        ("window", "Li2TiO3", "--phases", "toy.csv"),
        ("window", "Li2O", "--phases", "toy.csv", "--sensitivity", "--samples", "5", "--seed", "1"),
        ("window", "Li2O", "--phases", "snapshot", "--temperature", "600", "--json"),
    ),
    "map": (
        ("map", "Li2O2", "TiO2", "--phases", "toy.csv", "--voltage", "0:5"),
        ("map", "Li2O2", "TiO2", "--phases", "toy.csv", "--voltage", "1:3", "--csv"),
    ),
    "composite": (
        ("composite", "LCO=60", "LPSCl=40"),
        ("composite", "LCO=1", "Li2O=1", "--by", "moles", "--json"),
    ),
    "charging": (
        ("charging", "LCO", "Li2O", "--points", "3", "--voltage", "0:5"),
        ("charging", "LCO", "Li2O", "--points", "2", "--json"),
    ),
    "coatings": (
        ("coatings", "Li2TiO3", "Li2O", "--candidates", "list.txt", "--phases", "toy.csv"),
        ("coatings", "Li2TiO3", "Li2O", "--candidates", "set:Li+O", "--elements", "Li-Ti-O",
         "--phases", "toy.csv", "--charged", "none", "--cathode-voltages", "2:3", "--json"),
    ),
    "screen": (
        ("screen", "--cathodes", "list.txt", "--electrolytes", "list.txt", "--phases", "toy.csv",
         "--out", "screened"),
        ("screen", "--cathodes", "set:O", "--electrolytes", "list.txt", "--phases", "toy.csv",
         "--out", "screened", "--plan-only", "--voltage", "3", "--filter", "hull<0.1"),
    ),
    "validate": (("validate", "--only", "closed", "--json"),
                 ("validate", "--only", "windows", "--csv", "v.csv")),
    "phases show": (("phases", "show", "sevennet-l3i5"),),
    "phases measured": (
        ("phases", "measured", "sevennet-l3i5"),
        ("phases", "measured", "sevennet-l3i5", "--csv"),
    ),
    "phases verify": (("phases", "verify", "snapshot"),),
    "phases diff": (
        ("phases", "diff", "snapshot", "snapshot"),
        ("phases", "diff", "snapshot", "snapshot", "--pair", "Li2O,TiO2"),
    ),
    "phases own": (("phases", "own", "own.json"),),
    "fetch": (("fetch", "Li-O", "--out", "there"), ("fetch", "Li-O", "--parallel", "2")),
    "run": (
        ("run", "job.yaml", "--out", "results"),
        ("run", "job.yaml", "--out", "results", "--name", "again", "--phases", "toy.csv"),
    ),
    "report": (("report", "done/windows", "--no-extra", "--out", "page.html"),),
    "replay": (("replay", "record.json"), ("replay", "record.json", "--phases", "toy.csv")),
    "query": (
        ("query", "done/windows"), ("query", "record.json", "Li2O", "TiO2", "--voltage", "2"),
    ),
    "cell": (
        ("cell", "Li", "Li2CO3", "--list"),
        ("cell", "LiCoO2", "LiTFSI", "--facets", "104", "--max-atoms", "200", "--list"),
    ),
    "inputs": (("inputs", "--list"), 
        ("inputs", "LCO", "--protocol", "zhang2023-bulk", "--set", "ENCUT=500", "--out", "made"),
        ("inputs", "CoO", "--protocol", "zhang2023-aimd", "--supercell", "2x2x2", "--segments",
         "2", "--out", "made", "--kpoints", "1x1x1")),
    "trajectory": (
        ("trajectory", "md.extxyz", "--timestep", "2", "--out", "seen", "--json"),
        ("trajectory", "md.extxyz", "--timestep", "2", "--pair", "Li2O,TiO2", "--phases",
         "toy.csv", "--out", "seen"),
    ),
    "bands": (("bands", "scf"), ("bands", "scf", "scf", "--figure", "bands.png", "--json")),
    "submit": (
        ("submit", "mock.yaml", "--to", "slurm", "--calculator", "mock", "--dry-run"),
        ("submit", "mock.yaml", "--to", "slurm", "--calculator", "mock", "--dry-run", "--site",
         "site.yaml", "--name", "n"),
    ),
    "status": (("status", "results"), ("status", "done", "--json")),
    "collect": (("collect", "results"), ("collect", "done", "--json")),
    "clean": (("clean", "results"), ("clean", "done", "--json")),
    "cancel": (("cancel", "results"), ("cancel", "done", "--run", "windows")),
    "doctor": (("doctor", "--json"), ("doctor", "--out", "results")),
}  # fmt: skip

#: Lines as good as they can be made here: what they need is on no test machine.
REFUSED = {
    line for verb in ("fetch", "cancel", "clean", "collect", "status") for line in LINES[verb]
}

#: Verbs that, once answered, serve until they are stopped; they write nothing.
SERVES = {"app", "run-together"}  # the second is a line of batch scripts

JOB = """\
name: windows
phases: toy.csv
questions:
  - {window: Li2O}
  - {curve: [Li2O, TiO2]}
"""
FRAME = '2\nLattice="4 0 0 0 4 0 0 0 4" Properties=species:S:1:pos:R:3 pbc="T T T"\n'


def verbs(command: click.Command, path: Line = ()) -> Iterator[tuple[str, click.Command]]:
    """Every verb by its words."""
    if isinstance(command, click.Group):
        for name, item in command.commands.items():
            yield from verbs(item, (*path, name))
    else:
        yield " ".join(path), command


VERBS = dict(verbs(interfaces))


@pytest.fixture(scope="module")
def good(tmp_path_factory, request):
    """A folder with a good file of every kind."""
    folder = tmp_path_factory.mktemp("good")
    lines = [f"{i},{formula},{energy}" for i, formula, energy in TOY]
    text = "\n".join(["id,formula,formation_energy_per_atom", *lines, ""])
    (folder / "toy.csv").write_text(text)
    (folder / "list.txt").write_text("TiO2\nLi2TiO3\nLi2O2\n")
    (folder / "job.yaml").write_text(JOB)
    shutil.copy(ROOT / "inputs/ncm811_small.yaml", folder / "mock.yaml")
    shutil.copy(ROOT / "inputs/sites/example.yaml", folder / "site.yaml")
    (folder / "own.json").write_bytes(structured(folder)[0])
    snapshot(folder)
    (folder / "scf").mkdir()
    vasp_run(folder / "scf")
    atoms = [f"Li {0.1 * k} 0 0\nO 2 2 {0.05 * k}\n" for k in range(8)]
    (folder / "md.extxyz").write_text("".join(FRAME + atom for atom in atoms))
    return folder


def at_work(good: Path, folder: Path) -> None:
    """A fresh copy of the good files in a folder, which holds nothing else."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(good, folder)


def hurt(line: Line, command: click.Command, chance: random.Random) -> Line:
    """A line with one to three of its words changed; the words of the verb stay."""
    fixed = len(command.name.split()) if command.name else 0
    fixed = 2 if line[0] == "phases" else max(1, fixed)
    head, words = list(line[:fixed]), list(line[fixed:])
    options = [parameter for parameter in command.params if parameter.opts[0].startswith("--")]
    options = [option for option in options if option.opts[0] not in NOT_TRIED]
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        kind = chance.choices(KINDS, SHARES)[0]
        values = [k for k, word in enumerate(words) if not word.startswith("--")]
        at = chance.choice(values) if values else 0
        if kind == "option" and options:
            item = chance.choice(options)
            words += (
                [item.opts[0]]
                if getattr(item, "is_flag", False)
                else [item.opts[0], chance.choice(POOL)]
            )
        elif kind == "more" or not values:
            words.append(chance.choice(POOL))
        elif kind == "word":
            words[at] = chance.choice(POOL)
        elif kind == "drop":
            del words[at]
        elif kind == "twice":
            words.insert(at, words[at])
        elif kind == "bytes":
            data = hurt_bytes(os.fsencode(words[at]), drawn(chance, BYTES))
            words[at] = os.fsdecode(data)[:5000]
    return (*head, *(word for word in words if safe(word)))


def safe(word: str) -> bool:
    """Whether a word stays in the folder, and in the size of a command line."""
    return "\0" not in word and ".." not in word and not word.startswith(("/", "~"))


def finished(result: dict[str, bytes]) -> dict[str, bytes]:
    """Without what a verb keeps for the same line to go on with, once its figure can be written."""
    return {name: data for name, data in result.items() if not name.startswith("screened/")}


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*")) if path.is_file()
    }  # fmt: skip


def test_every_verb_has_its_lines():
    assert set(LINES) == set(VERBS) - SERVES


@pytest.mark.parametrize("verb", sorted(LINES))
def test_a_malformed_line_is_answered_or_refused(verb, ask, good, tmp_path, monkeypatch, full):
    for name in ("MP_API_KEY", "PMG_MAPI_KEY", "SLURM_CONF"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "100")
    place = tmp_path / "work"
    monkeypatch.chdir(good)
    if not (good / "record.json").is_file():
        ask("curve", "Li2O", "TiO2", "--phases", "toy.csv", "--record", "record.json")
        assert ask("run", "job.yaml", "--out", "done").returncode == 0
    usual = 0.0
    for line in (*LINES[verb], LINES[verb][0]):  # the others bring the imports in
        at_work(good, place)
        monkeypatch.chdir(place)
        began = time.process_time()
        done = ask(*line)
        assert done.returncode == (2 if line in REFUSED else 0), done
        usual = time.process_time() - began
    chance = random.Random(f"{SEED} {verb}")
    before, slowest, refused = memory(), (0.0, ()), 0
    at_work(good, place)
    monkeypatch.chdir(place)
    here = files(place)
    number = MANY if full else FEWER.get(verb, FEW)
    for _ in range(number):
        line = hurt(chance.choice(LINES[verb]), VERBS[verb], chance)
        began = time.process_time()
        try:
            with watched(HANG + usual + SEARCHES.get(verb, 0.0)):
                done = ask(*line)
        except BaseException as error:
            pytest.fail(f"{type(error).__name__}: {str(error)[:500]} for {line}")
        slowest = max(slowest, (time.process_time() - began, line))
        assert done.returncode in STATES, (line, done)
        assert "Traceback" not in done.stderr, (line, done.stderr)
        if done.returncode == 2:
            refused += 1
            last = done.stderr.splitlines()[-1]
            assert last.startswith("interfaces: "), (line, done.stderr)
            assert last.isprintable(), (line, done.stderr)
            assert done.stdout == "", (line, done.stdout)
            assert finished(files(place)) == finished(here), (line, done.stderr)
        if files(place) != here:
            monkeypatch.chdir(good)
            at_work(good, place)
            monkeypatch.chdir(place)
    grown = memory() - before
    print(f"VERB | {verb} | {number} | {refused} | {slowest[0]:.3f} | {grown:.0f} | {slowest[1]}")
    assert refused > 0
    assert grown < GROWTH
