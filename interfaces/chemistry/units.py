"""Physical constants and conversion factors."""

from __future__ import annotations

KJ_PER_MOL = 96.48533212331002  #: kJ/mol per eV (CODATA 2018: e N_A / 1000)
BOLTZMANN = 8.617333262145179e-05  #: eV/K (CODATA 2018: k / e)
AMPERE_HOURS_PER_MOL = 26.801481145363894  #: Ah per mole of electrons (CODATA 2018: e N_A / 3600)
