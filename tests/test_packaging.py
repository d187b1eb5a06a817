"""What is written beside pyproject.toml agrees with it: the recipe of conda, the citation."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import yaml

from workflows._version import VERSION

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
CONDA = {"matplotlib": "matplotlib-base"}  # name of a package there


def test_the_conda_recipe_has_the_version_and_the_requirements():
    recipe = (ROOT / "conda" / "meta.yaml").read_text()
    assert f'set version = "{VERSION}"' in recipe
    wanted = {name: CONDA.get(name, name) for name in map(_name, PROJECT["dependencies"])}
    lines = [
        f"    - {wanted[_name(text)]} >={text.partition('>=')[2]}"
        for text in PROJECT["dependencies"]
    ]
    run = recipe.partition("  run:\n")[2].partition("\n\n")[0].splitlines()
    assert run == [f"    - python {PROJECT['requires-python']}", *lines]
    for name, target in PROJECT["scripts"].items():
        assert f"    - {name} = {target}" in recipe


def test_the_citation_is_of_this_version_and_every_reference_has_a_doi():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert citation["version"] == VERSION
    assert citation["license"] == PROJECT["license"]
    cited = (ROOT / "docs" / "citing.md").read_text()
    assert len(citation["references"]) > 3
    for reference in citation["references"]:
        assert reference["doi"] in cited


def test_addresses_are_placeholders():
    """Until the package has a public place, no address leads to somebody else's."""
    assert all(url.startswith("https://example.org/") for url in PROJECT["urls"].values())


def _name(requirement: str) -> str:
    return re.split(r"[<>=!\[ ]", requirement)[0]
