"""Common style of the figures: width, colours, and axis labels with units."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interfaces.chemistry.formulas import AMOUNT, Formula
from interfaces.chemistry.reactions import Reaction
from interfaces.errors import InterfaceError
from interfaces.phases.reservoirs import OpenElement, nonopen

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text

Array = NDArray[np.float64]

MILLIMETRE = 1 / 25.4  #: inches
COLUMN = 85 * MILLIMETRE  #: one journal column
WIDTH = 175 * MILLIMETRE  #: two journal columns
# Points, at the printed width.
TITLE, LABEL, TICK, NOTE, SOURCE = 8.0, 8.0, 7.0, 6.5, 6.0
# Okabe-Ito: distinguishable with every common colour vision.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
ENERGIES = "YlGnBu_r"  #: colour map of energies: the darker, the more favourable


class Quantity(NamedTuple):
    """What an axis says: words, symbol and unit; the last two may be empty."""

    label: str
    symbol: str = ""
    unit: str = ""


QUANTITIES: Mapping[str, Quantity] = {
    "mixing": Quantity("atomic fraction of {first}"),
    "molar": Quantity("molar fraction $y$ of {first}"),
    "nonopen": Quantity("atomic fraction of {first} ({open} not counted)"),
    "energy": Quantity("reaction energy", "", "eV/atom"),
    "energy_nonopen": Quantity("reaction energy", "", "eV per {nonopen} atom"),
    "energy_formula": Quantity("reaction energy", "", "eV per formula unit"),
    "decomposition": Quantity("decomposition energy", "$E_D$", "eV/atom"),
    "voltage": Quantity("voltage against {carrier} metal", "", "V"),
    "couple": Quantity("voltage against {couple}", "", "V"),
    "exchanged": Quantity("{carrier} taken up", "", "per formula unit"),
    "content": Quantity(
        "{carrier} content", "$x$", "per formula unit; charging \N{RIGHTWARDS ARROW}"
    ),
    "level": Quantity("energy against the {zero}", "", "eV"),
    "time": Quantity("time", "", "ps"),
    "lag": Quantity("lag", "", "ps"),
    "distance": Quantity("distance", "$r$", "Å"),
    "displacement": Quantity("mean square displacement", "", "Å²"),
}
MINUS = "\N{MINUS SIGN}"
NO_BREAK = "\N{NO-BREAK SPACE}"
CHARACTERS = 20.0  #: of a caption per inch
FOOT, FOOT_CHARACTERS = "source", 21.0  #: of the lines on the source; characters per inch
FOOT_LINE, FOOT_GAP, CAPTION_LINE = 0.11, 0.07, 0.12  #: inches


def axis_label(quantity: str, **names: str) -> str:
    """Words, symbol and unit of an axis, with names put in.

    Parameters
    ----------
    quantity : key of the table of quantities.

    Returns
    -------
    str
        Label with its unit.

    Examples
    --------
    >>> axis_label("voltage", carrier="Li")
    'voltage against Li metal (V)'
    """
    label, symbol, unit = QUANTITIES[quantity]
    words = " ".join(part for part in (label, symbol, f"({unit})" if unit else "") if part)
    return words.format(**names)


def subscripted(formula: str) -> str:
    r"""Formula with its amounts as subscripts.

    Parameters
    ----------
    formula : formula.

    Returns
    -------
    str
        Mathtext.

    Examples
    --------
    >>> subscripted("Li0.3CoO2")
    'Li$_{0.3}$CoO$_{2}$'
    """
    return AMOUNT.sub(r"$_{\1}$", formula)


def broken(label: str, characters: int) -> str:
    r"""Lines of so many characters at most, without marks; words and brackets stay whole.

    Parameters
    ----------
    label : label.
    characters : longest line.

    Returns
    -------
    str
        The label with line breaks.

    Examples
    --------
    >>> broken("fraction of Li$_{7}$La$_{3}$Zr$_{2}$O$_{12}$ (O not counted)", 25)
    'fraction of Li$_{7}$La$_{3}$Zr$_{2}$O$_{12}$\n(O not counted)'
    """
    lines = [""]
    for word in re.split(r" (?![^(]*\))", label):
        line = f"{lines[-1]} {word}".strip()
        if len(re.sub(r"[$_{}]", "", line)) > characters and lines[-1]:
            lines.append(word)
        else:
            lines[-1] = line
    return "\n".join(lines)


def figures(value: float, form: str = ".3f") -> str:
    """A number with a proper minus sign, and none before zero.

    Parameters
    ----------
    value : number.
    form : format specification.

    Returns
    -------
    str
        The number as text.

    Examples
    --------
    >>> figures(-0.5), figures(-1e-9)
    ('−0.500', '0.000')
    """
    return format(value, "z" + form if form[0] == "." else form).replace("-", MINUS)


def shown(name: str, formula: Formula) -> str:
    """A compound's formula for its short name; molecules and salts of molecules keep the name.

    Parameters
    ----------
    name : name of the compound.
    formula : its formula.

    Returns
    -------
    str
        Mathtext.

    Examples
    --------
    >>> shown("LPSCl", Formula.parse("Li6PS5Cl"))
    'Li$_{6}$PS$_{5}$Cl'
    >>> shown("ECA", Formula.parse("C6H7NO2"))
    'ECA'
    """
    organic = "C" in formula.elements and {"H", "F"} & set(formula.elements)
    return name if organic else subscripted(formula.text)


def material(name: str, formula: Formula | None = None) -> str:
    """A material as it is written: a formula with subscripts, a name as it is.

    Parameters
    ----------
    name : label of the material.
    formula : its formula; without it the name is a formula if it can be read as one.

    Returns
    -------
    str
        Mathtext.

    Examples
    --------
    >>> material("LPSCl", Formula.parse("Li6PS5Cl")), material("Li2O"), material("NCM811")
    ('LPSCl', 'Li$_{2}$O', 'NCM811')
    """
    if formula is not None:
        return subscripted(name) if name == formula.text else name
    try:
        Formula.parse(name)
    except InterfaceError:
        return name
    return subscripted(name)


def source(figure: Figure, scheme: str, *, note: str = "", of: Sequence[Any] = ()) -> None:
    """Write where the energies come from, and how far to trust them, at the foot of a figure.

    The figure becomes taller by the lines, so that its panels keep their size.

    Parameters
    ----------
    figure : a figure with a constrained layout.
    scheme : scheme of the phase set; nothing is written for an empty one.
    note : how good these energies are; by default what the provenance of ``of`` says.
    of : results with a provenance.
    """
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    if not scheme or not isinstance(figure.get_layout_engine(), ConstrainedLayoutEngine):
        return
    note = note or next(
        filter(None, (dict(result.provenance).get("surrogate", "") for result in of)), ""
    )
    label = _caption_of(figure)
    per_inch = FOOT_CHARACTERS if label is None else CHARACTERS
    longest = int(per_inch * figure.get_figwidth())
    lines = textwrap.wrap(". ".join(filter(None, (scheme, note))), longest)
    if label is None:
        figure.text(
            0.012, 0.0, "\n".join(lines), fontsize=SOURCE, color="0.45", va="bottom", gid=FOOT,
            linespacing=1.25,
        )  # fmt: skip
        _foot(figure, len(lines))
        return
    label.set_text("\n".join([label.get_text(), *lines]))  # the last lines of the caption
    label.set_gid(f"{FOOT} {len(lines)}")
    figure.set_figheight(figure.get_figheight() + len(lines) * CAPTION_LINE)


def without_source(figure: Figure) -> None:
    """Remove the lines of :func:`source`, for a figure whose caption names the source.

    Parameters
    ----------
    figure : figure, with the lines or without.
    """
    for text in [text for text in figure.texts if str(text.get_gid()).startswith(FOOT)]:
        lines = text.get_text().split("\n")
        if text.get_gid() == FOOT:
            _foot(figure, -len(lines))
            text.remove()
            continue
        count = int(str(text.get_gid()).removeprefix(FOOT))
        text.set_text("\n".join(lines[:-count]))
        text.set_gid(None)
        figure.set_figheight(figure.get_figheight() - count * CAPTION_LINE)


def _caption_of(figure: Figure) -> Text | None:
    """What :func:`caption` wrote."""
    words = figure.get_supxlabel()
    return next((text for text in figure.texts if words and text.get_text() == words), None)


def _foot(figure: Figure, lines: int) -> None:
    """Add room for lines at the foot, or take it away."""
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    engine = figure.get_layout_engine()
    assert isinstance(engine, ConstrainedLayoutEngine)  # as where they were written
    height = figure.get_figheight() + lines * FOOT_LINE + (FOOT_GAP if lines > 0 else -FOOT_GAP)
    figure.set_figheight(height)
    foot = (lines * FOOT_LINE + FOOT_GAP) / height if lines > 0 else 0.0
    engine.set(rect=(0.0, foot, 1.0, 1.0 - foot))
    for text in figure.texts:
        if text.get_gid() == FOOT:
            text.set_y(0.35 * FOOT_GAP / height)


def written(reaction: Reaction | str) -> str:
    """A reaction with an arrow and subscripts.

    Parameters
    ----------
    reaction : balanced reaction.

    Returns
    -------
    str
        Mathtext.
    """
    return subscripted(str(reaction)).replace("->", "\N{RIGHTWARDS ARROW}")


def energy_label(symbols: Sequence[str]) -> str:
    """Axis label of an energy per atom, or per atom that is not open.

    Parameters
    ----------
    symbols : open elements.

    Returns
    -------
    str
        Label with its unit.
    """
    return (
        axis_label("energy_nonopen", nonopen=nonopen(symbols)) if symbols else axis_label("energy")
    )


def conditions(open_elements: Sequence[OpenElement]) -> str:
    """What holds the open elements, e.g. ``Li at 4.3 V``.

    Parameters
    ----------
    open_elements : open elements.

    Returns
    -------
    str
        Conditions, separated by commas.
    """
    return subscripted(", ".join(str(element) for element in open_elements))


def spread(wanted: ArrayLike, apart: float, low: float, high: float) -> Array:
    """Places nearest to those wanted (rising) that lie at least ``apart`` from their neighbours.

    Parameters
    ----------
    wanted : preferred positions, rising.
    apart : least distance.
    low, high : range.

    Returns
    -------
    Array
        Positions, rising.

    Examples
    --------
    >>> spread([1.0, 1.0, 4.0], 0.5, 0.0, 5.0).tolist()
    [0.75, 1.25, 4.0]
    """
    steps = apart * np.arange(np.size(wanted))
    blocks: list[tuple[float, int]] = []  # (mean, size): neighbours that would overlap are pooled
    for value in np.asarray(wanted, dtype=float) - steps:
        mean, size = float(value), 1
        while blocks and blocks[-1][0] > mean:
            block, count = blocks.pop()
            mean, size = (mean * size + block * count) / (size + count), size + count
        blocks.append((mean, size))
    pooled = np.concatenate([np.full(size, mean) for mean, size in blocks])
    last = max(low, high - float(steps[-1]))
    return np.asarray(np.clip(pooled, low, last) + steps)


def plain(ax: Axes, *, small: bool = True, zero: bool = True) -> None:
    """Two spines, small ticks, and a thin line at zero energy.

    Parameters
    ----------
    ax : axes.
    small : draw small ticks.
    zero : draw a line at zero.
    """
    if zero:
        ax.axhline(0, color="0.7", lw=0.6, zorder=0)
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(labelsize=NOTE if small else TICK)
    for axis in (ax.xaxis, ax.yaxis):
        axis.label.set_fontsize(LABEL)


def caption(figure: Figure, caption_text: str, *, formulas: bool = False) -> None:
    """Small words under a figure, in as many lines as its width needs.

    Parameters
    ----------
    figure : figure.
    caption_text : lines under the panels.
    formulas : the numbers in it are amounts, to be subscripted.
    """
    longest = int(CHARACTERS * figure.get_figwidth())
    lines = textwrap.wrap(caption_text, longest, break_long_words=False, break_on_hyphens=False)
    words = "\n".join(lines).replace(NO_BREAK, " ")
    words = subscripted(words) if formulas else words
    figure.supxlabel(words, fontsize=NOTE, color="0.3", linespacing=1.3)


def heading(ax: Axes, columns: int = 3) -> None:
    """Name the labelled lines of a panel in one row above it, each in its own colour.

    Parameters
    ----------
    ax : axes with labelled lines.
    columns : number of columns.
    """
    ax.legend(
        loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=columns, frameon=False, fontsize=NOTE,
        labelcolor="linecolor", handlelength=1.5, handletextpad=0.4, columnspacing=1.0,
        borderaxespad=0.0, borderpad=0.2,
    )  # fmt: skip
