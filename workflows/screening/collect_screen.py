"""Completion of a screen: verified parts, manifest and ranking of coatings."""

from __future__ import annotations

import hashlib
import io
import platform
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from interfaces.errors import InputError
from workflows._version import VERSION
from workflows.io.atomic import write_bytes_atomic
from workflows.io.results import write_json
from workflows.screening.parts import Part, finished, part_path
from workflows.screening.plan import SIDES, Plan

MANIFEST = "manifest.json"
RANKING = "coatings.parquet"
BEST = 10  #: coatings kept per cathode, electrolyte and voltage


def collect(out: Path, plan: Plan, best: int = BEST) -> dict[str, Any]:
    """Verify every part, rank the coatings if there are any, and write the manifest.

    Parameters
    ----------
    out : folder of the screen.
    plan : its plan.
    best : coatings kept per cathode, electrolyte and voltage.

    Returns
    -------
    The manifest.

    Raises
    ------
    InputError
        If a part is missing or its checksum differs.
    """
    import pyarrow

    parts = []
    for number in range(plan.parts):
        part = finished(out, plan, number)
        if part is None:
            raise InputError(
                f"part {number} of {plan.parts} of {out} is missing or was changed; compute it "
                f"again with: interfaces screen --out {out}"
            )
        parts.append(part)
    manifest = {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "plan_sha256": plan.sha256,
        "rows_sha256": rows_sha256(out, parts),
        "pairs": plan.pairs,
        "rows": sum(part.rows for part in parts),
        "errors": sum(part.errors for part in parts),
        "voltages": list(plan.voltages),
        "top": plan.top,
        "limit": plan.limit,
        **dict(zip(SIDES, map(len, plan.sides), strict=True)),
        "provenance": {
            **dict(sorted(plan.facts.items())),  # sorted, as in a plan that was read
            "interface-stability": VERSION,
            "numpy": np.__version__,
            "pyarrow": pyarrow.__version__,
            "python": platform.python_version(),
        },
        "parts": [asdict(part) | {"seconds": round(part.seconds, 3)} for part in parts],
    }
    if len(plan.legs) > 1:
        manifest["coatings_ranked"] = _write_ranking(out, plan, parts, best)
    write_json(out / MANIFEST, manifest)
    return manifest


def rows_sha256(out: Path, parts: Iterable[Part]) -> str:
    """SHA-256 of the values of all rows in order, independent of the division into parts.

    Each column is hashed by itself: numbers as bytes, strings as lengths and characters.

    Parameters
    ----------
    out : folder of the screen.
    parts : its parts, in order.

    Returns
    -------
    The checksum in hexadecimal.
    """
    import pyarrow
    import pyarrow.compute as pc
    import pyarrow.parquet

    streams: dict[str, tuple[Any, Any]] = {}
    for part in parts:
        table = pyarrow.parquet.read_table(part_path(out, part.number))
        for name in table.column_names:
            values, letters = streams.setdefault(name, (hashlib.sha256(), hashlib.sha256()))
            column = table.column(name)
            if pyarrow.types.is_floating(column.type):
                values.update(column.to_numpy().tobytes())
                continue
            strings = column.cast(pyarrow.string())
            lengths = pc.fill_null(pc.binary_length(strings), -1)
            values.update(lengths.to_numpy().astype("<i4").tobytes())
            for chunk in strings.chunks:
                letters.update("".join(chunk.drop_null().to_pylist()).encode())
    whole = hashlib.sha256()
    for name in sorted(streams):
        whole.update(name.encode())
        for stream in streams[name]:
            whole.update(stream.digest())
    return whole.hexdigest()


def _write_ranking(out: Path, plan: Plan, parts: Sequence[Part], best: int) -> int:
    """Write the ``best`` coatings of each cathode, electrolyte and voltage; number of rows.

    The rank is set by the more reactive of the two contacts: the more negative lowest mutual
    energy. Equal ones are ordered by self-decomposition, that is by the higher lowest total.
    """
    import pyarrow
    import pyarrow.parquet

    cathodes, electrolytes, coatings = plan.sides
    shapes = {
        plan.legs[0].label: (len(cathodes), len(electrolytes)),
        plan.legs[1].label: (len(cathodes), len(coatings)),
        plan.legs[2].label: (len(coatings), len(electrolytes)),
    }
    times = len(plan.voltages)
    energies = {label: np.full((*shape, times, 2), np.nan) for label, shape in shapes.items()}
    for part in parts:
        for leg, first_of, second_of in plan.part(part.number):
            table = pyarrow.parquet.read_table(
                part_path(out, part.number),
                columns=["reaction_energy_mutual_ev_per_atom", "reaction_energy_total_ev_per_atom"],
                filters=[("interface", "=", leg.label)],
            )
            values = np.stack([column.to_numpy() for column in table.columns], axis=1)
            energies[leg.label][first_of, second_of] = values.reshape(first_of.size, times, 2)
    bare, inner, outer = (energies[leg.label] for leg in plan.legs)
    rows: dict[str, list[Any]] = {name: [] for name in (
        "cathode", "coating", "electrolyte", "voltage_V", "rank", "worse_mutual_ev_per_atom",
        "cathode_coating_mutual_ev_per_atom", "coating_electrolyte_mutual_ev_per_atom",
        "bare_mutual_ev_per_atom", "worse_total_ev_per_atom",
    )}  # fmt: skip
    for c, cathode in enumerate(cathodes.names):
        for e, electrolyte in enumerate(electrolytes.names):
            for v, voltage in enumerate(plan.voltages):
                mutual = np.minimum(inner[c, :, v, 0], outer[:, e, v, 0])
                total = np.minimum(inner[c, :, v, 1], outer[:, e, v, 1])
                known = np.nonzero(~np.isnan(mutual))[0]
                # energies within 1 ueV are equal: the next key decides, then the name.
                order = np.lexsort((known, -total[known].round(6), -mutual[known].round(6)))
                for rank, k in enumerate(known[order[:best]], 1):
                    row = (
                        cathode, coatings.names[k], electrolyte, voltage, rank, mutual[k],
                        inner[c, k, v, 0], outer[k, e, v, 0], bare[c, e, v, 0], total[k],
                    )  # fmt: skip
                    for name, value in zip(rows, row, strict=True):
                        rows[name].append(value)
    table = pyarrow.table(
        {
            name: pyarrow.array(
                values, pyarrow.float64() if "_ev" in name or name == "voltage_V" else None
            )
            for name, values in rows.items()
        }
    )
    packed = io.BytesIO()
    pyarrow.parquet.write_table(table, packed, compression="zstd")
    write_bytes_atomic(out / RANKING, packed.getvalue())
    return int(table.num_rows)
