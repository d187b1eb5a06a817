"""Hosts from any crystal structure: its carrier sites may be emptied, all else stays."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from interfaces.chemistry.charges import REDOX, usual_charges
from interfaces.delithiation.frameworks import LITHIUM_CHARGE, Framework, Orbit, Role, Shape
from interfaces.delithiation.hosts import Host
from interfaces.delithiation.supercells import compact
from interfaces.errors import DelithiationError

if TYPE_CHECKING:
    from pymatgen.core import Structure

SAME_OCCUPANCY = 1e-3  #: occupancies of a CIF are rounded
LARGEST_SHARE = 1000  #: denominator of an occupancy
LARGEST_CELL = 24  #: primitive cells of the ordered supercell of a disordered structure
MONOVALENT = ("Li", "Na", "K", "Rb", "Cs", "Ag")


def host_from_structure(
    structure: Structure,
    carrier: str = "Li",
    charges: Mapping[str, float] | None = None,
    name: str = "",
) -> Host:
    """Build a host from a crystal structure, ordered or not.

    Partly occupied sites of the carrier are filled: the host is the structure with all its carrier,
    and its content x is the occupied share of these sites. Other disorder (mixed metals, carrier
    and metal on one site) is ordered by pymatgen, in the smallest supercell of whole numbers, as
    the arrangement of lowest Ewald energy.

    Parameters
    ----------
    structure : any crystal with the carrier.
    carrier : a monovalent element.
    charges : formal charge of each element with all the carrier; by default guessed from the
        composition. They rank orderings, nothing else follows from them.
    name : of the host; by default its formula.

    Returns
    -------
    Host
        Its cells are multiples of this structure.

    Raises
    ------
    DelithiationError
        If there is no carrier or no other cation, or charges cannot be guessed.

    Examples
    --------
    >>> from pymatgen.core import Lattice, Structure
    >>> half = Structure.from_spacegroup(
    ...     "R-3m", Lattice.hexagonal(2.82, 14.05), [{"Li": 0.5}, "Co", "O"],
    ...     [[0, 0, 0.5], [0, 0, 0], [0, 0, 0.26]]).get_primitive_structure()
    >>> made = host_from_structure(half)
    >>> made.name, made.full, made.empty
    ('LiCoO2', (3.0,), (4.0,))
    """
    if carrier not in MONOVALENT:
        raise DelithiationError(
            f"carrier {carrier!r} is not monovalent; give one of {', '.join(MONOVALENT)}"
        )
    full = _filled(structure, carrier)
    named = name or _formula(full)
    known = _charges(full, carrier, charges, named)
    ordered = full if full.is_ordered else _ordered(full, known, named)
    return _host(ordered, carrier, known, named)


def _filled(structure: Structure, carrier: str) -> Structure:
    """Return the structure, species without charges, with every vacancy of the carrier filled."""
    from pymatgen.core import Element, Structure

    species: list[dict[Any, float]] = []
    for site in structure:
        amounts: dict[str, float] = {}
        for specie, amount in site.species.items():
            symbol = str(getattr(specie, "element", specie).symbol)
            amounts[symbol] = amounts.get(symbol, 0.0) + float(amount)
        missing = 1.0 - sum(amounts.values())
        if missing > SAME_OCCUPANCY and set(amounts) != {carrier}:
            raise DelithiationError(
                f"a site of {structure.composition.reduced_formula} holds "
                f"{', '.join(f'{s} {a:g}' for s, a in amounts.items())} and {missing:.3g} vacancy; "
                f"only sites of {carrier} alone may be partly empty"
            )
        if set(amounts) == {carrier}:
            amounts = {carrier: 1.0}
        total = sum(amounts.values())
        species.append({Element(symbol): amount / total for symbol, amount in amounts.items()})
    if not any(Element(carrier) in site for site in species):
        raise DelithiationError(
            f"{structure.composition.reduced_formula} has no {carrier}, so it is no host of it; "
            "give another carrier"
        )
    return Structure(structure.lattice, species, structure.frac_coords)


def _charges(
    full: Structure, carrier: str, charges: Mapping[str, float] | None, name: str
) -> dict[str, float]:
    """Return the formal charge of each element with all the carrier; the cell is neutral."""
    composition = full.composition.get_el_amt_dict()
    if charges is None:
        guessed = usual_charges(_whole(composition))
        if guessed is None:
            raise DelithiationError(
                f"formal charges of {name} cannot be guessed; give charges, a number for each "
                f"of {', '.join(composition)}"
            )
        return guessed
    missing = sorted(composition.keys() - charges.keys())
    if missing:
        raise DelithiationError(f"charges of {name} lack {', '.join(missing)}")
    total = sum(charges[symbol] * amount for symbol, amount in composition.items())
    if abs(total) > SAME_OCCUPANCY * sum(composition.values()):
        raise DelithiationError(
            f"charges of {name} add up to {total:g} in its cell; they have to add up to 0"
        )
    return {symbol: float(charges[symbol]) for symbol in composition}


def _whole(amounts: Mapping[str, float]) -> dict[str, int]:
    """Return the smallest whole numbers of atoms in the ratio of rounded amounts."""
    exact = {s: Fraction(n).limit_denominator(LARGEST_SHARE) for s, n in amounts.items()}
    multiple = math.lcm(*(n.denominator for n in exact.values()))
    counts = {symbol: int(n * multiple) for symbol, n in exact.items()}
    divisor = math.gcd(*counts.values())
    return {symbol: n // divisor for symbol, n in counts.items()}


def _formula(full: Structure) -> str:
    from pymatgen.core import Composition

    return str(Composition(_whole(full.composition.get_el_amt_dict())).reduced_formula)


def _ordered(full: Structure, charges: Mapping[str, float], name: str) -> Structure:
    """Return the ordering of lowest Ewald energy in the smallest supercell of whole numbers."""
    from pymatgen.transformations.standard_transformations import (
        OrderDisorderedStructureTransformation,
    )

    kinds: dict[tuple[tuple[str, float], ...], int] = {}
    for site in full:
        if not site.is_ordered:
            key = tuple(sorted((str(s), round(float(a), 4)) for s, a in site.species.items()))
            kinds[key] = kinds.get(key, 0) + 1
    for index in range(1, LARGEST_CELL + 1):
        amounts = [share * n * index for kind, n in kinds.items() for _, share in kind]
        if all(abs(amount - round(amount)) < SAME_OCCUPANCY * index for amount in amounts):
            break
    else:
        raise DelithiationError(
            f"the occupancies of {name} give no whole numbers of atoms in up to {LARGEST_CELL} "
            "cells; round them, or give an ordered structure"
        )
    cell = full * np.array(compact(full.lattice.matrix, index))
    _set_whole(cell)
    cell.add_oxidation_state_by_element(dict(charges))
    ordered: Structure = OrderDisorderedStructureTransformation(
        algo=OrderDisorderedStructureTransformation.ALGO_FAST
    ).apply_transformation(cell)
    ordered.remove_oxidation_states()
    return ordered


def _set_whole(cell: Structure) -> None:
    """Round the occupancies of each kind of site to those of whole numbers of atoms."""
    kinds: dict[str, list[int]] = {}
    for at, site in enumerate(cell):
        if not site.is_ordered:
            kinds.setdefault(site.species_string, []).append(at)
    for sites in kinds.values():
        shares = {s: float(a) for s, a in cell[sites[0]].species.items()}
        exact = {specie: round(share * len(sites)) / len(sites) for specie, share in shares.items()}
        for at in sites:
            cell[at].species = exact


def _host(ordered: Structure, carrier: str, charges: Mapping[str, float], name: str) -> Host:
    """Return the host of an ordered structure: one orbit a site, carrier sites first."""
    symbols = [site.specie.symbol for site in ordered]
    redox = {symbol for symbol in symbols if symbol in REDOX and symbol != carrier}
    redox = redox or {s for s in symbols if s != carrier and charges[s] > 0}
    if not redox:
        raise DelithiationError(f"{name} has no cation that could give an electron for {carrier}")
    roles = {
        symbol: Role.MOBILE
        if symbol == carrier
        else Role.METAL
        if symbol in redox
        else (Role.CATION if charges[symbol] > 0 else Role.ANION)
        for symbol in symbols
    }
    order = sorted(range(len(ordered)), key=lambda at: list(Role).index(roles[symbols[at]]))
    orbits, coordinates = [], []
    for at in order:
        symbol, role = symbols[at], roles[symbols[at]]
        element = "" if role is Role.METAL else symbol
        charge = LITHIUM_CHARGE if role is Role.MOBILE else charges[symbol]
        orbits.append(Orbit(role, ("x,y,z",), element, 0.0 if role is Role.METAL else charge))
        coordinates += [round(float(value) % 1.0, 9) for value in ordered.frac_coords[at]]
    lengths = ordered.lattice.abc
    axes = ordered.lattice.matrix / np.array(lengths)[:, None]
    shape = Shape(tuple(map(float, lengths)), tuple(coordinates))
    layout = tuple(symbols[at] for at in order if roles[symbols[at]] is Role.METAL)
    carriers, metals = symbols.count(carrier), len(layout)
    framework = Framework(
        name=name,
        space_group=1,
        axes=tuple(tuple(map(float, axis)) for axis in axes),  # type: ignore[misc]
        lengths=(0, 1, 2),
        primitive=((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
        formula_units=carriers,
        orbits=tuple(orbits),
        reference=shape,
    )
    kinds = tuple(dict.fromkeys(layout))
    return Host(
        name=name,
        framework=framework,
        metals=tuple((symbol, layout.count(symbol) / metals) for symbol in kinds),
        full=tuple(charges[symbol] for symbol in kinds),
        empty=tuple(charges[symbol] + carriers / metals for symbol in kinds),
        shapes=((1.0, shape),),
        source="a structure of the user's; relaxed afterwards",
        layout=layout,
    )


def smallest_cell(host: Host, contents: tuple[float, ...], at_least: int = 1) -> int:
    """Return the smallest number of formula units of a host with whole numbers of carriers.

    Parameters
    ----------
    host : its primitive cell holds so many formula units.
    contents : carrier contents x.
    at_least : formula units.

    Raises
    ------
    DelithiationError
        If a content needs more than 400.
    """
    each = host.framework.formula_units
    for n in range(each * math.ceil(at_least / each), 401, each):
        if all(abs(x * n - round(x * n)) < 1e-6 for x in contents):
            return n
    raise DelithiationError(
        f"{', '.join(f'{x:g}' for x in contents)}: no cell of up to 400 formula units of "
        f"{host.name} has whole numbers of atoms; give rounder contents"
    )
