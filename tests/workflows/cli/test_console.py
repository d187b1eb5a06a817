"""What a person reads in a terminal of 80 columns: no broken formula, errors of the energies."""

import re

import pytest

from tests.docs.pages import ROOT, blocks, commands
from tests.docs.running import Stage
from workflows.cli import main
from workflows.submit.progress import Progress
from workflows.submit.status import Status
from workflows.submit.submission_record import Submission

README = (ROOT / "README.md").read_text()
PRINTED = [
    command.text
    for block in blocks(README)
    if block.language == "console"
    for command in commands(block)
    if not {"--json", "report"} & set(command.text.split())
]
MORE = [
    "interfaces curve Li LPSCl --open Li --voltage 0V",
    "interfaces composite NCM622=43 LLZTO=35 LBO=22 --temperature 700C --gas air",
    "interfaces coatings NCM811 LPSCl --candidates Al2O3,LiNbO3",
    "interfaces charging NCM811 LPSCl --voltage 3:4.5V",
    "interfaces map LCO LPSCl --voltage 3.9:4",
]
FORMULA = re.compile(r"(?:[A-Z][a-z]?[0-9.]*|[()])+")
LONGEST = 60  # lines of the open curve


def printed(command, columns, folder):
    folder.mkdir()
    stage = Stage(folder)
    stage.environment["COLUMNS"] = str(columns)
    status, text = stage.command(command)
    assert status == 0, text
    return text


def formulas(text):
    """Words that are formulas: the same in every width unless a line breaks one."""
    return {word for word in re.split(r"[\s,;:|+]+", text) if FORMULA.fullmatch(word)}


@pytest.mark.parametrize("command", [*PRINTED, *MORE])
def test_no_formula_is_broken_at_80_columns(command, tmp_path):
    wide = printed(command, 400, tmp_path / "wide")
    narrow = printed(command, 80, tmp_path / "narrow")
    assert formulas(narrow) == formulas(wide)
    assert max(map(len, narrow.splitlines())) <= 80
    assert len(re.findall("energies of the set: mean error", narrow)) == 1


@pytest.mark.parametrize(
    "command",
    [
        "interfaces validate --only windows,closed",
        "interfaces phases",
        "interfaces phases show sevennet-l3i5",
        "interfaces phases measured sevennet-l3i5",
        f"interfaces replay {ROOT}/results/reference/record.json.gz",
    ],
)
def test_no_line_is_wider_than_80_columns(command, tmp_path):
    assert 40 < max(map(len, printed(command, 80, tmp_path / "narrow").splitlines())) <= 80


def test_a_status_fits_80_columns(tmp_path, monkeypatch, capsys):
    reason = "relaxation 3 of LiCoO2 x=0.5: NELM = 60 reached in the last ionic step " * 3
    progress = Progress(3, 11, ("job a",), reason, "job a")
    sent = Submission(
        name="LiNi0.8Co0.1Mn0.1O2-mock", job="a.yaml", calculator="mock", phases=None, to="slurm",
        script="", number="1234567", task=3, sent="", site="", version="",
    )  # fmt: skip
    run = Status(sent.name, tmp_path, sent, "stopped", "TIMEOUT", progress, reason)
    monkeypatch.setattr("workflows.submit.status.statuses", lambda out: [run])
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit):
        main(["status", str(tmp_path)])
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert "NELM" in " ".join(lines)


def test_the_open_curve_of_the_readme_fits_a_page(tmp_path):
    (command,) = [text for text in PRINTED if "--open Li" in text]
    assert len(printed(command, 80, tmp_path / "page").splitlines()) <= LONGEST


def test_files_are_named_when_they_are_written(tmp_path):
    stage = Stage(tmp_path)
    status, text = stage.command("interfaces window LPSCl --record w.json --figure w.png")
    assert status == 0
    assert text.splitlines()[-1] == "written: w.png, w.data.csv, w.json"


@pytest.mark.parametrize(
    ("command", "part"),
    [
        ("curve LCO LPSCl --open Li --voltage 4300mV", "4.3V"),
        ("curve LCO LPSCl --open lithium --voltage 4.3", "such as Li"),
        ("curve LCO LPSCl --exclude co9s8", "Co9S8"),
        ("coatings NCM811 LPSCl --candidates al2o3", "Al2O3"),
        ("coatings NCM811 LPSCl --candidates none.txt", "no list"),
        ("window LPSCl --reference Li-In", "In|LiIn"),
        ("curve LPSCl@0.5 LCO", "NCM811@0.3"),
        ("curve LiCoO3 LPSCl", "--energy LiCoO3=hull"),
        ("fetch Li-O --out x", "--matbench"),
    ],
)
def test_what_is_not_understood_gets_the_right_hint(command, part, tmp_path):
    status, text = Stage(tmp_path).command(f"interfaces {command}")
    assert status == 2
    assert part in text
    assert len(text.splitlines()) == 1
