"""Tests that need the network run only when asked for: ``pytest tests/live --live``."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--live", action="store_true", help="tests that ask the Materials Project")


@pytest.fixture(autouse=True)
def _only_when_asked(request: pytest.FixtureRequest) -> None:
    if not request.config.getoption("--live", default=False):
        pytest.skip("asks the network; give --live (and tests/live on the command line)")
