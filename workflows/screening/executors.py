"""Who computes the parts: processes of this machine, tasks of a Slurm array, or Parsl.

An engine takes parts that are not there yet, in any order, and yields each as it is finished. What
a part holds does not depend on who computed it.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

import numpy as np

from interfaces.errors import InputError
from interfaces.screening.numba_cache import keep_compiled
from workflows.io.results import write_atomic
from workflows.io.shell import log_pattern, quoted
from workflows.io.user_cache import private_cache
from workflows.screening.parts import Part, finished, write_part
from workflows.screening.plan import Plan, read_plan

KERNEL = "kernel"  #: in the user's cache: the compiled loop, for every process after the first
STOPPING = (signal.SIGINT, signal.SIGTERM)
Engine = Callable[[Path, Plan, Sequence[int]], Iterator[Part]]


def warm() -> None:
    """Find or keep the compiled kernel in the user's own cache.

    Raises
    ------
    InputError
        If others could have put something there, which numba would run.
    """
    keep_compiled(private_cache(KERNEL))


def prepare(plan: Plan) -> None:
    """Compile the kernel and put the pairs in order, once for all processes that are forked."""
    none = np.zeros(0, dtype=np.int64)
    for leg in plan.legs:
        plan.screens[leg].minima(none, none)
    _ = plan.blocks


def here(out: Path, plan: Plan, numbers: Sequence[int]) -> Iterator[Part]:
    """One part after the other, in this process."""
    for number in numbers:
        yield write_part(out, plan, number)


def processes(count: int) -> Engine:
    """Several processes of this machine, each taking the next part that is free."""

    def run(out: Path, plan: Plan, numbers: Sequence[int]) -> Iterator[Part]:
        # Forked workers share the plan's memory. Safe here: no thread runs yet in this process.
        kind = "fork" if sys.platform == "linux" else "spawn"
        context: Any = multiprocessing.get_context(kind)
        if kind == "fork":
            prepare(plan)
        taken = context.Value("q", 0)
        workers, pipes = [], []
        for _ in range(min(count, len(numbers))):
            mine, theirs = context.Pipe(duplex=False)
            worker = context.Process(
                target=_work,
                args=(out, plan if kind == "fork" else None, list(numbers), taken, theirs),
                daemon=True,
            )
            held = signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)  # until it listens itself
            worker.start()
            signal.pthread_sigmask(signal.SIG_SETMASK, held)
            theirs.close()
            workers.append(worker)
            pipes.append(mine)
        try:
            yield from _collected(pipes)
        finally:
            for worker in workers:
                worker.terminate()
                worker.join()

    return run


def _collected(pipes: list[Connection]) -> Iterator[Part]:
    while pipes:
        for pipe in wait(pipes):
            assert isinstance(pipe, Connection)
            try:
                found = pipe.recv()
            except EOFError:
                raise InputError(
                    "a worker process was stopped from outside (out of memory?); what is finished "
                    "is kept, run the same command again, with fewer --processes"
                ) from None
            if found is None:
                pipes.remove(pipe)
            elif isinstance(found, Part):
                yield found
            else:
                raise InputError(f"a worker process failed: {found}")


def _work(out: Path, plan: Plan | None, numbers: list[int], taken: Any, pipe: Connection) -> None:
    """Take parts until none is left; end with the parent, even if that was killed."""
    parent = os.getppid()
    _listen()
    try:
        if plan is None:
            warm()
            plan = read_plan(out)
        while os.getppid() == parent:
            with taken.get_lock():
                place = taken.value
                taken.value += 1
            if place >= len(numbers):
                break
            pipe.send(write_part(out, plan, numbers[place]))
        pipe.send(None)
    except BrokenPipeError:
        pass  # nobody listens any more
    except Exception as error:
        pipe.send(f"{type(error).__name__}: {error}")


def _listen() -> None:
    """Leave Ctrl-C to the parent; end of SIGTERM by an exit that takes half a file away."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)


def compute_part(out: str, number: int) -> dict[str, Any]:
    """One part of a screen that was begun, unless it is there: what a task on a node calls."""
    from dataclasses import asdict

    folder = Path(out)
    warm()
    plan = read_plan(folder)
    return asdict(finished(folder, plan, number) or write_part(folder, plan, number))


def parsl_engine(config: Path | None) -> Engine:
    """Parsl: blocks of nodes that grow and shrink, on Slurm and other schedulers.

    Parameters
    ----------
    config : a Python file that binds ``config``, a ``parsl.Config``; by default two workers of this
        machine.

    Raises
    ------
    ModuleNotFoundError
        If Parsl (the extra ``cluster``) is not installed.
    """
    import parsl

    settings = _parsl_config(config)

    def run(out: Path, plan: Plan, numbers: Sequence[int]) -> Iterator[Part]:
        from concurrent.futures import as_completed

        kernel = parsl.load(settings)
        try:
            app = parsl.python_app(compute_part, data_flow_kernel=kernel)
            for future in as_completed([app(str(out.resolve()), n) for n in numbers]):
                yield Part(**future.result())
        finally:
            kernel.cleanup()
            parsl.clear()

    return run


def _parsl_config(path: Path | None) -> Any:
    from parsl.config import Config
    from parsl.executors import HighThroughputExecutor
    from parsl.launchers import SimpleLauncher
    from parsl.providers import LocalProvider

    if path is not None:
        bound: dict[str, Any] = {}
        try:
            exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), bound)
        except OSError as error:
            raise InputError(f"cannot read {path}: {error.strerror}") from None
        if "config" not in bound:
            raise InputError(f"{path} binds no `config`; write config = parsl.Config(...)")
        return bound["config"]
    provider = LocalProvider(init_blocks=1, max_blocks=1, launcher=SimpleLauncher())
    executor = HighThroughputExecutor(
        label="screen", address="127.0.0.1", max_workers_per_node=2, provider=provider
    )
    return Config(executors=[executor], usage_tracking=0, initialize_logging=False)


def slurm_script(out: Path, plan: Plan, tasks: int, path: Path) -> str:
    """Write the batch script of a Slurm array: task K computes the parts K, K + tasks, ...

    Parts that are there are passed over, so the same script sent again goes on.

    Raises
    ------
    InputError
        If a path has a line end in it.
    """
    tasks = min(tasks, plan.parts)
    folder = str(out.resolve())
    text = f"""#!/bin/bash
#SBATCH --job-name=screen
#SBATCH --array=0-{tasks - 1}
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=1
#SBATCH --output={log_pattern(folder, "slurm-%A_%a.log")}
# {plan.pairs} pairs in {plan.parts} parts. Add account, partition, time and memory (1 GB a task).
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1
exec {quoted(sys.executable)} -m workflows.cli screen --out {quoted(folder)} \\
    --part "$SLURM_ARRAY_TASK_ID" --of {tasks}
"""
    write_atomic(path, text)
    return text
