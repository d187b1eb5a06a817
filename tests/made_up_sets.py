"""Made-up chemistries whose energies are round per formula unit, so that a hand can add them."""

from __future__ import annotations

import pytest

from interfaces.chemistry.formulas import Formula
from interfaces.phases.phase_set import PhaseSet

THIO = {"Li": 0, "P": 0, "S": 0, "Li2S": -4.5, "Li3P": -4.2, "P2S5": -4.2, "Li3PS4": -9.6}
# Li3PS4 + 8 Li -> 4 Li2S + Li3P  -12.6 eV    P -> Li3P at 4.2 / 3 = 1.4 V
# Li3PS4 + 5 Li -> 4 Li2S + P      - 8.4 eV    8.4 / 5 = 1.68 V
# 2 Li3PS4 -> P2S5 + 3 S + 6 Li    +15.0 eV    15 / 6 = 2.5 V


def made_up(energies):
    """A phase set of formation energies in eV per formula unit."""
    rows = [(f, f, energy / float(Formula.parse(f).n_atoms)) for f, energy in energies.items()]
    return PhaseSet.from_rows(rows, scheme="made up", source="by hand")


@pytest.fixture(scope="session")
def thio():
    return made_up(THIO)
