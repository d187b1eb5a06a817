"""Compatible phase sets and elemental reference energies of each calculator.

``sevennet`` belongs to the bundled set, with that set's fitted references, or, as its corrected
energies are on the scale of the Materials Project, to a snapshot of it. ``vasp`` belongs to a
snapshot, which holds the total energies of the elements. No set holds energies of ``chgnet`` or
``gpaw``. The mocked calculators have their own phases: the formulas of any set with made-up
energies, marked in scheme, source and ids.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache

from interfaces.errors import InputError
from interfaces.phases.phase_set import PhaseSet
from workflows.calculators.ase_calculators import Scale, calculator_info
from workflows.data.phase_sets import bundled_sets, read_phases
from workflows.io.mock_mark import MOCK_SCHEME

#: Pair energy [eV/atom] that the mock gives to every compound, at the weight of `MOCK_PAIRS`. It is
#: that of a typical relaxed layered oxide: phases have no structures, and without it every relaxed
#: cell would lie far below all of them.
MOCK_BINDING = -0.122


@lru_cache(maxsize=4)
def phases_of(
    name: str, phases: str, elements: tuple[str, ...], anchored: bool = False
) -> PhaseSet:
    """Return the phases with which the energies of a calculator may be compared.

    Parameters
    ----------
    name : of the calculator.
    phases : name or file of the phase set.
    elements : of the whole job.
    anchored : the calculator gives differences from references only, so any set will do.

    Raises
    ------
    InputError
        If the set is of another scheme than the calculator.
    """
    if calculator_info(name).mocked:
        return _mocked(read_phases(phases, elements))
    if not anchored:
        references(name, phases, elements)  # refuses a set of another scheme
    return read_phases(phases, elements)


def references(name: str, phases: str, elements: Collection[str]) -> dict[str, float]:
    """Return the energies [eV/atom] of the elements to which a calculator's energies are referred.

    Parameters
    ----------
    name : of the calculator.
    phases : name or file of the phase set.
    elements : that are needed.

    Returns
    -------
    Element -> energy [eV/atom].

    Raises
    ------
    InputError
        If the phase set holds none for this calculator.
    """
    of = {
        Scale.MOCK: _made_up, Scale.SEVENNET: _fitted, Scale.MP2020: _of_snapshot,
        Scale.CHGNET: _of_no_set, Scale.OWN: _of_no_set,
    }  # fmt: skip
    known = of[calculator_info(name).scale](name, phases, elements)
    missing = sorted(set(elements) - known.keys())
    if missing:
        raise InputError(f"{phases} has no reference energy for {', '.join(missing)}")
    return {symbol: known[symbol] for symbol in elements}


def _mocked(phase_set: PhaseSet) -> PhaseSet:
    """Return the same formulas, once each, with energies that the mock makes up."""
    from workflows.calculators.mock.energy_model import base_energy

    rows: dict[str, tuple[str, str, float]] = {}
    for identifier, formula in zip(phase_set.ids, phase_set.formulas, strict=True):
        if formula.text not in rows:
            counts, _ = formula.whole
            atoms = [symbol for symbol, count in counts.items() for _ in range(count)]
            energy = base_energy(atoms) / len(atoms) + (MOCK_BINDING if len(counts) > 1 else 0.0)
            rows[formula.text] = (f"mock-{identifier}", formula.text, energy)
    return PhaseSet.from_rows(
        rows.values(),
        scheme=MOCK_SCHEME,
        source=f"MOCK of the formulas of {phase_set.source}",
        quantity="energy_per_atom",
        surrogate=MOCK_SCHEME,
    )


def _made_up(name: str, phases: str, elements: Collection[str]) -> dict[str, float]:
    from workflows.calculators.mock.elements import element

    return {symbol: element(symbol).energy for symbol in elements}


def _fitted(name: str, phases: str, elements: Collection[str]) -> dict[str, float]:
    """Return the references of the bundled set of the same calculator, or those of a snapshot."""
    from workflows.data.snapshots import is_snapshot

    sets = {key: card for key, card in bundled_sets().items() if card["calculator"] == name}
    if phases in sets:
        known = sets[phases]["references_ev_per_atom"]
        return {symbol: float(energy) for symbol, energy in known.items()}
    if is_snapshot(phases):
        return _of_snapshot(name, phases, elements)
    raise InputError(
        f"--calculator {name} gives energies on the scale of {' or '.join(sets)} or of a snapshot "
        f"of the Materials Project, and the phases are {phases!r}; energies of two schemes cannot "
        "be compared"
    )


def _of_snapshot(name: str, phases: str, elements: Collection[str]) -> dict[str, float]:
    """Return total energies [eV/atom] of the elements in a snapshot of the Materials Project."""
    from workflows.data.own_dft import references_of
    from workflows.data.own_dft.compatibility import is_surrogate
    from workflows.data.snapshots import is_snapshot, read_entries

    if not is_snapshot(phases):
        raise InputError(
            f"--calculator {name} gives total energies, for which the phases must be a snapshot of "
            f"{Scale.MP2020.value} and are {phases!r}; make one with interfaces fetch, then give "
            "--phases SNAPSHOT"
        )
    manifest, entries = read_entries(phases)
    if is_surrogate(manifest.scheme) or manifest.quantity != "energy_per_atom":
        raise InputError(
            f"{phases} holds {manifest.quantity} of {manifest.scheme}; --calculator {name} needs "
            f"energy_per_atom of {Scale.MP2020.value}"
        )
    return references_of((entry.id, entry.formula, entry.energy) for entry in entries.values())


def _of_no_set(name: str, phases: str, elements: Collection[str]) -> dict[str, float]:
    """Refuse a calculator whose energies are on the scale of no phase set."""
    raise InputError(
        f"--calculator {name}: no phase set holds energies of {name}, nor does {phases!r}, so "
        "there are no curves with it: give --calculator sevennet, whose energies the bundled set "
        "holds; in Python, give references (formula -> structure) that are calculated with the "
        "same Maker"
    )
