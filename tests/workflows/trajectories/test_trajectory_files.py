"""Files of molecular dynamics: what pymatgen and ASE read, we read; what is cut off is said."""

from __future__ import annotations

import gzip
import io

import numpy as np
import pytest

from interfaces.errors import InputError
from tests.vasp_files import POSCAR, POTCAR
from workflows.calculators.mock.vasp_std import run as fake_vasp
from workflows.io.mock_mark import SYSTEM
from workflows.trajectories.read_frames import read_segments
from workflows.trajectories.read_trajectory import read_trajectory

pytest.importorskip("ase")

INCAR = "ENCUT = 520\nNSW = 12\nIBRION = 0\nPOTIM = 2.0\nTEBEG = 600\nISMEAR = 0\nSIGMA = 0.05\n"


@pytest.fixture(scope="session")
def mocked(tmp_path_factory):
    """Twelve steps of made-up dynamics of LiCoO2."""
    folder = tmp_path_factory.mktemp("vasp") / "md"
    folder.mkdir()
    for name, text in (("INCAR", INCAR), ("POSCAR", POSCAR), ("KPOINTS", "k\n0\nGamma\n1 1 1\n"),
                       ("POTCAR", POTCAR)):  # fmt: skip
        (folder / name).write_text(text)
    assert fake_vasp(folder, {}, io.StringIO()) == 0
    return folder


@pytest.fixture
def real(mocked, tmp_path):
    """The same without its marks, as VASP itself would have written it."""
    folder = tmp_path / "real"
    folder.mkdir()
    for name in ("vasprun.xml", "XDATCAR", "OSZICAR", "INCAR"):
        (folder / name).write_text((mocked / name).read_text().replace(SYSTEM, "a run"))
    return folder


def test_vasprun_is_what_pymatgen_reads(real):
    from pymatgen.io.vasp.outputs import Vasprun

    theirs = Vasprun(real / "vasprun.xml", parse_potcar_file=False, parse_eigen=False)
    read = read_trajectory([real])
    run = read.trajectory
    assert len(run) == 12
    assert run.species == tuple(site.specie.symbol for site in theirs.structures[0])
    assert run.times.tolist() == [2.0 * k for k in range(12)]
    assert run.fractional == pytest.approx(np.array([s.frac_coords for s in theirs.structures]))
    assert run.cells[0] == pytest.approx(theirs.structures[0].lattice.matrix)
    steps = theirs.ionic_steps
    assert run.energies == pytest.approx([float(step["e_fr_energy"]) for step in steps])
    # 3 (N - 1) degrees of freedom
    kinetic = np.array([float(step["kinetic"]) for step in steps])
    assert run.temperatures == pytest.approx(2 * kinetic / (9 * 8.617333262e-5), rel=1e-6)
    assert run.temperatures[0] == pytest.approx(600, rel=0.2)
    assert (read.mocked, read.notes) == (False, ())


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_xdatcar_is_what_pymatgen_and_vasprun_say(real):
    from pymatgen.io.vasp.outputs import Xdatcar

    theirs = Xdatcar(real / "XDATCAR")  # leaves the file open, hence the filter
    ours = read_trajectory([real / "XDATCAR"]).trajectory
    full = read_trajectory([real]).trajectory
    assert ours.fractional == pytest.approx(np.array([s.frac_coords for s in theirs.structures]))
    apart = ours.fractional - full.fractional
    assert np.abs(apart - np.rint(apart)).max() < 1e-6
    assert ours.cells == pytest.approx(full.cells, abs=1e-6)
    assert ours.times.tolist() == full.times.tolist()
    assert ours.energies == pytest.approx(full.energies, abs=1e-4)
    assert ours.temperatures == pytest.approx(full.temperatures, abs=1.0)


def test_every_nblock_th_step_of_an_xdatcar(real):
    lines = (real / "XDATCAR").read_text().splitlines(keepends=True)
    head, body = lines[:7], lines[7:]
    frames = [body[k : k + 5] for k in range(0, len(body), 5)]
    kept = [line for frame in frames[2::3] for line in frame]
    (real / "XDATCAR").write_text("".join(head + kept))
    (real / "INCAR").write_text(INCAR + "NBLOCK = 3\n")
    (real / "vasprun.xml").rename(real / "whole.xml")
    ours = read_trajectory([real]).trajectory
    full = read_trajectory([real / "whole.xml"]).trajectory
    assert ours.times.tolist() == [0, 6, 12, 18]
    assert ours.energies == pytest.approx(full.energies[2::3], abs=1e-4)
    assert ours.temperatures == pytest.approx(full.temperatures[2::3], abs=1.0)


def test_cell_of_every_frame_of_an_xdatcar(real):
    lines = (real / "XDATCAR").read_text().splitlines(keepends=True)
    head, body = lines[:7], lines[7:]
    text = ""
    for k in range(3):
        scaled = [head[0], f"{1 + 0.01 * k}\n", *head[2:]]
        text += "".join(scaled + body[5 * k : 5 * k + 5])
    (real / "XDATCAR").write_text(text)
    run = read_trajectory([real / "XDATCAR"]).trajectory
    assert run.cells.shape == (3, 3, 3)
    assert run.cells[2] == pytest.approx(1.02 * run.cells[0])


@pytest.mark.parametrize("name", ["vasprun.xml", "XDATCAR"])
@pytest.mark.parametrize(("packed", "share"), [(False, 0.4), (False, 0.75), (True, 0.8)])
def test_a_truncated_last_frame_is_left_out_and_said(real, name, packed, share):
    whole = read_trajectory([real]).trajectory
    data = (real / name).read_bytes()
    if name == "vasprun.xml" and packed:
        data = gzip.compress(data)
    data = data[: int(len(data) * share)]
    if name == "XDATCAR" and packed:
        data = gzip.compress(data)
    path = real / (f"{name}.gz" if packed else name)
    path.write_bytes(data)
    read = read_trajectory([path])
    count = len(read.trajectory)
    assert 0 < count < 12
    assert f"the frame after number {count} is left out" in read.notes[0]
    apart = read.trajectory.fractional - whole.fractional[:count]
    assert np.abs(apart - np.rint(apart)).max() < 1e-6


def test_a_number_cut_in_its_digits_makes_no_frame(real):
    """An XDATCAR whose last line ends within a number still parses; it is not believed."""
    data = (real / "XDATCAR").read_text().rstrip()
    (real / "XDATCAR").write_text(data[:-4])
    read = read_trajectory([real / "XDATCAR"])
    assert len(read.trajectory) == 11
    assert "is left out" in read.notes[0]


def test_segments_follow_each_other_and_a_repeated_frame_counts_once(real):
    second = real.parent / "second"
    second.mkdir()
    text = (real / "vasprun.xml").read_text()
    start = text.index("<calculation>")
    steps = text[start:].split("<calculation>")[1:]
    head, tail = text[:start], steps[-1][steps[-1].index("</calculation>") :]
    last = steps[-1][: steps[-1].index("<eigenvalues>")] if "<eigenvalues>" in steps[-1] else None
    bodies = [*steps[:-1], f"{last}</calculation>"]

    def part(chosen):
        return (
            head
            + "".join(f"<calculation>{body}" for body in chosen)
            + tail[len("</calculation>") :]
        )

    (second / "vasprun.xml").write_text(part(bodies[7:]))
    whole = read_trajectory([real]).trajectory
    (real / "vasprun.xml").write_text(part(bodies[:8]))
    both = read_trajectory([real, second])
    assert both.trajectory.fractional == pytest.approx(whole.fractional)
    assert both.trajectory.times.tolist() == whole.times.tolist()
    assert any("repeats the one before; counted once" in note for note in both.notes)
    assert len(both.origins) == len(both.checksums) == 2


def test_what_is_mocked_says_so(mocked):
    assert read_trajectory([mocked]).mocked
    assert read_trajectory([mocked / "XDATCAR"]).mocked


def ase_run(frames=5, **columns):
    from ase import Atoms
    from ase.calculators.singlepoint import SinglePointCalculator

    gathered = []
    for k in range(frames):
        atoms = Atoms("SLiS", positions=[[0, 0, 0.1 * k], [3, 0, 0], [0, 3, -4]],
                      cell=[[8, 0, 0], [1, 8, 0], [0, 2, 9]], pbc=True)  # fmt: skip
        for name, values in columns.items():
            atoms.new_array(name, np.array(values))
        atoms.calc = SinglePointCalculator(atoms, energy=-1.0 - k, forces=np.zeros((3, 3)))
        atoms.set_momenta(np.full((3, 3), 1.0 + k))
        gathered.append(atoms)
    return gathered


@pytest.mark.parametrize("name", ["run.traj", "run.extxyz"])
def test_ase_trajectories(tmp_path, name):
    from ase.io import write

    frames = ase_run(side=["a", "b", "a"])
    write(tmp_path / name, frames)
    with pytest.raises(InputError, match=r"does not say the time .* --timestep"):
        read_trajectory([tmp_path / name])
    read = read_trajectory([tmp_path / name], time_step=5.0)
    run = read.trajectory
    assert run.species == ("S", "Li", "S")
    assert run.fractional @ run.cells == pytest.approx(
        np.array([atoms.positions for atoms in frames]), abs=1e-7
    )
    assert run.times.tolist() == [0, 5, 10, 15, 20]
    assert run.energies.tolist() == [-1, -2, -3, -4, -5]
    assert run.temperatures == pytest.approx([atoms.get_temperature() for atoms in frames])
    assert run.sides == (("a", "b", "a") if name.endswith("extxyz") else ())  # .traj has no columns
    assert not read.mocked


def test_a_run_that_went_on_in_its_own_file_repeats_a_frame(tmp_path):
    from ase.io import write

    frames = ase_run()
    write(tmp_path / "run.traj", [*frames[:3], *frames[2:]])
    read = read_trajectory([tmp_path / "run.traj"], time_step=5.0)
    assert read.trajectory.times.tolist() == [0, 5, 10, 15, 20]
    assert read.trajectory.energies.tolist() == [-1, -2, -3, -4, -5]
    assert "1 frames repeat the one before" in read.notes[0]


@pytest.mark.parametrize("name", ["run.traj", "run.extxyz"])
@pytest.mark.parametrize("cut", [3, 60])
def test_a_cut_ase_trajectory_keeps_what_is_whole(tmp_path, name, cut):
    from ase.io import write

    write(tmp_path / name, ase_run())
    data = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(data[:-cut])
    read = read_trajectory([tmp_path / name], time_step=1.0)
    assert len(read.trajectory) == 4
    assert "the frame after number 4 is left out" in read.notes[0]


def test_the_mock_calculator_leaves_its_mark_in_an_ase_trajectory(tmp_path):
    from ase.build import bulk
    from ase.io import write

    from workflows.calculators.mock.calculator import MockCalculator

    atoms = bulk("Li", cubic=True)
    atoms.calc = MockCalculator()
    atoms.get_potential_energy()
    write(tmp_path / "run.traj", [atoms])
    assert read_trajectory([tmp_path / "run.traj"], time_step=1.0).mocked


def test_sides_from_a_cell_in_another_order(tmp_path):
    """VASP groups by element; the cell was built side by side."""
    from ase.io import write

    cell = ase_run(1)[0][[2, 0, 1]]  # S (of frame atom 2), S (of 0), Li
    cell.new_array("side", np.array(["top", "bottom", "bottom"]))
    write(tmp_path / "cell.extxyz", cell)
    frames = [atoms[[2, 0, 1]][[0, 1, 2]] for atoms in ase_run(2)]
    write(tmp_path / "same.traj", frames)
    run = read_trajectory([tmp_path / "same.traj"], time_step=1, cell=tmp_path / "cell.extxyz")
    assert run.trajectory.sides == ("top", "bottom", "bottom")
    write(tmp_path / "grouped.traj", [atoms[[2, 0, 1]][[2, 0, 1]] for atoms in ase_run(2)])
    run = read_trajectory([tmp_path / "grouped.traj"], time_step=1, cell=tmp_path / "cell.extxyz")
    assert run.trajectory.species == ("Li", "S", "S")
    assert run.trajectory.sides == ("bottom", "top", "bottom")


def test_a_cell_that_is_not_the_start_is_refused(tmp_path):
    from ase.io import write

    write(tmp_path / "run.traj", ase_run(2))
    cell = ase_run(1, side=["a", "b", "a"])[0]
    cell.positions[:] = cell.positions[[2, 0, 1]]  # the atoms of one element change places
    cell.positions += [2.5, 2.5, 0]
    write(tmp_path / "cell.extxyz", cell)
    with pytest.raises(InputError, match="the cell that the run started from"):
        read_trajectory([tmp_path / "run.traj"], time_step=1, cell=tmp_path / "cell.extxyz")
    write(tmp_path / "cell.extxyz", ase_run(1)[0])
    with pytest.raises(InputError, match="does not say which side"):
        read_trajectory([tmp_path / "run.traj"], time_step=1, cell=tmp_path / "cell.extxyz")
    write(tmp_path / "cell.extxyz", ase_run(1, side=["a", "b", "a"])[0][:2])
    with pytest.raises(InputError, match="has other atoms"):
        read_trajectory([tmp_path / "run.traj"], time_step=1, cell=tmp_path / "cell.extxyz")


def test_what_is_no_trajectory_is_refused(real, tmp_path):
    from ase.io import write

    with pytest.raises(InputError, match=r"vasprun\.xml"):
        read_segments(tmp_path)
    with pytest.raises(InputError, match="does not exist"):
        read_segments(tmp_path / "nowhere")
    (tmp_path / "words.txt").write_text("no atoms\n")
    with pytest.raises(InputError, match=r"words\.txt"):
        read_segments(tmp_path / "words.txt")
    (tmp_path / "vasprun.xml").write_text("<modeling><atom")
    with pytest.raises(InputError, match="no complete frame"):
        read_segments(tmp_path / "vasprun.xml")
    text = (real / "vasprun.xml").read_text()
    (real / "vasprun.xml").write_text(text.replace('name="IBRION">0<', 'name="IBRION">2<'))
    with pytest.raises(InputError, match="no molecular dynamics"):
        read_segments(real)
    with pytest.raises(InputError, match="leave --timestep out"):
        read_trajectory([real / "XDATCAR"], time_step=1.0)
    with pytest.raises(InputError, match="give a positive one"):
        read_trajectory([real / "XDATCAR"], time_step=-1.0)
    write(tmp_path / "run.traj", ase_run())
    with pytest.raises(InputError, match="has other atoms than"):
        read_trajectory([real / "XDATCAR", tmp_path / "run.traj"], time_step=2.0)
    frames = ase_run()
    frames[3] = frames[3][[1, 0, 2]]
    write(tmp_path / "run.traj", frames)
    with pytest.raises(InputError, match="frame 4 has other atoms"):
        read_trajectory([tmp_path / "run.traj"], time_step=2.0)
    for atoms in frames:
        atoms.cell[:] = 0
        atoms.pbc = False
    write(tmp_path / "run.traj", frames)
    with pytest.raises(InputError, match="no periodic cell"):
        read_trajectory([tmp_path / "run.traj"], time_step=2.0)
