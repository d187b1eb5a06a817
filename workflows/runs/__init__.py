"""Flows in a folder: kept for one process, resumable, results whole or not at all."""
