"""Which of two electrolytes reacts less with a cathode, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations, groupby
from typing import TYPE_CHECKING

from interfaces.reactivity.curve_band import rank
from interfaces.solver.simplex import Array

if TYPE_CHECKING:
    from workflows.runs.energy_model_spread import Curves

COLUMNS = (
    "x", "first", "second", "probability_first_milder", "difference", "standard_error", "energies",
)  # fmt: skip
SURE = 0.9  #: probability from which one electrolyte is called milder
SURE_NOTE = "milder: in 90 % or more of the draws"

#: Said once with every ranking.
FLOOR = (
    "what is weaker than about 0.1 eV/atom is decided by nucleation and interface energy, not by "
    "these energies; the errors drawn are those that the phase set states, and on uncorrected "
    "energies not what DFT itself misses (molecules, carbonates, sulfates)"
)

#: electrolyte -> lithium content -> lowest total of each draw [eV per non-open atom]
AllDraws = Mapping[str, Mapping[float, Array]]


def ranking_rows(every: Mapping[str, tuple[Curves, AllDraws]]) -> Iterator[dict[str, object]]:
    """Rows of ``ranking.csv``: every pair of electrolytes at every lithium content.

    The lowest totals are compared draw by draw, with the same phase errors in both curves.
    Energies in eV/atom; ``difference`` is first minus second, positive where the first is milder.

    Parameters
    ----------
    every : name of the energies -> curves on them and their draws.
    """
    for name, (curves, draws) in every.items():
        for first, second in combinations(draws, 2):
            for x in sorted({*draws[first]} & {*draws[second]}, reverse=True):
                pair = rank(curves[first][x], curves[second][x], draws[first][x], draws[second][x])
                values = (
                    x, first, second, pair.probability_first_milder, pair.difference,
                    pair.standard_error, name,
                )  # fmt: skip
                yield dict(zip(COLUMNS, values, strict=True))


def ranking_sentences(rows: Iterable[Mapping[str, object]]) -> list[str]:
    """One sentence for each kind of energies, with every pair of electrolytes."""
    pairs: dict[str, dict[tuple[str, str], list[Mapping[str, object]]]] = {}
    for row in rows:
        pair = str(row["first"]), str(row["second"])
        pairs.setdefault(str(row["energies"]), {}).setdefault(pair, []).append(row)
    return [
        f"on {energies} energies, "
        + "; ".join(_verdicts(*pair, members) for pair, members in of_pair.items())
        for energies, of_pair in pairs.items()
    ]


def _verdicts(first: str, second: str, rows: Iterable[Mapping[str, object]]) -> str:
    verdicts = []
    for row in sorted(rows, key=lambda row: -float(str(row["x"]))):
        probability = float(str(row["probability_first_milder"]))
        if probability >= SURE:
            verdict = f"{first} is milder than {second}"
        elif probability <= 1 - SURE:
            verdict = f"{second} is milder than {first}"
        else:
            verdict = f"{first} or {second} is undecided"
        verdicts.append((verdict, f"{row['x']:g}"))
    parts = []
    for verdict, run in groupby(verdicts, lambda item: item[0]):
        contents = [x for _, x in run]
        span = contents[0] if len(contents) == 1 else f"{contents[0]} to {contents[-1]}"
        parts.append(f"{verdict} at x = {span}")
    return ", ".join(parts)
