"""The Materials Project, asked once: entries of a chemical system become a snapshot.

::

    keys -> client (one request, asked again with patience)
    systems (sub-systems, batches) -> fetch -> documents -> snapshot
                                       `-> parts (finished batches, kept for the next try)
"""

from workflows.data.materials_project.api_key import Key, find_key
from workflows.data.materials_project.client import Client, MaterialsProject, Patience
from workflows.data.materials_project.fetch import fetch

__all__ = ["Client", "Key", "MaterialsProject", "Patience", "fetch", "find_key"]
