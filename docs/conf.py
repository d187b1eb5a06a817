"""The website: ``python -m sphinx -W -b html -c docs . build/site`` from the root of the checkout.

The source folder is the whole checkout, so that links of README.md and of docs/ hold as they are
on disk. Nothing is fetched. The reference pages are written from the docstrings of the public names
(``tests/docs/public.py``), and notebooks are shown with the outputs that they hold.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.docs.public import PUBLIC  # noqa: E402
from workflows._version import VERSION  # noqa: E402

project = "interface-stability"
author = "the authors of interface-stability"
copyright = f"{author}. MIT licence"
version = release = VERSION

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
root_doc = "README"
include_patterns = [
    "README.md", "CONTRIBUTING.md", "CHANGELOG.md", "CODE_OF_CONDUCT.md", "docs/**",
    "inputs/**/*.md", "results/README.md", "results/**/README.md",
]  # fmt: skip
exclude_patterns = ["docs/conf.py"]
REFERENCE = "docs/reference"  #: generated, not in the repository

myst_heading_anchors = 4
#: A part of a page that starts lower; CSV, for which there is no lexer.
suppress_warnings = ["myst.header", "misc.highlighting_failure"]
myst_enable_extensions = ["dollarmath"]
nb_execution_mode = "off"
autodoc_typehints = "none"
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_use_param = False  # words of a description are no types to link
napoleon_use_ivar = True

html_theme = "furo"
html_title = f"interface-stability {VERSION}"
html_show_sourcelink = False
html_copy_source = False

#: Heading -> pages, in the order of the sidebar.
CONTENTS = {
    "Start": ["docs/README", "docs/notebooks/*.ipynb", "docs/questions"],
    "Tutorials": "docs/tutorials/*.md",
    "How-to": [
        "docs/your-data", "docs/calculating", "docs/vasp", "docs/clusters", "docs/flows",
        "docs/app",
    ],
    "Reference": [
        "docs/glossary", "docs/python", f"{REFERENCE}/index", "docs/speed", "docs/citing",
    ],
    "Theory": [
        "docs/decisions", "docs/bundled-set", "docs/measured-enthalpies", "docs/validation",
        "docs/dynamics",
    ],
    "Development": ["CONTRIBUTING", "CODE_OF_CONDUCT", "docs/development/*.md", "CHANGELOG"],
    "Data": ["inputs/**/*.md", "results/**/README.md"],
}  # fmt: skip


def _pages(entries: list[str] | str) -> list[str]:
    patterns = [entries] if isinstance(entries, str) else entries
    return [
        name
        for pattern in patterns
        for name in (
            sorted(path.relative_to(ROOT).with_suffix("").as_posix() for path in ROOT.glob(pattern))
            if "*" in pattern
            else [pattern]
        )
    ]


def _toctree(pages: list[str], caption: str = "") -> str:
    options = f":caption: {caption}\n:hidden:\n" if caption else ""
    lines = "\n".join(f"/{page}" for page in pages)
    return f"\n```{{toctree}}\n{options}\n{lines}\n```\n"


def add_contents(app: Any, page: str, source: list[str]) -> None:
    """Append the contents to the first page; GitHub shows it without them."""
    if page == root_doc:
        source[0] += "".join(_toctree(_pages(e), heading) for heading, e in CONTENTS.items())


def write_reference(app: Any) -> None:
    """A page of docstrings for every heading of the public names."""
    folder = ROOT / REFERENCE
    folder.mkdir(exist_ok=True)
    pages = []
    for heading, packages in PUBLIC.items():
        name = re.sub(r"\W+", "-", heading.lower())
        pages.append(f"{REFERENCE}/{name}")
        parts = [f"# {heading}\n"]
        for package, members in packages.items():
            for member in members:
                parts.append(_documented(package, member))
        _write(folder / f"{name}.md", "\n".join(parts))
    _write(folder / "index.md", f"# Functions and classes\n{_toctree(pages)}")


def _documented(package: str, member: str) -> str:
    from importlib import import_module
    from inspect import isclass

    kind = "autoclass" if isclass(getattr(import_module(package), member)) else "autofunction"
    options = ":members:\n" if kind == "autoclass" else ""
    return f"```{{eval-rst}}\n.. {kind}:: {package}.{member}\n   {options}```\n"


def describe_parameters(*arguments: Any) -> None:
    """Give napoleon descriptions: here ``name : words`` has the words in place of a type."""
    lines = arguments[-1]
    within, made = False, list[str]()
    for number, line in enumerate(lines):
        following = lines[number + 1] if number + 1 < len(lines) else ""
        if following.startswith("---"):
            within = line in ("Parameters", "Attributes")
        parameter = re.fullmatch(r"([\w*, ]+) : (.+)", line) if within else None
        kind = parameter is not None and re.match(r"    [A-Z]", following)
        if parameter is None or kind:  # a type, with its description below
            made.append(line)
        else:
            made += [parameter[1], f"    {parameter[2]}"]
    lines[:] = made


def _write(path: Path, text: str) -> None:
    """Only what changed, so that a second build is quick."""
    if not path.is_file() or path.read_text() != text:
        path.write_text(text)


def setup(app: Any) -> None:
    """Connect them; parameters before napoleon reads them."""
    app.connect("builder-inited", write_reference)
    app.connect("autodoc-process-docstring", describe_parameters, priority=400)
    app.connect("source-read", add_contents)
