"""What malformed inputs once got past: one small example of each, which is refused since."""

from __future__ import annotations

import json
import re

import pytest

from interfaces.errors import InterfaceError
from tests.robustness.parsers import INPUTS, SUBMISSION, parsers, plan, records

pytest.importorskip("pyarrow")
BY_NAME = {parser.name: parser for parser in parsers()}
DEEP = b"{" * 3000
BROKEN = (
    ("list CSV", b"name,\rf", "is not CSV"),
    ("list CSV", b"name\n" + b"x" * 200_000, "is not CSV"),
    ("submission", b"0", "keys with values"),
    ("submission", b"\xff", "cannot be read"),
    ("submission", DEEP, "cannot be read"),
    ("submission", json.dumps(SUBMISSION | {"attempts": "x"}).encode(), "attempts must be a whole"),
    ("submission", json.dumps(SUBMISSION | {"attempts": True}).encode(), "attempts must be a"),
    ("submission", json.dumps(SUBMISSION | {"number": 17}).encode(), "number must be text"),
    ("submission", json.dumps(SUBMISSION | {"phases": []}).encode(), "phases must be text"),
    ("site", DEEP, "not YAML"),
    ("site", b"name: a\nname: b", "is repeated"),
    ("gates", DEEP, "not YAML"),
    ("gates", b"scarce_below: 1" + b"0" * 400, "scarce_below must be a number"),
    ("published", DEEP, "not YAML"),
)


def refusal(name, data, folder):
    path = folder / BY_NAME[name].file
    path.write_bytes(data)
    with pytest.raises(InterfaceError) as caught:
        BY_NAME[name].read(path)
    return str(caught.value)


@pytest.mark.parametrize(("name", "data", "said"), BROKEN)
def test_what_was_let_through_is_refused(name, data, said, tmp_path):
    assert said in refusal(name, data, tmp_path)


def test_a_published_number_of_hundreds_of_digits_is_refused(tmp_path):
    text = (INPUTS / "published.yaml").read_text()
    wrong, changed = re.subn(r"energy: -?[0-9.]+", "energy: 1" + "0" * 400, text, count=1)
    assert changed
    assert "energy" in refusal("published", wrong.encode(), tmp_path)


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """A record of a curve, one of a window, and a plan."""
    folder = tmp_path_factory.mktemp("good")
    made = [*records(folder), *plan(folder)]
    return [json.loads(made[k]) for k in (0, 3, 5)]


def put(tree, keys, value):
    """A copy with one value in another's place."""
    copy = json.loads(json.dumps(tree))
    place = copy
    for key in keys[:-1]:
        place = place[key]
    assert keys[-1] in place or isinstance(place, list)
    place[keys[-1]] = value
    return json.dumps(copy).encode()


ASKED = ("answers", 0, "question")
FIRST = (*ASKED, "reactants", 0)


@pytest.mark.parametrize(
    ("which", "keys", "value", "said"),
    [
        (0, ("phases",), None, "phases must be keys"),
        (0, ("format",), "1", "format must be a whole number"),
        (0, ("answers", 0), "curve", "answers, item 1 must be keys"),
        (0, ("answers", 0, "result"), [], "result must be keys"),
        (0, ("phases", "energies"), "-2", "energies must be a list"),
        (0, ("phases", "energies", 0), [1.0], "energies, item 1 must be a number"),
        (0, ("phases", "temperature_K"), "hot", "temperature_K must be a number"),
        (0, (*FIRST, "energy_ev_per_atom"), "-2.0", "energy_ev_per_atom must be a number"),
        (0, (*FIRST, "energy_ev_per_atom"), [-2.0], "energy_ev_per_atom must be a number"),
        (0, (*FIRST, "energy_ev_per_atom"), True, "energy_ev_per_atom must be a number"),
        (0, (*FIRST, "energy_ev_per_atom"), 10**400, "energy_ev_per_atom must be a number"),
        (0, (*FIRST, "energy_above_hull_ev_per_atom"), float("nan"), "finite number"),
        (0, (*FIRST, "uncertainty_ev_per_atom"), {}, "must be a number"),
        (0, (*FIRST, "name"), 7, "name must be text"),
        (0, (*ASKED, "provenance"), None, "provenance must be keys"),
        (1, (*ASKED, "carrier"), ["Li"], "carrier must be text"),
        (1, (*ASKED, "intercalation"), [0], "intercalation, item 1 must be keys"),
        (1, (*ASKED, "reference_electrode"), "In", "reference_electrode must be keys"),
        (2, ("stable", 0), 0, "stable, item 1 must be a list"),
        (2, ("stable", 0), ["a", "Li"], "stable, item 1, item 3 must be there"),
        (2, ("candidates", "cathodes", 0), None, "cathodes, item 1 must be a list"),
        (2, ("candidates", "cathodes"), "Li2O", "cathodes must be a list"),
        (2, ("voltages",), [], "at least 1"),
        (2, ("voltages",), ["1"], "voltages, item 1 must be a number"),
        (2, ("facts",), [], "facts must be keys"),
        (2, ("top",), 1.5, "top must be a whole number"),
    ],
)
def test_a_value_of_another_kind_is_named(which, keys, value, said, good, tmp_path):
    name = "plan" if which == 2 else "record"
    assert said in refusal(name, put(good[which], keys, value), tmp_path)


def test_good_ones_are_read(good, tmp_path):
    """The same way, with the value that was there: what is refused above is the value."""
    for which, keys in ((0, ("phases", "energies", 0)), (1, (*ASKED, "carrier")), (2, ("top",))):
        value = good[which]
        for key in keys:
            value = value[key]
        parser = BY_NAME["plan" if which == 2 else "record"]
        (tmp_path / parser.file).write_bytes(put(good[which], keys, value))
        assert parser.read(tmp_path / parser.file)
