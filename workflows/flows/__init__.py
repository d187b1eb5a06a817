"""Makers of flows, and the local manager that runs a flow so that it can be resumed.

The Makers are imported from here; ``import workflows.flows`` itself loads none of their modules.
"""

from typing import TYPE_CHECKING

from interfaces import lazy_names

if TYPE_CHECKING:
    from workflows.flows.analyses_maker import AnalysesMaker as AnalysesMaker
    from workflows.flows.analysis_makers import ChargingMaker as ChargingMaker
    from workflows.flows.analysis_makers import CoatingRankingMaker as CoatingRankingMaker
    from workflows.flows.analysis_makers import CompositeMaker as CompositeMaker
    from workflows.flows.analysis_makers import ReactionCurveMaker as ReactionCurveMaker
    from workflows.flows.analysis_makers import VoltageMapMaker as VoltageMapMaker
    from workflows.flows.analysis_makers import WindowMaker as WindowMaker
    from workflows.flows.delithiation import DelithiationMaker as DelithiationMaker
    from workflows.flows.interface_cell import InterfaceCellMaker as InterfaceCellMaker
    from workflows.flows.interface_md import InterfaceMDMaker as InterfaceMDMaker
    from workflows.flows.interface_stability import (
        InterfaceStabilityMaker as InterfaceStabilityMaker,
    )
    from workflows.flows.phase_set_maker import PhaseSetMaker as PhaseSetMaker
    from workflows.flows.relaxation import RelaxMaker as RelaxMaker
    from workflows.flows.screen_maker import ScreenMaker as ScreenMaker
    from workflows.flows.vasp_inputs import VaspInputMaker as VaspInputMaker

MAKERS = {  # module -> its Makers; the imports above are the same, for type checkers
    "analyses_maker": ("AnalysesMaker",),
    "analysis_makers": (
        "ReactionCurveMaker", "WindowMaker", "VoltageMapMaker", "ChargingMaker",
        "CoatingRankingMaker", "CompositeMaker",
    ),
    "delithiation": ("DelithiationMaker",),
    "interface_cell": ("InterfaceCellMaker",),
    "interface_md": ("InterfaceMDMaker",),
    "interface_stability": ("InterfaceStabilityMaker",),
    "phase_set_maker": ("PhaseSetMaker",),
    "relaxation": ("RelaxMaker",),
    "screen_maker": ("ScreenMaker",),
    "vasp_inputs": ("VaspInputMaker",),
}  # fmt: skip

__getattr__, __dir__ = lazy_names(__name__, MAKERS)
