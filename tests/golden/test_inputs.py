"""Generated INCAR and KPOINTS are files that a reviewer sees change; the fake VASP takes each.

To refresh them: ``REFRESH_GOLDEN=1 python -m pytest tests/golden/test_inputs.py``, in a commit of
its own. The POSCARs of the interface cells are kept, since building one takes seconds.
"""

from __future__ import annotations

import io
import os
import re
from functools import cache
from pathlib import Path

import pytest

from workflows.structures.bulk import bulk
from workflows.vasp.input_sets import build
from workflows.vasp.read_protocol import read_protocol

pytest.importorskip("pymatgen.io.vasp")

HERE = Path(__file__).parent / "inputs"
BULKS = ("LCO", "CoO", "LPSCl")
CELLS = ("LCO_LPSCl", "CoO_LPSCl")
REPEATS = {"LCO": (4, 4, 1), "CoO": (3, 3, 3)}  #: of bulks in dynamics, so that Gamma is enough
CASES = [
    *[(s, p) for p in ("zhang2023-bulk", "zhang2023-aimd") for s in (*BULKS, *CELLS)],
    *[(s, p) for p in ("interface-relax", "interface-aimd") for s in CELLS],
    *[(s, p) for p in ("mp-relax", "mp-static", "dos") for s in BULKS],
]  # fmt: skip


@cache
def structure(system):
    if system not in CELLS:
        return bulk(system)
    from pymatgen.io.vasp import Poscar

    return Poscar.from_str((HERE / f"{system}.POSCAR").read_text()).structure


@cache
def made(system, protocol):
    aimd = protocol.endswith("aimd")
    repeats = REPEATS.get(system, (1, 1, 1)) if aimd else (1, 1, 1)
    return build(structure(system), read_protocol(protocol), supercell=repeats)


@pytest.mark.parametrize(("system", "protocol"), CASES)
def test_inputs_are_the_golden_ones(system, protocol):
    inputs = made(system, protocol)
    folder = HERE / f"{system}-{protocol}"
    texts = {
        "INCAR": str(inputs.incar()),
        "KPOINTS": str(inputs.kpoints()),
        "POTCAR.spec": "\n".join(inputs.potentials) + "\n",
    }
    for name, text in texts.items():
        if os.environ.get("REFRESH_GOLDEN"):
            folder.mkdir(exist_ok=True)
            (folder / name).write_text(text)
        assert (folder / name).read_text() == text, f"{folder.name}/{name}"


@pytest.mark.parametrize(("system", "protocol"), CASES)
def test_the_fake_vasp_takes_them(system, protocol, tmp_path, monkeypatch):
    from pymatgen.io.vasp import Oszicar, Potcar
    from pymatgen.io.vasp.inputs import UnknownPotcarWarning

    from workflows.calculators.mock.mock_potcars import potcars
    from workflows.calculators.mock.vasp_std import run

    monkeypatch.delenv("PMG_VASP_PSP_DIR", raising=False)
    inputs = made(system, protocol)
    incar = inputs.incar()
    steps = min(incar.get("NSW", 0), 2 if len(inputs.structure) < 100 else 1)
    incar["NSW"] = steps
    run_in = tmp_path / "run"
    run_in.mkdir()
    incar.write_file(run_in / "INCAR")
    inputs.kpoints().write_file(run_in / "KPOINTS")
    inputs.poscar().write_file(run_in / "POSCAR")
    with (
        potcars(tmp_path / "potcars", inputs.potentials, (inputs.functional,)),
        pytest.warns(UnknownPotcarWarning),
    ):
        Potcar(list(inputs.potentials), functional=inputs.functional).write_file(run_in / "POTCAR")
    screen = io.StringIO()
    assert run(run_in, {}, screen) == 0, screen.getvalue()
    assert len(Oszicar(run_in / "OSZICAR").ionic_steps) == max(1, steps)
    match = re.search(r"number of electron +([\d.]+)", (run_in / "OUTCAR").read_text())
    assert float(match[1]) == inputs.electrons


@pytest.mark.parametrize("system", CELLS)
def test_the_kept_cells_are_those_that_are_built(system, full):
    if not full:
        pytest.skip("building a cell takes seconds; run with --full")
    from workflows.structures.read_targets import find_target

    ours, kept = find_target(system).structure, structure(system)
    assert ours.composition == kept.composition
    assert ours.lattice.abc == pytest.approx(kept.lattice.abc, abs=1e-5)
    assert ours.distance_matrix.sum() == pytest.approx(kept.distance_matrix.sum(), rel=1e-6)


# -- published settings, number by number ---------------------------------------------------------


@pytest.mark.parametrize(
    ("system", "divisions", "atoms"),
    [("LCO", (4, 4, 2), 12), ("CoO", (4, 4, 4), 4), ("LPSCl", (4, 4, 4), 52)],
)
def test_published_bulk_settings(system, divisions, atoms):
    """Doi 10.1002/adma.202305748: PBE+U, 500 eV, U - J = 3.9 eV on Co, a mesh for each bulk."""
    inputs = made(system, "zhang2023-bulk")
    assert inputs.value("ENCUT") == 500
    assert inputs.value("GGA") == "PE"
    assert inputs.mesh.divisions == divisions
    assert len(inputs.structure) == atoms
    assert f"{atoms} atoms" in inputs.mesh.reason
    if system == "LPSCl":
        assert inputs.value("LDAU") is None
    else:
        at = [site.specie.symbol for site in inputs.structure]
        values = dict(zip(dict.fromkeys(at), inputs.value("LDAUU"), strict=True))
        assert values.pop("Co") == 3.9
        assert not any(values.values())
        assert inputs.value("LDAUTYPE") == 2


@pytest.mark.parametrize("system", ["LCO", "CoO", "LPSCl", *CELLS])
def test_published_dynamics_settings(system):
    """Doi 10.1002/adma.202305748: PBE, 400 eV, Gamma only, 2 fs, 20 ps."""
    inputs = made(system, "zhang2023-aimd")
    wanted = {"ENCUT": 400, "POTIM": 2.0, "NSW": 10000, "IBRION": 0, "LDAU": None, "GGA": "PE"}
    assert {tag: inputs.value(tag) for tag in wanted} == wanted
    assert inputs.value("NSW") * inputs.value("POTIM") == 20_000
    assert inputs.mesh.gamma_only
