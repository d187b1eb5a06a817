"""Coatings between a cathode and an electrolyte: what their two contacts do, gates and a ranking.

Phase energies say whether a coating reacts, at which voltages it lasts and what it falls into. They
do not say whether lithium gets through it: its ionic conductivity is no part of this.
"""

from interfaces.coatings.coating import Candidate, Coating
from interfaces.coatings.contacts import Contact, contact
from interfaces.coatings.gates import Failure, Gates
from interfaces.coatings.pareto import OBJECTIVES, pareto_front
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
