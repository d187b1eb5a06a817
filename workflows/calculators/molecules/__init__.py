"""Quantum chemistry of molecules: GFN2-xTB geometries and PBE energies."""
