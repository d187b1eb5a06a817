"""Reaction energies against mixing fraction, uptake, voltage and Li content."""
