"""Figures of results. The only package that imports matplotlib; global styles are left unchanged.

Every function takes one result and returns a :class:`matplotlib.figure.Figure`, drawn from the
result's own numbers: corners and steps lie where they were computed, nothing is smoothed.
"""

from interfaces.figures.plot_bands import band_figure
from interfaces.figures.plot_coatings import coatings_figure
from interfaces.figures.plot_comparisons import (
    matrix_figure,
    pairs_figure,
    temperatures_figure,
    windows_figure,
)
from interfaces.figures.plot_composite import composite_figure
from interfaces.figures.plot_curves import curve_figure
from interfaces.figures.plot_energy_models import models_figure
from interfaces.figures.plot_maps import charging_figure, map_figure
from interfaces.figures.plot_products import products_figure, stages_figure
from interfaces.figures.plot_ranked_coatings import ranked_coatings_figure
from interfaces.figures.plot_ranking import ranking_figure
from interfaces.figures.plot_series import overlay_figure, panels_figure
from interfaces.figures.plot_ternary import ternary_figure
from interfaces.figures.plot_uptake import uptake_figure
from interfaces.figures.plot_windows import window_figure
from interfaces.figures.style import subscripted

__all__ = [
    "band_figure",
    "charging_figure",
    "coatings_figure",
    "composite_figure",
    "curve_figure",
    "map_figure",
    "matrix_figure",
    "models_figure",
    "overlay_figure",
    "pairs_figure",
    "panels_figure",
    "products_figure",
    "ranked_coatings_figure",
    "ranking_figure",
    "stages_figure",
    "subscripted",
    "temperatures_figure",
    "ternary_figure",
    "uptake_figure",
    "window_figure",
    "windows_figure",
]
