"""Band centres of a made-up VASP run and of a real GPAW run; the verb and the Maker."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

import numpy as np
import pytest

from interfaces.errors import InputError
from tests.vasp_files import vasp_run
from tests.workflows.cli.runner import interfaces, refused
from workflows.calculators.mock.electrons import gap, kind_dos
from workflows.trajectories.band_centres import centre_difference, read_band_centres


def test_a_vasp_run_by_kind_of_site(tmp_path):
    """The mock's O band is a known bump; its centre follows from the bump itself."""
    result = read_band_centres(vasp_run(tmp_path))
    assert result.mocked
    assert result.formula == "LiCoO2"
    assert [kind.kind for kind in result.kinds] == ["O"]  # both O are equal by inversion
    edge = result.all_sites.edge
    grid = np.linspace(-12, 12, 2001)
    width = gap(["Li", "Co", "O", "O"])
    bump = np.array([row[1] for row in kind_dos("O", 1.0, width, grid.tolist())])
    inside = (grid <= edge) & (grid >= edge - 9)
    expected = (bump * grid)[inside].sum() / bump[inside].sum()
    assert result.all_sites.centre == pytest.approx(expected, abs=0.01)
    assert result.all_sites.centre == pytest.approx(result.kinds[0].centre)
    assert result.all_sites.against_fermi == pytest.approx(
        result.all_sites.centre - width / 2, abs=1e-3
    )
    assert result.gap > 0


def test_sites_that_symmetry_does_not_join_are_kinds_of_their_own(tmp_path):
    result = read_band_centres(vasp_run(tmp_path, z=0.25))
    assert [item.kind for item in result.kinds] == ["O1", "O2"]
    named = read_band_centres(tmp_path / "vasprun.xml", kinds={"surface": [2]})
    assert [kind.kind for kind in named.kinds] == ["surface"]
    assert named.kinds[0].electrons == pytest.approx(named.all_sites.electrons, rel=1e-3)
    with pytest.raises(InputError, match=r"sites \[0\] are no O; those are \[2, 3\]"):
        read_band_centres(tmp_path, kinds={"surface": [0]})
    with pytest.raises(InputError, match="no S in LiCoO2"):
        read_band_centres(tmp_path, "S")


def test_what_is_doubtful_of_the_states_is_said_beside_the_centre(tmp_path):
    run = vasp_run(tmp_path)
    notes = " ".join(read_band_centres(run).to_dict()["notes"])
    assert "sparse" in notes  # one k-point of a small cell
    assert "electrons" not in notes
    content = (run / "vasprun.xml").read_text()
    cut = content.replace('name="NELECT">', 'name="NELECT">9')  # 921 electrons: a fraction is held
    charged = '<i type="int" name="ICHARG">11</i>'
    cut = cut.replace('<i type="int" name="ICHARG">2</i>', charged)
    (run / "vasprun.xml").write_text(cut.replace('param="Gamma"', 'param="listgenerated"'))
    notes = " ".join(read_band_centres(run).notes)
    for word in ("NELECT", "ICHARG", "line mode"):
        assert word in notes


def test_the_states_of_an_unconverged_run_are_noted(tmp_path):
    run = vasp_run(tmp_path)
    content = (run / "vasprun.xml").read_text()
    steps = content.count("<scstep>")
    content = content.replace('name="NELM">60<', f'name="NELM">{steps}<')
    (run / "vasprun.xml").write_text(content)
    assert any("NELM" in note for note in read_band_centres(run).notes)


def test_a_run_without_projection_is_refused(tmp_path):
    with pytest.raises(InputError, match="LORBIT = 11"):
        read_band_centres(vasp_run(tmp_path, LORBIT=0))
    with pytest.raises(InputError, match=r"no vasprun\.xml"):
        read_band_centres(tmp_path / "nowhere")
    (tmp_path / "vasprun.xml").write_text("<modeling>")
    with pytest.raises(InputError, match="no density of states"):
        read_band_centres(tmp_path)


# ----------------------------------------------------------------------------- two runs, GPAW


def test_a_difference_has_a_number_for_every_common_level(tmp_path):
    first = read_band_centres(vasp_run(tmp_path))
    item = first.all_sites
    lower = replace(first, all_sites=replace(item, centre=item.centre - 2.75, fermi=item.fermi - 1))
    difference = centre_difference(first, lower)
    assert difference.edge == pytest.approx(-2.75)
    assert difference.fermi == pytest.approx(-1.75)
    assert difference.deep is None or difference.deep == pytest.approx(-2.75)
    with pytest.raises(InputError, match="one element"):
        centre_difference(first, replace(lower, element="S"))


def test_gpaw_levels_become_a_density(tmp_path):
    pytest.importorskip("gpaw")
    from pymatgen.core import Lattice, Structure

    from workflows.calculators.gpaw_static import run_static, settings_with
    from workflows.trajectories.projected_dos import read_gpaw_dos

    cell = Structure(Lattice.cubic(5.0), ["Li", "F"], [[0, 0, 0], [0.5, 0.5, 0.5]])
    file = tmp_path / "static.gpw"
    run_static(cell, file, settings_with(300.0, 1.0, None))
    dos = read_gpaw_dos(file, "F")
    centres = read_band_centres(tmp_path, "F")
    assert dos.shell("p")[dos.energies < dos.edge + 1].sum() > 0
    assert -3 < centres.all_sites.against_edge < 0
    assert centres.all_sites.against_deep > 15  # F 2s lies some 20 eV below F 2p
    with pytest.raises(InputError, match="no O"):
        read_gpaw_dos(file, "O")


def test_a_file_that_is_not_of_gpaw_is_refused(tmp_path):
    (tmp_path / "x.gpw").write_text("nothing")
    with pytest.raises(InputError, match="GPAW"):
        read_band_centres(tmp_path / "x.gpw")


def test_the_verb_prints_centres_and_differences(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    runs = [str(vasp_run(tmp_path / name, z=z)) for name, z in (("a", 0.22), ("b", 0.23))]
    done = interfaces("bands", *runs, "--json", "--figure", tmp_path / "bands.png")
    data = json.loads(done.stdout)
    assert [run["mocked"] for run in data["runs"]] == [True, True]
    expected = read_band_centres(runs[1]).all_sites.against_edge
    assert data["runs"][1]["all_sites"]["against_valence_band_edge_ev"] == expected
    assert len(data["differences"]) == 1
    assert (tmp_path / "bands.png").stat().st_size > 1000
    assert "MOCK" in interfaces("bands", runs[0]).stdout
    refused(interfaces("bands", runs[0], "--depth", "-1"), "--depth")


def test_the_maker_reads_the_folder_of_any_static_maker(tmp_path):
    """A static Maker of someone else's: its output has ``dir_name``."""
    from jobflow import Maker, job, run_locally
    from pymatgen.core import Structure

    from workflows.flows.band_centre_maker import BandCentreMaker

    folder = vasp_run(tmp_path)

    @dataclass
    class Static(Maker):
        name: str = "static"

        @job
        def make(self, structure):
            return {"dir_name": f"node:{folder}"}

    cell = Structure.from_file(folder / "POSCAR")
    flow = BandCentreMaker(static_maker=Static()).make(cell)
    answers = run_locally(flow, log=False, root_dir=tmp_path)
    output = answers[flow.jobs[-1].uuid][1].output
    assert output == read_band_centres(folder)
    with pytest.raises(InputError, match="no S"):
        BandCentreMaker(element="S", static_maker=Static()).make(cell)
