"""Operation: who ran a run, waiting, summaries, cleaning, and arrays within Slurm's limit."""

from __future__ import annotations

import json
import threading
import time

import pytest

pytest.importorskip("jobflow")
pytest.importorskip("ase")

from tests.integration.cluster.runs import by_hand, write_job
from tests.workflows.cli.runner import interfaces
from tests.workflows.submit.test_done import sent
from workflows.flows.attempts import FILE, package_commit, use_of
from workflows.submit import status as module
from workflows.submit.clean import leftovers
from workflows.submit.send import submit
from workflows.submit.site import Site
from workflows.submit.slurm import Slurm
from workflows.submit.status import statuses, summary, wait

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
#: Refuses what the real ones refuse: an array with an index of MaxArraySize or more.
SBATCH = """\
#!/bin/bash
test "$1" = --test-only && script=/dev/stdin || script=${{@: -1}}
last=$(sed -n 's/^#SBATCH --array=0-\\([0-9]*\\).*/\\1/p' "$script")
if [ "${{last:-0}}" -ge 3 ]; then
  echo "sbatch: error: Batch job submission failed: Invalid job array specification" >&2
  exit 1
fi
[ "$1" = --test-only ] && exit 0
echo x >> {folder}/sent
wc -l < {folder}/sent
"""
SCONTROL = """\
#!/bin/bash
[ "$2" = config ] && echo "MaxArraySize            = 3" && exit 0
echo "slurm_load_jobs error: Invalid job id specified" >&2
exit 1
"""


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    out = tmp_path_factory.mktemp("finished")
    job = write_job(out)
    sent(job, out)
    by_hand(job, out)
    return out


def test_a_run_says_who_ran_it_and_what_it_used(finished):
    use = use_of(finished / "tiny-mock.jobs")
    assert len(use.nodes) == 1
    assert 0 < use.cpu_s < 600
    assert use.commits == ((package_commit(),) if package_commit() else ())
    lines = (finished / "tiny-mock.jobs" / FILE).read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    assert [row["event"] for row in rows] == ["begin", "end"]
    done = interfaces("status", finished, "--json")
    assert done.returncode == 0
    (run,) = json.loads(done.stdout)["runs"]
    assert run["cpu_s"] == use.cpu_s
    assert use_of(finished / "none").nodes == ()


def test_the_status_is_1_if_a_run_stopped_and_a_summary_is_one_line(finished, tmp_path):
    sent(write_job(tmp_path), tmp_path)
    done = interfaces("status", tmp_path, "--summary")
    assert done.returncode == 1
    assert done.stdout.startswith("1 runs: 1 stopped")
    assert "1 finished" in summary(statuses(finished))


def test_wait_returns_when_nothing_goes_on(tmp_path, monkeypatch):
    job = write_job(tmp_path)
    go = tmp_path / "go"
    submit([job], "mock", to="local", out=tmp_path,
           site=Site(command=f"until [ -e {go} ]; do sleep 0.1; done; true"))  # fmt: skip
    waited = []
    thread = threading.Thread(target=lambda: waited.extend(wait(tmp_path, 0.1)))
    thread.start()
    time.sleep(1.0)
    assert waited == []
    go.touch()
    thread.join(60)
    assert [run.state for run in waited] == [module.STOPPED]


def test_clean_lists_and_removes_what_may_go(finished):
    jobs = finished / "tiny-mock.jobs"
    stopped = jobs / "files" / "relax.u.1.stopped"
    stopped.mkdir(parents=True)
    (stopped / "WAVECAR").write_bytes(b"0" * 1000)
    scratch = finished / "scratch"
    scratch.mkdir()
    (scratch / "CHGCAR").write_bytes(b"0" * 2000)
    (jobs / "files" / "static.v.1").mkdir()
    (jobs / "files" / "static.v.1" / "scratch_link").symlink_to(scratch)
    assert {leftover.size for leftover in leftovers(finished)} == {1000, 2000}
    done = interfaces("clean", finished)
    assert done.returncode == 0
    assert "2 items" in done.stdout
    assert (stopped / "WAVECAR").exists()
    done = interfaces("clean", finished, "--remove")
    assert done.returncode == 0, done.stderr
    assert not stopped.exists()
    assert not scratch.exists()
    assert leftovers(finished) == []
    assert [run.state for run in statuses(finished)] == ["finished"]


def test_more_runs_than_an_array_may_have_become_several(tmp_path, monkeypatch):
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    for name, text in (("sbatch", SBATCH), ("scontrol", SCONTROL)):
        (bin_ / name).write_text(text.format(folder=tmp_path) if name == "sbatch" else text)
        (bin_ / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(bin_), prepend=":")
    assert Slurm().largest_array() == 3
    jobs = [write_job(tmp_path, f"run{i}") for i in range(7)]
    done = submit(jobs, "mock", to="slurm", site=Site(), out=tmp_path)
    assert done.number == "1, 2, 3"
    values = [(run.submission.number, run.submission.task) for run in statuses(tmp_path)]
    assert values == [("1", 0), ("1", 1), ("1", 2), ("2", 0), ("2", 1), ("2", 2), ("3", 0)]
    again = submit(jobs[:2], "mock", to="slurm", site=Site(), out=tmp_path, workers=3)
    assert again.number == "4, 5"
