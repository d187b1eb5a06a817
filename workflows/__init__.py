"""Workflows on interface stability: data sources, job files, calculators, flows, command line.

The names below are public; ``import workflows`` itself loads none of their modules.

>>> from workflows import compute_curve, read_phases
"""

from typing import TYPE_CHECKING

from interfaces import lazy_names

if TYPE_CHECKING:
    from workflows.analyses.coatings.coating_analysis import rank_coatings as rank_coatings
    from workflows.analyses.conditions import Conditions as Conditions
    from workflows.analyses.curve import compute_curve as compute_curve
    from workflows.analyses.maps import compute_charging as compute_charging
    from workflows.analyses.maps import compute_map as compute_map
    from workflows.analyses.setup import PhaseOptions as PhaseOptions
    from workflows.analyses.window import compute_window as compute_window
    from workflows.data.materials_project.fetch import fetch as fetch
    from workflows.data.own_dft.entry import show as show
    from workflows.data.own_dft.join import join as join
    from workflows.data.own_dft.read_own import from_store as from_store
    from workflows.data.own_dft.read_own import read_own as read_own
    from workflows.data.phase_sets import bundled_sets as bundled_sets
    from workflows.data.phase_sets import read_phases as read_phases
    from workflows.flows.band_centre_maker import BandCentreMaker as BandCentreMaker
    from workflows.flows.band_centre_maker import GPAWStaticMaker as GPAWStaticMaker
    from workflows.runs.query import query as query
    from workflows.runs.record import read_record as read_record
    from workflows.runs.record import replay as replay
    from workflows.runs.run_file import run as run
    from workflows.trajectories.band_centres import centre_difference as centre_difference
    from workflows.trajectories.band_centres import read_band_centres as read_band_centres
    from workflows.trajectories.read_trajectory import read_trajectory as read_trajectory

PUBLIC = {  # module -> its public names; the imports above are the same, for type checkers
    "analyses.curve": ("compute_curve",),
    "analyses.window": ("compute_window",),
    "analyses.maps": ("compute_map", "compute_charging"),
    "analyses.coatings.coating_analysis": ("rank_coatings",),
    "analyses.setup": ("PhaseOptions",),
    "analyses.conditions": ("Conditions",),
    "data.phase_sets": ("read_phases", "bundled_sets"),
    "data.own_dft.read_own": ("read_own", "from_store"),
    "data.own_dft.join": ("join",),
    "data.own_dft.entry": ("show",),
    "data.materials_project.fetch": ("fetch",),
    "trajectories.read_trajectory": ("read_trajectory",),
    "trajectories.band_centres": ("read_band_centres", "centre_difference"),
    "runs.run_file": ("run",),
    "runs.query": ("query",),
    "runs.record": ("replay", "read_record"),
    "flows.band_centre_maker": ("BandCentreMaker", "GPAWStaticMaker"),
}

__getattr__, __dir__ = lazy_names(__name__, PUBLIC)
