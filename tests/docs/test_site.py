"""The website builds without a warning, and without network."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.docs.pages import ROOT, pages

pytest.importorskip("myst_nb")
pytest.importorskip("furo")


def test_the_website_has_every_page_and_no_warning(tmp_path):
    command = [sys.executable, "-m", "sphinx", "-W", "-q", "-b", "html", "-c", "docs", "."]
    done = subprocess.run(
        [*command, str(tmp_path / "site"), "-d", str(tmp_path / "doctrees")],
        cwd=ROOT, capture_output=True, text=True, timeout=900, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    for page in pages():
        assert (tmp_path / "site" / page.relative_to(ROOT).with_suffix(".html")).is_file(), page
    reference = (tmp_path / "site" / "docs" / "reference" / "reactions.html").read_text()
    assert "interfaces.mixing_curve" in reference
    assert "http" not in reference.partition("<head>")[2].partition("</head>")[0]  # nothing loaded
