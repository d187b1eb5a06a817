"""Site files and batch scripts: what is refused, and what a shell makes of the rest."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from interfaces.errors import InputError
from workflows.submit.batch_script import Task, batch_script
from workflows.submit.progress import progress
from workflows.submit.schedulers import SCHEDULERS
from workflows.submit.site import Site, read_site
from workflows.submit.slurm import Slurm
from workflows.submit.submission_record import Submission, read_submission


def write(folder, text):
    path = folder / "mine.yaml"
    path.write_text(text)
    return path


def test_the_example_is_a_site():
    site = read_site(Path("example"))
    assert dict(site.directives)["time"] == "24:00:00"  # YAML itself would make it 86400
    assert site.before == ("module purge", "module load vasp/6.4")
    assert (site.name, site.at_once, site.vasp) == ("example", 8, "srun vasp_std")


def test_a_site_may_say_nothing(tmp_path):
    assert read_site(write(tmp_path, "{}")) == Site(name="mine")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("partition: long", "unknown key 'partition'"),
        ("[1, 2]", "keys with values"),
        ("a: [", "is not YAML"),
        ("directives: [a]", "directives must be keys with values"),
        ("directives: {Time: 5}", "'Time' cannot be a name"),
        ("directives: {array: 0-5}", "array is set by interfaces submit"),
        ('directives: {time: "5\\n#SBATCH --uid=0"}', "time must be text on one line"),
        ("before: module load vasp", "before must be a list"),
        ("before: [{a: b}]", "before must be text on one line"),
        ('scratch: "/a\\rb"', "scratch must be text on one line"),
        ('command: "a\\x0bb"', "command must be text on one line"),
        ('project: "a\\Lb"', "project must be text on one line"),
        ("environment: {MP_API_KEY: abc}", "MP_API_KEY looks like a secret"),
        ("environment: {db_password: abc}", "db_password looks like a secret"),
        ("environment: {'A B': c}", "'A B' cannot be a name"),
        ("at_once: 0", "whole number above 0"),
        ("at_once: many", "whole number above 0"),
        ("steps: {rellax: {ntasks: 1}}", "'rellax' is not a step"),
        ("steps: {relax: 4}", "relax must have options"),
    ],
)
def test_a_mistake_in_a_site_is_named(tmp_path, text, said):
    with pytest.raises(InputError) as caught:
        read_site(write(tmp_path, text))
    assert said in str(caught.value)
    assert "abc" not in str(caught.value)  # no secret is repeated


def test_steps_get_resources_of_their_own(tmp_path):
    pytest.importorskip("jobflow_remote")
    import operator

    from jobflow import Flow, job

    from workflows.submit.jobflow_remote import with_resources
    from workflows.submit.send import submit

    site = read_site(write(tmp_path, "steps: {relax: {gres: 'gpu:1', ntasks: 4}}"))
    first, second = job(operator.neg)(1), job(operator.neg)(2)
    first.name, second.name = "MOCK LCO relax 1", "LCO curve"
    flow = Flow([first, second])
    with_resources(flow, site)
    assert first.config.manager_config["resources"] == {"gres": "gpu:1", "ntasks": "4"}
    assert "resources" not in second.config.manager_config
    assert second.config_updates  # jobs that it may become
    with pytest.raises(InputError, match="jobflow-remote"):
        submit([tmp_path / "a.yaml"], "mock", to="local", site=site, out=tmp_path)


def test_a_missing_site_names_those_there_are(tmp_path):
    with pytest.raises(InputError, match=r"does not exist; inputs/sites has example\.yaml"):
        read_site(tmp_path / "none.yaml")


def test_the_script_passes_on_every_name_as_it_is(tmp_path):
    out = tmp_path / 'it\'s $HOME `id`; "quoted"'
    tasks = [Task(tmp_path / "a.yaml", "mock", out, name, "my set") for name in ("a", "b c")]
    site = Site(
        environment=(("SHOWN", '$TOLD "x" `id` $(id)'),), before=("TOLD=told",),
        command=f"env -u A python3 {tmp_path}/show.py",
    )  # fmt: skip
    (tmp_path / "show.py").write_text(
        "import os, sys\nprint([*sys.argv[1:], os.environ['SHOWN'], os.getcwd()])\n"
        "sys.exit(3 if 'b c' in sys.argv else 0)\n"
    )
    for task in tasks:
        task.folder.mkdir(parents=True)
    text = batch_script(tasks, site, directory=out, log=tmp_path, scheduler=None)
    done = subprocess.run(["bash", "-c", text], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (3, "", "")
    for task in tasks:
        said = (task.folder / "batch.txt").read_text().splitlines()
        assert said[1] == repr([
            "run", str(task.folder / "job.yaml"), "--out", str(out), "--name", task.name,
            "--phases", "my set", "--calculator", "mock", 'told "x" `id` $(id)', str(out),
        ])  # fmt: skip
        assert said[2].endswith(" status 3" if task.name == "b c" else " status 0")


@pytest.mark.parametrize("character", ["\n", "\r", "\x0b", "\x85", "\u2028"])
@pytest.mark.parametrize("where", ["out", "name", "phases", "directory", "log", "python"])
def test_a_line_end_is_no_line_of_the_script(tmp_path, monkeypatch, character, where):
    evil = f"a{character}#SBATCH --uid=0{character}touch {tmp_path}/ran"
    out = tmp_path / evil if where == "out" else tmp_path
    task = Task(tmp_path / "a.yaml", "mock", out, evil if where == "name" else "a",
                evil if where == "phases" else None)  # fmt: skip
    if where == "python":
        monkeypatch.setattr("sys.executable", evil)
    schedulers = [SCHEDULERS[name] for name in ("slurm", "pbs", "sge")]
    for scheduler in schedulers if where == "log" else [*schedulers, None]:
        with pytest.raises(InputError, match="control character"):
            batch_script(
                [task], Site(), scheduler=scheduler,
                directory=tmp_path / evil if where == "directory" else tmp_path,
                log=tmp_path / evil if where in ("log", "directory") else tmp_path,
            )  # fmt: skip


@pytest.mark.parametrize("verb", ["submit", "screen"])
def test_nor_is_that_of_the_working_directory(tmp_path, monkeypatch, verb, toy_csv):
    from workflows.cli import main

    if verb == "screen":
        pytest.importorskip("numba")
        pytest.importorskip("pyarrow")
    here = tmp_path / "a\n#SBATCH --uid=0"
    here.mkdir()
    monkeypatch.chdir(here)
    (here / "l.txt").write_text("Li2O\nTiO2\n")
    job = Path(__file__).resolve().parents[3] / "inputs" / "ncm811_small.yaml"
    words = {
        "submit": ["submit", str(job), "--to", "slurm", "--calculator", "mock", "--dry-run"],
        "screen": ["screen", "--cathodes", "l.txt", "--electrolytes", "l.txt", "--phases",
                   str(toy_csv), "--out", "s", "--plan-only", "--slurm-script", "s.sh"],
    }  # fmt: skip
    with pytest.raises(SystemExit) as caught:
        main(words[verb])
    assert caught.value.code == 2
    assert not (here / "s.sh").exists()


def test_sbatch_fills_in_nothing_in_the_name_of_a_folder(tmp_path):
    log = tmp_path / "50%a done"
    text = batch_script([Task(tmp_path / "a.yaml", "mock", tmp_path, "a")], Site(),
                        directory=tmp_path, log=log, scheduler=Slurm())  # fmt: skip
    assert f"#SBATCH --output='{tmp_path}/50%%a done/0.txt'\n" in text


def test_no_run_starts_when_a_line_of_the_site_fails(tmp_path):
    tasks = [Task(tmp_path / "a.yaml", "mock", tmp_path, name) for name in "ab"]
    for task in tasks:
        task.folder.mkdir()
    site = Site(name='my "site" $(touch x)', before=("true", "test -d nowhere"),
                command=f"touch {tmp_path}/ran #")  # fmt: skip
    text = batch_script(tasks, site, directory=tmp_path, log=tmp_path, scheduler=None)
    done = subprocess.run(["bash", "-c", text], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 1
    assert not (tmp_path / "ran").exists()
    assert not (tmp_path / "x").exists()
    for task in tasks:
        said = (task.folder / "batch.txt").read_text().splitlines()
        assert said[1].endswith("test -d nowhere ended with status 1")
        assert said[2].endswith(" status 1")


def test_an_array_is_limited_and_one_run_is_no_array(tmp_path):
    tasks = [Task(tmp_path / "a.yaml", "mock", tmp_path, name) for name in "abc"]
    site = Site(directives=(("time", "1:00"), ("exclusive", "")), at_once=2)

    def text(some):
        return batch_script(some, site, directory=tmp_path, log=tmp_path, scheduler=Slurm())

    assert "#SBATCH --array=0-2%2\n" in text(tasks)
    assert "#SBATCH --time=1:00\n#SBATCH --exclusive\n" in text(tasks)
    assert "--array" not in text(tasks[:1])


def test_scratch_and_the_commands_of_vasp_are_those_of_atomate2(tmp_path, monkeypatch):
    pytest.importorskip("atomate2")
    from atomate2.settings import Atomate2Settings

    site = Site(vasp="srun vasp_std", vasp_gamma="srun vasp_gam", scratch=f"{tmp_path}/$WHO/x",
                before=("export WHO=me",), command="env #")  # fmt: skip
    task = Task(tmp_path / "a.yaml", "mock", tmp_path, "a")
    task.folder.mkdir()
    text = batch_script([task], site, directory=tmp_path, log=tmp_path, scheduler=None)
    subprocess.run(["bash", "-c", text], check=True)
    said = dict(
        line.split("=", 1) for line in (task.folder / "batch.txt").read_text().splitlines()
        if line.startswith("ATOMATE2_")
    )  # fmt: skip
    for name, value in said.items():
        monkeypatch.setenv(name, value)
    settings = Atomate2Settings()
    assert (settings.VASP_CMD, settings.VASP_GAMMA_CMD) == ("srun vasp_std", "srun vasp_gam")
    scratch = tmp_path / "me" / "x"
    assert str(scratch) == settings.CUSTODIAN_SCRATCH_DIR
    assert scratch.is_dir()


def test_a_record_comes_back_equal_and_a_broken_one_is_refused(tmp_path):
    record = Submission("a", "a.yaml", "mock", None, "slurm", "/s", "7", 3, "now", "x", "0", 2)
    record.write(tmp_path)
    assert read_submission(tmp_path) == record
    text = (tmp_path / "submission.json").read_text()
    (tmp_path / "submission.json").write_text(text.replace('"format": 1', '"format": 2'))
    with pytest.raises(InputError, match="another version"):
        read_submission(tmp_path)
    (tmp_path / "submission.json").write_text('{"format": 1, "name": ')
    with pytest.raises(InputError, match="cannot be read"):
        read_submission(tmp_path)


def test_progress_counts_what_jobs_became_and_forgets_failures_that_were_mended(tmp_path):
    def job(uuid, index=1):
        return {"@class": "Job", "uuid": uuid, "index": index, "name": f"job {uuid}"}

    def flow(*jobs):
        return {"@class": "Flow", "jobs": list(jobs)}

    (tmp_path / "jobs").mkdir()
    (tmp_path / "flow.json").write_text(json.dumps({"flow": flow(job("a"), flow(job("b")))}))
    done = {"replace": flow(job("c"), job("a", 2)), "detour": None, "addition": flow(job("d"))}
    (tmp_path / "jobs" / "job_a.a.1.json").write_text(json.dumps(done))
    (tmp_path / "jobs" / "job_d.d.1.json").write_text('{"replace": nul')  # the disk was full
    lines = ["t start a.1 job a", "t end a.1 job a", "t failed b.1 job b: no", "t failed c.1 job"]
    (tmp_path / "log.txt").write_text("\n".join([*lines, "t warning c.1 x y", "t st"]))
    state = progress(tmp_path)
    assert (state.finished, state.known, state.complete) == (1, 5, False)
    assert state.missing == ("job b", "job c", "job a", "job d")
    assert (state.last, state.failure) == ("t failed job", "job")
    (tmp_path / "jobs" / "job_c.c.1.json").write_text('{"replace": null}')
    (tmp_path / "log.txt").write_text("\n".join([*lines, "t start c.1 job c", "t end c.1 job c"]))
    assert progress(tmp_path).failure == "job b: no"
    assert not progress(tmp_path / "nothing").complete
