"""Several small runs in one process and few files; allocations of single steps."""

from __future__ import annotations

import json
import signal
import sys
import zipfile

import pytest

pytest.importorskip("jobflow")
pytest.importorskip("ase")

from interfaces.errors import InputError
from tests.integration.cluster.runs import by_hand, contents, events, wait_until, write_job
from tests.workflows.cli.runner import interfaces
from workflows.flows.packed_jobs import PACKED, pack, readable, unpack
from workflows.flows.resumable_run import Run
from workflows.flows.run_locally import LATER, run_flow
from workflows.flows.workers import Workers
from workflows.runs.run_spec import run_spec
from workflows.submit import background
from workflows.submit.batch import Batch
from workflows.submit.batch_script import Task
from workflows.submit.collect import collect
from workflows.submit.send import submit
from workflows.submit.site import Site, read_site
from workflows.submit.slurm import Slurm
from workflows.submit.status import statuses, wait
from workflows.submit.together import Together

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """Two small runs that one process computed, with a third that cannot be computed."""
    out = tmp_path_factory.mktemp("small")
    jobs = [write_job(out, f"run{i}", seed=i) for i in range(3)]
    (out / "submitted").mkdir()
    submit(jobs, "mock", to="local", site=Site(command="true"), out=out, per_task=3)
    plan = next(out.glob("submitted/*/runs.json"))
    bad = json.loads(plan.read_text())
    bad["runs"][1]["run"][0] = str(out / "nowhere.yaml")
    plan.write_text(json.dumps(bad))
    command = f"{sys.executable} -m workflows.cli"
    done = submit(jobs, "mock", to="local", site=Site(command=command), out=out, per_task=3)
    assert len(done.tasks) == 3
    (later,) = set(out.glob("submitted/*/runs.json")) - {plan}
    later.write_text(plan.read_text())  # the process has not read it yet
    wait(out, 0.2)
    wait_until(lambda: not background.alive(later.with_name("batch.sh")), 60)
    return out


def test_a_run_that_fails_ends_only_itself(small):
    table = {run.name: run for run in statuses(small)}
    assert {name: run.state for name, run in table.items()} == {
        "run0-mock": "finished", "run1-mock": "stopped", "run2-mock": "finished",
    }  # fmt: skip
    assert "nowhere" in table["run1-mock"].reason
    assert table["run2-mock"].progress.complete
    assert table["run2-mock"].to_dict()["cpu_s"] > 0


def test_a_small_run_has_at_most_twelve_files_and_its_figures_come_later(small):
    files = [path for name in ("run0-mock", "run0-mock.jobs") for path in (small / name).rglob("*")]
    assert len([path for path in files if path.is_file()]) <= 12
    assert not (small / "run0-mock" / "figures").exists()
    alone = by_hand(small / "run0.yaml", small / "alone") / "run0-mock"
    tables = contents(small / "run0-mock")
    assert {"minima.csv", "kinks.csv", "record.json.gz", "energies.csv"} <= tables.keys()
    made = contents(alone)
    assert all(made[name] == tables[name] for name in tables.keys() - {"checksums.json"})
    table = {run.name: run.found for run in collect(small, figures=True)}
    assert (table["run0-mock"], table["run1-mock"]) == ("written now", "missing")
    assert contents(small / "run0-mock") == made
    assert (small / "run0-mock.jobs" / PACKED).is_file()


def test_packed_jobs_are_the_same_when_they_are_unpacked(tmp_path):
    folder = tmp_path / "a.jobs"
    (folder / "jobs").mkdir(parents=True)
    (folder / "jobs" / "a.json").write_text("{}")
    (folder / "flow.json").write_text("{}")
    (folder / "submission.json").write_text("kept")
    before = contents(folder)
    pack(folder, ended=True)
    assert {path.name for path in folder.iterdir()} == {"submission.json", PACKED}
    assert (readable(folder) / "jobs" / "a.json").read_text() == "{}"
    unpack(folder)
    assert contents(folder) == before
    pack(folder)
    (folder / PACKED).write_bytes((folder / PACKED).read_bytes()[:-30])
    with pytest.raises(InputError, match="damaged"):
        unpack(folder)


def test_a_run_that_is_cancelled_or_killed_leaves_the_others(tmp_path):
    def command():
        import time

        if "first" in sys.argv:
            (tmp_path / "first.jobs" / "cancelled").touch()
            time.sleep(60)
        elif "second" in sys.argv:
            import os

            os.kill(os.getpid(), signal.SIGKILL)

    runs = []
    for name in ("first", "second", "third"):
        (tmp_path / f"{name}.jobs").mkdir()
        runs.append({"folder": str(tmp_path / f"{name}.jobs"), "run": [name]})
    (tmp_path / "runs.json").write_text(json.dumps({"runs": runs}))
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGUSR1)
    try:
        worst = Together("7", "0", command).compute(tmp_path / "runs.json", [0, 1, 2])
    finally:
        signal.signal(signal.SIGTERM, before[0])
        signal.signal(signal.SIGUSR1, before[1])
    assert worst == 137
    ends = [(tmp_path / f"{name}.jobs" / "batch.txt").exists() for name in ("first", "second")]
    assert ends == [True, True]
    assert "status 143" in (tmp_path / "first.jobs" / "batch.txt").read_text()
    with zipfile.ZipFile(tmp_path / "third.jobs" / PACKED) as packed:
        assert "status 0" in packed.read("batch.txt").decode()


STEPS = "directives: {time: '60', mem: 1G}\nsteps: {curve: {mem: 4G}, relax: {gres: 'gpu:1'}}\n"


def test_steps_become_stages_that_wait_for_each_other(tmp_path):
    (tmp_path / "mine.yaml").write_text(STEPS)
    site = read_site(tmp_path / "mine.yaml")
    tasks = [Task(tmp_path / "a.yaml", "mock", tmp_path, name) for name in ("a", "b")]
    batch = Batch(tasks=tasks, site=site, place=tmp_path / "s", scheduler=Slurm())
    assert batch.stages() == ("relax", "curve", "analysis")
    first, second, third = (batch.script(stage, "7") for stage in batch.stages())
    assert "--gres=gpu:1" in first
    assert "--dependency" not in first
    assert "--until relax" in first
    assert "--dependency=aftercorr:7\n#SBATCH --kill-on-invalid-dep=yes" in second
    assert "--mem=4G" in second
    assert "--gres" not in second
    assert "--mem=1G" in third
    alone = Batch(tasks=tasks[:1], site=site, place=tmp_path / "s", scheduler=Slurm())
    assert "--dependency=afterok:7" in alone.script("curve", "7")
    with pytest.raises(InputError, match="steps"):
        submit([write_job(tmp_path)], "mock", to="local", site=site, out=tmp_path)
    with pytest.raises(InputError, match="per-task"):
        submit([write_job(tmp_path)], "mock", to="slurm", site=site, out=tmp_path, per_task=2)


def test_a_stage_does_its_step_and_the_last_one_writes_the_results(tmp_path):
    job = write_job(tmp_path, lithium="1.0, 0.5")
    run = Run(tmp_path / "tiny-mock", run_spec(job, "mock", None))
    folder = tmp_path / "tiny-mock.jobs"
    names = {}
    for stage in ("relax", "scale", "analysis"):
        run.execute(workers=Workers(joins=True, until=stage))
        text = (folder / "log.txt").read_text()
        names[stage] = [line.split(" ", 3)[3] for line in text.splitlines() if " end " in line]
        assert (tmp_path / "tiny-mock").exists() == (stage == "analysis")
    assert not [name for name in names["relax"] if name.endswith(("scale", "curve"))]
    assert sum(name.endswith("relax") for name in names["relax"]) == 2
    assert not [name for name in names["scale"] if name.endswith("curve")]
    assert len(events(folder, "end")) == len(set(events(folder, "end")))
    alone = by_hand(job, tmp_path / "alone") / "tiny-mock"
    assert contents(tmp_path / "tiny-mock") == contents(alone)


def test_a_stage_whose_job_failed_fails(tmp_path):
    import operator

    from jobflow import Flow, job

    def make():
        bad = job(operator.truediv)(1, 0)
        bad.name = "a relax"
        after = job(operator.neg)(bad.output)
        after.name = "a curve"
        return Flow([bad, after], output=after.output)

    def share():
        return run_flow(make, {"a": 1}, tmp_path, shared=True, until="relax")

    with pytest.raises(ZeroDivisionError):
        share()
    (tmp_path / "good").mkdir()

    def good():
        first = job(operator.neg)(1)
        first.name = "a relax"
        last = job(operator.neg)(first.output)
        last.name = "a curve"
        return Flow([first, last], output=last.output)

    folder = tmp_path / "good"
    assert run_flow(good, {"a": 1}, folder, shared=True, until="relax") is LATER
    assert len(events(folder, "end")) == 1
    assert run_flow(good, {"a": 1}, folder, shared=True, until="analysis") == 1


def test_the_verb_makes_a_compact_run(tmp_path):
    done = interfaces(
        "run", write_job(tmp_path), "--calculator", "mock", "--compact", "--out", tmp_path
    )
    assert done.returncode == 0, done.stderr
    names = [path.name for path in (tmp_path / "tiny-mock.jobs").iterdir()]
    assert names == [PACKED]
    assert not list((tmp_path / "tiny-mock").rglob("*.png"))
