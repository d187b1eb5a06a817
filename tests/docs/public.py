"""Public names of docs/python.md, from the modules: ``python -m tests.docs.public`` prints them."""

from __future__ import annotations

import importlib
import inspect
import re
from typing import Any

#: Heading -> module -> names that a user may rely on.
PUBLIC: dict[str, dict[str, tuple[str, ...]]] = {
    "Phases and reactants": {
        "workflows.data.phase_sets": ("read_phases", "bundled_sets"),
        "interfaces.phases.phase_set": ("PhaseSet", "Decomposition"),
        "interfaces.chemistry.formulas": ("Formula",),
        "interfaces.phases.reactants": ("reactant", "Reactant"),
        "interfaces.phases.gibbs": ("at_temperature",),
        "interfaces.chemistry.reactions": ("Reaction",),
        "workflows.data.own_dft": ("read_own", "from_store", "join", "show"),
    },
    "Curves": {
        "interfaces.reactivity.mixing_curve": ("mixing_curve", "MixingCurve", "Kink"),
        "interfaces.reactivity.uptake": ("uptake_curve", "UptakeCurve"),
        "interfaces.reactivity.conventions": (
            "to_pymatgen",
            "to_pymatgen_open",
            "to_reaction_network",
        ),
    },
    "Open to an element": {
        "interfaces.phases.reservoirs": ("at_voltage", "at_potential", "gas", "OpenElement"),
        "interfaces.phases.reference_electrodes": ("reference_electrode", "ReferenceElectrode"),
        "interfaces.stability.electrochemical_window": ("electrochemical_window", "Window"),
        "interfaces.stability.sensitivity": ("window_sensitivity", "Sensitivity"),
        "interfaces.phases.intercalation": ("same_host", "Intercalation"),
        "interfaces.reactivity.voltage_map": ("voltage_map", "VoltageMap"),
        "interfaces.reactivity.charging": ("charging", "Charging"),
    },
    "Molecules, cells, dynamics": {
        "interfaces.phases.molecules": ("place_molecule", "PlacedMolecule"),
        "interfaces.structures.interface": ("interface_cell", "InterfaceCell"),
        "interfaces.aimd.trajectory_analysis": ("analyse", "Analysis"),
        "workflows.trajectories.read_trajectory": ("read_trajectory",),
        "workflows.trajectories.band_centres": ("read_band_centres",),
    },
    "Runs, records, figures": {
        "workflows.runs.cathode_series": ("run_job",),
        "workflows.runs.calculated_series": ("run_calculated",),
        "workflows.flows.cathode_curves": ("CurvesMaker", "RelaxMaker", "VaspMaker"),
        "workflows.runs.query": ("query",),
        "workflows.runs.record": ("replay", "read_record"),
        "interfaces.figures": (
            "curve_figure", "uptake_figure", "window_figure", "map_figure", "charging_figure",
        ),
    },
    "Errors": {"interfaces.errors": ("InterfaceError", "InputError", "NoOwnEntryError")},
}  # fmt: skip


def call(value: Any) -> str:
    """Parameters of a function in parentheses; nothing for a class (see its docstring)."""
    if inspect.isclass(value):
        return ""
    names = ", ".join(
        f"{'*' * (p.kind is p.VAR_POSITIONAL) or '**' * (p.kind is p.VAR_KEYWORD)}{p.name}"
        for p in inspect.signature(value).parameters.values()
    )
    return f"({names})"


def summary(value: Any) -> str:
    """First sentence of the docstring, in Markdown."""
    text = inspect.cleandoc(value.__doc__).split("\n\n")[0]
    text = re.sub(r":[a-z]+:`", "`", text).replace("``", "`")
    return " ".join(text.split())


def listing() -> str:
    """The lists of the page."""
    parts = []
    for heading, modules in PUBLIC.items():
        items = [f"### {heading}", ""]
        for module, names in modules.items():
            loaded = importlib.import_module(module)
            for name in names:
                value = getattr(loaded, name)
                items.append(f"- `{module}.{name}{call(value)}`: {summary(value)}")
        parts.append("\n".join(items))
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    print(listing(), end="")
