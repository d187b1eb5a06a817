"""Constants that more than one room needs."""

from __future__ import annotations

KJ_PER_MOL = 96.48533212331002  #: kJ/mol per eV (CODATA 2018: e N_A / 1000)
