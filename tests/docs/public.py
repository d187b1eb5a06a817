"""Public names of docs/python.md, from the modules: ``python -m tests.docs.public`` prints them."""

from __future__ import annotations

import importlib
import inspect
import re
from typing import Any

#: Heading -> module -> names that a user may rely on.
PUBLIC: dict[str, dict[str, tuple[str, ...]]] = {
    "Phases and reactants": {
        "workflows.entries": ("read_phases", "bundled_sets"),
        "interfaces.phases": ("PhaseSet", "Decomposition"),
        "interfaces.formulas": ("Formula",),
        "interfaces.reactants": ("reactant", "Reactant"),
        "interfaces.temperature": ("at_temperature",),
        "interfaces.reactions": ("Reaction",),
        "workflows.own": ("read_own", "from_store", "join", "show"),
    },
    "Curves": {
        "interfaces.mixing": ("mixing_curve", "MixingCurve", "Kink"),
        "interfaces.uptake": ("uptake_curve", "UptakeCurve"),
        "interfaces.conventions": ("to_pymatgen", "to_pymatgen_open", "to_reaction_network"),
    },
    "Open to an element": {
        "interfaces.reservoir": ("at_voltage", "at_potential", "gas", "OpenElement"),
        "interfaces.electrodes": ("reference_electrode", "ReferenceElectrode"),
        "interfaces.window": ("electrochemical_window", "Window"),
        "interfaces.sensitivity": ("window_sensitivity", "Sensitivity"),
        "interfaces.intercalation": ("same_host", "Intercalation"),
        "interfaces.voltage_map": ("voltage_map", "VoltageMap"),
        "interfaces.charging": ("charging", "Charging"),
    },
    "Molecules, cells, dynamics": {
        "interfaces.molecules": ("place_molecule", "PlacedMolecule"),
        "interfaces.cells.build": ("interface_cell", "InterfaceCell"),
        "interfaces.trajectories.analysis": ("analyse", "Analysis"),
        "workflows.trajectories.read": ("read_trajectory",),
        "workflows.trajectories.band_centres": ("read_band_centres",),
    },
    "Runs, records, figures": {
        "workflows.campaign": ("run_job",),
        "workflows.cathode.run": ("run_calculated",),
        "workflows.cathode.flows": ("CurvesMaker", "RelaxMaker", "VaspMaker"),
        "workflows.query": ("query",),
        "workflows.replay": ("replay", "read_record"),
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
