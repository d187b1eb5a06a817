"""Every reader of the package, with good files of its kind to be hurt.

A parser is called with the path of a file (or with a text, for words of the command line) and
either returns or raises an ``InterfaceError``. Nothing else is allowed, whatever the input.
"""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conftest import ROOT, TOY
from tests.vasp_files import POSCAR, POTCAR

INPUTS = ROOT / "inputs"


@dataclass(frozen=True)
class Parser:
    """A reader.

    Attributes
    ----------
    name : of the parser, and of its test.
    file : name of the file it is handed; ``""``: it is handed the text.
    seeds : makes good inputs, in a folder of its own where it needs one.
    read : reads a file or a text.
    beside : files that lie beside it: name -> content.
    trees : how values are taken out and put back, ``json`` or ``yaml``.
    share : of the inputs of a run, against 1 of the others; what takes long gets fewer.
    """

    name: str
    file: str
    seeds: Callable[[Path], tuple[bytes, ...]]
    read: Callable[[Any], Any]
    beside: tuple[tuple[str, bytes], ...] = ()
    trees: str = ""
    share: float = 1.0


def load(kind: str) -> Callable[[bytes], Any]:
    if kind == "json":
        return json.loads
    import yaml

    return yaml.safe_load


def dump(kind: str) -> Callable[[Any], bytes]:
    if kind == "json":
        return lambda tree: json.dumps(tree).encode("utf-8", "surrogatepass")
    import yaml

    def as_yaml(tree: Any) -> bytes:
        text: str = yaml.safe_dump(tree, sort_keys=False, allow_unicode=True)
        return text.encode()

    return as_yaml


# ------------------------------------------------------------------------------- good inputs


def files(*patterns: str) -> Callable[[Path], tuple[bytes, ...]]:
    """Bundled files as they are."""

    def seeds(_: Path) -> tuple[bytes, ...]:
        values = [path for pattern in patterns for path in sorted(INPUTS.glob(pattern))]
        assert values, patterns
        return tuple(path.read_bytes() for path in values)

    return seeds


def given(*texts: str | bytes) -> Callable[[Path], tuple[bytes, ...]]:
    """Texts as they stand here."""
    return lambda _: tuple(text.encode() if isinstance(text, str) else text for text in texts)


TABLE = "\n".join(
    ["id,formula,formation_energy_per_atom,volume_per_atom,scheme"]
    + [f"{i},{formula},{energy},11.5,made up" for i, formula, energy in TOY]
)
JOBS = ("ncm811*.yaml", "md_*.yaml", "latp*.yaml", "windows.yaml", "cosintering.yaml")
LIST = "# a comment\nLi2O\nLiTiO2  # another\n\nNCM811@0.3\nTi2O3\n"


def entries(_: Path) -> tuple[bytes, ...]:
    """Entries as pymatgen writes them, with corrections, and a list within an object."""
    from pymatgen.entries.computed_entries import ComputedEntry, ConstantEnergyAdjustment

    made = [
        ComputedEntry(
            formula, energy * 5, entry_id=i, parameters={"run_type": "GGA"},
            energy_adjustments=[ConstantEnergyAdjustment(-0.1, name="made up")],
            data={"oxide_type": "oxide"},
        ).as_dict()
        for i, formula, energy in TOY
    ]  # fmt: skip
    return json.dumps(made[:4]).encode(), json.dumps({"entries": made[4:]}).encode()


def structured(_: Path) -> tuple[bytes, ...]:
    """Own entries with structures."""
    from pymatgen.core import Lattice, Structure
    from pymatgen.entries.computed_entries import ComputedStructureEntry

    cell = Structure(Lattice.cubic(4.26), ["Mg", "O"], [[0, 0, 0], [0.5, 0.5, 0.5]])
    parameters = {"run_type": "GGA", "hubbards": {}, "potcar_symbols": ["PBE Mg_pv", "PBE O"]}
    made = ComputedStructureEntry(cell, -9.0, parameters=parameters, entry_id="mine").as_dict()
    return (json.dumps([made]).encode(),)


def parquet(_: Path) -> tuple[bytes, ...]:
    import pyarrow
    import pyarrow.parquet

    gathered = []
    for packing in ("none", "zstd"):
        buffer = io.BytesIO()
        columns = {
            "id": [i for i, _, _ in TOY],
            "formula": [formula for _, formula, _ in TOY],
            "formation_energy_per_atom": [energy for _, _, energy in TOY],
        }
        pyarrow.parquet.write_table(pyarrow.table(columns), buffer, compression=packing)
        gathered.append(buffer.getvalue())
    return tuple(gathered)


def snapshot(folder: Path) -> Path:
    """A good snapshot of the toy chemistry."""
    from workflows.data.snapshots import Entry, LeftOut, Manifest, write_snapshot

    place = folder / "snapshot"
    if not place.exists():
        rows = [Entry(i, formula, energy, -0.1, volume_per_atom=10.0) for i, formula, energy in TOY]
        write_snapshot(
            place, rows,
            Manifest("made up", "made up", quantity="formation_energy_per_atom",
                     chemical_systems=("Li-O-Ti",), left_out=LeftOut(3, 1, 0, 0, 0),
                     notes=("a note",)),
        )  # fmt: skip
    return place


def manifest(folder: Path) -> tuple[bytes, ...]:
    """Without its seal, as earlier versions wrote it: a sealed one that is hurt goes no further."""
    result = unsealed((snapshot(folder) / "manifest.json").read_bytes())
    return (json.dumps(result | {"format": 1}, indent=1).encode(),)


def unsealed(data: bytes) -> dict[str, Any]:
    from workflows.io.checksums import parse_checked

    return parse_checked(data)[0]


def records(folder: Path) -> tuple[bytes, ...]:
    """A record of each kind of question."""
    from workflows.cli import main

    table = folder / "toy.csv"
    table.write_text(TABLE)
    arguments = (
        ["curve", "Li2O", "TiO2"], ["curve", "Li2O", "TiO2", "--open", "Li", "--voltage", "2"],
        ["curve", "Li", "TiO2", "--open", "Li", "--voltage", "1"],
        ["window", "Li2TiO3"], ["map", "Li2O", "TiO2", "--voltage", "0:3"],
    )  # fmt: skip
    gathered = []
    for number, words in enumerate(arguments):
        path = folder / f"{number}.json"
        main([*words, "--phases", str(table), "--record", str(path), "--json"])
        gathered.append(path.read_bytes())
    return tuple(gathered)


def plan(folder: Path) -> tuple[bytes, ...]:
    """As ``interfaces screen --plan-only`` writes it, without what it compiles before."""
    from interfaces.phases.phase_set import PhaseSet
    from interfaces.phases.reactants import reactant
    from interfaces.screening.candidates import Candidates
    from workflows.screening.plan import PLAN, Plan, begin

    phases = PhaseSet.from_rows(TOY, scheme="made up", source="toy")
    placed = tuple(reactant(phases, formula, "own") for formula in ("Li2O", "TiO2"))
    side = Candidates(("Li2O", "TiO2", "Xx"), (*placed, None), ("", "", "no element"))
    facts = {"scheme": "made up", "surrogate": ""}
    made = Plan((side, side, Candidates((), (), ())), phases, (None, 2.0), "Li", 3, None, 20, facts)
    begin(folder / "screen", made)
    return (json.dumps(unsealed((folder / "screen" / PLAN).read_bytes())).encode(),)


def plan_file() -> str:
    from workflows.screening.plan import PLAN

    return PLAN


def vasp_run(steps: int) -> Callable[[Path], dict[str, bytes]]:
    """A mocked run of VASP without its marks: static (0 steps), or dynamics."""

    def made(folder: Path) -> dict[str, bytes]:
        from workflows.calculators.mock.vasp_std import run
        from workflows.io.mock_mark import SYSTEM

        place = folder / f"vasp{steps}"
        if not place.exists():
            place.mkdir()
            move = f"NSW = {steps}\nIBRION = 0\nPOTIM = 2.0\nTEBEG = 600\n" if steps else ""
            (place / "INCAR").write_text(f"ENCUT = 520\n{move}ISMEAR = 0\nSIGMA = 0.05\n")
            (place / "POSCAR").write_text(POSCAR)
            (place / "KPOINTS").write_text("k\n0\nGamma\n1 1 1\n")
            (place / "POTCAR").write_text(POTCAR)
            assert run(place, {}, io.StringIO()) == 0
        return {
            name: (place / name).read_text().replace(SYSTEM, "a run").encode()
            for name in ("vasprun.xml", "XDATCAR", "OSZICAR", "INCAR")
        }

    return made


def output(name: str, steps: int) -> Callable[[Path], tuple[bytes, ...]]:
    return lambda folder: (vasp_run(steps)(folder)[name],)


def extxyz(_: Path) -> tuple[bytes, ...]:
    frame = (
        '4\nLattice="2.84 0 0 0 2.84 0 0 0 4.7" Properties=species:S:1:pos:R:3:side:S:1 '
        'energy=-1.5 pbc="T T T"\nLi 0 0 0 first\nCo 1.4 1.4 0.9 first\nO 1.4 0 2.1 second\n'
        "O 0 1.4 3.3 second\n"
    )
    return (frame.encode(), (frame + frame.replace("2.1", "2.2")).encode())


def cif(_: Path) -> tuple[bytes, ...]:
    from pymatgen.core import Structure

    structure = Structure.from_str(POSCAR, fmt="poscar")
    return (structure.to(fmt="cif").encode(), structure.to(fmt="cif", symprec=0.1).encode())


def structure_json(_: Path) -> tuple[bytes, ...]:
    from pymatgen.core import Structure

    return (Structure.from_str(POSCAR, fmt="poscar").to_json().encode(),)


def ase_trajectory(folder: Path) -> tuple[bytes, ...]:
    from ase.io import read, write

    source = folder / "seed.extxyz"
    source.write_bytes(extxyz(folder)[1])
    write(folder / "seed.traj", read(source, index=":"))
    return ((folder / "seed.traj").read_bytes(),)


def flow(_: Path) -> tuple[bytes, ...]:
    """What a run's folder holds, but for the flow itself: that is built of classes it names."""
    return (json.dumps({"format": 1, "asked": {"job": {"name": "x"}}, "flow": {}}).encode(),)


SUBMISSION = {
    "format": 1, "name": "x-mock", "job": "x.yaml", "calculator": "mock", "phases": None,
    "to": "local", "script": "run.sh", "number": "17", "task": 0, "sent": "2026-01-01T00:00:00",
    "site": "this one", "version": "1", "attempts": 1, "project": "",
}  # fmt: skip


# ------------------------------------------------------------------------------------- readers


def read_phases(path: Path) -> Any:
    from workflows.data.phase_sets import read_phases

    return read_phases(path)


def read_own(path: Path) -> Any:
    from workflows.data.own_dft import correct, read_own

    entries = read_own(path)
    return entries if path.suffix == ".xml" else correct(entries)


def read_job(path: Path) -> Any:
    from workflows.flows.job_schema import AnalysesJob
    from workflows.flows.read_job import elements_of, load_job
    from workflows.schemas.jobs import CathodeJob

    job = load_job(path)
    if isinstance(job, AnalysesJob):
        return job.specs()
    return (job, elements_of(job)) if isinstance(job, CathodeJob) else job


def read_protocol(path: Path) -> Any:
    from workflows.vasp.read_protocol import read_protocol

    return read_protocol(str(path))


def read_cell(path: Path) -> Any:
    from workflows.structures.interface_cells import read_named

    return read_named(str(path))


def read_prototype(path: Path) -> Any:
    from workflows.structures.bulk import read_prototype

    return read_prototype(path)


def read_site(path: Path) -> Any:
    from workflows.submit.site import read_site

    return read_site(path)


def read_gates(path: Path) -> Any:
    from workflows.analyses.coatings.settings import read_settings

    return read_settings(path)


def read_published(path: Path) -> Any:
    from workflows.validation import read_published

    return read_published(path)


def read_record(path: Path) -> Any:
    from workflows.runs.record import read_record

    return [question.run() for question, _ in read_record(path)]


def read_manifest(path: Path) -> Any:
    from workflows.data.snapshots import verify

    return verify(path.parent)


def read_plan(path: Path) -> Any:
    from workflows.screening.plan import read_plan

    return read_plan(path.parent)


def read_list(path: Path) -> Any:
    from workflows.analyses.candidates.material_lists import elements_named, names_in

    return elements_named(names_in([str(path)]))


def read_bulk(path: Path) -> Any:
    from workflows.structures.bulk import bulk

    return bulk(str(path))


def read_target(path: Path) -> Any:
    from workflows.structures.read_targets import find_target

    return find_target(str(path))


def read_trajectory(path: Path) -> Any:
    from workflows.trajectories.read_trajectory import read_trajectory

    said = path.name.startswith(("vasprun", "XDATCAR"))
    return read_trajectory([path], time_step=None if said else 2.0)


def read_submission(path: Path) -> Any:
    from workflows.submit.submission_record import read_submission

    return read_submission(path.parent)


def read_flow(path: Path) -> Any:
    from workflows.flows.flow_folder import stored

    return stored(lambda: {}, {"job": {"name": "x"}}, path.parent)  # type: ignore[arg-type,return-value]


def parse_formula(text: str) -> Any:
    from interfaces.chemistry.formulas import Formula

    formula = Formula.parse(text)
    return formula.reduced, formula.n_atoms, formula.molar_mass, formula.fractions(formula.elements)


def parse_reaction(text: str) -> Any:
    from interfaces.chemistry.reactions import Reaction

    return Reaction.parse(text).imbalance()


def parse_system(text: str) -> Any:
    from workflows.data.named_materials import find_system

    return find_system(text)


def parse_criteria(text: str) -> Any:
    from interfaces.chemistry.formulas import Formula
    from workflows.analyses.candidates.criteria import Criteria

    return Criteria.parse(text).met(Formula.parse("LiCoO2"), 0.01)


def parse_cutoffs(text: str) -> Any:
    from interfaces.aimd import read_cutoffs

    return read_cutoffs(text)


def parse_miller(text: str) -> Any:
    from workflows.structures.interface_cells import read_miller

    return read_miller(text)


def parse_range(text: str) -> Any:
    from workflows.analyses.maps import read_range

    return read_range(text)


def parse_conditions(text: str) -> Any:
    """``--open A --gas B --reference C --voltage V --temperature T`` between semicolons."""
    from interfaces.errors import InputError
    from interfaces.phases.phase_set import PhaseSet
    from workflows.analyses.conditions import Conditions, read_pressure, reservoirs

    opened, pressure, reference, voltage, temperature = (text.split(";;") + [""] * 5)[:5]
    try:
        volts = float(voltage) if voltage else None
        kelvin = float(temperature) if temperature else None
    except ValueError:
        raise InputError("click's own word") from None
    request = Conditions(
        tuple(opened.split()),
        volts,
        reference or None,
        "set",
        (read_pressure(pressure),) if pressure else (),
        kelvin,
    )
    request.check()
    return reservoirs(request, PhaseSet.from_rows(TOY, scheme="made up", source="toy"))


def parse_document(text: str) -> Any:
    """One answer of the Materials Project."""
    from workflows.data.materials_project.mp_entries import entry_of
    from workflows.io.readers import parse_json

    document = parse_json(text, "answer")
    return entry_of(document, "GGA_GGA+U")


def packed(name: str, seeds: Callable[[Path], tuple[bytes, ...]]) -> Callable[..., Any]:
    def pack(folder: Path) -> tuple[bytes, ...]:
        return tuple(gzip.compress(seed, mtime=0) for seed in seeds(folder))

    return pack


def document(_: Path) -> tuple[bytes, ...]:
    from tests.fake_mp_api import made_up

    return tuple(json.dumps(phase).encode() for phase in made_up(["Li", "O"]))


def parsers() -> Iterator[Parser]:
    """All of them."""
    words = (
        ("formula", ("LiCoO2", "Li0.3Ni0.8Co0.1Mn0.1O2", "Al(BH4)3", "K[Fe(CN)6]2.5", "Li6PS5Cl"),
         parse_formula),
        ("reaction", ("0.5 Li2O + TiO2 -> 1/2 Li2TiO3 + 0.5 TiO2", "Li + O2 -> LiO2"),
         parse_reaction),
        ("system", ("LPSCl", "NCM811@0.3", "NCM811@x=0.5", "LiCoO2"), parse_system),
        ("criteria", ("Li+O+transition-metal,!F|S,hull<0.02", "within:Li-Co-O-P,elements<=4",
                      "cost<50,all"), parse_criteria),
        ("cutoffs", ("S-S=2.4,P-O=2.0:2.3", "Co-O=2.3"), parse_cutoffs),
        ("facet", ("104", "1-10", "(1 0 -4)", "1.0.11"), parse_miller),
        ("range", ("0:4.5", "-1:5"), parse_range),
        ("conditions", ("Li;;;;TiO2|LiTiO2;;2.0", "Li;;;;;;2.5", "O=-1.2",
                        "O;;O2=0.21;;;;;;300"), parse_conditions),
        ("answer of the Materials Project", (), parse_document),
    )  # fmt: skip
    for name, texts, read in words:
        seeds = given(*texts) if texts else document
        yield Parser(name, "", seeds, read, trees="" if texts else "json")
    yield Parser("table CSV", "t.csv", given(TABLE, TABLE.replace("\n", "\r\n")), read_phases)
    yield Parser("table CSV gz", "t.csv.gz", packed("", given(TABLE)), read_phases)
    yield Parser("table Parquet", "t.parquet", parquet, read_phases)
    yield Parser("entries JSON", "t.json", entries, read_phases, trees="json")
    yield Parser("own entries JSON", "t.json", structured, read_own, trees="json")
    yield Parser("own vasprun", "vasprun.xml", output("vasprun.xml", 0), read_own, share=0.1)
    yield Parser("job", "j.yaml", files(*JOBS), read_job, trees="yaml")
    yield Parser("protocol", "p.yaml", files("protocols/[!b]*.yaml"), read_protocol, trees="yaml",
                 share=0.5)  # fmt: skip
    yield Parser("cell", "c.yaml", files("cells/*.yaml"), read_cell, trees="yaml")
    yield Parser("prototype", "s.yaml", files("structures/*.yaml"), read_prototype, trees="yaml")
    yield Parser("site", "site.yaml", files("sites/*.yaml"), read_site, trees="yaml")
    yield Parser("gates", "g.yaml", files("coatings.yaml"), read_gates, trees="yaml", share=0.3)
    yield Parser("published", "p.yaml", files("published.yaml"), read_published, trees="yaml",
                 share=0.3)  # fmt: skip
    yield Parser("record", "r.json", records, read_record, trees="json", share=0.3)
    yield Parser("record gz", "r.json.gz", packed("", records), read_record, share=0.3)
    yield Parser("manifest", "manifest.json", manifest, read_manifest, trees="json")
    yield Parser("plan", plan_file(), plan, read_plan, trees="json")
    yield Parser("list", "l.txt", given(LIST), read_list)
    yield Parser("list CSV", "l.csv", given("name,formula\nx,Li2O\ny,TiO2\n"), read_list)
    yield Parser("submission", "submission.json", given(json.dumps(SUBMISSION)), read_submission,
                 trees="json")  # fmt: skip
    yield Parser("flow of a run", "flow.json", flow, read_flow, trees="json")
    yield Parser("bulk POSCAR", "POSCAR", given(POSCAR), read_bulk, share=0.5)
    yield Parser("bulk CIF", "b.cif", cif, read_bulk, share=0.1)
    yield Parser("bulk JSON", "b.json", structure_json, read_bulk, trees="json", share=0.5)
    yield Parser("target POSCAR", "POSCAR", given(POSCAR), read_target, share=0.3)
    yield Parser("target extxyz", "t.extxyz", extxyz, read_target, share=0.3)
    yield Parser("trajectory vasprun", "vasprun.xml", output("vasprun.xml", 6), read_trajectory,
                 share=0.3)  # fmt: skip
    yield Parser("trajectory XDATCAR", "XDATCAR", output("XDATCAR", 6), read_trajectory,
                 (("INCAR", b"NSW = 6\nIBRION = 0\nPOTIM = 2.0\n"),), share=0.5)  # fmt: skip
    yield Parser("trajectory INCAR", "INCAR", output("INCAR", 6),
                 lambda path: read_trajectory(path.parent / "XDATCAR"),
                 (("XDATCAR", b"@"),), share=0.3)  # fmt: skip
    yield Parser("trajectory extxyz", "t.extxyz", extxyz, read_trajectory, share=0.5)
    yield Parser("trajectory ASE", "t.traj", ase_trajectory, read_trajectory, share=0.5)
