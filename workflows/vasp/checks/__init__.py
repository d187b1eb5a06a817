"""Checks of a VASP input set before it runs."""
