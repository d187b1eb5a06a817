"""Every byte of what carries a checksum, changed: it is noticed, or what is read is the same."""

from __future__ import annotations

import gzip
import json
import random
import shutil

import pytest

pytest.importorskip("pyarrow")
import pyarrow
import pyarrow.parquet as parquet

from interfaces.errors import InputError, InterfaceError
from tests.conftest import TOY
from workflows.cli import main
from workflows.data.phase_sets import read_phases
from workflows.data.snapshots import (
    Entry,
    Manifest,
    read_snapshot,
    verify,
    versions,
    write_snapshot,
)
from workflows.io.checksums import parse_checked, with_checksum
from workflows.runs.record import read_record, replay
from workflows.screening.collect_screen import rows_sha256
from workflows.screening.parts import PARTS, finished
from workflows.screening.plan import PLAN, read_plan

SEED = 20261121
FEW = 60  #: changes of each kind and file in the default run
BLOCK = 512  #: bytes that a disk loses at a time
ENTRIES = [Entry(i, formula, energy, 0.0, "GGA", volume_per_atom=9.5) for i, formula, energy in TOY]
MANIFEST = Manifest("a test", "made up", "2026.10.01", "GGA_GGA+U", "formation_energy_per_atom",
                    ("Li-O-Ti",), None, versions("pyarrow"), ("a note",))  # fmt: skip
#: Of the header of a gzip file: whether it is text, its time, its compression, its system. Nothing
#: of it is in what is unpacked.
GZIP_IDLE = {(3, 1), *((at, bit) for at in (4, 5, 6, 7, 8, 9) for bit in range(8))}
GZIP_HEADER, GZIP_SUMS = 10, 8  #: bytes: before what is packed; its checksum and size after it


def changes(data: bytes, full: bool, *, flips: bool = True):
    """(what was done, the file then): all in full, else a seeded few of each kind."""
    chance = random.Random(SEED)

    def some(kind):
        kind = list(kind)
        return kind if full or len(kind) <= FEW else chance.sample(kind, FEW)

    for at, bit in some((at, bit) for at in range(len(data)) for bit in range(8)) if flips else ():
        yield (at, bit), data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1 :]
    for at in some(range(len(data))):
        other = chance.choice([number for number in range(256) if number != data[at]])
        yield ("byte", at), data[:at] + bytes([other]) + data[at + 1 :]
    for length in some(range(len(data))):
        yield ("cut", length), data[:length]
    for at in some(range(0, len(data), BLOCK)):
        zeros = data[:at] + b"\0" * len(data[at : at + BLOCK]) + data[at + BLOCK :]
        if zeros != data:
            yield ("zeros", at), zeros
    if b'"seal"' in data:
        yield ("seal", 0), data.replace(b'"seal"', b'"sead"')
    for more in (b"\0", b"\n", b" ", b"}", data):
        yield ("longer", more[:1]), data + more


def let_pass(read, path):
    """Whether a reader takes a file; else it says why in one line."""
    try:
        read(path)
    except InterfaceError as error:
        lines = str(error).count("\n")
    else:
        return True
    assert lines == 0
    return False


def tell(capsys, full, words):
    if full:
        with capsys.disabled():
            print(f"\n{words}")


# ---------------------------------------------------------------------- snapshots


@pytest.fixture
def folder(tmp_path):
    write_snapshot(tmp_path / "snap", ENTRIES, MANIFEST)
    return tmp_path / "snap"


@pytest.mark.parametrize("name", ["manifest.json", "entries.parquet"])
def test_no_byte_of_a_snapshot_changes_unseen(folder, name, full, capsys):
    path = folder / name
    good, tried = path.read_bytes(), 0
    for what, data in changes(good, full):
        path.write_bytes(data)
        for read in (read_snapshot, verify) if not tried % 97 else (read_snapshot,):
            with pytest.raises(InputError) as caught:
                read(folder)
            assert "\n" not in str(caught.value), what
            assert str(folder) in str(caught.value), what
        tried += 1
    path.write_bytes(good)
    assert len(read_snapshot(folder)) == len(TOY)
    tell(capsys, full, f"{name} of {len(good)} bytes: {tried} changes, each refused")


def test_files_of_two_snapshots_do_not_go_together(folder, tmp_path):
    other = tmp_path / "other"
    write_snapshot(other, [*ENTRIES[1:], Entry("li", "Li", 0.0, n_atoms=1)], MANIFEST)
    for name in ("manifest.json", "entries.parquet"):
        mixed = tmp_path / name
        shutil.copytree(folder, mixed)
        shutil.copy(other / name, mixed)
        with pytest.raises(InputError, match="not as it was written"):
            read_snapshot(mixed)
    (folder / "manifest.json").rename(folder / "kept")
    (folder / "entries.parquet").rename(folder / "manifest.json")
    (folder / "kept").rename(folder / "entries.parquet")
    with pytest.raises(InputError, match=r"manifest.json cannot be read"):
        read_snapshot(folder)
    for name in ("manifest.json", "entries.parquet"):
        lacking = tmp_path / f"no {name}"
        shutil.copytree(other, lacking)
        (lacking / name).unlink()
        with pytest.raises(InputError):
            read_snapshot(lacking)


def test_a_snapshot_of_an_earlier_version_is_read_and_none_passes_for_one(folder):
    path = folder / "manifest.json"
    data, whole = parse_checked(path.read_bytes())
    assert whole
    for number, seal, read in ((1, False, True), (1, True, False), (2, False, False)):
        text = json.dumps(data | {"format": number})
        path.write_text(with_checksum(text) if seal else text)
        if read:
            assert len(read_snapshot(folder)) == len(TOY)
        else:
            with pytest.raises(InputError, match="lacks its seal, or should have none"):
                read_snapshot(folder)


# ---------------------------------------------------------------------- a screen


@pytest.fixture(scope="module")
def screened(tmp_path_factory):
    pytest.importorskip("numba")
    folder = tmp_path_factory.mktemp("screen")
    rows = ["id,formula,formation_energy_per_atom", *(f"{i},{f},{e}" for i, f, e in TOY)]
    (folder / "toy.csv").write_text("\n".join(rows) + "\n")
    (folder / "first.txt").write_text("Li2O2\nTiO2\n")
    (folder / "second.txt").write_text("Li2O\nTi2O3\n")
    out = folder / "s"
    main(["screen", "--cathodes", str(folder / "first.txt"), "--electrolytes",
          str(folder / "second.txt"), "--phases", str(folder / "toy.csv"), "--rows-per-part", "2",
          "--out", str(out), "--json"])  # fmt: skip
    return out


def test_no_byte_of_a_screen_s_plan_changes_unseen(screened, tmp_path, full, capsys):
    good, tried = (screened / PLAN).read_bytes(), 0
    for what, data in changes(good, full):
        (tmp_path / PLAN).write_bytes(data)
        with pytest.raises(InputError) as caught:
            read_plan(tmp_path)
        assert "\n" not in str(caught.value), what
        tried += 1
    tell(capsys, full, f"{PLAN} of {len(good)} bytes: {tried} changes, each refused")


@pytest.mark.parametrize("name", ["parts/part-000001.parquet", "done/part-000001.json"])
def test_no_byte_of_a_part_changes_unseen(screened, tmp_path, name, full, capsys):
    plan = read_plan(screened)
    out = tmp_path / "s"
    shutil.copytree(screened, out)
    assert finished(out, plan, 1) is not None
    good, tried = (out / name).read_bytes(), 0
    for what, data in changes(good, full):
        (out / name).write_bytes(data)
        assert finished(out, plan, 1) is None, what
        tried += 1
    tell(capsys, full, f"{name} of {len(good)} bytes: {tried} changes, each computed again")


def test_parts_that_changed_places_are_computed_again(screened, tmp_path):
    plan, out = read_plan(screened), tmp_path / "s"
    shutil.copytree(screened, out)
    sha256 = rows_sha256(out, [finished(out, plan, k) for k in range(plan.parts)])
    first, second = (out / PARTS / f"part-00000{k}.parquet" for k in (0, 1))
    first.rename(out / "kept")
    second.rename(first)
    (out / "kept").rename(second)
    assert [finished(out, plan, k) for k in range(plan.parts)] == [None, None]
    for k in (0, 1):  # with their notes: they are still not the parts that they say they are
        (out / "done" / f"part-00000{k}.json").rename(out / f"kept{k}")
    for k in (0, 1):
        (out / f"kept{1 - k}").rename(out / "done" / f"part-00000{k}.json")
    main(["screen", "--out", str(out), "--json"])
    parts = [finished(out, plan, k) for k in range(plan.parts)]
    assert [part.number for part in parts] == [0, 1]
    assert rows_sha256(out, parts) == sha256


# ---------------------------------------------------------------------- jobs, batches, records


def test_no_byte_of_a_finished_job_changes_unseen(tmp_path, full, capsys):
    pytest.importorskip("jobflow")
    from jobflow import Flow, JobStore, job
    from maggma.stores import MemoryStore

    from workflows.flows.run_locally import _Run, run_flow
    from workflows.submit.progress import progress

    task = job(_twice)(21)
    assert run_flow(lambda: Flow([task], output=task.output), {}, tmp_path) == 42
    (path,) = (tmp_path / "jobs").glob("*.json")
    store = JobStore(MemoryStore())
    store.connect()
    run = _Run(tmp_path, store, lambda name: None)
    good, tried = path.read_bytes(), 0
    assert run.read(task)["document"]["output"] == 42
    for what, data in changes(good, full):
        path.write_bytes(data)
        assert run.read(task) is None, what
        tried += 1
    assert progress(tmp_path).finished == 0
    tell(capsys, full, f"a job of {len(good)} bytes: {tried} changes, each computed again")
    path.write_bytes(good)
    flow, refused = tmp_path / "flow.json", 0
    good = flow.read_bytes()
    for _, data in changes(good, full):
        flow.write_bytes(data)
        with pytest.raises(InputError, match=r"start anew with --fresh|holds another job"):
            run_flow(lambda: None, {}, tmp_path)
        refused += 1
    tell(capsys, full, f"flow.json of {len(good)} bytes: {refused} changes, each refused")


def _twice(number):
    return 2 * number


def test_no_byte_of_a_batch_of_a_fetch_changes_unseen(tmp_path, full, capsys):
    from workflows.data.materials_project.chemsys import StoredBatches

    parts = StoredBatches(tmp_path, "http://127.0.0.1/", "2026.10.01", "GGA_GGA+U")
    parts.store(("Li", "O", "Li-O"), ENTRIES[:4])
    assert parts.load(("Li", "O", "Li-O")) == ENTRIES[:4]
    (path,) = tmp_path.glob("*/*.json")
    good, tried = path.read_bytes(), 0
    for what, data in changes(good, full):
        path.write_bytes(data)
        assert parts.load(("Li", "O", "Li-O")) is None, what
        tried += 1
    tell(capsys, full, f"a batch of {len(good)} bytes: {tried} changes, each asked for again")


@pytest.fixture(scope="module")
def record(tmp_path_factory):
    folder = tmp_path_factory.mktemp("record")
    rows = ["id,formula,formation_energy_per_atom", *(f"{i},{f},{e}" for i, f, e in TOY)]
    (folder / "toy.csv").write_text("\n".join(rows) + "\n")
    main(["curve", "TiO2", "Li2O", "--phases", str(folder / "toy.csv"), "--json",
          "--record", str(folder / "r.json.gz")])  # fmt: skip
    return folder / "r.json.gz"


def test_a_packed_record_gives_itself_away_or_is_the_same(record, tmp_path, full, capsys):
    good = record.read_bytes()
    want = gzip.decompress(good)
    path, passed = tmp_path / "r.json.gz", set()
    tried = 0
    for what, data in changes(good, full):
        path.write_bytes(data)
        tried += 1
        if let_pass(read_record, path):
            assert gzip.decompress(data) == want, what
            passed.add(what)
    idle = {fault for fault in passed if fault[0] not in ("byte", "longer", "cut", "zeros")}
    # a copy in the packed bytes may be of another place that holds the same text
    body = range(GZIP_HEADER, len(good) - GZIP_SUMS)
    assert {item for item in idle if item[0] not in body} <= GZIP_IDLE
    replaced = {entry[1] for entry in passed - idle if entry[0] == "byte"}
    assert {at for at in replaced if at not in body} <= set(range(3, GZIP_HEADER))
    assert {member[0] for member in passed - idle} <= {"byte", "longer"}
    passed_of = f"{len(passed)} let pass as they change nothing: {sorted(map(str, passed))}"
    tell(capsys, full, f"a record of {len(good)} bytes: {tried} changes, {passed_of}")


def test_a_bundled_set_that_was_cut_or_changed_is_refused_or_is_the_same(tmp_path, full, capsys):
    path = tmp_path / "set.csv.gz"
    rows = ["id,formula,formation_energy_per_atom", *(f"{i},{f},{e}" for i, f, e in TOY)]
    good = gzip.compress(("\n".join(rows) + "\n").encode(), mtime=0)
    path.write_bytes(good)
    want, tried, same = read_phases(path).fingerprint(), 0, set()
    for what, data in changes(good, full):
        path.write_bytes(data)
        tried += 1
        if let_pass(read_phases, path):
            assert read_phases(path).fingerprint() == want, what
            same.add(what)
    tell(capsys, full, f"a packed table of {len(good)} bytes: {tried} changes, "
                       f"{len(same)} let pass as they change nothing")  # fmt: skip
    assert {row for row in same if row[0] == "cut"} == set()


# ---------------------------------------------------------------------- Parquet without a checksum


def test_a_truncated_table_of_a_user_is_one_line(tmp_path, full, capsys):
    path = tmp_path / "mine.parquet"
    ids, formulas, energies = zip(*TOY, strict=True)
    parquet.write_table(
        pyarrow.table({"id": ids, "formula": formulas, "energy_per_atom": energies}), path
    )
    good, tried = path.read_bytes(), 0
    for what, data in changes(good, full, flips=False):
        if what[0] != "cut":
            continue
        path.write_bytes(data)
        with pytest.raises(InputError) as caught:
            read_phases(path)
        assert "\n" not in str(caught.value), what
        tried += 1
    tell(capsys, full, f"a user's Parquet of {len(good)} bytes: {tried} lengths, each refused")


def test_a_plain_record_that_was_changed_is_told_by_its_replay_where_it_is_a_result(
    record, tmp_path, full, capsys
):
    """Every number of the answers that is an energy, and every energy of the phases."""
    data = json.loads(gzip.decompress(record.read_bytes()))
    places = [("phases", "energies", k) for k in range(len(data["phases"]["energies"]))]
    kinks = data["answers"][0]["result"]["kinks"]
    places += [
        ("answers", 0, "result", "kinks", k, name)
        for k, kink in enumerate(kinks)
        for name, value in kink.items()
        if isinstance(value, float)
    ]
    path, seen = tmp_path / "r.json", 0
    for *way, last in places:
        hurt = json.loads(json.dumps(data))
        holder = hurt
        for step in way:
            holder = holder[step]
        holder[last] += 0.001
        path.write_text(json.dumps(hurt))
        try:
            seen += any(replayed.differences for replayed in replay(path))
        except InterfaceError:
            seen += 1
    tell(capsys, full, f"a plain record: {len(places)} numbers changed, {seen} told by replay")
    assert seen == len(places) > 20
