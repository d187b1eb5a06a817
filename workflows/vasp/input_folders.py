"""Write VASP inputs atomically: one folder, or one for each segment of a chain."""

from __future__ import annotations

import sys
import textwrap
from dataclasses import dataclass, replace
from importlib.metadata import version
from math import ceil
from pathlib import Path
from typing import Any

from interfaces.errors import InputError
from workflows._version import VERSION
from workflows.io.atomic import one_line_errors
from workflows.io.results import run_folder, write_atomic, write_json
from workflows.schemas.calculation_target import Target
from workflows.vasp.checks.finding import Finding, Subject, number
from workflows.vasp.checks.preflight import findings, stop_on_errors
from workflows.vasp.cost_estimate import Cost, cost
from workflows.vasp.input_sets import InputSet, Tag

RECORD, SHEET, SCRIPT = "inputs.json", "README.txt", "run_segments.sh"
OURS = {RECORD}  #: a folder with these is one of ours and may be replaced
WIDTH = 96

RESTART = """\
#!/bin/sh
# Runs the segments one after another; each goes on from the one before. Stopped, start it again:
# finished segments are skipped, and the one that was cut begins anew from the last finished one.
#   VASP="srun vasp_gam" sh run_segments.sh
set -eu
cd "$(dirname "$0")"
: "${VASP:?say how VASP is started: VASP=\\"srun vasp_gam\\" sh run_segments.sh}"
before=""
for segment in segment-*; do
    if [ ! -e "$segment/FINISHED" ]; then
        if [ -n "$before" ]; then
            cp "$before/CONTCAR" "$segment/POSCAR"
            if [ -s "$before/WAVECAR" ]; then cp "$before/WAVECAR" "$segment/WAVECAR"; fi
        fi
        if [ ! -e "$segment/POTCAR" ] && [ -e POTCAR ]; then cp POTCAR "$segment/POTCAR"; fi
        (cd "$segment" && $VASP > vasp.out 2>&1)
        tail -n 1 "$segment/vasprun.xml" | grep -q "</modeling>"
        test -s "$segment/CONTCAR"
        touch "$segment/FINISHED"
    fi
    before="$segment"
done
"""


@dataclass(frozen=True)
class Written:
    """What was written, and what was found."""

    folder: Path
    files: tuple[str, ...]
    inputs: InputSet
    findings: tuple[Finding, ...]
    cost: Cost | None


def write_inputs(
    target: Target,
    inputs: InputSet,
    folder: Path,
    *,
    segments: int = 1,
    cores: int = 64,
    potcar: bool = False,
) -> Written:
    """Check the inputs and write them; an earlier folder of ours is replaced.

    Parameters
    ----------
    segments : folders of a chained run of dynamics; the steps are shared between them.
    cores : that the cost is told for.
    potcar : also write the user's own POTCAR.

    Raises
    ------
    InputError
        If a check finds an error, the folder holds something else, or POTCARs are not there.
    """
    subject = Subject(inputs, target.kind, target.strain, segments, cores)
    results = findings(subject)
    stop_on_errors(f"{target.name} under {inputs.protocol.name}", results)
    if folder.exists() and (not folder.is_dir() or _foreign(folder)):
        raise InputError(
            f"{folder} is there already and was not written by this verb; give another --out"
        )
    price = cost(subject)
    each = inputs if segments == 1 else _segment(inputs, segments)
    made = each.vasp_input(real_potcars=potcar)
    names = ["."] if segments == 1 else [f"segment-{k:02d}" for k in range(1, segments + 1)]
    with one_line_errors(folder), run_folder(folder) as partial:
        for k, name in enumerate(names):
            place = partial / name
            place.mkdir(exist_ok=True)
            made.write_input(place)
            if k > 0:
                (place / "POSCAR").unlink()  # it is the CONTCAR of the segment before
        if segments > 1:
            write_atomic(partial / SCRIPT, RESTART)
            script = partial / SCRIPT
            mode = script.stat().st_mode
            script.chmod(mode | (mode & 0o444) >> 2)  # whoever may read it may run it
        write_atomic(partial / SHEET, sheet(target, each, results, price, segments))
        write_json(partial / RECORD, record(target, each, results, price, segments))
        files = tuple(
            sorted(str(p.relative_to(partial)) for p in partial.rglob("*") if p.is_file())
        )
    return Written(folder, files, each, results, price)


def _foreign(folder: Path) -> bool:
    """Whether a folder holds what this verb did not write, results of a run included."""
    names = {p.name for p in folder.rglob("*") if p.is_file()}
    results = names & {"OUTCAR", "vasprun.xml", "FINISHED", "XDATCAR"}
    return bool(names) and (not names >= OURS or bool(results))


def _segment(inputs: InputSet, segments: int) -> InputSet:
    """The inputs of one segment: its share of the steps."""
    steps = ceil(number(inputs, "NSW", 0) / segments)
    tags = tuple(
        Tag("NSW", steps, f"{tag.reason.rstrip('.')}; 1 of {segments} segments.", tag.set_by)
        if tag.name == "NSW" else tag
        for tag in inputs.tags
    )  # fmt: skip
    return replace(inputs, tags=tags)


def sheet(
    target: Target,
    inputs: InputSet,
    results: tuple[Finding, ...],
    price: Cost | None,
    segments: int,
) -> str:
    """The README.txt of a folder: reasons, findings, cost."""
    protocol = inputs.protocol
    source = f"; doi {protocol.doi}" if protocol.doi else ""
    lines = [
        f"{target.name} under {protocol.name}",
        "",
        *_wrap(protocol.summary),
        f"Protocol: {' -> '.join(protocol.lineage)}{source}",
        *_wrap(f"Structure: {inputs.structure.composition.formula}. {target.source}"),
        *(f"Note: {note}" for note in inputs.notes),
        *_wrap(f"Spin order: {inputs.order}. {protocol.order_reason}"),
        *_wrap(
            f"Corrections: {inputs.corrections}. {protocol.corrections_reason}"
            if inputs.corrections
            else f"Corrections: none. {protocol.corrections_reason}"
        ),
        *_wrap(
            f"Potentials ({inputs.functional}): {' '.join(inputs.potentials)}, in this order; "
            f"names only. {protocol.potentials.reason}"
        ),
        "",
        "COST",
        *_wrap(str(price) if price else "not known"),
        "",
        "PRE-FLIGHT",
        *(_found(results) or ["nothing found"]),
        "",
        "K-POINTS",
        *_wrap(
            f"{'x'.join(map(str, inputs.mesh.divisions))} {inputs.mesh.style}. {inputs.mesh.reason}"
            if inputs.mesh
            else f"KSPACING = {inputs.value('KSPACING')}. {BY_TAG}"
        ),
        "",
        "INCAR, tag by tag",
    ]
    for tag in inputs.tags:
        lines += _wrap(f"{tag.name} = {_short(tag)}  {tag.reason} ({tag.set_by})", "    ")
    if segments > 1:
        lines += [
            "",
            f"SEGMENTS: {segments} folders. Put POTCAR beside them (or in each); then",
            f'VASP="srun vasp_gam" sh {SCRIPT} runs them in order, each from the CONTCAR (with',
            "velocities) and the WAVECAR of the one before; stopped, the same command goes on.",
        ]  # fmt: skip
    return "\n".join(lines) + "\n"


BY_TAG = "The mesh follows from the tag, so there is no KPOINTS file."


def _short(tag: Tag) -> str:
    text = " ".join(map(str, tag.value)) if isinstance(tag.value, tuple) else str(tag.value)
    return text if len(text) < 60 else "(see INCAR)"


def _found(results: tuple[Finding, ...]) -> list[str]:
    return [line for finding in results for line in _wrap(f"{finding.level}: {finding}", "    ")]


def _wrap(text: str, indent: str = "  ") -> list[str]:
    return textwrap.wrap(text, WIDTH, subsequent_indent=indent, break_long_words=False)


def record(
    target: Target,
    inputs: InputSet,
    results: tuple[Finding, ...],
    price: Cost | None,
    segments: int,
) -> dict[str, Any]:
    """The inputs.json of a folder: provenance, so that the same can be made again."""
    protocol = inputs.protocol
    return {
        "system": target.name,
        "kind": target.kind,
        "source": target.source,
        "structure_digest": target.digest,
        "strain": target.strain,
        "formula": str(inputs.structure.composition.formula),
        "notes": list(inputs.notes),
        "protocol": protocol.name,
        "lineage": list(protocol.lineage),
        "doi": protocol.doi,
        "corrections": inputs.corrections,
        "corrections_reason": protocol.corrections_reason,
        "spin_order": inputs.order,
        "formal_charges": _by_element(inputs),
        "potentials": {"functional": inputs.functional, "symbols": list(inputs.potentials)},
        "kpoints": None if inputs.mesh is None else {
            "divisions": list(inputs.mesh.divisions), "style": inputs.mesh.style,
            "reason": inputs.mesh.reason,
        },
        "tags": {
            tag.name: {"value": tag.value, "reason": tag.reason, "set_by": tag.set_by}
            for tag in inputs.tags
        },
        "segments": segments,
        "findings": [vars(finding) for finding in results],
        "cost": None if price is None else vars(price),
        "versions": {
            "interface-stability": VERSION,
            "pymatgen": version("pymatgen"),
            "python": ".".join(map(str, sys.version_info[:2])),
        },
    }  # fmt: skip


def _by_element(inputs: InputSet) -> dict[str, list[float]]:
    """Formal charges that each element has here."""
    charges_of: dict[str, set[float]] = {}
    for site, charge in zip(inputs.structure, inputs.charges.values, strict=True):
        charges_of.setdefault(str(site.specie.symbol), set()).add(round(charge, 4))
    return {key: sorted(values) for key, values in charges_of.items()}
