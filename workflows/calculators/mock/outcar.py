"""OUTCAR, OSZICAR, CONTCAR, XDATCAR, DOSCAR and EIGENVAL. Standard library only."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TextIO

from workflows.calculators.mock import electrons
from workflows.calculators.mock.mock_dynamics import Frame
from workflows.calculators.mock.mock_readers import Inputs
from workflows.calculators.mock.neighbours import to_fractional, volume
from workflows.calculators.mock.vasprun import KILOBAR, parameters, titles
from workflows.io.mock_mark import MARK, SYSTEM, VERSION

RULE = "-" * 104
HEAD = ("  0.0 0.0 0.0 0.0 0.0", "  1.0", "  CAR ", f" {SYSTEM}")  #: EIGENVAL and DOSCAR


def outcar_header(stream: TextIO) -> None:
    """Write the first lines, which say what wrote the file."""
    stream.write(f" vasp.{VERSION} {SYSTEM}\n executed on MOCK date 2000.01.01  00:00:00\n")
    stream.write(
        " running on    1 total cores\n distrk:  each k-point on    1 cores,    1 groups\n"
    )


def outcar_begin(stream: TextIO, inputs: Inputs) -> None:
    """Write inputs and sizes."""
    values = parameters(inputs)
    write = stream.write
    for title in titles(inputs):
        write(f" POTCAR:    {title}\n")
    for potential in inputs.potentials:
        write(
            f"   VRHFIN ={potential.symbol.partition('_')[0]}:\n   LEXCH  = {potential.exchange}\n"
        )
    write(f"   SYSTEM =  {SYSTEM}\n")
    points, ions = f"{len(inputs.kpoints):6d}", f"{sum(inputs.poscar.counts):6d}"
    write(f"   k-points           NKPTS = {points}   k-points in BZ     NKDIM = {points}")
    write(f"   number of bands    NBANDS= {values['NBANDS']:6}\n")
    write(
        f"   number of dos      NEDOS = {values['NEDOS']:6}   number of ions     NIONS = {ions}\n"
    )
    write("   total plane-waves  NPLWV =   1000\n")
    write(f"   ions per type = {' '.join(f'{n:15d}' for n in inputs.poscar.counts)}\n")
    for tag in ("ISTART", "ICHARG", "ISPIN", "LNONCOLLINEAR", "LSORBIT", "LASPH", "NELM", "EDIFF",
                "EDIFFG", "NSW", "NBLOCK", "IBRION", "ISIF", "POTIM", "TEBEG", "TEEND", "PSTRESS",
                "MDALGO", "ISMEAR", "SIGMA", "ENCUT", "NELECT", "NUPDOWN", "LDIPOL", "IDIPOL",
                "LHFCALC", "LEPSILON", "LCHIMAG"):  # fmt: skip
        value = values.get(tag, 0)
        write(f"   {tag:6s} = {('F', 'T')[value] if isinstance(value, bool) else value}\n")
    write(f"   ZVAL   = {' '.join(f'{p.electrons:6.2f}' for p in inputs.potentials)}\n")
    if inputs.flag("LDAU"):
        write(f" LDA+U is selected, type is set to LDAUTYPE = {values.get('LDAUTYPE', 2):2}\n")
    write(f"\n\n\n{RULE}\n\n\n")
    for n, point in enumerate(inputs.kpoints, start=1):
        where = " ".join(f"{x:8.4f}" for x in point)
        write(f" k-point {n:4d} :  {where}  plane waves:     100\n")
    write("\n maximum and minimum number of plane-waves per node :       100      100\n")


def outcar_iterations(stream: TextIO, inputs: Inputs, scf: Sequence[float], number: int) -> None:
    """Write electronic steps."""
    moment = math.fsum(electrons.moments(inputs))
    for n, value in enumerate(scf, start=1):
        stream.write(
            f"{RULE}\n Iteration {number:6d}({n:4d})  ---------------\n"
            f" number of electron {inputs.electrons:14.7f} magnetization {moment:14.7f}\n"
            f"  free energy    TOTEN  = {value:18.8f} eV\n"
            "      LOOP:  cpu time    0.0010: real time    0.0010\n"
        )


def outcar_step(
    stream: TextIO, inputs: Inputs, frame: Frame, scf: Sequence[float], number: int
) -> None:
    """Write one ionic step."""
    write = stream.write
    energy = frame.evaluation.energy
    outcar_iterations(stream, inputs, scf, number)
    if len(scf) < int(inputs.number("NELM", 60)):
        write(f"\n{RULE}\n\n aborting loop because EDIFF is reached\n\n")
    magnets = electrons.moments(inputs)
    if inputs.number("LORBIT", 0) >= 10:
        _per_ion(stream, "total charge", [p.electrons for p, n in zip(
            inputs.potentials, inputs.poscar.counts, strict=True) for _ in range(n)])  # fmt: skip
        if magnets:
            _per_ion(stream, "magnetization (x)", magnets)
    write(f" E-fermi : {electrons.gap(inputs.poscar.symbols) / 2:9.4f}     XC(G=0):   0.0000"
          "     alpha+bet :  0.0000\n\n")  # fmt: skip
    stress = [[-KILOBAR * x for x in row] for row in frame.evaluation.stress]
    order = ((0, 0), (1, 1), (2, 2), (0, 1), (1, 2), (2, 0))
    write("  in kB  " + " ".join(f"{stress[i][j]:11.5f}" for i, j in order) + "\n")
    write(f"  external pressure = {sum(stress[k][k] for k in range(3)) / 3:12.2f} kB"
          "  Pullay stress =        0.00 kB\n\n")  # fmt: skip
    write(f"  volume of cell : {volume(frame.lattice):12.4f}\n\n")
    write(" POSITION                                       TOTAL-FORCE (eV/Angst)\n " + "-" * 83)
    for place, force in zip(frame.positions, frame.evaluation.forces, strict=True):
        write(
            "\n" + "".join(f"{x:13.5f}" for x in place) + " " + "".join(f"{x:14.6f}" for x in force)
        )
    write(f"\n {'-' * 83}\n    total drift:     {0.0:14.6f}{0.0:14.6f}{0.0:14.6f}\n\n")
    write("  FREE ENERGIE OF THE ION-ELECTRON SYSTEM (eV)\n")
    write("  ---------------------------------------------------\n")
    write(f"  free  energy   TOTEN  = {energy:18.8f} eV\n\n")
    write(f"  energy  without entropy= {energy:18.8f}  energy(sigma->0) = {energy:18.8f}\n\n")
    if frame.velocities is not None:
        write(
            f"  kinetic energy EKIN   = {frame.kinetic:18.6f}  "
            f"(temperature {frame.temperature:8.2f} K)\n"
        )
        write(f"  total energy   ETOTAL = {energy + frame.kinetic:18.6f} eV\n")
    write("     LOOP+:  cpu time    0.0010: real time    0.0010\n")


def _per_ion(stream: TextIO, title: str, values: Sequence[float]) -> None:
    stream.write(f"\n\n {title}\n\n# of ion       s       p       d       tot\n")
    stream.write("-" * 42 + "\n")
    for n, value in enumerate(values, start=1):
        stream.write(
            f"{n:5d}     {0.0:8.3f}{0.0:8.3f}{value:8.3f}{value:8.3f}\n".replace("-", " -")
        )
    total = math.fsum(values)
    stream.write("-" * 42 + f"\ntot       {0.0:8.3f}{0.0:8.3f}{total:8.3f}{total:8.3f}\n\n")


def outcar_finish(stream: TextIO, seconds: float, *, stopped: bool) -> None:
    """Write the timing block that parsers take for the end."""
    if stopped:
        stream.write(" soft stop encountered!  aborting job ...\n")
    stream.write("\n\n General timing and accounting informations for this job:\n")
    stream.write(" ========================================================\n\n")
    for name in ("Total CPU time used", "User time", "System time", "Elapsed time"):
        stream.write(f"{name + ' (sec):':>41s} {seconds:12.3f}\n")
    for name in ("Maximum memory used", "Average memory used"):
        stream.write(f"{name + ' (kb):':>41s} {1000.0:12.0f}.\n".replace("..", "."))


def oszicar_step(stream: TextIO, inputs: Inputs, frame: Frame, scf: Sequence[float],
                 number: int, change: float) -> str:  # fmt: skip
    """Write one ionic step and return its summary, which VASP also prints."""
    stream.write("       N       E                     dE             d eps       ncg     rms\n")
    previous = 0.0
    for n, value in enumerate(scf, start=1):
        stream.write(f"DAV: {n:3d}    {value:18.12E}   {value - previous:12.5E}   "
                     f"{value - previous:12.5E}   100   0.100E-02\n")  # fmt: skip
        previous = value
    energy, moment = frame.evaluation.energy, math.fsum(electrons.moments(inputs))
    if frame.velocities is None:
        line = f"{number:4d} F= {energy:.8E} E0= {energy:.8E}  d E ={change:.6E}"
    else:
        line = (f"{number:7d} T= {frame.temperature:6.0f}. E= {energy + frame.kinetic:.8E} "
                f"F= {energy:.8E} E0= {energy:.8E}  EK= {frame.kinetic:.5E} SP= 0.00E+00 "
                "SK= 0.00E+00")  # fmt: skip
    if inputs.number("ISPIN", 1) == 2:
        line += f"  mag= {moment:10.4f}"
    line += f"  {MARK}= 1\n"
    stream.write(line)
    return line


def contcar(inputs: Inputs, frame: Frame) -> str:
    """Return the cell that a restart goes on from, with velocities in molecular dynamics."""
    lines = [f"{SYSTEM}", "   1.00000000000000"]
    lines += ["  ".join(f"{x:22.16f}" for x in row) for row in frame.next_lattice]
    lines += ["  ".join(inputs.poscar.kinds), "  ".join(map(str, inputs.poscar.counts))]
    free = inputs.poscar.free
    lines += ["Selective dynamics"] * (free is not None) + ["Direct"]
    for atom, point in enumerate(to_fractional(frame.next_lattice, frame.next_positions)):
        flags = "".join("   T" if f else "   F" for f in free[atom]) if free else ""
        lines.append("  ".join(f"{x:19.16f}" for x in point) + flags)
    if frame.velocities is not None:
        lines += ["", *("  ".join(f"{v:23.16E}" for v in row) for row in frame.velocities)]
    return "\n".join(lines) + "\n"


def xdatcar_begin(inputs: Inputs) -> str:
    """Return the cell of a trajectory."""
    rows = "\n".join(" ".join(f"{x:14.8f}" for x in row) for row in inputs.poscar.lattice)
    kinds, counts = " ".join(inputs.poscar.kinds), " ".join(map(str, inputs.poscar.counts))
    return f"{SYSTEM}\n           1\n{rows}\n {kinds}\n {counts}\n"


def xdatcar_step(frame: Frame, number: int) -> str:
    """One configuration of a trajectory."""
    rows = to_fractional(frame.lattice, frame.positions)
    body = "\n".join(" ".join(f"{x:13.8f}" for x in row) for row in rows)
    return f"Direct configuration={number:6d}\n{body}\n"


def eigenval(inputs: Inputs, bands: electrons.Bands) -> str:
    """Eigenvalues as pymatgen's Eigenval reads them."""
    atoms, spins = sum(inputs.poscar.counts), len(bands.levels)
    count = len(bands.levels[0][0])
    sizes = f"{round(inputs.electrons):5d}{len(inputs.kpoints):5d}{count:5d}"
    lines = [f"{atoms:5d}{atoms:5d}    1{spins:5d}", *HEAD, sizes]
    for k, (point, weight) in enumerate(zip(inputs.kpoints, inputs.weights, strict=True)):
        lines += ["", " ".join(f"{x:14.7E}" for x in (*point, weight))]
        for band in range(count):
            pairs = [rows[k][band] for rows in bands.levels]
            numbers = [pair[0] for pair in pairs] + [pair[1] for pair in pairs]
            lines.append(f"{band + 1:5d} " + " ".join(f"{x:12.6f}" for x in numbers))
    return "\n".join(lines) + "\n"


def doscar(inputs: Inputs, fermi: float) -> str:
    """Return the total density of states."""
    totals = electrons.total_dos(inputs, electrons.kind_densities(inputs))
    atoms, grid = sum(inputs.poscar.counts), electrons.dos_grid(inputs)
    span = f"{grid[-1]:16.8f}{grid[0]:16.8f}{len(grid):5d}{fermi:16.8f}{1.0:16.8f}"
    lines = [f"{atoms:4d}{atoms:4d}   1   0", *HEAD, span]
    for n, energy in enumerate(grid):
        numbers = [rows[n][1] for rows in totals] + [rows[n][2] for rows in totals]
        lines.append(f"{energy:11.3f}" + "".join(f"{x:14.6E}" for x in numbers))
    return "\n".join(lines) + "\n"


def chgcar(inputs: Inputs, frame: Frame) -> str:
    """Return a charge density of one point, so that flows have a file to copy."""
    cell = contcar(inputs, frame).split("\n\n")[0].rstrip("\n")
    return f"{cell}\n\n    1    1    1\n {inputs.electrons:18.11E}\n"
