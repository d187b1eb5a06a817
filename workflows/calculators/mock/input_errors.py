"""Inputs that the fake ``vasp_std`` refuses, each with VASP's message and a remedy.

The rules of :mod:`workflows.calculators.vasp_stops` come first, which the pre-flight checks share.
A rule here takes `Inputs` and returns a message, or None. Messages that custodian recognises are
spelled as VASP spells them. Rules marked *stricter* refuse what VASP lets pass, because in this
project such an input is a mistake.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path

from workflows.calculators.mock.electrons import band_count
from workflows.calculators.mock.mock_readers import Inputs
from workflows.calculators.mock.neighbours import find_pairs, triple_product
from workflows.calculators.vasp_stops import SMALLEST_VOLUME, TETRAHEDRON_METHODS, RunInputs, stops

ENCUT_RANGE = (50.0, 3000.0)  #: [eV]
_FUNCTIONALS = "91 PE RP PS AM PW LM PB CA HL WI RE OR BO MK ML CX VW -- B3 B5 BF"
_METAGGAS = "-- NONE SCAN RSCAN R2SCAN R2SCANL TPSS RTPSS M06L MBJ LIBXC MS0 MS1 MS2"
FUNCTIONALS, METAGGAS = frozenset(_FUNCTIONALS.split()), frozenset(_METAGGAS.split())
ALGORITHMS = frozenset("NVFACDSE")


def cutoff(inputs: Inputs) -> str | None:
    """ENCUT of a plane-wave calculation."""
    low, high = ENCUT_RANGE
    if "ENCUT" in inputs.incar and not low <= inputs.number("ENCUT", 0.0) <= high:
        return f"ERROR: ENCUT = {inputs.incar['ENCUT']} eV is absurd; choose {low:g} to {high:g}"
    return None


def spin(inputs: Inputs) -> str | None:
    """ISPIN is 1 or 2; non-collinear spins are not mocked."""
    if inputs.number("ISPIN", 1) not in (1, 2):
        return f"ERROR: ISPIN = {inputs.incar['ISPIN']} is neither 1 nor 2; set one of them"
    if inputs.flag("LNONCOLLINEAR") or inputs.flag("LSORBIT"):
        return "ERROR: LNONCOLLINEAR and LSORBIT are not mocked; use ISPIN = 2"
    return None


def electronic_steps(inputs: Inputs) -> str | None:
    """At least one electronic step."""
    if inputs.number("NELM", 60) < 1:
        return f"ERROR: NELM = {inputs.incar['NELM']} is below 1; correct INCAR"
    return None


def smearing(inputs: Inputs) -> str | None:
    """ISMEAR that exists, and a positive SIGMA."""
    kind = int(inputs.number("ISMEAR", 1))
    if kind < -5 and kind not in TETRAHEDRON_METHODS:
        return f"ERROR: ISMEAR = {kind} does not exist; use -5 to 2"
    if inputs.number("SIGMA", 0.2) <= 0:
        return f"ERROR: SIGMA = {inputs.incar['SIGMA']} must be positive; 0.05 is usual"
    return None


def words(inputs: Inputs) -> str | None:
    """ALGO, PREC, GGA and METAGGA that exist."""
    known: tuple[tuple[str, Callable[[str], bool]], ...] = (
        ("ALGO", lambda word: word[:1] in ALGORITHMS or word.startswith(("G", "E", "O"))),
        ("PREC", lambda word: word[:1] in "NASLMH"),
        ("GGA", lambda word: word in FUNCTIONALS),
        ("METAGGA", lambda word: word in METAGGAS),
    )
    for tag, accepted in known:
        word = str(inputs.incar.get(tag, "")).strip().upper()
        if word and not accepted(word):
            return f"ERROR: {tag} = {inputs.incar[tag]} is unknown; see the VASP wiki for {tag}"
    return None


def bands(inputs: Inputs) -> str | None:
    """Bands for all electrons, a DOS with points."""
    if inputs.electrons <= 0:
        return f"ERROR: NELECT = {inputs.electrons:g}; there are no electrons to compute"
    if 2 * band_count(inputs) < inputs.electrons:
        return (
            f"ERROR: the number of bands is not sufficient to hold all electrons: "
            f"NBANDS = {band_count(inputs)}, NELECT = {inputs.electrons:g}; raise NBANDS"
        )
    if inputs.number("NEDOS", 301) < 2:
        return f"ERROR: NEDOS = {inputs.incar['NEDOS']} leaves no DOS; give at least 2"
    return None


Rule = Callable[[Inputs], str | None]

SHORTEST = 0.5  #: two atoms nearer than this are a broken structure [angstrom]
POTIM_MOST = {0: 10.0, 1: 5.0, 2: 5.0, 3: 5.0}  #: longest step by IBRION (MD: fs)


def distances(inputs: Inputs) -> str | None:
    """Atoms on top of each other (stricter: VASP warns, and dies of it later)."""
    poscar = inputs.poscar
    if triple_product(poscar.lattice) <= SMALLEST_VOLUME:
        return None
    for i, j, shift in find_pairs(poscar.lattice, poscar.positions, SHORTEST):
        a, b = poscar.positions[i], poscar.positions[j]
        apart = math.sqrt(sum((b[k] - a[k] + shift[k]) ** 2 for k in range(3)))
        return (
            f"The distance between some ions is very small: {apart:.3f} A between ions {i + 1} "
            f"and {j + 1}; correct POSCAR"
        )
    return None


def potential_count(inputs: Inputs) -> str | None:
    """As many potentials as kinds of atoms."""
    potentials, kinds = len(inputs.potentials), len(inputs.poscar.kinds)
    if potentials != kinds:
        return (
            f"ERROR: number of potentials on File POTCAR incompatible with number of species: "
            f"{potentials} in POTCAR, {kinds} in POSCAR; write one per line-6 element of POSCAR"
        )
    return None


def potential_order(inputs: Inputs) -> str | None:
    """Potentials in the order of POSCAR (stricter: VASP 5 takes POTCAR's names)."""
    names = [potential.symbol.partition("_")[0] for potential in inputs.potentials]
    if len(names) == len(inputs.poscar.kinds) and names != inputs.poscar.kinds:
        return (
            f"ERROR: the type information on POSCAR and POTCAR are incompatible: "
            f"{' '.join(inputs.poscar.kinds)} in POSCAR, {' '.join(names)} in POTCAR; "
            "reorder POTCAR"
        )
    return None


def potential_whole(inputs: Inputs) -> str | None:
    """Potentials that end."""
    cut = [potential.symbol for potential in inputs.potentials if not potential.complete]
    if cut:
        return f"ERROR: unexpected end of file POTCAR in {cut[0]}; copy the whole file again"
    return None


def potential_functionals(inputs: Inputs) -> str | None:
    """Potentials of one functional."""
    functionals = sorted({potential.exchange for potential in inputs.potentials})
    if len(functionals) > 1:
        return (
            f"ERROR: You have build up your multi-ion-type POTCAR file out of POTCARs with "
            f"different LEXCH ({', '.join(functionals)}); take all from one functional"
        )
    return None


def longest_step(inputs: Inputs) -> str | None:
    """POTIM that is not far too long."""
    most = POTIM_MOST.get(inputs.ibrion, math.inf)
    if not 0.0 <= inputs.number("POTIM", 0.5) <= most:
        return f"ERROR: POTIM = {inputs.incar['POTIM']} is absurd; choose up to {most:g}"
    return None


def motion(inputs: Inputs) -> str | None:
    """IBRION and ISIF that this mock can follow."""
    if inputs.ibrion not in (-1, 0, 1, 2, 3):
        return f"ERROR: IBRION = {inputs.incar['IBRION']} is not mocked; use -1, 0, 1, 2 or 3"
    if inputs.number("ISIF", 2) not in range(9):
        return f"ERROR: ISIF = {inputs.incar['ISIF']} does not exist; use 0 to 8"
    return None


RULES: tuple[Rule, ...] = (
    distances, potential_count, potential_order, potential_whole, potential_functionals, cutoff,
    spin, longest_step, motion, electronic_steps, smearing, words, bands,
)  # fmt: skip


def charge_file(inputs: Inputs, folder: Path) -> str | None:
    """ICHARG >= 10 reads a CHGCAR."""
    path = folder / "CHGCAR"
    if inputs.number("ICHARG", 0) >= 10 and not (path.is_file() and path.stat().st_size):
        return "ERROR: charge density could not be read from file CHGCAR for ICHARG > 10; copy it"
    return None


def objections(inputs: Inputs, folder: Path) -> Iterator[str]:
    """All reasons to refuse a run, in VASP's words; a wrong number of POTCARs hides the others.

    Parameters
    ----------
    inputs : of the run.
    folder : of the run, for a CHGCAR.

    Yields
    ------
    str
        One line with VASP's message and a remedy.
    """
    if (reason := potential_count(inputs)) is not None:
        yield reason
        return
    poscar = inputs.poscar
    shared = RunInputs(
        inputs.incar, poscar.lattice, poscar.kinds, len(poscar.symbols), len(inputs.kpoints)
    )
    for stop in stops(shared):
        yield f"{stop.message}; {stop.mend}"
    for rule in RULES:
        if (reason := rule(inputs)) is not None:
            yield reason
    if (reason := charge_file(inputs, folder)) is not None:
        yield reason
