"""The command line in this process, memory that is bounded, and files made to do harm."""

from __future__ import annotations

import contextlib
import gzip
import importlib
import os
import resource
from functools import cache
from subprocess import CompletedProcess

import pytest

from workflows.cli import main

MB = 2**20


@pytest.fixture
def ask(capsys):
    """Run a verb: what it says, its status. An exception that the verb lets out fails the test."""

    def run(*words):
        status = 0
        capsys.readouterr()
        try:
            main([*map(str, words)])
        except SystemExit as stop:
            status = stop.code or 0
        captured = capsys.readouterr()
        return CompletedProcess(words, status, captured.out, captured.err)

    return run


@contextlib.contextmanager
def memory_of(megabytes: int):
    """No more than so much beside what the process has; what asks for more gets a MemoryError."""
    with open("/proc/self/statm") as file:
        held = int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (held + megabytes * MB, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


@pytest.fixture(scope="session")
def bomb():
    """128 MB of one letter in 130 kB: a gzip file of many members."""

    @cache
    def made(letter: bytes = b"\0", head: bytes = b"") -> bytes:
        return gzip.compress(head, mtime=0) + gzip.compress(letter * MB, mtime=0) * 128

    return made


@pytest.fixture(scope="session", autouse=True)
def imported():
    """What readers import on their first call, so that the watch counts the reading alone."""
    for name in (
        "ase.io.extxyz", "ase.io.trajectory", "ase.io.vasp", "pyarrow.parquet", "jobflow",
        "pymatgen.core", "pymatgen.entries.compatibility", "pymatgen.entries.computed_entries",
        "pymatgen.io.cif", "pymatgen.io.vasp.outputs",
    ):  # fmt: skip
        with contextlib.suppress(ImportError):  # an extra that is not there is not needed
            importlib.import_module(name)
