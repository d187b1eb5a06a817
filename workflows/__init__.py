"""Workflows: data sources, calculators, jobflow flows, command line."""
