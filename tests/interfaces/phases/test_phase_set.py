import math

import numpy as np
import pytest
from pymatgen.analysis.phase_diagram import PhaseDiagram
from pymatgen.core import Composition
from pymatgen.entries.computed_entries import ComputedEntry

from interfaces.errors import (
    MissingElementError,
    NoOwnEntryError,
    PhaseSetError,
    RepeatedIdError,
    SchemeMixError,
)
from interfaces.phases.phase_set import PhaseSet

ELEMENTS = [("li", "Li", 0.0), ("o", "O2", 0.0)]


def test_hull_by_hand(toy):
    # LiO lies on Li2O2 (-1.6), which lies below the line from Li2O (-2, x_O = 1/3) to O2: -1.5.
    assert toy.hull_energy("LiO") == pytest.approx(-1.6)
    assert toy.hull_energy("Li4O") == pytest.approx(-2.0 * 3 / 5)
    assert toy.energy_above_hull("Li2O") == 0.0
    # Ti2O3 (-2.9) is 5/6 TiO2 (-2.5) lower than the tie-line, so it is on the hull.
    assert toy.energy_above_hull("Ti2O3") == 0.0
    products = dict(toy.decomposition("Li4O").products)
    assert products == pytest.approx({"Li2O": 0.6, "Li": 0.4})


def test_metastable_entry_is_named_with_its_energy(toy):
    above = dict(zip(toy.ids, toy.energies_above_hull(), strict=True))
    assert above["li2o-b"] == pytest.approx(0.1)
    # LiTiO2 (-2.5) against 1/2 Li2O + 1/4 Ti + 3/4 TiO2 and every other way down, by pymatgen
    entries = [
        ComputedEntry(f.text, e * float(f.n_atoms), entry_id=i)
        for i, f, e in zip(toy.ids, toy.formulas, toy.energies, strict=True)
    ]
    diagram = PhaseDiagram(entries)
    for entry in entries:
        assert above[entry.entry_id] == pytest.approx(diagram.get_e_above_hull(entry), abs=1e-10)


def test_elements_become_exactly_zero_in_absolute_energies():
    absolute = PhaseSet.from_rows(
        [("a", "Li", -1.9), ("a2", "Li", -1.8), ("b", "O2", -4.9), ("c", "Li2O", -5.0)],
        scheme="made up",
        quantity="energy_per_atom",
    )
    assert absolute.energies[0] == 0.0
    assert absolute.hull_energy("Li") == 0.0
    assert absolute.hull_energy("Li2O") == pytest.approx(-5.0 + (2 * 1.9 + 4.9) / 3)


def test_formation_energies_are_referred_to_the_lowest_polymorph():
    shifted = PhaseSet.from_rows(
        [("a", "Li", 0.02), ("b", "O2", 0.0), ("c", "Li2O", -2.0)], scheme="made up"
    )
    assert shifted.energies[0] == 0.0
    assert shifted.energies[2] == pytest.approx(-2.0 - 0.02 * 2 / 3)


def test_identical_rows_are_merged_and_polymorphs_kept():
    rows = [*ELEMENTS, (None, "Li2O", -2.0), (None, "Li2O", -2.0), (None, "Li2O", -1.9)]
    phases = PhaseSet.from_rows(rows, scheme="made up")
    assert (len(phases), phases.merged) == (4, 1)
    assert phases.ids[2:] == ("Li2O#1", "Li2O#2")


@pytest.mark.parametrize(
    ("rows", "error", "message"),
    [
        ([("a", "Li", 0.0), ("a", "O2", 0.0)], RepeatedIdError, "id a is Li at 0"),
        ([("a", "Li", math.nan)], PhaseSetError, "of a is nan"),
        ([("a", "Li", math.inf)], PhaseSetError, "of a is inf"),
        ([], PhaseSetError, "no entries"),
    ],
)
def test_rows_that_cannot_stand_in_one_set(rows, error, message):
    with pytest.raises(error, match=message):
        PhaseSet.from_rows(rows, scheme="made up")


def test_missing_element_is_named(toy):
    with pytest.raises(
        MissingElementError, match="no elemental reference for Zr; it covers Li-O-Ti"
    ):
        toy.hull_energy("Li2ZrO3")
    no_lithium = PhaseSet.from_rows([("b", "O2", 0.0), ("c", "Li2O", -2.0)], scheme="made up")
    with pytest.raises(MissingElementError, match="no elemental reference for Li"):
        no_lithium.hull_energy("Li2O")


def test_missing_own_entry_names_the_choice(toy):
    with pytest.raises(NoOwnEntryError, match=r"no entry for Li4O in toy.*--energy Li4O=hull"):
        toy.energy_above_hull("Li4O")


def test_pymatgen_entries_keep_their_corrections_and_scheme():
    entries = [
        ComputedEntry("Li", -1.9, entry_id="a", parameters={"run_type": "GGA"}),
        ComputedEntry("O2", -9.8, entry_id="b", parameters={"run_type": "GGA"}),
        ComputedEntry(
            "Li2O", -14.0, correction=-0.6, entry_id="c", parameters={"run_type": "GGA+U"}
        ),
    ]
    phases = PhaseSet.from_entries(entries)
    assert phases.scheme == "GGA/GGA+U"
    assert phases.hull_energy("Li2O") == pytest.approx((-14.6 + 2 * 1.9 + 4.9) / 3)
    mixed = [*entries, ComputedEntry("LiO", -9.0, parameters={"run_type": "R2SCAN"})]
    with pytest.raises(SchemeMixError, match=r"2 schemes in one set \(GGA/GGA\+U, r2SCAN\)"):
        PhaseSet.from_entries(mixed)
    assert "mixed on request" in PhaseSet.from_entries(mixed, allow_mixed=True).scheme


def test_composition_of_any_kind_is_asked_for(toy):
    assert toy.hull_energy(Composition("Li2O")) == toy.hull_energy("Li2O")


def test_leaving_a_product_out_takes_all_its_polymorphs(toy):
    without = toy.without(["Li2O2"])
    assert without.hull_energy("LiO") == pytest.approx(-1.5)
    assert len(toy.without(["Li4O2"])) == len(toy) - 2


def test_fingerprint_sees_every_change(toy):
    second = PhaseSet(
        toy.scheme, toy.source, toy.elements, toy.ids, toy.formulas, toy.fractions,
        np.nextafter(toy.energies, 1),
    )  # fmt: skip
    assert second.fingerprint() != toy.fingerprint()
    assert toy.fingerprint(range(3)) != toy.fingerprint(range(4))
