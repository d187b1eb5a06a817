"""Job functions and the values that pass between them; a job store returns each value equal.

::

    orderings.py           one lithium content: orderings, and their relaxation with ASE
    vasp_jobs.py           the same with VASP
    energy_scale.py        which phases the energies of a calculator may be compared with
    series.py              relaxed cells as reactants, and the curve of each pair
    reference_reaction.py  energies of molecules by reference reactions
    md.py                  molecular dynamics of an interface cell
    checkpoint.py          where a stopped segment of it continues

A job function called directly makes a :class:`jobflow.Job`; its attribute ``original`` is the plain
function.
"""
