"""Tables and figures of a calculated series, made again from the record in its folder."""

from __future__ import annotations

import tempfile
from pathlib import Path

from interfaces.errors import InputError
from interfaces.reactivity.mixing_curve import MixingCurve
from workflows.io.atomic import write_bytes_atomic
from workflows.io.mock_mark import mark_of
from workflows.io.results import Manifest
from workflows.io.side_by_side import save_side_by_side
from workflows.runs.calculated_series_results import mark_tables
from workflows.runs.cathode_series import drawn, series_figures, write_curve, write_tables
from workflows.runs.energy_model_spread import Curves
from workflows.runs.record import IN_FOLDER, read_record


def restore(folder: Path, manifest: Manifest) -> dict[str, str]:
    """Write damaged files of a results folder again where its record holds their numbers.

    A file is written only if it has the checksum of the manifest.

    Parameters
    ----------
    folder : of the results.
    manifest : of that folder.

    Returns
    -------
    dict of str to str
        Files that remain damaged, each with what is wrong with it.
    """
    damage = manifest.damage(folder)
    names = manifest.spec.keys()
    if IN_FOLDER in damage or not {"cathode", "lithium", "electrolytes"} <= names:
        return damage
    with tempfile.TemporaryDirectory() as place:
        made = Path(place)
        try:
            _write(made, folder, manifest, any(name.startswith("figures/") for name in damage))
        except (InputError, ValueError):  # a record of another version
            return damage
        unlike = manifest.damage(made)
        for name in damage.keys() - unlike.keys():
            write_bytes_atomic(folder / name, (made / name).read_bytes())
    return manifest.damage(folder)


def _write(made: Path, folder: Path, manifest: Manifest, with_figures: bool) -> None:
    """Write everything that follows from the record alone."""
    answers = read_record(folder)
    spec = manifest.spec
    pairs = [(electrolyte, x) for electrolyte in spec["electrolytes"] for x in spec["lithium"]]
    curves: Curves = {}
    for (electrolyte, x), (_, result) in zip(pairs, answers, strict=True):
        curve = MixingCurve.from_record(result)
        write_curve(made, f"{spec['cathode']}_{x}_{electrolyte}", curve)
        curves.setdefault(electrolyte, {})[float(x)] = curve
    write_tables(made, curves)
    if manifest.mark:
        mark_tables(made)
    if with_figures:
        surrogate = answers[0][0].phase_set.surrogate
        save_side_by_side(
            series_figures(made, drawn(curves), surrogate), mark_of(manifest.mark).strip()
        )
