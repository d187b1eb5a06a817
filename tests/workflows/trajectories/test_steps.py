"""Files of VASP: which step each frame is, and what is not dynamics."""

from __future__ import annotations

import gzip

import numpy as np
import pytest

from interfaces.errors import InputError
from workflows.trajectories.read_trajectory import read_trajectory

CELL = "<crystal><varray name='basis'><v>8 0 0</v><v>0 8 0</v><v>0 0 8</v></varray></crystal>"
ATOMS = (
    "<atominfo><array name='atoms'><set><rc><c>Li</c><c>1</c></rc><rc><c>O </c><c>2</c></rc></set>"
    "</array></atominfo>"
)


def xml_step(k, *, learned, energy=True):
    """Step k as VASP writes it: within <calculation>, or below the root if it is learned."""
    places = f"<v>0.1 0.1 0.1</v><v>{0.5 + 0.001 * k:.6f} 0.5 0.5</v>"
    energies = (
        f"<energy><i name='e_fr_energy'>{-10 - 0.01 * k}</i><i name='kinetic'>0.05</i></energy>"
    )
    text = f"<structure>{CELL}<varray name='positions'>{places}</varray></structure>"
    if learned:
        text += "<varray name='forces'><v>0 0 0</v><v>0 0 0</v></varray>"
    text += energies if energy else ""
    return text if learned else f"<calculation>{text}</calculation>"


def vasprun(folder, steps, tags="", version="6.4.3", *, whole=True, name="vasprun.xml"):
    """A vasprun.xml of IBRION = 0, NSW = 30, POTIM = 2; later tags win."""
    incar = "".join(
        f"<i name='{tag}'>{value}</i>"
        for tag, value in [("IBRION", 0), ("NSW", 30), ("POTIM", 2.0), *tags]
    )
    text = (
        f"<?xml version='1.0'?><modeling><generator><i name='version'>{version}</i></generator>"
        f"<incar>{incar}</incar>{ATOMS}<structure name='initialpos'>{CELL}</structure>"
        + "".join(steps)
        + (
            f"<structure name='finalpos'>{CELL}</structure></modeling>"
            if whole
            else "<calculation>"
        )
    )
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(text)
    return path


LEARNING = [("ML_LMLFF", "T")]
PREDICTING = [("ML_LMLFF", "T"), ("ML_MODE", "run")]


def test_learned_steps_stand_between_ab_initio_ones(tmp_path):
    """Only every third step is ab initio; counting those alone makes time three times too short."""
    steps = [xml_step(k, learned=k % 3 != 0) for k in range(30)]
    run = read_trajectory([vasprun(tmp_path, steps, LEARNING)]).trajectory
    assert run.times.tolist() == [2.0 * k for k in range(30)]
    assert run.fractional[:, 1, 0] == pytest.approx(0.5 + 0.001 * np.arange(30))
    assert run.energies == pytest.approx(-10 - 0.01 * np.arange(30))
    assert run.temperatures == pytest.approx(2 * 0.05 / (3 * 8.617333e-5))


def test_a_run_that_only_predicts(tmp_path):
    steps = [xml_step(k, learned=True) for k in range(30)]
    path = vasprun(tmp_path, steps, [*PREDICTING, ("NBLOCK", 10)])
    assert read_trajectory([path]).trajectory.duration == 58.0


@pytest.mark.parametrize(
    ("version", "frames", "spacing"),
    [("6.4.3", 6, 10.0), ("6.4.1", 30, 2.0), ("6.5.0", 7, 10.0), ("6.5.0", 4, 10.0)],
)
def test_ml_outblock_of_a_run_that_only_predicts(tmp_path, version, frames, spacing):
    """Since 6.4.3 every ML_OUTBLOCK-th step is written; the last of the four was killed."""
    steps = [xml_step(k, learned=True) for k in range(frames)]
    tags = [*PREDICTING, ("ML_OUTBLOCK", 5)]
    path = vasprun(tmp_path, steps, tags, version, whole=frames != 4)
    assert read_trajectory([path]).trajectory.time_step == spacing


def test_ml_outblock_does_nothing_while_the_field_learns(tmp_path):
    steps = [xml_step(k, learned=k > 3) for k in range(30)]
    path = vasprun(tmp_path, steps, [*LEARNING, ("ML_OUTBLOCK", 5), ("ML_MODE", "train")])
    assert read_trajectory([path]).trajectory.time_step == 2.0


@pytest.mark.parametrize(
    ("frames", "tags", "learned"),
    [(5, LEARNING, False), (11, [*PREDICTING, ("ML_OUTBLOCK", 5)], True), (31, [], False)],
)
def test_frames_that_do_not_agree_with_nsw_are_refused(tmp_path, frames, tags, learned):
    path = vasprun(tmp_path, [xml_step(k, learned=learned) for k in range(frames)], tags)
    with pytest.raises(InputError, match="NSW"):
        read_trajectory([path])


@pytest.mark.parametrize("learned", [True, False])
def test_a_killed_run_keeps_its_whole_frames(tmp_path, learned):
    steps = [xml_step(k, learned=learned) for k in range(9)]
    path = vasprun(tmp_path, steps, LEARNING)
    text = path.read_text()
    path.write_text(text[: text.rindex("0.508")])
    read = read_trajectory([path])
    assert len(read.trajectory) == 8
    assert "after number 8" in read.notes[0]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("0.503000 0.5 0.5", "0.503000 ******* 0.5"),
        ("-10.03", "-1*.**"),
        ("<v>8 0 0</v>", "<v>8 0"),
    ],
)
def test_damage_within_a_vasprun_names_the_frame(tmp_path, before, after):
    path = vasprun(tmp_path, [xml_step(k, learned=False) for k in range(30)])
    head, _, rest = path.read_text().partition(before)
    path.write_text(head + after + rest)
    with pytest.raises(InputError, match=r"frame \d+ cannot be read"):
        read_trajectory([path])


# ------------------------------------------------------------------------ XDATCAR

HEAD = "LiO\n 1.0\n 8 0 0\n 0 8 0\n 0 0 8\n Li O\n 1 1\n"
MD = "IBRION = 0\nPOTIM = 2\nNSW = 100\n"


def rows(k):
    return f" 0.10000000 0.10000000 0.10000000\n {0.5 + 0.001 * k:.8f} 0.50000000 0.50000000\n"


def xdatcar(folder, numbers, incar=MD, head=HEAD):
    text = head + "".join(f"Direct configuration={n:6d}\n{rows(k)}" for k, n in enumerate(numbers))
    return written(folder, text, incar)


def written(folder, text, incar=None):
    folder.mkdir(exist_ok=True)
    (folder / "XDATCAR").write_text(text)
    if incar is not None:
        (folder / "INCAR").write_text(incar)
    return folder / "XDATCAR"


PREDICTED = "ML_LMLFF = .TRUE.\nML_MODE = run\n"


@pytest.mark.parametrize(
    ("numbers", "tags", "spacing"),
    [
        ([1, 2, 3, 4], "", 2.0),
        ([5, 10, 15, 20], "NBLOCK = 5\n", 10.0),  # steps
        ([1, 2, 3, 4], "NBLOCK = 5\n", 10.0),  # frames
        ([1, 6, 11, 16], "NBLOCK = 5\n", 10.0),
        ([5, 10, 15, 20], "", 10.0),  # thinned afterwards
        ([20, 40, 60], f"{PREDICTED}ML_OUTBLOCK = 20\nNBLOCK = 5\n", 40.0),
        ([1, 2, 3, 4], f"{PREDICTED}ML_OUTBLOCK = 20\n", 40.0),
        ([1, 2, 3, 4], "ML_LMLFF = .TRUE.\nML_MODE = train\nML_OUTBLOCK = 20\n", 2.0),
        ([7, 7, 7, 7], "", 2.0),
    ],
)
def test_the_time_of_a_frame_is_that_of_its_step(tmp_path, numbers, tags, spacing):
    run = read_trajectory([xdatcar(tmp_path, numbers, MD + tags)]).trajectory
    assert run.time_step == pytest.approx(spacing)


def test_missing_frames_leave_a_gap_in_time(tmp_path):
    run = read_trajectory([xdatcar(tmp_path, [1, 2, 3, 7, 8])]).trajectory
    assert run.times.tolist() == [0, 2, 4, 12, 14]
    run = read_trajectory([xdatcar(tmp_path / "alone", [1, 2, 3, 7], None)], time_step=3).trajectory
    assert run.times.tolist() == [0, 3, 6, 18]


@pytest.mark.parametrize(
    ("numbers", "tags"),
    [
        ([3, 6, 9], "NBLOCK = 5\n"),
        ([50, 100, 150], "NBLOCK = 50\n"),
        (range(1, 30), "NBLOCK = 5\n"),
    ],
)
def test_numbers_that_do_not_fit_the_incar_are_refused(tmp_path, numbers, tags):
    with pytest.raises(InputError, match="give the INCAR"):
        read_trajectory([xdatcar(tmp_path, list(numbers), MD + tags)])


def test_runs_in_one_file_follow_each_other(tmp_path):
    """Numbers begin again, and the first frame of the second run is the last of the first."""
    text = HEAD + "".join(
        f"Direct configuration={n:6d}\n{rows(k)}"
        for n, k in [(1, 0), (2, 1), (3, 2), (1, 2), (2, 3), (3, 4)]
    )
    read = read_trajectory([written(tmp_path, text, MD)])
    assert read.trajectory.times.tolist() == [0, 2, 4, 6, 8]
    assert any("from the start" in note for note in read.notes)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            HEAD + "".join(f"Direct configuration= {k}\n{rows(k)}\n" for k in (1, 2, 3)), id="blank"
        ),
        pytest.param(HEAD + "".join(f" \n{rows(k)}" for k in (1, 2, 3)), id="VASP 5.2"),
        pytest.param(
            "Direct contact\n" + HEAD[4:]
            + "".join(f"Direct configuration= {k}\n{rows(k)}" for k in (1, 2, 3)), id="title",
        ),
        pytest.param(
            "".join(f"{HEAD}Direct configuration= {k}\n{rows(k)}" for k in (1, 2, 3)), id="cells"
        ),
        pytest.param(
            "".join(
                f"{HEAD.replace('LiO', 'Direct A')}Direct configuration= {k}\n{rows(k)}"
                for k in (1, 2, 3)
            ), id="cells and title",
        ),
        pytest.param(
            HEAD + "".join(
                f"Direct configuration= {k}\n0.1 0.1 0.1 Li\n{0.5 + 0.001 * k} 0.5 0.5 O\n"
                for k in (1, 2, 3)
            ), id="symbols",
        ),
        pytest.param(
            HEAD + "".join(
                f"Direct configuration= {k}\n-0.90000000-0.90000000 0.10000000\n"
                f"{0.5 + 0.001 * k:.8f}-0.50000000-10.50000000\n" for k in (1, 2, 3)
            ), id="touching",
        ),
        pytest.param(
            HEAD.replace("Li O", "Li_sv/1a2b O/3c")
            + "".join(f"Direct configuration= {k}\n{rows(k)}" for k in (1, 2, 3)), id="VASP 6.4",
        ),
        pytest.param(
            (HEAD + "".join(f"Direct configuration= {k}\n{rows(k)}" for k in (1, 2, 3))).rstrip(),
            id="no last newline",
        ),
    ],
)  # fmt: skip
def test_dialects_of_an_xdatcar(tmp_path, text):
    read = read_trajectory([written(tmp_path, text)], time_step=1.0)
    run = read.trajectory
    assert (run.species, read.notes) == (("Li", "O"), ())
    expected = np.array([[[0.1] * 3, [0.5 + 0.001 * k, 0.5, 0.5]] for k in (1, 2, 3)])
    apart = run.fractional - expected
    assert np.abs(apart - np.rint(apart)).max() < 1e-9


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (" 0.50200000 0.50000000 0.50000000\n", " 0.50200000 0.5"),
        (" 0.50200000 0.50000000 0.50000000\n", ""),
        (" 0.50200000 0.50000000 0.50000000\n", " 0.50200000 ********** 0.50000000\n"),
        (" 0.50200000 0.50000000 0.50000000\n", " 0.502 0.5 0.5 S\n"),
        (" 0.50200000 0.50000000 0.50000000\n", " 0.5 0.5 0.5\n 0.502 0.5 0.5\n"),
        (" 0.50200000 0.50000000 0.50000000\n", "\n 0.50200000 0.50000000 0.50000000\n"),
        ("Direct configuration=     3\n", ""),
    ],
)
def test_damage_within_an_xdatcar_names_the_frame(tmp_path, before, after):
    path = xdatcar(tmp_path, [1, 2, 3, 4, 5])
    assert before in path.read_text()
    path.write_text(path.read_text().replace(before, after))
    with pytest.raises(InputError, match=r"frame [34] cannot be read"):
        read_trajectory([path])


def test_what_names_no_elements_is_refused(tmp_path):
    four = "   2    2   10\n 0.5E+02  0.8E-09  0.8E-09  0.8E-09  0.2E-14\n   300.0\n  CAR \n LiO\n"
    with pytest.raises(InputError, match="VASP 4"):
        read_trajectory([written(tmp_path, four + f" \n{rows(0)}")], time_step=1)
    without = HEAD.replace(" Li O\n", "") + f"Direct configuration= 1\n{rows(0)}"
    with pytest.raises(InputError, match="element"):
        read_trajectory([written(tmp_path, without)], time_step=1)


@pytest.mark.parametrize("tags", ["IBRION = 2\nNSW = 9\n", "IBRION = 5\nNSW = 1\n", "NSW = 0\n"])
def test_an_incar_of_no_dynamics_is_refused(tmp_path, tags):
    with pytest.raises(InputError, match="IBRION"):
        read_trajectory([xdatcar(tmp_path, [1, 2, 3], tags)])


def test_displaced_atoms_and_a_relaxation_show_without_an_incar(tmp_path):
    """Phonons displace one atom at a time; a relaxation comes to rest."""
    head = HEAD.replace("1 1", "2 2")
    places = np.arange(12).reshape(4, 3) / 13
    frames = []
    for atom in range(4):
        moved = places.copy()
        moved[atom, 0] += 0.01
        frames.append("\n".join(" ".join(f"{x:.8f}" for x in row) for row in moved))
    text = head + "".join(f"Direct configuration= {k}\n{f}\n" for k, f in enumerate(frames, 1))
    with pytest.raises(InputError, match="phonons"):
        read_trajectory([written(tmp_path, text)], time_step=1)
    frames = [places + 0.02 * 0.1**k * np.sin(np.arange(12)).reshape(4, 3) for k in range(6)]
    frames = ["\n".join(" ".join(f"{x:.8f}" for x in row) for row in f) for f in frames]
    text = head + "".join(f"Direct configuration= {k}\n{f}\n" for k, f in enumerate(frames, 1))
    with pytest.raises(InputError, match="relaxation"):
        read_trajectory([written(tmp_path, text)], time_step=1)


# ------------------------------------------------------------------------- OUTCAR

LINE = "-" * 83


def outcar_head(ibrion=0, nsw=10, potim=2.0):
    return (
        " vasp.6.3.2 27Jun22 (build) complex\n"
        "   TITEL  = PAW_PBE Li_sv 10Sep2004\n   TITEL  = PAW_PBE O 08Apr2002\n"
        "   ions per type =               1   1\n"
        f"   NSW    = {nsw:6d}    number of steps for IOM\n"
        "   NBLOCK =      1;   KBLOCK =     10    inner block; outer block \n"
        f"   IBRION = {ibrion:6d}    ionic relax: 0-MD 1-quasi-New 2-CG\n"
        f"   POTIM  = {potim:.4f}    time-step for ionic-motion\n"
    )


def outcar_table(k, mark="", energy="free  energy   TOTEN  "):
    """Cell, positions (columns touch) and energy of step k."""
    return (
        "      direct lattice vectors                 reciprocal lattice vectors\n"
        "     8.000000000  0.000000000  0.000000000     0.125000000  0.000000000  0.000000000\n"
        "     0.000000000  8.000000000  0.000000000     0.000000000  0.125000000  0.000000000\n"
        "     0.000000000  0.000000000  8.000000000     0.000000000  0.000000000  0.125000000\n\n"
        f" POSITION                                       TOTAL-FORCE (eV/Angst){mark}\n {LINE}\n"
        "      0.80000      0.80000      0.80000         0.100000   -100.000000-200.000000\n"
        f"      {4 + 0.008 * k:.5f}      4.00000      4.00000        -0.100000      0.0      0.0\n"
        f" {LINE}\n  {energy}=      {-10 - k:.8f} eV\n"
    )


def outcar_step(k, *, learned=False, ab_initio=True, temperature="300.00"):
    learned_table = outcar_table(k, " (ML)", "free  energy ML TOTEN  ") if learned else ""
    iteration = f"{LINE[:38]} Iteration {k:6d}(   1)  {LINE[:39]}\n"
    return (
        learned_table
        + (iteration + outcar_table(k) if ab_initio else "")
        + f"  kin. lattice  EKIN_LAT=         0.0  (temperature {temperature} K)\n"
    )


def outcar(folder, steps, head=None, end=" General timing and accounting\n"):
    folder.mkdir(exist_ok=True)
    (folder / "OUTCAR").write_text((head or outcar_head()) + "".join(steps) + end)
    return folder / "OUTCAR"


def test_an_outcar_of_dynamics(tmp_path):
    stars = [outcar_step(k, temperature="*******" if k == 1 else "300.00") for k in range(1, 11)]
    read = read_trajectory([outcar(tmp_path, stars)])
    run = read.trajectory
    assert run.species == ("Li", "O")
    assert run.times.tolist() == [2.0 * k for k in range(10)]
    assert run.energies.tolist() == [-10.0 - k for k in range(1, 11)]
    assert np.isnan(run.temperatures[0])
    assert run.temperatures[1:].tolist() == [300.0] * 9
    assert run.fractional[:, 1, 0] == pytest.approx(0.5 + 0.001 * np.arange(1, 11))
    with pytest.raises(InputError, match="says 2 fs"):
        read_trajectory([tmp_path], time_step=5)


def test_an_outcar_of_a_field_that_learns(tmp_path):
    """Ab initio steps have two tables; steps of the field alone have no number."""
    steps = [outcar_step(k, learned=True, ab_initio=k in (1, 2, 6)) for k in range(1, 11)]
    run = read_trajectory([outcar(tmp_path, steps)]).trajectory
    assert run.times.tolist() == [2.0 * k for k in range(10)]
    with pytest.raises(InputError, match="missing"):  # steps 3 and 4 are not in the file
        read_trajectory([outcar(tmp_path, steps[:2] + steps[4:])])


@pytest.mark.parametrize(("ibrion", "nsw"), [(2, 9), (1, 9), (5, 1), (-1, 0), (3, 9), (44, 9)])
def test_an_outcar_of_no_dynamics_is_refused(tmp_path, ibrion, nsw):
    steps = [outcar_step(k) for k in range(1, 4)]
    path = outcar(tmp_path, steps, outcar_head(ibrion, nsw))
    with pytest.raises(InputError, match="IBRION"):
        read_trajectory([path], time_step=1)


def test_a_cut_or_damaged_outcar(tmp_path):
    steps = [outcar_step(k) for k in range(1, 201)]
    head = outcar_head(nsw=500)
    path = outcar(tmp_path, [*steps, outcar_step(201)[:800]], head, end="")
    read = read_trajectory([path])
    assert len(read.trajectory) == 200
    assert "after number 200 is left out" in read.notes[0]
    (tmp_path / "OUTCAR.gz").write_bytes(gzip.compress(path.read_bytes())[:-12])
    read = read_trajectory([tmp_path / "OUTCAR.gz"])
    assert 100 < len(read.trajectory) <= 200
    assert "left out" in read.notes[0]
    steps[2] = steps[2].replace("4.02400 ", "*******")
    with pytest.raises(InputError, match="frame 3 cannot be read"):
        read_trajectory([outcar(tmp_path, steps, head)])
