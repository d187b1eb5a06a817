"""Interface cells from two sides, with atoms as discs and gaps marked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Patch, PathPatch
from matplotlib.path import Path
from numpy.typing import NDArray

from interfaces.figures.style import LABEL, WIDTH, subscripted
from interfaces.structures import InterfaceCell, LabelledCell, MoleculeCell, facet
from interfaces.structures.terminations import UNITS

Array = NDArray[np.float64]
Bonds = Sequence[Sequence[Array]]

REACH = 1.2  #: angstrom; a half-bond that comes into the frame from outside

LARGEST = 6.6  #: inches of height of the drawing
LEFT, RIGHT = 1.45, 0.6  #: inches beside the drawing, for words
TOP, BOTTOM = 0.3, 0.5  #: inches over and under the drawing
BETWEEN = 0.18  #: inches between the two views
DOT = 17.0  #: points per angstrom in the legend
BAR = 5.0  #: angstrom of the scale bar
EDGE = 0.1  #: angstrom
FAR = 0.5  #: how much of the white of the page lies over the farthest atom
DRAWN_VACUUM = 4.0  #: angstrom of a vacuum that is drawn
DRAWN_BONDS = {**UNITS, ("Co", "O"): 2.3, ("Ni", "O"): 2.3, ("Mn", "O"): 2.3}  #: angstrom
#: of the discs [angstrom], between covalent and ionic radii
RADII = {
    "H": 0.30, "Li": 0.52, "C": 0.45, "N": 0.50, "O": 0.62, "F": 0.52, "P": 0.55, "S": 0.78,
    "Cl": 0.80, "Co": 0.55, "Ni": 0.55, "Mn": 0.55,
}  # fmt: skip
# After Jmol's colours, the pale ones darkened for white paper.
ELEMENTS = {
    "H": "#E8E8E8", "Li": "#B47FE0", "C": "#606060", "N": "#4060E0", "O": "#E03020", "F": "#7CC850",
    "Na": "#8F50D8", "Mg": "#70C820", "Al": "#B0A0A0", "Si": "#D8B088", "P": "#F08000",
    "S": "#EBCB1C", "Cl": "#35B835", "Ti": "#A0A4AA", "Mn": "#9070B8", "Fe": "#D06030",
    "Co": "#3A6FC4", "Ni": "#50B050", "Ge": "#668F8F", "Br": "#A62929", "Zr": "#70B8B8",
    "Nb": "#58A0B0", "In": "#A67573", "Sn": "#668080", "La": "#70B0D0", "Ta": "#4DA6FF",
}  # fmt: skip
OTHER = "#999999"


def cell_figure(cell: InterfaceCell | MoleculeCell) -> Figure:
    """The cell from two sides, its normal upwards; lengths in angstrom to scale.

    Left along y, right along x. Atoms nearer to the reader cover those behind, which are paler.
    A frame is one period of the cell; a long vacuum is cut short.

    Parameters
    ----------
    cell : interface cell or molecule on a slab.

    Returns
    -------
    Figure
        The figure.
    """
    atoms, low, height = cell.atoms, _bottom(cell), _height(cell)
    widths = [float(atoms.lattice[0, 0]), float(atoms.lattice[1, 1])]
    scale = min((WIDTH - LEFT - RIGHT - BETWEEN) / sum(widths), LARGEST / height)
    wide = LEFT + scale * sum(widths) + BETWEEN + RIGHT
    high = BOTTOM + scale * height + TOP
    figure = Figure(figsize=(wide, high))
    places = _seen(atoms, low)
    bonds = _bonds(atoms)
    left = LEFT
    for axis, width in enumerate(widths):
        ax = figure.add_axes(
            (left / wide, BOTTOM / high, scale * width / wide, scale * height / high)
        )
        ax.set(xlim=(0, width), ylim=(low, low + height), xticks=[], yticks=[])
        for spine in ax.spines.values():
            spine.set(color="0.55", lw=0.7)
        ax.set_title(f"along {'yx'[axis]}", fontsize=LABEL, pad=4)
        _discs(ax, atoms, places, bonds, axis)
        _record(ax, atoms, places, axis)
        if axis == 0:
            _names(ax, cell)
            _scale_bar(ax, low, scale)
        else:
            _legend(ax, atoms)
        left += scale * width + BETWEEN
    return figure


def _record(ax: Axes, atoms: LabelledCell, places: Array, axis: int) -> None:
    """Places of the atoms [angstrom], unseen: for the data beside the figure."""
    for symbol in dict.fromkeys(atoms.species):
        own = places[[species == symbol for species in atoms.species]]
        ax.plot(own[:, axis], own[:, 2], ls="", marker="", gid=symbol)
    ax.set(xlabel=f"{'xy'[axis]} (Å)", ylabel="z (Å)")
    ax.xaxis.label.set_visible(False)
    ax.yaxis.label.set_visible(False)


def _height(cell: InterfaceCell | MoleculeCell) -> float:
    height = float(cell.atoms.lattice[2, 2])
    return height - max(0.0, cell.vacuum - DRAWN_VACUUM) if cell.vacuum else height


def _bottom(cell: InterfaceCell | MoleculeCell) -> float:
    """Height at which the drawing begins: half a gap, or the vacuum, under the lowest atom."""
    return -min(cell.vacuum, DRAWN_VACUUM) / 2 if cell.vacuum else -cell.gap / 2


def _discs(ax: Axes, atoms: LabelledCell, places: Array, bonds: Bonds, axis: int) -> None:
    """Atoms and half-bonds seen along the other in-plane axis, far ones first."""
    seen = places[:, [axis, 2]]
    behind = places[:, 1 - axis] * (1.0 if axis == 0 else -1.0)  # away from the reader
    depth = behind - behind.min()
    paler = FAR * depth / max(float(depth.max()), 1e-9)
    colours = np.array([to_rgb(ELEMENTS.get(symbol, OTHER)) for symbol in atoms.species])
    colours = colours + (1.0 - colours) * paler[:, None]
    edges = 0.25 + 0.75 * paler
    radii = np.array([radius(symbol) for symbol in atoms.species])
    width = float(atoms.lattice[axis, axis])
    drawn: list[tuple[float, int, Patch]] = []  # the farther, the earlier
    for i in np.lexsort((seen[:, 0], seen[:, 1])):
        for x in seen[i, 0] + np.array([-width, 0.0, width]):
            if not -radii[i] - REACH < x < width + radii[i] + REACH:
                continue
            for vector in bonds[i]:
                end = (x + vector[axis] / 2, seen[i, 1] + vector[2] / 2)
                away = vector[1 - axis] * (1.0 if axis == 0 else -1.0)
                if not -EDGE < depth[i] + away < depth.max() + EDGE:
                    continue  # it leaves the drawn period to the front or the back
                line = PathPatch(
                    Path([(x, seen[i, 1]), end]), fill=False, lw=1.1,
                    edgecolor=str(0.35 + 0.55 * paler[i]),
                )  # fmt: skip
                drawn.append((-depth[i] - max(0.0, away), 0, line))
            disc = Circle(
                (x, seen[i, 1]), radii[i], facecolor=colours[i], edgecolor=str(edges[i]), lw=0.45
            )
            drawn.append((-depth[i], 1, disc))
    drawn.sort(key=lambda pair: (round(pair[0], 2), pair[1]))
    patches = [patch for _, _, patch in drawn]
    ax.add_collection(PatchCollection(patches, match_original=True, gid="atoms"))


def _bonds(atoms: LabelledCell) -> Bonds:
    """Vectors [angstrom] from each atom to those it is drawn bonded to."""
    structure = atoms.structure()
    bonds: list[list[Array]] = [[] for _ in atoms.species]
    first, second, image, _ = structure.get_neighbor_list(max(DRAWN_BONDS.values()))
    fractions = structure.frac_coords
    for i, j, step in zip(first, second, image, strict=True):
        pair = (atoms.species[i], atoms.species[j])
        longest = max(DRAWN_BONDS.get(pair, 0.0), DRAWN_BONDS.get(pair[::-1], 0.0))
        vector = (fractions[j] + step - fractions[i]) @ atoms.lattice
        if np.linalg.norm(vector) <= longest:
            bonds[i].append(vector)
    return bonds


def _seen(atoms: LabelledCell, low: float) -> Array:
    """Positions brought into the frame: x in [0, a), y in [0, b), z from ``low`` up."""
    lattice = atoms.lattice
    places = atoms.positions.copy()
    places -= np.outer(np.floor(np.round(places[:, 1] / lattice[1, 1], 6)), lattice[1])
    places[:, 0] %= lattice[0, 0]
    places[:, 2] = (places[:, 2] - low) % lattice[2, 2] + low
    return places


def radius(symbol: str) -> float:
    """Radius of an element's disc [angstrom].

    Parameters
    ----------
    symbol : element.

    Returns
    -------
    float
        Radius [angstrom].

    Examples
    --------
    >>> radius("Li") < radius("S")
    True
    """
    return RADII.get(symbol, 0.6)


def _names(ax: Axes, cell: InterfaceCell | MoleculeCell) -> None:
    """Each side with its facet, termination and strain, beside a bracket over its height."""
    atoms = cell.atoms
    heights = atoms.positions[:, 2]
    for side in (0, 1):
        own = heights[np.array(atoms.sides) == side]
        low, high = float(own.min()), float(own.max())
        ax.plot(
            [-0.02, -0.045, -0.045, -0.02], [low, low, high, high], color="0.25", lw=0.9,
            transform=ax.get_yaxis_transform(), clip_on=False,
        )  # fmt: skip
        ax.annotate(
            "\n".join(_words(cell, side)), (-0.045, (low + high) / 2), xytext=(-6, 0),
            xycoords=ax.get_yaxis_transform(), textcoords="offset points", ha="right", va="center",
            fontsize=LABEL, linespacing=1.35, annotation_clip=False,
        )  # fmt: skip


def _words(cell: InterfaceCell | MoleculeCell, side: int) -> Sequence[str]:
    count = f"{cell.atoms.counts[side]} atoms"
    if isinstance(cell, MoleculeCell):
        if side == 1:
            return [cell.molecule.name, count]
        return [subscripted(cell.slab.bulk), facet(cell.slab.miller), count]
    slab = (cell.first, cell.second)[side]
    strain = (cell.match.first_strain, cell.match.second_strain)[side]
    signed = ", ".join(f"{100 * value:+.1f}" for value in strain).replace("-", "\N{MINUS SIGN}")
    return [subscripted(slab.bulk), facet(slab.miller), count, f"strain {signed} %"]


def _legend(ax: Axes, atoms: LabelledCell) -> None:
    from matplotlib.lines import Line2D

    symbols = list(dict.fromkeys(atoms.species))
    handles = [
        Line2D(
            [], [], ls="", marker="o", mec="0.25", mew=0.45, mfc=ELEMENTS.get(symbol, OTHER),
            ms=DOT * radius(symbol), label=symbol,
        )
        for symbol in symbols
    ]  # fmt: skip
    ax.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(1.02, 1.0), frameon=False,
        fontsize=LABEL,
        handletextpad=0.4, borderaxespad=0.0, labelspacing=0.7, handlelength=1.4,
    )  # fmt: skip


def _scale_bar(ax: Axes, low: float, scale: float) -> None:
    below = low - 0.14 / scale
    ax.plot([0, BAR], [below, below], color="black", lw=2.2, clip_on=False, solid_capstyle="butt")
    ax.text(
        BAR / 2, below - 0.07 / scale, f"{BAR:g} Å", ha="center", va="top", fontsize=LABEL,
        clip_on=False,
    )  # fmt: skip
