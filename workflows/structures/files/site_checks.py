"""What any structure has to be, whatever file it comes from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from interfaces.chemistry.formulas import ATOMIC_MASS
from interfaces.errors import InputError
from workflows.io.readers import read_bytes
from workflows.io.structure_files import check_cell

if TYPE_CHECKING:
    from pymatgen.core import Structure

HYDROGEN = {"D": "H", "T": "H"}  #: isotopes, which have the energies of hydrogen
NEAREST = 0.5  #: angstrom; atoms nearer than this are one atom written twice
ALIGNED = 0.02  #: share of the largest moment that may lie off the common axis
FULL = 1e-6  #: of an occupancy


def check_structure(structure: Structure, *, disordered: bool = False) -> None:
    """Refuse what is not a crystal of whole atoms of known elements, each in its own place.

    Parameters
    ----------
    structure : of a file.
    disordered : accept partly filled sites, which may also lie near one another.

    Raises
    ------
    ValueError
        If the cell is flat or not finite, a site is partly filled or of no element, or two atoms
        lie on one another.
    """
    from pymatgen.core import DummySpecies

    check_cell(structure)
    for site in structure:
        for specie in site.species:
            symbol = getattr(specie, "symbol", str(specie))
            if isinstance(specie, DummySpecies) or HYDROGEN.get(symbol, symbol) not in ATOMIC_MASS:
                raise InputError(
                    f"site {site.label} is read as {symbol}, which is not an element of a crystal; "
                    "correct its label or symbol"
                )
        filled = sum(site.species.values())
        if disordered:
            continue
        if len(site.species) > 1 or abs(filled - 1) > FULL:
            raise InputError(
                f"site {site.label} is partly filled ({site.species_string}); order the structure "
                "first (pymatgen's OrderDisorderedStructureTransformation)"
            )
    if disordered and not structure.is_ordered:
        return
    first, second, _, length = structure.get_neighbor_list(NEAREST)
    if len(length):
        nearest = int(np.argmin(length))
        names = [structure[int(index[nearest])].label for index in (first, second)]
        raise InputError(
            f"atoms {names[0]} and {names[1]} are {length[nearest]:.2f} A apart, nearer than "
            f"{NEAREST:g} A: one atom written twice, or partly filled sites written as full ones"
        )


def as_atoms(structure: Structure) -> Structure:
    """The same atoms without oxidation states and isotopes, with collinear moments as numbers.

    Raises
    ------
    InputError
        If the moments are not along one axis.
    """
    from pymatgen.core import Structure

    properties = dict(structure.site_properties)
    moments = collinear(properties.pop("magmom", None))
    kept = {key: properties[key] for key in KEPT if key in properties}
    if moments is not None:
        kept["magmom"] = moments
    symbols = [HYDROGEN.get(site.specie.symbol, site.specie.symbol) for site in structure]
    return Structure(
        structure.lattice.matrix, symbols, structure.frac_coords, site_properties=kept,
        labels=[site.label for site in structure],
    )  # fmt: skip


KEPT = ("selective_dynamics", "velocities", "side")  #: site properties that VASP or we read


def collinear(moments: Any) -> list[float] | None:
    """Moments [bohr magneton] along their common axis; None where there are none.

    Raises
    ------
    InputError
        If they have no common axis.

    Examples
    --------
    >>> collinear([[0.0, 1.2, 1.6], [0.0, -1.2, -1.6]])
    [2.0, -2.0]
    >>> collinear([0.0, None]) is None
    True
    """
    if moments is None:
        return None
    vectors = np.array([_vector(moment) for moment in moments])
    sizes = np.linalg.norm(vectors, axis=1)
    if not np.isfinite(sizes).all():
        raise InputError("a magnetic moment in it is no number")
    largest = int(sizes.argmax())
    if not sizes[largest] > 0:
        return None
    axis = vectors[largest] / sizes[largest]
    along = vectors @ axis
    if np.abs(vectors - np.outer(along, axis)).max() > ALIGNED * sizes[largest]:
        raise InputError(
            "its magnetic moments are non-collinear, and the inputs here are for collinear spins; "
            "give the crystal without moments (a plain CIF) and choose an order with --magnetic"
        )
    first = next(value for value in along if value)
    sign = 1.0 if first > 0 else -1.0
    return [round(float(sign * value), 4) + 0.0 for value in along]


def _vector(moment: Any) -> NDArray[np.float64]:
    """Cartesian vector of a moment: a number is along z, pymatgen's ``Magmom`` has its own axis."""
    if moment is None:
        return np.zeros(3)
    value = getattr(moment, "global_moment", moment)
    if np.ndim(value) == 0:
        return np.array([0.0, 0.0, float(value)])
    return np.asarray(value, dtype=float).reshape(3)


def plain_text(path: Path) -> str:
    """Lines that end with a line feed, without a mark of order.

    A name in the title or of an author may be in another encoding than UTF-8; nothing that is read
    here depends on it.

    Raises
    ------
    InputError
        If it cannot be read or is empty.
    """
    text = read_bytes(path).decode("utf-8-sig", errors="replace")
    if not text.strip():
        raise InputError("it is empty")
    return text.replace("\r\n", "\n").replace("\r", "\n")
