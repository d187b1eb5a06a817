"""Measured enthalpies in place of computed ones, with numbers worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from interfaces.chemistry.charges import groups_in, overbound
from interfaces.chemistry.formulas import Formula
from interfaces.errors import NoOwnEntryError, PhaseSetError, TemperatureError
from interfaces.phases.gibbs import at_temperature
from interfaces.phases.measured import (
    UNSTATED,
    GroupFit,
    MeasuredPhase,
    Species,
    fit_groups,
    with_measured,
)
from interfaces.phases.phase_errors import ANY, ClassError, PhaseErrors, draw_errors
from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.reactants import reactant
from interfaces.stability.electrochemical_window import electrochemical_window

EV = 96.48533212331  # kJ/mol
ELEMENTS = [("Li", "Li", 0.0), ("C", "C", 0.0), ("O", "O2", 0.0), ("Co", "Co", 0.0)]


def species(formula: str, *phases: MeasuredPhase) -> Species:
    return Species(formula=Formula.parse(formula), name=formula, phases=phases)


def solid(enthalpy: float, **more: float) -> MeasuredPhase:
    return MeasuredPhase(
        phase="solid", standard=True, enthalpy=enthalpy, uncertainty=None, source="CRC", **more
    )


def gas(enthalpy: float, **more: float) -> MeasuredPhase:
    return replace(solid(enthalpy, **more), phase="gas")


#: CRC Handbook: formation enthalpy [kJ/mol], entropy and heat capacity [J/mol/K].
LI2CO3 = species("Li2CO3", solid(-1215.9, entropy=90.4, heat_capacity=99.1))
CO2 = species("CO2", gas(-393.5, entropy=213.8, heat_capacity=37.1))


def oxidation(phases: PhaseSet) -> float | None:
    """Oxidation limit of Li2CO3 [V against Li]."""
    return electrochemical_window(phases, reactant(phases, "Li2CO3")).oxidation


def made_up(carbonate: float = -2.24, dioxide: float = -1.75) -> PhaseSet:
    rows = [
        *ELEMENTS,
        ("carbonate", "Li2CO3", carbonate, 9.7),
        ("polymorph", "Li2CO3", carbonate + 0.01, 9.8),
        ("dioxide", "CO2", dioxide, 20.0),
        ("oxide", "Li2O", -2.0, 8.0),
        ("cobalt carbonate", "CoCO3", -1.6, 9.0),
        ("oxalate", "Li2C2O4", -1.9, 9.0),
    ]
    return PhaseSet.from_rows(rows, scheme="made up")


@pytest.mark.parametrize(("carbonate", "dioxide"), [(-2.24, -1.75), (-1.9, -1.2), (-2.6, -2.2)])
def test_oxidation_of_lithium_carbonate_is_the_measured_one(
    carbonate: float, dioxide: float
) -> None:
    """Law: whatever the set says of both, 3.82 V at 298 K, (1132.1 - 394.4) / 2 F of CRC."""
    phases = made_up(carbonate, dioxide)
    room = with_measured(at_temperature(phases, 298.15), [LI2CO3, CO2], ())
    assert oxidation(room) == pytest.approx(3.82, abs=0.02)


def test_without_a_temperature_the_energies_are_enthalpies() -> None:
    corrected = with_measured(made_up(), [LI2CO3, CO2], ())
    # (1215.9 - 393.5) / (2 * 96.485)
    assert oxidation(corrected) == pytest.approx(4.262, abs=1e-3)
    assert corrected.hull_energy("Li2O") == -2.0


def test_polymorphs_keep_their_distance_and_elements_their_zero() -> None:
    corrected = with_measured(made_up(), [LI2CO3], ())
    energies = dict(zip(corrected.ids, corrected.energies, strict=True))
    assert energies["carbonate"] == pytest.approx(-1215.9 / EV / 6)
    assert energies["polymorph"] - energies["carbonate"] == pytest.approx(0.01)
    assert {energies[symbol] for symbol in ("Li", "C", "O", "Co")} == {0.0}


def test_a_salt_without_a_measurement_is_shifted_by_its_group() -> None:
    phases = made_up()
    (fit,) = fit_groups(phases, [LI2CO3, CO2])
    assert (fit.group, fit.salts, fit.error) == ("CO3", ("Li2CO3",), None)
    assert fit.correction == pytest.approx(-1215.9 / EV + 6 * 2.24)
    corrected = with_measured(phases, [LI2CO3, CO2], [fit])
    row = corrected.own_entry(Formula.parse("CoCO3"))
    assert corrected.energies[row] == pytest.approx(-1.6 + fit.correction / 5)


def test_the_error_of_a_fit_is_the_standard_error_of_the_mean() -> None:
    phases = made_up()
    cobalt = species("CoCO3", solid(-713.0))
    (fit,) = fit_groups(phases, [LI2CO3, cobalt])
    differences = [-1215.9 / EV + 6 * 2.24, -713.0 / EV + 5 * 1.6]
    assert fit.correction == pytest.approx(np.mean(differences))
    assert fit.error == pytest.approx(abs(differences[0] - differences[1]) / 2)


def test_corrected_phases_err_as_their_source_and_no_longer_as_the_set() -> None:
    """A measured salt by its table, a fitted one by the mean of its group and the scatter."""
    errors = PhaseErrors("by hand", (ClassError(ANY, 0.1, 0.2, 20, 0.05, 0.5),))
    phases = replace(made_up(), errors=errors)
    stated = species("Li2CO3", replace(solid(-1215.9), uncertainty=6 * EV / 1000))
    fit = GroupFit("CO3", 0.8, 0.05, ("a", "b", "c", "d"))
    corrected = with_measured(phases, [stated], [fit])
    assert corrected.errors is not None
    assert corrected.errors.parts(Formula.parse("Li2CO3")) == {
        "measured Li2CO3": pytest.approx(0.001)
    }
    parts = corrected.errors.parts(Formula.parse("CoCO3"))
    assert parts == {"mean of CO3": pytest.approx(0.01), "fitted CoCO3": pytest.approx(0.02)}
    unstated = with_measured(phases, [LI2CO3], [])
    assert unstated.errors is not None
    (size,) = unstated.errors.parts(Formula.parse("Li2CO3")).values()
    assert size == pytest.approx(UNSTATED / EV / 6)
    draws = draw_errors(corrected.errors, [Formula.parse("Li2CO3")], 1000)
    assert draws.std() == pytest.approx(0.001, rel=0.1)  # no outlier of the set
    assert PhaseErrors.from_record(corrected.errors.to_dict()) == corrected.errors


def test_a_fitted_salt_is_as_uncertain_as_salts_scatter() -> None:
    fit = GroupFit("CO3", 0.8, 0.05, ("a", "b", "c", "d"))
    (record,) = (
        phase for phase in with_measured(made_up(), [], [fit]).corrected if phase.formula == "CoCO3"
    )
    assert record.uncertainty == pytest.approx((0.05**2 + 0.1**2) ** 0.5 / 5)


def test_what_has_neither_is_left_out_and_each_correction_says_its_source() -> None:
    corrected = with_measured(made_up(), [LI2CO3, CO2], ())
    with pytest.raises(NoOwnEntryError):
        corrected.own_entry(Formula.parse("Li2C2O4"))
    assert corrected.left_out is not None
    assert {"CoCO3", "LiCO2"} == {formula.text for formula in corrected.left_out.formulas}
    sources = {phase.formula: phase.source for phase in corrected.corrected}
    assert sources == {"Li2CO3": "CRC (solid)", "CO2": "CRC (gas)"}
    assert all(phase.uncertainty is None for phase in corrected.corrected)
    assert "measured" in corrected.scheme


def test_a_set_is_corrected_once() -> None:
    with pytest.raises(PhaseSetError, match="already"):
        with_measured(with_measured(made_up(), [LI2CO3], ()), [LI2CO3], ())


def test_a_temperature_comes_before_the_measured_values() -> None:
    with pytest.raises(TemperatureError, match="measured"):
        at_temperature(with_measured(made_up(), [LI2CO3], ()), 400)


def test_at_a_temperature_a_phase_without_an_entropy_is_left_out() -> None:
    room = at_temperature(made_up(), 298.15)
    corrected = with_measured(room, [species("Li2CO3", solid(-1215.9))], ())
    assert corrected.find(Formula.parse("Li2CO3")) is None


def test_the_stable_phase_changes_with_temperature() -> None:
    """H2O of CRC: the liquid at 298 K, the gas above the boiling point."""
    liquid = replace(solid(-285.8, entropy=70.0, heat_capacity=75.3), phase="liquid")
    steam = replace(gas(-241.8, entropy=188.8, heat_capacity=33.6), standard=False)
    water = species("H2O", steam, liquid)
    assert [water.at(T).phase for T in (0, 298.15, 360, 390)] == [  # type: ignore[union-attr]
        "liquid", "liquid", "liquid", "gas",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("formula", "groups"),
    [
        ("Li2Co(SO4)2", {"SO4": 2.0}),
        ("LiCoCO3F", {"CO3": 1.0}),
        ("Co2CO3(OH)2", {"CO3": 1.0, "OH": 2.0}),
        ("NiOOH", {"OH": 1.0}),
        ("Li3MnPCO7", {"CO3": 1.0}),
        ("Li2SO3", None),
        ("LiHCO3", None),
        ("LiOH.H2O", None),
        ("H3BO3", None),
        ("Li2C2O4", None),
        ("NH4NO3", None),
    ],
)
def test_groups_of_a_formula(formula: str, groups: dict[str, float] | None) -> None:
    assert groups_in(Formula.parse(formula)) == groups


@pytest.mark.parametrize("formula", ["Li6PS5Cl", "Li3PO4", "LiAlH4", "Ta2ON3", "Al4O4C", "LiBH4"])
def test_compounds_without_overbound_groups(formula: str) -> None:
    assert not overbound(Formula.parse(formula))
