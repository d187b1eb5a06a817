"""Small vasprun.xml files with what VASP 5 and 6 write."""

from __future__ import annotations

POTCARS = {"Li": "Li_sv", "O": "O", "S": "S", "Co": "Co", "P": "P", "Cl": "Cl"}
VALENCES = {"Li": 3, "O": 6, "S": 6, "Co": 9, "P": 5, "Cl": 7}

# cell edge [A], sites (element, fractional coordinates)
CELLS = {
    "Li": (3.4, [("Li", (0, 0, 0)), ("Li", (0.5, 0.5, 0.5))]),
    "O2": (8.0, [("O", (0, 0, 0)), ("O", (0, 0, 1.23 / 8))]),
    "S": (4.0, [("S", (0, 0, 0))]),
    "Co": (2.4, [("Co", (0, 0, 0))]),
    "Li2O": (3.3, [("O", (0, 0, 0)), ("Li", (0.25, 0.25, 0.25)), ("Li", (0.75, 0.75, 0.75))]),
    "Li2S": (4.0, [("S", (0, 0, 0)), ("Li", (0.25, 0.25, 0.25)), ("Li", (0.75, 0.75, 0.75))]),
    "Li2O2": (5.0, [("O", (0, 0, 0)), ("O", (0, 0, 0.3)),  # 1.5 A, a peroxide
                    ("Li", (0.5, 0.5, 0)), ("Li", (0.5, 0.5, 0.5))]),
    "LiO2": (5.0, [("O", (0, 0, 0)), ("O", (0, 0, 0.266)), ("Li", (0.5, 0.5, 0.5))]),  # 1.33 A
    "Li2SO4": (6.0, [("S", (0, 0, 0)), *[("O", tuple(s * 0.145 for s in signs)) for signs in (
                         (1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1))],  # 1.51 A
                     ("Li", (0.5, 0.5, 0)), ("Li", (0.5, 0, 0.5))]),
    "CoO": (3.0, [("Co", (0, 0, 0)), ("O", (0.5, 0.5, 0.5))]),
    "CoS": (3.3, [("Co", (0, 0, 0)), ("S", (0.5, 0.5, 0.5))]),
    "LiCl": (3.6, [("Li", (0, 0, 0)), ("Cl", (0.5, 0.5, 0.5))]),
}  # fmt: skip

DYNAMICS = {"IBRION": 0, "NSW": 100}


def vasprun(
    name, energy=-10.0, *, tags=None, titles=None, hubbards=None, steps=1, scf=2, incar=None,
    more=0.0, vasp5=False,
):  # fmt: skip
    """The least that pymatgen reads: one electronic loop per step, the last at ``energy`` [eV].

    Parameters
    ----------
    tags : of ``<parameters>``; ``incar`` those that VASP writes there only.
    more : energy [eV] of the ionic step beyond its electronic steps, as a dispersion correction.
    vasp5 : vectors where VASP 6 writes scalars.
    """
    edge, sites = CELLS[name]
    sites = sorted(sites)
    symbols = [element for element, _ in sites]
    elements = sorted(set(symbols))
    electrons = sum(VALENCES[element] for element, _ in sites)
    values = {"NELM": 60, "NELECT": float(electrons), "LNONCOLLINEAR": False, "LSORBIT": False,
              "EFIELD": 0.0, "PSTRESS": 0.0, "LCHIMAG": False, "LEPSILON": False,
              "NSW": 0, "IBRION": -1, "ICHARG": 2, "ENMAX": 520.0, "GGA": "--",
              "AEXX": 0.0, "HFSCREEN": 0.0, "LHFCALC": False, "LDAU": bool(hubbards),
              "LUSE_VDW": False, **(tags or {})}  # fmt: skip
    incar = {key: value for key, value in values.items()
             if key in ("METAGGA", "IVDW", "NSW")} | (incar or {})  # fmt: skip
    titles = titles or [f"PAW_PBE {POTCARS[element]} 01Jan2000" for element in elements]

    def tag(key, value):
        if isinstance(value, bool):
            return f'<i type="logical" name="{key}">{"T" if value else "F"}</i>'
        if isinstance(value, list):
            return f'<v name="{key}">{" ".join(map(str, value))}</v>'
        if isinstance(value, str):
            return f'<i type="string" name="{key}">{value}</i>'
        kind = ' type="int"' if isinstance(value, int) else ""
        return f'<i{kind} name="{key}">{value}</i>'

    u = ""
    if hubbards:
        row = " ".join(str(hubbards.get(element, 0.0)) for element in elements)
        kind = ('<v type="int" name="LDAUTYPE"> 2</v>' if vasp5
                else '<i type="int" name="LDAUTYPE"> 2</i>')  # fmt: skip
        zeros = " ".join("0.0" for _ in elements)
        u = (f'{tag("LDAU", True)}{kind}'
             f'<v name="LDAUU">{row}</v><v name="LDAUJ">{zeros}</v>')  # fmt: skip
    atoms = "".join(f"<rc><c>{element}</c><c>1</c></rc>" for element, _ in sites)
    types = "".join(
        f"<rc><c>{symbols.count(element)}</c><c>{element}</c><c>1.0</c><c>{VALENCES[element]}</c><c>{title}</c></rc>"
        for element, title in zip(elements, titles, strict=True)
    )
    basis = f"<v>{edge} 0 0</v><v>0 {edge} 0</v><v>0 0 {edge}</v>"
    positions = "".join(f"<v>{x} {y} {z}</v>" for _, (x, y, z) in sites)
    cell = (f'<crystal><varray name="basis">{basis}</varray></crystal>'
            f'<varray name="positions">{positions}</varray>')  # fmt: skip

    def energies_of(value):
        return "".join(tag(key, value) for key in ("e_fr_energy", "e_wo_entrp", "e_0_energy"))

    loop = f"<scstep><energy>{energies_of(energy)}</energy></scstep>" * scf
    energies = energies_of(energy + more)
    step = (f"<calculation>{loop}<structure>{cell}</structure>"
            f"<energy>{energies}</energy></calculation>")  # fmt: skip
    version = tag("version", "5.4.4" if vasp5 else "6.4.2")
    return (
        '<?xml version="1.0" encoding="ISO-8859-1"?><modeling>'
        f"<generator>{version}</generator>"
        f"<incar>{''.join(tag(*pair) for pair in incar.items())}{u}</incar>"
        '<kpoints><generation param="Gamma"><v type="int" name="divisions">1 1 1</v></generation>'
        '<varray name="kpointlist"><v>0 0 0</v></varray><varray name="weights"><v>1</v></varray>'
        f"</kpoints><parameters>{''.join(tag(*pair) for pair in values.items())}</parameters>"
        f'<atominfo><array name="atoms"><set>{atoms}</set></array>'
        f'<array name="atomtypes"><set>{types}</set></array></atominfo>'
        f'<structure name="initialpos">{cell}</structure>{step * steps}'
        f'<structure name="finalpos">{cell}</structure></modeling>'
    )


def write_run(folder, text):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vasprun.xml").write_text(text)
    return folder
