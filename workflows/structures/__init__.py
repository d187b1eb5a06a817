"""Interface cells: their specification, bulks and molecules, and the files that are written."""
