"""Fetch the entries of a chemical system from the Materials Project and store them as a snapshot.

::

    api_key -> client (one request, repeated while it fails for a passing reason)
    chemsys (sub-systems, batches) -> fetch -> mp_entries -> snapshot
                                       `-> batches_on_disk (finished batches, kept for a restart)
"""

from workflows.data.materials_project.api_key import Key, find_key
from workflows.data.materials_project.client import MaterialsProject, RetryPolicy
from workflows.data.materials_project.fetch import fetch

__all__ = ["Key", "MaterialsProject", "RetryPolicy", "fetch", "find_key"]
