"""Complete analysis of one trajectory."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interfaces.aimd.bonds import RESIDENCE, BondHistory, Scope, bond_history
from interfaces.aimd.cutoffs import Cutoff, cutoffs_for
from interfaces.aimd.diffusion import (
    BLOCKS,
    SHORTEST,
    Diffusion,
    diffusion,
    paths_without_drift,
)
from interfaces.aimd.drift import Drift, drift
from interfaces.aimd.frames import Trajectory, widths
from interfaces.aimd.rdf import (
    REACH,
    Coordination,
    Rdf,
    coordination,
    radial_distributions,
    windows,
)
from interfaces.aimd.species import NON_METALS, SpeciesHistory, species_history
from interfaces.serialisable import Serialisable

Array = NDArray[np.float64]

TEMPERATURE_TOLERANCE = 0.05  #: of the requested temperature; a thermostat keeps its mean nearer
SHARE = 0.1  #: of the run that is "before" at its beginning, and "after" at its end
LIGANDS = ("O", "S", "Cl")


@dataclass(frozen=True, eq=False)
class Analysis(Serialisable):
    """Bonds, coordination, radial distributions, diffusion and drift of a trajectory.

    Build one with :func:`analyse`.
    """

    trajectory: Trajectory
    bonds: BondHistory
    species: SpeciesHistory
    coordinations: tuple[Coordination, ...]
    before: tuple[Rdf, ...]
    after: tuple[Rdf, ...]
    diffusions: tuple[Diffusion, ...]
    temperature: Drift | None
    energy: Drift | None  #: potential energy [eV/atom]
    share: float
    notes: tuple[str, ...] = ()

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """All bonds; with sides known, those between and within them too."""
        return ("all",) if self.bonds.between is None else ("all", "between", "within")

    def bond_changes(self) -> tuple[tuple[str, int, int, int], ...]:
        """Of every pair followed: new, lost and present at the end (medians of the last window).

        Returns
        -------
        tuple[tuple[str, int, int, int], ...]
            (pair, new, lost, present) of every pair.
        """
        _, late = windows(len(self.trajectory), self.share)
        counted = (self.bonds.new, self.bonds.lost, self.bonds.present)
        return tuple(
            (name, *(_typical(count(name)[late]) for count in counted))  # type: ignore[misc]
            for name in self.bonds.names
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values: the summary, units in the keys.

        Returns
        -------
        dict[str, Any]
            JSON-serialisable values; the keys name the units.
        """
        run = self.trajectory
        early, late = windows(len(run), self.share)
        bonds = {}
        for name in self.bonds.names:
            made = [event.change for event in self.bonds.events if event.pair == name]
            bonds[name] = {
                "present_before": _typical(self.bonds.present(name)[early]),
                "present_after": _typical(self.bonds.present(name)[late]),
                **{
                    f"{what}_after" + ("" if scope == "all" else f"_{scope}_sides"): _typical(
                        getattr(self.bonds, what)(name, scope)[late]
                    )
                    for scope in self.scopes
                    for what in ("new", "lost")
                },
                "made_events": made.count(1),
                "broken_events": made.count(-1),
            }
        return {
            "frames": len(run),
            "atoms": {name: run.species.count(name) for name in run.elements},
            "sides": {side: run.sides.count(side) for side in sorted(set(run.sides))},
            "duration_fs": run.duration,
            "time_step_fs": run.time_step,
            "window_share_of_run": self.share,
            "cutoffs": [cutoff.to_dict() for cutoff in self.bonds.cutoffs],
            "residence_fs": self.bonds.residence,
            "bonds": bonds,
            "species_before": self.species.at(float(run.times[0])),
            "species_after": self.species.at(float(run.times[-1])),
            "coordination": {coordination.name: _coordination(coordination, early, late)
                             for coordination in self.coordinations},
            "diffusion": {result.element: _diffusion(result) for result in self.diffusions},
            "temperature": self.temperature.to_dict("K") if self.temperature else None,
            "potential_energy": self.energy.to_dict("eV_per_atom") if self.energy else None,
            "notes": list(self.notes),
        }  # fmt: skip


def analyse(
    trajectory: Trajectory,
    cutoffs: Sequence[Cutoff] = (),
    *,
    residence: float = RESIDENCE,
    share: float = SHARE,
    reach: float = REACH,
) -> Analysis:
    """Follow bonds, groups, neighbours, radial distributions, displacements and drifts.

    Parameters
    ----------
    trajectory : frames with their cells and times.
    cutoffs : that replace or join those of :data:`interfaces.aimd.cutoffs.CUTOFFS`.
    residence : time that a bond, or its absence, has to last [fs].
    share : of the run that is "before" at its beginning, and "after" at its end; 0 to 0.5.
    reach : of the radial distributions [angstrom].

    Returns
    -------
    Analysis
        Bonds, groups, neighbours, radial distributions, diffusion and drift.

    Raises
    ------
    InputError
        If an option is out of range.
    """
    windows(1, share)  # refuses a share before anything is computed
    notes = []
    followed = cutoffs_for(trajectory.elements, cutoffs)
    longest = max((cutoff.broken for cutoff in followed), default=0.0)
    narrow = float(widths(trajectory.reduced()[1]).min())
    if 2 * longest > narrow:
        noted = f"the cell is {narrow:.1f} A wide, less than twice the longest cut-off "
        notes.append(f"{noted}({longest:g} A): a pair bonded through several images counts once")
    bonds = bond_history(trajectory, followed, residence)
    metals = [e for e in trajectory.elements if e not in NON_METALS]
    coordinations = tuple(
        coordination(trajectory, *cutoff.pair, cutoff.middle, share)
        for cutoff in followed
        if cutoff.pair[0] in metals and cutoff.pair[1] in LIGANDS
    )
    pairs = [cutoff.pair for cutoff in followed]
    if "Li" in trajectory.elements:
        pairs += [("Li", e) for e in LIGANDS if e in trajectory.elements]
    early, late = windows(len(trajectory), share)
    before = radial_distributions(trajectory, pairs, early, reach=reach) if pairs else ()
    after = radial_distributions(trajectory, pairs, late, reach=reach) if pairs else ()
    diffusions, diffusion_notes = _diffusions(trajectory)
    notes += diffusion_notes
    atoms = len(trajectory.species)
    return Analysis(
        trajectory=trajectory,
        bonds=bonds,
        species=species_history(bonds),
        coordinations=coordinations,
        before=before,
        after=after,
        diffusions=diffusions,
        temperature=_drift(trajectory.times, trajectory.temperatures),
        energy=_drift(trajectory.times, trajectory.energies, atoms),
        share=share,
        notes=tuple(notes),
    )


def deviations(
    analysis: Analysis, *, duration: float | None = None, temperature: float | None = None
) -> tuple[str, ...]:
    """Describe how a run differs from the one that was requested.

    Parameters
    ----------
    analysis : of the run.
    duration : requested length [fs]; not compared if None.
    temperature : requested temperature [K]; compared with the mean after the first ``share`` of
        the run, and not if None.

    Returns
    -------
    tuple[str, ...]
        One sentence per difference: a length other than requested, a mean temperature more than
        5 % away.
    """
    run, sentences = analysis.trajectory, []
    if duration is not None and not math.isclose(run.duration, duration, rel_tol=1e-6):
        sentences.append(
            f"the run is not the one requested: {run.duration:g} fs of {duration:g} fs; continue "
            "it, or correct steps, segments and time_step"
        )
    early, _ = windows(len(run), analysis.share)
    late = slice(early.stop, None)
    settled = None if run.temperatures is None else _drift(run.times[late], run.temperatures[late])
    if temperature and settled and abs(settled.mean / temperature - 1) > TEMPERATURE_TOLERANCE:
        sentences.append(
            f"the run is not the one requested: its mean temperature is {settled.mean:.0f} K "
            f"instead of {temperature:g} K; look at the thermostat and the time step"
        )
    return tuple(sentences)


def _drift(times: Array, values: Array | None, atoms: int = 1) -> Drift | None:
    """Drift of a quantity per atom over the frames that have it; None with fewer than two."""
    known = np.zeros(len(times), dtype=bool) if values is None else np.isfinite(values)
    if values is None or known.sum() < 2:
        return None
    return drift(times[known], values[known] / atoms)


def _diffusions(trajectory: Trajectory) -> tuple[tuple[Diffusion, ...], list[str]]:
    """Diffusion of every element, Li first, with notes where it is absent or unreliable."""
    step, least = trajectory.time_step, BLOCKS * SHORTEST
    if len(trajectory) < least:
        return (), [f"no diffusivity: {len(trajectory)} frames; {BLOCKS} blocks need {least}"]
    if step is None:
        return (), ["no diffusivity: frames are unevenly spaced; give segments of one time step"]
    paths, ambiguous = paths_without_drift(trajectory)
    notes = []
    if ambiguous:
        notes.append(
            f"{ambiguous} steps are a third of the cell's width or longer: displacements are a "
            "guess; give frames that lie closer"
        )
    elements = sorted(trajectory.elements, key=lambda e: (e != "Li", e))
    diffusions = tuple(diffusion(paths[:, trajectory.atoms_of(e)], step, e) for e in elements)
    for result in diffusions:
        if result.element == "Li" and not result.diffusive:
            notes.append(
                f"this run shows no diffusion of Li: its MSD grows as t^{result.exponent:.2f} and "
                f"reaches {result.reached:.2g} A2 within the {result.fitted[1]:g} fs that are "
                "fitted; D is no more than an upper bound, whatever its error"
            )
    return diffusions, notes


def _typical(values: NDArray[np.int64]) -> int:
    """The lower median: an integer that occurs in the data."""
    return int(np.sort(values)[(len(values) - 1) // 2])


def _coordination(coordination: Coordination, early: slice, late: slice) -> dict[str, Any]:
    sides = (("before", early, coordination.before, coordination.length_before),
             ("after", late, coordination.after, coordination.length_after))  # fmt: skip
    summary: dict[str, Any] = {"cutoff_angstrom": coordination.cutoff}
    for word, window, shares, length in sides:
        summary[f"mean_{word}"] = float(coordination.mean[window].mean())
        summary[f"share_by_number_{word}"] = {
            str(k): float(share) for k, share in enumerate(shares) if share
        }
        summary[f"length_mean_and_deviation_{word}_angstrom"] = list(length) if length else None
    return summary


def _diffusion(diffusion: Diffusion) -> dict[str, Any]:
    low, high = diffusion.interval()
    return {
        "diffusivity_cm2_per_s": diffusion.diffusivity,
        "standard_error_cm2_per_s": diffusion.error,
        "interval_95_cm2_per_s": [low, high],
        "blocks": diffusion.blocks,
        "fitted_fs": list(diffusion.fitted),
        "exponent": diffusion.exponent,
        "msd_at_last_fitted_lag_angstrom2": diffusion.reached,
        "diffusive": diffusion.diffusive,
        "msd_last_angstrom2": float(diffusion.msd[-1]),
    }
