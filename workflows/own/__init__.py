"""Own DFT results beside a phase set: read, check, correct, join.

::

    reading.py     runs.py (VASP), documents.py (entries JSON, a job store)  ->  OwnEntry
    checking.py    functional, U values and POTCARs against the set's scheme
    correcting.py  MaterialsProject2020Compatibility, every correction by name
    joining.py     onto the set's scale of formation energies; which entries could be joined
    showing.py     rows of a table
"""

from workflows.own.checking import check
from workflows.own.correcting import correct
from workflows.own.entry import Adjustment, OwnEntry
from workflows.own.joining import entry_notes, join, judged, references_of
from workflows.own.reading import Reading, Refusal, from_store, read_own, survey
from workflows.own.showing import SHOWN_COLUMNS, show

__all__ = [
    "SHOWN_COLUMNS",
    "Adjustment",
    "OwnEntry",
    "Reading",
    "Refusal",
    "check",
    "correct",
    "entry_notes",
    "from_store",
    "join",
    "judged",
    "read_own",
    "references_of",
    "show",
    "survey",
]
