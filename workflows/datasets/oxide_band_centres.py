"""O 2p band centres of LiCoO2 and CoO from PBE+U with GPAW, with their convergence.

Every run is a file of the folder; what is there is not computed again::

    python -m workflows.datasets.oxide_band_centres --out DIR            # hours on one core
    python -m workflows.datasets.oxide_band_centres --out DIR --table centres.csv

Cells are the prototypes of ``inputs/structures``, CoO in its AFM-II cell. U - J is 3.9 eV on Co 3d,
as in the published bulk runs (protocol ``zhang2023-bulk``); the Materials Project has 3.32 eV.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

U_OF_CO = 3.9  #: eV, U - J


@dataclass(frozen=True)
class Case:
    """One static run: material, cut-off [eV], k-point spacing [1/angstrom], spin order, U [eV]."""

    material: str
    cutoff: float = 520.0
    spacing: float = 0.35
    order: str = "afm"
    hubbard: float = U_OF_CO

    @property
    def file_name(self) -> str:
        """Name of the GPAW file."""
        return f"{self.material}_{self.cutoff:g}_{self.spacing:g}_{self.order}_{self.hubbard:g}.gpw"


def cases() -> Iterator[Case]:
    """Convergence in k-points and cut-off, then what else may move the difference."""
    for spacing, cutoff in (
        (0.5, 520.0),
        (0.35, 520.0),
        (0.25, 520.0),
        (0.35, 400.0),
        (0.35, 700.0),
    ):
        for material in ("CoO", "LiCoO2"):
            yield Case(material, cutoff=cutoff, spacing=spacing)
    yield Case("CoO", spacing=0.5, order="fm")
    for material in ("CoO", "LiCoO2"):
        yield Case(material, spacing=0.5, hubbard=0.0)


def compute(out: Path) -> None:
    """Run what is missing in the folder."""
    from workflows.calculators.gpaw_static import magnetic_cell, run_static, settings_with
    from workflows.structures.bulk import bulk

    out.mkdir(parents=True, exist_ok=True)
    for case in cases():
        target = out / case.file_name
        if target.is_file():
            continue
        part = target.with_name(f"part_{case.file_name}")
        settings = settings_with(
            case.cutoff, case.spacing, {"Co": case.hubbard} if case.hubbard else {}
        )
        energy = run_static(magnetic_cell(bulk(case.material), case.order), part, settings)
        part.replace(target)
        print(f"{case.file_name}: {energy:.6f} eV", flush=True)


def write_table(out: Path, table: Path) -> None:
    """Write the band centre of every finished run as CSV."""
    from workflows.trajectories.band_centres import read_band_centres

    with table.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(
            ("material", "order", "U_minus_J_ev", "cutoff_ev", "k_spacing_per_angstrom", "gap_ev",
             "centre_against_edge_ev", "centre_against_fermi_ev", "centre_against_O_s_ev", "code")
        )  # fmt: skip
        for case in cases():
            if (file := out / case.file_name).is_file():
                centres = read_band_centres(file)
                centre = centres.all_sites
                deep = centre.against_deep
                writer.writerow(
                    (case.material, case.order, case.hubbard, f"{case.cutoff:g}", case.spacing,
                     f"{centres.gap:.3f}", f"{centre.against_edge:.3f}",
                     f"{centre.against_fermi:.3f}", "" if deep is None else f"{deep:.3f}",
                     centres.code)
                )  # fmt: skip


def main() -> None:
    """Compute, or write the table of what is computed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--table", type=Path)
    arguments = parser.parse_args()
    if arguments.table:
        write_table(arguments.out, arguments.table)
    else:
        compute(arguments.out)


if __name__ == "__main__":
    main()
