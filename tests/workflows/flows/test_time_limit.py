"""Stopped by a time limit: where a run continues, and when more of the same time is no use."""

from __future__ import annotations

import gzip
import os
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("jobflow")
pytest.importorskip("ase")

from interfaces.errors import CalculationError
from tests.integration.cluster.runs import write_job
from tests.workflows.flows.running import contents, events
from workflows.flows.flow_folder import FILES, LOG
from workflows.flows.time_limit import (
    END,
    LIMIT,
    START,
    check_progress,
    note_submission,
    place_reached,
    places_of_stops,
)
from workflows.jobs import checkpoint, md
from workflows.runs.run_file import run
from workflows.submit.batch_script import Task, batch_script
from workflows.submit.progress import progress
from workflows.submit.site import Site
from workflows.submit.slurm import Slurm

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
MOTION = """\
name: shaking
cell: LCO_LPSCl
temperature: 600
steps: 12
segments: 2
every: 2
relaxation_steps: 1
"""


class Stopped(BaseException):
    """What a signal raises."""


@pytest.fixture
def motion(tmp_path):
    path = tmp_path / "shaking.yaml"
    path.write_text(MOTION)
    return path


def stop_after(monkeypatch, saves):
    """End the process after this many checkpoints, as the signal before the limit does."""
    left = [saves]
    save = checkpoint.Checkpoint.save

    def counted(self, step):
        save(self, step)
        left[0] -= 1
        if left[0] < 0:
            raise Stopped

    monkeypatch.setattr(md.Checkpoint, "save", counted)


def test_a_stopped_segment_continues_to_the_same_digits(motion, tmp_path, monkeypatch):
    run(motion, calculator="mock", out=tmp_path / "alone")
    monkeypatch.setattr(checkpoint, "SECONDS", 0.0)
    jobs = tmp_path / "out" / "shaking-mock.jobs"
    steps = []
    for saves in (3, 2):  # in the first segment; then again, from its checkpoint
        with monkeypatch.context() as patch:
            stop_after(patch, saves)
            with pytest.raises(Stopped):
                run(motion, calculator="mock", out=tmp_path / "out")
        (place,) = (jobs / FILES).glob("*segment_0*[0-9]")
        steps.append(checkpoint.reached(place))
    assert steps == [6, 10]
    run(motion, calculator="mock", out=tmp_path / "out")
    written_files, alone = (contents(tmp_path / name / "shaking-mock") for name in ("out", "alone"))
    assert written_files == alone


def test_a_checkpoint_that_was_cut_off_is_not_used(tmp_path):
    from ase.build import bulk

    atoms = bulk("Cu")
    state = checkpoint.Checkpoint(tmp_path, atoms, np.random.default_rng(1))
    assert state.resume(tmp_path / "none", 2) == 0
    (tmp_path / "earlier").mkdir()
    (tmp_path / "earlier" / checkpoint.FILE).write_text('{"step": 4, "pos')
    assert state.resume(tmp_path / "earlier", 2) == 0
    assert checkpoint.reached(tmp_path / "earlier") is None


def test_the_second_stop_at_the_same_place_is_an_error(tmp_path, monkeypatch):
    log = tmp_path / LOG
    monkeypatch.setenv(END, str(int(time.time()) + 600))
    stop = "t limit u.1 relax: the time limit was reached at {}\n"
    log.write_text(stop.format("step 10") + stop.format("step 20"))
    assert places_of_stops(log, "u.1") == ["step 10", "step 20"]
    check_progress(places_of_stops(log, "u.1"), "relax")
    log.write_text(log.read_text() + stop.format("step 20"))
    with pytest.raises(CalculationError, match="twice"):
        check_progress(places_of_stops(log, "u.1"), "relax")
    assert places_of_stops(log, "v.1") == []
    note_submission(log)  # perhaps with more time
    check_progress(places_of_stops(log, "u.1"), "relax")


def test_a_place_is_a_step_a_cell_or_the_start(tmp_path):
    assert place_reached(tmp_path) == START
    (tmp_path / "CONTCAR").write_text("")
    assert place_reached(tmp_path) == START
    (tmp_path / "CONTCAR").write_text("cell")
    first = place_reached(tmp_path)
    (tmp_path / "CONTCAR").write_text("another cell")
    assert place_reached(tmp_path) not in (first, START)


def test_vasp_stops_itself_before_the_limit_and_continues_from_its_cell(tmp_path, monkeypatch):
    pytest.importorskip("atomate2")
    from pymatgen.core import Structure

    from workflows.jobs import mock_orders as vasp_jobs

    plain = vasp_jobs.mock_orders
    monkeypatch.setattr(
        vasp_jobs,
        "mock_orders",
        lambda cell: plain(cell) | {"seconds_per_step": 1.0, "pair_scale": 1.0},
    )
    job, jobs = write_job(tmp_path, lithium="0.5"), tmp_path / "tiny-mock-vasp.jobs"
    monkeypatch.setenv(END, str(int(time.time()) + 60))  # custodian stops VASP 300 s before
    with pytest.raises(CalculationError, match="time limit"):
        run(job, calculator="mock-vasp", out=tmp_path)
    assert "relax 1" in progress(jobs).failure
    assert len(events(jobs, LIMIT)) == 1
    assert not (tmp_path / "tiny-mock-vasp").exists()
    (place,) = (jobs / FILES).glob("*relax_1*")
    reached = gzip.decompress((place / "CONTCAR.gz").read_bytes()).decode()
    monkeypatch.delenv(END)
    monkeypatch.setattr(vasp_jobs, "mock_orders", plain)
    run(job, calculator="mock-vasp", out=tmp_path)
    (place,) = (jobs / FILES).glob("*relax_1*[0-9]")
    start = gzip.decompress((place / "POSCAR.gz").read_bytes()).decode()
    cells = [Structure.from_str(text, fmt="poscar") for text in (reached, start)]
    assert np.allclose(cells[0].lattice.matrix, cells[1].lattice.matrix)
    assert cells[0].matches(cells[1])
    assert (tmp_path / "tiny-mock-vasp").is_dir()


SLURM = """\
#!/bin/bash
echo "$@" >> {folder}/requeued
"""
RUN = """\
import pathlib, signal, sys, time
def stop(*_):
    pathlib.Path(sys.argv[0]).with_name("told").touch()
    sys.exit(143)
signal.signal(signal.SIGTERM, stop)
pathlib.Path(sys.argv[0]).with_name("started").touch()
time.sleep(60)
"""


@pytest.mark.parametrize(("restarts", "requeued"), [(0, True), (2, False)])
def test_the_script_ends_the_run_and_asks_for_another_start(tmp_path, restarts, requeued):
    """What Slurm does: it sends USR1 to the script alone."""
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    for name, text in (("scontrol", SLURM), ("sleep", "#!/bin/bash\n")):
        (bin_ / name).write_text(text.format(folder=tmp_path))
        (bin_ / name).chmod(0o755)
    (tmp_path / "run.py").write_text(RUN)
    task = Task(tmp_path / "a.yaml", "mock", tmp_path, "a")
    task.folder.mkdir()
    site = Site(command=f"python3 {tmp_path}/run.py", directives=(("time", "1:00:00"),))
    text = batch_script(
        [task], site, directory=tmp_path, log=tmp_path, scheduler=Slurm(), retries=2
    )
    assert "#SBATCH --signal=B:USR1@120\n" in text
    environment = os.environ | {
        "PATH": f"{bin_}:{os.environ['PATH']}", "SLURM_JOB_ID": "7",
        "SLURM_RESTART_COUNT": str(restarts),
    }  # fmt: skip
    with subprocess.Popen(["bash", "-c", text], env=environment) as script:
        while not (tmp_path / "started").exists():
            time.sleep(0.02)
        script.send_signal(10)  # USR1
        assert script.wait(30) == 143
    assert (tmp_path / "told").exists()
    assert (task.folder / LIMIT).exists()
    assert Path(tmp_path / "requeued").exists() == requeued
