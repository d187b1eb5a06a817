"""Executors of a screen: processes of this machine, tasks of a Slurm array, or Parsl.

An executor computes the missing parts in any order and yields each when it is finished. The
contents of a part do not depend on the executor.
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
from workflows.io.resources import private_cache
from workflows.io.results import write_atomic
from workflows.io.shell import log_pattern, quoted
from workflows.screening.parts import Part, finished, write_part
from workflows.screening.plan import Plan, read_plan

KERNEL = "kernel"  #: folder in the user's cache that keeps the compiled loop for later processes
STOPPING = (signal.SIGINT, signal.SIGTERM)
Executor = Callable[[Path, Plan, Sequence[int]], Iterator[Part]]


def warm() -> None:
    """Load the compiled kernel from the user's private cache, or keep it there.

    Raises
    ------
    InputError
        If other users can write to the cache, because numba executes what it finds there.
    """
    keep_compiled(private_cache(KERNEL))


def prepare(plan: Plan) -> None:
    """Compile the kernel and order the pairs, once before processes are forked.

    Parameters
    ----------
    plan : plan of the screen.
    """
    none = np.zeros(0, dtype=np.int64)
    for leg in plan.legs:
        plan.screens[leg].minima(none, none)
    _ = plan.blocks


def serial(out: Path, plan: Plan, numbers: Sequence[int]) -> Iterator[Part]:
    """Compute parts one after the other in this process.

    Parameters
    ----------
    out : folder of the screen.
    plan : its plan.
    numbers : parts to compute.

    Yields
    ------
    Each part when it is written.
    """
    for number in numbers:
        yield write_part(out, plan, number)


def local_processes(count: int) -> Executor:
    """Several processes of this machine; each takes the next part.

    Parameters
    ----------
    count : number of processes.

    Returns
    -------
    The executor.
    """

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
            held = signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)  # until it has its handlers
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
                message = pipe.recv()
            except EOFError:
                raise InputError(
                    "a worker process was killed (out of memory?); finished parts are kept: repeat "
                    "the command with fewer --processes"
                ) from None
            if message is None:
                pipes.remove(pipe)
            elif isinstance(message, Part):
                yield message
            else:
                raise InputError(f"a worker process failed: {message}")


def _work(out: Path, plan: Plan | None, numbers: list[int], taken: Any, pipe: Connection) -> None:
    """Compute parts until none is left; end with the parent, even if that was killed."""
    parent = os.getppid()
    _handle_signals()
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
        pass  # the parent no longer reads
    except Exception as error:
        pipe.send(f"{type(error).__name__}: {error}")


def _handle_signals() -> None:
    """Leave Ctrl-C to the parent; exit on SIGTERM, which removes an unfinished file."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)


def compute_part(out: str, number: int) -> dict[str, Any]:
    """Compute one part of an existing plan, unless it is finished; the task of a node.

    Parameters
    ----------
    out : folder of the screen.
    number : of the part.

    Returns
    -------
    The part as plain values.

    Raises
    ------
    InputError
        If there is no such plan or part.
    """
    from dataclasses import asdict

    folder = Path(out)
    warm()
    plan = read_plan(folder)
    return asdict(finished(folder, plan, number) or write_part(folder, plan, number))


def parsl_blocks(config: Path | None) -> Executor:
    """Parsl: blocks of nodes that are added and released, on Slurm and other schedulers.

    Parameters
    ----------
    config : Python file that defines ``config``, a ``parsl.Config``; None takes two workers of this
        machine.

    Returns
    -------
    The executor.

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
        names: dict[str, Any] = {}
        try:
            exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), names)
        except OSError as error:
            raise InputError(f"cannot read {path}: {error.strerror}") from None
        if "config" not in names:
            raise InputError(f"{path} does not define `config`; write config = parsl.Config(...)")
        return names["config"]
    provider = LocalProvider(init_blocks=1, max_blocks=1, launcher=SimpleLauncher())
    executor = HighThroughputExecutor(
        label="screen", address="127.0.0.1", max_workers_per_node=2, provider=provider
    )
    return Config(executors=[executor], usage_tracking=0, initialize_logging=False)


def slurm_script(out: Path, plan: Plan, tasks: int, path: Path) -> str:
    """Write the batch script of a Slurm array: task K computes the parts K, K + tasks, ...

    Finished parts are skipped, so submitting the same script again resumes the screen.

    Parameters
    ----------
    out : folder of the screen.
    plan : its plan.
    tasks : largest number of tasks of the array.
    path : script to write.

    Returns
    -------
    The script.

    Raises
    ------
    InputError
        If a path contains a line end.
    """
    tasks = min(tasks, plan.parts)
    folder = str(out.resolve())
    script = f"""#!/bin/bash
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
    write_atomic(path, script)
    return script
