"""Comparison with published numbers, with the likely cause of each difference.

Nothing is fitted to a published number. A row that cannot be computed stays, with the reason.
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
