"""The kinds of analyses. A new kind is one module and one line here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from workflows.analyses.coatings.coating_analysis import CoatingAnalysis
from workflows.analyses.composites import CompositeAnalysis
from workflows.analyses.curve import CurveAnalysis, UptakeAnalysis
from workflows.analyses.maps import ChargingAnalysis, VoltageMapAnalysis
from workflows.analyses.window import WindowAnalysis

if TYPE_CHECKING:
    from workflows.analyses.analysis import Analysis, AnalysisSpec

#: kind -> analysis
ANALYSES: Mapping[str, type[Analysis]] = {
    analysis.kind: analysis
    for analysis in (
        CurveAnalysis,
        UptakeAnalysis,
        WindowAnalysis,
        VoltageMapAnalysis,
        ChargingAnalysis,
        CoatingAnalysis,
        CompositeAnalysis,
    )
}
#: kind -> specification, of those that a job file can name
SPECS: Mapping[str, type[AnalysisSpec]] = {
    kind: analysis.spec for kind, analysis in ANALYSES.items() if analysis.spec is not None
}


def prepare_analysis(spec: AnalysisSpec) -> Analysis:
    """Load the phases and reactants of a specification.

    Parameters
    ----------
    spec : of any kind.

    Raises
    ------
    InterfaceError
        As the verb of that kind would.

    Examples
    --------
    >>> from workflows.analyses.window import WindowSpec
    >>> prepare_analysis(WindowSpec(window="LPSCl")).title()
    'Electrochemical window of LPSCl against Li'
    """
    return ANALYSES[spec.kind].prepare(spec)
