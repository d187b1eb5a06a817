"""Energies of small molecules: definitions, experiments, element fit, reference reactions.

:mod:`workflows.calculators.molecules` calculates them (RDKit, GFN2-xTB, PBE/def2-TZVP), and
:mod:`workflows.datasets.molecule_energies` makes ``inputs/molecules/molecules.json`` from one
stored line per molecule. Heavy libraries (extra ``molecules``) are imported only where used.
"""
