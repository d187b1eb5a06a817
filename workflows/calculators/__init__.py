"""Calculators by name: machine-learned potentials, GPAW, VASP and the mock."""
