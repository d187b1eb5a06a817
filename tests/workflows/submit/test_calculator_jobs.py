"""What the states of an engine's jobs mean for their flow."""

from __future__ import annotations

import pytest

from workflows.submit.calculator_jobs import ManagerJob, ManagerState, reading

LETTERS = {
    "d": ManagerState.FINISHED,
    "f": ManagerState.FAILED,
    "r": ManagerState.RUNNING,
    "q": ManagerState.QUEUED,
    "w": ManagerState.WAITING,
    "h": ManagerState.HELD,
}


def jobs(word):
    """One job per letter, each changed a minute before the one to its left."""

    def why(letter, at):
        return lambda: f"{letter}{at} for a reason"

    return [
        ManagerJob(
            f"{letter}{at}", LETTERS[letter], f"2026-11-20T10:{50 - at}:00.25", why(letter, at)
        )
        for at, letter in enumerate(word)
    ]


@pytest.mark.parametrize(
    ("word", "state", "reason"),
    [
        ("dd", "stopped", "all jobs are finished: interfaces collect writes the results"),
        ("df", "stopped", "f1 for a reason"),
        ("ffw", "stopped", "f1 for a reason"),  # f1 was the first
        ("hf", "stopped", "f1 for a reason"),  # what failed before what was put away
        ("dhw", "stopped", "h1 for a reason"),
        ("dfr", "running", ""),
        ("dfq", "running", ""),
        ("fq", "waiting", ""),
        ("hr", "running", ""),
        ("qw", "waiting", ""),
        ("dq", "running", ""),
        ("w", "waiting", ""),
    ],
)
def test_the_state_of_a_flow(word, state, reason):
    assert reading(jobs(word))[:2] == (state, reason)


def test_how_far_it_is():
    progress = reading(jobs("dwdf"))[2]
    assert (progress.finished, progress.known) == (2, 4)
    assert progress.missing == ("w1", "f3")
    assert progress.last == "2026-11-20T10:50:00 end d0"
    assert progress.failure == "f3 for a reason"


def test_a_reason_is_asked_for_only_where_there_is_one():
    def never():
        raise AssertionError("asked")

    quiet = [job._replace(why=never) for job in jobs("dqrw")]
    assert reading(quiet)[0] == "running"
