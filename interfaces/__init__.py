"""Interface stability of battery materials: pure functions on frozen values.

From phase energies to reaction-energy curves, electrochemical windows, voltage maps, coatings,
interface cells and their dynamics, without files or network (those are in :mod:`workflows`). The
names below are public; ``import interfaces`` itself loads none of their modules.

>>> from interfaces import PhaseSet, mixing_curve, reactant
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from interfaces.aimd.frames import Trajectory as Trajectory
    from interfaces.aimd.trajectory_analysis import Analysis as Analysis
    from interfaces.aimd.trajectory_analysis import analyse as analyse
    from interfaces.chemistry.formulas import Formula as Formula
    from interfaces.chemistry.reactions import Reaction as Reaction
    from interfaces.coatings.ranking import CoatingRanking as CoatingRanking
    from interfaces.coatings.ranking import coating_ranking as coating_ranking
    from interfaces.errors import InputError as InputError
    from interfaces.errors import InterfaceError as InterfaceError
    from interfaces.errors import NoOwnEntryError as NoOwnEntryError
    from interfaces.figures import charging_figure as charging_figure
    from interfaces.figures import coatings_figure as coatings_figure
    from interfaces.figures import curve_figure as curve_figure
    from interfaces.figures import map_figure as map_figure
    from interfaces.figures import uptake_figure as uptake_figure
    from interfaces.figures import window_figure as window_figure
    from interfaces.phases.gibbs import at_temperature as at_temperature
    from interfaces.phases.intercalation import Intercalation as Intercalation
    from interfaces.phases.intercalation import same_host as same_host
    from interfaces.phases.molecules import PlacedMolecule as PlacedMolecule
    from interfaces.phases.molecules import place_molecule as place_molecule
    from interfaces.phases.phase_set import Decomposition as Decomposition
    from interfaces.phases.phase_set import PhaseSet as PhaseSet
    from interfaces.phases.reactants import Reactant as Reactant
    from interfaces.phases.reactants import reactant as reactant
    from interfaces.phases.reference_electrodes import ReferenceElectrode as ReferenceElectrode
    from interfaces.phases.reference_electrodes import reference_electrode as reference_electrode
    from interfaces.phases.reservoirs import OpenElement as OpenElement
    from interfaces.phases.reservoirs import at_potential as at_potential
    from interfaces.phases.reservoirs import at_voltage as at_voltage
    from interfaces.phases.reservoirs import gas as gas
    from interfaces.reactivity.charging import Charging as Charging
    from interfaces.reactivity.charging import charging as charging
    from interfaces.reactivity.composite import Composite as Composite
    from interfaces.reactivity.composite import composite as composite
    from interfaces.reactivity.conventions import to_pymatgen as to_pymatgen
    from interfaces.reactivity.conventions import to_pymatgen_open as to_pymatgen_open
    from interfaces.reactivity.conventions import to_reaction_network as to_reaction_network
    from interfaces.reactivity.mixing_curve import Kink as Kink
    from interfaces.reactivity.mixing_curve import MixingCurve as MixingCurve
    from interfaces.reactivity.mixing_curve import mixing_curve as mixing_curve
    from interfaces.reactivity.uptake import UptakeCurve as UptakeCurve
    from interfaces.reactivity.uptake import uptake_curve as uptake_curve
    from interfaces.reactivity.voltage_map import VoltageMap as VoltageMap
    from interfaces.reactivity.voltage_map import voltage_map as voltage_map
    from interfaces.stability.electrochemical_window import Window as Window
    from interfaces.stability.electrochemical_window import (
        electrochemical_window as electrochemical_window,
    )
    from interfaces.stability.sensitivity import Sensitivity as Sensitivity
    from interfaces.stability.sensitivity import window_sensitivity as window_sensitivity
    from interfaces.structures.interface import InterfaceCell as InterfaceCell
    from interfaces.structures.interface import interface_cell as interface_cell

PUBLIC = {  # module -> its public names; the imports above are the same, for type checkers
    "phases.phase_set": ("PhaseSet", "Decomposition"),
    "chemistry.formulas": ("Formula",),
    "chemistry.reactions": ("Reaction",),
    "phases.reactants": ("reactant", "Reactant"),
    "phases.gibbs": ("at_temperature",),
    "phases.molecules": ("place_molecule", "PlacedMolecule"),
    "phases.reservoirs": ("at_voltage", "at_potential", "gas", "OpenElement"),
    "phases.reference_electrodes": ("reference_electrode", "ReferenceElectrode"),
    "phases.intercalation": ("same_host", "Intercalation"),
    "reactivity.mixing_curve": ("mixing_curve", "MixingCurve", "Kink"),
    "reactivity.uptake": ("uptake_curve", "UptakeCurve"),
    "reactivity.composite": ("composite", "Composite"),
    "reactivity.voltage_map": ("voltage_map", "VoltageMap"),
    "reactivity.charging": ("charging", "Charging"),
    "reactivity.conventions": ("to_pymatgen", "to_pymatgen_open", "to_reaction_network"),
    "stability.electrochemical_window": ("electrochemical_window", "Window"),
    "stability.sensitivity": ("window_sensitivity", "Sensitivity"),
    "coatings.ranking": ("coating_ranking", "CoatingRanking"),
    "structures.interface": ("interface_cell", "InterfaceCell"),
    "aimd.frames": ("Trajectory",),
    "aimd.trajectory_analysis": ("analyse", "Analysis"),
    "figures": (
        "curve_figure", "uptake_figure", "window_figure", "map_figure", "charging_figure",
        "coatings_figure",
    ),
    "errors": ("InterfaceError", "InputError", "NoOwnEntryError"),
}  # fmt: skip


def lazy_names(
    package: str, modules: Mapping[str, Sequence[str]]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Make ``__getattr__`` and ``__dir__`` of a package that imports its names on first use.

    Parameters
    ----------
    package : its ``__name__``.
    modules : module, relative to the package -> names in it that are public.

    Returns
    -------
    tuple
        ``__getattr__`` and ``__dir__``, to be assigned in the package's ``__init__``.

    Examples
    --------
    >>> get, listed = lazy_names("interfaces", {"chemistry.formulas": ("Formula",)})
    >>> listed()
    ['Formula']
    >>> str(get("Formula").parse("LiCoO2"))
    'LiCoO2'
    """
    module_of = {name: module for module, names in modules.items() for name in names}

    def get(name: str) -> Any:
        if name not in module_of:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(f"{package}.{module_of[name]}"), name)
        setattr(sys.modules[package], name, value)  # so that it is looked up once
        return value

    return get, lambda: sorted(module_of)


__getattr__, __dir__ = lazy_names(__name__, PUBLIC)
