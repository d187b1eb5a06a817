"""Electronic tags that the fake ``vasp_std`` refuses; see ``input_errors``."""

from __future__ import annotations

from collections.abc import Callable

from workflows.calculators.mock.electrons import band_count
from workflows.calculators.mock.mock_readers import Inputs
from workflows.calculators.vasp_stops import TETRAHEDRON_METHODS

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
