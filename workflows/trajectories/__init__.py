"""Runs of molecular dynamics: files read as one trajectory, and what it says as tables."""
