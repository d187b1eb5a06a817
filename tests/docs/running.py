"""A page's commands and Python, run in one folder: the CLI in this process, the rest by bash."""

from __future__ import annotations

import contextlib
import doctest
import io
import os
import shlex
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.docs.pages import ROOT, Block, commands, missing
from workflows.cli import main

WIDTH = "100"  # columns of the terminal that the pages show
#: What a page may need from the environment, and what must not come in from the developer's.
SET = {
    "COLUMNS": WIDTH, "PYTHONPATH": str(ROOT), "NUMBA_DISABLE_JIT": "1", "NO_COLOR": "1",
    "OPENBLAS_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore", "MPLBACKEND": "Agg", "TERM": "dumb",
}  # fmt: skip
UNSET = ("MP_API_KEY", "PMG_VASP_PSP_DIR", "ATOMATE2_VASP_CMD", "FORCE_COLOR", "VIRTUAL_ENV")
SHELL = set("|><;&$*")
LIMIT = 600  # s, of a command of the shell; far more than any needs
#: Compiled loops take 20 s to build and are not what a page is about: these verbs, which use them,
#: get a process of their own without them.
APART = ("screen",)


class Stage:
    """The folder in which one page runs, with ``interfaces`` on the path of its shell."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "here"
        self.folder.mkdir()
        bin_ = folder / "bin"
        bin_.mkdir()
        door = bin_ / "interfaces"
        door.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m workflows.cli "$@"\n')
        door.chmod(door.stat().st_mode | stat.S_IXUSR)
        kept = {key: value for key, value in os.environ.items() if key not in UNSET}
        self.environment = kept | SET | {"PATH": f"{bin_}{os.pathsep}{os.environ['PATH']}"}
        self.names: dict[str, Any] = {}

    def command(self, text: str) -> tuple[int, str]:
        """Exit status, and standard output followed by standard error."""
        words = shlex.split(text, comments=True)
        if words[0] != "interfaces" or SHELL & set(text) or words[1] in APART:
            done = subprocess.run(
                ["bash", "-c", text], cwd=self.folder, env=self.environment, timeout=LIMIT,
                capture_output=True, text=True, check=False,
            )  # fmt: skip
            return done.returncode, done.stdout + done.stderr
        out, err, status = io.StringIO(), io.StringIO(), 0
        with self._here(), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                main(words[1:])
            except SystemExit as stop:
                status = int(stop.code or 0)
        return status, out.getvalue() + err.getvalue()

    def python(self, block: Block, page: str) -> int:
        """Run a block, as a doctest where it has prompts; how many values it shows."""
        with self._here():
            if ">>>" not in block.text:
                exec(compile("\n" * (block.line - 1) + block.text, page, "exec"), self.names)
                return 0
            test = doctest.DocTestParser().get_doctest(
                block.text, self.names, page, page, block.line - 1
            )
            stream = io.StringIO()
            runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
            result = runner.run(test, out=stream.write, clear_globs=False)
            self.names = test.globs
            assert not result.failed, stream.getvalue()
            return sum(1 for example in test.examples if example.want)

    @contextlib.contextmanager
    def _here(self) -> Any:
        """This process, for a while, in the folder and environment of the page."""
        before = dict(os.environ)
        os.environ.clear()
        os.environ.update(self.environment)
        try:
            with contextlib.chdir(self.folder):
                yield
        finally:
            os.environ.clear()
            os.environ.update(before)


def run_page(blocks: list[Block], stage: Stage, page: str) -> int:
    """Run a page's blocks in order; return how many lines and values were checked."""
    checked = 0
    for block in blocks:
        if block.file:
            (stage.folder / block.file).write_text(block.text)
        elif block.language == "python":
            checked += stage.python(block, page)
        elif block.language == "console":
            for command in commands(block):
                status, printed = stage.command(command.text)
                where = f"{page}:{command.line}: {command.text}\n"
                assert status == command.status, f"{where}status {status}\n{printed}"
                wrong = missing(command.shown, printed)
                assert wrong is None, f"{where}{wrong}\n--- printed:\n{printed}"
                checked += sum(1 for line in command.shown if line.strip() not in ("", "..."))
    return checked
