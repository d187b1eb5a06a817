"""Gibbs energies equal pymatgen's, are physical, and are counted once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure
from pymatgen.entries.computed_entries import GibbsComputedStructureEntry

from interfaces.chemistry.formulas import Formula
from interfaces.chemistry.units import BOLTZMANN
from interfaces.errors import TemperatureError
from interfaces.phases.gibbs import at_temperature, without_unsuited
from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.reservoirs import gas
from workflows.data.phase_sets import read_phases

BUNDLED = "sevennet-l3i5"
SAME = 1e-9  # eV/atom

ROWS = [
    ("li", "Li", 0.0, 20.0),
    ("o", "O2", 0.0, 12.0),
    ("o3", "O2", 0.05, 13.0),
    ("c", "C", 0.0, 6.0),
    ("h", "H2", 0.0, 10.0),
    ("li2o", "Li2O", -2.0, 8.0),
    ("li2o2", "Li2O2", -1.6, 8.0),
    ("li2co3", "Li2CO3", -2.1, 10.0),
    ("co2", "CO2", -1.5, 20.0),
    ("co2-b", "CO2", -1.4, 21.0),
    ("ch", "CH", 0.3, 9.0),
]


@pytest.fixture
def made_up():
    return PhaseSet.from_rows(ROWS, scheme="made up", source="rows")


@pytest.fixture(scope="module")
def bundled():
    return read_phases(BUNDLED)


@pytest.fixture(scope="module")
def structures():
    """Row of a bundled set -> a structure of its composition and volume, with pymatgen's rows."""
    phases = read_phases(BUNDLED, elements={"Li", "Co", "C", "S", "H", "F", "P", "O", "N"})
    rng = np.random.default_rng(20261121)
    compounds = [row for row, formula in enumerate(phases.formulas) if len(formula.elements) > 1]
    wanted = {"CO2", "H2O", "SO2", "HF", "NH3", "CH", "CO", "NO2", "H2S", "CH4", "PF5", "Li2CO3"}
    named = [row for row in compounds if phases.formulas[row].text in wanted]
    assert {phases.formulas[row].text for row in named} == wanted
    chosen = sorted({*named, *rng.choice(compounds, 250, replace=False).tolist()})
    result = {}
    for row in [*phases.references.values(), *chosen]:
        whole = phases.formulas[row].whole[0]
        species = [symbol for symbol, number in whole.items() for _ in range(number)]
        side = (phases.volumes[row] * len(species)) ** (1 / 3)
        result[row] = Structure(Lattice.cubic(side), species, rng.random((len(species), 3)))
    return phases, result


def of_formula(phases, text):
    """Energy of a formula unit [eV] in its lowest own entry."""
    formula = Formula.parse(text)
    return float(phases.energies[phases.own_entry(formula)]) * float(formula.n_atoms)


# ------------------------------------------------------------------ numbers


@pytest.mark.parametrize("temperature", [300, 350, 700, 973.5, 2000])
def test_energies_are_those_of_pymatgen(structures, temperature):
    phases, result = structures
    assert len(result) >= 200
    hot = at_temperature(phases, temperature)
    theirs = [
        GibbsComputedStructureEntry(structure, phases.energies[row], temp=temperature)
        for row, structure in result.items()
    ]
    expected = np.array([entry.energy / entry.composition.num_atoms for entry in theirs])
    np.testing.assert_allclose(hot.energies[list(result)], expected, rtol=0, atol=SAME)
    assert sum(entry.experimental for entry in theirs) >= 11


def test_a_float_temperature_equals_the_whole_number(made_up):
    # pymatgen 2025-2026 looks a gas up by str(temp) and has no "700.0"
    np.testing.assert_array_equal(
        at_temperature(made_up, 700.0).energies, at_temperature(made_up, 700).energies
    )


def test_elements_stay_at_zero_and_their_polymorphs_above(made_up):
    for temperature in (300, 1000, 2000):
        hot = at_temperature(made_up, temperature)
        assert [hot.energies[row] for row in hot.references.values()] == [0.0] * 4
        assert hot.energies[hot.ids.index("o3")] == 0.05
        assert hot.references == made_up.references


def test_a_partial_pressure_adds_kt_ln_p_per_molecule(made_up):
    plain = at_temperature(made_up, 900)
    hot = at_temperature(made_up, 900, {"CO2": 0.01, "C2H2": 1e-4})
    change = (hot.energies - plain.energies) / (BOLTZMANN * 900)
    expected = np.zeros(len(ROWS))
    expected[[8, 9]] = np.log(0.01) / 3
    expected[10] = np.log(1e-4) / 4  # the molecule has four atoms, its reduced formula two
    assert change == pytest.approx(expected, abs=1e-12)


def test_every_entry_of_a_gas_becomes_the_gas(made_up):
    hot = at_temperature(made_up, 300)
    assert hot.energies[8] == hot.energies[9]
    # -394.4 kJ/mol, CODATA and NIST-JANAF
    assert of_formula(hot, "CO2") == pytest.approx(-394.4 / 96.485, abs=0.01)


def test_a_gas_is_found_however_it_is_written():
    rows = [("h", "H2", 0.0), ("c", "C", 0.0), ("a", "CH4", -0.2, 12.0), ("b", "C2H8", -0.1, 13.0)]
    phases = PhaseSet.from_rows(rows, scheme="made up")
    for label in ("CH4", "H4C"):
        hot = at_temperature(phases, 500, {label: 0.1})
        assert hot.energies[2] == hot.energies[3]
        assert hot.notes[-1].endswith("CH4 at 0.1 bar.")


def test_the_set_says_what_was_done(made_up):
    hot = at_temperature(made_up, 973, {"CO2": 0.1})
    assert hot.temperature == 973
    assert hot.source == made_up.source
    assert hot.scheme == "made up, Gibbs energies at 973 K (700 C) by SISSO"
    first, second = hot.notes
    assert "SISSO" in first
    assert "973 K" in first
    assert "10.1038/s41467-018-06682-4" in first
    assert set(second.partition(": ")[2].rstrip(".").split(", ")) == {
        "CO2 at 0.1 bar",
        "CH at 1 bar",
    }
    assert made_up.temperature == 0
    assert made_up.notes == ()
    assert made_up.energies[5] == -2.0  # the set that was given is as it was
    assert hot.fingerprint() != made_up.fingerprint()


def test_notes_that_were_there_stay(made_up):
    hot = at_temperature(replace(made_up, notes=("before",)), 500)
    assert hot.notes[0] == "before"
    assert len(hot.notes) == 3


def test_a_set_without_gases_has_one_note():
    phases = PhaseSet.from_rows(
        [("a", "Li", 0.0), ("b", "O2", 0.0), ("c", "Li2O", -2.0, 8.0)], scheme="made up"
    )
    assert len(at_temperature(phases, 500).notes) == 1


def test_the_whole_bundled_set_has_a_gibbs_energy(bundled):
    hot = at_temperature(bundled, 973)
    assert len(hot) == len(bundled)
    assert np.isfinite(hot.energies).all()


# ------------------------------------------------------------------ refusals


@pytest.mark.parametrize("temperature", [0, 298.1, 2000.1, -5, float("nan"), float("inf")])
def test_a_temperature_outside_the_tables_is_refused(made_up, temperature):
    with pytest.raises(TemperatureError, match=r"from 298\.15 to 2000 K"):
        at_temperature(made_up, temperature)


def test_gibbs_energies_go_down_to_room_temperature(made_up):
    """On the line of the lowest two temperatures, for solids and for gases."""
    cool, warm, hot = (at_temperature(made_up, t) for t in (298.15, 300, 302))
    step = np.array(hot.energies) - np.array(warm.energies)
    below = np.array(warm.energies) - np.array(cool.energies)
    assert np.allclose(below / 1.85, step / 2, atol=1e-5)
    assert "298.15 K" in cool.scheme


def test_a_gas_at_room_temperature_is_that_of_the_tables():
    """JANAF: H - H(0 K) 8.683 kJ/mol, S 205.147 J/(mol K) of O2 at 298.15 K."""
    exact = (8.683 - 298.15 * 0.205147) / 96.48533 / 2
    assert gas("O", 298.15, 1.0, solids_at=0).chemical_potential == pytest.approx(exact, abs=5e-4)


def test_a_set_at_a_temperature_is_refused(made_up):
    with pytest.raises(TemperatureError, match="rows is at 700 K already"):
        at_temperature(at_temperature(made_up, 700), 700)


def test_a_set_without_volumes_is_refused(toy):
    with pytest.raises(TemperatureError, match="toy has no column volume_per_atom"):
        at_temperature(toy, 700)


def test_the_legacy_table_has_no_volumes(legacy):
    with pytest.raises(TemperatureError, match="no column volume_per_atom"):
        at_temperature(legacy, 700)


@pytest.mark.parametrize(
    ("formulas", "message"),
    [
        (["Li2O"], r"1 entries of .* have no volume \(Li2O\); leave them out with --exclude"),
        (["Li2O", "Li2O", "LiO2", "LiC", "Li3C"], r"5 entries .* \(Li2O, LiO2, LiC \.\.\.\);"),
    ],
)
def test_compounds_without_volume_are_named(formulas, message):
    unknown = [(f"x{i}", formula, -0.1 * i) for i, formula in enumerate(formulas)]
    with pytest.raises(TemperatureError, match=message):
        at_temperature(PhaseSet.from_rows([*ROWS, *unknown], scheme="made up"), 700)


def test_a_gas_and_an_element_need_no_volume():
    rows = [(i, f, e, v) for i, f, e, v in ROWS if len(Formula.parse(f).elements) > 1]
    rows = [(i, f, e) if f in ("CO2", "CH") else (i, f, e, v) for i, f, e, v in rows]
    rows += [(i, f, e) for i, f, e, _ in ROWS[:5]]
    hot = at_temperature(PhaseSet.from_rows(rows, scheme="made up"), 700)
    assert np.isfinite(hot.energies).all()


def test_an_element_without_table_is_refused_where_a_compound_needs_it():
    rows = [*ROWS, ("ac", "Ac", 0.0, 45.0)]
    at_temperature(PhaseSet.from_rows(rows, scheme="made up"), 700)
    rows += [("ac2o3", "Ac2O3", -3.0, 19.0)]
    with pytest.raises(TemperatureError, match="no table of the element Ac;"):
        at_temperature(PhaseSet.from_rows(rows, scheme="made up"), 700)


@pytest.mark.parametrize(
    ("pressures", "message"),
    [
        ({"O2": 0.2}, "0.2 bar of O2: an element; open it as a reservoir"),
        ({"Li2O": 1.0}, "1 bar of Li2O: no molecule of the experimental table"),
        ({"N2O4": 1.0}, "no molecule of the experimental table"),  # its table is of NO2
        ({"C6H6": 1.0}, "no molecule of the experimental table"),  # nor is benzene acetylene
        ({"CO2": 0.0}, "0 bar of CO2: not positive"),
        ({"CO2": -1.0}, "-1 bar of CO2: not positive"),
        ({"CO2": float("inf")}, "not positive and finite"),
        ({"CO2": float("nan")}, "not positive and finite"),
        ({"CO2": 1.0, "SO2": 1.0}, "of SO2: no entry of it in rows; leave its pressure out"),
        ({"CO": 1.0}, "of CO: no entry of it in rows"),
    ],
)
def test_a_pressure_that_means_nothing_is_refused(made_up, pressures, message):
    with pytest.raises(TemperatureError, match=message) as caught:
        at_temperature(made_up, 700, pressures)
    assert "\n" not in str(caught.value)


# ------------------------------------------------------------------ a temperature counts once


@pytest.mark.parametrize(
    ("temperature", "published"),
    [(300, -0.27), (600, -0.61), (900, -0.98), (1000, -1.10)],  # eV, doi 10.1103/PhysRevB.65.035406
)
def test_tabulated_oxygen_is_that_of_reuter_and_scheffler(temperature, published):
    ours = gas("O", temperature, 1.0, solids_at=0).chemical_potential
    assert ours == pytest.approx(published, abs=0.02)


def test_a_gas_with_gibbs_energies_adds_its_pressure_alone(made_up):
    hot = at_temperature(made_up, 700)
    item = gas("O", 700, 1e-3, solids_at=hot.temperature)
    assert item.chemical_potential == 0.5 * BOLTZMANN * 700 * np.log(1e-3)
    assert gas("O", 700, 1.0, solids_at=hot.temperature).chemical_potential == 0


@pytest.mark.parametrize("solids_at", [300, 699.0, 701])
def test_a_gas_at_another_temperature_than_the_solids_is_refused(solids_at):
    with pytest.raises(TemperatureError, match="one temperature for both"):
        gas("O", 700, 1.0, solids_at=solids_at)


@pytest.mark.parametrize(("poor", "rich"), [("Li2O", "Li2O2"), ("Co3O3", "Co3O4")])
def test_both_ways_to_a_temperature_agree_and_their_sum_does_not(bundled, poor, rich):
    """Energy to release O at 600 K; entropies of solids nearly cancel, that of O2 does not."""
    hot = at_temperature(bundled, 600)
    oxygen = gas("O", 600, 1.0, solids_at=0).chemical_potential
    by_descriptor = of_formula(hot, poor) - of_formula(hot, rich)
    by_table = of_formula(bundled, poor) - of_formula(bundled, rich) + oxygen
    assert by_descriptor == pytest.approx(by_table, abs=0.1)
    assert abs(by_descriptor + oxygen - by_table) > 0.5


# ------------------------------------------------------------------ physics


def test_solids_lose_stability_as_they_get_hot(bundled):
    names = ["Li2O", "Li2CO3", "TiO2", "Al2O3", "LiCoO2", "Co3O4", "La2O3", "ZrO2", "Li3PO4", "LiF"]
    sets = [at_temperature(bundled, T) for T in (300, 600, 1000, 1500, 2000)]
    by_temperature = [[of_formula(hot, name) for name in names] for hot in sets]
    assert (np.diff(by_temperature, axis=0) > 0).all()


def test_the_decomposition_pressure_of_an_oxide_rises(bundled):
    """O2 above 2 Co3O4 = 6 CoO + O2 [bar]; air reaches it in a furnace, not at room temperature."""
    logs = []
    for temperature in (500, 800, 1100, 1400):
        hot = at_temperature(bundled, temperature)
        release = 3 * of_formula(hot, "CoO") - of_formula(hot, "Co3O4")
        logs.append(-2 * release / (BOLTZMANN * temperature))
    assert (np.diff(logs) > 0).all()
    assert logs[0] < np.log(1e-12)
    assert logs[-1] > np.log(1e-4)


def test_a_peroxide_falls_apart_when_hot(made_up):
    assert made_up.energy_above_hull("Li2O2") == 0
    above = [at_temperature(made_up, T).energy_above_hull("Li2O2") for T in (300, 1000, 2000)]
    assert above[0] == 0
    assert 0 < above[1] < above[2]


def test_a_carbonate_falls_apart_sooner_at_low_pressure(made_up):
    def release(temperature, pressure):
        hot = at_temperature(made_up, temperature, {"CO2": pressure})
        return sum(sign * of_formula(hot, f) for sign, f in
                   ((1, "Li2O"), (1, "CO2"), (-1, "Li2CO3")))  # fmt: skip

    assert release(1200, 1.0) < release(800, 1.0)
    decade = release(1200, 1.0) - release(1200, 0.1)
    assert decade == pytest.approx(BOLTZMANN * 1200 * np.log(10), abs=1e-9)


def test_hydrates_and_molecular_crystals_are_left_out_and_named() -> None:
    """SISSO has no entropy of hydrogen bonds; the metal hydroxide and the tabulated gas stay."""
    rows = [
        ("li", "Li", 0.0), ("h", "H2", 0.0), ("o", "O2", 0.0), ("c", "C", 0.0),
        ("hydroxide", "LiOH", -1.7, 8.0), ("hydrate", "LiOH.H2O", -1.4, 9.0),
        ("urea", "CH4N2O", -0.4, 9.0), ("n", "N2", 0.0), ("water", "H2O", -1.0, 10.0),
    ]  # fmt: skip
    hot = at_temperature(PhaseSet.from_rows(rows, scheme="made up"), 400)
    kept = without_unsuited(hot)
    assert set(hot.ids) - set(kept.ids) == {"hydrate", "urea"}
    assert "molecular" in kept.notes[-1]
    assert "LiH3O2" in kept.notes[-1] or "LiOH" in kept.notes[-1]
