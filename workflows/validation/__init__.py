"""Published numbers beside ours: read, computed, compared, each difference with its likely cause.

Nothing is fitted to a published number, and no row is left out: what cannot be computed says why.
"""

from workflows.validation.compare import Compared, Summary, summaries, validate
from workflows.validation.published import KINDS, UNITS, Paper, Published, read_published

__all__ = [
    "KINDS",
    "UNITS",
    "Compared",
    "Paper",
    "Published",
    "Summary",
    "read_published",
    "summaries",
    "validate",
]
