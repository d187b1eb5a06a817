"""Analysis of MD trajectories of interfaces: bonds, molecular species, coordination, diffusion.

Files are read by :mod:`workflows.trajectories.read_trajectory`.
"""

from interfaces.aimd.bonds import BondEvent, BondHistory, bond_history
from interfaces.aimd.cutoffs import CUTOFFS, Cutoff, cutoffs_for, read_cutoffs
from interfaces.aimd.diffusion import Diffusion, diffusion, mean_square_displacement
from interfaces.aimd.drift import Drift, drift
from interfaces.aimd.frames import Trajectory
from interfaces.aimd.predicted import BondKind, compare_bonds
from interfaces.aimd.rdf import Coordination, Rdf, coordination, radial_distributions
from interfaces.aimd.recognition import why_no_dynamics
from interfaces.aimd.species import SpeciesHistory, species_history
from interfaces.aimd.trajectory_analysis import Analysis, analyse, deviations

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
    "deviations",
    "diffusion",
    "drift",
    "mean_square_displacement",
    "radial_distributions",
    "read_cutoffs",
    "species_history",
    "why_no_dynamics",
]
