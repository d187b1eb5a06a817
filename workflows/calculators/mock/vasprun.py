"""vasprun.xml, written step by step as VASP does. Standard library only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

from workflows.calculators.mock import electrons
from workflows.calculators.mock.mock_dynamics import Frame
from workflows.calculators.mock.mock_readers import Inputs, Value
from workflows.calculators.mock.neighbours import reciprocal, to_fractional, volume
from workflows.io.mock_mark import MARK, PROGRAM, SYSTEM, VERSION

KILOBAR = 1602.1766208  #: one eV/angstrom^3

#: VASP's defaults of the <parameters> that parsers read.
DEFAULTS: dict[str, Value] = {
    "PREC": "normal", "ALGO": "Normal", "ISPIN": 1, "ISYM": 2, "NELM": 60, "NELMIN": 2,
    "EDIFF": 1e-4, "NSW": 0, "IBRION": -1, "ISIF": 2, "POTIM": 0.5, "NBLOCK": 1, "TEBEG": 0.0,
    "TEEND": 0.0, "SMASS": -3.0, "MDALGO": 0, "ISMEAR": 1, "SIGMA": 0.2, "LORBIT": 0, "NEDOS": 301,
    "LDAU": False, "LHFCALC": False, "AEXX": 0.0, "HFSCREEN": 0.0, "METAGGA": "--",
    "LUSE_VDW": False, "IVDW": 0, "LNONCOLLINEAR": False, "LSORBIT": False, "LASPH": False,
    "LEPSILON": False, "LCHIMAG": False, "LOPTICS": False, "ICHARG": 2, "ISTART": 0,
    "NUPDOWN": -1.0, "LSPIRAL": False, "LDIPOL": False, "IDIPOL": 0, "EFIELD": 0.0,
    "PSTRESS": 0.0, "I_CONSTRAINED_M": 0, "LBERRY": False, "ICORELEVEL": 0, "LPARD": False,
    "AGGAX": 1.0, "AGGAC": 1.0, "ALDAC": 1.0, "KSPACING": 0.5,
}  # fmt: skip


def parameters(inputs: Inputs) -> dict[str, Value]:
    """Every parameter of a run: the INCAR's, else VASP's defaults."""
    hybrid = inputs.flag("LHFCALC")
    values: dict[str, Value] = {
        **DEFAULTS,
        "GGA": inputs.potentials[0].exchange if inputs.potentials else "PE",
        "EDIFFG": 10 * inputs.number("EDIFF", 1e-4),
        "IBRION": inputs.ibrion,
        **({"AEXX": 0.25, "AGGAX": 0.75, "HFSCREEN": 0.0} if hybrid else {}),
        **inputs.incar,
        "SYSTEM": SYSTEM,
        "NELECT": inputs.electrons,
        "NBANDS": electrons.band_count(inputs),
    }
    values["GGA"] = str(values["GGA"]).upper()
    values["ENMAX"] = inputs.number("ENCUT", 0.0)
    for tag in ("LDAUL", "LDAUU", "LDAUJ"):  # VASP writes the first value only among these
        row = values.get(tag)
        if isinstance(row, list):
            values[tag] = row[:1]
    return {tag: value for tag, value in values.items() if not tag.startswith("ML_")}


def titles(inputs: Inputs) -> list[str]:
    """Titles of the potentials, each with the mark, whatever POTCAR was given."""
    names = [potential.title for potential in inputs.potentials]
    return [name if name.endswith(f" {MARK}") else f"{name} {MARK}" for name in names]


def escape(text: str) -> str:
    """Text for XML."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _item(name: str, value: Value) -> str:
    if isinstance(value, bool):
        return f'<i type="logical" name="{name}">{"T" if value else "F"}</i>'
    if isinstance(value, int):
        return f'<i type="int" name="{name}">{value}</i>'
    if isinstance(value, float):
        return f'<i name="{name}">{value:.10g}</i>'
    if isinstance(value, list):
        kind = ' type="int"' if all(isinstance(x, int) for x in value) else ""
        return f'<v{kind} name="{name}">{" ".join(f"{x:.10g}" for x in value)}</v>'
    return f'<i type="string" name="{name}">{escape(value)}</i>'


def _rows(name: str, rows: Sequence[Sequence[float]], kind: str = "") -> str:
    lines = "\n".join(f"<v>{' '.join(f'{x:.10f}' for x in row)}</v>" for row in rows)
    return f'<varray{kind} name="{name}">\n{lines}\n</varray>\n'


def _structure(inputs: Inputs, frame: Frame | None, name: str = "") -> str:
    lattice = frame.lattice if frame else inputs.poscar.lattice
    positions = frame.positions if frame else inputs.poscar.positions
    text = f"<structure{name}>\n<crystal>\n{_rows('basis', lattice)}"
    text += f'<i name="volume">{volume(lattice):.8f}</i>\n'
    text += _rows("rec_basis", reciprocal(lattice)) + "</crystal>\n"
    text += _rows("positions", to_fractional(lattice, positions))
    if inputs.poscar.free:
        flags = (
            f"<v type='logical'>{' '.join('T' if f else 'F' for f in row)}</v>"
            for row in inputs.poscar.free
        )
        lines = "\n".join(flags)
        text += f'<varray name="selective" type="logical">\n{lines}\n</varray>\n'
    return text + "</structure>\n"


def _table(tag: str, fields: Sequence[str], body: str) -> str:
    names = "".join(f"<field>{field}</field>" for field in fields)
    return f'<array name="{tag}">{names}\n<set>\n{body}</set></array>\n'


def begin(stream: TextIO, inputs: Inputs) -> None:
    """Write everything before the first ionic step."""
    write = stream.write
    write("".join(f"{_item(name, v)}\n" for name, v in {**inputs.incar, "SYSTEM": SYSTEM}.items()))
    write("</incar>\n<kpoints>\n")
    if inputs.divisions:
        write(f'<generation param="{inputs.scheme}">\n')
        if inputs.scheme != "Line_mode":
            write(f'<v type="int" name="divisions">{" ".join(map(str, inputs.divisions))}</v>\n')
            write('<v name="usershift">0.0 0.0 0.0</v>\n')
        write("</generation>\n")
    write(_rows("kpointlist", inputs.kpoints) + _rows("weights", [[w] for w in inputs.weights]))
    write("</kpoints>\n<parameters>\n")
    write("".join(f"{_item(name, value)}\n" for name, value in parameters(inputs).items()))
    atoms = "".join(
        f"<rc><c>{symbol}</c><c>{kind}</c></rc>\n"
        for kind, (name, n) in enumerate(
            zip(inputs.poscar.kinds, inputs.poscar.counts, strict=True), start=1
        )
        for symbol in [name] * n
    )
    kinds = "".join(
        f"<rc><c>{n}</c><c>{p.symbol.partition('_')[0]}</c><c>{p.mass:.4f}</c>"
        f"<c>{p.electrons:.4f}</c><c>{escape(title)}</c></rc>\n"
        for n, p, title in zip(inputs.poscar.counts, inputs.potentials, titles(inputs), strict=True)
    )
    count = sum(inputs.poscar.counts)
    write(f"</parameters>\n<atominfo>\n<atoms>{count}</atoms>\n")
    write(f"<types>{len(inputs.poscar.kinds)}</types>\n")
    write(_table("atoms", ["element", "atomtype"], atoms))
    write(_table("atomtypes", ["n", "element", "mass", "valence", "pseudopotential"], kinds))
    write("</atominfo>\n" + _structure(inputs, None, ' name="initialpos"'))


def header(stream: TextIO) -> None:
    """Write the first lines, which say what wrote the file."""
    stream.write('<?xml version="1.0" encoding="ISO-8859-1"?>\n<modeling>\n<generator>\n')
    for name, text in (
        ("program", PROGRAM), ("version", VERSION), ("subversion", SYSTEM),
        ("platform", MARK), ("date", "2000 01 01"), ("time", "00:00:00"),
    ):  # fmt: skip
        stream.write(f'<i name="{name}" type="string">{text}</i>\n')
    stream.write("</generator>\n<incar>\n")


def _energies(energy: float, others: Sequence[tuple[str, float]] = ()) -> str:
    items = [("e_fr_energy", energy), ("e_wo_entrp", energy), ("e_0_energy", energy), *others]
    body = "".join(f'<i name="{name}">{value:.8f}</i>\n' for name, value in items)
    return f"<energy>\n{body}</energy>\n"


def step(stream: TextIO, inputs: Inputs, frame: Frame, scf: Sequence[float], first: bool) -> None:
    """Write one ionic step, left open for what the last one gets."""
    write = stream.write
    write("<calculation>\n" if first else "</calculation>\n<calculation>\n")
    for energy in scf:
        write(f"<scstep>\n{_energies(energy)}</scstep>\n")
    write(_structure(inputs, frame) + _rows("forces", frame.evaluation.forces))
    write(_rows("stress", [[-KILOBAR * x for x in row] for row in frame.evaluation.stress]))
    others: list[tuple[str, float]] = []
    if frame.velocities is not None:
        total = frame.evaluation.energy + frame.kinetic
        others = [("kinetic", frame.kinetic), ("lattice kinetic", 0.0), ("nosepot", 0.0),
                  ("nosekinetic", 0.0), ("total", total)]  # fmt: skip
    write(_energies(frame.evaluation.energy, others))


def finish(stream: TextIO, inputs: Inputs, frame: Frame, bands: electrons.Bands) -> None:
    """Write bands and density of states of the last step, and the end."""
    stream.write("<eigenvalues>\n<array>\n<field>eigene</field><field>occ</field>\n<set>\n")
    for channel, rows in enumerate(bands.levels, start=1):
        stream.write(f'<set comment="spin {channel}">\n')
        for n, row in enumerate(rows, start=1):
            lines = "\n".join(f"<r>{level:.4f} {share:.4f}</r>" for level, share in row)
            stream.write(f'<set comment="kpoint {n}">\n{lines}\n</set>\n')
        stream.write("</set>\n")
    stream.write("</set>\n</array>\n</eigenvalues>\n")
    _dos(stream, inputs, bands.fermi)
    last = _structure(inputs, frame, ' name="finalpos"')
    stream.write(f"</calculation>\n{last}</modeling>\n")


def _dos(stream: TextIO, inputs: Inputs, fermi: float) -> None:
    kinds = electrons.kind_densities(inputs)
    stream.write(f'<dos>\n<i name="efermi">{fermi:.8f}</i>\n<total>\n<array>\n')
    stream.write("<field>energy</field><field>total</field><field>integrated</field>\n<set>\n")
    for channel, rows in enumerate(electrons.total_dos(inputs, kinds), start=1):
        lines = "\n".join(f"<r>{e:.4f} {d:.6f} {i:.6f}</r>" for e, d, i in rows)
        stream.write(f'<set comment="spin {channel}">\n{lines}\n</set>\n')
    stream.write("</set>\n</array>\n</total>\n")
    lorbit = int(inputs.number("LORBIT", 0))
    if lorbit >= 10:
        resolved = lorbit >= 11
        names = electrons.ORBITALS if resolved else electrons.SHELLS
        fields = "".join(f"<field>{name}</field>" for name in ("energy", *names))
        stream.write(f"<partial>\n<array>\n{fields}\n<set>\n")
        blocks = {}
        for kind, channels in kinds.items():
            shares = electrons.orbital_shares(kind, resolved=resolved)
            blocks[kind] = "".join(
                f'<set comment="spin {channel}">\n'
                + "".join(
                    f"<r>{e:.4f} {' '.join(f'{d * s:.6f}' for s in shares)}</r>\n"
                    for e, d, _ in rows
                )
                + "</set>\n"
                for channel, rows in enumerate(channels, start=1)
            )
        for ion, symbol in enumerate(inputs.poscar.symbols, start=1):
            stream.write(f'<set comment="ion {ion}">\n{blocks[symbol]}</set>\n')
        stream.write("</set>\n</array>\n</partial>\n")
    stream.write("</dos>\n")
