"""What a Maker accepts as a material and as phases, resolved to names and energies.

A material is a name or formula, a structure or composition, a pymatgen entry or a task document of
VASP with its energy, or a :class:`interfaces.Reactant` of the same phase set. Phases are the
document of a ``PhaseSetMaker``, a ``PhaseSet``, or a name or path.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from interfaces.chemistry.formulas import Formula
from interfaces.errors import InputError
from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.reactants import Reactant
from workflows.data.own_dft import OwnEntry, join
from workflows.data.own_dft.read_own import own_entry
from workflows.io.resources import BUNDLED, DEFAULT_SET
from workflows.jobs.documents import PhaseSetDocument

ACCEPTED = (
    "a name, a formula, a structure, a pymatgen entry, a task document of VASP, a Reactant or the "
    "output of a job that gives one of these"
)


@dataclass(frozen=True)
class Phases:
    """Phases of an analysis: a set, or the name or path from which it is read for the elements."""

    phases: str | PhaseSet
    references: dict[str, float]

    @classmethod
    def of(cls, value: Any) -> Phases:
        """Resolve what a Maker was given.

        Raises
        ------
        InputError
            If it is none of these.
        """
        if isinstance(value, PhaseSetDocument):
            return cls(value.phase_set, value.references_ev_per_atom)
        if value is None or isinstance(value, str | Path | PhaseSet):
            return cls(absolute(value), {})
        raise InputError(
            f"phases {type(value).__name__} are no phase set; give the output of a PhaseSetMaker, "
            "a PhaseSet, the name of a bundled set or a path"
        )


def absolute(phases: Any) -> Any:
    """Return a path as an absolute one, since jobs run in folders of their own; names stay.

    Examples
    --------
    >>> absolute(None) == absolute("bundled") == DEFAULT_SET
    True
    """
    if phases is None or phases == BUNDLED:
        return DEFAULT_SET
    if isinstance(phases, str | Path) and Path(phases).exists():
        return str(Path(phases).resolve())
    return str(phases) if isinstance(phases, Path) else phases


def name_of(material: Any) -> str:
    """Return the name or formula under which an analysis finds a material.

    Raises
    ------
    InputError
        If it is no material.

    Examples
    --------
    >>> from pymatgen.core import Composition
    >>> name_of("LCO"), name_of(Composition("Li2Co2O4"))
    ('LCO', 'LiCoO2')
    """
    if isinstance(material, str):
        return material
    if isinstance(material, Formula):
        return material.text
    if isinstance(material, Reactant):
        return material.formula.text
    composition = getattr(material, "composition", None)
    if composition is None and hasattr(material, "get_el_amt_dict"):
        composition = material
    if composition is None:
        composition = getattr(getattr(material, "structure", None), "composition", None)
    if composition is None:
        raise InputError(f"{type(material).__name__} is not a material; give {ACCEPTED}")
    return Formula.of(composition).reduced.text


@dataclass(frozen=True)
class Materials:
    """Names of the materials of an analysis, with the energies and phases that came with them."""

    names: tuple[str, ...]
    energies: tuple[str, ...]
    phases: str | PhaseSet


def resolve(materials: Sequence[Any], phases: Phases, elements: frozenset[str]) -> Materials:
    """Resolve materials, each energy on the scale of the phases.

    Parameters
    ----------
    materials : as given to a Maker, references resolved.
    phases : that they are compared with.
    elements : of everything in the analysis, where own entries have to be joined.

    Raises
    ------
    InputError, SchemeMixError
        If one is not a material, or its energy does not belong to the scheme of the phases.
    """
    names = tuple(map(name_of, materials))
    energies = [
        f"{name}={material.energy!r}"
        for name, material in zip(names, materials, strict=True)
        if isinstance(material, Reactant)
    ]
    own = [
        (name, entry)
        for name, material in zip(names, materials, strict=True)
        if (entry := _entry(material, name)) is not None
    ]
    if not own:
        return Materials(names=names, energies=tuple(energies), phases=phases.phases)
    from workflows.data.phase_sets import read_phases

    base = phases.phases
    base = base if isinstance(base, PhaseSet) else read_phases(base, elements)
    joined = join(base, [entry for _, entry in own], references=phases.references or None)
    rows = {identifier: row for row, identifier in enumerate(joined.ids)}
    energies += [f"{name}={float(joined.energies[rows[entry.id]])!r}" for name, entry in own]
    return Materials(names=names, energies=tuple(energies), phases=joined)


def _entry(material: Any, name: str) -> OwnEntry | None:
    """Return the energy that came with a material, uncorrected; None for one without."""
    if isinstance(material, str):  # a name, for which pymatgen is not loaded: that takes seconds
        return None
    from pymatgen.entries.computed_entries import ComputedEntry

    if isinstance(material, ComputedEntry):
        label = str(material.entry_id or f"entry of {name}")
        return own_entry({"entry": material.as_dict()}, label, label)
    document = type(material).__name__
    if document == "TaskDoc":
        task = material.model_dump(mode="json", include=TASK)
        entry = own_entry({"output": task}, f"task of {name}", str(material.dir_name))
        return replace(entry, id=f"task of {name}")
    if hasattr(material, "output") and hasattr(material, "structure"):
        raise InputError(
            f"the energy of a {document} belongs to no phase set; give its structure, or calculate "
            "references with the same Maker (DelithiationMaker, references)"
        )
    return None


#: fields of emmet's document that an energy depends on; others may hold values without JSON form
TASK = {"entry", "structure", "state", "task_type", "run_type", "input", "output"}
