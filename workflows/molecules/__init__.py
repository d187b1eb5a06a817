"""Molecules on the scale of a phase set: stored reactions, the same as values and as jobs."""
