"""Programs that tests need and no package of Python's brings, by apt-get where there is root."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Collection

PATH = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"))  #: daemons' too
PATIENCE = 300  #: seconds of one apt-get


class NotInstalledError(Exception):
    """It cannot be had here, with the reason."""


def install(packages: Collection[str], commands: Collection[str]) -> None:
    """Have commands on the path, by packages if need be.

    Raises
    ------
    NotInstalledError
        If there is no root, no apt-get, or it fails.
    """
    said = ""
    what = " ".join(packages)
    fetch = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (fetch, ["apt-get", "update", "-qq"], fetch):  # the lists may be old or missing
        if all(shutil.which(item, path=PATH) for item in commands):
            return
        if os.geteuid() != 0 or shutil.which("apt-get") is None:
            raise NotInstalledError(f"no {what} here, and no apt-get with root to install it")
        try:
            done = subprocess.run(
                command, env=environment, capture_output=True, text=True, timeout=PATIENCE
            )
        except subprocess.TimeoutExpired:
            raise NotInstalledError(f"{' '.join(command[:2])} takes over {PATIENCE} s") from None
        said = " ".join((done.stderr or done.stdout).split()[-20:])
    if not all(shutil.which(entry, path=PATH) for entry in commands):
        raise NotInstalledError(f"apt-get could not install {what}: {said}")
