"""Structure files: every format through one reader, with one list of checks.

``read_structure`` is what ``cell``, ``inputs`` and the dynamics jobs use. What a file does not say
clearly is refused in one line; what was chosen or changed while it was read is a note.
"""

from workflows.structures.files.read_structure import StructureFile, read_structure

__all__ = ["StructureFile", "read_structure"]
