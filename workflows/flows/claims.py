"""Claims: files by which processes of one or several machines share work without locks or database.

A claim is a file that only one process can create. Its process renews it every few seconds; a claim
that is not renewed has expired, and so has one whose process ended on this machine. Nothing relies
on ``flock``, which some cluster file systems lack or keep to one node, nor on equal clocks.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from interfaces.errors import InputError
from workflows.io.atomic import folder_lock, one_line_errors
from workflows.io.results import write_atomic

RENEWAL = 10.0  #: seconds between two renewals of a claim
WAIT = 0.05  #: seconds between two attempts to take a claim
FAILED = ".failed"  #: how the name of a failed job's file ends
EXPIRY = 90.0  #: seconds without a renewal after which a claim has expired


def _machine() -> str:
    """Machine since its last start, and its table of processes: where a process number is valid."""
    parts = [socket.gethostname()]
    with suppress(OSError):
        parts.append(Path("/proc/sys/kernel/random/boot_id").read_text().strip())
    with suppress(OSError):
        parts.append(os.readlink("/proc/self/ns/pid"))
    return ":".join(parts)


class Claims:
    """Claims of one process in a folder.

    Parameters
    ----------
    folder : of the claims; made if it does not exist.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder = folder.absolute()  # jobs work in folders of their own
        self._token = f"{_machine()} {os.getpid()} {os.urandom(8).hex()}"
        self._held: set[Path] = set()
        #: claim of another process -> what it said, and when it was first seen to say so
        self._seen: dict[Path, tuple[tuple[str, int], float]] = {}
        self._renewing: threading.Thread | None = None
        with one_line_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)

    def take(self, key: str) -> bool:
        """Claim something; False if another process has a claim on it that has not expired."""
        path = self.folder / key
        with one_line_errors(path), folder_lock(self.folder):
            if self._expired(path):
                path.unlink(missing_ok=True)
            try:
                file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o664)
            except FileExistsError:
                return False
            try:
                os.write(file, self._token.encode())
            finally:
                os.close(file)
        self._held.add(path)
        if self._renewing is None:
            self._renewing = threading.Thread(target=self._renew, daemon=True)
            self._renewing.start()
        return True

    def holds(self, key: str) -> bool:
        """Whether the claim is still this process's own: it may have expired while it slept."""
        return self._read(self.folder / key)[0] == self._token

    def release(self, key: str) -> None:
        """Give a claim back."""
        path = self.folder / key
        self._held.discard(path)
        if self._read(path)[0] == self._token:
            path.unlink(missing_ok=True)

    @contextmanager
    def waited(self, key: str) -> Iterator[None]:
        """Hold a claim within the block, as soon as no other process has it."""
        while not self.take(key):
            time.sleep(WAIT)
        try:
            yield
        finally:
            self.release(key)

    def any_held(self) -> bool:
        """Whether a process holds any claim in the folder."""
        keys = [path.name for path in self.folder.iterdir() if path.suffix != FAILED]
        return any(not self.is_free(key) for key in keys)

    def fail(self, key: str, message: str) -> None:
        """Record that a job failed, so that other processes do not repeat it."""
        write_atomic(self.folder / f"{key}{FAILED}", message)

    def has_failed(self, key: str) -> bool:
        """Whether a job failed in a process of this run."""
        return (self.folder / f"{key}{FAILED}").exists()

    def failures(self) -> dict[str, str]:
        """Failed jobs with their messages."""
        paths = sorted(self.folder.glob(f"*{FAILED}"))
        return {path.stem: path.read_text(encoding="utf-8") for path in paths}

    def forget_failures(self) -> None:
        """Let failed jobs be run once more."""
        for path in self.folder.glob(f"*{FAILED}"):
            path.unlink(missing_ok=True)

    def is_free(self, key: str) -> bool:
        """Whether no process has a claim that has not expired."""
        path = self.folder / key
        return not path.exists() or self._expired(path)

    def _expired(self, path: Path) -> bool:
        said = self._read(path)
        machine, _, rest = said[0].partition(" ")
        process = rest.partition(" ")[0]
        if machine == _machine() and process.isdigit() and not _runs(int(process)):
            return True
        known = self._seen.get(path)
        if known is None or known[0] != said:
            self._seen[path] = (said, time.monotonic())
            return False
        return time.monotonic() - known[1] > EXPIRY

    def _read(self, path: Path) -> tuple[str, int]:
        """Token and time of a claim. An open file shows its present state also over NFS."""
        try:
            with path.open(encoding="utf-8") as file:
                return file.read(), os.fstat(file.fileno()).st_mtime_ns
        except OSError:
            return "", 0

    def _renew(self) -> None:
        while True:
            time.sleep(RENEWAL)
            for path in list(self._held):
                if self._read(path)[0] == self._token:
                    with suppress(OSError):
                        os.utime(path)


@contextmanager
def claimed(path: Path, what: str) -> Iterator[None]:
    """Hold a claim within the block.

    Raises
    ------
    InputError
        If another process has it; ``what`` begins the message.
    """
    claims = Claims(path.parent)
    if not claims.take(path.name):
        raise InputError(
            f"{what} by the process that {path} names; if it was lost with its machine, the claim "
            f"expires {EXPIRY:.0f} s after its last sign of life: try again then"
        )
    try:
        yield
    finally:
        claims.release(path.name)


def is_claimed(path: Path) -> bool:
    """Whether a process has a claim, as far as one look can say."""
    return not Claims(path.parent).is_free(path.name)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # another user's
        return True
    with suppress(OSError):  # a zombie has ended, though its parent has not noticed
        stat = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
        return stat.rpartition(")")[2].split()[0] != "Z"
    return True
