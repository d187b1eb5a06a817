"""Reaction energy of two reactants against mixing, uptake, voltage and state of charge."""
