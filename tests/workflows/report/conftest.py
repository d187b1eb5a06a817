"""A browser and the pages it looks at, each made once."""

from __future__ import annotations

import pytest

from interfaces.phases.phase_set import PhaseSet
from tests.conftest import TOY
from tests.workflows.report.chromium import Browser, NoChromiumError
from tests.workflows.report.records import HOSTILE, a_record
from workflows.io.mock_mark import MOCK_SCHEME
from workflows.report.page import write_report
from workflows.runs import cathode_series as campaign
from workflows.runs import run_file

JOB = """\
name: small
cathode: NCM811
lithium: [1.0, 0.5, 0.0]
electrolytes: [LPSCl, LiTFSI]
phases: sevennet-l3i5
energies: []
exclude: []
"""


@pytest.fixture(scope="session")
def run(tmp_path_factory):
    """Folder of a small run of the main job's kind, with its report."""
    folder = tmp_path_factory.mktemp("report")
    (folder / "job.yaml").write_text(JOB)
    with pytest.MonkeyPatch.context() as patch:  # figures on paper are tested elsewhere
        patch.setattr(campaign, "save_side_by_side", lambda *_: None)
        run_file.run(folder / "job.yaml", out=folder)
    write_report(folder / "small")
    return folder / "small"


@pytest.fixture(scope="session")
def mocked(tmp_path_factory):
    """Report of a record whose energies are made up."""
    folder = tmp_path_factory.mktemp("mocked")
    phases = PhaseSet.from_rows(TOY, scheme=MOCK_SCHEME, source="toy", surrogate=MOCK_SCHEME)
    return write_report(a_record(folder / "made_up.json.gz", phases))


@pytest.fixture(scope="session")
def hostile(tmp_path_factory):
    """Report of a record with names and notes that try to become elements of the page."""
    folder = tmp_path_factory.mktemp("hostile")
    phases = PhaseSet.from_rows(TOY, scheme=f"made up {HOSTILE}", source=HOSTILE, surrogate=HOSTILE)
    return write_report(a_record(folder / "names.json.gz", phases, name=HOSTILE))


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    try:
        chromium = Browser(tmp_path_factory.mktemp("profile"))
    except NoChromiumError as reason:
        pytest.skip(str(reason))
    yield chromium
    chromium.close()


@pytest.fixture
def page(browser):
    """An empty page of a desk's size, without what an earlier test was told."""
    browser.events.clear()
    item = browser.page()
    yield item
    item.close()
