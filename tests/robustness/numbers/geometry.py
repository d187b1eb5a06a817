"""Phase sets made to hurt a simplex: flat faces, twins, slivers, huge numbers. All from a seed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from interfaces.chemistry.formulas import Formula
from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.reactants import Reactant, reactant
from interfaces.phases.reservoirs import at_potential, at_voltage

SYMBOLS = (
    "Li",
    "O",
    "P",
    "S",
    "Cl",
    "Co",
    "Ni",
    "Mn",
    "Ti",
    "Al",
    "La",
    "Zr",
    "Ge",
    "Fe",
    "F",
    "N",
)
KINDS = (
    "near-coplanar", "coplanar", "twins", "near twins", "large energies", "offset", "slivers",
    "traces", "special reactants", "huge amounts", "everything",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Case:
    """A question: candidates, two reactants that mix, and the kind of trouble."""

    kind: str
    phases: PhaseSet
    pair: tuple[Reactant, Reactant]

    def conditions(self, rng):
        """Closed, open to lithium, and open to lithium and oxygen."""
        lithium = at_voltage("Li", float(rng.integers(0, 21)) / 4)
        return (), (lithium,), (lithium, at_potential("O", -float(rng.integers(0, 13)) / 4))


def whole(rng, symbols, largest=6, most=4):
    """A random compound of two to ``most`` elements, as element -> amount."""
    count = int(rng.integers(2, min(most, len(symbols)) + 1))
    chosen = rng.choice(len(symbols), count, replace=False)
    return {symbols[i]: int(rng.integers(1, largest + 1)) for i in sorted(chosen)}


def hulls(rows, compounds):
    """Energies of the hull of some rows at compounds [eV/atom]."""
    phases = PhaseSet.from_rows(rows, scheme="made up")
    return [phases.hull_energy(compound) for compound in compounds]


def ordinary(rng, symbols, count, depth=3.0):
    rows = [(None, s, 0.0) for s in symbols]
    for _ in range(count):
        rows.append((None, Formula.from_amounts(whole(rng, symbols)),
                     float(-depth * rng.random() + 0.2 * depth)))  # fmt: skip
    return rows


def near_coplanar(rng, symbols, count, exactly=False):
    """Faces of a hull, and phases on them or off by 1e-9 to 1e-14 eV/atom, up or down."""
    rows = ordinary(rng, symbols, max(4, count // 6))
    compounds = [Formula.from_amounts(whole(rng, symbols)) for _ in range(count)]
    for formula, energy in zip(compounds, hulls(rows, compounds), strict=True):
        away = 0.0 if exactly else rng.choice([-1, 1]) * 10.0 ** -rng.integers(9, 15)
        rows.append((None, formula, energy + away))
    return rows


def coplanar(rng, symbols, count):
    """Energies that are whole sums of eighths per formula: planes meet exactly, in floats too."""
    weights = rng.integers(1, 9, len(symbols)) / 8
    rows = [(None, s, 0.0) for s in symbols]
    for _ in range(count):
        compound = whole(rng, symbols, largest=4)
        energy = -sum(n * weights[symbols.index(e)] for e, n in compound.items()) / sum(
            compound.values()
        )
        rows.append((None, Formula.from_amounts(compound), float(energy)))
    return rows


def twins(rng, symbols, count):
    """Each composition several times, written otherwise, at energies that differ by 1e-12."""
    rows = []
    for k, (_, formula, energy) in enumerate(ordinary(rng, symbols, count)):
        formula = Formula.of(formula)
        rows.append((f"a{k}", formula, energy))
        for j in range(int(rng.integers(0, 3))):
            double = Formula.from_amounts({e: n * (j + 2) for e, n in formula.amounts})
            rows.append((f"b{k}-{j}", double, energy + float(rng.choice([0.0, 1e-12, 1e-11]))))
    return rows


def near_twins(rng, symbols, count):
    """Compositions that differ by 1e-7 to 1e-13, at energies level or different by 1e-12 to 0.1."""
    rows = ordinary(rng, symbols, count)
    for _, formula, energy in rows[len(symbols) :]:
        for _ in range(int(rng.integers(1, 3))):
            amounts = {e: f"{float(n):.15f}" for e, n in formula.amounts}
            moved = rng.choice(list(amounts))
            digits = int(rng.integers(7, 14))
            amounts[moved] = f"{float(amounts[moved]) + 10.0**-digits:.{digits}f}"
            text = "".join(e + n.rstrip("0").rstrip(".") for e, n in amounts.items())
            away = float(rng.choice([0.0, 1e-12, -1e-12, 1e-6, -1e-6, 0.1]))
            rows.append((None, text, energy + away))
    return rows


def large(rng, symbols, count):
    """Energies of a thousand eV/atom beside those of a millionth."""
    rows = ordinary(rng, symbols, count, depth=1e3)
    rows += ordinary(rng, symbols, count // 2, depth=1e-3)[len(symbols) :]
    return rows


def slivers(rng, symbols, count):
    """Compositions nearly on one line: two elements, and 1e-3 to 1e-7 of others."""
    rows = [(None, s, 0.0) for s in symbols]
    for _ in range(count):
        n = rng.integers(1, 40, 2)
        others = rng.choice(symbols[2:], 2, replace=False)
        text = f"{symbols[0]}{n[0]}{symbols[1]}{n[1]}" + "".join(
            f"{e}{n.sum() * 10.0 ** -rng.integers(3, 8):.9f}".rstrip("0") for e in others
        )
        u = n[0] / n.sum()
        rows.append((None, text, float(-4 * u * (1 - u) + 0.01 * rng.standard_normal())))
    return rows


def traces(rng, symbols, count):
    """Compounds of which some elements are 1e-4 to 1e-7 of the atoms."""
    rows = ordinary(rng, symbols, count)
    for _ in range(count):
        amounts = {e: str(n) for e, n in whole(rng, symbols, most=3).items()}
        amounts[symbols[int(rng.integers(len(symbols)))]] = (
            f"{sum(map(int, amounts.values())) * 10.0 ** -rng.integers(4, 8):.13f}"
        )
        rows.append((None, "".join(e + (n.rstrip("0") if "." in n else n)
                                   for e, n in amounts.items()),
                     float(-2 * rng.random())))  # fmt: skip
    return rows


def huge(rng, symbols, count):
    """Formulas of 1e9 to 1e30 atoms, and amounts of very different size in one."""
    rows = ordinary(rng, symbols, count)
    for _ in range(count):
        digits = int(rng.integers(9, 31))
        table = {e: int(n * 10**digits * rng.random()) + 1 for e, n in whole(rng, symbols).items()}
        rows.append((None, Formula.from_amounts(table), float(-2 * rng.random())))
    return rows


def special_pair(rng, rows, symbols):
    """Reactants on a vertex, on a tie line, or in the composition of a candidate, but for a bit."""
    compounds = [Formula.of(row[1]) for row in rows[len(symbols) :]]
    first, other = (compounds[i] for i in rng.choice(len(compounds), 2, replace=False))
    both = {e: first.get(e) + other.get(e) for e in {**dict(first.amounts), **dict(other.amounts)}}
    choice = int(rng.integers(4))
    if choice == 0:
        return first, other
    if choice == 1:
        return first, Formula.from_amounts(both)
    if choice == 2:
        return Formula.from_amounts(both), Formula.parse(str(rng.choice(symbols)))
    near = {e: n * 10**9 + (e == first.elements[0]) for e, n in first.amounts}
    return first, Formula.from_amounts(near)


def make(kind, seed, elements=5, count=30):
    """One case of a kind."""
    rng = np.random.default_rng([KINDS.index(kind), seed])
    symbols = SYMBOLS[:elements]
    if kind == "offset":
        rows = ordinary(rng, symbols, count)
        shift = dict(zip(symbols, rng.uniform(-1e4, 1e4, elements), strict=True))
        rows = [
            (i, f, e + sum(float(n) * shift[s] for s, n in Formula.of(f).amounts)
             / float(Formula.of(f).n_atoms)) for i, f, e in rows
        ]  # fmt: skip
        phases = PhaseSet.from_rows(rows, scheme="made up", quantity="energy_per_atom")
    else:
        makers = {
            "near-coplanar": near_coplanar, "coplanar": coplanar, "twins": twins,
            "near twins": near_twins, "large energies": large, "slivers": slivers,
            "traces": traces, "huge amounts": huge,
            "special reactants": near_coplanar,
        }  # fmt: skip
        if kind == "everything":
            rows = [(None, s, 0.0) for s in symbols]
            for maker in (near_coplanar, coplanar, near_twins, slivers, traces, huge):
                rows += [(None, *row[1:]) for row in maker(rng, symbols, count // 6)[elements:]]
        else:
            rows = makers[kind](rng, symbols, count)
        phases = PhaseSet.from_rows(rows, scheme="made up")
    formulas = [Formula.of(row[1]) for row in rows]
    if elements > 8:  # a question over all of them
        halves = symbols[::2], symbols[1::2]
        pair = tuple(
            Formula.from_amounts({e: int(rng.integers(1, 7)) for e in half}) for half in halves
        )
    elif kind in ("special reactants", "everything"):
        pair = special_pair(rng, rows, symbols)
    else:
        while True:
            pair = tuple(
                formulas[int(rng.integers(elements, len(formulas)))] if rng.random() < 0.5
                else Formula.from_amounts(whole(rng, symbols, most=max(4, elements // 2)))
                for _ in range(2)
            )  # fmt: skip
            if not pair[0].same_composition(pair[1]):
                break
    placed = []
    for formula in pair:
        energy = phases.hull_energy(formula)
        if rng.random() < 0.4:
            energy += float(rng.choice([-0.3, 1e-9, -1e-9, -2e-8, 0.05]))
        placed.append(reactant(phases, formula, energy))
    return Case(kind, phases, (placed[0], placed[1]))
