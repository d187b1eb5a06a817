"""What a page names: links, images, verbs and options of the command line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.docs.pages import blocks, prose

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
CALL = re.compile(r"(?:^|[\s`(|])(?<!from )interfaces ([a-z]+)\b([^`\n]*)")
OPTION = re.compile(r"(?<![\w-])(--[a-z][a-z-]*)")
NAMED = re.compile(r"`(--[a-z][a-z-]*)")
#: Options of other programs that pages name.
FOREIGN = {"--live", "--full", "--require-hashes", "--only-binary", "--write"}


def missing_targets(page: Path) -> list[str]:
    """Relative links and images of a page that lead nowhere, or to no heading of their page."""
    gathered = []
    for target in LINK.findall(prose(page.read_text())):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, heading = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        if not there.exists() or (heading and heading not in headings(there)):
            gathered.append(target)
    return gathered


def headings(page: Path) -> set[str]:
    """Anchors that GitHub gives the headings of a page."""
    lines = re.findall(r"^#+ (.+)$", prose(page.read_text()), flags=re.M)
    return {re.sub(r"[^\w\- ]", "", line.lower()).strip().replace(" ", "-") for line in lines}


def calls(text: str) -> Iterator[tuple[str, str]]:
    """Verbs of the command line in code of a page, each with what follows it on the line."""
    code = [line for block in blocks(text) for line in block.text.replace("\\\n", " ").splitlines()]
    code += re.findall(r"`([^`]+)`", prose(text).replace("\n", " "))
    for line in code:
        words = line.partition("#")[0]
        for match in CALL.finditer(words):
            yield match[1], match[2].partition("|")[0]


def unknown(text: str, verbs: Mapping[str, frozenset[str]]) -> list[str]:
    """Verbs and options in a page that the command line does not have.

    An option after a verb must be that verb's; one that is named alone, of any.

    >>> unknown("`interfaces fly --high` and `--far`", {"fly": frozenset({"--low"})})
    ['interfaces fly --high', '--far']
    """
    gathered = []
    for verb, rest in calls(text):
        if verb not in verbs:
            gathered.append(f"interfaces {verb}")
            continue
        gathered += [
            f"interfaces {verb} {option}"
            for option in OPTION.findall(rest)
            if option not in verbs[verb]
        ]
    anywhere = frozenset().union(*verbs.values()) | FOREIGN
    gathered += [option for option in NAMED.findall(prose(text)) if option not in anywhere]
    return gathered
