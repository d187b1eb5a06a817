"""Pydantic models of every file format: strict types, no unknown keys, one-line errors.

Importing pydantic takes a fifth of a second, so the readers import these modules where they read.
"""
