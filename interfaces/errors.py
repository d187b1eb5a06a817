"""Exceptions of the package.

::

    InterfaceError
    |-- FormulaError            (ValueError)   a formula that cannot be read
    |-- PhaseSetError           (ValueError)   entries that do not form one set
    |   |-- SchemeMixError                     energies of more than one scheme
    |   `-- RepeatedIdError                    one id, two different entries
    |-- ReservoirError          (ValueError)   a voltage, gas or couple that sets no potential
    |-- TemperatureError        (ValueError)   data or a range that a Gibbs energy lacks
    |-- MissingElementError     (LookupError)  the set has no reference for an element
    |-- ReactantError           (ValueError)   reactants between which there is no curve
    |   |-- NoOwnEntryError     (LookupError)  the set has no entry of this composition
    |   `-- UnknownNameError    (LookupError)  neither a formula nor a named system
    |-- MoleculeError           (ValueError)   a reference reaction that does not place a molecule
    |-- DelithiationError       (ValueError)   a cell or a Li content that cannot be built
    |   |-- UnknownHostError                   no host of this name
    |   |-- NotCommensurateError               a fraction that gives no whole number of atoms
    |   |-- TooFewDecorationsError             fewer distinct decorations than requested
    |   `-- SiteError                          species, sites or a structure of another supercell
    |-- CalculationError        (RuntimeError) an external program failed or did not converge
    |-- CellError               (ValueError)   a slab, match or interface cell that cannot be built
    |   `-- NoMatchError                       no two supercells within the limits
    |-- SolverError             (ArithmeticError)  the linear programme did not finish
    `-- InputError              (ValueError)   a file or an option that cannot be used

Each message is one line: the input, what is expected, and what to do.
"""

from __future__ import annotations


class InterfaceError(Exception):
    """Base class of all errors of the package."""


class FormulaError(InterfaceError, ValueError):
    """A chemical formula that cannot be read."""


class PhaseSetError(InterfaceError, ValueError):
    """Entries that do not form one phase set."""


class SchemeMixError(PhaseSetError):
    """Energies of more than one functional or correction scheme in one set."""


class RepeatedIdError(PhaseSetError):
    """One entry id with two different formulas or energies."""


class ReservoirError(InterfaceError, ValueError):
    """A voltage, gas or reference electrode that sets no chemical potential."""


class TemperatureError(InterfaceError, ValueError):
    """A Gibbs energy for which data are missing, or a temperature counted twice."""


class MissingElementError(InterfaceError, LookupError):
    """The phase set has no elemental reference for an element of the analysis."""


class ReactantError(InterfaceError, ValueError):
    """Reactants between which no mixing curve exists."""


class NoOwnEntryError(ReactantError, LookupError):
    """The phase set has no entry of the reactant's composition."""


class UnknownNameError(ReactantError, LookupError):
    """Neither a readable formula nor a named system."""


class MoleculeError(InterfaceError, ValueError):
    """A reference reaction that does not place the molecule."""


class DelithiationError(InterfaceError, ValueError):
    """A supercell or a Li content that cannot be built."""


class UnknownHostError(DelithiationError):
    """No host has this name."""


class NotCommensurateError(DelithiationError):
    """A fraction does not give a whole number of atoms in the supercell."""


class TooFewDecorationsError(DelithiationError):
    """The supercell does not allow that many symmetry-distinct decorations."""


class SiteError(DelithiationError):
    """Species, occupied sites or a structure do not belong to the supercell."""


class CalculationError(InterfaceError, RuntimeError):
    """A calculation by an external program failed or did not converge."""


class CellError(InterfaceError, ValueError):
    """A slab, a lattice match or an interface cell that cannot be built."""


class NoMatchError(CellError, LookupError):
    """No two supercells fit one another within the limits."""


class SolverError(InterfaceError, ArithmeticError):
    """The linear programme did not reach an optimum; this indicates ill-conditioned input."""


class InputError(InterfaceError, ValueError):
    """A file or an option that cannot be used."""


LARGEST = (
    1e9  #: largest plausible magnitude of any input (eV, V ...); larger values are typing errors
)


def finite(value: float, what: str, error: type[InterfaceError], largest: float = LARGEST) -> float:
    """Return a number if it is finite and within limits.

    Parameters
    ----------
    value : number to be checked.
    what : quantity, for the error message.
    error : class of the error.
    largest : limit on the absolute value.

    Returns
    -------
    float
        The same number.

    Raises
    ------
    InterfaceError
        Of the given kind, if it is not finite or beyond ``largest`` on either side of zero.

    Examples
    --------
    >>> finite(-2.0, "energy of Li2O", PhaseSetError)
    -2.0
    """
    if not -largest <= value <= largest:
        raise error(f"{what} is {value:g}; give a finite number, {largest:g} at most")
    return value
