"""Values of another type than a reader expects: a result or one line, and nothing else.

Every field of every reader of JSON or YAML gets a value of every type, and every column of a table.
"""

from __future__ import annotations

import contextlib
import copy
import json

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from interfaces.chemistry.formulas import Formula
from interfaces.chemistry.numbers import lithium_content, read_number
from interfaces.errors import FormulaError, InputError, InterfaceError
from tests.robustness.parsers import TABLE, Parser, dump, load, parsers
from workflows.data.phase_sets import read_phases
from workflows.flows.read_job import cathode_job, elements_of, load_job

pytest.importorskip("ase")
pytest.importorskip("pyarrow")

pytestmark = pytest.mark.filterwarnings("ignore")

#: A value of every type, and the limits of some.
TYPES = (
    None, True, False, 0, -1, 3, 10**30, 10**400, 0.5, float("nan"), float("inf"), "", "x", "-2_0",
    "1/3", "\uff11", [], ["a"], [1, 2], [None], [[1.0]], {}, {"a": "b"}, {"": None},
    {"a": {"b": 1}},
)  # fmt: skip
PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
NESTED = st.recursive(
    PLAIN,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=5,
)  # fmt: skip
FEW = 60  #: drawn values of a reader whose share is 1
CHEAP = 0.9  #: share from which a reader is quick enough for every type of every field
TREES = [parser for parser in parsers() if parser.trees]


def places(tree, path=()):
    """Keys and first items: a place for each field, whatever the length of its list."""
    items = tree.items() if isinstance(tree, dict) else enumerate(tree[:2])
    for key, value in items:
        yield (*path, key)
        if isinstance(value, dict | list):
            yield from places(value, (*path, key))


def put(tree, path, value):
    changed = copy.deepcopy(tree)
    holder = changed
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    return changed


def fields_of(tree):
    """One place for each field: of rows that are alike, that of the first."""
    seen = {}
    for path in places(tree):
        seen.setdefault(tuple("*" if isinstance(key, int) else key for key in path), path)
    return list(seen.values())


@pytest.mark.parametrize("parser", TREES, ids=lambda item: item.name.replace(" ", "-"))
def test_a_field_of_any_type_is_read_or_refused(parser: Parser, tmp_path, full):
    (tmp_path / "made").mkdir()
    (tmp_path / "here").mkdir()
    with contextlib.redirect_stdout(None):
        seeds = parser.seeds(tmp_path / "made")
    file = tmp_path / "here" / (parser.file or "text")
    for name, content in parser.beside:
        (file.parent / name).write_bytes(content)
    if parser.file == "manifest.json":
        table = tmp_path / "made/snapshot/entries.parquet"
        (file.parent / "entries.parquet").write_bytes(table.read_bytes())
    trees = [load(parser.trees)(data) for data in seeds]
    fields = [(tree, path) for tree in trees for path in fields_of(tree)]
    refused = 0

    def check(tree, path, value):
        nonlocal refused
        try:
            data = dump(parser.trees)(put(tree, path, value))
        except (ValueError, UnicodeError):
            return  # no such file can be
        file.write_bytes(data)
        given_to = file if parser.file else data.decode("utf-8", "surrogateescape")
        try:
            parser.read(given_to)
        except InterfaceError as error:
            refused += 1
            lines = str(error).count("\n")
        except Exception as error:
            why = f"{type(error).__name__} {error}"
            raise AssertionError(f"{path} = {repr(value)[:80]}: {why}") from error
        else:
            lines = 0
        assert lines == 0, (path, value)

    everything = full or parser.share > CHEAP
    for number, (tree, path) in enumerate(fields):
        few = [TYPES[(number * 3 + k) % len(TYPES)] for k in range(3)]
        for value in TYPES if everything and len(fields) < 200 else few:
            check(tree, path, value)

    @seed(20261130)
    @settings(
        max_examples=max(10, round(FEW * parser.share)), database=None, deadline=None,
        suppress_health_check=list(HealthCheck), phases=[Phase.generate],
    )  # fmt: skip
    @given(st.sampled_from(range(len(fields))), NESTED)
    def any_value(number, value):
        check(*fields[number], value)

    any_value()
    assert refused > len(fields) / 4


# ---------------------------------------------------------------------- job files


JOB = {"name": "x", "cathode": "LCO", "lithium": [1, 0.5], "electrolytes": ["LPSCl"], "phases": "p"}


def job(folder, **changes):
    path = folder / "job.yaml"
    path.write_text(json.dumps(JOB | changes))
    return path


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"name": None}, "name"),
        ({"name": ["a"]}, "name"),
        ({"name": {"a": "b"}}, "name"),
        ({"name": 7}, "name"),
        ({"exclude": [False]}, "quotes"),
        ({"lithium": ["1/3"]}, "decimal"),
        ({"lithium": [True]}, "decimal"),
        ({"lithium": [1.5]}, "outside"),
        ({"lithium": ["\uff10.\uff13"]}, "decimal"),
        ({"lithium": [0.5, 0.50]}, "twice"),
        ({"electrolytes": ["LPSCl", "LPSCl"]}, "twice"),
        ({"electrolytes": [None]}, "text"),
        ({"calculate": {"orderings": True}}, "whole number"),
        ({"calculate": {"ordering": 1}}, "orderings"),
        ({"colour": 1}, "colour"),
    ],
)
def test_a_job_with_a_value_of_another_type_is_refused(changes, word, tmp_path):
    with pytest.raises(InputError, match=word):
        load_job(job(tmp_path, **changes))


def test_no_in_a_list_of_formulas_is_told_of(tmp_path):
    path = tmp_path / "job.yaml"
    path.write_text("\n".join(f"{k}: {json.dumps(v)}" for k, v in JOB.items()) + "\nexclude: [NO]")
    with pytest.raises(InputError, match="quotes"):
        load_job(path)
    path.write_text(path.read_text().replace("[NO]", "['NO']"))
    assert cathode_job(path).exclude == ("NO",)


@pytest.mark.parametrize("text", ["1/3", "0.3e0", "-0.1", "nan", "\u0663", "1.0000000001", ""])
def test_a_lithium_content_has_one_rule(text, tmp_path):
    """Of a job file, and of a name on the command line."""
    from workflows.data.named_materials import find_system

    with pytest.raises(InputError):
        lithium_content(text)
    with pytest.raises(InputError):
        load_job(job(tmp_path, lithium=[text]))
    with pytest.raises(InterfaceError):
        find_system(f"LCO@{text}")


def test_what_a_job_allows_a_name_allows_as_well(tmp_path):
    read = cathode_job(job(tmp_path, lithium=[1, "0.3", 0.25, ".5", 0]))
    assert set(elements_of(read)) == {"Li", "Co", "O", "P", "S", "Cl"}


# ---------------------------------------------------------------------- numbers and keys


@pytest.mark.parametrize("text", ["-2_0", "0x10", "\uff11", "1,5", "", "1e", "--1", "1 2", "True"])
def test_a_text_that_is_no_decimal_number(text):
    with pytest.raises(ValueError, match="not a decimal number"):
        read_number(text)


@pytest.mark.parametrize("text", ["1_000", "010", "0x10", "1:30", "-2_0.5", "0b11", "1_0.0"])
def test_a_number_that_yaml_reads_otherwise_is_refused(text, tmp_path):
    from workflows.io.readers import read_yaml

    (tmp_path / "a.yaml").write_text(f"a: {text}\n")
    with pytest.raises(InputError, match="plain decimal"):
        read_yaml(tmp_path / "a.yaml")
    (tmp_path / "a.yaml").write_text(f"a: '{text}'\n")
    assert read_yaml(tmp_path / "a.yaml") == {"a": text}


@pytest.mark.parametrize("text", ['{"a": 1, "a": 2}', '{"b": [{"a": 1, "c": 2, "a": 1}]}'])
def test_a_key_of_json_that_is_named_twice_is_refused(text, tmp_path):
    from workflows.io.checksums import parse_checked
    from workflows.io.readers import read_json

    (tmp_path / "a.json").write_text(text)
    with pytest.raises(InputError, match="named twice"):
        read_json(tmp_path / "a.json")
    with pytest.raises(ValueError, match="named twice"):
        parse_checked(text.encode())


# ---------------------------------------------------------------------- tables


ROWS = [line.split(",") for line in TABLE.splitlines()]
COLUMNS = {name: [row[k] for row in ROWS[1:]] for k, name in enumerate(ROWS[0])}
COLUMNS["formation_energy_per_atom"] = [float(x) for x in COLUMNS["formation_energy_per_atom"]]
COLUMNS["volume_per_atom"] = [float(x) for x in COLUMNS["volume_per_atom"]]


def parquet(folder, **changes):
    import pyarrow
    import pyarrow.parquet

    columns = {name: pyarrow.array(values) for name, values in COLUMNS.items()} | changes
    path = folder / "t.parquet"
    pyarrow.parquet.write_table(pyarrow.table(columns), path)
    return path


def arrays():
    """Name -> a column of that type, as long as the table."""
    from datetime import UTC, datetime
    from decimal import Decimal

    import pyarrow

    n = len(ROWS) - 1
    texts = pyarrow.array(COLUMNS["formula"])
    return {
        "bool": pyarrow.array([True] * n),
        "integer": pyarrow.array([2020] * n),
        "float": pyarrow.array([1.5] * n),
        "not a number": pyarrow.array([float("nan")] * n),
        "decimal": pyarrow.array([Decimal("1.5")] * n),
        "null": pyarrow.nulls(n),
        "list": pyarrow.array([[1.0]] * n),
        "struct": pyarrow.array([{"a": 1}] * n),
        "map": pyarrow.array([[("a", 1)]] * n, pyarrow.map_(pyarrow.string(), pyarrow.int64())),
        "binary": pyarrow.array([b"Li"] * n),
        "date": pyarrow.array([datetime.now(UTC)] * n),
        "dictionary": texts.dictionary_encode(),
        "large text": texts.cast(pyarrow.large_string()),
        "text": texts,
    }


def unique_ids(array):
    """Ids of the same type, all of them different."""
    import pyarrow

    ids = pyarrow.array([f"id-{row}" for row in range(len(array))])
    if pyarrow.types.is_dictionary(array.type):
        return ids.dictionary_encode()
    return ids.cast(array.type)


READS = {  # column -> types that it may have
    "id": {"integer", "null", "dictionary", "large text", "text"},
    "formula": {"dictionary", "large text", "text"},
    "formation_energy_per_atom": {"integer", "float", "decimal"},
    "volume_per_atom": {"integer", "float", "decimal", "null"},
    "scheme": {"integer", "null"},
}


@pytest.mark.parametrize("column", READS)
@pytest.mark.parametrize("kind", sorted(arrays()))
def test_a_parquet_column_of_any_type_is_read_or_refused(column, kind, tmp_path):
    array = arrays()[kind]
    if column == "id" and kind in ("dictionary", "large text", "text"):
        array = unique_ids(array)
    path = parquet(tmp_path, **{column: array})
    reads = kind in READS[column] and not (column == "id" and kind == "integer")
    if reads:
        assert len(read_phases(path)) == len(ROWS) - 1
    else:
        with pytest.raises(InterfaceError) as caught:
            read_phases(path)
        assert "\n" not in str(caught.value)


def test_an_integer_scheme_and_id_are_the_text_that_a_csv_holds(tmp_path):
    import pyarrow

    n = len(ROWS) - 1
    path = parquet(tmp_path, scheme=pyarrow.array([2020] * n), id=pyarrow.array(range(n)))
    assert read_phases(path).ids[1] == "1"


def test_a_cell_that_is_true_is_refused_with_its_column_and_row(tmp_path):
    import pyarrow

    wrong = parquet(tmp_path, formation_energy_per_atom=pyarrow.array([True] * (len(ROWS) - 1)))
    with pytest.raises(InputError, match=r"line 1: formation_energy_per_atom .* True"):
        read_phases(wrong)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("formula,energy_per_atom,formation_energy_per_atom\nLi,-1,0\n", "either could be"),
        ("formula,energy_per_atom,energy_per_atom\nLi,-1,0\n", "two columns"),
        ("formula,formula,energy_per_atom\nLi,Li,0\n", "two columns"),
        ("formula,energy_per_atom\nLi,-2_0\n", "not a number"),
        ("formula,energy_per_atom\nLi,True\n", "not a number"),
        ("formula,energy_per_atom\nLi,\uff11\n", "not a number"),
        ("formula,energy_per_atom,volume_per_atom\nLi,-1,1_0\n", "volume_per_atom"),
    ],
)
def test_a_table_that_can_be_read_in_two_ways_is_refused(text, words, tmp_path):
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(InputError, match=words):
        read_phases(tmp_path / "t.csv")


@pytest.mark.parametrize(
    "changes",
    [{"energy": True}, {"energy": "-2_0"}, {"energy": None}, {"energy": [1]}, {"energy": 10**400},
     {"composition": {"Li": True}}, {"composition": {"Li": "1_0"}}, {"composition": None},
     {"composition": {"Li": -1}}, {"composition": 7}, {"correction": True}, {"entry_id": [1]}],
)  # fmt: skip
def test_an_entry_with_a_value_of_another_type_is_refused(changes, tmp_path):
    entry = {"composition": {"Li": 1.0}, "energy": -1.9, "correction": 0.0, "entry_id": "a"}
    (tmp_path / "e.json").write_text(json.dumps([entry | changes]))
    with pytest.raises(InterfaceError):
        read_phases(tmp_path / "e.json")


# ---------------------------------------------------------------------- formulas


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("CaSO4.2H2O", "CaSO6H4"), ("CaSO4\u00b72H2O", "CaSO6H4"),
        ("CaSO4 \u00b7 2 H2O", "CaSO6H4"),
        ("Li\u2086PS\u2085Cl", "Li6PS5Cl"), ("Li(Ni0.8Co0.1Mn0.1)O2", "LiNi0.8Co0.1Mn0.1O2"),
        ("LiOH.H2O", "LiO2H3"), ("CaSO4\u20220.5H2O", "CaSO4.5H"), ("V2O5.0.5H2O", "V2O5.5H"),
        ("3CdSO4\u00b78H2O", "Cd3S3O20H16"), ("2Li2O\u00b7B2O3", "Li4B2O5"),
        ("Na0.3CoO2.1.3H2O", "Na0.3CoO3.3H2.6"), ("Li0.3H2O", "H2Li0.3O"),
        ("Li\u2080.\u2083CoO\u2082", "Li0.3CoO2"), ("CaSO4.2(H2O)", "CaSO6H4"),
    ],
)  # fmt: skip
def test_a_formula_that_chemists_write(text, same):
    formula = Formula.parse(text)
    assert formula.same_composition(Formula.parse(same))
    assert formula.text.isascii()
    assert Formula.parse(formula.text) == formula


@pytest.mark.parametrize(
    "text",
    ["(LiCoO2]", "[LiCoO2)", "Li\uff11", "Li.3CoO2", "Li2O.2B2O3", "Li2.", "O02", "MgCl2.6NH3",
     "CaSO4\u00b7", "\u00b7H2O", "CaSO4\u00b7\u00b72H2O", "2LiCoO2", "CaSO4*2H2O", "Li\u00b2O",
     "CaSO4\u00b72", "LiCl.H2O.H2O"],
)  # fmt: skip
def test_a_formula_that_can_be_read_in_two_ways_or_none(text):
    with pytest.raises(FormulaError):
        Formula.parse(text)


def test_an_exclusion_that_leaves_nothing_out_is_told_of(toy_table, capsys):
    from workflows.analyses.curve import compute_curve
    from workflows.analyses.setup import PhaseOptions

    compute_curve(
        "Li2O", "TiO2", PhaseOptions(str(toy_table), exclude=("Li5TiO4", "Li2TiO3", "O2"))
    )
    said = capsys.readouterr().err
    assert "Li5TiO4" in said
    assert "Li2TiO3" not in said
    assert "O2 leaves" not in said


@pytest.fixture
def toy_table(tmp_path):
    path = tmp_path / "toy.csv"
    path.write_text(TABLE)
    return path
