"""Job files with ``questions:``, each in the words of a verb of the command line.

::

    name: lco_lpscl
    phases: chgnet-0.3.0
    questions:
      - {curve: [LCO, LPSCl]}
      - {curve: [LCO, LPSCl], open: [Li], voltage: 4.3}
      - {window: LPSCl, reference: In|LiIn, as: window_in}
      - {map: [LCO, LPSCl], voltages: "2:4.5"}
      - {coatings: [NCM811, LGPS], candidates: [NiO]}
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from interfaces.errors import InputError
from workflows.analyses.conditions import Conditions, read_pressure
from workflows.analyses.maps import Range, read_range
from workflows.analyses.setup import PhaseOptions
from workflows.io.resources import DEFAULT_SET

if TYPE_CHECKING:
    from workflows.schemas.jobs import AnalysesJob, AnyAnalysis


@dataclass(frozen=True)
class AnalysisSpec:
    """One question as it is written; the words are those of the verb's options."""

    name: str
    verb: str
    materials: tuple[str, ...]
    source: PhaseOptions
    conditions: Conditions
    voltages: Range | None = None
    residuals: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()
    charged: str | None = None
    discharged: str | None = None
    carrier: str = "Li"


def specs_of(job: AnalysesJob, phases: str | None = None) -> tuple[AnalysisSpec, ...]:
    """Return the analyses of a job; ``phases`` takes the place of the set that it names.

    Raises
    ------
    InputError
        If a pressure, a range or a name cannot be one, or two analyses have one name.
    """
    used = phases or job.phases or DEFAULT_SET
    inquiries = tuple(_inquiry(analysis, used) for analysis in job.questions)
    names = [inquiry.name for inquiry in inquiries]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise InputError(
            f"{job.name}: two questions are called {twice}; tell them apart with `as: NAME`"
        )
    return inquiries


def _inquiry(analysis: AnyAnalysis, phases: str) -> AnalysisSpec:
    conditions = Conditions(
        opened=analysis.open,
        voltage=getattr(analysis, "voltage", None),
        reference=analysis.reference,
        plateau=analysis.plateau,
        pressures=tuple(read_pressure(text) for text in analysis.gas),
        temperature=analysis.temperature,
        gas_temperature=analysis.gas_temperature,
    )
    voltages = getattr(analysis, "voltages", None)
    name = analysis.label or _name(analysis.verb, analysis.materials, conditions)
    return AnalysisSpec(
        name=name,
        verb=analysis.verb,
        materials=analysis.materials,
        source=PhaseOptions(phases, analysis.energy, analysis.exclude),
        conditions=conditions,
        voltages=None if voltages is None else read_range(voltages),
        residuals=getattr(analysis, "residual", ()),
        candidates=getattr(analysis, "candidates", ()),
        charged=getattr(analysis, "charged", None),
        discharged=getattr(analysis, "discharged", None),
        carrier=getattr(analysis, "carrier", "Li"),
    )


def _name(verb: str, materials: tuple[str, ...], conditions: Conditions) -> str:
    """A name for files: curve_LCO_LPSCl_4.3V_973K.

    >>> _name("curve", ("NCM811@0.5", "LPSCl"), Conditions(("Li",), 4.3))
    'curve_NCM811-0.5_LPSCl_4.3V'
    """
    parts = [verb, *materials]
    if conditions.voltage is not None:
        parts.append(f"{conditions.voltage:g}V")
    for kelvin in (conditions.temperature, conditions.gas_temperature):
        if kelvin is not None:
            parts.append(f"{kelvin:g}K")
    return "_".join(re.sub(r"[^A-Za-z0-9.]+", "-", part) for part in parts)
