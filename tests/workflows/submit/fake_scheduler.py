"""PBS, Grid Engine, LSF and HTCondor as their commands show them; jobs run here, in the background.

What the real ones refuse is refused, with their words. Those of Grid Engine were seen on a real one
(gridengine 8.1.9 of Debian 12). Installed by ``install`` as programs of a folder on PATH.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

FAMILIES = {
    "pbs": ("qsub", "qstat", "qdel"),
    "sge": ("qsub", "qstat", "qdel", "qacct", "qconf"),
    "lsf": ("bsub", "bjobs", "bkill"),
    "htcondor": ("condor_submit", "condor_q", "condor_rm"),
}
QUEUES = ("long", "debug")
PBS_OPTIONS = ["-q", "-N", "-A", "-l", "-W", "-M", "-m", "-o", "-e", "-p", "-r", "-J", "-j"]
SGE_OPTIONS = [
    "-q",
    "-N",
    "-P",
    "-l",
    "-pe",
    "-M",
    "-m",
    "-o",
    "-e",
    "-p",
    "-r",
    "-t",
    "-j",
    "-S",
    "-tc",
]
SGE_RESOURCES = ("h_rt", "s_rt", "mem_free", "h_vmem")
PBS_RESOURCES = ("select", "walltime", "place", "model")


def install(folder: Path, family: str) -> Path:
    """Write the commands of a scheduler; its state is in the same folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in FAMILIES[family]:
        program = folder / name
        program.write_text(
            f'#!/bin/bash\nexec {sys.executable} -S {__file__} {family} {folder} {name} "$@"\n'
        )
        program.chmod(0o755)
    return folder


class RefusedError(Exception):
    """What the scheduler says."""


class Fake:
    """State of a scheduler: one file per job, one per task."""

    def __init__(self, family: str, folder: Path) -> None:
        self.family, self.folder = family, folder

    def new(self) -> int:
        number = len(list(self.folder.glob("job-*"))) + 1
        (self.folder / f"job-{number}").mkdir()
        return number

    def start(self, number: int, task: int, script: str, log: Path, more: dict[str, str]) -> None:
        place = self.folder / f"job-{number}" / str(task)
        place.mkdir()
        (place / "script").write_text(script)
        environment = {"PATH": "/usr/bin:/bin", "HOME": os.environ.get("HOME", "/"), **more}
        with log.open("ab") as said:
            # the status is written by a shell around the script, as by a node's daemon
            process = subprocess.Popen(
                ["bash", "-c", f"bash {place}/script; echo $? >{place}/status"],
                stdin=subprocess.DEVNULL, stdout=said, stderr=said, env=environment,
                cwd="/", start_new_session=True,
            )  # fmt: skip
        (place / "process").write_text(str(process.pid))

    def tasks(self, number: int) -> list[Path]:
        return sorted((self.folder / f"job-{number}").glob("*"), key=lambda path: int(path.name))

    def end(self, place: Path) -> None:
        if not (place / "status").exists():
            os.killpg(int((place / "process").read_text()), signal.SIGKILL)
            (place / "status").write_text("deleted")


def directives(script: str, mark: str, known: list[str]) -> dict[str, list[str]]:
    """Options of the lines before the first command, as all of them read a script."""
    table: dict[str, list[str]] = {}
    for line in script.splitlines()[1:]:
        if line.strip() and not line.startswith("#"):
            break
        if line.startswith(mark + " "):
            option, _, value = line.removeprefix(mark).strip().partition(" ")
            if option not in known:
                raise RefusedError(f"qsub: invalid option -- '{option}'")
            table.setdefault(option, []).append(value.strip())
    return table


def pbs(fake: Fake, name: str, words: list[str]) -> str:
    if name == "qsub":
        script = Path(words[-1]).read_text()
        given = directives(script, "#PBS", PBS_OPTIONS)
        for queue in given.get("-q", ()):
            if queue not in QUEUES:
                raise RefusedError("qsub: Unknown queue")
        for value in given.get("-l", ()):
            resource, _, amount = value.partition("=")
            if resource not in PBS_RESOURCES:
                raise RefusedError(f"qsub: Unknown resource: {resource}")
            if resource == "walltime" and not re.fullmatch(r"(\d+:){0,2}\d+", amount):
                raise RefusedError(
                    "qsub: Illegal attribute or resource value Resource_List.walltime"
                )
        for title in given.get("-N", ()):
            if not re.fullmatch(r"[A-Za-z][\w.+-]{0,235}", title):
                raise RefusedError("qsub: illegal -N value")
        array = given.get("-J", [""])[-1]
        first, last = 0, 0
        if array:
            match = re.fullmatch(r"(\d+)-(\d+)(?:%\d+)?", array)
            if not match or int(match[1]) >= int(match[2]):
                raise RefusedError("qsub: illegal -J value")
            first, last = int(match[1]), int(match[2])
        number = fake.new()
        index = "[]" if array else ""
        for task in range(first, last + 1):
            log = given["-o"][-1].replace("^array_index^", str(task))
            own = f"{number}[{task}].head" if array else f"{number}.head"
            more = {"PBS_JOBID": own, "PBS_ENVIRONMENT": "PBS_BATCH"}
            if array:
                more |= {"PBS_ARRAY_INDEX": str(task), "PBS_ARRAY_ID": f"{number}[].head"}
            fake.start(number, task, script, Path(log), more)
        return f"{number}{index}.head"
    match = re.fullmatch(r"(\d+)(\[(\d*)\])?\.head", words[-1])
    if not match or not (fake.folder / f"job-{match[1]}").is_dir():
        raise RefusedError(f"{name}: Unknown Job Id {words[-1]}")
    places = fake.tasks(int(match[1]))
    if name == "qdel":
        for word in words:
            for place in places:
                if word in (
                    f"{match[1]}.head",
                    f"{match[1]}[].head",
                    f"{match[1]}[{place.name}].head",
                ):
                    fake.end(place)
        return ""
    text = f"Job Id: {words[-1]}\n    Job_Name = a\n    job_state = B\n\n" if match[2] else ""
    for place in places:
        own = f"{match[1]}[{place.name}].head" if match[2] else words[-1]
        status = (place / "status").read_text().strip() if (place / "status").exists() else ""
        state = "R" if not status else ("X" if match[2] else "F")
        text += (
            f"Job Id: {own}\n    Job_Owner = me@head\n    job_state = {state}\n    queue = long\n"
        )
        if status:
            text += f"    Exit_status = {271 if status == 'deleted' else status}\n"
    return text


def sge(fake: Fake, name: str, words: list[str]) -> str:
    if name == "qconf":
        return "max_aj_instances             2000\nmax_aj_tasks                 75000"
    if name == "qsub":
        script = Path(words[-1]).read_text() if words[-1] != "v" else sys.stdin.read()
        given = directives(script, "#$", SGE_OPTIONS)
        for queue in given.get("-q", ()):
            if queue not in QUEUES:
                raise RefusedError(
                    "Unable to run job: Job was rejected because job requests unknown queue "
                    f'"{queue}"\nExiting.'
                )
        for value in given.get("-l", ()):
            if value.partition("=")[0] not in SGE_RESOURCES:
                raise RefusedError(
                    f'Unable to run job: unknown resource "{value.partition("=")[0]}"\nExiting.'
                )
        title = given.get("-N", ["a"])[-1]
        if title[0].isdigit():
            raise RefusedError(f'Unable to run job: denied: "{title}" is not a valid object name')
        array = given.get("-t", [""])[-1]
        first, last = 1, 1
        if array:
            first, last = map(int, array.split("-"))
            if first < 1:
                raise RefusedError(
                    "Unable to run job: job rejected: 0 is an invalid task id\nExiting."
                )
        if "v" in words:
            return "verification: found suitable queue(s)"
        number = fake.new()
        for task in range(first, last + 1):
            log = given["-o"][-1].replace("$TASK_ID", str(task) if array else "undefined")
            index = str(task) if array else "undefined"
            more = {"JOB_ID": str(number), "SGE_TASK_ID": index, "RESTARTED": "0"}
            fake.start(number, task, script, Path(log), more)
        return f"{number}.{array}:1" if array else str(number)
    if name == "qdel":
        wanted = words[words.index("-t") + 1] if "-t" in words else None
        for place in fake.tasks(int(words[0])):
            if wanted in (None, place.name):
                fake.end(place)
        return ""
    if name == "qacct":
        text = ""
        for place in fake.tasks(int(words[-1])):
            if (place / "status").exists():
                status = (place / "status").read_text().strip()
                deleted = status == "deleted"
                text += "=" * 62 + f"\ntaskid       {place.name}\n"
                text += f"failed       {'100 : assumedly after job' if deleted else '0'}\n"
                text += f"deleted_by   {'me@head' if deleted else 'NONE'}\n"
                text += f"exit_status  {137 if deleted else status}\n"
        if not text:
            raise RefusedError("error: job id not found")
        return text
    rows = ""
    for job in fake.folder.glob("job-*"):
        for place in fake.tasks(int(job.name[4:])):
            if not (place / "status").exists():
                rows += f"<job_list><JB_job_number>{job.name[4:]}</JB_job_number><state>r</state>"
                rows += f"<tasks>{place.name}</tasks></job_list>"
    return f"<job_info><queue_info>{rows}</queue_info><job_info></job_info></job_info>"


def lsf(fake: Fake, name: str, words: list[str]) -> str:
    if name == "bsub":
        script = sys.stdin.read()
        given = dict(re.findall(r"^#BSUB (-\w+) (.*)$", script, re.MULTILINE))
        if not script.strip():
            raise RefusedError("Empty job. Job not submitted.")
        if given.get("-q", "long") not in QUEUES:
            raise RefusedError(f"{given['-q']}: No such queue. Job not submitted.")
        if not re.fullmatch(r"\d+(:\d+)?", given.get("-W", "x")):
            raise RefusedError(f"{given.get('-W')}: Illegal run limit. Job not submitted.")
        number = fake.new()
        fake.start(number, 0, script, Path(given["-o"]), {"LSB_JOBID": str(number)})
        return f"Job <{number}> is submitted to queue <{given.get('-q', 'long')}>."
    places = [fake.tasks(int(word))[0] for word in words if word.isdigit()]
    if name == "bkill":
        for place in places:
            fake.end(place)
        return "\n".join(f"Job <{place.parent.name[4:]}> is being terminated" for place in places)
    return "\n".join(
        f"{place.parent.name[4:]} {'RUN' if not (place / 'status').exists() else _lsf(place)}"
        for place in places
    )


def _lsf(place: Path) -> str:
    return "DONE" if (place / "status").read_text().strip() == "0" else "EXIT"


def htcondor(fake: Fake, name: str, words: list[str]) -> str:
    if name == "condor_submit":
        text = Path(words[-1]).read_text()
        given = dict(re.findall(r"^(\S+)\s*= *(.*)$", text, re.MULTILINE))
        if not re.search(r"^queue", text, re.MULTILINE):
            raise RefusedError("ERROR: no queue command")
        if not Path(given["executable"]).is_file():
            raise RefusedError(f"ERROR: Executable file {given['executable']} does not exist")
        if given.get("request_cpus", "1") == "0":
            raise RefusedError("ERROR: Invalid request_cpus")
        (script,) = (path for path in given["transfer_input_files"].split(",") if path)
        number = fake.new()
        more = dict(re.findall(r"(\w+)='([^']*)'", given["environment"]))
        more = {
            key: value.replace("$(Cluster)", str(number)).replace("$(Process)", "0")
            for key, value in more.items()
        }
        fake.start(number, 0, Path(script).read_text(), Path(given["output"]), more)
        return f"Submitting job(s).\n1 job(s) submitted to cluster {number}."
    numbers = [word for word in words if re.fullmatch(r"\d+\.0", word)]
    places = [fake.tasks(int(word.partition(".")[0]))[0] for word in numbers]
    if name == "condor_rm":
        for place in places:
            fake.end(place)
        return ""
    return "\n".join(
        f"{word} {4 if (place / 'status').exists() else 2}"
        for word, place in zip(numbers, places, strict=True)
    )


if __name__ == "__main__":
    FAMILY, FOLDER, NAME, *WORDS = sys.argv[1:]
    try:
        print(globals()[FAMILY](Fake(FAMILY, Path(FOLDER)), NAME, WORDS))
    except RefusedError as refusal:
        print(refusal, file=sys.stderr)
        sys.exit(1)
