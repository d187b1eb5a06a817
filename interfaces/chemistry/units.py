"""Physical constants and conversion factors."""

from __future__ import annotations

KJ_PER_MOL = 96.48533212331002  #: kJ/mol per eV (CODATA 2018: e N_A / 1000)
BOLTZMANN = 8.617333262145179e-05  #: eV/K (CODATA 2018: k / e)
AMPERE_HOURS_PER_MOL = 26.801481145363894  #: Ah per mole of electrons (CODATA 2018: e N_A / 3600)
ICE_POINT = 273.15  #: K


def both_scales(kelvin: float) -> str:
    """A temperature in kelvin and Celsius: 700 for 973 is a common slip.

    Parameters
    ----------
    kelvin : temperature [K].

    Returns
    -------
    str
        Both, Celsius to a degree.

    Examples
    --------
    >>> both_scales(973.15), both_scales(700)
    ('973.15 K (700 C)', '700 K (427 C)')
    """
    return f"{kelvin:g} K ({kelvin - ICE_POINT:.0f} C)"
