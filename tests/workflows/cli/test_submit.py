"""Submitting at the command line without a scheduler; see tests/integration/cluster for Slurm."""

from __future__ import annotations

import json
import os
import shutil
import time

import pytest

from tests.workflows.cli.runner import interfaces, refused

pytest.importorskip("jobflow")
KEY = "0123456789abcdef0123456789ABCDEF"
SMALL = "inputs/ncm811_small.yaml"
ENVIRONMENT = {
    key: value for key, value in os.environ.items() if not key.startswith(("PMG_", "ATOMATE2_"))
}


def test_a_dry_run_shows_the_script_and_writes_nothing(tmp_path):
    done = interfaces("submit", SMALL, "--to", "slurm", "--calculator", "mock", "--site",
                      "inputs/sites/example.yaml", "--out", tmp_path, "--dry-run")  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("#!/bin/bash\n#SBATCH --job-name=ncm811_small-mock\n")
    assert "#SBATCH --partition=long" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_dry_run_needs_no_phases(tmp_path):
    job = tmp_path / "tiny.yaml"
    job.write_text("name: tiny\ncathode: LCO\nlithium: [1.0]\nelectrolytes: [LPS]\n"
                   f"phases: {tmp_path}/none.csv\n")  # fmt: skip
    words = ("submit", job, "--to", "slurm", "--calculator", "vasp", "--out", tmp_path / "out")
    done = interfaces(*words, "--dry-run")
    assert done.returncode == 0, done.stderr
    assert "none.csv" in done.stderr
    assert done.stdout.startswith("#!/bin/bash\n#SBATCH --job-name=tiny-vasp\n")
    refused(interfaces(*words), "none.csv")
    assert not (tmp_path / "out").exists()


def test_what_cannot_be_sent_is_refused_in_one_line(tmp_path):
    job = tmp_path / "bad.yaml"
    job.write_text("name: a\n")
    to = ("--to", "slurm", "--calculator", "mock", "--out", tmp_path / "out")
    refused(interfaces("submit", job, *to), "lacks cathode")
    refused(interfaces("submit", SMALL, *to, "--site", "nowhere"), "nowhere does not exist")
    refused(interfaces("submit", SMALL, SMALL, *to), "would both go to", "ncm811_small-mock")
    refused(interfaces("submit", SMALL, SMALL, *to, "--name", "x"), "--name x is for one job")
    assert not (tmp_path / "out").exists()
    refused(interfaces("submit", SMALL, *to, env=ENVIRONMENT | {"PATH": str(tmp_path)}),
            "no Slurm", "--to local")  # fmt: skip
    for verb in ("status", "collect"):
        refused(interfaces(verb, tmp_path / "none"), "nothing was submitted")


def test_a_job_that_was_changed_is_refused_before_it_is_sent(tmp_path):
    from workflows.flows.flow_folder import stored
    from workflows.flows.read_job import cathode_job
    from workflows.runs.calculated_series import maker_of
    from workflows.runs.calculated_series_results import asked

    job = tmp_path / "tiny.yaml"
    text = ("name: tiny\ncathode: LCO\nlithium: [1.0]\nelectrolytes: [LPS]\n"
            "phases: sevennet-l3i5\ncalculate: {formula_units: 2, orderings: 1}\n")  # fmt: skip
    job.write_text(text)
    maker = maker_of(cathode_job(job), "mock")
    folder = tmp_path / "tiny-mock.jobs"
    folder.mkdir()
    stored(maker.make, asked(maker), folder)
    job.write_text(text.replace("orderings: 1", "orderings: 2"))
    done = interfaces("submit", job, "--to", "slurm", "--calculator", "mock", "--out", tmp_path)
    refused(done, "holds another job (orderings 1 -> 2)")


MOTION = """\
name: shaking
cell: LCO_LPSCl
temperature: 600
steps: 4
segments: 2
every: 2
relaxation_steps: 1
"""


def test_a_job_of_dynamics_is_sent_and_a_changed_one_refused_before_anything_is_written(tmp_path):
    job, out = tmp_path / "shaking.yaml", tmp_path / "out"
    job.write_text(MOTION)
    send = ("submit", job, "--to", "local", "--calculator", "mock", "--out", out)
    refused(interfaces(*send, "--phases", "sevennet-l3i5"), "--phases does not belong to a job")
    assert not out.exists()
    done = interfaces(*send)
    assert done.returncode == 0, done.stderr
    run = interfaces("run", job, "--calculator", "mock", "--out", tmp_path / "alone")
    assert run.returncode == 0, run.stderr
    end = time.monotonic() + 300
    while not (out / "shaking-mock").is_dir():
        assert time.monotonic() < end, (out / "shaking-mock.jobs" / "batch.txt").read_text()
        time.sleep(0.1)
    done = interfaces("collect", out)
    assert done.returncode == 0, done.stdout
    assert {path.name: path.read_bytes() for path in (out / "shaking-mock").glob("*.*")} == {
        path.name: path.read_bytes() for path in (tmp_path / "alone" / "shaking-mock").glob("*.*")
    }
    shutil.rmtree(out / "shaking-mock")
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    job.write_text(MOTION.replace("600", "700"))
    refused(interfaces(*send), "holds another job (temperature 600.0 -> 700.0)")
    job.write_text(MOTION.replace("LCO_LPSCl", "CoO_LPSCl"))
    refused(interfaces(*send), "holds another job (atoms ", "cell ")
    sideless = "LiCoO2\n1.0\n3 0 0\n0 3 0\n0 0 9\nLi Co O\n1 1 2\ndirect\n0 0 0\n0 0 .5\n"
    (tmp_path / "POSCAR").write_text(sideless + ".5 .5 .2\n.5 .5 .7\n")
    job.write_text(MOTION.replace("LCO_LPSCl", str(tmp_path / "POSCAR")))
    refused(interfaces(*send), "does not say which side")
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*")} == before


def checks(*arguments, **environment):
    done = interfaces("doctor", "--json", *arguments, env=ENVIRONMENT | environment)
    assert done.returncode == 0, done.stderr
    assert KEY not in done.stdout + done.stderr
    return {document["name"]: document for document in json.loads(done.stdout)["checks"]}


def test_the_doctor_finds_what_is_there_and_shows_no_key(tmp_path):
    (tmp_path / "POT_GGA_PAW_PBE_54").mkdir()
    vasp = tmp_path / "vasp_std"
    vasp.write_text("#!/bin/sh\n")
    vasp.chmod(0o755)
    reports = checks(
        "--out", tmp_path, MP_API_KEY=KEY, PMG_VASP_PSP_DIR=str(tmp_path),
        ATOMATE2_VASP_CMD=f"{vasp} -x",
    )  # fmt: skip
    assert {reports[name]["state"] for name in ("MP_API_KEY", "POTCARs", "VASP", "numpy")} == {"ok"}
    assert reports["MP_API_KEY"]["found"] == "in the environment"
    assert "POT_GGA_PAW_PBE_54" in reports["POTCARs"]["found"]
    assert str(tmp_path) in reports["disk"]["found"]


def test_the_doctor_says_how_to_mend_what_is_not(tmp_path):
    config = tmp_path / "jobflow.yaml"
    config.write_text("JOB_STORE: {}\n")
    broken = {"MP_API_KEY": KEY[:30], "PMG_VASP_PSP_DIR": str(tmp_path / "none"),
              "ATOMATE2_VASP_CMD": "no_vasp", "PATH": str(tmp_path),
              "JOBFLOW_CONFIG_FILE": str(config)}  # fmt: skip
    site = tmp_path / "site.yaml"
    site.write_text("command: not_there\n")
    reports = checks("--site", site, **broken)
    for name, said in {
        "MP_API_KEY": "is not 32 letters", "POTCARs": "is not a folder", "VASP": "'no_vasp'",
        "Slurm": "no sbatch", "JobStore": "names no JOB_STORE", "site": "'not_there'",
    }.items():  # fmt: skip
        assert reports[name]["state"] == "missing"
        assert said in reports[name]["found"]
        assert reports[name]["mend"]
        assert reports[name]["needed"]
    done = interfaces("doctor", env=ENVIRONMENT | broken)
    assert done.returncode == 0
    assert "POTCARs: export PMG_VASP_PSP_DIR" in done.stdout
    assert KEY[:30] not in done.stdout


def test_analyses_run_in_the_background_as_the_verb_runs_them(tmp_path, toy_csv):
    job = tmp_path / "toys.yaml"
    job.write_text(f"name: toys\nphases: {toy_csv}\nanalyses:\n  - {{curve: [Li2O, TiO2]}}\n")
    send = ("submit", job, "--to", "local", "--out", tmp_path / "sent")
    done = interfaces(*send)
    assert done.returncode == 0, done.stderr
    assert interfaces("status", tmp_path / "sent", "--wait", "--every", "0.2").returncode == 0
    assert interfaces("collect", tmp_path / "sent").returncode == 0
    assert "finished" in interfaces(*send).stdout
    assert interfaces("run", job, "--out", tmp_path / "here").returncode == 0
    for name in ("answers.csv", "curve_Li2O_TiO2.json", "checksums.json"):
        ours, theirs = (tmp_path / place / "toys" / name for place in ("sent", "here"))
        assert ours.read_bytes() == theirs.read_bytes()


def test_every_bad_file_is_named_and_the_good_ones_can_be_sent(tmp_path):
    for name, text in (("bad", "name: a\n"), ("worse", "["), ("good", TINY.format("good"))):
        (tmp_path / f"{name}.yaml").write_text(text)
    jobs = [tmp_path / f"{name}.yaml" for name in ("bad", "good", "worse")]
    words = ("submit", *jobs, "--to", "local", "--calculator", "mock", "--out", tmp_path / "out")
    refused(interfaces(*words), "2 of 3", "bad.yaml", "worse.yaml", "--skip-bad")
    assert not (tmp_path / "out").exists()
    done = interfaces(*words, "--skip-bad", "--dry-run")
    assert done.returncode == 1
    assert "--name good-mock" in done.stdout
    assert [line.partition(":")[0] for line in done.stderr.splitlines()] == [
        str(tmp_path / "bad.yaml"), str(tmp_path / "worse.yaml"),
    ]  # fmt: skip


TINY = "name: {}\ncathode: LCO\nlithium: [1.0]\nelectrolytes: [LPS]\nphases: sevennet-l3i5\n"


def test_files_of_every_kind_go_together_each_with_its_own_calculator(tmp_path):
    for name in ("first", "second", "third"):
        (tmp_path / f"{name}.yaml").write_text(TINY.format(name))
    (tmp_path / "few.yaml").write_text(
        "name: few\nphases: sevennet-l3i5\nanalyses:\n  - {window: LPS}\n"
    )
    jobs = ["first.yaml", "second.yaml:sevennet", "third.yaml:none", "few.yaml"]
    done = interfaces(
        "submit", *(f"{tmp_path}/{job}" for job in jobs), "--to", "slurm", "--calculator", "mock",
        "--out", tmp_path / "out", "--dry-run",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    lines = [line.strip() for line in done.stdout.splitlines() if "--name" in line]
    assert [line.partition("--name ")[2].removesuffix(" ;;") for line in lines] == [
        "first-mock --calculator mock", "second-sevennet --calculator sevennet", "third", "few",
    ]  # fmt: skip
