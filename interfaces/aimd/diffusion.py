r"""Mean square displacement and self-diffusion, with a standard error from blocks of the run.

.. math:: \mathrm{MSD}(\tau) = \langle |r(t + \tau) - r(t)|^2 \rangle_{t, \mathrm{atoms}},
          \qquad D = \frac{1}{6} \frac{d\,\mathrm{MSD}}{d\tau}

averaged over every origin t by Fourier transform (doi 10.1051/sfn/201112010). The run is cut into
blocks; the slope is fitted in each over the same lags, D is the mean and its error that of the
mean. What one block does not sample (a rare hop) no error bar of it contains.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interfaces.aimd.frames import Trajectory
from interfaces.errors import InputError
from interfaces.serialisable import Serialisable

Array = NDArray[np.float64]

CM2_PER_S = 0.1  #: cm^2/s in one angstrom^2/fs
BLOCKS = 5
LAGS = (0.1, 0.5)  #: of a block: from beyond the ballistic start to where origins grow few
DIFFUSIVE = 0.25  #: MSD ~ tau^a counts as diffusive for |a - 1| below this
SHORTEST = 10  #: frames of a block
HOP = 2.0  #: [angstrom] less than a hop of Li, more than it vibrates


@dataclass(frozen=True, eq=False)
class Diffusion(Serialisable):
    """Mean square displacement of one element and what diffusivity follows from it.

    ``msd`` [angstrom^2] and its three Cartesian ``components`` at ``lags`` [fs], shapes (L,) and
    (L, 3). ``diffusivity`` and ``error`` (one standard deviation) [cm^2/s]; ``exponent`` a of
    MSD ~ tau^a over ``fitted`` [fs]: 1 where atoms diffuse, 0 where they only vibrate, 2 in flight;
    ``reached`` the MSD at the last lag fitted [angstrom^2].
    """

    element: str
    atoms: int
    lags: Array
    msd: Array
    components: Array
    diffusivity: float
    error: float
    blocks: int
    fitted: tuple[float, float]
    exponent: float
    reached: float

    @property
    def diffusive(self) -> bool:
        """Whether the MSD grows as time does, D beyond its error, and atoms got as far as a hop.

        In the first tenths of a picosecond the way from flight to vibration looks like diffusion,
        with a small error; only the distance shows this.
        """
        straight = abs(self.exponent - 1) < DIFFUSIVE
        return straight and self.diffusivity > 2 * self.error and self.reached > HOP**2

    def interval(self, confidence: float = 0.95) -> tuple[float, float]:
        """Range of D [cm^2/s] at a confidence, by Student's t of the blocks.

        Parameters
        ----------
        confidence : probability, e.g. 0.95.

        Returns
        -------
        tuple[float, float]
            Lower and upper limit [cm^2/s].
        """
        from scipy.stats import t

        reach = float(t.ppf((1 + confidence) / 2, self.blocks - 1)) * self.error
        return self.diffusivity - reach, self.diffusivity + reach


def mean_square_displacement(paths: Array, lags: int) -> Array:
    """MSD over all origins and atoms [angstrom^2], by Cartesian component.

    Parameters
    ----------
    paths : unwrapped positions [angstrom], shape (F, N, 3), evenly spaced.
    lags : how many, from lag 0; F at most.

    Returns
    -------
    Array, shape (lags, 3)

    Examples
    --------
    >>> paths = np.zeros((4, 1, 3))
    >>> paths[:, 0, 0] = [0, 1, 2, 3]
    >>> mean_square_displacement(paths, 3)[:, 0].round(9).tolist()
    [0.0, 1.0, 4.0]
    """
    frames, atoms, _ = paths.shape
    total = np.zeros((lags, 3))
    origins = frames - np.arange(lags)
    size = 1 << (2 * frames - 1).bit_length()
    for atom in range(atoms):
        moved = np.ascontiguousarray((paths[:, atom] - paths[:, atom].mean(axis=0)).T)
        spectrum = np.fft.rfft(moved, size)
        products = np.fft.irfft(spectrum.real**2 + spectrum.imag**2, size)[:, :lags]
        squares = np.concatenate([np.zeros((3, 1)), (moved**2).cumsum(axis=1)], axis=1)
        # sum over origins of r(t)^2 + r(t + lag)^2
        ends = squares[:, frames - np.arange(lags)] + squares[:, -1:] - squares[:, :lags]
        total += ((ends - 2 * products) / origins).T
    total[0] = 0.0
    return np.asarray(total / atoms)


def paths_without_drift(trajectory: Trajectory) -> tuple[Array, int]:
    """Unwrapped paths [angstrom] about the centre of mass; and how many steps are ambiguous.

    Parameters
    ----------
    trajectory : frames with their cells and times.

    Returns
    -------
    tuple[Array, int]
        Paths [angstrom], shape (F, N, 3), and the number of ambiguous steps.
    """
    from interfaces.chemistry.formulas import Formula

    paths, ambiguous = trajectory.unwrapped()
    masses = np.array([Formula.parse(name).molar_mass for name in trajectory.species])
    centre = np.einsum("fak,a->fk", paths, masses / masses.sum())
    # A drift of the whole cell is an artefact of the thermostat and would add to every MSD.
    return paths - (centre - centre[0])[:, None], ambiguous


def diffusion(
    paths: Array,
    step: float,
    element: str = "Li",
    *,
    blocks: int = BLOCKS,
    fit: tuple[float, float] = LAGS,
) -> Diffusion:
    """Diffusivity of atoms from their unwrapped paths.

    Parameters
    ----------
    paths : [angstrom], shape (F, N, 3), evenly spaced.
    step : time between frames [fs].
    blocks : pieces of the run, 2 or more, of 10 frames or more.
    fit : first and last lag of the fit, as shares of a block.

    Returns
    -------
    Diffusion
        Mean square displacement and diffusivity with its standard error.

    Raises
    ------
    InputError
        If the run is too short for the blocks, or the range of lags is empty.

    Examples
    --------
    >>> steps = np.random.default_rng(1).normal(size=(20000, 20, 3))  # <x^2> = 1 A^2 in 1 fs
    >>> result = diffusion(steps.cumsum(axis=0), 1.0)
    >>> abs(result.diffusivity - 0.05) < 3 * result.error  # 1/2 A^2/fs = 0.05 cm^2/s
    True
    """
    frames, atoms, _ = paths.shape
    length = frames // blocks if blocks > 1 else 0
    if length < SHORTEST or not atoms:
        raise InputError(
            f"diffusion of {atoms} {element} atoms over {frames} frames in {blocks} blocks; give "
            f"2 blocks or more, of {SHORTEST} frames or more"
        )
    low, high = max(1, round(fit[0] * length)), min(length - 1, round(fit[1] * length))
    if high <= low:
        raise InputError(f"no lags between {fit[0]:g} and {fit[1]:g} of a block of {length} frames")
    lags = np.arange(low, high + 1) * step
    slopes, logs = [], []
    for k in range(blocks):
        part = paths[k * length : (k + 1) * length]
        msd = mean_square_displacement(part, high + 1)[low:].sum(axis=1)
        slopes.append(_slope(lags, msd))
        logs.append(msd)
    values = np.array(slopes) / 6.0 * CM2_PER_S
    mean: Array = np.array(logs).mean(axis=0)
    whole = mean_square_displacement(paths, max(2, frames // 2))
    return Diffusion(
        element=element,
        atoms=atoms,
        lags=np.arange(len(whole), dtype=float) * step,
        msd=np.asarray(whole.sum(axis=1), dtype=float),
        components=whole,
        diffusivity=float(values.mean()),
        error=float(values.std(ddof=1) / np.sqrt(blocks)),
        blocks=blocks,
        fitted=(float(lags[0]), float(lags[-1])),
        exponent=_slope(np.log(lags), np.log(mean)) if (mean > 0).all() else 0.0,
        reached=float(mean[-1]),
    )


def _slope(x: Array, y: Array) -> float:
    centred = x - x.mean()
    return float((centred @ y) / (centred @ centred))
