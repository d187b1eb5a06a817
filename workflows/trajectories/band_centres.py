"""Band centres of a run by kind of site, and the difference between two runs.

A VASP run needs LORBIT = 10 or more. Kinds are the sites that symmetry makes equal, so that the O
of LiCoO2 is one kind and those of a slab are many.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from interfaces.aimd.band_centre import DEEP, OCCUPIED, BandCentre, band_centre
from interfaces.chemistry.formulas import spelled
from interfaces.errors import InputError
from interfaces.serialisable import Keys, Record
from workflows.io.mock_mark import MARK
from workflows.tables.curve_tables import plain_table
from workflows.trajectories.projected_dos import ProjectedDOS, read_gpaw_dos, read_vasp_dos

if TYPE_CHECKING:
    from rich.console import Console

GPAW_FILE = ".gpw"
SAME_SITE = 0.01  #: tolerance of symmetry [angstrom]


@dataclass(frozen=True)
class BandCentres(Record):
    """Band centres of one run, one per kind of site and one of all sites together (the first).

    Attributes
    ----------
    origin : path of the run.
    code : program that computed it.
    formula, element : of the cell, and of the sites.
    all_sites : centre over all sites of the element.
    kinds : one centre per kind of site.
    gap : band gap [eV].
    mocked : whether the mock made the run.
    notes : what is doubtful about the density of states.
    """

    KEYS: ClassVar[Keys] = {
        "origin": "origin", "code": "code", "formula": "formula", "element": "element",
        "mocked": "mocked", "gap_ev": "gap", "all_sites": "all_sites", "kinds": "kinds",
        "notes": "notes",
    }  # fmt: skip

    origin: str
    code: str
    formula: str
    element: str
    all_sites: BandCentre
    kinds: tuple[BandCentre, ...]
    gap: float
    mocked: bool
    notes: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """Formula, marked where the mock made the run."""
        return f"{MARK} {self.formula}" if self.mocked else self.formula


@dataclass(frozen=True)
class CentreDifference(Record):
    """Band centre of the second run minus that of the first, under each common level [eV].

    Two runs share no zero of energy, so the difference depends on the level that is taken to be the
    same in both. The deep level (O 2s for O 2p) hardly depends on the metal.

    Attributes
    ----------
    first, second : formulas.
    edge, fermi, deep : difference with the valence-band edge, the Fermi level or the deep level as
        the common zero; ``deep`` is None where one run lacks that level. Negative = the second lies
        lower.
    """

    KEYS: ClassVar[Keys] = {
        "first": "first", "second": "second", "difference_against_valence_band_edge_ev": "edge",
        "difference_against_fermi_level_ev": "fermi", "difference_against_deep_level_ev": "deep",
    }  # fmt: skip

    first: str
    second: str
    edge: float
    fermi: float
    deep: float | None


def read_projected_dos(path: str | Path, element: str, window: tuple[float, float]) -> ProjectedDOS:
    """Read the density of states on the sites of an element.

    Parameters
    ----------
    path : ``vasprun.xml`` (``.gz`` allowed), a ``.gpw`` file of GPAW, or the folder of either.
    element : symbol.
    window : energies that a band centre is taken over, against the valence-band edge [eV]; the
        density of states is checked there.

    Returns
    -------
    ProjectedDOS
        Density by site and shell.

    Raises
    ------
    InputError
        If there is no such run, it has no projected density of states, or none of the element.
    """
    path = Path(path)
    if path.is_dir() and len(files := sorted(path.glob(f"*{GPAW_FILE}"))) == 1:
        path = files[0]
    if path.suffix == GPAW_FILE:
        return read_gpaw_dos(path, element)
    return read_vasp_dos(path, element, window)


def read_band_centres(
    path: str | Path,
    element: str = "O",
    *,
    kinds: Mapping[str, Sequence[int]] | None = None,
    window: tuple[float, float] = OCCUPIED,
    deep_window: tuple[float, float] = DEEP,
) -> BandCentres:
    """Read the band centres of an element from a static run of VASP or GPAW.

    Parameters
    ----------
    path : ``vasprun.xml`` (``.gz`` allowed), its folder, or a ``.gpw`` file (with GPAW installed).
    element : symbol.
    kinds : name -> indices of sites; by default those that symmetry makes equal.
    window, deep_window : see :func:`interfaces.aimd.band_centre.band_centre`.

    Returns
    -------
    BandCentres
        Centres [eV] against edge, Fermi level and deep level of the run.

    Raises
    ------
    InputError
        If there is no such run, it has no projected density of states, or none of the element.
    """
    return band_centres(
        read_projected_dos(path, element, window),
        element,
        kinds=kinds,
        window=window,
        deep_window=deep_window,
    )


def band_centres(
    dos: ProjectedDOS,
    element: str,
    *,
    kinds: Mapping[str, Sequence[int]] | None = None,
    window: tuple[float, float] = OCCUPIED,
    deep_window: tuple[float, float] = DEEP,
) -> BandCentres:
    """Band centres of a projected density of states; see :func:`read_band_centres`."""
    sites = list(dos.sites)
    groups = dict(kinds) if kinds is not None else _equal_sites(dos.structure, sites)
    wrong = [k for group in groups.values() for k in group if k not in dos.sites]
    if wrong:
        raise InputError(f"{dos.origin}: sites {wrong} are no {element}; those are {sites}")

    def centre(name: str, group: Sequence[int]) -> BandCentre:
        shells = dos.sites[group[0]]
        return band_centre(
            dos.energies,
            {shell: sum(dos.sites[k][shell] for k in group) for shell in shells},
            edge=dos.edge,
            fermi=dos.fermi,
            kind=name,
            sites=len(group),
            window=window,
            deep_window=deep_window,
        )

    return BandCentres(
        origin=dos.origin,
        code=dos.code,
        formula=spelled(dos.structure.composition),
        element=element,
        all_sites=centre(element, sites),
        kinds=tuple(centre(name, group) for name, group in groups.items()),
        gap=dos.gap,
        mocked=dos.mocked,
        notes=dos.notes,
    )


def centre_difference(first: BandCentres, second: BandCentres) -> CentreDifference:
    """Band centre of the second run minus that of the first.

    Parameters
    ----------
    first, second : of the same element.

    Returns
    -------
    CentreDifference
        Differences [eV]; negative where the second lies lower.

    Raises
    ------
    InputError
        If the elements differ.
    """
    if first.element != second.element:
        raise InputError(
            f"band centres of {first.element} ({first.origin}) and {second.element} "
            f"({second.origin}); compare those of one element"
        )
    left, right = first.all_sites, second.all_sites
    deep = None
    if left.against_deep is not None and right.against_deep is not None:
        deep = right.against_deep - left.against_deep
    return CentreDifference(
        first=first.formula,
        second=second.formula,
        edge=right.against_edge - left.against_edge,
        fermi=right.against_fermi - left.against_fermi,
        deep=deep,
    )


def _equal_sites(structure: Any, sites: Sequence[int]) -> dict[str, list[int]]:
    """Sites by symmetry, in the order of their first member: ``O1``, ``O2`` ..."""
    from pymatgen.symmetry.analyzer import SpacegroupAnalyzer

    orbits = SpacegroupAnalyzer(structure, symprec=SAME_SITE).get_symmetry_dataset()
    labels = [int(orbits.equivalent_atoms[k]) for k in sites]
    groups: dict[int, list[int]] = {}
    for site, label in zip(sites, labels, strict=True):
        groups.setdefault(label, []).append(site)
    symbol = structure[sites[0]].specie.symbol
    if len(groups) == 1:
        return {symbol: list(sites)}
    return {f"{symbol}{k}": group for k, group in enumerate(groups.values(), start=1)}


def print_bands(
    centres: Sequence[BandCentres],
    differences: Sequence[CentreDifference],
    console: Console | None = None,
) -> None:
    """Print band centres by kind of site, and differences from the first run.

    Parameters
    ----------
    centres : one per run.
    differences : of each further run from the first.
    console : where to print; None is stdout.
    """
    from rich.console import Console

    out = console or Console()
    element = centres[0].element
    table = plain_table(
        "run", "sites", "against edge", "against Fermi level", f"against {element} s", "gap",
        title=f"{element} p band centre, eV",
    )  # fmt: skip
    for run in centres:
        kinds = run.kinds if len(run.kinds) > 1 else (run.all_sites,)
        for kind in kinds:
            table.add_row(
                run.label, kind.kind, _ev(kind.against_edge), _ev(kind.against_fermi),
                _ev(kind.against_deep), f"{run.gap:.2f}",
            )  # fmt: skip
    out.print(table)
    for difference in differences:
        out.print(
            f"{difference.second} minus {difference.first}: {_ev(difference.deep)} eV with the "
            f"{element} s levels aligned, {_ev(difference.edge)} eV with the valence-band edges, "
            f"{_ev(difference.fermi)} eV with the Fermi levels."
        )
    for run in centres:
        for note in run.notes:
            out.print(f"{run.label}: {note}")


def _ev(value: float | None) -> str:
    return "none" if value is None else f"{value:+.3f}"
