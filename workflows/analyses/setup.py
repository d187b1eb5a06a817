"""Phase-set options, resolution of reactants and provenance, shared by all analyses."""

from __future__ import annotations

import platform
import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from interfaces.chemistry.formulas import Formula
from interfaces.chemistry.numbers import read_number
from interfaces.errors import InputError, ReactantError
from interfaces.phases.limited_products import SETS, limited, listed
from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.products import GASES_WORD, excluded
from interfaces.phases.reactants import ENERGY_MODELS, PYMATGEN, Reactant
from workflows._version import VERSION
from workflows.analyses.conditions import Conditions
from workflows.data.known_products import KNOWN, known_products
from workflows.data.measured_enthalpies import Correction, corrected, fits_of
from workflows.data.named_materials import System, resolve, with_series
from workflows.data.phase_sets import read_phases
from workflows.io.readers import read_text
from workflows.io.resources import DEFAULT_SET

if TYPE_CHECKING:
    from workflows.data.own_dft import OwnEntry

#: What ``--energy`` takes beside a number, which is then recorded as ``given``.
CHOICES = (*(model for model in ENERGY_MODELS if model not in ("given", "mixture")), PYMATGEN)


@dataclass(frozen=True)
class PhaseOptions:
    """Which phases may form, and what the reactants' energies are.

    Attributes
    ----------
    phases : a phase set, or what :func:`workflows.data.phase_sets.read_phases` reads.
    energies : ``MODEL`` for every reactant or ``REACTANT=MODEL`` for one; the model is ``own``,
        ``hull``, ``pymatgen``, ``endmembers``, ``calculated``, ``anchored`` or a formation energy
        [eV/atom].
    exclude : formulas that may not be products, or ``gases`` for all of them and water.
    scheme : what to call functional and corrections of a file.
    products_include_series : let members of the delithiated series be products.
    own : folders of VASP runs or entries JSON, corrected and joined: see
        :mod:`workflows.data.own_dft`.
    mix_schemes : accept own DFT entries beside a set that is a surrogate for DFT.
    assume : what own entries may leave unsaid: ``functional``, ``hubbards``, ``potcars``.
    correction : ``measured`` for measured enthalpies of molecules and oxyanion salts in place of
        computed ones (:mod:`interfaces.phases.measured`).
    products : a set of :mod:`interfaces.phases.limited_products` or a file of formulas: what may
        form where the reaction stops short of equilibrium.
    """

    phases: str | PhaseSet = DEFAULT_SET
    energies: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    scheme: str | None = None
    products_include_series: bool = False
    own: tuple[str, ...] = ()
    mix_schemes: bool = False
    assume: tuple[str, ...] = ()
    correction: Correction | None = None
    products: str | None = None

    def meant_for(self, names: Collection[str]) -> PhaseOptions:
        """The same with the energies of some names only, and those of every reactant.

        An energy of ``NCM811`` is meant for ``NCM811@0.5`` as well.

        >>> options = PhaseOptions(energies=("hull", "NCM811=own", "S=0.1"))
        >>> options.meant_for(["NCM811@0.5"]).energies
        ('hull', 'NCM811=own')
        """
        bases = _with_bases(names)
        kept = [text for text in self.energies if text.rpartition("=")[0] in {"", *bases}]
        return replace(self, energies=tuple(kept))

    def check_energies(self, names: Collection[str], place: str) -> None:
        """Refuse an energy for a name that is not in a place.

        Raises
        ------
        InputError
            If there is one; it says so in the words of ``place``.
        """
        bases = _with_bases(names)
        for text in self.energies:
            target, equals, _ = text.rpartition("=")
            if equals and target not in bases:
                raise InputError(f"--energy {text}: {target!r} is {place}")


def _with_bases(names: Collection[str]) -> set[str]:
    return {*names, *(name.partition("@")[0] for name in names)}


def load_phase_set(
    source: PhaseOptions, elements: Collection[str], conditions: Conditions
) -> PhaseSet:
    """The phase set over ``elements``, at the temperature of the conditions."""
    left_out = excluded(source.exclude)
    phases = source.phases
    wanted = {*elements, *conditions.elements}
    if isinstance(phases, PhaseSet):
        phase_set = phases
    else:
        phase_set = read_phases(phases, wanted, source.scheme)
    for path in source.own:
        phase_set = _with_own(phase_set, path, wanted, source)
    if source.products_include_series:
        phase_set = with_series(phase_set, wanted)
    if left_out:
        phase_set = phase_set.without(left_out)
        _say_unmatched(source.exclude, phase_set, wanted)
    if conditions.temperature is not None:
        from interfaces.phases.gibbs import at_temperature

        phase_set = at_temperature(
            phase_set.over([wanted]), conditions.temperature, conditions.gas_pressures
        )
    if source.correction is not None and not phase_set.corrected:
        phase_set = corrected(phase_set, fits_of(phases, source.scheme))
    if phase_set.temperature:
        from interfaces.phases.gibbs import without_unsuited

        phase_set = without_unsuited(phase_set)
    return phase_set


def _say_unmatched(exclude: Sequence[str], phases: PhaseSet, elements: Collection[str]) -> None:
    """Say on stderr which formula left nothing out; the word ``gases`` may match few or none."""
    removed = () if phases.left_out is None else phases.left_out.formulas
    for text in exclude:
        if text == GASES_WORD:
            continue
        formula = Formula.parse(text)
        barred = len(formula.elements) == 1 and formula.elements[0] in phases.barred
        if not barred and not any(formula.same_composition(entry) for entry in removed):
            source = phases.source.partition(" without ")[0]
            _say_once(
                f"note: --exclude {text} leaves nothing out: {source} has no such phase over "
                f"{'-'.join(sorted(elements))}"
            )


@cache
def _say_once(line: str) -> None:
    """Once in a process: the analyses of a job share their exclusions."""
    print(line, file=sys.stderr, flush=True)


def _with_own(
    phase_set: PhaseSet, path: str, elements: Collection[str], source: PhaseOptions
) -> PhaseSet:
    """The set with own DFT entries over the elements, its own elements as their references."""
    from workflows.data.own_dft import Reading, entry_notes, join, judged, read_own, references_of
    from workflows.data.snapshots import is_snapshot, read_entries

    own: list[OwnEntry] = []
    unused: list[OwnEntry] = []
    for entry in read_own(Path(path)):
        (own if set(entry.formula.elements) <= set(elements) else unused).append(entry)
    if not own:
        raise InputError(
            f"--own {path}: none of its entries is made of {'-'.join(sorted(elements))} alone"
        )
    references = None
    if isinstance(source.phases, str) and is_snapshot(source.phases):
        manifest, entries = read_entries(source.phases)
        if manifest.quantity == "energy_per_atom":
            references = references_of((e.id, e.formula, e.energy) for e in entries.values())
    joined = join(
        phase_set,
        own,
        references=references,
        assume=source.assume,
        allow_mixed=source.mix_schemes,
    )
    # what `phases own` says of the file is said here too
    left_out = entry_notes(judged(Reading(tuple(unused), ()), phase_set.scheme).entries)
    notes = [
        f"{note.removesuffix('.')} (it has other elements and is not used)." for note in left_out
    ]
    return replace(joined, notes=(*joined.notes, *notes))


def limited_products(phase_set: PhaseSet, products: str | None) -> PhaseSet:
    """The phases that may form, by the name of a set or a file with a formula on each line.

    Raises
    ------
    InputError
        If it is neither, or the file names no compound.
    FormulaError
        If a line is not a formula.
    """
    if products is None:
        return phase_set
    flagged = bool(phase_set.theoretical)
    known = known_products(flagged=flagged) if products == KNOWN else SETS.get(products)
    if known is None:
        path = Path(products)
        if not path.is_file():
            raise InputError(
                f"--products {products}: neither {', '.join((*SETS, KNOWN))} nor a file of formulas"
            )
        lines = (line.partition("#")[0].strip() for line in read_text(path).splitlines())
        formulas = [line for line in lines if line]
        if not formulas:
            raise InputError(f"--products {products}: no formula; write one on each line")
        known = listed(path.name, formulas)
    return limited(phase_set, known)


def against_hull(phase_set: PhaseSet, reactant: Reactant) -> Reactant:
    """The reactant with its distance to the hull of another set; below it, it may remain."""
    above = reactant.energy - phase_set.hull_energy(reactant.formula)
    return replace(reactant, energy_above_hull=above)


def refuse_products(source: PhaseOptions, verb: str) -> None:
    """Refuse a set of products where the phases are chosen in another way.

    Raises
    ------
    InputError
        If the options have one.
    """
    if source.products is not None:
        raise InputError(
            f"--products {source.products} is for curve, window, map, charging and composite; "
            f"{verb} takes --exclude"
        )


def competing_phases(phase_set: PhaseSet, elements: Collection[str]) -> PhaseSet:
    """The entries that can form: the lowest of each composition over the elements."""
    return phase_set.rows(phase_set.pool(tuple(sorted(elements))).rows)


def resolve_reactants(
    phase_set: PhaseSet, systems: Sequence[System], names: Sequence[str], source: PhaseOptions
) -> list[Reactant]:
    """Every reactant with its energy on the scale of the set."""
    models = _models(source.energies, names)
    reactants = [
        resolve(phase_set, system, model) for system, model in zip(systems, models, strict=True)
    ]
    for reactant in reactants if phase_set.barred else ():
        _check_decomposition(phase_set, reactant)
    return reactants


def _check_decomposition(phase_set: PhaseSet, reactant: Reactant) -> None:
    """Refuse a reactant whose atoms nothing but an element left out can take up."""
    bars = {(element,) for element in phase_set.barred}
    names = [name for name, _ in phase_set.decomposition(reactant.formula).products]
    kept = [name for name in names if Formula.parse(name).elements in bars]
    if kept:
        raise ReactantError(
            f"{reactant.label} cannot decompose without {' and '.join(kept)}, which --exclude "
            f"leaves out of {phase_set.source.partition(' without ')[0]}; allow it among the "
            "products"
        )


def provenance(
    phase_set: PhaseSet, elements: Collection[str], source: PhaseOptions, conditions: Conditions
) -> dict[str, str]:
    """Versions, phase set, options and conditions, from which a result can be computed again."""
    rows = phase_set.pool(tuple(sorted(elements))).rows
    record = {
        "interface-stability": VERSION,
        "numpy": np.__version__,
        "python": platform.python_version(),
        "scheme": phase_set.scheme,
        "phase_set": phase_set.source,
        "surrogate": phase_set.surrogate,
        "entries": str(len(rows)),
        "entries_sha256": phase_set.fingerprint(int(row) for row in rows),
        **({"products": source.products} if source.products else {}),
        **({"correction": "measured"} if phase_set.corrected else {}),
        "products_include_series": str(source.products_include_series).lower(),
        "excluded": " ".join(excluded(source.exclude)),
    }
    if phase_set.notes:
        record["energies"] = " ".join(phase_set.notes)
    own = [note for note in phase_set.notes if note.startswith("Own entry ")]
    if own:
        record["own_entries"] = " ".join(own)
    return record | conditions.describe()


def energy_model_of(energies: Sequence[str], name: str) -> str | float | None:
    """The energy model that options choose for a reactant, or None where they choose none.

    >>> energy_model_of(["hull", "ECA=calculated"], "ECA"), energy_model_of([], "ECA")
    ('calculated', None)
    """
    return _models(
        [text for text in energies if "=" not in text or text.startswith(f"{name}=")], [name]
    )[0]


def _models(energies: Sequence[str], reactants: Sequence[str]) -> list[str | float | None]:
    """Energy model of each reactant, or None where none was chosen."""
    chosen: list[str | float | None] = [None] * len(reactants)
    for text in energies:
        target, equals, model = text.rpartition("=")
        named = [target in (name, name.partition("@")[0]) for name in reactants]
        if equals and not any(named):
            raise InputError(
                f"--energy {text}: {target!r} is not among the reactants ({', '.join(reactants)})"
            )
        value = model if model in CHOICES else _number(model, text)
        for index in range(len(reactants)):
            if not equals or named[index]:
                chosen[index] = value
    return chosen


def _number(model: str, text: str) -> float:
    try:
        value = read_number(model)
    except ValueError:
        value = float("nan")
    if not np.isfinite(value):
        raise InputError(
            f"--energy {text}: {model!r} is not {', '.join(CHOICES)} or a number in eV/atom"
        )
    return value
