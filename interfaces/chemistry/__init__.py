"""Formulas, balanced reactions and units."""
