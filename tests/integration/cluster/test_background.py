"""Runs sent to the background of this machine, one after another."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import subprocess
from pathlib import Path

import pytest

pytest.importorskip("jobflow")
pytest.importorskip("ase")

from interfaces.errors import InputError
from tests.integration.cluster.runs import send, status_of, wait_for, wait_until, write_job
from workflows.submit.background import alive
from workflows.submit.cancel import _end, _of_session, cancel
from workflows.submit.status import statuses

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
#: Stands for ``interfaces``: refuses one run, and stays with the next.
COMMAND = """\
#!/bin/bash
case $2 in
*bad-mock*) echo "interfaces: broken" >&2; exit 2 ;;
*) sleep 60 ;;
esac
"""


def test_one_failure_leaves_the_next_run_alone_and_what_was_killed_goes_on(tmp_path):
    bad, good, last = (write_job(tmp_path, name) for name in ("bad", "good", "last"))
    command = tmp_path / "command"
    command.write_text(COMMAND)
    command.chmod(0o755)
    sent = send(bad, good, last, out=tmp_path, to="local", command=str(command))
    wait_for(tmp_path, "running", name="good-mock")
    status = status_of(tmp_path, "bad-mock")
    assert (status.state, status.reason) == ("stopped", "broken")
    assert status_of(tmp_path, "last-mock").state == "waiting"
    assert dict(send(good, last, out=tmp_path, to="local").left) == {
        "good-mock": f"running as local {sent.number}",
        "last-mock": f"waiting as local {sent.number}",
    }
    os.killpg(int(sent.number), signal.SIGKILL)
    wait_for(tmp_path, "stopped", name="good-mock")
    assert "killed" in status_of(tmp_path, "good-mock").reason
    assert "never started" in status_of(tmp_path, "last-mock").reason
    again = send(bad, last, out=tmp_path, to="local", before=["echo site >&2"])
    assert {task.name for task in again.tasks} == {"bad-mock", "last-mock"}
    for name in ("bad-mock", "last-mock"):
        wait_for(tmp_path, "finished", name=name)
    assert status_of(tmp_path, "good-mock").state == "stopped"
    script = Path(status_of(tmp_path, "last-mock").submission.script)
    wait_until(lambda: not alive(script), 30)
    assert (script.parent / "0.txt").read_text() == "site\n"


def test_what_is_cancelled_stops_and_the_script_goes_on_with_the_rest(tmp_path):
    first, waits, last = (write_job(tmp_path, name) for name in ("first", "waits", "last"))
    child = tmp_path / "child"
    command = tmp_path / "command"
    command.write_text(  # a program that does not end by itself, below one that does
        "#!/bin/bash\n[[ $2 == *first-mock* ]] || exit 3\n"
        f'bash -c \'trap "" TERM; echo $$ > {child}; '
        "for i in {1..600}; do sleep 0.1; done' & wait\n"
    )
    command.chmod(0o755)
    send(first, waits, last, out=tmp_path, to="local", command=str(command))
    wait_until(lambda: child.is_file() and child.read_text().strip(), 30)
    with pytest.raises(InputError, match="no run other was sent with --out"):
        cancel(tmp_path, ["other"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("workflows.submit.cancel.GRACE", 0.3)
        done = cancel(tmp_path, ["first-mock", "waits-mock"])
    assert [(run.name, run.did) for run in done] == [
        ("waits-mock", "cancelled"),
        ("first-mock", "cancelled"),
    ]
    assert not Path(f"/proc/{child.read_text().strip()}/cwd").exists()
    wait_for(tmp_path, "stopped", name="last-mock")
    table = {status.name: status.reason for status in statuses(tmp_path)}
    assert table == {
        "first-mock": "it was cancelled",
        "waits-mock": "it was cancelled",
        "last-mock": "it ended with status 3",
    }
    assert not (tmp_path / "waits-mock.jobs" / "batch.txt").exists()
    assert [item.did for item in cancel(tmp_path)] == ["left"] * 3
    send(first, waits, out=tmp_path, to="local")
    for name in ("first-mock", "waits-mock"):
        wait_for(tmp_path, "finished", name=name)


def test_a_run_that_came_next_is_left_alone(tmp_path):
    # a script that runs one thing, which has the path of its job file among its words
    other = tmp_path / "other-mock.jobs"
    words = ["bash", "-c", "sleep 30; true", str(other / "job.yaml")]
    script = ["bash", "-c", '"$@" & wait', "script", *words]
    with (tmp_path / "alive").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with subprocess.Popen(script, start_new_session=True, pass_fds=(lock.fileno(),)) as item:
            try:
                wait_until(lambda: len(_of_session(item.pid)) == 3, 20)  # script, run, sleep
                _end(tmp_path / "batch.sh", item.pid, tmp_path / "first-mock.jobs")
                _end(tmp_path / "batch.sh", item.pid, tmp_path / "other-mock")
                assert len(_of_session(item.pid)) == 3
                _end(tmp_path / "batch.sh", item.pid, other)
                assert set(_of_session(item.pid)) <= {item.pid}
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(item.pid, signal.SIGKILL)
