"""Which step of a VASP run each of its frames is, and whether frames, steps and NSW agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from interfaces.errors import InputError

DYNAMICS = 0  #: IBRION of molecular dynamics
PREDICTION_ONLY = 2  #: ML_ISTART of a force field that no longer learns


@dataclass(frozen=True)
class StepSettings:
    """The tags of a VASP run that set its time axis.

    ``nsw``, ``potim`` [fs]: None where the file does not state them.
    """

    ibrion: int | None = None
    nsw: int | None = None
    potim: float | None = None
    nblock: int = 1
    machine_learned: bool = False
    predicts_only: bool = False
    ml_outblock: int = 1

    @classmethod
    def from_tags(cls, tags: Mapping[str, str]) -> StepSettings:
        """Take the tags as INCAR, vasprun.xml and OUTCAR spell them.

        Raises
        ------
        ValueError
            If a tag is not a number where it has to be one.
        """

        def number(tag: str) -> float | None:
            return float(tags[tag]) if tag in tags else None

        def whole(tag: str, default: int) -> int:
            value = number(tag)
            return default if value is None else int(value)

        learned = tags.get("ML_LMLFF", "F").strip().strip(".").upper().startswith("T")
        mode = tags.get("ML_MODE", "").strip().strip("'\"").lower()
        nsw, ibrion = number("NSW"), number("IBRION")
        return cls(
            ibrion=None if ibrion is None else int(ibrion),
            nsw=None if nsw is None else int(nsw),
            potim=number("POTIM"),
            nblock=max(1, whole("NBLOCK", 1)),
            machine_learned=learned,
            predicts_only=learned and (mode == "run" or whole("ML_ISTART", 0) == PREDICTION_ONLY),
            ml_outblock=max(1, whole("ML_OUTBLOCK", 1)),
        )

    @property
    def outblock(self) -> int:
        """Steps between two outputs of a force field; VASP obeys ML_OUTBLOCK in prediction only."""
        return self.ml_outblock if self.predicts_only else 1

    @property
    def block(self) -> int:
        """Steps between two frames of an XDATCAR: VASP raises NBLOCK to ML_OUTBLOCK."""
        return max(self.nblock, self.outblock)


def check_dynamics(path: Path, settings: StepSettings) -> None:
    """Refuse a run whose steps are not those of time.

    Raises
    ------
    InputError
        If IBRION is not 0.
    """
    if settings.ibrion is not None and settings.ibrion != DYNAMICS:
        raise InputError(
            f"{path}: no molecular dynamics (IBRION = {settings.ibrion}); give a run with "
            "IBRION = 0"
        )


def numbered_steps(path: Path, numbers: Sequence[int], settings: StepSettings) -> list[float]:
    """Steps of frames that their file numbers, from 1 or from the first step written.

    Some programs number the frames that they write, others give the step of each frame: where the
    numbers rise by one and ``settings.block`` is larger, they count frames.

    Raises
    ------
    InputError
        If the numbers cannot be those of a run with these settings.
    """
    block = settings.block
    counts_frames = block > 1 and any(number % block for number in numbers)
    if counts_frames and any(b - a != 1 for a, b in zip(numbers, numbers[1:], strict=False)):
        raise InputError(
            f"{path}: configurations {numbers[0]}, {numbers[1]} ... do not fit the INCAR, which "
            f"writes every {block}. step ({_block_words(settings)}); give the INCAR of this run"
        )
    steps = [float(number * block if counts_frames else number) for number in numbers]
    if settings.nsw and steps[-1] > settings.nsw:
        raise InputError(
            f"{path}: its last frame is step {steps[-1]:g} ({_block_words(settings)}), but "
            f"NSW = {settings.nsw}; give the INCAR of this run"
        )
    return steps


def counted_steps(
    path: Path, frames: int, settings: StepSettings, block: int, *, complete: bool
) -> list[float]:
    """Steps of frames without numbers: every step, or every ``block``-th.

    VASP before 6.4.3 writes every step to vasprun.xml whatever ML_OUTBLOCK is; the number of frames
    shows which of the two a file holds.

    Parameters
    ----------
    complete
        Whether the run ended by itself: then a machine-learned run has as many frames as NSW says.

    Raises
    ------
    InputError
        If the number of frames fits neither.
    """
    nsw = settings.nsw
    if not nsw:
        return [float(block * k) for k in range(1, frames + 1)]
    fits = {spacing: nsw // spacing for spacing in (1, block)}
    for spacing, expected in fits.items():
        # the first step may be written beside the multiples of the block
        if frames == expected or (spacing > 1 and frames == expected + 1):
            return [float(spacing * k) for k in range(1, frames + 1)]
    longest = max(fits.values())
    if frames > longest or (complete and settings.machine_learned):
        raise InputError(
            f"{path}: {frames} frames, but NSW = {nsw} ({_block_words(settings)}); the steps of "
            "the frames are unknown. Give the XDATCAR with its INCAR"
        )
    if block > 1 and frames <= fits[block]:
        return [float(block * k) for k in range(1, frames + 1)]
    return [float(k) for k in range(1, frames + 1)]


def _block_words(settings: StepSettings) -> str:
    if not settings.machine_learned:
        return f"NBLOCK = {settings.nblock}"
    return f"ML_LMLFF, NBLOCK = {settings.nblock}, ML_OUTBLOCK = {settings.ml_outblock}"
