"""Coatings between a cathode and an electrolyte: reactivity of both contacts, windows, ranking.

Phase energies give the reactivity, the electrochemical window and the decomposition products of a
coating. Its ionic conductivity is not considered.
"""

from interfaces.coatings.coating import OBJECTIVES, Candidate, Coating, pareto_front
from interfaces.coatings.contacts import Contact, contact
from interfaces.coatings.gates import Failure, Gates
from interfaces.coatings.ranking import CoatingRanking, coating_ranking
from interfaces.coatings.supply import Supply, supply

__all__ = [
    "OBJECTIVES",
    "Candidate",
    "Coating",
    "CoatingRanking",
    "Contact",
    "Failure",
    "Gates",
    "Supply",
    "coating_ranking",
    "contact",
    "pareto_front",
    "supply",
]
