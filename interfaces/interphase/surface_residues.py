r"""Cathode powder with residual lithium compounds (Li2CO3, LiOH) as one reactant.

Titration reports residual lithium compounds as a percentage of the mass of the powder. With w
per cent of each residual, M the molar masses and c the cathode, a formula unit of cathode carries

.. math:: n_i = \frac{w_i / M_i}{(100 - \sum_j w_j) / M_c}

formula units of residual i, rounded to 0.0001. The powder keeps this ratio in every reaction, and
its energy is the sum of those of its parts. A reaction between the parts therefore counts as
self-decomposition of the powder, and lithium of the residuals counts as lithium of the cathode.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from interfaces.chemistry.formulas import Formula, decimal
from interfaces.errors import ReactantError
from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.reactants import Reactant, reactant

DIGITS = 4  #: of formula units of a residual per formula unit of cathode
MOST = 20.0  #: per cent of the mass; above it this is not a residue


def with_residuals(
    phase_set: PhaseSet, cathode: Reactant, residuals: Sequence[tuple[Reactant, float]]
) -> Reactant:
    """The powder of a cathode and residuals, each with its share of the mass [per cent].

    Parameters
    ----------
    phase_set : energies of the candidate products [eV/atom].
    cathode : cathode without residues.
    residuals : residual compounds with their mass fractions [per cent of the powder].

    Returns
    -------
    Reactant
        The powder as one reactant.

    Raises
    ------
    ReactantError
        If a share is not positive, is too small to be seen, or all are above 20 % together.

    Examples
    --------
    >>> phases = PhaseSet.from_rows(
    ...     [("a", "Li", 0.0), ("b", "Co", 0.0), ("c", "O2", 0.0), ("d", "LiCoO2", -1.7),
    ...      ("e", "Li2O", -2.0)], scheme="made up")
    >>> powder = with_residuals(
    ...     phases, reactant(phases, "LiCoO2"), [(reactant(phases, "Li2O"), 3.0)])
    >>> print(powder.formula, round(powder.energy, 4))
    (LiCoO2)(Li2O)0.1013 -1.7212
    """
    together = sum(share for _, share in residuals)
    if not all(0 < share <= MOST for _, share in residuals) or together > MOST:
        raise ReactantError(
            f"residuals of {' + '.join(f'{share:g}' for _, share in residuals)} % of the mass; "
            f"give positive shares of the powder, {MOST:g} % at most together"
        )
    parts: list[tuple[Reactant, Fraction]] = [(cathode, Fraction(1))]
    for residual, share in residuals:
        moles = share / residual.formula.molar_mass * cathode.formula.molar_mass / (100 - together)
        amount = round(Fraction(moles), DIGITS)
        if not amount:
            raise ReactantError(
                f"{share:g} % of {residual.formula} are less than {10**-DIGITS:g} formula units "
                "per formula unit of cathode; leave it out"
            )
        parts.append((residual, amount))
    formula = Formula.parse(
        f"({cathode.formula})" + "".join(f"({p.formula}){decimal(n)}" for p, n in parts[1:])
    )
    atoms = [float(n * p.formula.n_atoms) for p, n in parts]
    energy = sum(a * p.energy for a, (p, _) in zip(atoms, parts, strict=True)) / sum(atoms)
    volumes = [p.volume for p, _ in parts]
    volume = None
    if all(v is not None for v in volumes):
        volume = sum(a * (v or 0.0) for a, v in zip(atoms, volumes, strict=True)) / sum(atoms)
    named = ", ".join(f"{share:g} % {residual.formula}" for residual, share in residuals)
    note = (
        f"{cathode.label} is a powder with {named} of its mass: {formula}, with the energy of its "
        "parts; what they react with each other counts as self-decomposition, and the residuals' "
        "lithium as the cathode's"
    )
    uncertainty = cathode.uncertainty and cathode.uncertainty * atoms[0] / sum(atoms)
    return reactant(
        phase_set,
        formula,
        energy,
        name=f"{cathode.label} with {named}",
        uncertainty=uncertainty,
        model="mixture",
        notes=(
            *cathode.notes,
            *(residual_note for residual, _ in residuals for residual_note in residual.notes),
            note,
        ),
        volume=volume,
    )
