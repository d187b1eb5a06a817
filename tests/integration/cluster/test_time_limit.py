"""A run that hits its time limit: begun with the first test, asked about in the last."""

from __future__ import annotations

import pytest

pytest.importorskip("jobflow")
pytest.importorskip("ase")

from tests.integration.cluster.runs import (
    LITHIUM,
    contents,
    nothing_ran_twice,
    send,
    status_of,
    wait_for,
    wait_until,
    write_job,
)
from workflows.submit.send import submit
from workflows.submit.site import Site

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")


def test_a_run_at_its_time_limit_goes_on_when_it_is_sent_again(slurm, frozen, alone):
    wait_for(frozen, "stopped", seconds=150)
    status = status_of(frozen)
    assert (status.scheduler, status.reason) == ("TIMEOUT", "the time limit was reached")
    send(frozen / "tiny.yaml", out=frozen)
    wait_for(frozen, "finished")
    assert contents(frozen / "tiny-mock") == alone
    nothing_ran_twice(frozen / "tiny-mock.jobs", cut_off=1)


def test_slurm_starts_a_stopped_run_again_by_itself(slurm, tmp_path, full):
    """The command ends at SIGTERM as a run does, and succeeds once it is started again."""
    if not full:
        pytest.skip("takes some minutes: --full")
    command = tmp_path / "command"
    command.write_text(
        "#!/bin/bash\n"
        f'[ "$SLURM_RESTART_COUNT" = 1 ] && {{ touch {tmp_path}/again; exit 0; }}\n'
        "trap 'kill $!; exit 143' TERM\nsleep 600 &\nwait\n"
    )
    command.chmod(0o755)
    site = Site(command=str(command), directives=(("time", "00:01:00"),))
    submit([write_job(tmp_path)], "mock", to="slurm", site=site, out=tmp_path, retries=1)
    wait_until(lambda: (tmp_path / "again").exists(), 400, every=1.0)
    text = (tmp_path / "tiny-mock.jobs" / "batch.txt").read_text()
    assert "status 143" in text
    assert " restart 1" in text


def test_workers_share_a_run_on_slurm(slurm, alone, tmp_path):
    job = write_job(tmp_path, lithium=LITHIUM)
    sent = submit([job], "mock", to="slurm", site=Site(), out=tmp_path, workers=3)
    assert sent.number
    wait_for(tmp_path, "finished")
    assert contents(tmp_path / "tiny-mock") == alone
    nothing_ran_twice(tmp_path / "tiny-mock.jobs", cut_off=0)
    wait_until(lambda: slurm.run("squeue", "-h", "-j", sent.number).strip() == "")
    said = sorted(path.name for path in (tmp_path / "tiny-mock.jobs").glob("*batch.txt"))
    assert said == ["1-batch.txt", "2-batch.txt", "batch.txt"]
