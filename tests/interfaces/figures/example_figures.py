"""One figure of each kind from made-up chemistry, and what an image of it is compared with.

    python -m tests.interfaces.figures.example_figures   # draws the baselines again

Run from the repository's root. The images depend on matplotlib and the FreeType it was built with,
so ``structure.json`` says which made them; words and places are kept there too.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib import ft2font, rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Text

from interfaces.aimd import Trajectory, analyse
from interfaces.figures import (
    charging_figure,
    composite_figure,
    curve_figure,
    map_figure,
    models_figure,
    overlay_figure,
    pairs_figure,
    panels_figure,
    ternary_figure,
    uptake_figure,
    window_figure,
    windows_figure,
)
from interfaces.figures.plot_profiles import profile_figure
from interfaces.figures.plot_screens import screen_figure
from interfaces.figures.plot_trajectories import trajectory_figure
from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.reactants import reactant
from interfaces.phases.reference_electrodes import ReferenceElectrode
from interfaces.phases.reservoirs import at_voltage
from interfaces.reactivity.charging import charging
from interfaces.reactivity.composite import composite
from interfaces.reactivity.mixing_curve import mixing_curve
from interfaces.reactivity.uptake import uptake_curve
from interfaces.reactivity.voltage_map import voltage_map
from interfaces.stability.electrochemical_window import electrochemical_window
from tests.conftest import TOY
from workflows.io.results import DRAWING, mark_figure

BASELINE = Path(__file__).parent / "baseline"
STRUCTURE = BASELINE / "structure.json"
DPI = 50
NOTE = "energies made up for a test: mean error 24 meV/atom against nothing at all"

OXIDES = PhaseSet.from_rows(TOY, scheme="made up", source="toy")
SULFIDES = PhaseSet.from_rows(
    [("a", "Li", 0.0), ("b", "S", 0.0), ("c", "P", 0.0), ("d", "Li2S", -1.5), ("e", "Li3P", -1.0),
     ("f", "P2S5", -0.3), ("g", "Li3PS4", -1.05), ("h", "Li2PS3", -0.7)],
    scheme="made up",
)  # fmt: skip
CONTENTS = [round(1 - 0.1 * step, 1) for step in range(11)]


def series(uncertainty=0.02, below=0.0):
    """Curves of a made-up cathode LixTiO2 at the eleven published contents."""
    partner = reactant(OXIDES, "Li2O2", uncertainty=uncertainty)
    curves = {}
    for x in CONTENTS:
        formula = "TiO2" if x == 0 else f"Li{x:g}TiO2".replace("Li1T", "LiT")
        energy = OXIDES.hull_energy(formula) + 0.15 + 0.35 * (1 - x) - below
        curves[x] = mixing_curve(OXIDES, reactant(OXIDES, formula, energy), partner)
    return curves


def curve():
    return curve_figure(series()[0.5])


def curve_open():
    pair = reactant(OXIDES, "LiTiO2", uncertainty=0.01), reactant(OXIDES, "Li2O")
    return curve_figure(mixing_curve(OXIDES, *pair, open_elements=[at_voltage("Li", 3.5)]))


def panels():
    return panels_figure(series(), "Li2O2", NOTE)


def minima():
    return overlay_figure({"Li2O2": series(), "other": series(0.0, 0.1)}, NOTE)


def models():
    return models_figure({"hull": series(0.0, 0.1), "calculated": series()}, "Li2O2", NOTE)


def window():
    couple = ReferenceElectrode("In|LiIn", "Li", 0.5, 0.62, "somewhere")
    compound = reactant(SULFIDES, "Li3PS4", -1.0)
    return window_figure(electrochemical_window(SULFIDES, compound, electrode=couple))


def window_intercalation():
    return window_figure(electrochemical_window(OXIDES, reactant(OXIDES, "TiO2")))


def map_():
    result = voltage_map(OXIDES, reactant(OXIDES, "Li2O"), reactant(OXIDES, "TiO2"), 1.0, 4.0)
    return map_figure(result)


def charging_():
    states = {
        x: reactant(OXIDES, f"Li{x}TiO2" if x else "TiO2", energy)
        for x, energy in {1.0: -2.5, 0.5: -2.8, 0.0: -3.0}.items()
    }
    result = charging(OXIDES, states, reactant(OXIDES, "Li2O2"), 0.0, 4.0)
    return charging_figure(result, np.linspace(0.5, 3.5, 13), "mutual")


def uptake():
    return uptake_figure(uptake_curve(OXIDES, reactant(OXIDES, "TiO2"), at_voltage("Li", 1.0)))


def composite_():
    materials = [reactant(OXIDES, formula) for formula in ("Li2O", "TiO2", "Ti")]
    return composite_figure(composite(OXIDES, materials, [50, 40, 10]))


def pairs():
    curves = series()
    return pairs_figure([curves[1.0], curves[0.5], curves[0.0]])


def windows():
    compounds = [reactant(SULFIDES, name) for name in ("Li2S", "Li3PS4", "P2S5")]
    return windows_figure([electrochemical_window(SULFIDES, each) for each in compounds])


def ternary():
    pair = reactant(SULFIDES, "Li3PS4"), reactant(SULFIDES, "Li")
    return ternary_figure(SULFIDES, mixing_curve(SULFIDES, *pair))


def profile():
    return profile_figure(((1.0, 0.5, 3.4), (0.5, 0.2, 3.9), (0.2, 0.0, 4.3)), "LiCoO2", NOTE)


def trajectory():
    time = np.arange(120)
    places = np.repeat(
        np.array([[0, 0, 0], [2.05, 0, 0], [10, 10, 10], [12, 10, 10]], dtype=float)[None], 120, 0
    )
    places[70:, 1] = [5, 0, 0]
    places += 0.02 * np.sin(time[:, None, None] * np.arange(1, 13).reshape(1, 4, 3))
    run = Trajectory.of(["P", "S", "Co", "O"], places, np.eye(3) * 20, 10.0 * time)
    return trajectory_figure(analyse(run), "made by hand")


def screen():
    names = ["Li3PO4", "LiCoO2", "LiNbO3", "Li2ZrO3", "LiAlO2"]
    energies = -0.07 * np.arange(10).reshape(5, 2) ** 1.2
    energies[3, 1] = np.nan
    groups = {"phosphates": [0], "other oxides": [1, 2, 3, 4]}
    return screen_figure(names, ["LPSCl", "LLZO"], energies, groups, "made up")


def cell():
    from interfaces.figures.plot_cells import cell_figure
    from workflows.structures.interface_cells import prepare_cell, read_named

    return cell_figure(prepare_cell(read_named("CoO_LPSCl")).cell)


def mocked():
    figure = overlay_figure({"Li2O2": series()}, NOTE)
    mark_figure(figure, "MOCK")
    return figure


MADE: dict[str, Callable[[], Figure]] = {
    "curve": curve, "curve_open": curve_open, "panels": panels, "minima": minima, "models": models,
    "window": window, "window_intercalation": window_intercalation, "map": map_,
    "charging": charging_, "composite": composite_, "uptake": uptake, "profile": profile,
    "pairs": pairs, "windows": windows, "ternary": ternary,
    "trajectory": trajectory, "screen": screen, "cell": cell, "mocked": mocked,
}  # fmt: skip


def drawn_with() -> dict[str, str]:
    """What decides about single pixels."""
    return {"matplotlib": matplotlib.__version__, "freetype": ft2font.__freetype_version__}


def png(figure: Figure) -> bytes:
    stream = io.BytesIO()
    with rc_context(DRAWING):
        figure.savefig(stream, format="png", dpi=DPI, metadata={"Software": None})
    return stream.getvalue()


def structure(figure: Figure) -> dict[str, list]:
    """Words with their places, panels with their limits, and lines with their colours."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    every = [ax for artist in figure.axes for ax in (artist, *artist.child_axes)]
    ticks = {t for ax in every for t in (*ax.get_xticklabels(), *ax.get_yticklabels())}
    width, height = figure.bbox.size
    texts, lines = [], []
    for label in figure.findobj(Text):
        if label not in ticks and label.get_visible() and label.get_text().strip():
            box = label.get_window_extent(canvas.get_renderer())
            x, y = (box.x0 + box.x1) / 2 / width, (box.y0 + box.y1) / 2 / height
            texts.append([label.get_text(), round(x, 3), round(y, 3), to_hex(label.get_color())])
    for ax in every:
        for line in ax.lines:
            lines.append(
                [line.get_gid() or "", to_hex(line.get_color()), line.get_linestyle(),
                 len(line.get_xdata())]
            )  # fmt: skip
    axes = [
        [*(round(float(v), 3) for v in (*ax.get_position().bounds, *ax.get_xlim(), *ax.get_ylim()))]
        for ax in every
    ]
    return {"texts": sorted(texts), "axes": axes, "lines": lines}


def main() -> None:
    BASELINE.mkdir(exist_ok=True)
    kept = {"drawn_with": drawn_with(), "figures": {}}
    for name, make in MADE.items():
        figure = make()
        kept["figures"][name] = structure(figure)  # before the picture, as the tests do
        (BASELINE / f"{name}.png").write_bytes(png(figure))
    STRUCTURE.write_text(json.dumps(kept, indent=None, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
