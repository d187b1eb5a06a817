"""LAMMPS dumps, ASE's .traj and extended XYZ: elements, times, and what is not dynamics."""

from __future__ import annotations

import numpy as np
import pytest

from interfaces.errors import InputError
from workflows.trajectories.read_frames import read_segments
from workflows.trajectories.read_trajectory import read_trajectory

pytest.importorskip("ase")

BOX = "ITEM: BOX BOUNDS pp pp pp\n0.0 8.0\n0.0 8.0\n0.0 8.0\n"
COLUMNS = "id type x y z"
ROWS = ("1 1 {x:.4f} 1.0 1.0", "2 2 4.0 4.0 4.0", "3 1 1.0 4.0 {x:.4f}", "4 3 4.0 1.0 {x:.4f}")


def dump_frame(k, step, rows=ROWS, columns=COLUMNS, box=BOX, extra=""):
    body = "\n".join(row.format(x=1 + 0.01 * k) for row in rows)
    return (
        f"{extra}ITEM: TIMESTEP\n{step}\nITEM: NUMBER OF ATOMS\n{len(rows)}\n{box}"
        f"ITEM: ATOMS {columns} \n{body} \n"
    )


def dump(folder, *frames):
    path = folder / "run.lammpstrj"
    path.write_text("".join(frames))
    return path


def test_types_name_the_elements_of_a_dump(tmp_path):
    frames = [dump_frame(k, 100 * k, ROWS if k % 2 else ROWS[::-1]) for k in range(5)]
    path = dump(tmp_path, *frames)
    with pytest.raises(InputError, match="--types"):
        read_trajectory([path], time_step=10)
    run = read_trajectory([path], time_step=10, types=["Li", "P", "S"]).trajectory
    assert run.species == ("Li", "P", "Li", "S")  # by id, whatever the order of the rows
    assert run.times.tolist() == [0, 10, 20, 30, 40]
    assert run.fractional[:, 0, 0] * 8 == pytest.approx(1 + 0.01 * np.arange(5))
    assert (run.energies, run.temperatures) == (None, None)
    with pytest.raises(InputError, match="atom type 3"):
        read_trajectory([path], time_step=10, types=["Li", "P"])


@pytest.mark.parametrize(
    ("columns", "added", "species"),
    [
        ("id type element x y z", ("Li", "P", "Li", "S"), ("Li", "P", "Li", "S")),
        ("id type mass x y z", ("6.94", "30.974", "6.941", "32.06"), ("Li", "P", "Li", "S")),
        ("id type element x y z", ("C", "C", "C", "C"), None),  # LAMMPS' own default
        ("id type element x y z", ("1", "2", "1", "3"), None),
        ("id type mass x y z", ("6.94", "12.5", "6.94", "32.06"), None),
        ("id type q x y z", ("1", "2", "1", "-3"), None),
        ("id type xu yu zu", None, None),
    ],
)
def test_elements_of_a_dump(tmp_path, columns, added, species):
    rows = ROWS
    if added:
        words = [row.split() for row in ROWS]
        rows = [" ".join([*w[:2], value, *w[2:]]) for w, value in zip(words, added, strict=True)]
    path = dump(tmp_path, *(dump_frame(k, k, rows, columns) for k in range(3)))
    if species:
        assert read_trajectory([path], time_step=1).trajectory.species == species
    else:
        with pytest.raises(InputError, match="--types"):
            read_trajectory([path], time_step=1)


def test_a_tilted_moving_box_of_scaled_coordinates(tmp_path):
    """The bounds are those of the tilted box; its origin moves, the atoms within it do not."""
    boxes = [
        f"ITEM: BOX BOUNDS xy xz yz pp pp pp\n{low - 1} {low + 10} 2\n0 9 -1\n0 8 1\n"
        for low in (0.0, 0.3)
    ]
    rows = ("1 1 0.1 0.2 0.3", "2 1 0.4 0.5 0.6", "3 1 0.7 0.8 0.9")
    moved = ("1 1 0.11 0.2 0.3", "2 1 0.4 0.51 0.6", "3 1 0.7 0.8 0.91")
    path = dump(
        tmp_path, dump_frame(0, 0, rows, "id type xs ys zs", boxes[0]),
        dump_frame(0, 5, moved, "id type xs ys zs", boxes[1]),
    )  # fmt: skip
    run = read_trajectory([path], time_step=1, types=["Li"]).trajectory
    assert run.cells[0].tolist() == [[8, 0, 0], [2, 8, 0], [-1, 1, 8]]
    assert run.fractional[0, 1] == pytest.approx([0.4, 0.5, 0.6])
    assert run.cells[-1] == pytest.approx(run.cells[0])


def test_units_and_time_of_a_dump(tmp_path):
    def frames(units, step):
        return [
            dump_frame(k, 100 * k, extra=f"ITEM: UNITS\n{units}\nITEM: TIME\n{step * k}\n")
            for k in range(4)
        ]

    path = dump(tmp_path, *frames("metal", 0.2))  # ps
    run = read_trajectory([path], types=["Li", "P", "S"]).trajectory
    assert run.time_step == pytest.approx(200)
    with pytest.raises(InputError, match="says 200 fs"):
        read_trajectory([path], types=["Li", "P", "S"], time_step=100)
    path = dump(tmp_path, *frames("real", 50))  # fs
    assert read_trajectory([path], types=["Li", "P", "S"]).trajectory.time_step == pytest.approx(50)
    path = dump(tmp_path, *frames("electron", 1.0))  # bohr, fs
    run = read_trajectory([path], types=["Li", "P", "S"]).trajectory
    assert run.cells[0, 0, 0] == pytest.approx(8 * 0.529177, rel=1e-5)
    with pytest.raises(InputError, match="lj"):
        read_trajectory([dump(tmp_path, *frames("lj", 1.0))], types=["Li", "P", "S"])


def test_steps_of_a_dump(tmp_path):
    """A step that is written twice counts once; a gap stays a gap; a reset begins a new run."""
    types = ["Li", "P", "S"]
    steps = [(0, 0), (1, 100), (1, 100), (2, 200), (5, 500)]
    path = dump(tmp_path, *(dump_frame(k, step) for k, step in steps))
    read = read_trajectory([path], time_step=10, types=types)
    assert read.trajectory.times.tolist() == [0, 10, 20, 50]
    assert "repeat" in read.notes[0]
    steps = [(0, 0), (1, 100), (2, 200), (3, 0), (4, 100)]
    path = dump(tmp_path, *(dump_frame(k, step) for k, step in steps))
    read = read_trajectory([path], time_step=10, types=types)
    assert read.trajectory.times.tolist() == [0, 10, 20, 30, 40]
    assert len(read_segments(path, types)) == 2
    path = dump(tmp_path, dump_frame(0, 0), dump_frame(1, 0))
    with pytest.raises(InputError, match="two different frames"):
        read_trajectory([path], time_step=10, types=types)


@pytest.mark.parametrize(
    ("third", "word"),
    [
        (dump_frame(2, 200, [ROWS[0].replace("1 1", "1 2"), *ROWS[1:]]), "type"),
        (dump_frame(2, 200, ROWS[:3]), "other atoms"),
        (dump_frame(2, 200, [*ROWS[:3], ROWS[2]]), "twice"),
        (dump_frame(2, 200, [*ROWS[:3], "4 3 4.0 1.0"]), "step 200"),
        (dump_frame(2, 200, [*ROWS[:3], "4 3 4.0 nan 1.0"]), "frame 3"),
        (dump_frame(2, 200, [*ROWS[:3], "4 3 4.0 x 1.0"]), "step 200"),
        (dump_frame(2, 200).replace("OF ATOMS\n4", "OF ATOMS\n3"), "other atoms"),
        (dump_frame(2, 200).replace("OF ATOMS\n4", "OF ATOMS\n5"), "missing"),
    ],
)
def test_damage_within_a_dump_names_the_frame(tmp_path, third, word):
    path = dump(tmp_path, dump_frame(0, 0), dump_frame(1, 100), third, dump_frame(3, 300))
    with pytest.raises(InputError, match=word):
        read_trajectory([path], time_step=1, types=["Li", "P", "S"])


def test_a_cut_dump_keeps_its_whole_frames(tmp_path):
    whole = "".join(dump_frame(k, k) for k in range(3))
    for cut in (len(whole) + 20, len(whole) + 90, len(whole) + len(dump_frame(3, 3)) - 9):
        path = dump(tmp_path, (whole + dump_frame(3, 3))[:cut])
        read = read_trajectory([path], time_step=1, types=["Li", "P", "S"])
        assert len(read.trajectory) == 3
        assert "after number 3 is left out" in read.notes[0]


def test_a_dump_without_ids_and_files_without_elements_are_refused(tmp_path):
    rows = [row.split(" ", 1)[1] for row in ROWS]
    path = dump(tmp_path, *(dump_frame(k, k, rows, "type x y z") for k in range(3)))
    with pytest.raises(InputError, match="id"):
        read_trajectory([path], time_step=1, types=["Li", "P", "S"])
    (tmp_path / "run.dcd").write_bytes(b"\x54\x00\x00\x00CORD" + bytes(100))
    with pytest.raises(InputError, match="DCD"):
        read_trajectory([tmp_path / "run.dcd"], time_step=1)
    (tmp_path / "data.dcd").write_text("LAMMPS data file via write_data\n\n4 atoms\n")
    with pytest.raises(InputError, match="data file"):
        read_trajectory([tmp_path / "data.dcd"], time_step=1)


# ---------------------------------------------------------------------------- ASE


def copper():
    from ase.build import bulk
    from ase.calculators.emt import EMT

    atoms = bulk("Cu", cubic=True)
    atoms.rattle(0.1, seed=1)
    atoms.calc = EMT()
    return atoms


@pytest.fixture
def dynamics(tmp_path):
    """Twenty steps of 5 fs, every second one written, the first at rest."""
    from ase import units
    from ase.md.verlet import VelocityVerlet

    path = tmp_path / "md.traj"
    with VelocityVerlet(copper(), 5 * units.fs, trajectory=str(path), loginterval=2) as motion:
        motion.run(20)
    return path


def test_a_traj_states_its_time_step(dynamics):
    run = read_trajectory([dynamics]).trajectory
    assert run.times == pytest.approx(10.0 * np.arange(11))
    assert read_trajectory([dynamics], time_step=10).trajectory.duration == pytest.approx(100)
    with pytest.raises(InputError, match="says 10 fs"):
        read_trajectory([dynamics], time_step=5)


def test_a_frame_at_rest_loses_its_own_temperature_only(dynamics):
    from ase.io import read

    from interfaces.aimd import analyse

    result = read_trajectory([dynamics])
    temperatures = result.trajectory.temperatures
    assert np.isnan(temperatures).tolist() == [True, *[False] * 10]
    expected = [atoms.get_temperature() for atoms in read(dynamics, index=":")][1:]
    assert temperatures[1:] == pytest.approx(expected)
    assert analyse(result.trajectory).temperature.mean == pytest.approx(np.mean(expected))
    assert any("temperature" in note for note in result.notes)


@pytest.mark.parametrize("fmax", [0.01, 1.0])
def test_a_traj_of_a_relaxation_is_refused(tmp_path, fmax):
    from ase.optimize import BFGS

    with BFGS(copper(), trajectory=str(tmp_path / "r.traj"), logfile=None) as relaxation:
        relaxation.run(fmax=fmax)
    with pytest.raises(InputError, match="optimization BFGS"):
        read_trajectory([tmp_path / "r.traj"], time_step=1)


def test_relaxations_phonons_and_scans_that_do_not_say_so(tmp_path):
    from ase.io import write
    from ase.optimize import BFGS

    atoms, frames = copper(), []
    with BFGS(atoms, logfile=None) as relaxation:
        for _ in relaxation.irun(fmax=0.01):
            frames.append(atoms.copy())
            frames[-1].calc = atoms.calc.__class__()
            frames[-1].get_forces()
    for name in ("relaxed.extxyz", "relaxed.traj"):
        write(tmp_path / name, frames)
        with pytest.raises(InputError, match="relaxation"):
            read_trajectory([tmp_path / name], time_step=1)
    displaced = [copper() for _ in range(4)]
    for k, atoms in enumerate(displaced):
        atoms.positions[k, 0] += 0.01
    write(tmp_path / "phonons.extxyz", displaced)
    with pytest.raises(InputError, match="phonons"):
        read_trajectory([tmp_path / "phonons.extxyz"], time_step=1)
    scan = [copper() for _ in range(4)]
    for k, atoms in enumerate(scan):
        atoms.set_cell(atoms.cell * (1 + 0.01 * k), scale_atoms=True)
    write(tmp_path / "scan.extxyz", scan)
    with pytest.raises(InputError, match="volumes"):
        read_trajectory([tmp_path / "scan.extxyz"], time_step=1)


def moving(**info):
    frames = [copper() for _ in range(4)]
    for k, atoms in enumerate(frames):
        atoms.calc = None
        atoms.rattle(0.05, seed=k)
        atoms.info |= {key: value[k] for key, value in info.items()}
    return frames


def test_what_the_comment_lines_of_an_extxyz_state(tmp_path):
    from ase.io import write

    path = tmp_path / "run.extxyz"
    write(path, moving(Time=[0.0, 20.0, 40.0, 60.0]))
    assert read_trajectory([path]).trajectory.time_step == pytest.approx(20)
    with pytest.raises(InputError, match="says 20 fs"):
        read_trajectory([path], time_step=2)
    write(path, moving(step=[0, 100, 200, 500]))
    assert read_trajectory([path], time_step=10).trajectory.times.tolist() == [0, 10, 20, 50]
    write(path, moving())
    with pytest.raises(InputError, match="--timestep"):
        read_trajectory([path])
    write(path, moving(config_type=["relaxation"] * 4))
    with pytest.raises(InputError, match="relaxation"):
        read_trajectory([path], time_step=10)


def test_damage_within_an_ase_trajectory_names_the_frame(tmp_path, dynamics):
    from ase.io import ulm, write

    path = tmp_path / "run.extxyz"
    write(path, moving())
    lines = path.read_text().splitlines(keepends=True)
    lines[2 + 6 * 2] = "Cu 1.0 x 2.0\n"
    path.write_text("".join(lines))
    with pytest.raises(InputError, match="frame 3 cannot be read"):
        read_trajectory([path], time_step=1)
    with ulm.open(dynamics) as reader:
        place = int(reader._offsets[4]) + 8  # of the fifth frame's JSON, after its length
    data = bytearray(dynamics.read_bytes())
    data[place : place + 4] = bytes(4)
    dynamics.write_bytes(bytes(data))
    with pytest.raises(InputError, match="frame 5 cannot be read"):
        read_trajectory([dynamics])
