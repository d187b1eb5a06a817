"""Links, images, verbs and options of README.md, CONTRIBUTING.md and docs/ exist."""

from __future__ import annotations

import click
import pytest

from tests.docs.pages import ROOT, pages
from tests.docs.references import calls, missing_targets, unknown
from workflows.cli import interfaces


def options(command: click.Command) -> frozenset[str]:
    """Of a verb and of the verbs below it."""
    table = {option for parameter in command.params for option in parameter.opts}
    table |= {option for parameter in command.params for option in parameter.secondary_opts}
    below = command.commands.values() if isinstance(command, click.Group) else ()
    return frozenset(table.union({"--help"}, *(options(phase) for phase in below)))


VERBS = {name: options(command) for name, command in interfaces.commands.items()}


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_links_and_images_lead_somewhere(page):
    assert missing_targets(page) == []


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_verbs_and_options_exist(page):
    assert unknown(page.read_text(), VERBS) == []


def test_pages_were_read():
    """So that a changed pattern does not let everything through."""
    named = {verb for page in pages() for verb, _ in calls(page.read_text())}
    assert {"curve", "window", "screen", "submit", "trajectory", "fetch"} <= named
    assert unknown("`interfaces curve A B --nothing`", VERBS) == ["interfaces curve --nothing"]
