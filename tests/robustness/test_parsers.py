"""Every parser meets inputs that were good and are hurt: it returns or refuses, and nothing else.

Without ``--full`` up to 150 of each parser, the same every time; with it the sizes of
``docs/development/reliability.md``. How many, the slowest and the memory are printed as one line
per parser.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from interfaces.errors import InterfaceError
from tests.robustness.malformed import malformed, many
from tests.robustness.parsers import Parser, dump, load, parsers

pytest.importorskip("ase")
pytest.importorskip("pyarrow")

FEW, MANY = 150, 3500  #: inputs of a parser whose share is 1
HANG = 2.0  #: CPU seconds of one input, after the first has imported what it needs
GROWTH = 400.0  #: MB that the process may grow over the inputs of one parser
SEED = 20261121

pytestmark = pytest.mark.filterwarnings("ignore")


class Hang(Exception):  # noqa: N818
    """An input that takes too long; not an InterfaceError, and so it fails."""


@contextlib.contextmanager
def watched(seconds: float = HANG):
    """Stop what uses more CPU seconds of this process: a busy machine slows no test."""

    def stop(*_):
        raise Hang(f"more than {seconds} s of CPU")

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def memory() -> float:
    """Most memory held so far [MB]."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


ALL = list(parsers())


@pytest.mark.parametrize("parser", ALL, ids=lambda item: item.name.replace(" ", "-"))
def test_a_malformed_input_is_refused_in_one_line(parser: Parser, tmp_path, full):
    (tmp_path / "made").mkdir()
    place = tmp_path / "here"
    place.mkdir()
    with contextlib.redirect_stdout(None):
        seeds = parser.seeds(tmp_path / "made")
    for name, content in parser.beside:
        if content == b"@":
            from tests.robustness.parsers import output

            (content,) = output(name, 6)(tmp_path / "made")
        (place / name).write_bytes(content)
    if parser.file == "manifest.json":
        (place / "entries.parquet").write_bytes(
            (tmp_path / "made/snapshot/entries.parquet").read_bytes()
        )
    file = place / parser.file
    known = {path.name for path in place.iterdir()} | {parser.file, "jobs", "files"}
    slowest, refused, met = (0.0, b""), 0, 0

    def ask(data: bytes, *, watch: bool = True) -> str:
        """The refusal, or nothing."""
        nonlocal slowest, met
        met += 1
        if parser.file:
            file.write_bytes(data)
            given = file
        else:
            given = data.decode("utf-8", "surrogateescape")
        began = time.process_time()
        try:
            with watched() if watch else contextlib.nullcontext():
                parser.read(given)
        except InterfaceError as error:
            message = " ".join(str(error).split())
            assert message
            return message
        finally:
            slowest = max(slowest, (time.process_time() - began, data))
        return ""

    for item in seeds:  # they are good, and bring the imports in
        assert ask(item, watch=False) == ""
    slowest = (0.0, b"")
    before = memory()
    number = max(20, round(FEW * parser.share))
    trees = (load(parser.trees), dump(parser.trees)) if parser.trees else (None, None)

    @seed(SEED)
    @settings(
        max_examples=number, database=None, deadline=None,
        suppress_health_check=list(HealthCheck), phases=[Phase.generate, Phase.shrink],
    )  # fmt: skip
    @given(malformed(seeds, *trees))
    def every(data):
        nonlocal refused
        refused += bool(ask(data))

    every()
    if full:
        for data in many(seeds, round(MANY * parser.share), SEED, *trees):
            try:
                refused += bool(ask(data))
            except Exception as error:
                pytest.fail(f"{type(error).__name__} {error} for {data[:3000]!r}")
    assert refused > 0  # else nothing was malformed
    assert {path.name for path in place.iterdir()} <= known
    grown = memory() - before
    print(f"FUZZ | {parser.name} | {met} | {refused} | {slowest[0]:.3f} | {grown:.0f}")
    if os.environ.get("FUZZ_KEEP"):
        Path(os.environ["FUZZ_KEEP"], parser.name.replace(" ", "-")).write_bytes(slowest[1])
    assert grown < GROWTH


def test_every_input_is_counted_as_malformed_by_someone():
    """The good inputs are hurt: few come through as they were."""
    seeds = (b"formula,energy_per_atom\nLi2O,-2\n",)
    same = total = 0

    @seed(SEED)
    @settings(max_examples=200, database=None, deadline=None)
    @given(malformed(seeds))
    def count(data):
        nonlocal same, total
        total += 1
        same += data in seeds

    count()
    assert total >= 150
    assert same < total / 4
