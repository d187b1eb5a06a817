"""Which step of a VASP run each of its frames is; whether frames, steps and NSW agree."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from interfaces.errors import InputError
from workflows.data.vasp_runs.run_settings import RunSettings

OBEYS_OUTBLOCK = (6, 4, 3)  #: first VASP whose vasprun.xml leaves out the steps between outputs


def numbered_steps(path: Path, numbers: Sequence[int], settings: RunSettings) -> list[float]:
    """Steps of the frames of an XDATCAR from the numbers of its configurations.

    Some programs write the number of the step, others count the frames. They count frames where the
    numbers rise by one although the settings have a frame only every so many steps.

    Raises
    ------
    InputError
        If the numbers cannot be those of a run with these settings.
    """
    block, rises = settings.output_interval, [b - a for a, b in pairwise(numbers)]
    # the first step may be written beside the multiples of the block
    gives_steps = not any(rise % block for rise in (rises[1:] if len(rises) > 1 else rises))
    gives_steps = gives_steps and (bool(rises) or not numbers[0] % block)
    if not gives_steps and any(rise != 1 for rise in rises):
        raise InputError(
            f"{path}: configurations {numbers[0]}, {numbers[1]} ... are no multiples of {block} "
            f"steps apart ({_blocks(settings)}); give the INCAR of this run"
        )
    steps = [float(number if gives_steps else number * block) for number in numbers]
    if settings.steps and steps[-1] > settings.steps:
        raise InputError(
            f"{path}: its last frame is step {steps[-1]:g} ({_blocks(settings)}), but NSW = "
            f"{settings.steps}; give the INCAR of this run"
        )
    return steps


def counted_steps(
    path: Path,
    frames: int,
    settings: RunSettings,
    interval: int,
    *,
    learned: bool = False,
    complete: bool = False,
) -> list[float]:
    """Steps of frames without numbers: every step, or every ``interval``-th.

    Parameters
    ----------
    interval
        Steps between two frames, if this version of VASP leaves out those between.
    learned
        Whether machine-learned steps are among the frames.
    complete
        Whether the file ends as VASP ends it.

    Raises
    ------
    InputError
        If the number of frames does not agree with NSW.
    """
    nsw = settings.steps
    expected = interval if _obeys_outblock(settings) else 1
    for spacing in dict.fromkeys((expected, 1, interval)):
        # the first step may be written beside the multiples of the interval
        if nsw and frames in {nsw // spacing, nsw // spacing + (spacing > 1)}:
            return [float(spacing * k) for k in range(1, frames + 1)]
    consecutive = interval == 1 and (learned or not settings.machine_learned)
    if nsw and (frames > nsw // expected or (complete and not consecutive)):
        raise InputError(
            f"{path}: {frames} frames and NSW = {nsw} ({_blocks(settings)}) do not agree, so that "
            "the times of the frames are unknown; give the XDATCAR beside its INCAR"
        )
    return [float(expected * k) for k in range(1, frames + 1)]


def _obeys_outblock(settings: RunSettings) -> bool:
    version = re.match(r"(\d+)\.(\d+)(?:\.(\d+))?", settings.vasp_version)
    return version is None or tuple(int(part or 0) for part in version.groups()) >= OBEYS_OUTBLOCK


def _blocks(settings: RunSettings) -> str:
    words = [f"NBLOCK = {settings.number('NBLOCK', 1):g}"]
    if settings.machine_learned:
        words += [f"ML_LMLFF = T, ML_OUTBLOCK = {settings.number('ML_OUTBLOCK', 1):g}"]
    return ", ".join(words)
