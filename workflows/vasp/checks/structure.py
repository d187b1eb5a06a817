"""Pre-flight checks of the cell: atoms, distances, empty space, strain, charge."""

from __future__ import annotations

from collections.abc import Iterator

from interfaces.structures.geometry import VACUUM, gaps, pairs, radii, symbols, vacuum_axis
from workflows.vasp.checks.finding import Check, Finding, Subject

FUSED, CLOSE = 0.6, 0.8  #: shares of the sum of covalent radii: broken, suspicious
ALONE = 3.5  #: an atom with no neighbour nearer than this is a gas atom [angstrom]
MANY_ATOMS, TOO_MANY_ATOMS = 400, 1500
THIN, WASTEFUL = 10.0, 30.0  #: vacuum [angstrom]
VOID = 3.0  #: empty layer inside an interface cell [angstrom]
STRAIN_DOUBT, STRAIN_ERROR = 0.03, 0.08
DENSE, THIN_MATTER = 4.0, 45.0  #: volume per atom [cubic angstrom] without a vacuum
SHARP, FLAT = 25.0, 155.0  #: angles of a cell [degrees]
CHARGE = 0.01  #: left over [e]


def _atom_count(subject: Subject) -> Iterator[Finding]:
    """Number of atoms against what a plane-wave code can handle."""
    n = len(subject.inputs.structure)
    if n > MANY_ATOMS:
        yield Finding(
            "atoms", "error" if n > TOO_MANY_ATOMS else "warning", f"{n} atoms",
            "the time of a step grows with the cube of the electrons",
            f"take a smaller cell (up to {MANY_ATOMS} atoms) or a force field",
        )  # fmt: skip


def angles(subject: Subject) -> Iterator[Finding]:
    """Cell angles that are not extreme."""
    cell_angles = subject.inputs.structure.lattice.angles
    if min(cell_angles) < SHARP or max(cell_angles) > FLAT:
        yield Finding(
            "cell-angles", "warning",
            f"angles of {', '.join(f'{x:.0f}' for x in cell_angles)} degrees",
            "a skewed cell needs more plane waves and an uneven mesh",
            "reduce the cell (pymatgen's get_reduced_structure)",
        )  # fmt: skip


def distances(subject: Subject) -> Iterator[Finding]:
    """Interatomic distances against the covalent radii."""
    cell = subject.inputs.structure
    close, size, names = pairs(cell), radii(cell), symbols(cell)
    if not len(close.first):
        return
    share = close.length / (size[close.first] + size[close.second])
    k = int(share.argmin())
    if share[k] >= CLOSE:
        return
    i, j = int(close.first[k]), int(close.second[k])
    yield Finding(
        "distances", "error" if share[k] < FUSED else "warning",
        f"{names[i]}{i + 1} and {names[j]}{j + 1} are {close.length[k]:.2f} angstrom apart",
        f"that is {100 * share[k]:.0f} % of the sum of their covalent radii, and the first forces "
        "will throw them apart",
        "widen the gap of the interface, or correct the structure",
    )  # fmt: skip


def lonely(subject: Subject) -> Iterator[Finding]:
    """Atoms without neighbours."""
    cell = subject.inputs.structure
    near = set(map(int, pairs(cell, ALONE).first))
    alone = [i for i in range(len(cell)) if i not in near]
    if alone and len(cell) > 1:
        i = alone[0]
        yield Finding(
            "lonely-atoms", "warning",
            f"{len(alone)} atoms have no neighbour within {ALONE:g} angstrom, first "
            f"{symbols(cell)[i]}{i + 1}",
            "a free atom has another spin and charge than an ion",
            "check that the structure is the one you mean",
        )  # fmt: skip


def density(subject: Subject) -> Iterator[Finding]:
    """Volume per atom within that of solids."""
    cell = subject.inputs.structure
    if vacuum_axis(cell) is not None:
        return
    each = cell.volume / len(cell)
    if not DENSE < each < THIN_MATTER:
        yield Finding(
            "density", "error" if each < DENSE / 2 else "warning",
            f"{each:.1f} cubic angstrom per atom",
            f"solids have {DENSE:g} to {THIN_MATTER:g}", "check the unit of the lattice (angstrom)",
        )  # fmt: skip


def vacuum(subject: Subject) -> Iterator[Finding]:
    """Vacuum thick enough to separate the faces of a slab, and no void inside an interface cell."""
    cell = subject.inputs.structure
    widest = gaps(cell)
    axes = [k for k in range(3) if widest[k] >= VACUUM]
    if not axes:
        if subject.kind == "slab":
            yield Finding(
                "vacuum", "error",
                f"a slab without a vacuum (widest gap {widest.max():.1f} angstrom)",
                "its two faces touch through the boundary, so it is no surface",
                f"make the cell longer, to {THIN:g} angstrom of vacuum or more",
            )  # fmt: skip
        elif subject.kind == "interface" and widest.max() > VOID:
            yield Finding(
                "vacuum", "warning", f"a void of {widest.max():.1f} angstrom at the interface",
                "the two sides hardly touch, and a relaxation may leave them apart",
                "close the gap to about 2 angstrom",
            )  # fmt: skip
        return
    if len(axes) > 1:
        yield Finding(
            "vacuum", "warning", f"a vacuum along {len(axes)} axes",
            "the cell is a wire or a molecule",
            "check that the structure is the one you mean",
        )  # fmt: skip
    width = float(widest[axes].max())
    if width < THIN:
        yield Finding(
            "vacuum", "warning", f"{width:.1f} angstrom of vacuum",
            f"below {THIN:g} the faces feel one another", f"take {THIN:g} to 20 angstrom",
        )  # fmt: skip
    elif width > WASTEFUL:
        yield Finding(
            "vacuum", "warning", f"{width:.1f} angstrom of vacuum",
            "plane waves fill empty space at full price", "20 angstrom are enough",
        )  # fmt: skip


def strain(subject: Subject) -> Iterator[Finding]:
    """Strain of an interface cell."""
    if subject.kind != "interface":
        return
    if subject.strain is None:
        yield Finding(
            "strain", "warning", "the strain of this interface cell is not known",
            "a strained cathode reacts with other energies than a free one",
            "give the folder that interfaces cell wrote, which records it",
        )  # fmt: skip
    elif abs(subject.strain) > STRAIN_DOUBT:
        yield Finding(
            "strain", "error" if abs(subject.strain) > STRAIN_ERROR else "warning",
            f"a strain of {100 * abs(subject.strain):.1f} %",
            "its elastic energy is of the size of an interface energy from 3 % on",
            "take a larger common cell or another pair of faces",
        )  # fmt: skip


def _charge_balance(subject: Subject) -> Iterator[Finding]:
    """Formal charges that cancel."""
    left = subject.inputs.charges.left_over
    if abs(left) > CHARGE:
        yield Finding(
            "charge-balance", "warning", f"formal charges leave {left:+.2f} e in the cell",
            "the surplus goes into a hole or an electron somewhere, often at a cut face",
            "remove or add ions at the faces, or accept it and read the moments afterwards",
        )  # fmt: skip


CHECKS: tuple[Check, ...] = (
    _atom_count, angles, distances, lonely, density, vacuum, strain, _charge_balance,
)  # fmt: skip
