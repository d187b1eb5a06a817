"""A clock that is wrong, or is set while a verb runs: numbers stay, nothing waits for ever."""

from __future__ import annotations

import json
import random
import re
import time
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest

from tests.robustness.faults.disk import HEALTHY, Fault, contents, differences, standing
from tests.robustness.faults.disk_fixtures import NEEDS, healthy, server  # noqa: F401
from tests.robustness.faults.disk_verbs import VERBS

pytestmark = NEEDS
BY_NAME = {verb.name: verb for verb in VERBS}
DAY = 86400
NOW = int(time.time())
JUMPS = {
    "a day back": -DAY,
    "ten years on": 3653 * DAY,
    "1970": 3600 - NOW,
    "2039": 2**31 + 365 * DAY - NOW,
}
QUICK = ("submit", "fetch of 2019")
#: Negative numbers beside a unit of time, as a verb would show a negative duration.
NEGATIVE = re.compile(r"(?<![\w.])-\d[\d.,]* ?(s|seconds|pairs/s|/s)\b")
LAST_CALL = 40  #: readings of the clock among which the jump in mid-run falls


def jumped(name: str, verb: str, mid_run: bool) -> Fault:
    chance = random.Random(f"{name} {verb}")
    from_call = chance.randint(1, LAST_CALL) if mid_run else 0
    return replace(HEALTHY, name=name, seconds=JUMPS[name], from_call=from_call)


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_results_do_not_depend_on_the_clock(server, healthy, verb, full):  # noqa: F811
    if not full and verb.name not in QUICK:
        pytest.skip("runs with --full")
    known = healthy(verb)
    for name in JUMPS if full else ("a day back", "2039"):
        for mid_run in (False, True):
            fault = jumped(name, verb.name, mid_run)
            with standing(server, known.template) as out:
                done = server.ask(verb.words, out, fault)
                there = contents(out)
            assert done.status == verb.status, (fault, done)
            assert not NEGATIVE.search(done.out + done.err), (fault, done)
            assert not list(differences(known, there, swept=True)), fault
            for path, data in there.items():
                if path.endswith("manifest.json") or "/done/" in path:
                    assert _durations(json.loads(data)) >= 0


def _durations(data):
    parts = data.get("parts", [data])
    return min((part["seconds"] for part in parts if "seconds" in part), default=0)


@pytest.mark.parametrize("name", JUMPS)
def test_runs_are_sent_looked_at_and_brought_home(server, healthy, name, full):  # noqa: F811
    """Sent today, and once more when it is another day: the last one sent counts, by its number."""
    if not full:
        pytest.skip("runs with --full")
    known = healthy(BY_NAME["collect"])
    verb = BY_NAME["submit"]
    with standing(server, known.template) as out:
        before = json.loads((out / "tiny-mock.jobs" / "submission.json").read_text())
        fault = replace(HEALTHY, seconds=JUMPS[name])
        (out / "tiny-mock.jobs" / "log.txt").unlink()
        for path in (out / "tiny-mock.jobs" / "jobs").iterdir():
            path.unlink()  # so that there is something to send
        sent = server.ask(verb.words, out, fault)
        assert sent.status == 0, sent.err
        record = json.loads((out / "tiny-mock.jobs" / "submission.json").read_text())
        assert record["number"] != before["number"]
        assert record["number"] in sent.out
        assert record["attempts"] == before["attempts"] + 1
        assert (record["sent"] < before["sent"]) is (JUMPS[name] < 0)
        for words in ("status {out} --json", "collect {out} --json", "cancel {out} --json"):
            done = server.ask(words, out, fault)
            assert done.status in (0, 1), done.err
            (run,) = json.loads(done.out)["runs"]
            assert run["name"] == "tiny-mock"
            if words.startswith("status"):
                assert (run["number"], run["attempts"]) == (record["number"], record["attempts"])
        home = server.ask("run {files}/tiny.yaml --calculator mock --out {out}", out, fault)
        assert home.status == 0, home.err
        document = json.loads(server.ask("collect {out} --json", out).out)["runs"]
    assert [item["found"] for item in document] == ["there"]


@pytest.mark.parametrize("ahead", [-3650, -1, 0, 1, 3650])
def test_a_date_to_wait_for_counts_from_the_server_s_clock(monkeypatch, ahead):
    """Two minutes after the server's now are two minutes, whatever this machine thinks it is."""
    pytest.importorskip("mp_api")
    from workflows.data.materials_project import session

    there = datetime(2026, 11, 21, 12, tzinfo=UTC)

    class Clock(datetime):
        @classmethod
        def now(cls, zone=None):
            return there.replace(year=2026 + ahead // 365) if abs(ahead) > 1 else there.replace(
                day=21 + ahead)  # fmt: skip

    monkeypatch.setattr(session, "datetime", Clock)
    until = there.replace(minute=2)
    values = [format_datetime(item, usegmt=True) for item in (until, there)]
    assert session._retry_after(*values) == 120.0
    assert session._retry_after(values[1], values[0]) == 0.0
    assert session._retry_after("7", values[1]) == 7.0
