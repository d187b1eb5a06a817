"""Band centres of densities of states made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from interfaces.aimd.band_centre import band_centre, centre_of_band
from interfaces.errors import InputError

GRID = np.linspace(-30.0, 6.0, 3601)


def gauss(centre, width=0.5, area=1.0, grid=GRID):
    return area * np.exp(-0.5 * ((grid - centre) / width) ** 2) / (width * np.sqrt(2 * np.pi))


def test_centre_of_a_gaussian_and_of_two():
    assert centre_of_band(GRID, gauss(-3.3), -9, 0) == pytest.approx(-3.3, abs=1e-6)
    both = gauss(-5.0, area=3.0) + gauss(-1.0, width=0.2)
    assert centre_of_band(GRID, both, -9, 0) == pytest.approx(-4.0, abs=1e-6)


def test_a_window_that_cuts_between_points_is_exact():
    """A flat band of density 2 from -4 to 0, on a coarse grid: the window -2.5 ... -1.3."""
    grid = np.arange(-6.0, 3.0)
    flat = np.where((grid >= -4) & (grid <= 0), 2.0, 0.0)
    assert centre_of_band(grid, flat, -2.5, -1.3) == pytest.approx(-1.9)
    # a rising line g = E + 6: int E (E + 6) / int (E + 6) over -5 ... -2
    line = grid + 6
    top = lambda e: e**3 / 3 + 3 * e**2  # noqa: E731
    bottom = lambda e: e**2 / 2 + 6 * e  # noqa: E731
    assert centre_of_band(grid, line, -5, -2) == pytest.approx(
        (top(-2) - top(-5)) / (bottom(-2) - bottom(-5))
    )


def test_spins_are_added():
    up, down = gauss(-2.0), gauss(-4.0, area=3.0)
    assert centre_of_band(GRID, [up, down], -9, 3) == pytest.approx(-3.5, abs=1e-6)


def test_levels_windows_and_states():
    """All energies of the run lie 1.7 eV higher: only the centre itself moves."""
    for shift in (0.0, 1.7):
        p = 2 * 3 * gauss(-3.0 + shift, grid=GRID)  # 3 electrons on each of two sites
        s = 2 * gauss(-17.5 + shift)
        result = band_centre(GRID, {"p": p, "s": s}, edge=-1.0 + shift, fermi=0.25 + shift, sites=2)
        assert result.centre == pytest.approx(-3.0 + shift, abs=2e-4)  # the edge cuts 3e-5 of it
        assert result.against_edge == pytest.approx(-2.0, abs=2e-4)
        assert result.against_fermi == pytest.approx(-3.25, abs=2e-4)
        assert result.against_deep == pytest.approx(14.5, abs=2e-4)
        assert result.electrons == pytest.approx(3.0, abs=1e-3)
        assert result.notes == ()


def test_two_calculations_differ_by_what_they_are_counted_from():
    """A centre 2.75 eV lower against the deep level, 0.75 against an edge that is lower itself."""
    item = band_centre(GRID, {"p": gauss(-3.0), "s": gauss(-18.0)}, edge=0.0, fermi=0.0)
    two = band_centre(GRID, {"p": gauss(-5.75), "s": gauss(-18.0)}, edge=-2.0, fermi=-1.0)
    assert two.against_deep - item.against_deep == pytest.approx(-2.75, abs=1e-4)
    assert two.against_edge - item.against_edge == pytest.approx(-0.75, abs=1e-4)
    assert two.against_fermi - item.against_fermi == pytest.approx(-1.75, abs=1e-4)


def test_empty_states_count_only_if_asked_for():
    p = gauss(-3.0) + gauss(2.0)
    occupied = band_centre(GRID, {"p": p}, edge=0.0, fermi=0.0)
    whole = band_centre(GRID, {"p": p}, edge=0.0, fermi=0.0, window=(-9.0, 5.0))
    assert occupied.centre == pytest.approx(-3.0, abs=1e-4)
    assert whole.centre == pytest.approx(-0.5, abs=1e-4)


def test_what_is_missing_or_cut_is_told():
    centre = band_centre(GRID, {"p": gauss(-9.0, width=1.0)}, edge=0.0, fermi=0.0)
    assert centre.against_deep is None
    assert any("cuts a band" in note for note in centre.notes)
    assert any("no s states" in note for note in centre.notes)
    short = GRID[GRID > -11.0]
    centre = band_centre(
        short, {"p": gauss(-3, grid=short), "s": gauss(-10, grid=short)}, edge=0.0, fermi=0.0
    )
    assert centre.deep is None


def test_mistakes():
    with pytest.raises(InputError, match="no p density"):
        band_centre(GRID, {"d": gauss(-3)}, edge=0, fermi=0)
    with pytest.raises(InputError, match="no states between"):
        centre_of_band(GRID, np.zeros_like(GRID), -9, 0)
    with pytest.raises(InputError, match="EMIN"):
        centre_of_band(GRID, gauss(-3), -40, 0)
    with pytest.raises(InputError, match="have to rise"):
        centre_of_band(GRID[::-1], gauss(-3), -9, 0)
