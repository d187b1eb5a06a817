"""A real Slurm on this machine for the length of a test session: one node, no systemd, no cgroups.

It is installed with apt-get where it is missing. Everything it writes is in one folder, every port
is on 127.0.0.1, and only the three daemons started here are stopped again. The node claims more
cores than the machine has, so that jobs which mostly wait run side by side.

By hand: ``python -m tests.integration.cluster.slurm FOLDER`` starts one and prints the line to
export; ``python -m tests.integration.cluster.slurm FOLDER stop`` ends it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import apt
from tests.apt import PATH

PACKAGES = ("slurmctld", "slurmd", "slurm-client", "munge")
COMMANDS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scontrol", "scancel", "sinfo")
SLOTS = 4
NODE = (
    "NodeName={name} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} CPUs={slots} "
    "RealMemory=1024 State=UNKNOWN"
)
NODE_TIMEOUT = 5  #: seconds until a silent node counts as lost
START_AGAIN = 5  #: seconds after which a lost job may start again; Slurm's own are two minutes

CONFIGURATION = """\
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket,cred_expire={again}
CredType=cred/munge
CommunicationParameters=NoAddrCache,NoCtldInAddrAny,NoInAddrAny
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd-%n.log
MailProg=/bin/true
MpiDefault=none
SwitchType=switch/none
TaskPlugin=task/none
ProctrackType=proctrack/linuxproc
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_interval=1,sched_min_interval=0,bf_interval=1
SlurmdParameters=config_overrides
SlurmdTimeout={timeout}
MessageTimeout=2
TCPTimeout=1
ReturnToService=2
KillWait=1
MinJobAge=3600
MaxArraySize=1001
{nodes}
PartitionName=debug Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


class NoSlurmError(Exception):
    """Slurm cannot be had here, with the reason."""


@dataclass(frozen=True)
class Slurm:
    """A Slurm whose daemons are of this folder.

    Attributes
    ----------
    folder : a short path (a socket's is limited to 107 characters).
    nodes : names of its nodes, all of them daemons of this machine.
    slots : cores that each of them claims.
    """

    folder: Path
    nodes: tuple[str, ...] = ()
    slots: int = SLOTS

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the nodes; by default this machine is the only one."""
        return self.nodes or (host(),)

    @property
    def environment(self) -> dict[str, str]:
        """What clients need beside the environment that they have."""
        return {"SLURM_CONF": str(self.folder / "slurm.conf"), "PATH": PATH}

    def start(self) -> None:
        """Install what is missing, and start all three daemons."""
        install()
        for name in ("state", *(f"spool-{node}" for node in self.names)):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o755)
        key = self.folder / "munge.key"
        key.touch(mode=0o600)
        key.write_bytes(os.urandom(1024))
        controller, *ports = free_ports(1 + len(self.names))
        nodes = [
            NODE.format(name=name, host=host(), port=port, slots=self.slots)
            for name, port in zip(self.names, ports, strict=True)
        ]
        (self.folder / "slurm.conf").write_text(
            CONFIGURATION.format(
                host=host(), folder=self.folder, controller=controller, nodes="\n".join(nodes),
                timeout=NODE_TIMEOUT, again=START_AGAIN,
            )
        )  # fmt: skip
        munge = {"key-file": "munge.key", "socket": "munge.socket", "pid-file": "munged.pid",
                 "log-file": "munged.log", "seed-file": "munged.seed"}  # fmt: skip
        # --force: it may run as root, below a folder that others can write
        self.run("munged", "--force", *(f"--{k}={self.folder / v}" for k, v in munge.items()))
        self.start_controller()
        for name in self.names:
            self.start_node(name)

    def start_node(self, name: str = "") -> None:
        """Start a node's daemon and wait until jobs can run there."""
        self.run("slurmd", "-N", name or self.names[0])
        self.wait_for_node("idle", "mixed", "allocated", name=name)

    def stop_node(self, name: str = "") -> None:
        """Let a node fall silent, as when its power goes: daemon and jobs are gone at once."""
        name = name or self.names[0]
        _end(self.folder / f"slurmd-{name}.pid", signal.SIGKILL)
        for daemon in _processes(lambda process, _: process == "slurmd"):  # its file may be stale
            if f"SLURM_CONF={self.folder}/" in _environ(daemon) and (
                f"\0{name}\0" in _read(Path(f"/proc/{daemon}/cmdline"))
            ):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(daemon, signal.SIGKILL)
        for keeper in _processes(lambda process, _: process == "slurmstepd"):
            if f"SLURM_CONF={self.folder}/" in _environ(keeper) and any(
                f"SLURMD_NODENAME={name}\0" in _environ(child)
                for child in _processes(lambda _, parent, keeper=keeper: parent == keeper)
            ):
                inside = [keeper]
                for item in inside:
                    inside += _processes(lambda _, parent, entry=item: parent == entry)
                for item in inside:  # the keeper of the job first, so that it reports no end
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(item, signal.SIGKILL)

    def stop_controller(self) -> None:
        """Let the controller go; it keeps its state on disk."""
        _end(self.folder / "slurmctld.pid", signal.SIGTERM)

    def start_controller(self) -> None:
        """Start the controller; jobs that it knew are known again."""
        self.run("slurmctld")

    def wait_for_node(self, *states: str, seconds: float = 60, name: str = "") -> None:
        """Wait until a node is in one of these states."""
        command = ("sinfo", "-h", "-n", name or self.names[0], "-o", "%T")
        try:
            wait_until(lambda: self.run(*command).strip() in states, seconds)
        except TimeoutError as error:
            raise TimeoutError(f"{error}; it is {self.run(*command).strip()}") from None

    def stop(self) -> None:
        """End the jobs, then the daemons."""
        if (self.folder / "slurmctld.pid").is_file():
            everything = ["scancel", "--user=root"]
            subprocess.run(everything, env=os.environ | self.environment, timeout=20)
            time.sleep(0.5)
        for name in (*(f"slurmd-{node}.pid" for node in self.names), "slurmctld.pid", "munged.pid"):
            _end(self.folder / name, signal.SIGTERM)

    def run(self, *command: str) -> str:
        """Output of a command of this Slurm."""
        done = subprocess.run(
            command, env=os.environ | self.environment, capture_output=True, text=True, timeout=60
        )
        if done.returncode != 0:
            raise NoSlurmError(f"{' '.join(command)}: {done.stderr.strip() or done.returncode}")
        return done.stdout


def install() -> None:
    """Have Slurm and munge, by apt-get if need be."""
    if os.geteuid() != 0:
        raise NoSlurmError("Slurm's daemons need root here")
    try:
        apt.install(PACKAGES, COMMANDS)
    except apt.NotInstalledError as error:
        raise NoSlurmError(str(error)) from None


def host() -> str:
    """Short name of this machine."""
    return socket.gethostname().partition(".")[0]


def free_ports(number: int) -> list[int]:
    """Ports that nobody listens on at the moment."""
    sockets = [socket.socket() for _ in range(number)]
    for sock in sockets:
        sock.bind(("127.0.0.1", 0))
    ports = [item.getsockname()[1] for item in sockets]
    for sock in sockets:
        sock.close()
    return ports


def wait_until(condition, seconds: float = 60, every: float = 0.1) -> None:
    """Look again and again; an error if it does not come true in time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"not in {seconds} s: {condition}")
        time.sleep(every)


def _processes(wanted: Callable[[str, int], bool]) -> list[int]:
    """Processes with a wanted (name, parent)."""
    gathered = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        before, _, after = _read(path).rpartition(")")
        if after and wanted(before.partition("(")[2], int(after.split()[1])):
            gathered.append(int(path.parent.name))
    return gathered


def _environ(process: int) -> str:
    return _read(Path(f"/proc/{process}/environ"))


def _read(path: Path) -> str:
    """A file of /proc; empty if its process is gone."""
    try:
        return path.read_bytes().decode(errors="replace")
    except OSError:
        return ""


def _end(pid_file: Path, how: int) -> None:
    """End the daemon that wrote this file, and wait until it is gone."""
    try:
        pid = int(pid_file.read_text())
        os.kill(pid, how)
    except (OSError, ValueError):
        return
    for _ in range(100):
        state = _read(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()[:1]
        if state in ([], ["Z"]):  # gone, or only not yet buried by its parent
            break
        time.sleep(0.1)
    pid_file.unlink(missing_ok=True)


if __name__ == "__main__":
    cluster = Slurm(Path(sys.argv[1]).resolve())
    if sys.argv[2:] == ["stop"]:
        cluster.stop()
    else:
        cluster.start()
        print(f"export SLURM_CONF={cluster.environment['SLURM_CONF']}")


@contextlib.contextmanager
def slurm_here(nodes: tuple[str, ...] = (), slots: int = SLOTS) -> Iterator[Slurm]:
    """A Slurm of its own folder, found by what this process starts; else the tests are skipped."""
    folder = Path(tempfile.mkdtemp(prefix="slurm-"))  # short: a socket is in it
    cluster = Slurm(folder, nodes, slots)
    with pytest.MonkeyPatch.context() as patch:
        try:
            try:
                cluster.start()
            except (NoSlurmError, TimeoutError, subprocess.TimeoutExpired) as error:
                pytest.skip(f"no Slurm: {error}")
            patch.setenv("SLURM_CONF", cluster.environment["SLURM_CONF"])
            yield cluster
        finally:
            cluster.stop()
            shutil.rmtree(folder, ignore_errors=True)
