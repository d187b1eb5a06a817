"""Own DFT results together with a phase set: read, check, correct, join."""

from workflows.data.own_dft.compatibility import check
from workflows.data.own_dft.corrections import correct
from workflows.data.own_dft.entry import SHOWN_COLUMNS, Adjustment, OwnEntry, show
from workflows.data.own_dft.join import entry_notes, join, judged, references_of
from workflows.data.own_dft.read_own import Reading, Refusal, from_store, read_own, survey

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
