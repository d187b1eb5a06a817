"""Fetching from a server that misbehaves: what is fetched once stays, and the key never shows."""

from __future__ import annotations

import errno
import json
import os
import resource
import signal
import subprocess
import sys
import time
import warnings
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("mp_api")
pytest.importorskip("pyarrow")

from interfaces.errors import InputError
from interfaces.phases.phase_set import PhaseSet
from tests.fake_mp_api import (
    KEY,
    NEXT_VERSION,
    VERSION,
    FakeServer,
    made_up,
    quick_fields,
    texts_below,
    thermo_document,
)
from workflows.analyses.setup import limited_products
from workflows.data.materials_project import RetryPolicy, fetch, find_key
from workflows.data.materials_project import chemsys as systems_module
from workflows.data.materials_project import client as client_module
from workflows.data.snapshots import read_entries, read_manifest, read_snapshot, verify

ROOT = Path(__file__).resolve().parents[4]
SYSTEM = ("Li", "Co", "O", "S")
TEN = "Li-Ni-Co-Mn-O-C-F-N-S-H"


@pytest.fixture(scope="module")
def _quick_fields():
    with quick_fields():
        yield


@pytest.fixture(autouse=True)
def _surroundings(monkeypatch, tmp_path, _quick_fields):
    monkeypatch.setenv("MP_API_KEY", KEY)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()


@pytest.fixture
def server():
    with FakeServer(made_up(SYSTEM), key=KEY) as running:
        yield running


class Waits(list):
    """A sleep that only remembers."""

    def __call__(self, seconds):
        self.append(seconds)


@pytest.fixture
def waits():
    return Waits()


@pytest.fixture
def get(server, waits, tmp_path):
    def run(elements=SYSTEM, target=tmp_path / "snap", **options):
        options.setdefault("retries", RetryPolicy(attempts=4, first=0.01, timeout=0.3, sleep=waits))
        return fetch(elements, target, endpoint=server.endpoint, progress=False, **options)

    return run


@pytest.fixture
def small_batches(monkeypatch):
    monkeypatch.setattr(systems_module, "MOST_IN_BATCH", 3)


# ---------------------------------------------------------------------- what comes back


def test_a_snapshot_holds_every_sub_system_and_reads_as_a_phase_set(get, server):
    server.documents.append(thermo_document("mp-900", {"Fe": 1}, -3.0))  # was not asked for
    server.documents.append(
        thermo_document("mp-901", {"Li": 2, "O": 1}, -9.0, thermo_type="R2SCAN")
    )
    folder = get()
    phases = read_snapshot(folder)
    assert len(phases) == 4 + 6 + 4
    assert phases.scheme == "MP GGA/GGA+U, MaterialsProject2020"
    manifest = verify(folder)
    assert manifest.database_version == VERSION
    assert manifest.chemical_systems == ("Co-Li-O-S",)
    assert manifest.left_out is None
    assert manifest.versions["mp-api"]
    _, entries = read_entries(folder)
    lithium_oxide = next(e for e in entries.values() if e.formula == "LiO")
    assert lithium_oxide.energy == -3.0
    assert lithium_oxide.correction_per_atom == -0.3
    assert lithium_oxide.adjustments == "MP2020 anion correction (oxide) -0.3000"
    assert (lithium_oxide.run_type, lithium_oxide.space_group) == ("GGA", "R-3m")
    assert (lithium_oxide.n_atoms, lithium_oxide.volume_per_atom) == (2, 10.0)
    assert not list(folder.parent.glob(".snap*"))  # parts are swept once the snapshot stands


@pytest.mark.parametrize("thermo_type", ["GGA_GGA+U", "R2SCAN"])
def test_the_flag_theoretical_is_kept_and_known_products_use_it(get, server, thermo_type):
    server.documents[:] = [
        thermo_document(name, amounts, energy, theoretical=theoretical, thermo_type=thermo_type)
        for name, amounts, energy, theoretical in (
            ("mp-1", {"Li": 1}, -2.0, False), ("mp-2", {"O": 2}, -5.0, False),
            ("mp-3", {"Li": 2, "O": 1}, -6.0, True), ("mp-4", {"Li": 2, "O": 1}, -5.9, False),
            ("mp-5", {"Li": 3, "O": 1}, -5.5, True), ("mp-6", {"Li": 5, "O": 7}, -5.0, False),
        )
    ]  # fmt: skip
    del server.documents[3]["theoretical"]  # a summary without it, as of a new material
    folder = get(("Li", "O"), thermo_type=thermo_type)
    _, entries = read_entries(folder)
    assert {name: entry.theoretical for name, entry in entries.items()} == {
        "mp-1": False, "mp-2": False, "mp-3": True, "mp-4": None, "mp-5": True, "mp-6": False,
    }  # fmt: skip
    summaries = [p for p in server.asked("materials/summary") if "chemsys" in p]
    assert {p["_fields"] for p in summaries} == {"material_id,theoretical"}
    phases = read_snapshot(folder)
    assert phases.theoretical == {"mp-1": False, "mp-2": False, "mp-3": True, "mp-5": True,
                                  "mp-6": False}  # fmt: skip
    # Li2O is listed but its lowest entry is theoretical; Li5O7 is on no list but not theoretical
    limited = limited_products(phases, "known")
    assert set(limited.ids) == {"mp-1", "mp-2", "mp-4", "mp-6"}
    assert "theoretical" in limited.notes[-1]
    bare = replace(phases, theoretical={})
    assert set(limited_products(bare, "known").ids) == {"mp-1", "mp-2", "mp-3", "mp-4"}
    for kept in (phases, limited, bare):
        assert PhaseSet.from_dict(json.loads(json.dumps(kept.as_dict()))) == kept


def test_pages_are_put_together(get, server, monkeypatch):
    monkeypatch.setattr(client_module, "PAGE", 4)
    assert verify(get()).entries == 14
    assert len(server.asked("materials/thermo")) == 4


def test_ten_elements_are_asked_in_short_urls_without_a_gap(server, get):
    server.documents[:] = made_up(TEN.split("-"), most=2)
    server.documents.append(thermo_document("mp-990", dict.fromkeys(TEN.split("-"), 1), -4.0))
    manifest = verify(get(TEN))
    assert manifest.entries == 10 + 45 + 1
    assert manifest.left_out is None
    values = [
        system for p in server.asked("materials/thermo") for system in p["chemsys"].split(",")
    ]
    assert len(values) == len(set(values)) == 1023
    assert max(len(p["chemsys"]) for p in server.asked("materials/thermo")) < 5000


def test_what_an_order_leaves_out_is_counted_and_judged(server, get):
    elements = ("Li", "Co", "O", "S", "P")
    server.documents[:] = [
        *made_up(elements, most=2),
        thermo_document("mp-801", {"Li": 1, "Co": 1, "O": 2}, -5.0),
        thermo_document("mp-802", {"Li": 3, "P": 1, "S": 4}, -4.0, energy_above_hull=0.02),
        thermo_document("mp-803", {"Li": 1, "P": 1, "O": 1, "S": 1}, -4.0, energy_above_hull=0.3),
        thermo_document("mp-804", {"Li": 1, "Nd": 1, "O": 2}, -4.0),  # of another element
    ]
    manifest = read_manifest(get(elements, order=2))
    left_out = manifest.left_out
    assert (left_out.order, left_out.systems) == (2, 10 + 5 + 1)
    assert (left_out.compounds, left_out.on_hull, left_out.near_hull) == (3, 1, 1)
    assert left_out.formulas == ("LiCoO2", "Li3PS4")
    (note,) = read_snapshot(get(elements, order=2)).notes
    assert "16 sub-systems of more than 2 elements are left out" in note
    summary = next(q for q in server.asked("materials/summary") if "exclude_elements" in q)
    assert len(summary["exclude_elements"]) <= 60
    assert not {"Li", "Co", "O", "S", "P"} & set(summary["exclude_elements"].split(","))


def test_a_refused_order_or_type_costs_no_request(get, server):
    with pytest.raises(InputError, match="order 9 is outside 1 to 4"):
        get(order=9)
    with pytest.raises(InputError, match="unknown thermo type 'SCAN'"):
        get(thermo_type="SCAN")
    with pytest.raises(InputError, match="mixed energies of different sub-systems"):
        get(TEN, thermo_type="GGA_GGA+U_R2SCAN")
    with pytest.raises(InputError, match="unknown element 'Xx'"):
        get("Li-Xx")
    with pytest.raises(InputError, match="outside 1 to 4 requests"):
        get(parallel=40)
    assert not server.requests


def test_an_answer_in_another_scheme_or_system_writes_nothing(get, server, tmp_path):
    server.matches = lambda doc, route, parameters: True
    server.documents[:] = [thermo_document("mp-1", {"Li": 1}, -1.0, thermo_type="R2SCAN")]
    with pytest.raises(InputError, match=r"asked for GGA_GGA\+U, .* answered with R2SCAN"):
        get()
    server.documents[:] = [thermo_document("mp-1", {"Fe": 1}, -1.0)]
    with pytest.raises(InputError, match=r"answered with Fe .mp-1., which was not asked for"):
        get()
    assert not (tmp_path / "snap").exists()


# ---------------------------------------------------------------------- faults that pass


@pytest.mark.parametrize(
    "fault", ["500", "502", "503", "504", "429", "slow", "truncated", "cut", "dropped", "short"]
)
def test_a_fault_that_passes_is_asked_again(get, server, waits, fault):
    server.faults.extend([fault, fault])
    assert verify(get()).entries == 14
    assert len(waits) == (
        1 if fault == "short" else 2
    )  # mp-api asks for a page after the empty one
    assert all(0 < wait < 1 for wait in waits)
    assert len(server.asked("materials/thermo")) == 3


def test_the_wait_that_the_server_asks_for_is_kept(get, server, waits):
    server.faults.append("429 7")
    assert verify(get()).entries == 14
    assert 7 <= waits[0] < 8
    server.faults.append("429 86400")
    with pytest.raises(InputError, match="wait of 86400 s; finished parts are kept"):
        get()


def test_a_fault_that_stays_ends_in_one_line(get, server, waits, tmp_path):
    server.always = "503"
    with pytest.raises(InputError, match="did not answer: HTTP 503, 4 times; finished") as caught:
        get()
    assert "\n" not in str(caught.value)
    assert len(waits) == 3
    assert waits[2] > waits[0]  # backs off
    assert not (tmp_path / "snap").exists()


def test_no_server_at_all_ends_in_one_line(tmp_path, waits):
    with pytest.raises(InputError, match=r"127.0.0.1:9/ did not answer: ConnectionError, 4 times"):
        fetch(
            SYSTEM, tmp_path / "snap", endpoint="http://127.0.0.1:9/", progress=False,
            retries=RetryPolicy(attempts=4, first=0.01, timeout=0.3, sleep=waits),
        )  # fmt: skip


@pytest.mark.parametrize("status", ["401", "403"])
def test_a_refused_key_is_never_tried_again(get, server, waits, status):
    server.always = status
    with pytest.raises(InputError, match=r"environment variable MP_API_KEY .HTTP 40") as caught:
        get()
    assert not waits
    assert len(server.asked("materials/thermo")) == 1
    assert KEY not in str(caught.value)


def test_a_question_the_server_does_not_take_is_not_asked_again(get, server, waits):
    server.always = "400"
    with pytest.raises(InputError, match=r"does not take the question .HTTP 400.; update mp-api"):
        get()
    assert not waits


# ---------------------------------------------------------------------- going on, side by side


def test_a_failed_fetch_goes_on_and_asks_nothing_twice(get, server, small_batches, tmp_path):
    server.faults.extend([*[""] * 6, "400"])  # two requests a batch
    with pytest.raises(InputError, match="400"):
        get(parallel=1)
    kept = list(tmp_path.glob(".snap.parts/*/*.json"))
    assert len(kept) in (3, 4)  # with what was already asked when the refusal came
    kept[0].write_text(kept[0].read_text()[:40])  # a broken part is not part
    assert verify(get(parallel=1)).entries == 14
    assert sorted(server.batches().values())[-2:] == [2, 2]  # the refused and the broken one
    assert sum(server.batches().values()) == 5 + 2


def test_a_cache_that_was_given_is_kept_and_serves_the_next_fetch(get, server, tmp_path):
    first = get(cache=tmp_path / "cache")
    count = len(server.asked("materials/thermo"))
    second = get(target=tmp_path / "again", cache=tmp_path / "cache")
    assert len(server.asked("materials/thermo")) == count
    assert (first / "entries.parquet").read_bytes() == (second / "entries.parquet").read_bytes()


def test_a_database_that_changes_in_the_middle_is_fetched_anew(get, server, small_batches):
    server.faults.extend(["", "changed"])
    manifest = verify(get(parallel=1))
    assert manifest.database_version == NEXT_VERSION
    assert manifest.entries == 14
    assert manifest.notes == (
        f"the database changed from {VERSION} to {NEXT_VERSION} during the fetch",
    )
    assert max(server.batches().values()) == 2


def test_a_database_that_never_rests_ends_in_one_line(get, server, monkeypatch):
    result = server.found

    def restless(*arguments, **options):
        server.version += "x"
        return result(*arguments, **options)

    server.found = restless
    with pytest.raises(InputError, match="changed 3 times during the fetch"):
        get(parallel=1)


# One import of mp-api; then a fetch, killed or not, is a fork of that process.
FETCHES = """
import os, sys, traceback
import mp_api.client
from workflows.data.materials_project import fetch
from workflows.data.materials_project import chemsys as systems
systems.MOST_IN_BATCH = 3
target, endpoint = sys.argv[1:]
for line in sys.stdin:
    pid = os.fork()
    if not pid:
        status = 1
        try:
            fetch("Li-Co-O-S-P", target, endpoint=endpoint, parallel=2, progress=False)
            status = 0
        except BaseException:
            traceback.print_exc()
        os._exit(status)
    print(pid, flush=True)
while True:
    try:
        print(os.waitstatus_to_exitcode(os.wait()[1]), flush=True)
    except ChildProcessError:
        break
"""


def test_killed_in_the_middle_and_resumed_two_at_once(server, tmp_path):
    """kill -9, then two processes for the same target together: no harm, nothing lost."""
    server.documents[:] = made_up((*SYSTEM, "P"))
    server.delay = 0.05
    target = tmp_path / "snap"
    fetches = subprocess.Popen(
        [sys.executable, "-c", FETCHES, str(target), server.endpoint], text=True, cwd=ROOT,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip

    def begin():
        fetches.stdin.write("fetch\n")
        fetches.stdin.flush()
        return int(fetches.stdout.readline())

    victim = begin()
    deadline = time.monotonic() + 60
    while len(list(tmp_path.glob(".snap.parts/*/*.json"))) < 4:
        assert fetches.poll() is None, fetches.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.002)
    os.kill(victim, signal.SIGKILL)
    time.sleep(0.2)  # what it had asked last is answered by now
    assert not target.exists()
    kept = {
        json.loads(path.read_text())["key"][-1] for path in tmp_path.glob(".snap.parts/*/*.json")
    }
    assert 4 <= len(kept) < 11
    server.requests.clear()
    begin()
    begin()
    out, output = fetches.communicate(timeout=60)
    assert (sorted(out.split()), output) == (["-9", "0", "0"], "")
    assert verify(target).entries == 5 + 10 + 10
    assert not kept & {systems for systems, _ in server.batches()}  # nothing fetched twice
    assert sorted(p.name for p in tmp_path.iterdir()) == ["home", "snap"]
    assert not list((tmp_path / "home").glob(".mp*"))  # mp-api could log the version there


# ---------------------------------------------------------------------- the disk


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_gets_one_line_and_leaves_nothing_half(get, tmp_path, monkeypatch, code):
    import workflows.io.atomic

    def full(*arguments):
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patched:
        patched.setattr(workflows.io.atomic.os, "replace", full)
        with pytest.raises(InputError, match=r"no space left to write .*make room") as caught:
            get()
    assert "\n" not in str(caught.value)
    assert not [p for p in tmp_path.rglob("*") if p.is_file()]
    assert verify(get()).entries == 14


def test_a_limit_on_the_size_of_files_stops_the_snapshot_and_keeps_the_parts(get, server, tmp_path):
    server.documents[:] = made_up(SYSTEM)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2500, before[1]))
    try:
        with pytest.raises(InputError, match="no space left to write"):
            get(cache=tmp_path / "cache")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not (tmp_path / "snap").exists()
    assert not list(tmp_path.glob(".snap*"))
    assert verify(get(cache=tmp_path / "cache")).entries == 14


# ---------------------------------------------------------------------- the key


def test_the_key_is_sent_to_the_routes_and_shown_nowhere(get, server, tmp_path, capfd, caplog):
    caplog.set_level(0)
    server.faults.extend(["500", "truncated", "dropped"])
    folder = get(cache=tmp_path / "cache")
    assert verify(folder).entries == 14
    sent = [headers.get("x-api-key") for _, _, headers in server.requests]
    assert KEY in sent
    assert {path for path, _, h in server.requests if h.get("x-api-key")} == {
        "/materials/thermo/",
        "/materials/summary/",
    }
    assert not [p for _, p, _ in server.requests if KEY in str(p)]
    for status in ("401", "400", "503"):
        server.always = status
        with pytest.raises(InputError) as caught:
            get(target=tmp_path / "other")
        chain = []
        error = caught.value
        while error is not None:
            chain.append(f"{error} {error!r}")
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        assert KEY not in " ".join(chain)
    for text in texts_below(tmp_path):
        assert KEY.encode() not in text
    assert KEY not in "".join(capfd.readouterr()) + caplog.text
    assert KEY not in repr(find_key())


@pytest.mark.parametrize("key", [KEY + "\n\nx", "'" + KEY[1:], KEY[:31] + "\n1", "short", "ö" * 32])
def test_a_key_that_cannot_be_one_is_not_told_either(get, server, monkeypatch, key):
    monkeypatch.setenv("MP_API_KEY", key)
    with pytest.raises(InputError, match="MP_API_KEY is not 32 letters and digits") as caught:
        get()
    assert key not in str(caught.value)
    assert not server.requests


def test_the_key_is_looked_for_in_three_places(monkeypatch):
    import pymatgen.core

    monkeypatch.setitem(pymatgen.core.SETTINGS, "PMG_MAPI_KEY", "P" * 32)
    assert find_key("G" * 32).value == "G" * 32
    assert find_key().source == "the environment variable MP_API_KEY"
    monkeypatch.setenv("MP_API_KEY", "")
    assert find_key().source == "PMG_MAPI_KEY of pymatgen's settings"
    monkeypatch.delitem(pymatgen.core.SETTINGS, "PMG_MAPI_KEY")
    with pytest.raises(InputError, match="no key for the Materials Project: neither MP_API_KEY"):
        find_key()


def test_a_redirect_to_another_host_does_not_get_the_key(server):
    from workflows.data.materials_project.session import DocumentCount, new_session

    session = new_session(1.0, DocumentCount())
    session.headers["x-api-key"] = KEY
    with FakeServer() as other:
        elsewhere = other.endpoint.replace("127.0.0.1", "localhost")
        server.answer = lambda http: (
            http.send_response(307),
            http.send_header("Location", f"{elsewhere}heartbeat"),
            http.send_header("Content-Length", "0"),
            http.end_headers(),
        )
        session.get(server.endpoint + "materials/thermo/")
        assert [h.get("x-api-key") for _, _, h in other.requests] == [None]
    session.close()


# ---------------------------------------------------------------------- mixed energies


class MixedClient:
    """Answers as mp-api does for a whole system, without its object store."""

    endpoint = "made up"

    def __init__(self, versions=(VERSION,)):
        self.notes = ["Reconstructing a common energy scale"]
        self.versions = list(versions)

    def database_version(self):
        return self.versions.pop(0) if len(self.versions) > 1 else self.versions[0]

    def mixed(self, elements, thermo_type):
        from pymatgen.entries.computed_entries import ComputedEntry, ConstantEnergyAdjustment

        shift = ConstantEnergyAdjustment(-0.6, name="MP mixing")
        oxide = ComputedEntry(
            "Li2O", -12.0, entry_id="mp-3-r2SCAN", parameters={"run_type": "r2SCAN"},
            energy_adjustments=[shift],
        )  # fmt: skip
        return [
            ComputedEntry("Li", -1.0, entry_id="mp-1-r2SCAN"),
            ComputedEntry("O2", -8.0, entry_id="mp-2-GGA"),
            oxide,
            oxide,
        ]

    def theoretical(self, systems):
        return {"mp-1": False, "mp-3": True}

    def close(self):
        pass


def test_mixed_energies_come_for_a_whole_system_with_what_was_done(tmp_path):
    folder = fetch(
        "Li-O", tmp_path / "mixed", thermo_type="GGA_GGA+U_R2SCAN", progress=False,
        client=MixedClient(),
    )  # fmt: skip
    manifest, entries = read_entries(folder)
    assert manifest.scheme == "MP GGA/GGA+U/r2SCAN mixed"
    assert manifest.notes == ("Reconstructing a common energy scale",)
    oxide = entries["mp-3-r2SCAN"]
    assert oxide.energy == pytest.approx(-12.6 / 3)
    assert oxide.adjustments == "MP mixing -0.2000"
    assert oxide.correction_per_atom == pytest.approx(-0.2)
    assert {name: entry.theoretical for name, entry in entries.items()} == {
        "mp-1-r2SCAN": False, "mp-2-GGA": None, "mp-3-r2SCAN": True,
    }  # fmt: skip


def test_a_change_under_a_mixed_fetch_is_told_on_stderr(tmp_path, capsys):
    client = MixedClient([VERSION, NEXT_VERSION])
    folder = fetch("Li-O", tmp_path / "mixed", thermo_type="GGA_GGA+U_R2SCAN", client=client)
    assert read_manifest(folder).database_version == NEXT_VERSION
    assert capsys.readouterr().err == (
        f"the database changed from {VERSION} to {NEXT_VERSION} during the fetch; "
        f"starting again with {NEXT_VERSION}\n"
    )


def test_warnings_of_mp_api_do_not_reach_the_user(get):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        get()
