"""Which of two electrolytes reacts less with a cathode, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

from interfaces.reactivity.curve_band import rank
from interfaces.solver.simplex import Array

if TYPE_CHECKING:
    from workflows.runs.energy_model_spread import Curves

COLUMNS = ("x", "first", "second", "probability_first_milder", "difference", "standard_error")
SURE = 0.9  #: probability from which one electrolyte is called milder

#: Said once with every ranking.
FLOOR = (
    "what is weaker than about 0.1 eV/atom is decided by nucleation and interface energy, not by "
    "these energies; the errors drawn are those that the phase set states, not what DFT itself "
    "misses (molecules, carbonates, sulfates)"
)

#: electrolyte -> lithium content -> lowest total of each draw [eV per non-open atom]
AllDraws = Mapping[str, Mapping[float, Array]]


def ranking_rows(curves: Curves, draws: AllDraws) -> Iterator[dict[str, object]]:
    """Rows of ``ranking.csv``: every pair of electrolytes at every lithium content.

    The lowest totals are compared draw by draw, with the same phase errors in both curves.
    Energies in eV/atom; ``difference`` is first minus second, positive where the first is milder.
    """
    for first, second in combinations(draws, 2):
        for x in sorted({*draws[first]} & {*draws[second]}, reverse=True):
            pair = rank(curves[first][x], curves[second][x], draws[first][x], draws[second][x])
            values = (
                x, first, second, pair.probability_first_milder, pair.difference,
                pair.standard_error,
            )  # fmt: skip
            yield dict(zip(COLUMNS, values, strict=True))


def ranking_sentences(rows: Iterable[Mapping[str, object]]) -> list[str]:
    """One sentence for each pair of electrolytes."""
    pairs: dict[tuple[str, str], list[Mapping[str, object]]] = {}
    for row in rows:
        pairs.setdefault((str(row["first"]), str(row["second"])), []).append(row)
    return [_sentence(*pair, members) for pair, members in pairs.items()]


def _sentence(first: str, second: str, rows: Iterable[Mapping[str, object]]) -> str:
    groups: dict[str, list[float]] = {}
    every: list[float] = []
    for row in rows:
        probability = float(str(row["probability_first_milder"]))
        if probability >= SURE:
            verdict = f"{first} is milder than {second}"
        elif probability <= 1 - SURE:
            verdict = f"{second} is milder than {first}"
        else:
            verdict = f"{first} or {second}: undecided"
        groups.setdefault(verdict, []).append(float(str(row["x"])))
        every.append(float(str(row["x"])))
    return "; ".join(f"{verdict} at x = {_spans(xs, every)}" for verdict, xs in groups.items())


def _spans(chosen: Sequence[float], every: Sequence[float]) -> str:
    """Contents in a sentence, those that follow each other as a span: ``1 to 0.6, 0.4``."""
    spans: list[list[float]] = []
    for x in chosen:
        if spans and every.index(x) == every.index(spans[-1][-1]) + 1:
            spans[-1].append(x)
        else:
            spans.append([x])
    return ", ".join(
        f"{span[0]:g} to {span[-1]:g}" if len(span) > 1 else f"{span[0]:g}" for span in spans
    )
