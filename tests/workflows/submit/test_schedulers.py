"""PBS, Grid Engine, LSF and HTCondor: the scripts, and what their commands say to them."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

pytest.importorskip("jobflow")
pytest.importorskip("ase")

from interfaces.errors import InputError
from tests.integration.cluster.runs import wait_until, write_job
from tests.workflows.submit.fake_scheduler import FAMILIES, install
from workflows.submit.cancel import cancel
from workflows.submit.scheduler import Header
from workflows.submit.schedulers import SCHEDULERS
from workflows.submit.send import submit
from workflows.submit.site import Site, read_site
from workflows.submit.status import STOPPED, statuses

GOLDEN = Path(__file__).parent / "golden"
NEEDS = {"pbs": "qtoolkit", "sge": "qtoolkit", "lsf": "parsl", "htcondor": "parsl"}
#: Keys of qtoolkit, or arguments of Parsl's providers.
OPTIONS = {
    "pbs": {"queue": "long", "select": "select=1:ncpus=32", "walltime": "2:00:00"},
    "sge": {"queue": "long", "model": "smp 32", "walltime": "7200", "select": "mem_free=4G"},
    "lsf": {"queue": "long", "walltime": "02:00:00", "nodes_per_block": "1"},
    "htcondor": {"walltime": "02:00:00", "cores_per_slot": "4"},
}
WRONG = {
    "pbs": [{"queue": "nowhere"}, {"select": "gpus=1"}, {"walltime": "soon"}, {"partition": "a"}],
    "sge": [{"queue": "nowhere"}, {"select": "nonsense=1"}, {"partition": "a"}],
    "lsf": [
        {"queue": "nowhere", "walltime": "01:00:00"},
        {},
        {"cores": "4", "walltime": "1:00:00"},
    ],
    "htcondor": [{"walltime": "01:00:00", "cores": "4"}, {}],
}


@pytest.fixture(params=FAMILIES)
def family(request, tmp_path, monkeypatch):
    """A scheduler on PATH."""
    pytest.importorskip(NEEDS[request.param])
    install(tmp_path / "bin", request.param)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
    monkeypatch.chdir(tmp_path)
    return request.param


def command(folder: Path, text: str) -> str:
    """A program in the place of ``interfaces``."""
    program = folder / "stub"
    program.write_text(f"#!/bin/bash\n{text}\n")
    program.chmod(0o755)
    return str(program)


def site(family: str, folder: Path, text: str = "true", **more) -> Site:
    return Site(
        name="mine",
        directives=tuple(OPTIONS[family].items()),
        command=command(folder, text),
        **more,
    )


def general(text: str, folder: Path) -> str:
    """The text of a script without paths and times."""
    text = text.replace(str(folder), "/here")
    text = re.sub(r"\d{8}-\d{6}", "STAMP", text)
    return re.sub(r"(lsf|htcondor)-(\d)\.[\d.]+\d", r"\1-\2.TIME", text)


def test_the_script_is_the_one_on_record(family, tmp_path):
    jobs = [write_job(tmp_path, f"run{i}") for i in range(3)]
    settings = site(family, tmp_path, at_once=2, environment=(("OMP_NUM_THREADS", "1"),))
    shown = submit(jobs, "mock", to=family, site=settings, out=tmp_path, dry_run=True).text
    submit(jobs[:1], "mock", to=family, site=settings, out=tmp_path)
    made = {f"{family}.sh": shown}
    for path in tmp_path.glob("submitted/*/*.submit"):  # what Parsl writes
        made[f"{family}.submit"] = path.read_text()
    for name, text in made.items():
        assert general(text, tmp_path) == (GOLDEN / name).read_text(), name


@pytest.mark.parametrize("per_task", [1, 2])
def test_runs_end_and_their_reasons_are_known(family, tmp_path, per_task):
    if per_task > 1 and not SCHEDULERS[family].has_arrays:
        pytest.skip("each run is a job of its own")
    jobs = [write_job(tmp_path, f"run{i}") for i in range(3)]
    stub = site(family, tmp_path, 'case "$*" in *run1*) echo "interfaces: no disk"; exit 3;; esac')
    sent = submit(jobs, "mock", to=family, site=stub, out=tmp_path, per_task=per_task)
    assert len(sent.tasks) == 3
    wait_until(lambda: {run.state for run in statuses(tmp_path)} == {STOPPED}, 60)
    table = {run.name: (run.scheduler, run.reason) for run in statuses(tmp_path)}
    if per_task == 1:
        assert table["run1-mock"][1] == "no disk"
        ended = {"lsf": "FAILED", "htcondor": "COMPLETED"}  # Parsl does not read its exit status
        assert table["run1-mock"][0] == ended.get(family, "FAILED")
        assert table["run0-mock"] == ("COMPLETED", "it ended with status 0")


def test_a_run_is_cancelled(family, tmp_path):
    jobs = [write_job(tmp_path, f"run{i}") for i in range(2)]
    submit(jobs, "mock", to=family, site=site(family, tmp_path, "sleep 600"), out=tmp_path)
    wait_until(lambda: len(list(tmp_path.glob("*.jobs/batch.txt"))) == 2, 60)
    assert {run.state for run in statuses(tmp_path)} == {"running"}
    assert [done.did for done in cancel(tmp_path, ["run1-mock"])] == ["cancelled"]
    table = {run.name: run for run in statuses(tmp_path)}
    assert (table["run0-mock"].state, table["run1-mock"].state) == ("running", STOPPED)
    assert table["run1-mock"].reason == "it was cancelled"
    cancel(tmp_path)


def test_the_time_limit_reaches_the_run_before_the_scheduler_ends_it(family, tmp_path):
    options = OPTIONS[family] | {"walltime": "00:00:04"}
    stub = f"trap 'echo told >>{tmp_path}/told; kill $!; exit 143' TERM\nsleep 600 &\nwait"
    made = Site(directives=tuple(options.items()), command=command(tmp_path, stub))
    if family == "lsf":
        made = Site(
            directives=tuple((options | {"walltime": "00:01:00"}).items()), command=made.command
        )
        pytest.skip("Parsl gives LSF whole minutes")
    submit([write_job(tmp_path)], "mock", to=family, site=made, out=tmp_path)
    wait_until((tmp_path / "told").exists, 60)
    wait_until(lambda: statuses(tmp_path)[0].state == STOPPED, 60)
    assert (tmp_path / "tiny-mock.jobs" / "limit").exists()


@pytest.mark.parametrize("at", range(4))
def test_what_the_scheduler_refuses_is_one_line(family, tmp_path, at):
    if at >= len(WRONG[family]):
        pytest.skip("fewer mistakes")
    made = Site(directives=tuple(WRONG[family][at].items()), command=command(tmp_path, "true"))
    with pytest.raises(InputError, match=r"refuse|directives") as caught:
        submit([write_job(tmp_path)], "mock", to=family, site=made, out=tmp_path)
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.glob("bin/job-*"))
    runs = statuses(tmp_path) if list(tmp_path.glob("*.jobs")) else []
    assert {run.reason for run in runs} <= {"it was never accepted by the scheduler"}


def test_a_scheduler_that_is_not_there_or_does_not_answer(family, tmp_path, monkeypatch):
    stub = site(family, tmp_path, "sleep 600")
    submit([write_job(tmp_path)], "mock", to=family, site=stub, out=tmp_path)
    with monkeypatch.context() as patch:
        patch.setenv("PATH", "")
        assert [run.state for run in statuses(tmp_path)] == ["unknown"]
        with pytest.raises(InputError):
            submit([write_job(tmp_path)], "mock", to=family, site=stub, out=tmp_path / "b")
    for name in FAMILIES[family]:
        shutil.copy(tmp_path / "bin" / name, tmp_path / name)
        (tmp_path / "bin" / name).write_text("#!/bin/bash\necho cannot connect >&2; exit 1\n")
    assert [run.state for run in statuses(tmp_path)] == ["unknown"]
    for name in FAMILIES[family]:
        shutil.move(tmp_path / name, tmp_path / "bin" / name)
    assert [run.state for run in statuses(tmp_path)] == ["running"]
    cancel(tmp_path, ["tiny-mock"])


def test_each_has_a_site_file(family, tmp_path):
    made = read_site(Path(family))
    job = Header(name="a", log=tmp_path, tasks=2, at_once=made.at_once)
    assert SCHEDULERS[family].header(job, made, 120)
