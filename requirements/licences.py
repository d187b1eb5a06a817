"""Licences of what is installed, or of the packages of a lock file: a table, and a check.

    python requirements/licences.py [LOCK] [--no-gpl]

From the metadata that each installed package brings. A package of the lock that is not installed
here (of another system) is named as such. With ``--no-gpl`` the status is 1 if a package can be
had only under the GPL or AGPL; the LGPL, the MPL and a choice with another licence are let pass.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution, distributions
from pathlib import Path

#: Names of the same licence, as metadata has them; the first that is found in the text counts.
KINDS = (
    ("AGPL", r"agpl|affero"),
    ("LGPL", r"lgpl|lesser general|library or lesser"),
    ("GPL", r"\bgpl|gnu general public"),
    ("MPL-2.0", r"mpl|mozilla"),
    ("Apache-2.0", r"apache"),
    ("BSD", r"bsd|regents of the university of\s+california"),
    ("ISC", r"\bisc\b"),
    ("PSF-2.0", r"psf|python software foundation|python-2\.0"),
    ("MIT", r"\bmit\b|mit-cmu|hpnd"),
    ("ZPL", r"zope|zpl"),
    ("Unlicense", r"unlicense|public domain"),
)
COPYLEFT = ("AGPL", "GPL")
WEAK = ("LGPL", "MPL-2.0")


def told(one: Distribution) -> str:
    """What a package's metadata says of its licence: expression, classifiers, or free text."""
    metadata = one.metadata
    if metadata.get("License-Expression"):
        return str(metadata["License-Expression"])
    listed = [
        line.rpartition("::")[2].strip()
        for line in metadata.get_all("Classifier") or ()
        if line.startswith("License ::") and line.rpartition(":: ")[2] != "OSI Approved"
    ]
    return " or ".join(listed) or str(metadata.get("License") or "").strip()[:200]


def kinds(text: str) -> tuple[str, ...]:
    """The licences of :data:`KINDS` that a text names."""
    return tuple(name for name, pattern in KINDS if re.search(pattern, text.lower()))


def only_gpl(text: str) -> bool:
    """Whether a package can be had under the GPL or AGPL alone."""
    found = kinds(text)
    return bool(found) and all(name in COPYLEFT for name in found)


def canonical(name: str) -> str:
    """A package's name as the index spells it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def locked(path: Path) -> Iterator[tuple[str, str]]:
    """(name, version) of every line of a lock file."""
    for line in path.read_text(encoding="utf-8").splitlines():
        match = re.match(r"([A-Za-z0-9][\w.-]*)==([^\s;\\]+)", line)
        if match:
            yield match[1], match[2]


def installed(lock: Path | None) -> tuple[dict[str, str], list[str]]:
    """What each package says of its licence; names of the lock that are not installed here."""
    if lock is None:
        return {canonical(one.name): told(one) for one in distributions()}, []
    found, missing = {}, []
    for name in dict.fromkeys(name for name, _ in locked(lock)):
        try:
            found[canonical(name)] = told(distribution(name))
        except PackageNotFoundError:
            missing.append(name)
    return found, missing


def main() -> int:
    """Print the table; the status that was asked for."""
    parser = argparse.ArgumentParser(description="See the top of the file.")
    parser.add_argument("lock", nargs="?", type=Path)
    parser.add_argument("--no-gpl", action="store_true")
    options = parser.parse_args()
    found, missing = installed(options.lock)
    table: dict[str, list[str]] = {}
    for name, text in found.items():
        table.setdefault(" or ".join(kinds(text)) or f"unclear: {text or 'nothing'}", []).append(
            name
        )
    print("| licence | packages |\n|---|---|")
    for licence, names in sorted(table.items(), key=lambda row: -len(row[1])):
        print(f"| {licence} | {', '.join(sorted(names))} |")
    if missing:
        print(f"\nnot installed here: {', '.join(missing)}")
    bad = [name for name, text in found.items() if only_gpl(text)]
    if bad:
        print(f"\nonly under the GPL or AGPL: {', '.join(bad)}")
    return int(options.no_gpl and bool(bad))


if __name__ == "__main__":
    raise SystemExit(main())
