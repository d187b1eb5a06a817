"""What a trajectory of an interface says: bonds, groups, neighbours, displacements, drift.

Arrays in, frozen values out; reading files is :mod:`workflows.trajectories.read`.
"""

from interfaces.trajectories.analysis import Analysis, analyse
from interfaces.trajectories.bonds import BondEvent, BondHistory, bond_history
from interfaces.trajectories.coordination import Coordination, coordination
from interfaces.trajectories.cutoffs import CUTOFFS, Cutoff, cutoffs_for, read_cutoffs
from interfaces.trajectories.diffusion import Diffusion, diffusion, mean_square_displacement
from interfaces.trajectories.drift import Drift, drift
from interfaces.trajectories.frames import Trajectory
from interfaces.trajectories.predicted import BondKind, compare_bonds
from interfaces.trajectories.rdf import Rdf, radial_distributions
from interfaces.trajectories.recognition import why_no_dynamics
from interfaces.trajectories.species import SpeciesHistory, species_history

__all__ = [
    "CUTOFFS",
    "Analysis",
    "BondEvent",
    "BondHistory",
    "BondKind",
    "Coordination",
    "Cutoff",
    "Diffusion",
    "Drift",
    "Rdf",
    "SpeciesHistory",
    "Trajectory",
    "analyse",
    "bond_history",
    "compare_bonds",
    "coordination",
    "cutoffs_for",
    "diffusion",
    "drift",
    "mean_square_displacement",
    "radial_distributions",
    "read_cutoffs",
    "species_history",
    "why_no_dynamics",
]
