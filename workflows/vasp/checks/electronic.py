"""Pre-flight checks of spin, +U, cutoff, smearing and k-points."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from interfaces.structures.geometry import elements_in_order, symbols, vacuum_axis
from interfaces.structures.kpoint_mesh import by_spacing, spacings
from interfaces.structures.magnetic_moments import OPEN, SHELL_3D, expected
from workflows.vasp.checks.finding import Check, Finding, Subject, number
from workflows.vasp.potcars import ENMAX

COARSE, USELESS = 0.5, 1.0  #: distance of k-points [1/angstrom, with 2 pi]
GAMMA_DOUBT, GAMMA_ERROR = 8.0, 5.0  #: shortest height of a cell at Gamma only [angstrom]
PULAY = 1.25  #: ENCUT over ENMAX where the cell may change
SHORT_CUTOFF = 0.8  #: of ENMAX, below which forces are wrong, not only energies
MANY_ELECTRONS = 4000
WIDE = 0.2  #: SIGMA [eV] that populates the gap of an oxide
LOOSE, LOOSE_DYNAMICS = 1e-3, 1e-4  #: EDIFF [eV]
ORDERED = 0.999


def _oxide_3d(subject: Subject) -> list[str]:
    """3d metals of an oxide or fluoride here."""
    elements = elements_in_order(subject.inputs.structure)
    return [e for e in elements if e in SHELL_3D] if {"O", "F"} & set(elements) else []


def spin(subject: Subject) -> Iterator[Finding]:
    """Spin where a 3d oxide is, and for an odd electron."""
    inputs = subject.inputs
    if number(inputs, "ISPIN", 1) == 2:
        return
    if metals := _oxide_3d(subject):
        names = symbols(inputs.structure)
        is_open = bool((expected(names, inputs.charges) > OPEN).any())
        yield Finding(
            "spin", "error", f"no spin (ISPIN = 1) in an oxide of {', '.join(metals)}",
            "open d shells without spin are metals with wrong energies, often by 1 eV per atom"
            if is_open else "low-spin ions lose nothing until the interface reduces them",
            "set ISPIN = 2 with moments (--magnetic afm)",
        )  # fmt: skip
    elif inputs.electrons is not None and inputs.electrons % 2 == 1:
        yield Finding(
            "spin", "warning", f"an odd number of electrons ({inputs.electrons:g}) without spin",
            "the last electron is smeared over two half-filled states", "set ISPIN = 2",
        )  # fmt: skip


def hubbard(subject: Subject) -> Iterator[Finding]:
    """+U where a 3d oxide is, on the right atoms, one value per kind."""
    inputs = subject.inputs
    kinds = elements_in_order(inputs.structure)
    on = inputs.value("LDAU") is True
    table = dict(inputs.protocol.hubbard.values) if inputs.protocol.hubbard else _MP_TABLE
    metals = [e for e in _oxide_3d(subject) if e in table]
    if not on:
        if metals:
            yield Finding(
                "hubbard", "error", f"no +U in an oxide of {', '.join(metals)}",
                "PBE alone closes the gap and lets the metal give up its electrons too easily",
                "set LDAU with LDAUU, LDAUL and LDAUJ, as interface-relax and interface-aimd do",
            )  # fmt: skip
        return
    if len(inputs.value("LDAUU", ())) != len(kinds):
        return  # `vasp_stops.hubbard` reports it
    u_values = dict(zip(kinds, inputs.value("LDAUU"), strict=True))
    for metal in metals:
        if u_values[metal] == 0:
            yield Finding(
                "hubbard", "error", f"U = 0 on {metal} of an oxide",
                "+U is on but not for this metal", f"set its place in LDAUU to {table[metal]:g}",
            )  # fmt: skip
    strange = [e for e, u in u_values.items() if u and e not in SHELL_3D | {"Mo", "W", "La", "Nb"}]
    if strange:
        yield Finding(
            "hubbard", "warning", f"U on {', '.join(strange)}", "U is meant for d and f shells",
            f"check the order of LDAUU: {' '.join(kinds)}",
        )  # fmt: skip
    if number(inputs, "LMAXMIX", 2) < 4:
        yield Finding(
            "hubbard", "warning", "+U without LMAXMIX = 4",
            "the d density is not mixed, and the run converges slowly or to another state",
            "set LMAXMIX = 4",
        )  # fmt: skip


_MP_TABLE = {"Co": 3.32, "Cr": 3.7, "Fe": 5.3, "Mn": 3.9, "Ni": 6.2, "V": 3.25}


def moments(subject: Subject) -> Iterator[Finding]:
    """One MAGMOM per atom, and starts that fit the ions."""
    inputs = subject.inputs
    magmom = inputs.value("MAGMOM")
    n = len(inputs.structure)
    if number(inputs, "ISPIN", 1) != 2:
        if magmom is not None:
            yield Finding(
                "moments", "warning", "MAGMOM without ISPIN = 2", "VASP ignores it",
                "set ISPIN = 2, or leave MAGMOM out",
            )  # fmt: skip
        return
    names = symbols(inputs.structure)
    wanted = expected(names, inputs.charges)
    if magmom is None:
        yield Finding(
            "moments", "error" if (wanted > OPEN).any() else "warning", "spin without MAGMOM",
            "VASP starts every atom at 1 bohr magneton, parallel, which finds the wrong state",
            "give MAGMOM, or leave it to the protocol (--magnetic afm or fm)",
        )  # fmt: skip
        return
    if not isinstance(magmom, tuple | list) or len(magmom) != n:
        return  # `vasp_stops.moments` reports it
    sizes = np.abs(np.array(magmom, dtype=float))
    low = [i for i in range(n) if wanted[i] > OPEN and sizes[i] < 0.5 * wanted[i]]
    if low and len(set(magmom)) == 1:
        yield Finding(
            "moments-start", "warning", f"the same MAGMOM of {magmom[0]:g} on all {n} atoms",
            f"{names[low[0]]} should start near {wanted[low[0]]:.1f}, its anions near 0; one value "
            "for all often ends in low spin", "start by oxidation state: --magnetic afm or fm",
        )  # fmt: skip
    elif low:
        i = low[0]
        yield Finding(
            "moments-start", "warning",
            f"{names[i]}{i + 1} ({inputs.charges.values[i]:+.2g}) starts at {sizes[i]:.1f}, high "
            f"spin is {wanted[i]:.1f} bohr magneton", "a small start often ends in low spin",
            "start by oxidation state: --magnetic afm or fm",
        )  # fmt: skip


def order(subject: Subject) -> Iterator[Finding]:
    """An antiferromagnetic order that the cell can hold, and none broken."""
    inputs = subject.inputs
    if inputs.satisfied is not None and inputs.satisfied < ORDERED:
        yield Finding(
            "magnetic-order", "warning",
            f"{100 * inputs.satisfied:.0f} % of the antiparallel pairs are so in this cell",
            "the order needs a cell that repeats twice as far",
            "double the cell (--supercell), or take --magnetic fm and say so",
        )  # fmt: skip
    elif inputs.order == "fm":
        names = symbols(inputs.structure)
        if (expected(names, inputs.charges) > OPEN).any() and number(inputs, "ISPIN", 1) == 2:
            yield Finding(
                "magnetic-order", "warning", "all moments parallel",
                "most 3d oxides are antiferromagnetic, by 0.05 to 0.1 eV per metal",
                "compare with --magnetic afm",
            )  # fmt: skip


def _printed_moments(subject: Subject) -> Iterator[Finding]:
    """LORBIT with spin."""
    if number(subject.inputs, "ISPIN", 1) == 2 and number(subject.inputs, "LORBIT", 0) < 10:
        yield Finding(
            "lorbit", "warning", "spin without LORBIT = 10 or 11",
            "no moments per atom are printed, so nobody sees what state was found",
            "set LORBIT = 11",
        )  # fmt: skip


def cutoff(subject: Subject) -> Iterator[Finding]:
    """ENCUT against the ENMAX of the potentials."""
    inputs = subject.inputs
    encut = inputs.value("ENCUT")
    if encut is None:
        return  # `vasp_stops.cutoff` reports it
    known = [(ENMAX[name], name) for name in inputs.potentials if name in ENMAX]
    if not known:
        return
    highest, name = max(known)
    value = number(inputs, "ENCUT", 0)
    if value < highest:
        yield Finding(
            "encut", "error" if value < SHORT_CUTOFF * highest else "warning",
            f"ENCUT = {value:g} eV, ENMAX of {name} is {highest} eV",
            "below ENMAX energies and forces are not converged",
            f"set ENCUT = {highest} or take a softer potential",
        )  # fmt: skip
    elif number(inputs, "ISIF", 2) >= 3 and subject.steps and value < PULAY * highest:
        yield Finding(
            "pulay", "warning",
            f"the cell relaxes at {value / highest:.2f} times the ENMAX of {name}",
            "the basis stays as it was while the cell changes, which shrinks it",
            f"relax twice, or take {PULAY:g} times ENMAX",
        )  # fmt: skip


def _electron_number(subject: Subject) -> Iterator[Finding]:
    """Number of valence electrons against what a machine can handle."""
    electrons = subject.inputs.electrons
    if electrons is not None and electrons > MANY_ELECTRONS:
        yield Finding(
            "electrons", "warning", f"{electrons:g} valence electrons",
            "orthogonalising the orbitals grows with the cube",
            "take potentials with fewer (Li for Li_sv) or a smaller cell",
        )  # fmt: skip


def smearing(subject: Subject) -> Iterator[Finding]:
    """Smearing for insulators."""
    inputs = subject.inputs
    kind = number(inputs, "ISMEAR", 1)
    insulator = any(site.specie.symbol in {"O", "S", "F", "Cl"} for site in inputs.structure)
    if kind >= 1 and insulator:
        yield Finding(
            "smearing", "warning", f"ISMEAR = {kind:g} for a compound with a gap",
            "Methfessel-Paxton occupations go negative and forces are wrong", "set ISMEAR = 0",
        )  # fmt: skip
    width = number(inputs, "SIGMA", 0.2)
    if kind >= 0 and width > WIDE and insulator:
        yield Finding(
            "smearing", "warning", f"SIGMA = {width:g} eV",
            "states of the gap are populated", "set SIGMA = 0.05",
        )  # fmt: skip


def kpoints(subject: Subject) -> Iterator[Finding]:
    """A mesh fine enough for the cell, and no points along a vacuum."""
    inputs = subject.inputs
    cell = inputs.structure
    spacing = inputs.value("KSPACING")
    if inputs.mesh is None:
        if not isinstance(spacing, int | float) or spacing <= 0:
            yield Finding(
                "kpoints", "error", f"KSPACING = {spacing} and no KPOINTS",
                "VASP has no mesh to take", "give a KSPACING of 0.2 to 0.4 per angstrom",
            )  # fmt: skip
            return
        divisions = by_spacing(cell, float(spacing))
    else:
        divisions = inputs.mesh.divisions
        if spacing is not None:
            yield Finding(
                "kpoints", "warning", "KSPACING beside KPOINTS", "VASP ignores KSPACING",
                "leave one of them out",
            )  # fmt: skip
    axis = vacuum_axis(cell)
    along = spacings(cell, divisions)
    if axis is not None:
        if divisions[axis] > 1:
            yield Finding(
                "kpoints", "warning", f"{divisions[axis]} k-points along the vacuum",
                "nothing disperses there, and each costs a full calculation", "take one",
            )  # fmt: skip
        along = np.delete(along, axis)
    widest = float(along.max())
    if divisions == (1, 1, 1):
        shortest = 2 * np.pi / widest
        if shortest < GAMMA_DOUBT:
            yield Finding(
                "kpoints", "error" if shortest < GAMMA_ERROR else "warning",
                f"Gamma only for a cell {shortest:.1f} angstrom across",
                f"bands fold too little below {GAMMA_DOUBT:g} angstrom, and energies mean "
                f"nothing below {GAMMA_ERROR:g}",
                "repeat the cell (--supercell) or give a mesh (--kpoints)",
            )  # fmt: skip
    elif widest > COARSE:
        mesh = "x".join(map(str, divisions))
        least = np.maximum(divisions, by_spacing(cell, COARSE))
        finer = "x".join(map(str, least))
        yield Finding(
            "kpoints", "error" if widest > USELESS else "warning",
            f"a mesh of {mesh}: {widest:.2f} per angstrom at its widest (2 pi included)",
            f"energies of oxides need {COARSE:g} or less", f"take {finer} or finer (--kpoints)",
        )  # fmt: skip


def convergence(subject: Subject) -> Iterator[Finding]:
    """EDIFF and NELM that let the electrons converge."""
    inputs = subject.inputs
    ediff = number(inputs, "EDIFF", 1e-4)
    loose = LOOSE_DYNAMICS if subject.dynamics else max(LOOSE, 1e-4 * len(inputs.structure))
    if ediff > loose:
        yield Finding(
            "ediff", "warning", f"EDIFF = {ediff:g} eV",
            "forces carry the error, and dynamics drifts" if subject.dynamics
            else "energies carry the error", f"give {loose / 10:g}",
        )  # fmt: skip
    steps = number(inputs, "NELM", 60)
    if steps < 40:
        yield Finding(
            "nelm", "error" if steps < 2 else "warning", f"NELM = {steps:g}",
            "magnetic +U cells need 40 steps and more at the start", "set NELM = 200",
        )  # fmt: skip


def _frozen_density(subject: Subject) -> Iterator[Finding]:
    """No fixed density while atoms move."""
    if number(subject.inputs, "ICHARG", 0) >= 10 and subject.steps > 0:
        yield Finding(
            "icharg", "error", "ICHARG >= 10 while atoms move",
            "the density stays that of other positions, so forces mean nothing",
            "leave ICHARG out",
        )  # fmt: skip


def projection(subject: Subject) -> Iterator[Finding]:
    """LREAL that fits the size."""
    value, n = subject.inputs.value("LREAL", False), len(subject.inputs.structure)
    if value is not False and n < 9:
        yield Finding(
            "lreal", "warning", f"LREAL = {value} for {n} atoms",
            "real-space projection errs by some meV per atom and saves nothing here",
            "set LREAL = .FALSE.",
        )  # fmt: skip
    elif value is False and n > 100:
        yield Finding(
            "lreal", "warning", f"LREAL = .FALSE. for {n} atoms",
            "reciprocal projection grows with the square of the atoms", "set LREAL = Auto",
        )  # fmt: skip


CHECKS: tuple[Check, ...] = (
    spin, hubbard, moments, order, _printed_moments, cutoff, _electron_number, smearing, kpoints,
    convergence, _frozen_density, projection,
)  # fmt: skip
