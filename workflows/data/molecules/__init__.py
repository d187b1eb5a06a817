"""Energies of small molecules: how ``inputs/molecules/molecules.json`` is made.

``targets`` (what is asked for) -> ``geometry`` and ``calculate`` (RDKit, GFN2-xTB, PBE/def2-TZVP;
one stored line per molecule) -> ``experiments`` and ``fit`` (measured gases, element fit, errors
of reactions) -> ``summary`` (the data file that ``interfaces.phases.molecules`` reads).

The heavy libraries (extra ``molecules``) are imported inside the functions that use them.
"""

from workflows.data.molecules.element_fit import fit_elements
from workflows.data.molecules.experiments import Experiment

__all__ = ["Experiment", "fit_elements"]
