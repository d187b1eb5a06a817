"""Settings of finished VASP runs, and what each run may be used for.

:mod:`.run_readers` reads a vasprun.xml, OUTCAR, INCAR, task document or entry into
:class:`.run_settings.RunSettings`. :mod:`.run_checks` decides from these settings whether the run
may serve as an energy of a phase, as dynamics, or as a density of states.
"""
