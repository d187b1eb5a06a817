"""Job functions and the values that pass between them; a job store returns each value equal.

::

    orderings.py           one lithium content: orderings, and their relaxation with ASE
    mock_orders.py         energies that the fake VASP writes for a cell
    foreign.py             task documents of atomate2 as relaxed structures
    anchoring.py           energies of any calculator by references that a phase set holds too
    documents.py           pydantic documents that jobs return
    materials.py           what a Maker accepts as a material and as phases
    energy_scale.py        which phases the energies of a calculator may be compared with
    series.py              relaxed cells as reactants, and the curve of each pair
    reference_reaction.py  energies of molecules by reference reactions
    md.py                  molecular dynamics of an interface cell
    checkpoint.py          where a stopped segment of it continues

A job function called directly makes a :class:`jobflow.Job`; its attribute ``original`` is the plain
function.
"""
