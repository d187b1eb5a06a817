"""What `interfaces doctor` looks for."""

from __future__ import annotations

import re
from importlib.metadata import metadata

from packaging.requirements import Requirement

from workflows.submit.doctor import PACKAGES


def test_the_doctor_lists_every_optional_package():
    wanted = {
        Requirement(text)
        for text in metadata("interface-stability").get_all("Requires-Dist") or ()
        if re.search(r"extra == .(app|screen|mlip|gpaw|cluster|molecules)\b", text)
    }
    listed = {name.lower() for name in PACKAGES}
    names = {requirement.name.lower() for requirement in wanted}
    assert names - listed <= {"pyarrow", "gpaw-data"}  # a dependency anyway; data of gpaw
    assert all(needed for _, needed in PACKAGES.values())
