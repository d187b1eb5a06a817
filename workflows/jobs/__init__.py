"""A cathode calculated: orderings -> relaxations -> one scale -> a series -> curves.

::

    relaxations.py, vasp.py   one state of charge: its cells, and what an engine makes of each
    scales.py                 which phases an engine's energies may meet
    series.py                 relaxed cells as reactants, and the question of each pair
    jobs.py, flows.py         the same as jobs and Makers
    run.py, results.py        a job file -> the folder that a person reads
"""
