"""A command run in a process of its own, with a limit on its memory, and watched from outside."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

COMMAND = (sys.executable, "-m", "workflows.cli")
ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class Watched:
    """What a command did: ``times`` [s] and ``sizes`` [MB] are samples of its resident memory.

    ``address_space`` [MB] is the most that it had mapped, which is what ``ulimit -v`` limits;
    ``cpu`` [s] is what it had used at the last sample, so that a busy machine matters less.
    """

    status: int
    out: str
    err: str
    seconds: float
    times: tuple[float, ...]
    sizes: tuple[float, ...]
    address_space: float
    cpu: float

    @property
    def peak(self) -> float:
        """Most resident memory of the samples [MB]."""
        return max(self.sizes)

    def later(self, share: float = 0.5) -> tuple[np.ndarray, np.ndarray]:
        """Times [s] and sizes [MB] of the last share of the run."""
        times, sizes = np.array(self.times), np.array(self.sizes)
        late = times >= times[-1] * (1 - share)
        return times[late], sizes[late]

    @property
    def slope(self) -> float:
        """Growth of the resident memory over the second half, by least squares [MB/min]."""
        times, sizes = self.later()
        return float(60 * np.polyfit(times, sizes, 1)[0])


def watch(
    command: Sequence[str],
    cwd: Path,
    *,
    limit_mb: float | None = None,
    every: float = 1.0,
    kill_when: Callable[[], bool] = lambda: False,
) -> Watched:
    """Run a command to its end, and sample its memory.

    Parameters
    ----------
    limit_mb : of its address space [MB], as ``ulimit -v``.
    every : seconds between two samples.
    kill_when : asked at each sample; once it says yes the process gets SIGKILL.
    """

    def limited() -> None:
        if limit_mb is not None:
            most = int(limit_mb * 1e6)
            resource.setrlimit(resource.RLIMIT_AS, (most, most))

    out, err = cwd / "watched.out", cwd / "watched.err"
    times, sizes, mapped, cpu = [], [], 0.0, 0.0
    with out.open("w") as stdout, err.open("w") as stderr:
        began = time.monotonic()
        process = subprocess.Popen(
            command, cwd=cwd, stdout=stdout, stderr=stderr, preexec_fn=limited
        )
        while process.poll() is None:
            output = _memory(process.pid)
            if output is not None:
                cpu = _cpu(process.pid) or cpu
                times.append(time.monotonic() - began)
                sizes.append(output["VmRSS"])
                mapped = max(mapped, output["VmPeak"])
            if kill_when():
                process.kill()
            time.sleep(every)
        seconds = time.monotonic() - began
    return Watched(
        process.returncode, out.read_text(), err.read_text(), seconds,
        tuple(times), tuple(sizes), mapped, cpu,
    )  # fmt: skip


def _memory(process: int) -> dict[str, float] | None:
    """Sizes of a process [MB]; None once it has ended."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return None
    table = dict(line.split(":", 1) for line in lines if line.startswith("Vm"))
    if "VmRSS" not in table:
        return None
    return {name: int(table[name].split()[0]) * 1.024e-3 for name in ("VmRSS", "VmPeak")}


def _cpu(process: int) -> float:
    """CPU time of a process [s]; 0 once it has ended."""
    try:
        output = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return 0.0
    user, system = output.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
