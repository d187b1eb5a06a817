"""Electrochemical windows, decomposition stages and their sensitivity."""
