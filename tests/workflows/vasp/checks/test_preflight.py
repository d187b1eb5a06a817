"""Broken and dangerous inputs, each stopped or flagged in words; good ones pass in silence."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from interfaces.errors import InputError
from workflows.structures.bulk import bulk
from workflows.vasp.checks.finding import Subject
from workflows.vasp.checks.preflight import CHECKS, findings, stop_on_errors
from workflows.vasp.cost_estimate import HBAR2_2M, cost
from workflows.vasp.input_sets import build
from workflows.vasp.kpoints import Mesh
from workflows.vasp.read_protocol import protocol_names, read_protocol

pytest.importorskip("pymatgen.io.vasp")
from pymatgen.core import Lattice, Structure


@cache
def kept(name):
    return bulk(name)


def lco(**_):
    return kept("LCO").copy()


def coo():
    return kept("CoO").copy()


def lpscl():
    return kept("LPSCl").copy()


def longer(cell, vacuum):
    """The cell with empty space along c."""
    a, b, c, *angles = cell.lattice.parameters
    return Structure(
        Lattice.from_parameters(a, b, c + vacuum, *angles), cell.species, cell.cart_coords,
        coords_are_cartesian=True,
    )  # fmt: skip


def moved(cell, atom, onto, distance):
    """The cell with an atom at a distance [angstrom] from another."""
    place = cell[onto].coords + np.array([0, 0, distance])
    cell.replace(atom, cell[atom].specie, place, coords_are_cartesian=True)
    return cell


def molecular():
    reach = 1.09 / 3**0.5
    points = [[5, 5, 5]] + [
        [5 + reach * x, 5 + reach * y, 5 + reach * z]
        for x, y, z in ((1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1))
    ]
    return Structure(Lattice.cubic(9), ["C", *"HHHH"], points, coords_are_cartesian=True)


def hydride():
    """LPSCl with hydrogen in place of one lithium."""
    cell = lpscl()
    cell.replace(0, "H")
    return cell


def left_handed():
    cell = lpscl()
    return Structure(
        Lattice(cell.lattice.matrix * [[1], [1], [-1]]), cell.species,
        cell.frac_coords * [1, 1, -1],
    )  # fmt: skip


def needle():
    lattice = Lattice.from_parameters(9, 9, 9, 20, 20, 20)
    return Structure(lattice, ["Li", "Cl"], [[0] * 3, [0.5] * 3])


def scaled(factor):
    """LCO with another volume."""
    cell = lco()
    return Structure(cell.lattice.scale(cell.volume * factor), cell.species, cell.frac_coords)


def found_in(structure, protocol="interface-relax", *, kind="bulk", strain=None, segments=1,
             cores=64, **build_with):  # fmt: skip
    inputs = build(structure, read_protocol(protocol), **build_with)
    return findings(Subject(inputs, kind, strain, segments, cores))


def tags(**values):
    return {"settings": values}


MD = {"protocol": "interface-aimd", "supercell": (4, 4, 1)}
SULFIDE_MD = {"protocol": "interface-aimd"}

#: kind of broken or dangerous input -> structure, how it is made, check, level, words
BAD = {
    # the cell
    "atoms on one another": (lambda: moved(lco(), 1, 0, 0.3), {}, "distances", "error",
        "0.30 angst"),
    "atoms too close": (lambda: moved(lco(), 1, 6, 1.4), {}, "distances", "warning",
        "will throw them"),
    "an atom alone": (lambda: moved(longer(lpscl(), 14), 0, 30, 16.0), {}, "lonely-atoms",
        "warning", "no neigh"),
    "left-handed cell": (left_handed, {}, "handedness", "error", "left-handed or flat"),
    "a needle of a cell": (needle, {}, "cell-angles", "warning", "20, 20, 20 degrees"),
    "lattice in bohr": (lambda: scaled(7), {}, "density", "warning",
        "check the unit of the lattice"),
    "lattice in nanometres": (lambda: scaled(1 / 1000), {}, "density", "error",
        "cubic angstrom per atom"),
    "too many atoms": (lco, {"supercell": (6, 6, 1)}, "atoms", "warning", "432 atoms"),
    "far too many atoms": (lpscl, {"supercell": (4, 4, 2)}, "atoms", "error", "1664 atoms"),
    "too many electrons": (lpscl, {"supercell": (3, 3, 2)}, "electrons", "warning", "4320 valence"),
    "a lithium lost": (lambda: Structure.from_sites(lpscl()[1:]), {}, "charge-balance", "warning",
        "leave -1.00 e"),
    "a slab that is none": (lco, {"kind": "slab"}, "vacuum", "error", "a slab without a vacuum"),
    "a thin vacuum": (lambda: longer(lco(), 6), {"kind": "slab"}, "vacuum", "warning",
        "faces feel"),
    "a wasteful vacuum": (lambda: longer(lco(), 40), {"kind": "slab"}, "vacuum", "warning",
        "full price"),
    "a wire": (molecular, {}, "vacuum", "warning", "a vacuum along 3 axes"),
    "a void at the interface": (lambda: longer(lco(), 2.5), {"kind": "interface", "strain": 0.0},
        "vacuum", "warning", "a void of"),
    "strain": (lco, {"kind": "interface", "strain": 0.05}, "strain", "warning",
        "a strain of 5.0 %"),
    "far too much strain": (lco, {"kind": "interface", "strain": -0.1}, "strain", "error",
        "10.0 %"),
    "strain not known": (lco, {"kind": "interface"}, "strain", "warning", "is not known"),
    # spin and U
    "no spin in an oxide": (coo, {"order": "none"}, "spin", "error",
        "wrong energies, often by 1 eV"),
    "spin switched off": (lco, tags(ISPIN=1), "spin", "error",
        "no spin (ISPIN = 1) in an oxide of Co"),
    "an odd electron without spin": (lambda: Structure.from_sites(lpscl()[1:]), tags(ISPIN=1),
        "spin", "warning", "odd number"),
    "no U in an oxide": (lco, tags(LDAU=False), "hubbard", "error", "no +U in an oxide of Co"),
    "U of nothing": (lco, tags(LDAUU=(0.0, 0.0, 0.0)), "hubbard", "error", "U = 0 on Co"),
    "U on the wrong element": (lco, tags(LDAUU=(3.32, 3.32, 0.0)), "hubbard", "warning", "U on Li"),
    "U for too few elements": (lco, tags(LDAUU=(0.0, 3.32)), "hubbard-length", "error",
        "LDAUU has 2 values for 3"),
    "U without mixing of d": (lco, tags(LMAXMIX=2), "hubbard", "warning", "LMAXMIX = 4"),
    "MAGMOM of another cell": (lco, tags(MAGMOM=(0.6,) * 8), "moments", "error",
        "8 values for 12 atoms"),
    "no MAGMOM": (coo, tags(MAGMOM=None), "moments", "error", "spin without MAGMOM"),
    "MAGMOM without spin": (lpscl, tags(MAGMOM=(1.0,) * 52), "moments", "warning",
        "VASP ignores it"),
    "one MAGMOM for all atoms": (coo, tags(MAGMOM=(0.6,) * 4), "moments-start", "warning",
        "the same MAGMOM of 0.6 on all 4"),
    "a small start": (coo, tags(MAGMOM=(3.0, 0.6, 0.0, 0.0)), "moments-start", "warning",
        "Co2 (+2) starts at 0.6"),
    "MP's start on Co2+": (coo, {"protocol": "mp-relax"}, "moments-start", "warning", "low spin"),
    "all parallel": (coo, {"order": "fm"}, "magnetic-order", "warning", "all moments parallel"),
    "a cell too small for the order": (coo, {"protocol": "mp-relax", "order": "fm"},
        "magnetic-order", "warning", "parallel"),
    "moments not printed": (coo, tags(LORBIT=None), "lorbit", "warning", "spin without LORBIT"),
    # basis, smearing, mesh
    "no ENCUT": (lco, tags(ENCUT=None), "encut", "error", "no ENCUT"),
    "ENCUT below ENMAX": (lco, tags(ENCUT=450), "encut", "warning", "ENMAX of Li_sv is 499 eV"),
    "ENCUT far below ENMAX": (lco, tags(ENCUT=300), "encut", "error", "ENCUT = 300 eV"),
    "volume at a small basis": (lco, tags(ISIF=3), "pulay", "warning", "1.04 times the ENMAX"),
    "tetrahedra at Gamma": (lpscl, {**tags(ISMEAR=-5), "divisions": (1, 1, 1)}, "smearing",
        "error", "at least four"),
    "metal smearing in an oxide": (lco, tags(ISMEAR=1), "smearing", "warning", "go negative"),
    "wide smearing": (lco, tags(SIGMA=0.5), "smearing", "warning", "SIGMA = 0.5 eV"),
    "Gamma only in a small cell": (lco, {"divisions": (1, 1, 1)}, "kpoints", "error",
        "Gamma only for a cell 2.4"),
    "Gamma only in a middling cell": (coo, {"divisions": (1, 1, 1), "supercell": (3, 3, 3)},
        "kpoints", "warning", "7.7 ang"),
    "a coarse mesh": (lco, {"divisions": (4, 4, 2)}, "kpoints", "warning", "take 6x6x2 or finer"),
    "a useless mesh": (lco, {"divisions": (2, 2, 1)}, "kpoints", "error", "1.29 per angstrom"),
    "points along a vacuum": (lambda: longer(lco(), 12), {"divisions": (7, 7, 2), "kind": "slab"},
        "kpoints", "warning", "2 k-points along the vacuum"),
    "KSPACING too coarse": (lco, tags(KSPACING=2.0), "kpoints", "error",
        "per angstrom at its widest"),
    "KSPACING of nothing": (lco, tags(KSPACING=0.0), "kpoints", "error", "VASP has no mesh"),
    "loose EDIFF": (lco, tags(EDIFF=0.01), "ediff", "warning", "energies carry the error"),
    "loose EDIFF in dynamics": (lpscl, {**SULFIDE_MD, **tags(EDIFF=1e-3)}, "ediff", "warning",
        "dynamics drifts"),
    "no EDIFF at all": (lco, tags(EDIFF=0.0), "ediff", "error", "no step ever counts"),
    "few electronic steps": (lco, tags(NELM=20), "nelm", "warning", "NELM = 20"),
    "frozen density": (lco, tags(ICHARG=11), "icharg", "error", "positions"),
    "real space in a small cell": (coo, tags(LREAL="Auto"), "lreal", "warning", "for 4 atoms"),
    "reciprocal space in a large cell": (lco, {**tags(LREAL=False), "supercell": (4, 4, 1)},
        "lreal", "warning", "for 192 atoms"),
    # tags as such
    "a misspelt tag": (lco, tags(ENCTU=520), "tag-names", "error", "did you mean ENCUT?"),
    "a value of the wrong kind": (lco, tags(NELM="many"), "tag-values", "error", "NELM = many"),
    "a value that does not exist": (lco, tags(ALGO="Quick"), "tag-values", "error", "ALGO = Quick"),
    "two functionals": (lco, tags(METAGGA="R2scan"), "functional", "error", "both GGA"),
    "another functional": (lco, tags(GGA="PS"), "functional", "warning", "GGA = PS on PBE_54"),
    "another U than MP's": (lco, {"protocol": "mp-relax", **tags(LDAUU=(0, 4, 0))}, "corrections",
        "warning", "was fitted to"),
    "a charged cell": (lco, tags(NELECT=71), "nelect", "warning", "the neutral cell has 72"),
    "molecules without dispersion": (molecular, tags(IVDW=None), "dispersion", "warning",
        "1 molecules"),
    "dispersion twice": (molecular, tags(LUSE_VDW=True), "dispersion", "error", "counted twice"),
    "KPAR beyond the points": (lpscl, tags(KPAR=16), "parallel", "error",
        "KPAR = 16 for 8 k-points"),
    "NCORE beyond the cores": (lpscl, {**tags(NCORE=32), "cores": 16}, "parallel", "error",
        "on 16 cores"),
    # motion
    "hydrogen at 2 fs": (hydride, {"protocol": "zhang2023-aimd"}, "time-step", "error",
        "POTIM = 2 fs with H"),
    "hydrogen at 1 fs": (hydride, {**SULFIDE_MD, **tags(POTIM=1.0)}, "time-step", "warning",
        "needs 0.5 fs"),
    "no time step": (lpscl, {**SULFIDE_MD, **tags(POTIM=None)}, "time-step", "error",
        "POTIM = None"),
    "a short run": (lpscl, {**SULFIDE_MD, **tags(NSW=100)}, "duration", "warning",
        "0.125 ps of dynamics"),
    "no temperature": (lpscl, {**SULFIDE_MD, **tags(TEBEG=None, TEEND=None)}, "temperature",
        "error", "no TEBEG"),
    "below zero": (lpscl, {**SULFIDE_MD, **tags(TEEND=-5)}, "temperature", "error", "-5 K"),
    "far too hot": (lpscl, {**SULFIDE_MD, **tags(TEEND=3000)}, "temperature", "warning",
        "sulfides melt"),
    "no thermostat": (lpscl, {**SULFIDE_MD, **tags(MDALGO=0, SMASS=-3)}, "thermostat", "warning",
        "heats itself"),
    "Langevin without friction": (lpscl, {**SULFIDE_MD, **tags(MDALGO=3)}, "thermostat", "error",
        "LANGEVIN_GAMMA"),
    "a cell that moves without a barostat": (lpscl, {**SULFIDE_MD, **tags(ISIF=3)}, "isif",
        "error", "MDALGO = 3"),
    "symmetry in dynamics": (lpscl, {**SULFIDE_MD, **tags(ISYM=2)}, "symmetry", "error",
        "set ISYM = 0"),
    "nothing that moves": (lco, tags(IBRION=-1), "motion", "error", "every step repeats"),
    "motion without steps": (lco, tags(NSW=0), "motion", "error", "IBRION = 2 with NSW = 0"),
    "steps below zero": (lco, tags(NSW=-5), "motion", "error", "NSW = -5"),
    "no end to a relaxation": (lco, tags(EDIFFG=0.0), "motion", "warning", "never stops"),
    "a vacuum that is squeezed": (lambda: longer(lco(), 12), {"kind": "slab", **tags(ISIF=3)},
        "isif", "error", "shrinks the cell"),
    "an interface that is unmatched": (lco, {"kind": "interface", "strain": 0.0, **tags(ISIF=3)},
        "isif", "warning", "undone"),
    "a vacuum without dipole": (lambda: longer(lco(), 12), {"kind": "slab", **tags(LDIPOL=None)},
        "dipole", "warning", "volts"),
    "a dipole without vacuum": (lco, tags(LDIPOL=True), "dipole", "error", "cut through the atoms"),
    "a dipole the wrong way": (lambda: longer(lco(), 12), {"kind": "slab", **tags(IDIPOL=1)},
        "dipole", "error", "IDIPOL = 1, the vacuum lies along axis 3"),
    "segments of a relaxation": (lco, {"segments": 3}, "segments", "error", "without dynamics"),
    "segments without orbitals": (lpscl, {**SULFIDE_MD, "segments": 3, **tags(LWAVE=False)},
        "segments", "warning", "from scratch"),
    # cost
    "longer than a queue": (lpscl, {**SULFIDE_MD, "supercell": (2, 2, 1), "cores": 1}, "cost",
        "warning", "no queue gives so long"),
    "more memory than a core has": (lpscl, {**tags(KSPACING=0.1), "cores": 1}, "memory", "warning",
        "GB per core"),
}  # fmt: skip


def test_there_are_more_than_thirty_kinds():
    assert len(BAD) > 90
    assert {row[2] for row in BAD.values()} >= {"spin", "hubbard", "moments", "encut", "kpoints"}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_input_is_stopped_or_flagged_in_words(kind):
    make, how, check, level, words = BAD[kind]
    hits = [finding for finding in found_in(make(), **how) if finding.check == check]
    assert hits, kind
    hit = next((item for item in hits if words in str(item)), None)
    assert hit is not None, [str(entry) for entry in hits]
    assert hit.level == level
    assert all(len(part) > 3 for part in (hit.what, hit.why, hit.mend))


GOOD = [
    (lambda: longer(lco(), 15), {"kind": "slab"}),
    (lco, {"kind": "interface", "strain": 0.02}),
    (coo, {}),
    (lpscl, {}),
    (lco, {**MD, "segments": 4}),
    (lpscl, {**SULFIDE_MD, "segments": 4}),
    (lco, {"protocol": "dos"}),
    (coo, {"protocol": "dos"}),
]


@pytest.mark.parametrize(("make", "how"), GOOD)
def test_good_inputs_pass_in_silence(make, how):
    assert found_in(make(), **how) == ()


@pytest.mark.parametrize("protocol", protocol_names())
@pytest.mark.parametrize("make", [lco, coo, lpscl])
def test_no_protocol_is_an_error_on_the_bulks_it_is_made_for(protocol, make):
    repeats = {lco: (4, 4, 1), coo: (4, 4, 4)}.get(make, (1, 1, 1))
    how = {"supercell": repeats} if protocol.endswith("aimd") else {}
    assert [str(f) for f in found_in(make(), protocol, **how) if f.level == "error"] == []


def test_what_a_published_protocol_knows_of_is_a_doubt_with_its_reason():
    table = {f.check: f for f in found_in(coo(), "zhang2023-aimd", supercell=(3, 3, 3))}
    for check in ("spin", "hubbard"):
        assert table[check].level == "warning"
        assert "kept so to repeat it" in table[check].why
    ours = build(coo(), read_protocol("zhang2023-aimd"), supercell=(3, 3, 3))
    stricter = replace(ours, protocol=replace(ours.protocol, accepts=()))
    levels = {f.check: f.level for f in findings(Subject(stricter))}
    assert (levels["spin"], levels["hubbard"]) == ("error", "error")


def test_errors_stand_first_and_stop_with_all_of_them():
    result = found_in(lco(), settings={"ENCUT": None, "NELM": 20, "EDIFF": 0.0})
    levels = [item.level for item in result]
    assert levels == sorted(levels)  # error before warning
    with pytest.raises(
        InputError, match=r"LCO: 2 errors, nothing was written\. \[encut\].*\[ediff\]"
    ):
        stop_on_errors("LCO", result)
    stop_on_errors("LCO", tuple(entry for entry in result if entry.level == "warning"))


def test_a_mesh_along_each_axis_is_judged_by_the_height_not_the_edge():
    inputs = build(lco(), read_protocol("interface-relax"), divisions=(6, 6, 1))
    hits = [f for f in findings(Subject(inputs)) if f.check == "kpoints"]
    assert hits == []  # 2 pi / (2.816 sin 60 * 6) = 0.43, though 2 pi / (2.816 * 5) would be too
    coarser = replace(inputs, mesh=Mesh((5, 5, 1), "Gamma", ""))
    assert [f.level for f in findings(Subject(coarser)) if f.check == "kpoints"] == ["warning"]


def test_every_check_is_tried():
    tried = {row[2] for row in BAD.values()}
    assert len(CHECKS) <= len(tried) + 2


# -- cost -------------------------------------------------------------------------------------


def test_cost_follows_the_stated_formula():
    inputs = build(lpscl(), read_protocol("interface-aimd"))
    estimate = cost(Subject(inputs, cores=10))
    waves = 9.86**3 * (400 / HBAR2_2M) ** 1.5 / (6 * np.pi**2)
    assert estimate.plane_waves == int(waves)
    assert estimate.electrons == 24 * 1 + 4 * 5 + 20 * 6 + 4 * 7
    assert estimate.bands == 192 / 2 + 52 / 2 + 1
    grid = 8 * waves
    once = 48 * 123**2 * waves + 120 * 123 * grid * np.log2(grid)
    assert estimate.seconds == pytest.approx(0.5 * once * (30 + 15999 * 7) / (10 * 4e9), rel=1e-12)
    assert estimate.memory == pytest.approx(0.5 * 48 * 123 * waves + 10 * 0.3e9, rel=1e-12)


def test_cost_grows_with_the_cube_and_falls_with_cores():
    protocol = read_protocol("interface-aimd")
    small, large = (cost(Subject(build(lpscl(), protocol, supercell=(n, n, 1)))) for n in (1, 4))
    assert 16**2 < large.seconds / small.seconds < 16**3
    half = cost(Subject(build(lpscl(), protocol), cores=128))
    assert half.seconds == pytest.approx(small.seconds / 2)


def test_plane_waves_against_pymatgen_like_counting():
    """Reciprocal vectors inside the sphere of a small cell, counted one by one."""
    inputs = build(coo(), read_protocol("interface-relax"), order="fm")
    b = inputs.structure.lattice.reciprocal_lattice.matrix
    n = np.arange(-12, 13)
    vectors = np.stack(np.meshgrid(n, n, n), -1).reshape(-1, 3) @ b
    inside = int((HBAR2_2M * (vectors**2).sum(axis=1) < 520).sum())
    assert cost(Subject(inputs)).plane_waves == pytest.approx(inside, rel=0.03)
