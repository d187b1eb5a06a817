"""Keys and passwords of the user's own are in nothing that a session leaves or says."""

from __future__ import annotations

import base64
import importlib.util
import os
import subprocess
import sys
import traceback
from pathlib import Path

import pytest

from interfaces.errors import InputError
from tests.fake_mp_api import KEY, FakeServer, made_up, texts_below
from tests.integration.cluster.runs import wait_for, write_job
from tests.robustness.parsers import TABLE
from tests.workflows.cli.runner import ROOT, refused

pytest.importorskip("jobflow")
pytest.importorskip("ase")
pytest.importorskip("pyarrow")
pytestmark = pytest.mark.filterwarnings("ignore")

PASSWORD = "planted-Mongo-9c1e7d-word"
TOKEN = "9c1e7d4b2a6f8e0d3c5b7a9f1"
SECRETS = tuple(
    form
    for secret in (KEY.encode(), PASSWORD.encode())
    for form in (secret, base64.b64encode(secret).rstrip(b"="), secret.hex().encode(), secret[::-1])
)
CLOSED = "http://127.0.0.1:9/"  #: nobody listens on the port of discard


@pytest.fixture
def planted(monkeypatch, tmp_path):
    for name, value in {
        "MP_API_KEY": KEY, "PMG_MAPI_KEY": KEY, "MONGODB_PASSWORD": PASSWORD,
        "NO_PROXY": "127.0.0.1",
        "MONGO_URI": f"mongodb://me:{PASSWORD}@127.0.0.1:9/jobs", "HOME": str(tmp_path / "home"),
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    (tmp_path / "home").mkdir()
    return tmp_path


def clean(*texts: bytes | str) -> None:
    for text in texts:
        data = text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text
        for secret in SECRETS:
            at = data.find(secret)
            assert at < 0, data[max(0, at - 80) : at + 80]


def unpacked(folder: Path):
    """Every byte below a folder, packed files also as what they hold."""
    import gzip

    yield from texts_below(folder)
    for path in folder.rglob("*.gz"):
        yield gzip.decompress(path.read_bytes())


def test_a_whole_session_leaves_no_secret(ask, planted, monkeypatch, full):
    """A screen only with ``--full``: compiling it takes half of the rest."""
    monkeypatch.chdir(planted)
    here = planted / "here"
    here.mkdir()
    (here / "toy.csv").write_text(TABLE)
    (here / "list.txt").write_text("Li2O\nTiO2\n")
    job = write_job(here)
    toy = ("--phases", here / "toy.csv")
    lists = ("--cathodes", here / "list.txt", "--electrolytes", here / "list.txt")
    results = here / "results"
    said = []
    for words in (
        ("curve", "Li2O", "TiO2", *toy, "--record", here / "c.json.gz", "--figure", here / "c.pdf"),
        ("window", "Li2TiO3", *toy, "--record", here / "w.json", "--json"),
        ("replay", here / "c.json.gz"),
        ("submit", job, "--to", "local", "--calculator", "mock", "--out", results),
        ("submit", job, "--to", "slurm", "--calculator", "mock", "--out", here / "dry",
         "--dry-run"),
        *([("screen", *lists, *toy, "--out", here / "screen", "--table", here / "screen.csv")]
          if full else []),
        ("doctor", "--out", results),
        ("phases", here / "toy.csv"),
    ):  # fmt: skip
        done = ask(*words)
        assert done.returncode == 0, done
        said += [done.stdout, done.stderr]
    if importlib.util.find_spec("jinja2"):
        done = ask("report", here / "c.json.gz", "--out", here / "report.html")
        assert done.returncode == 0, done
        said += [done.stdout, done.stderr]
    wait_for(results, "finished", seconds=300)
    for words in (("status", results), ("collect", results), ("query", results)):
        done = ask(*words)
        assert done.returncode == 0, done
        said += [done.stdout, done.stderr]
    clean(*said)
    values = [*unpacked(planted)]
    assert sum(b"tiny-mock" in text for text in values) > 5  # the run is among them
    clean(*values)


def test_a_fetch_shows_no_key(planted, full):
    """In a process of its own: mp-api reads its address when it is imported."""
    if not full:
        pytest.skip("test_fetch.py looks for the key too; this one with --full")
    with FakeServer(made_up(["Li", "O"]), key=KEY) as server:
        done = subprocess.run(
            [sys.executable, "-m", "workflows.cli", "fetch", "Li-O", "--out",
             str(planted / "snap")],
            capture_output=True, text=True, cwd=ROOT, timeout=300,
            env=os.environ | {"MP_API_ENDPOINT": server.endpoint},
        )  # fmt: skip
    assert done.returncode == 0, done
    clean(done.stdout, done.stderr, *unpacked(planted))


@pytest.mark.parametrize(
    "address",
    [f"http://me:{PASSWORD}@127.0.0.1:9/", f"http://{PASSWORD}@127.0.0.1:9", f"http://:{PASSWORD}@h/",
     f"http://127.0.0.1:9/?key={PASSWORD}", f"http://127.0.0.1:9/#{PASSWORD}",
     f"http://[{PASSWORD}@h/", f"http://127.0.0.1:9/ghp_{TOKEN}/{PASSWORD}"],
)  # fmt: skip
def test_an_address_that_holds_a_secret_is_refused(planted, monkeypatch, address):
    """By the argument, and from MP_API_ENDPOINT."""
    from workflows.data.materials_project import fetch

    monkeypatch.setenv("MP_API_ENDPOINT", address)
    for endpoint in (address, None):
        with pytest.raises(InputError, match="MP_API_ENDPOINT") as caught:
            fetch("Li-O", planted / "snap", endpoint=endpoint, progress=False)
        clean(str(caught.value), *texts_below(planted))


@pytest.mark.parametrize(
    "text",
    [f"no answer from mongodb://me:{PASSWORD}@host/jobs", f"found MONGO_PASSWORD={PASSWORD}",
     f"cannot run: curl -u me:{PASSWORD} https://host"],
)  # fmt: skip
def test_what_a_library_quotes_is_hidden_in_the_one_line(capsys, monkeypatch, text):
    from workflows import cli

    def fails(*_, **__):
        raise InputError(text)

    monkeypatch.setattr(cli.interfaces, "main", fails)
    with pytest.raises(SystemExit):
        cli.main(["status"])
    captured = capsys.readouterr().err
    clean(captured)
    assert "(hidden)" in captured


@pytest.mark.parametrize(
    "text", ["KeyError: 'phases' of the record", "the key in PMG_MAPI_KEY of pymatgen's settings",
             "a.yaml: unknown keys ['x'], missing keys none", "x: run name 'a' must be plain"]
)  # fmt: skip
def test_a_message_without_a_secret_stays_as_it_is(text):
    from workflows.io.credentials import redacted

    assert redacted(text) == text


@pytest.mark.parametrize("foreseen", [True, False])
def test_a_traceback_of_a_fetch_shows_no_key(planted, capsys, foreseen):
    """Nobody answers; and where the client waits to ask again, an error that nobody foresaw."""
    pytest.importorskip("mp_api")
    from workflows.data.materials_project import RetryPolicy, fetch
    from workflows.data.materials_project.api_key import find_key

    key = find_key()
    clean(repr(key), str(key))

    def sleep(_):
        if not foreseen:
            raise RuntimeError(f"made up, near {key!r}")

    retries = RetryPolicy(attempts=2, first=0.01, timeout=0.3, sleep=sleep)
    with pytest.raises(InputError if foreseen else RuntimeError) as caught:
        fetch("Li-O", planted / "snap", endpoint=CLOSED, progress=False, retries=retries)
    clean("".join(traceback.format_exception(caught.value)), *capsys.readouterr())
    clean(*texts_below(planted))


@pytest.mark.parametrize(
    "name",
    ["MP_API_KEY", "mongo_password", "AWS_SECRET", "GITHUB_TOKEN", "DB_PASS", "MYSQL_PWD",
     "GITHUB_PAT", "PGPASSWORD", "SSH_PASSPHRASE", "dbPassword", "SMTP_PW"],
)  # fmt: skip
def test_a_site_file_may_not_hold_a_secret(ask, planted, name):
    site = planted / "site.yaml"
    site.write_text(f"environment:\n  {name}: {PASSWORD}\n")
    job = write_job(planted)
    done = ask("submit", job, "--to", "slurm", "--calculator", "mock", "--site", site, "--dry-run",
               "--out", planted / "out")  # fmt: skip
    refused(done, name, "looks like a secret")
    clean(done.stderr)


@pytest.mark.parametrize(
    "line",
    [
        f"before: ['export MP_API_KEY={PASSWORD}']",
        f"before: ['module load x; export OMP=1 db_passwd=\"{PASSWORD}\"']",
        f"before: ['setenv MP_API_KEY {PASSWORD}']",
        f"before: [\"export MP_API_KEY=$'{PASSWORD}'\"]",
        f"before: ['export MP_API_KEY: {PASSWORD}', 'export MP_API_KEY={PASSWORD}']",
        f"command: MONGODB_PASSWORD={PASSWORD} interfaces",
        f"command: interfaces --api-key {PASSWORD}",
        f"vasp: srun --export=ALL,TOKEN={PASSWORD} vasp_std",
        f"directives: {{export: 'ALL,MP_API_KEY={PASSWORD}'}}",
        f"environment: {{MONGO_URI: 'mongodb://me:{PASSWORD}@host/jobs'}}",
        f"before: ['curl -u me:{PASSWORD} https://host']",
        f"before: ['curl -sSume:{PASSWORD} https://host']",
        f"before: ['curl --user=me:{PASSWORD} https://host']",
        f"before: ['wget --password={PASSWORD} https://host']",
        f"before: ['wget --http-password {PASSWORD} https://host']",
        f"before: ['git clone https://{PASSWORD}@host/x']",
        f"before: ['git clone https://me:a/{PASSWORD}@host/x']",
        f"before: ['curl -H \"Authorization: Bearer {PASSWORD}\" https://host']",
        f"before: ['curl -H \"PRIVATE-TOKEN: {PASSWORD}\" https://host']",
        f"before: ['curl https://host/?api_key={PASSWORD}']",
        f"before: ['mysql -u me -p{PASSWORD}']",
        f"before: ['sshpass -p {PASSWORD} ssh host']",
        f"before: ['echo machine host login me password {PASSWORD} > ~/.netrc']",
        f"environment: {{PLAIN: ghp_{TOKEN}}}",
        f"environment: {{PLAIN: github_pat_{TOKEN}}}",
        f"environment: {{PLAIN: glpat-{TOKEN}}}",
        f"environment: {{PLAIN: AKIA{TOKEN.upper()}}}",
        f"environment: {{PLAIN: sk-{TOKEN}}}",
        f"environment: {{PLAIN: xoxb-{TOKEN}}}",
        f"environment: {{PLAIN: eyJ{TOKEN}.eyJ{TOKEN}.{TOKEN}}}",
        f"environment: {{PLAIN: {TOKEN[:8]}QWERTZU{TOKEN}}}",
        f"environment: {{PLAIN: '-----BEGIN OPENSSH PRIVATE KEY----- {TOKEN}'}}",
        f"vasp: vasp_std --license xapp-{TOKEN}",
        f"scratch: 'sftp://me:{PASSWORD}@host/scratch'",
        f"name: ghp_{TOKEN}",
    ],
)
def test_nor_may_its_lines_of_shell(ask, planted, line):
    site = planted / "site.yaml"
    site.write_text(line + "\n")
    done = ask("submit", write_job(planted), "--to", "slurm", "--calculator", "mock", "--site",
               site, "--dry-run", "--out", planted / "out")  # fmt: skip
    refused(done, "looks like a secret")
    clean(done.stdout, done.stderr)
    assert TOKEN not in done.stderr
    assert not (planted / "out").exists()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [("name: ", f"name: ghp_{TOKEN}", "secret"),
     ("phases: ", f"phases: https://me:{PASSWORD}@host/set.csv", "secret"),
     ("phases: ", f"phases: DB_PASS={PASSWORD}", "secret"),
     ("phases: ", 'phases: "a\\nb"', "control character"),
     ("cathode: ", 'cathode: "NCM811\\r"', "control character")],
)  # fmt: skip
def test_a_job_file_holds_no_secret_and_no_line_end(ask, planted, old, new, said):
    """It is copied into the folder of the run, and its name becomes that of the batch job."""
    job = write_job(planted)
    lines = [new if line.startswith(old) else line for line in job.read_text().splitlines()]
    assert new in lines
    job.write_text("\n".join(lines))
    for verb in ("run", "submit"):
        to = ("--to", "slurm", "--dry-run") if verb == "submit" else ()
        done = ask(verb, job, "--calculator", "mock", *to, "--out", planted / "out")
        refused(done, said)
        clean(done.stderr)
        assert TOKEN not in done.stderr


@pytest.mark.parametrize(
    "text",
    [f"before: export MP_API_KEY={PASSWORD}", f"before: [[{PASSWORD}]]", f"password: {PASSWORD}",
     f"directives: {PASSWORD}", f"scratch: [{PASSWORD}]", f"- MP_API_KEY={PASSWORD}"],
)  # fmt: skip
def test_a_site_file_that_is_wrong_is_not_repeated(planted, text):
    from workflows.submit.site import read_site

    (planted / "site.yaml").write_text(text + "\n")
    with pytest.raises(InputError) as caught:
        read_site(planted / "site.yaml")
    clean(str(caught.value))


@pytest.mark.parametrize(
    "line",
    ["export MP_API_KEY=$(cat ~/.key)", "export MP_API_KEY=$KEY", 'export MP_API_KEY="$(pass mp)"',
     "export MP_API_KEY=`cat key`", "module load keyutils/1.6", "source ~/.keys",
     "ssh-add --key $KEY", "srun --mpi=pmix vasp_std", "setenv MP_API_KEY $KEY",
     "export URL=https://host:8080/x", "unset MP_API_KEY", "export MYSQL_PWD_FILE=/home/me/.pwd",
     "export PATH=/opt/vasp/bin:$PATH", "apptainer exec --pwd /work vasp.sif vasp_std",
     "curl -u me:$PW https://host", 'curl -u "$ME:$PW" https://host', "https_proxy=http://proxy:3128",
     "git clone ssh://git@host/x", "git clone https://$TOKEN@host/x", "docker run --user 1:1 x",
     "squeue -u me", "docker login --password-stdin host", "export COMPASS=1 BYPASS=yes",
     "export COMMIT=da39a3ee5e6b4b0d3255bfef95601890afd80709", "mkdir -p /x", "cp -p a b",
     "module load vasp/6.4-intel-2023.1.0-gcc-11.3.1-mtqkhnqxyz234567abcdefghijklmnop"],
)  # fmt: skip
def test_a_line_that_reads_a_secret_from_elsewhere_holds_none(planted, line):
    import yaml

    from workflows.submit.site import read_site

    (planted / "site.yaml").write_text(yaml.safe_dump({"before": [line]}))
    assert read_site(planted / "site.yaml").before == (line,)


def test_what_is_looked_for_would_be_found(planted):
    """The search itself: a secret in a packed file, turned round or in base 64, is seen."""
    import gzip

    for number, secret in enumerate(SECRETS):
        path = planted / f"{number}.gz"
        path.write_bytes(gzip.compress(b"x" * 9 + secret))
        with pytest.raises(AssertionError):
            clean(*unpacked(planted))
        path.unlink()
