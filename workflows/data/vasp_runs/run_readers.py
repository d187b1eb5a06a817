"""Read the settings of a run from vasprun.xml, OUTCAR, INCAR, task documents and entries.

A vasprun.xml is read up to its first ionic step, so that a killed run, one of many steps, or one
without any can still be identified. How it ended is added from pymatgen's ``Vasprun``.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import IO, Any
from xml.etree import ElementTree

from interfaces.errors import InputError
from workflows.data.vasp_runs.run_settings import Mesh, RunSettings, valence
from workflows.io.mock_mark import is_mock
from workflows.io.readers import opened, read_text

ENDS_HEAD = ("calculation", "scstep", "mdstep")  #: elements of a vasprun.xml that follow its head
PIECE = 1 << 16  #: bytes
LONGEST_HEAD = 200_000  #: lines of an OUTCAR; thousands are k-points
SAME_U = 6  #: decimals of a U value [eV]; U - J is a difference of floats
PLUS_U = ("LDAUTYPE", "LDAUL", "LDAUU", "LDAUJ")  #: VASP cuts these short in its <parameters>


def read_settings(path: str | Path) -> RunSettings:
    """Read what a run was from its vasprun.xml, OUTCAR or INCAR (``.gz`` allowed).

    Parameters
    ----------
    path : the file; its name says its format.

    Raises
    ------
    InputError
        If it cannot be read, or is none of the three.
    """
    file = Path(path)
    if "vasprun" in file.name or ".xml" in file.suffixes:
        return read_vasprun_settings(file)
    if "OUTCAR" in file.name:
        return read_outcar_settings(file)
    if "INCAR" in file.name:
        return read_incar_settings(file)
    raise InputError(f"{file}: no vasprun.xml, OUTCAR or INCAR")


# -------------------------------------------------------------------- vasprun.xml


def read_vasprun_settings(path: Path) -> RunSettings:
    """Settings of a vasprun.xml, from what precedes its first ionic step.

    A file that ends before is read as far as it goes.
    """
    incar: dict[str, Any] = {}
    parameters: dict[str, Any] = {}
    version, kinds, mesh = "", [], None
    with opened(path) as stream:
        try:
            for event, element in ElementTree.iterparse(stream, ("start", "end")):
                if event == "start":
                    if element.tag in ENDS_HEAD:
                        break
                elif element.tag == "generator":
                    version = (element.findtext("i[@name='version']") or "").strip()
                elif element.tag == "incar":
                    incar = _tags(element)
                elif element.tag == "kpoints":
                    mesh = _mesh(element)
                elif element.tag == "parameters":
                    parameters = _tags(element)
                elif element.tag == "atominfo":
                    rows = element.findall("array[@name='atomtypes']/set/rc")
                    kinds = [[(c.text or "").strip() for c in row] for row in rows if len(row)]
        except (ElementTree.ParseError, EOFError, zlib.error, OSError):
            pass  # truncated: whoever reads the steps says so
        except ValueError as error:
            raise InputError(f"{path}: a number that cannot be read ({error})") from None
    titles = tuple(" ".join(kind[-1].split()) for kind in kinds)
    functional, hubbards = _functional(incar, parameters, titles)
    return RunSettings(
        origin=str(path),
        tags=incar | parameters | {tag: incar[tag] for tag in PLUS_U if tag in incar},
        vasp_version=version,
        functional=functional,
        hubbards=hubbards,
        potcars=titles,
        neutral_electrons=_electrons_of_kinds(kinds),
        mesh=mesh,
        mocked=is_mock(path),
    )


def with_outcome(settings: RunSettings, run: Any) -> RunSettings:
    """Add how a run ended, from its pymatgen ``Vasprun``.

    Raises
    ------
    IndexError, KeyError
        If the run has no ionic step with an energy.
    """
    run.parameters["NELM"] = int(settings.number("NELM", 60))  # pymatgen has the last of two
    atoms = len(run.final_structure)
    last = run.ionic_steps[-1]
    electronic = last["electronic_steps"][-1].get("e_fr_energy")
    return replace(
        settings,
        electronic_convergence=bool(run.converged_electronic),
        ionic_convergence=bool(run.converged_ionic),
        energy=float(run.final_energy) / atoms,
        beyond_electronic=None
        if electronic is None
        else (float(last["e_fr_energy"]) - float(electronic)) / atoms,
    )


def _tags(element: ElementTree.Element) -> dict[str, Any]:
    """Tags of ``<incar>`` or ``<parameters>``, with their types."""
    tags: dict[str, Any] = {}
    for item in element.iter():
        name = item.get("name")
        if name and item.tag in ("i", "v"):
            words, kind = (item.text or "").split(), item.get("type")
            values = [_value(word, kind) for word in words]
            if name.upper() in tags:
                continue  # NELM is repeated, as 1, among the response functions
            if item.tag == "v":
                tags[name.upper()] = values
            elif kind == "string":
                tags[name.upper()] = " ".join(words)
            elif values:
                tags[name.upper()] = values[0]
    return tags


def _value(word: str, kind: str | None) -> Any:
    """A typed value; a word that is none, as Fortran's stars, stays a word."""
    try:
        if kind == "logical":
            return word.upper().strip(".").startswith("T")
        return word if kind == "string" else int(word) if kind == "int" else float(word)
    except ValueError:
        return word


def _mesh(element: ElementTree.Element) -> Mesh:
    generation = element.find("generation")
    style = "" if generation is None else (generation.get("param") or "").lower()
    listed = element.find("varray[@name='kpointlist']")
    divisions = () if generation is None else tuple(
        int(word) for word in (generation.findtext("v[@name='divisions']") or "").split()
    )  # fmt: skip
    line = "line" in style or style == "listgenerated"  # VASP's word for lines
    return Mesh(0 if listed is None else len(listed), () if line else divisions, line)


def _electrons_of_kinds(kinds: Iterable[list[str]]) -> float | None:
    """Valence electrons of the neutral cell, by rows (atoms, element, mass, valence, title)."""
    try:
        return sum(int(kind[0]) * float(kind[3]) for kind in kinds) or None
    except (IndexError, ValueError):
        return None


def _functional(
    incar: Mapping[str, Any], parameters: Mapping[str, Any], titles: tuple[str, ...]
) -> tuple[str, tuple[tuple[str, float], ...] | None]:
    """Functional and U values as pymatgen's ``Vasprun`` finds them, without a finished run."""
    if not parameters or not titles:
        return "", None
    from pymatgen.io.vasp.outputs import Vasprun

    class Head(Vasprun):  # type: ignore[misc]
        def __init__(self) -> None:
            self.incar, self.parameters = dict(incar), dict(parameters)
            self.potcar_symbols = list(titles)

    try:
        head = Head()
        return str(head.run_type), nonzero(head.hubbards)
    except Exception:  # pymatgen refuses U values that are not one per kind
        return "", None


def nonzero(hubbards: Mapping[str, Any]) -> tuple[tuple[str, float], ...]:
    """(element, U - J [eV]) of the elements that have a U.

    >>> nonzero({"O": 0.0, "Co": 3.32})
    (('Co', 3.32),)
    """
    values = ((str(name), round(float(u), SAME_U)) for name, u in sorted(hubbards.items()))
    return tuple((name, u) for name, u in values if u)


# ------------------------------------------------------------------ OUTCAR, INCAR


def read_outcar_settings(path: Path) -> RunSettings:
    """Settings of an OUTCAR, from what precedes its first iteration."""
    tags: dict[str, Any] = {}
    titles: list[str] = []
    counts: list[int] = []
    version = ""
    with opened(path) as stream:
        for number, line in enumerate(_lines(stream)):
            if number == 0:
                version = line.split()[0].removeprefix("vasp.") if line.split() else ""
            if "Iteration" in line or "aborting loop" in line or number > LONGEST_HEAD:
                break
            if "TITEL" in line:
                titles.append(" ".join(line.partition("=")[2].split()))
            elif "ions per type" in line:
                counts = [int(number) for number in _listed_numbers(path, line)]
            elif not counts and "=" in line and not line.lstrip().startswith("ML_"):
                continue  # the listing of each POTCAR has an ENMAX and a ZVAL of its own
            elif "ZVAL" in line:
                tags["ZVAL"] = _listed_numbers(path, line)
            else:
                tags |= _listed(line)
    valences = tags.pop("ZVAL", [])
    known = valences and len(valences) == len(counts)
    return RunSettings(
        origin=str(path),
        tags=tags,
        vasp_version=version,
        potcars=tuple(titles),
        neutral_electrons=sum(n * z for n, z in zip(counts, valences, strict=True))
        if known
        else None,
        mocked=is_mock(path),
    )


def _listed_numbers(path: Path, line: str) -> list[float]:
    """Numbers after the equals sign of a line of an OUTCAR."""
    try:
        return [float(word) for word in line.partition("=")[2].split()]
    except ValueError:
        raise InputError(f"{path}: a number that cannot be read in {line.strip()!r}") from None


def _lines(stream: IO[bytes]) -> Iterator[str]:
    """Lines of a stream that is read piece by piece; the last is whatever is left."""
    rest = b""
    try:
        while piece := stream.read(PIECE):
            *whole, rest = (rest + piece).split(b"\n")
            yield from (line.decode("utf-8", "replace").rstrip() for line in whole)
    except (EOFError, zlib.error, OSError):
        pass  # truncated: the head may be whole
    yield rest.decode("utf-8", "replace")


def _listed(line: str) -> dict[str, Any]:
    """Tags of a line such as ``NBLOCK =      1;   KBLOCK =     99    inner block``.

    >>> _listed("   ENCUT  =  520.0 eV  38.22 Ry"), _listed("   LSORBIT =      F    spin-orbit")
    ({'ENCUT': 520.0}, {'LSORBIT': False})
    """
    tags: dict[str, Any] = {}
    for part in line.split(";"):
        name, equals, rest = part.partition("=")
        words = rest.split()
        if equals and words and name.split() and name.split()[-1].isupper():
            word = words[0]
            value = {"T": True, "F": False}.get(word, _value(word, None))
            tags[name.split()[-1]] = value
    return tags


def read_incar_settings(path: Path) -> RunSettings:
    """Settings of an INCAR alone: what it does not set is not known.

    Raises
    ------
    InputError
        If pymatgen cannot read it.
    """
    from pymatgen.io.vasp.inputs import Incar

    try:
        incar = Incar.from_str(read_text(path))
    except (ValueError, TypeError, LookupError) as error:
        raise InputError(f"{path}: no INCAR ({type(error).__name__}: {error})") from None
    return RunSettings(origin=str(path), tags={k.upper(): v for k, v in incar.items()})


# ----------------------------------------------------- task documents and entries


def settings_of_task(task: Mapping[str, Any], origin: str) -> RunSettings:
    """Settings of an emmet or atomate2 task document (its ``output`` in a job store).

    Parameters
    ----------
    task : ``input``, ``output``, ``run_type``, ``task_type`` and, where it has them, ``entry`` and
        ``calcs_reversed``.
    origin : job, for messages.
    """
    inputs, results = task.get("input") or {}, task.get("output") or {}
    incar = {str(k).upper(): v for k, v in (inputs.get("incar") or {}).items()}
    parameters = {str(k).upper(): v for k, v in (inputs.get("parameters") or {}).items()}
    entry = task.get("entry") or {}
    recorded = {name: inputs.get(name) for name in ("hubbards", "potcar_spec", "is_hubbard")}
    stated = {"run_type": task.get("run_type")} | recorded | dict(entry.get("parameters") or {})
    settings = _of_parameters(stated, origin)
    atoms = _counted(task.get("structure") or results.get("structure"))
    energy, mocked = entry.get("energy", results.get("energy")), is_mock(dict(task))
    return replace(
        settings,
        tags=incar | parameters | {tag: incar[tag] for tag in PLUS_U if tag in incar},
        # the mock counts the valences of its potentials by a rule of its own
        neutral_electrons=None if mocked else _electrons_of_titles(settings.potcars, atoms),
        task_type=str(task.get("task_type") or ""),
        mocked=mocked,
        energy=float(energy) / sum(atoms.values()) if energy is not None and atoms else None,
    )


def settings_of_entry(entry: Mapping[str, Any], origin: str) -> RunSettings:
    """Settings of a ``ComputedEntry`` in JSON: those that its ``parameters`` say."""
    parameters = entry.get("parameters") or {}
    tags = {str(k): v for k, v in parameters.items() if str(k).isupper()}
    tags |= {
        str(k).upper(): v
        for block in (parameters.get("incar"), (entry.get("data") or {}).get("incar"))
        if isinstance(block, Mapping)
        for k, v in block.items()
    }
    settings = _of_parameters(parameters, origin)
    composition = entry.get("composition")
    atoms = {str(k): float(v) for k, v in composition.items() if not str(k).startswith("@")} \
        if isinstance(composition, Mapping) else _counted(entry.get("structure"))  # fmt: skip
    energy = entry.get("energy")
    return replace(
        settings,
        tags=tags,
        neutral_electrons=_electrons_of_titles(settings.potcars, atoms),
        mocked=is_mock(dict(entry)),
        energy=float(energy) / sum(atoms.values()) if energy is not None and atoms else None,
    )


def _of_parameters(parameters: Mapping[str, Any], origin: str) -> RunSettings:
    """Functional, U values and POTCARs of an entry's ``parameters``."""
    specifications = [s for s in parameters.get("potcar_spec") or () if s]
    titles = [s.get("titel") for s in specifications] or parameters.get("potcar_symbols") or ()
    functional, hubbards = str(parameters.get("run_type") or ""), parameters.get("hubbards")
    if hubbards is not None:
        known: tuple[tuple[str, float], ...] | None = nonzero(hubbards)
    else:  # a functional without +U says that there is none
        without = functional and "U" not in functional.upper().split("+")
        known = () if without or parameters.get("is_hubbard") is False else None
    return RunSettings(
        origin=origin,
        functional=functional,
        hubbards=known,
        potcars=tuple(str(title) for title in titles if title),
    )


def _counted(structure: Any) -> dict[str, float]:
    """Atoms of each element of a structure's dictionary."""
    counts: dict[str, float] = {}
    for site in structure.get("sites") or () if isinstance(structure, Mapping) else ():
        for species in site.get("species") or ():
            element = re.sub(r"[^A-Za-z].*", "", str(species.get("element")))
            counts[element] = counts.get(element, 0.0) + float(species.get("occu", 1.0))
    return counts


def _electrons_of_titles(titles: Iterable[str], atoms: Mapping[str, float]) -> float | None:
    """Valence electrons of the neutral cell by the names of its PBE potentials."""
    symbols = {
        words[1].partition("_")[0]: words[1]
        for words in (title.split() for title in titles)
        if len(words) > 1
    }
    known = {element: valence(symbols.get(element, ""), "PBE") for element in atoms}
    if not known or None in known.values():
        return None
    return sum(number * float(known[element] or 0.0) for element, number in atoms.items())
