"""O 2p band centres of LiCoO2 and CoO from PBE+U with GPAW, with their convergence.

Every run is a file of the folder; what is there is not computed again::

    python -m workflows.datasets.oxide_band_centres --out DIR            # hours on one core
    python -m workflows.datasets.oxide_band_centres --out DIR --table centres.csv

Cells are the prototypes of ``inputs/structures``, CoO in its AFM-II cell. U - J is 3.9 eV on Co 3d,
as in the published bulk runs (protocol ``zhang2023-bulk``); the Materials Project has 3.32 eV.

Co(II) has one hole in three minority-spin t2g orbitals. While the crystal's symmetry is kept these
may stay degenerate, and the run ends in a metal 1 eV per Co above the insulator. Displacing the
atoms by 0.01 angstrom removes the symmetry, and raises the energy by 1.4 meV/atom.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

U_OF_CO = 3.9  #: eV, U - J
DISPLACEMENT = 0.01  #: angstrom, standard deviation of each coordinate
SEED = 811


@dataclass(frozen=True)
class Case:
    """One static run: material, cut-off [eV], k-point spacing [1/angstrom], spin order, U [eV].

    ``displaced`` atoms leave no symmetry but that of time.
    """

    material: str
    cutoff: float = 520.0
    spacing: float = 0.35
    order: str = "afm"
    hubbard: float = U_OF_CO
    displaced: bool = False

    @property
    def file_name(self) -> str:
        """Name of the GPAW file."""
        settings = f"{self.cutoff:g}_{self.spacing:g}_{self.order}_{self.hubbard:g}"
        return f"{self.material}_{settings}{'_displaced' if self.displaced else ''}.gpw"


def cases() -> Iterator[Case]:
    """Convergence in k-points and cut-off, then what else may move the difference."""
    for cutoff in (520.0, 400.0, 700.0):
        yield Case("CoO", cutoff=cutoff, spacing=0.5, displaced=True)
        yield Case("LiCoO2", cutoff=cutoff, spacing=0.5)
    yield Case("CoO", spacing=0.5, hubbard=0.0, displaced=True)
    yield Case("LiCoO2", spacing=0.5, hubbard=0.0)
    yield Case("CoO", spacing=0.5, order="fm", displaced=True)
    yield Case("LiCoO2", spacing=0.35)
    yield Case("CoO", spacing=0.35, displaced=True)
    for spacing in (0.5, 0.35, 0.25):
        yield Case("CoO", spacing=spacing)


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
        cell = magnetic_cell(bulk(case.material), case.order)
        if case.displaced:
            shifts = np.random.default_rng(SEED).normal(scale=DISPLACEMENT, size=(len(cell), 3))
            for site, shift in enumerate(shifts):
                cell.translate_sites([site], shift, frac_coords=False)
        energy = run_static(cell, part, settings)
        part.replace(target)
        print(f"{case.file_name}: {energy:.6f} eV", flush=True)


def write_table(out: Path, table: Path) -> None:
    """Write the band centre of every finished run as CSV."""
    import pandas as pd

    from workflows.trajectories.band_centres import read_band_centres

    rows = []
    for case in cases():
        if (file := out / case.file_name).is_file():
            centres = read_band_centres(file)
            rows.append(
                {
                    "material": case.material,
                    "order": case.order,
                    "U_minus_J_ev": case.hubbard,
                    "cutoff_ev": case.cutoff,
                    "k_spacing_per_angstrom": case.spacing,
                    "displaced": case.displaced,
                    "gap_ev": centres.gap,
                    "centre_against_edge_ev": centres.all_sites.against_edge,
                    "centre_against_fermi_ev": centres.all_sites.against_fermi,
                    "centre_against_O_s_ev": centres.all_sites.against_deep,
                    "code": centres.code,
                }
            )
    pd.DataFrame(rows).round(3).to_csv(table, index=False, lineterminator="\n")


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
