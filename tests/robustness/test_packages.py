"""What is declared, locked, packed and named: the lock files, licences, wheel, and extras."""

from __future__ import annotations

import ast
import importlib.util
import os
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.version import Version

from tests.workflows.cli.runner import refused
from workflows.cli import EXTRAS

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LOCKS = {"base": ROOT / "requirements/lock.txt", "test": ROOT / "requirements/lock-test.txt"}
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")
TOP = {
    "interfaces", "workflows", "inputs", "tests", "benchmarks", "docs", "requirements", "results",
    "LICENSE", "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "pyproject.toml", "PKG-INFO",
    ".gitignore", "CITATION.cff", "CODE_OF_CONDUCT.md", "conda",
}  # fmt: skip


@pytest.fixture(scope="module")
def licences():
    spec = importlib.util.spec_from_file_location("licences", ROOT / "requirements/licences.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def pins(path):
    """Name -> [(version, marker or None)], from the lines of a lock file."""
    table = {}
    for line in path.read_text().splitlines():
        if line.startswith(("#", " ")):
            continue
        requirement = Requirement(line.removesuffix("\\").strip())
        (only,) = requirement.specifier
        assert only.operator == "==", line
        table.setdefault(requirement.name, []).append((Version(only.version), requirement.marker))
    return table


def direct(which):
    """The requirements that pyproject.toml states, those of named extras included."""
    names = list(PROJECT["dependencies"])
    if which == "test":
        extras = PROJECT["optional-dependencies"]
        for line in extras["test"]:
            requirement = Requirement(line)
            own = requirement.name == PROJECT["name"]
            names += [n for extra in requirement.extras for n in extras[extra]] if own else [line]
    return [Requirement(line) for line in names]


@pytest.mark.parametrize("which", LOCKS)
def test_a_lock_covers_every_direct_dependency_within_its_bounds(which):
    locked = {name.lower(): versions for name, versions in pins(LOCKS[which]).items()}
    for edge in direct(which):
        assert edge.specifier, f"{edge} has no lower bound"
        for version, _ in locked[edge.name.lower()]:
            assert version in edge.specifier, (edge, version)


@pytest.mark.parametrize("which", LOCKS)
def test_every_line_of_a_lock_has_hashes_and_no_place(which):
    text = LOCKS[which].read_text()
    assert not re.search(r"https?:|--(extra-)?index|--find-links|file:|@ ", text)
    blocks = re.split(r"\n(?=[A-Za-z])", text[text.index("\n", text.rindex("\n#") + 1) + 1 :])
    assert len(blocks) == sum(map(len, pins(LOCKS[which]).values()))
    for block in blocks:
        _, *hashes = block.rstrip().splitlines()
        assert hashes, block
        assert all(HASH.fullmatch(line) for line in hashes), block


@pytest.mark.parametrize("which", LOCKS)
def test_a_lock_has_released_versions_one_for_each_python(which):
    for name, versions in pins(LOCKS[which]).items():
        assert not any(v.is_prerelease or v.is_devrelease or v.local for v, _ in versions), name
        for python in ("3.11", "3.12", "3.13"):
            here = {
                "python_version": python, "python_full_version": f"{python}.5",
                "sys_platform": "linux", "implementation_name": "cpython",
                "platform_python_implementation": "CPython",
            }  # fmt: skip
            fits = [v for v, m in versions if m is None or Marker(str(m)).evaluate(here)]
            assert len(fits) <= 1, (name, python)


def test_the_locks_agree_on_what_both_have():
    base, test = pins(LOCKS["base"]), pins(LOCKS["test"])
    for name in base.keys() & test.keys():
        assert {v for v, _ in base[name]} == {v for v, _ in test[name]}, name
    assert len(base.keys() & test.keys()) > 40


def test_neither_lock_has_the_heavy_engines():
    for path in LOCKS.values():
        assert not pins(path).keys() & {"torch", "chgnet", "gpaw", "pyscf", "rdkit", "tblite"}


def test_the_base_install_has_no_gpl_package(licences):
    result, missing = licences.installed(LOCKS["base"])
    assert len(result) > 40, missing
    assert all(licences.kinds(text) for text in result.values()), result
    assert [name for name, text in result.items() if licences.only_gpl(text)] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("GPL-3.0-or-later", True),
        ("GNU General Public License v3 (GPLv3)", True),
        ("GNU Affero General Public License v3", True),
        ("LGPL-2.1-or-later", False),
        ("GNU Lesser General Public License v3 (LGPLv3) or BSD License", False),
        ("GPL-2.0-only OR MIT", False),
        ("MIT", False),
        ("", False),
    ],
)
def test_what_counts_as_gpl(licences, text, expected):
    assert licences.only_gpl(text) is expected


def test_gpl_engines_are_optional_only():
    """gpaw is GPL: it stands in an extra of its own, and in no other."""
    extras = PROJECT["optional-dependencies"]
    holding = {e for e, lines in extras.items() if any(x.startswith("gpaw") for x in lines)}
    assert holding == {"gpaw"}
    assert not any("gpaw" in line for line in PROJECT["dependencies"])


#: Module -> distribution, where the names differ, and libraries that a dependency brings.
DISTRIBUTIONS = {
    "mp_api": "mp-api", "jobflow_remote": "jobflow-remote", "yaml": "pyyaml", "jinja2": "jinja2",
}  # fmt: skip
BROUGHT = {
    "requests": "mp-api", "urllib3": "mp-api", "emmet": "mp-api", "monty": "pymatgen",
    "maggma": "jobflow", "pymongo": "jobflow", "ruamel": "jobflow", "markupsafe": "jinja2",
    "pydantic_core": "pydantic", "flask": "dash", "werkzeug": "dash",
    "qtoolkit": "jobflow-remote",
}  # fmt: skip


def declared(extra=""):
    lines = PROJECT["optional-dependencies"][extra] if extra else PROJECT["dependencies"]
    return {Requirement(line).name for line in lines}


def test_every_extra_that_a_message_names_brings_the_package():
    for module, extra in EXTRAS.items():
        name = BROUGHT.get(module) or DISTRIBUTIONS.get(module, module)
        assert name in declared(extra), (module, extra)


def test_every_library_that_the_code_imports_is_declared():
    imported = set()
    for folder in ("interfaces", "workflows"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Import):
                    imported |= {alias.name.partition(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module:
                    imported.add(node.module.partition(".")[0])
    imported -= sys.stdlib_module_names | {"interfaces", "workflows"}
    extras = ("", *(e for e in PROJECT["optional-dependencies"] if e not in ("test", "docs")))
    names = {name for extra in extras for name in declared(extra)}
    assert len(imported) > 20
    missing = {m for m in imported if (BROUGHT.get(m) or DISTRIBUTIONS.get(m, m)) not in names}
    assert missing == set()


BLOCKED = """import sys
for name in {!r}: sys.modules[name] = None
from workflows.cli import main
main(sys.argv[1:])
"""
#: Not torch: SciPy looks into it when it is among the modules.
OPTIONAL = sorted({*(name for name, extra in EXTRAS.items() if extra), "gpaw"} - {"torch"})
MISSING = {
    "screen": (
        ("screen", "--cathodes", "a.txt", "--electrolytes", "a.txt", "--out", "s"),
        "numba",
    ),
    "mlip": (("run", "inputs/ncm811_small.yaml", "--calculator", "sevennet"), ""),
}


@pytest.mark.parametrize("extra", MISSING)
def test_a_verb_without_its_extra_names_it(extra, tmp_path):
    """As in an install without any extra: none of their modules can be imported."""
    words, module = MISSING[extra]
    (tmp_path / "a.txt").write_text("LiCoO2\n")
    done = subprocess.run(
        [sys.executable, "-c", BLOCKED.format(OPTIONAL), *words],
        capture_output=True, text=True, cwd=tmp_path, timeout=300,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    refused(done, f"needs {module}", f"pip install 'interface-stability[{extra}]'")


def tracked(*folders):
    """Files of the checkout that belong into a package."""
    gathered = set()
    for folder in folders:
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                gathered.add(path.relative_to(ROOT).as_posix())
    return gathered


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    """A wheel and an sdist of this checkout, by hatchling itself."""
    pytest.importorskip("hatchling", reason="hatchling is not installed here; .ci/dependencies")
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout: what is left out follows from .gitignore")
    out = tmp_path_factory.mktemp("dist")
    script = (
        "import sys; from hatchling import build as b; "
        "b.build_sdist(sys.argv[1]); b.build_wheel(sys.argv[1])"
    )
    subprocess.run([sys.executable, "-c", script, out], cwd=ROOT, check=True, timeout=300)
    return out


def test_the_wheel_holds_the_packages_and_the_inputs_and_nothing_else(packed):
    (wheel,) = packed.glob("*.whl")
    names = {n for n in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in n}
    inputs = {f"workflows/{name}" for name in tracked("inputs")}
    assert names == tracked("interfaces", "workflows") | inputs
    assert {"interfaces/py.typed", "workflows/py.typed"} <= names
    assert any(n.endswith("licenses/LICENSE") for n in zipfile.ZipFile(wheel).namelist())


def test_the_sdist_holds_what_its_tests_need_and_no_caches(packed):
    (archive,) = packed.glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        names = {name.partition("/")[2] for name in opened.getnames()}
    wanted = tracked("interfaces", "workflows", "inputs", "tests", "benchmarks", "requirements")
    assert wanted <= names
    assert {"LICENSE", "README.md", "CHANGELOG.md", "pyproject.toml"} <= names
    for name in names:
        assert "__pycache__" not in name
        assert name.partition("/")[0] in TOP, name
        assert not name.startswith(("results/screens", "results/coatings")), name
