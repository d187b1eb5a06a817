"""Errors of phase sets: MP2020's are pymatgen's own, a bundled set has its table beside it."""

from __future__ import annotations

from importlib.resources import files

import pytest
import yaml

from interfaces.chemistry.formulas import Formula
from interfaces.errors import InputError
from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.schemes import GGA, SCHEMES
from workflows.data.error_tables import MP2020, errors_csv, read_errors
from workflows.data.phase_sets import read_phases, with_scheme_errors
from workflows.io.resources import DEFAULT_SET


def test_the_errors_of_corrections_are_those_that_pymatgen_ships():
    file = files("pymatgen.analysis.compatibility") / "MP2020Compatibility.yaml"
    stated = yaml.safe_load(file.read_text())["Uncertainties"]
    anions = {"O": "oxide"}
    for symbol, size in MP2020.anions:
        assert stated["CompositionCorrections"][anions.get(symbol, symbol)] == size
    for anion in ("O", "F"):
        assert stated["GGAUMixingCorrections"][anion] == dict(MP2020.metals)


def test_a_correction_errs_by_the_atoms_that_take_it():
    parts = MP2020.parts(Formula.parse("LiCoO2"))
    assert parts["correction O"] == pytest.approx(0.002 * 2 / 4)
    assert parts["correction Co in O"] == pytest.approx(0.006 / 4)
    assert "correction Co in O" not in MP2020.parts(Formula.parse("Co9S8"))
    assert MP2020.parts(Formula.parse("Co")) == {}


def test_sets_state_their_errors_or_none():
    rows = [("a", "Li", 0.0), ("b", "O2", 0.0)]
    assert with_scheme_errors(PhaseSet.from_rows(rows, scheme=SCHEMES[GGA])).errors == MP2020
    assert with_scheme_errors(PhaseSet.from_rows(rows, scheme="mine")).errors is None
    bundled = read_phases(DEFAULT_SET, {"Li", "O"})
    assert bundled.errors is not None
    assert bundled.over([{"Li", "O"}]).without(["Li2O2"]).errors == bundled.errors


def test_the_table_is_read_as_written_and_refused_where_it_is_none(tmp_path):
    path = tmp_path / "errors.csv"
    bundled = read_phases(DEFAULT_SET, {"Li"}).errors
    path.write_text(errors_csv(bundled.classes))
    assert read_errors(path, bundled.source) == bundled
    assert read_errors(tmp_path / "absent.csv", "") is None
    for text in ("chemistry,rows\nany,3\n", path.read_text().replace("any,", "few,")):
        path.write_text(text)
        with pytest.raises(InputError, match=r"errors\.csv"):
            read_errors(path, "")
