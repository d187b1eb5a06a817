"""A warm command line: one process that forks for every question, under the shim.

A line of JSON on stdin asks, a line on stdout answers. The fork alone is hurt, so that hundreds of
faults of one verb take seconds. Run by :mod:`tests.robustness.faults.disk`.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
import time
import traceback
import warnings
from pathlib import Path
from typing import Any

SHIM = ctypes.CDLL(None)
SECONDS = 120  #: after which a fork counts as stuck
TOLD = 250  #: descriptor of the list of calls, above all that a warm interpreter has open


def main() -> None:
    """Answer until stdin ends."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    warnings.simplefilter("ignore")
    from workflows.io import results as records

    records.RESOLUTION, records.FIGURES = 20, (".png",)  # drawing would be most of a fork's time
    if url := os.environ.get("MATBENCH_URL"):  # in the place of the one that is pinned
        from workflows.data.matbench import fetch_matbench

        fetch_matbench.__kwdefaults__ |= {"url": url, "sha256": os.environ["MATBENCH_SHA256"]}
    for line in sys.stdin:
        document = json.loads(line)
        print(json.dumps(warmed(document) if document["warm"] else forked(document)), file=answers)
        answers.flush()
    os._exit(0)  # whatever threads the verbs left


def warmed(request: dict[str, Any]) -> dict[str, Any]:
    """Run a verb here, for what it imports and reads."""
    kept = os.dup(1), os.dup(2)
    redirected(request)
    status = ran(request)
    for number, copy in enumerate(kept, start=1):
        os.dup2(copy, number)
        os.close(copy)
    return {"status": status, "met": 0, "stuck": False}


def forked(request: dict[str, Any]) -> dict[str, Any]:
    """Run a verb in a fork, with its fault; its status, and how many calls were met.

    ``beside`` is another question, which a second fork is asked at the same time.
    """
    other = request.get("beside")
    begun = [began(item) for item in ([request, other] if other else [request])]
    answers = [ended(*entry) for entry in begun]
    return answers[0] | ({"beside": answers[1]} if other else {})


def began(request: dict[str, Any]) -> tuple[int, int]:
    """Fork, and run a verb there; the child, and where it tells what it met."""
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.close(read)
        os.setpgid(0, 0)
        redirected(request)
        time.sleep(request["delay"])
        armed(request)
        status = ran(request)
        os.write(write, str(SHIM.shim_met()).encode())
        os._exit(status)
    os.close(write)
    return child, read


def ended(child: int, read: int) -> dict[str, Any]:
    """Wait for a fork; kill it if it is stuck."""
    end = time.monotonic() + SECONDS
    stuck = False
    while True:
        done, how = os.waitpid(child, os.WNOHANG)
        if done:
            break
        if time.monotonic() > end:
            os.killpg(child, signal.SIGKILL)
            stuck = True
        time.sleep(0.002)
    met = os.read(read, 32)
    os.close(read)
    return {"status": os.waitstatus_to_exitcode(how), "met": int(met or b"0"), "stuck": stuck}


def redirected(request: dict[str, Any]) -> None:
    """The verb's folder, environment and streams."""
    os.chdir(request["cwd"])
    os.environ.update(request["env"])
    for number, name in ((1, request["stdout"]), (2, request["stderr"])):
        file = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        os.dup2(file, number)
        os.close(file)


def armed(request: dict[str, Any]) -> None:
    """Set the fault of the disk, and that of the clock."""
    log = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    os.dup2(log, TOLD)
    os.close(log)
    fault = request["fault"]
    SHIM.shim_clock(ctypes.c_long(fault["seconds"]), ctypes.c_long(fault["from_call"]))
    SHIM.shim_disk(
        os.fsencode(request["below"]), ctypes.c_long(fault["at"]), fault["stays"], fault["error"],
        fault["kinds"], fault["cut"], TOLD,
    )  # fmt: skip


def ran(request: dict[str, Any]) -> int:
    """Run the verb as its own process would, streams closed at the end as Python closes them."""
    from workflows.cli import main as interfaces

    status = 0
    try:
        interfaces(request["words"])
    except SystemExit as stop:
        status = stop.code if isinstance(stop.code, int) else 1
    except BaseException:
        traceback.print_exc()
        status = 1
    try:
        sys.stdout.flush()
    except OSError as error:
        os.write(2, f"Exception ignored in stdout: {error}\n".encode())
        status = 120
    return status


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
    main()
