"""Public names of docs/python.md, from the modules: ``python -m tests.docs.public`` prints them."""

from __future__ import annotations

import importlib
import inspect

#: Heading -> package -> its public names in the order of the page.
PUBLIC: dict[str, dict[str, tuple[str, ...]]] = {
    "Phases and reactants": {
        "workflows": ("read_phases", "bundled_sets", "fetch"),
        "interfaces": (
            "PhaseSet", "Decomposition", "Formula", "reactant", "Reactant", "at_temperature",
            "Reaction", "place_molecule", "PlacedMolecule",
        ),
    },
    "Own DFT": {"workflows": ("read_own", "from_store", "join", "show")},
    "Analyses by name": {
        "workflows": (
            "compute_curve", "compute_window", "compute_map", "compute_charging", "rank_coatings",
            "PhaseOptions", "Conditions",
        ),
    },
    "Reactions": {
        "interfaces": (
            "mixing_curve", "MixingCurve", "Kink", "uptake_curve", "UptakeCurve", "composite",
            "Composite", "to_pymatgen", "to_pymatgen_open", "to_reaction_network",
        ),
    },
    "Open to an element": {
        "interfaces": (
            "at_voltage", "at_potential", "gas", "OpenElement", "reference_electrode",
            "ReferenceElectrode", "electrochemical_window", "Window", "window_sensitivity",
            "Sensitivity", "same_host", "Intercalation", "voltage_map", "VoltageMap", "charging",
            "Charging",
        ),
    },
    "Coatings, cells, dynamics": {
        "interfaces": (
            "coating_ranking", "CoatingRanking", "interface_cell", "InterfaceCell", "Trajectory",
            "analyse", "Analysis",
        ),
        "workflows": ("read_trajectory", "read_band_centres", "centre_difference"),
    },
    "Runs, records, flows, figures": {
        "workflows": (
            "run", "query", "replay", "read_record", "BandCentreMaker", "GPAWStaticMaker",
        ),
        "interfaces": (
            "curve_figure", "uptake_figure", "window_figure", "map_figure", "charging_figure",
            "coatings_figure",
        ),
    },
    "Errors": {"interfaces": ("InterfaceError", "InputError", "NoOwnEntryError")},
}  # fmt: skip


def listing() -> str:
    """The lists of the page."""
    parts = []
    for heading, packages in PUBLIC.items():
        items = [f"### {heading}", ""]
        for package, names in packages.items():
            module = importlib.import_module(package)
            assert all(inspect.cleandoc(getattr(module, name).__doc__) for name in names)
            items.append(f"- `{package}`: {', '.join(f'`{name}`' for name in names)}")
        parts.append("\n".join(items))
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    print(listing(), end="")
