"""The command line as a user starts it, and what a refusal has to look like."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def interfaces(*arguments, **options):
    return subprocess.run(
        [sys.executable, "-m", "workflows.cli", *map(str, arguments)],
        capture_output=True, text=True, cwd=ROOT, timeout=600, **options,
    )  # fmt: skip


def refused(done, *parts):
    """One line on stderr, status 2, nothing on stdout, no traceback."""
    assert done.returncode == 2, done
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1, done.stderr
    assert done.stderr.startswith("interfaces: ")
    for part in parts:
        assert part in done.stderr
