"""The two packages offer their public names themselves, and load a module when a name is used."""

from __future__ import annotations

import ast
import csv
import re
import subprocess
import sys
from pathlib import Path

import pytest

import interfaces
import workflows
from tests.docs.public import PUBLIC

ROOT = Path(__file__).resolve().parent.parent
CORPUS = ROOT.parent / "shared" / "real" / "expected.csv"
PACKAGES = (interfaces, workflows)


def names_of(package):
    return [name for names in package.PUBLIC.values() for name in names]


def test_importing_the_packages_loads_nothing_but_small_modules_of_python():
    script = (
        "import sys\nbefore = set(sys.modules)\nimport interfaces, workflows\n"
        "print(' '.join(set(sys.modules) - before))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    )
    loaded = set(done.stdout.split())
    outside = {name for name in loaded if name.partition(".")[0] not in sys.stdlib_module_names}
    assert outside == {"interfaces", "workflows"}
    assert not loaded & {"json", "inspect", "asyncio", "dataclasses", "subprocess", "logging"}


@pytest.mark.parametrize("package", PACKAGES)
def test_every_public_name_is_that_of_its_module(package):
    assert dir(package) == sorted(names_of(package))
    for name in names_of(package):
        value = getattr(package, name)
        assert value.__name__ == name
        assert value.__doc__, name
        assert value.__module__.startswith(package.__name__)
    with pytest.raises(AttributeError):
        package.no_such_name  # noqa: B018


@pytest.mark.parametrize("package", PACKAGES)
def test_type_checkers_see_the_same_names(package):
    tree = ast.parse(Path(package.__file__).read_text())
    imported = [
        (node.module, alias.name)
        for block in tree.body
        if isinstance(block, ast.If)
        for node in block.body
        for alias in node.names
    ]
    table = {
        (f"{package.__name__}.{module}", name)
        for module, names in package.PUBLIC.items()
        for name in names
    }
    assert set(imported) == table
    assert len(imported) == len(table)


@pytest.mark.parametrize("package", PACKAGES)
def test_the_page_lists_every_public_name_once(package):
    listed = [name for by in PUBLIC.values() for name in by.get(package.__name__, ())]
    assert sorted(listed) == sorted(names_of(package))


def test_names_that_scripts_of_others_import_are_public():
    """The corpus of real files imports them from modules as they were called earlier."""
    if not CORPUS.is_file():
        pytest.skip("the corpus of real files is not beside this checkout")
    with CORPUS.open(newline="") as file:
        calls = " ; ".join(row["how"] for row in csv.DictReader(file))
    pattern = r"from (interfaces|workflows)[\w.]* import ([\w, ]+)"
    imported = {
        (package, name.split()[0])
        for package, names in re.findall(pattern, calls)
        for name in names.split(",")
    }
    assert len(imported) > 5
    missing = {pair for pair in imported if pair[1] not in dir(sys.modules[pair[0]])}
    assert missing == set()
