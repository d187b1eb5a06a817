"""GPAW as an ASE calculator with stated settings: an open DFT code, optional.

GPAW (doi 10.1063/5.0182685) and its data sets are GPL-3.0-or-later. Nothing of them is part of this
package, no other module imports them, and nothing needs them. Its energies are totals on a scale
of their own: they may be compared with one another, and with no phase set.

The settings are those of the Materials Project where GPAW has them (PBE, 520 eV, its U on the d
shells of oxides and fluorides). The potentials are others, and U acts on other projections, scaled
as GPAW does by default; the corrections fitted for VASP do not belong to these energies.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from ase.calculators.calculator import Calculator, all_changes

from interfaces.chemistry.formulas import spelled
from interfaces.errors import CalculationError, InputError

if TYPE_CHECKING:
    from ase import Atoms
    from pymatgen.core import Structure

MISSING = (
    "the calculator gpaw needs GPAW, which is not installed; install libxc and BLAS with their "
    "headers, then CC=g++ pip install 'interface-stability[gpaw]'"
)
SHARP = 40.0  #: degrees between cell vectors; GPAW itself warns of results below


@dataclass(frozen=True)
class GPAWSettings:
    """What every run has in common.

    Attributes
    ----------
    functional : PBE, as the Materials Project's.
    cutoff : of the plane waves [eV]; 520 as there.
    spacing : longest distance between k-points [1/angstrom, 2 pi included]; Gamma is one of them.
    width : of the Fermi-Dirac occupations [eV]; energies are extrapolated to no width.
    energy_change : largest change of the last three energies [eV per valence electron].
    iterations : after which a run that does not converge is given up.
    hubbards : U - J [eV] of d shells by element, in place of the Materials Project's.
    """

    functional: str = "PBE"
    cutoff: float = 520.0
    spacing: float = 0.35
    width: float = 0.05
    energy_change: float = 1e-5
    iterations: int = 200
    hubbards: tuple[tuple[str, float], ...] | None = None


@dataclass(frozen=True)
class CellSettings:
    """What follows from the cell: k-points, U - J [eV] by element, moments [bohr magneton]."""

    divisions: tuple[int, int, int]
    hubbards: tuple[tuple[str, float], ...]
    moments: tuple[float, ...]


def cell_settings(atoms: Atoms, settings: GPAWSettings) -> CellSettings:
    """Choose k-points, U and the moments to start from.

    Moments on the atoms count, zeros too; else they follow from the formal charges, all parallel,
    high spin but for Co3+, Co4+, Ni3+ and Ni4+, as in our VASP inputs.

    Raises
    ------
    InputError
        If no moments follow (charges that do not balance, or a magnetic metal without any), or the
        cell is too sharp for GPAW.

    Examples
    --------
    >>> from ase.build import bulk
    >>> cell_settings(bulk("Li", "bcc", a=3.44), GPAWSettings())
    CellSettings(divisions=(8, 8, 8), hubbards=(), moments=(0.0,))
    >>> settings = cell_settings(bulk("CoO", "rocksalt", a=4.26), GPAWSettings())
    >>> settings.divisions, settings.hubbards, settings.moments
    ((8, 8, 8), (('Co', 3.32),), (3.0, 0.0))
    """
    from pymatgen.io.ase import AseAtomsAdaptor

    from interfaces.structures.kpoint_mesh import by_spacing

    structure = AseAtomsAdaptor.get_structure(atoms)
    sharp = [angle for angle in structure.lattice.angles if not SHARP < angle < 180 - SHARP]
    if sharp:
        raise InputError(
            f"{spelled(structure.composition)} has an angle of {sharp[0]:.1f} degrees in "
            f"its cell, and GPAW is not to be trusted outside {SHARP:g}-{180 - SHARP:g}; reduce "
            "the cell first (pymatgen: get_reduced_structure)"
        )
    if atoms.has("initial_magmoms"):
        moments = tuple(float(moment) for moment in atoms.get_initial_magnetic_moments())
    else:
        moments = _formal_moments(structure)
    hubbards = _hubbards(structure) if settings.hubbards is None else settings.hubbards
    present = tuple((symbol, u) for symbol, u in hubbards if symbol in set(atoms.symbols))
    return CellSettings(by_spacing(structure, settings.spacing), present, moments)


def keywords(cell: CellSettings, settings: GPAWSettings) -> dict[str, Any]:
    """The same in GPAW's own words, as ``gpaw.GPAW(**keywords)`` takes them."""
    return {
        "mode": {"name": "pw", "ecut": settings.cutoff},
        "xc": settings.functional,
        "kpts": {"size": cell.divisions, "gamma": True},
        "setups": {symbol: f":d,{value}" for symbol, value in cell.hubbards},
        "spinpol": any(cell.moments),
        "occupations": {"name": "fermi-dirac", "width": settings.width},
        "convergence": {"energy": settings.energy_change},
        "maxiter": settings.iterations,
        "txt": None,
    }


class StatedGPAW(Calculator):  # type: ignore[misc]
    """Total energies [eV], forces [eV/angstrom], stress [eV/angstrom^3], moments [bohr magneton].

    One for each cell: what follows from the cell is chosen at its first geometry and kept while it
    relaxes, so that no k-point comes or goes on the way. Every geometry starts from new densities
    and the same moments: an energy does not depend on the way there, which costs some iterations.
    ``free_energy`` is what the forces are the slope of, ``energy`` is extrapolated to no width.

    Raises
    ------
    InputError
        If GPAW is not installed, or the cell cannot be computed as :func:`cell_settings` says.
    CalculationError
        If the electrons do not converge.
    """

    implemented_properties = ("energy", "free_energy", "forces", "stress", "magmoms")

    def __init__(self, settings: GPAWSettings | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        import_gpaw()
        self.settings = settings or GPAWSettings()
        self.cell_settings: CellSettings | None = None
        self._of: tuple[int, ...] = ()

    def calculate(
        self,
        atoms: Any = None,
        properties: Sequence[str] | None = None,
        system_changes: Sequence[str] = all_changes,
    ) -> None:
        """Fill ``results``; all properties at once, since they cost little beside the energy."""
        super().calculate(atoms, properties, system_changes)
        gpaw, numbers = import_gpaw(), tuple(map(int, atoms.numbers))
        if self.cell_settings is None or numbers != self._of:
            self.cell_settings, self._of = cell_settings(atoms, self.settings), numbers
        own = atoms.copy()
        own.set_initial_magnetic_moments(self.cell_settings.moments)
        own.calc = gpaw.GPAW(**keywords(self.cell_settings, self.settings))
        try:
            energy = float(own.get_potential_energy())
        except gpaw.KohnShamConvergenceError:
            raise CalculationError(
                f"GPAW did not converge {atoms.get_chemical_formula()} in "
                f"{self.settings.iterations} iterations; put other moments on the atoms to start "
                "from, or allow more iterations"
            ) from None
        self.results = {
            "energy": energy,
            "free_energy": float(own.get_potential_energy(force_consistent=True)),
            "forces": np.array(own.get_forces()),
            "stress": np.array(own.get_stress()),
            "magmoms": np.array(own.get_magnetic_moments()),
        }


def import_gpaw() -> Any:
    """The module, or an error that says how to install it."""
    try:
        import gpaw
    except ImportError:
        raise InputError(MISSING) from None
    return gpaw


def _hubbards(structure: Structure) -> tuple[tuple[str, float], ...]:
    """U - J [eV] that ``MPRelaxSet`` gives, on 3d, 4d and 5d metals beside F or O."""
    from interfaces.structures.hubbard_u import expected_hubbards

    elements = [element.symbol for element in structure.composition.elements]
    return tuple(expected_hubbards(elements).items())


def _formal_moments(structure: Structure) -> tuple[float, ...]:
    from interfaces.structures.geometry import symbols
    from interfaces.structures.magnetic_moments import SHELL_3D, starting_moments
    from interfaces.structures.oxidation_states import formal_charges

    charges = formal_charges(structure)
    metals = sorted(
        {
            name
            for name, charge in zip(symbols(structure), charges.values, strict=True)
            if charge == 0 and name in SHELL_3D
        }
    )
    reason = f"{', '.join(metals)} without a charge" if metals else ""
    if charges.left_over:
        reason = f"formal charges that leave {charges.left_over:+g} e over"
    if reason:
        raise InputError(
            f"{spelled(structure.composition)} has {reason}, so no spin follows for GPAW; "
            "put the moments to start from on its sites (magmom, 0 for a closed shell)"
        )
    return starting_moments(structure, charges, "fm").values
