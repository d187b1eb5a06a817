"""Small records to report on."""

from __future__ import annotations

from interfaces.phases.reactants import reactant
from interfaces.phases.reservoirs import at_voltage
from workflows.analyses.curve import CurveAnalysis, UptakeAnalysis
from workflows.analyses.maps import ChargingAnalysis, VoltageMapAnalysis
from workflows.analyses.window import WindowAnalysis
from workflows.runs.record import write_record

HOSTILE = "</script><img src=x onerror='window.hacked=1'>{{ 7 * 7 }}"
CONTENTS = {"1": "LiTiO2", "0.5": "Li0.5TiO2", "0": "TiO2"}


def a_record(path, phases, name="Host"):
    """A series of three states against Li2O, with a note and an error."""
    other = reactant(
        phases, "Li2O", -1.95, name=f"Partner {name}", uncertainty=0.02, model="calculated",
        notes=(f"note of {name}",),
    )  # fmt: skip
    answers = []
    for x, formula in CONTENTS.items():
        first = reactant(phases, formula, "hull", name=f"{name} (x = {x})")
        question = CurveAnalysis(phases, first, other, (), {"phase_set": phases.source})
        answers.append((question, question.run()))
    write_record(path, answers)
    return path


def questions(phases):
    """One question of every kind."""
    first, second = reactant(phases, "TiO2"), reactant(phases, "Li2O")
    states = tuple(
        (float(x), reactant(phases, formula, "hull", name=f"Host (x = {x})"))
        for x, formula in CONTENTS.items()
    )
    return {
        "curve": CurveAnalysis(phases, first, second, (), {}),
        "open": CurveAnalysis(phases, first, second, (at_voltage("Li", 2.5),), {}),
        "uptake": UptakeAnalysis(phases, first, at_voltage("Li", 0.5), {}),
        "window": WindowAnalysis(phases, second, "Li", (), None, (), {}),
        "map": VoltageMapAnalysis(phases, first, second, (1.0, 4.0), "Li", (), {}),
        "charging": ChargingAnalysis(phases, states, second, (1.0, 4.0), 4, "Li", (), {}),
    }
