"""A job with --calculator: the whole chain on the mock, killed at any moment, marked throughout."""

from __future__ import annotations

import csv
import dataclasses
import gzip
import json
import operator
import os
import subprocess
import time

import pytest

pytest.importorskip("jobflow")
pytest.importorskip("ase")

from jobflow import Flow, Maker

from tests.workflows.cli.runner import ROOT, interfaces, refused
from tests.workflows.flows.running import contents, events, kill_and_start_again, write_job
from workflows.flows.flow_folder import JOBS, locked
from workflows.flows.read_job import cathode_job
from workflows.flows.relaxation import RelaxMaker
from workflows.flows.run_locally import run_flow
from workflows.io.mock_mark import MARK, MOCK_SCHEME
from workflows.runs.calculated_series import maker_of
from workflows.runs.record import replay
from workflows.runs.run_file import run

# jobflow 0.4 and monty warn of each other
pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")


@dataclasses.dataclass
class InAFlow(Maker):
    """An injected calculation that is a flow of its own, as one with VASP will be."""

    name: str = "own"
    calculator: str = "mock"

    def make(self, start):
        relaxation = RelaxMaker(calculator="mock").make(start)
        return Flow([relaxation], output=relaxation.output)


def detouring(value):
    from jobflow import Response, job

    more = job(operator.mul)(value, 10)
    return Response(output=value, detour=Flow([more]), addition=Flow([job(operator.neg)(value)]))


def stopping(value):
    from jobflow import Response

    return Response(output=value, stop_children=True)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """The bundled small job as a user starts it, and how long it took."""
    out = tmp_path_factory.mktemp("small")
    started = time.perf_counter()
    done = interfaces("run", "inputs/ncm811_small.yaml", "--calculator", "mock", "--out", out)
    assert done.returncode == 0, done.stderr
    return out, done, time.perf_counter() - started


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """A finished run of the tiny job, never interrupted."""
    out = tmp_path_factory.mktemp("tiny")
    done = interfaces("run", write_job(out), "--calculator", "mock", "--out", out)
    assert done.returncode == 0, done.stderr
    return out


def test_the_whole_chain_runs_on_the_mock(small):
    out, done, seconds = small
    print(f"\nncm811_small on the mock: {seconds:.1f} s")
    folder = out / "ncm811_small-mock"
    with (folder / "energies.csv").open() as file:
        energies = list(csv.DictReader(file))
    assert [row["x"] for row in energies] == [
        "1.0",
        *["0.7"] * 2,
        *["0.5"] * 2,
        *["0.2"] * 2,
        "0.0",
    ]
    assert {row["calculator"] for row in energies} == {"mock"}
    assert all(row["converged"] == "True" for row in energies)
    assert all(int(row["steps"]) > 0 for row in energies[:-1])  # the mock is flat at x = 0
    with (folder / "voltages.csv").open() as file:
        voltages = [float(row["voltage_V"]) for row in csv.DictReader(file)]
    assert voltages == sorted(voltages)
    # by hand, from what the mock gave: V = -(E(1) - E(0.7) - 0.3 E_Li) / 0.3 per formula unit
    full, part = (float(energies[at]["energy_ev_per_atom"]) for at in (0, 1))
    assert voltages[0] == pytest.approx(-(full * 4 - part * 3.7 - 0.3 * -1.91) / 0.3)
    assert float(energies[0]["formation_energy_ev_per_atom"]) == pytest.approx(
        full - (-1.91 + 0.8 * -5.78 + 0.1 * -7.11 + 0.1 * -9.16 + 2 * -4.93) / 4
    )
    assert len(list((folder / "curves").glob("*.json"))) == 10
    assert len(list((folder / "figures").glob("*.png"))) == 6
    curve = json.loads((folder / "curves" / "NCM811_0.5_LPSCl.json").read_text())
    cathode = curve["reactants"][0]
    assert cathode["energy_model"] == "calculated"
    lowest = min(float(r["formation_energy_ev_per_atom"]) for r in energies if r["x"] == "0.5")
    assert cathode["energy_ev_per_atom"] == lowest
    assert not any(replayed.differences for replayed in replay(folder))
    names = " ".join(path.name for path in (out / "ncm811_small-mock.jobs" / JOBS).iterdir())
    for part in ("x=0.5_orderings", "x=0.5_ordering_1_relax", "x=0.2_with_LiTFSI_curve", "scale"):
        assert part in names, part
    assert done.stderr.strip() == ""


def test_every_file_that_a_person_reads_says_mock(small):
    out, done, _ = small
    assert done.stdout.startswith(MOCK_SCHEME)
    files = contents(out)
    assert len(files) > 60
    for name, data in files.items():
        if not name.endswith(("lock", "modules.json")):  # neither is for people
            text = gzip.decompress(data) if name.endswith(".gz") else data
            assert MARK.encode() in text, name  # of figures: the title inside the file
        if name.endswith(".csv"):
            rows = list(csv.reader(data.decode().splitlines()))
            assert rows[0][-1] == MARK, name
            assert {row[-1] for row in rows[1:]} == {MOCK_SCHEME}, name
    record = json.loads(gzip.decompress(files["ncm811_small-mock/record.json.gz"]))
    assert record["phases"]["scheme"] == MOCK_SCHEME
    assert all(phase.startswith("mock-") for phase in record["phases"]["ids"])
    for answer in record["answers"]:
        cathode, electrolyte = answer["result"]["reactants"]
        assert cathode["entry_id"].startswith("mock-")
        assert electrolyte["entry_id"].startswith("mock-")
        assert MOCK_SCHEME in cathode["notes"]
        assert answer["result"]["scheme"] == MOCK_SCHEME
    for path in (out / "ncm811_small-mock.jobs" / JOBS).iterdir():
        document = json.loads(path.read_text())["document"]
        assert document["name"].startswith(MARK)
        assert document["metadata"]["mocked"] is True


def test_a_mocked_record_says_so_when_it_is_replayed_or_asked(tiny):
    folder = tiny / "tiny-mock"
    done = interfaces("replay", folder)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(MOCK_SCHEME)
    assert json.loads(interfaces("replay", folder, "--json").stdout)["mocked"] is True
    reference = interfaces("replay", "results/reference", "--json")
    assert json.loads(reference.stdout)["mocked"] is False
    rows = json.loads(interfaces("query", folder, "LCO", "LPSCl", "--json").stdout)
    assert {row["scheme"] for row in rows} == {MOCK_SCHEME}
    table = interfaces("query", folder, "LCO", "LPSCl")
    assert MARK in table.stdout


def test_figures_say_mock_in_the_picture(monkeypatch, tmp_path, tiny):
    from matplotlib.text import Text

    from workflows.io import results as records

    seen = []
    real = records.mark_figure

    def spy(figure, words):
        real(figure, words)
        values = [text.get_text() for text in figure.findobj(Text)]  # titles and captions too
        seen.append((words, " ".join(values), [text.get_text() for text in figure.texts]))

    monkeypatch.setattr(records, "mark_figure", spy)
    run(tiny / "tiny.yaml", calculator="mock", out=tiny)  # finished: draws again, runs nothing
    assert len(seen) == 12
    for words, output, texts in seen:
        assert words == MARK
        assert MOCK_SCHEME in " ".join(output.split())
        assert texts.count(MARK) == 1


def test_results_come_back_equal_from_jobflow_s_own_store_and_manager(tiny, tmp_path, monkeypatch):
    from jobflow import JobStore, run_locally
    from jobflow.core.reference import find_and_resolve_references
    from maggma.stores import MemoryStore

    monkeypatch.chdir(tmp_path)
    maker = maker_of(cathode_job(tiny / "tiny.yaml"), "mock")
    flow = maker.make()
    store = JobStore(MemoryStore())
    run_locally(flow, store=store, log=False, ensure_success=True)
    plain = find_and_resolve_references(flow.output, store)
    ours = run_flow(maker.make, {}, tmp_path / "ours")
    assert ours == plain
    member = ours["series"].members[0]
    assert isinstance(ours["series"].members, tuple)
    assert type(member).from_dict(json.loads(json.dumps(member.as_dict()))) == member
    with_another = run_flow(
        dataclasses.replace(maker, relax_maker=InAFlow()).make, {}, tmp_path / "another"
    )
    assert with_another == plain
    direct = [curve.to_dict() for series in ours["curves"].values() for curve in series.values()]
    written = {
        name: json.loads(data)
        for name, data in contents(tiny / "tiny-mock" / "curves").items()
        if name.endswith(".json")
    }
    assert len(direct) == 6
    assert all(edge in written.values() for edge in direct)


def test_a_molecule_is_placed_by_jobs_of_the_same_flow(tmp_path):
    job = write_job(
        tmp_path, lithium="[1.0]", electrolytes="[ECA, LPSCl]",
        calculate="{formula_units: 2, orderings: 1}",
    )  # fmt: skip
    run(job, calculator="mock", out=tmp_path)
    names = " ".join(path.name for path in (tmp_path / "tiny-mock.jobs" / JOBS).iterdir())
    for molecule in ("ethyl_cyanoacrylate", "carbon_dioxide", "methane", "ammonia", "water"):
        assert f"MOCK_{molecule}." in names
    assert "MOCK_ECA_by_its_reaction." in names
    folder = tmp_path / "tiny-mock"
    curve = json.loads((folder / "curves" / "LCO_1_ECA.json").read_text())
    eca = curve["reactants"][1]
    assert eca["entry_id"].startswith("MOCK ECA by ")
    assert any(note.startswith("MOCK: energies of inputs/molecules") for note in
               eca["notes"])  # fmt: skip
    assert curve["provenance"]["molecule"] == "ECA, mock"
    other = json.loads((folder / "curves" / "LCO_1_LPSCl.json").read_text())
    assert "molecule" not in other["provenance"]
    assert not any(replayed.differences for replayed in replay(folder))


def test_killed_at_any_moment_and_started_again_it_gives_the_same_bytes(tiny, tmp_path, full):
    expected = len(list((tiny / "tiny-mock.jobs" / JOBS).iterdir()))
    kills = 10 if full else 3
    lost = kill_and_start_again(write_job(tmp_path), "mock", tmp_path, expected, kills, wait=0.2)
    assert 0 <= lost <= kills
    assert contents(tmp_path / "tiny-mock") == contents(tiny / "tiny-mock")
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"tiny.yaml", "tiny-mock", "tiny-mock.jobs"}


def test_a_finished_run_started_again_runs_nothing(tiny):
    before, results = events(tiny / "tiny-mock.jobs", "start"), contents(tiny / "tiny-mock")
    done = interfaces("run", tiny / "tiny.yaml", "--calculator", "mock", "--out", tiny)
    assert done.returncode == 0, done.stderr
    assert events(tiny / "tiny-mock.jobs", "start") == before
    assert contents(tiny / "tiny-mock") == results


def test_a_job_file_that_broke_is_computed_again(tiny, tmp_path):
    subprocess.run(["cp", "-r", str(tiny / "tiny-mock.jobs"), str(tmp_path)], check=True)
    jobs = tmp_path / "tiny-mock.jobs"
    broken = next((jobs / JOBS).glob("*ordering_0_relax*"))
    broken.write_text(broken.read_text()[:100])
    before = len(events(jobs, "start"))
    run(write_job(tmp_path), calculator="mock", out=tmp_path)
    assert len(events(jobs, "start")) == before + 1
    assert contents(tmp_path / "tiny-mock") == contents(tiny / "tiny-mock")


def test_two_processes_in_one_folder_are_refused(tiny):
    with locked(tiny / "tiny-mock.jobs"):
        done = interfaces("run", tiny / "tiny.yaml", "--calculator", "mock", "--out", tiny)
    refused(done, "tiny-mock.jobs is in use by process", str(os.getpid()), "--name")


def test_a_changed_job_is_refused_and_starts_anew_when_asked(tmp_path):
    path = write_job(tmp_path, lithium="[1.0]")
    arguments = ("run", path, "--calculator", "mock", "--out", tmp_path)
    assert interfaces(*arguments).returncode == 0
    first = contents(tmp_path / "tiny-mock")
    assert not any("voltage" in name for name in first)  # one state has no voltage
    path.write_text(path.read_text().replace("seed: 811", "seed: 5"))
    refused(interfaces(*arguments), "holds another job (seed 811 -> 5)", "--fresh", "--name")
    assert contents(tmp_path / "tiny-mock") == first
    done = interfaces(*arguments, "--fresh")
    assert done.returncode == 0, done.stderr
    assert contents(tmp_path / "tiny-mock") != first
    files = list((tmp_path / "tiny-mock.jobs" / JOBS).iterdir())
    assert len(files) == 7  # orderings, calculations, one relaxation, together, scale, two curves


@pytest.mark.parametrize(
    ("old", "new", "calculator", "parts"),
    [
        ("cathode: LCO", "cathode: NCM90", "mock", ("NCM90 is not the name of a host",)),
        ("seed: 811", "seeds: 811", "mock", ("unknown key 'seeds'",)),
        ("seed: 811", "molecules: guessed", "mock", ("quantum_chemistry",)),
        ("formula_units: 4", "formula_units: 0", "mock", ("formula_units must be 1 or more",)),
        ("formula_units: 4", "formula_units: 3", "mock", ("0.75 of 3 Li sites is 2.25 atoms",)),
        ("phases: sevennet-l3i5", "phases: {toy}", "sevennet", ("scale of sevennet-l3i5",)),
        ("seed: 811", "seed: 812", "chgnet", ("no phase set", "--calculator sevennet")),
        ("LPS]", "LPX]", "mock", ("LPX",)),
        ("lithium:", "energies: [LCO=hull]\nlithium:", "mock", ("LCO", "not used")),
        ("lithium:", "exclude: [Li3PS4]\nlithium:", "mock", ("no entry for Li3PS4",)),
    ],
)
def test_a_mistake_gets_one_line_before_anything_runs(
    tmp_path, toy_csv, old, new, calculator, parts
):
    path = write_job(tmp_path)
    path.write_text(path.read_text().replace(old, new.format(toy=toy_csv)))
    done = interfaces("run", path, "--calculator", calculator, "--out", tmp_path / "out")
    refused(done, *parts)
    assert not (tmp_path / "out").exists()


def test_a_job_that_fails_is_named_and_what_was_finished_is_kept(tmp_path):
    from jobflow import Flow, job

    def make():
        task = job(operator.truediv)(1.0, 4.0)
        two = job(operator.truediv)(task.output, 0.0)
        two.name = "divide by nothing"
        return Flow([task, two], output=two.output)

    for _ in range(2):
        with pytest.raises(ZeroDivisionError) as caught, locked(tmp_path / "jobs"):
            run_flow(make, {}, tmp_path / "jobs")
        assert "divide by nothing" in caught.value.__notes__[0]
    assert len(events(tmp_path / "jobs", "end")) == 1
    assert len(events(tmp_path / "jobs", "failed")) == 2


def test_detours_additions_and_stops_are_kept(tmp_path):
    from jobflow import job

    def make():
        task = job(detouring)(3)
        two = job(stopping)(task.output)
        three = job(operator.neg)(two.output)
        return Flow([task, two, three], output=two.output)

    for _ in range(2):
        assert run_flow(make, {}, tmp_path / "jobs") == 3
    outputs = [
        json.loads(path.read_text())["document"]["output"]
        for path in (tmp_path / "jobs" / JOBS).iterdir()
    ]
    assert sorted(outputs) == [-3, 3, 3, 30]  # and no -3 of the job that was stopped
    assert len(events(tmp_path / "jobs", "start")) == 4


def test_sevennet_gives_the_energies_of_the_bundled_series(tmp_path):
    pytest.importorskip("sevenn")
    path = write_job(tmp_path, lithium="[1.0, 0.5]")
    run(path, calculator="sevennet", out=tmp_path)
    with (tmp_path / "tiny-sevennet" / "energies.csv").open() as file:
        table = {row["x"]: float(row["energy_ev_per_atom"]) for row in csv.DictReader(file)}
    with (ROOT / "inputs" / "phases" / "delithiated_series.csv").open() as file:
        rows = list(csv.DictReader(file))
    for x in ("1", "0.5"):
        kept = [row for row in rows if row["id"].startswith(f"LiCoO2 x={x} ")]
        lowest = min(float(row["corrected_energy_per_atom"]) for row in kept)
        # smaller cell, own orderings, and relaxed where the series is not
        assert table[f"{float(x)}"] == pytest.approx(lowest, abs=0.03)
    text = (tmp_path / "tiny-sevennet" / "minima.csv").read_text()
    assert MARK not in text


def test_a_mocked_run_never_takes_the_name_of_a_real_one(tmp_path):
    path = write_job(tmp_path, lithium="[1.0]")
    (tmp_path / "real").mkdir()
    run(path, calculator="mock", out=tmp_path, name="real")
    assert list((tmp_path / "real").iterdir()) == []
    assert (tmp_path / "real-mock" / "minima.csv").is_file()


def test_the_overhead_of_a_job_is_small_beside_jobflow_s_own(tmp_path, monkeypatch, full):
    from jobflow import Flow, JobStore, job, run_locally
    from maggma.stores import MemoryStore

    number = 300 if full else 60

    def make():
        jobs = [job(operator.add)(0, 1)]
        for _ in range(number - 1):
            jobs.append(job(operator.add)(jobs[-1].output, 1))
        return Flow(jobs, output=jobs[-1].output)

    monkeypatch.chdir(tmp_path)
    flow, store = make(), JobStore(MemoryStore())
    started = time.perf_counter()
    run_locally(flow, store=store, log=False, ensure_success=True)
    plain = (time.perf_counter() - started) / number
    started = time.perf_counter()
    assert run_flow(make, {}, tmp_path / "jobs") == number
    ours = (time.perf_counter() - started) / number
    started = time.perf_counter()
    assert run_flow(make, {}, tmp_path / "jobs") == number
    again = (time.perf_counter() - started) / number
    print(
        f"\n{number} jobs, ms a job: run_locally {1000 * plain:.2f}, killable {1000 * ours:.2f}, "
        f"read again {1000 * again:.2f}"
    )
