"""Small random phase sets of small whole numbers, so that ties and coplanar phases abound."""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from interfaces.phases.phase_set import PhaseSet

settings.register_profile(
    "laws", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
settings.load_profile("laws")

SYMBOLS = ("Li", "O", "Co", "S")


@st.composite
def formulas(draw, symbols=SYMBOLS, largest=4):
    amounts = draw(
        st.lists(st.integers(0, largest), min_size=len(symbols), max_size=len(symbols)).filter(any)
    )
    return "".join(f"{s}{n}" for s, n in zip(symbols, amounts, strict=True) if n)


@st.composite
def phase_sets(draw, symbols=SYMBOLS):
    rows = [(None, s, 0.0) for s in symbols]
    compounds = draw(st.lists(st.tuples(formulas(symbols), st.integers(-6, 2)), max_size=12))
    rows += [(None, f, e / 2) for f, e in compounds]
    return PhaseSet.from_rows(rows, scheme="random")
