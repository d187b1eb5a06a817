"""Two processes on one folder at the same moment: what one alone leaves is what is left."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from tests.robustness.faults.disk import PROGRESS, contents, differences, standing
from tests.robustness.faults.disk_fixtures import NEEDS, healthy, server  # noqa: F401
from tests.robustness.faults.disk_verbs import SCREEN, VERBS

pytestmark = NEEDS
BY_NAME = {verb.name: verb for verb in VERBS}
TIMES = 10  #: with --full, each with a delay of its own
#: Verb -> what a second process asks; the same where nothing is said.
PAIRS = {
    "run of questions": "",
    "run": "",
    "run on the mock": "",
    "screen": "",
    "screen, begun": "",
    "fetch": "",
    "submit": "",
    "collect": "",
    "coatings": "",
    "report": "",
    "inputs": "",
}
QUICK = ("submit", "screen")
IN_USE = "is in use by process"


@pytest.mark.parametrize("name", PAIRS)
def test_both_finish_or_one_says_who_is_there(server, healthy, name, full):  # noqa: F811
    if not full and name not in QUICK:
        pytest.skip("runs with --full")
    verb = BY_NAME[name]
    known = healthy(verb)
    chance = random.Random(f"two of {name}")
    for time in range(TIMES if full else 2):
        delays = (0.0, 0.0) if time == 0 else (0.0, chance.uniform(0, 0.5))
        with standing(server, known.template) as out:
            done = server.both(verb.words, verb.words, out, delays)
            there = contents(out)
        for run in done:
            assert not run.stuck
            said = PROGRESS.sub("", run.err)
            if run.status != verb.status:
                refused = run.status == 2 and said.count("\n") == 1 and IN_USE in said
                refused |= run.status == 1 and name == "collect" and IN_USE in " ".join(
                    run.out.split())  # fmt: skip
                assert refused, (delays, run)
        assert any(item.status == verb.status for item in done), done
        assert not list(differences(known, there, swept=True)), delays


def test_two_submissions_at_once_send_a_run_once(server, healthy, full):  # noqa: F811
    verb = BY_NAME["submit"]
    known = healthy(verb)
    for _ in range(TIMES if full else 1):
        with standing(server, known.template) as out:
            done = server.both(verb.words, verb.words, out, (0.0, 0.0))
            scripts = list((out / "submitted").glob("*/batch.sh"))
        sent = [run for run in done if ": submitted as local" in run.out]
        assert len(scripts) >= len(sent) >= 1
        if len(sent) == 2:  # one after the other, the first having ended: "true" takes no time
            assert len(scripts) == 2
        else:
            assert len(scripts) == 1


def test_another_screen_in_the_folder_is_refused_whoever_comes_first(server, full):  # noqa: F811
    first = SCREEN + " --out {out}/s"
    for _ in range(TIMES if full else 1):
        out = server.new_folder()
        done = server.both(first, first + " --top 1", out, (0.0, 0.0))
        there = contents(out)
        for run in done:
            said = PROGRESS.sub("", run.err)
            assert run.status == 0 or (said.count("\n") == 1 and "another screen" in said), run
        assert sum(item.status == 0 for item in done) == 1, done
        again = [server.ask(words, out).status for words in (first, first + " --top 1")]
        assert sorted(again) == [0, 2]
        assert {name: data for name, data in there.items() if "/parts/" in name} == {
            name: data for name, data in contents(out).items() if "/parts/" in name
        }


def test_what_reads_meets_no_half_of_what_is_replaced(server, healthy, full):  # noqa: F811
    verb = BY_NAME["run of questions"]
    known = healthy(replace(verb, before=(verb.words,)))
    chance = random.Random("reading")
    for words in ("query {out}", "replay {out}/toys") if full else ("query {out}",):
        for _ in range(TIMES if full else 1):
            with standing(server, known.template) as out:
                alone = server.ask(words, out)
                _, read = server.both(verb.words, words, out, (0.0, chance.uniform(0, 1.0)))
            assert (read.status, read.out) == (alone.status, alone.out), read
