"""Protocols are read whole: a base, deltas, a reason beside every tag; what means nothing stops."""

from __future__ import annotations

import pytest
import yaml

from interfaces.errors import InputError
from workflows.io.resources import inputs
from workflows.vasp.read_protocol import RULES, TagRule, protocol_names, read_protocol

PUBLISHED = ("zhang2023-bulk", "zhang2023-aimd")
ASKED_FOR = {*PUBLISHED, "mp-relax", "mp-static", "interface-relax", "interface-aimd", "dos"}


def own(tmp_path, **content):
    """A user's protocol on interface-relax, but for what is said."""
    data = {"base": "interface-relax", "summary": "Mine."} | content
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump({k: v for k, v in data.items() if v is not ...}))
    return str(path)


def test_all_protocols_are_there_and_bases_are_not_offered():
    assert set(protocol_names()) == ASKED_FOR


@pytest.mark.parametrize("name", sorted(ASKED_FOR))
def test_every_tag_has_one_sentence_of_reason(name):
    protocol = read_protocol(name)
    for tag in protocol.tags:
        assert tag.reason.endswith("."), tag
        assert ". " not in tag.reason, tag
        assert len(tag.reason.split()) >= 1, tag
    for reason in (protocol.mesh.reason, protocol.potentials.reason, protocol.corrections_reason):
        assert reason.endswith(".")


def test_a_delta_says_only_what_differs_and_keeps_the_order_of_its_base():
    base, delta = read_protocol("zhang2023-bulk"), read_protocol("dos")
    assert delta.lineage == ("base", "zhang2023-bulk", "dos")
    names = [tag.name for tag in delta.tags]
    shared = [tag.name for tag in base.tags if tag.name in names]
    assert [name for name in names if name in shared] == shared
    cutoff = next(tag for tag in delta.tags if tag.name == "ENCUT")
    assert cutoff == TagRule("ENCUT", "Published.", "zhang2023-bulk", 500)
    assert "EDIFFG" not in names
    smearing = next(tag for tag in delta.tags if tag.name == "ISMEAR")
    assert (smearing.value, smearing.set_by) == (-5, "dos")


def test_every_rule_has_a_function_and_every_function_a_rule():
    from workflows.vasp.tag_rules import FUNCTIONS

    assert set(FUNCTIONS) == RULES


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_protocols_name_their_source(name):
    assert read_protocol(name).doi == "10.1002/adma.202305748"


def test_a_doi_is_not_inherited():
    assert read_protocol("dos").doi is None


def test_every_grid_names_its_cell():
    grids = read_protocol("zhang2023-bulk").mesh.grids
    assert {(g.formula, g.divisions, g.atoms) for g in grids} == {
        ("LiCoO2", (4, 4, 2), 12), ("CoO", (4, 4, 4), 4), ("Li6PS5Cl", (4, 4, 4), 52),
    }  # fmt: skip
    assert "rhombohedral AFM-II" in next(g.cell for g in grids if g.formula == "CoO")


# -- corrections ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(ASKED_FOR - {"mp-relax", "mp-static"}))
def test_energies_of_other_settings_take_no_correction(name):
    with pytest.raises(InputError, match=f"energies of {name} take no correction"):
        read_protocol(name).compatibility()


@pytest.mark.parametrize("name", ["mp-relax", "mp-static"])
def test_energies_of_the_mp_settings_take_mp2020(name):
    pytest.importorskip("pymatgen.entries.compatibility")
    scheme = read_protocol(name).compatibility()
    assert type(scheme).__name__ == "MaterialsProject2020Compatibility"


def test_mp2020_itself_refuses_the_published_u():
    """The reason beside it, by pymatgen: 3.9 eV on Co is not the U of the scheme."""
    from pymatgen.entries.compatibility import MaterialsProject2020Compatibility
    from pymatgen.entries.computed_entries import ComputedEntry

    def entry(u):
        symbols = ["PBE Co", "PBE O"]
        return ComputedEntry(
            "CoO", -12.0,
            parameters={"hubbards": {"Co": u, "O": 0.0}, "run_type": "GGA+U", "is_hubbard": True,
                        "potcar_symbols": symbols},
            data={"oxidation_states": {"Co": 2, "O": -2}, "oxide_type": "oxide"},
        )  # fmt: skip

    scheme = MaterialsProject2020Compatibility()
    assert len(scheme.process_entries([entry(3.32)], verbose=False)) == 1
    assert scheme.process_entries([entry(3.9)], verbose=False, on_error="ignore") == []


# -- a user's own -----------------------------------------------------------------------------


def test_a_protocol_of_ones_own_stands_on_a_bundled_one(tmp_path):
    tags = {"ENCUT": {"value": 600, "reason": "My cell changes its volume."}}
    mine = read_protocol(own(tmp_path, tags=tags))
    assert mine.lineage == ("base", "interface-relax", "mine")
    assert next(tag for tag in mine.tags if tag.name == "ENCUT").value == 600
    assert mine.mesh == read_protocol("interface-relax").mesh


BROKEN = {
    "no reason": ({"tags": {"ENCUT": {"value": 600}}}, "lacks reason"),
    "two sentences": (
        {"tags": {"ENCUT": {"value": 600, "reason": "It is. It was."}}}, "one sentence",
    ),
    "no full stop": ({"tags": {"ENCUT": {"value": 6, "reason": "because I say"}}}, "one sentence"),
    "value and rule": (
        {"tags": {"ISPIN": {"value": 2, "rule": "spin", "reason": "Both of them."}}},
        "more than one of value, rule and drop",
    ),
    "neither": ({"tags": {"NEW": {"reason": "It is left open."}}}, "neither a value nor a rule"),
    "unknown rule": (
        {"tags": {"ISPIN": {"rule": "magic", "reason": "It is magic."}}},
        "magic",
    ),
    "a list": ({"tags": {"MAGMOM": {"value": [1, 2], "reason": "Two of them."}}}, "give one value"),
    "dropped twice": ({"tags": {"NPAR": {"drop": True, "reason": "Not here."}}}, "no base has it"),
    "steps without time": (
        {"tags": {"NSW": {"rule": "steps", "reason": "How long?."}}}, "picoseconds belong",
    ),
    "unknown key": ({"color": "red"}, "unknown key 'color'"),
    "unknown key of a tag": (
        {"tags": {"ENCUT": {"valeu": 6, "reason": "Misspelt."}}}, "unknown key 'valeu'",
    ),
    "unknown base": ({"base": "nowhere"}, "unknown base 'nowhere'"),
    "no mesh": ({"kpoints": {"rule": "spacing", "reason": "As it is."}}, "kpoints need a spacing"),
    "a grid without a cell": (
        {"kpoints": {"rule": "grids", "spacing": 0.4, "reason": "As it is.",
                     "grids": [{"formula": "CoO", "divisions": [4, 4, 4]}]}},
        "lacks cell",
    ),
    "unknown order": ({"magnetic": {"order": "up", "reason": "All are up."}}, "found 'up'"),
    "unknown set": ({"set": "MITRelaxSet"}, "found 'MITRelaxSet'"),
    "tags no block": ({"tags": ["ENCUT"]}, "must be keys with values"),
    "standing alone": ({"base": ...}, "lacks"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_protocol_is_refused_in_words(tmp_path, kind):
    content, words = BROKEN[kind]
    with pytest.raises(InputError, match=words):
        read_protocol(own(tmp_path, **content))


def test_what_is_no_protocol_is_refused(tmp_path):
    with pytest.raises(InputError, match="nearest: mp-relax; known: dos"):
        read_protocol("mp-relx")
    for text, words in (("- a\n", "must be keys with values"), ("a: [", "is not YAML")):
        (tmp_path / "bad.yaml").write_text(text)
        with pytest.raises(InputError, match=words):
            read_protocol(str(tmp_path / "bad.yaml"))


def test_files_hold_no_second_copy_of_a_tag():
    """A delta that repeats its base's value and reason is a line too many."""
    for name in sorted(ASKED_FOR):
        data = yaml.safe_load((inputs() / "protocols" / f"{name}.yaml").read_text())
        base = data.get("base")
        if base is None:
            continue
        before = {t.name: t for t in _read(base).tags}
        for tag in data["tags"]:
            result = next((t for t in read_protocol(name).tags if t.name == tag), None)
            old = before.get(tag)
            assert result is None or old is None or (result.value, result.rule, result.reason) != (
                old.value, old.rule, old.reason,
            ), (name, tag)  # fmt: skip


def _read(name):
    return read_protocol(name)
