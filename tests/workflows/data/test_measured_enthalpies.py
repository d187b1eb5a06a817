"""The table of measured enthalpies: every number is that of its source."""

from __future__ import annotations

import csv
from collections import Counter
from operator import itemgetter

import pytest

from interfaces.chemistry.formulas import Formula
from workflows.data.measured_enthalpies import SOURCES, measured_species
from workflows.io.resources import inputs


def test_every_value_is_that_of_its_table() -> None:
    pytest.importorskip("chemicals")
    from workflows.datasets.measured_species import rows

    with (inputs() / "measured" / "species.csv").open(encoding="utf-8") as file:
        stored = list(csv.DictReader(file))
    made = [{key: str(value) for key, value in row.items()} for row in rows()]
    order = itemgetter("cas", "phase")
    assert sorted(stored, key=order) == sorted(made, key=order)


def test_every_substance_has_a_source_and_at_most_one_standard_phase() -> None:
    species = measured_species()
    assert len(species) >= 100
    assert {phase.source for substance in species for phase in substance.phases} <= set(SOURCES)
    assert all(sum(phase.standard for phase in item.phases) <= 1 for item in species)
    compositions = Counter(entry.formula.reduced.text for entry in species)
    assert max(compositions.values()) == 1
    assert all(len(member.formula.elements) > 1 for member in species)


@pytest.mark.parametrize(
    ("formula", "enthalpy"),  # kJ/mol, of NIST-JANAF
    [("CO2", -393.52), ("H2O", -285.83), ("SO2", -296.84), ("NH3", -45.90), ("Li2CO3", -1216.04),
     ("Li2SO4", -1436.49), ("LiOH", -484.93), ("HF", -272.55), ("LiClO4", -380.99)],
)  # fmt: skip
def test_values_agree_with_janaf(formula: str, enthalpy: float) -> None:
    (item,) = (s for s in measured_species() if s.formula.same_composition(Formula.parse(formula)))
    phase = item.at(0.0)
    assert phase is not None
    assert phase.enthalpy == pytest.approx(enthalpy, abs=3.0)
