"""How the bundled data were made; nothing of the main job imports it.

::

    structures -> energies (single points, relaxations) -> phase_set -> inputs/phases
    hosts      -> series (orderings, relaxations)       -> inputs/phases
    molecules  -> quantum_chemistry                     -> inputs/molecules
    all of it  -> card                                  -> inputs/phases/README.md
"""
