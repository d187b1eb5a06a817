"""Gates, objectives, named candidates and elements: ``inputs/coatings.yaml``, or a user's copy."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interfaces.chemistry.formulas import Formula
from interfaces.coatings import Gates, Supply, supply
from interfaces.coatings.coating import Objective
from interfaces.errors import InputError
from workflows.analyses.candidates.criteria import price
from workflows.io.readers import read_yaml
from workflows.io.resources import inputs

if TYPE_CHECKING:
    from workflows.schemas.coatings import SettingsFile


@dataclass(frozen=True)
class Named:
    """A candidate of the published work: its formula or name, the reason, and the source.

    ``source`` is a DOI where that was checked, else a citation; it may be empty.
    """

    name: str
    why: str
    source: str

    @property
    def note(self) -> str:
        """Both in one phrase."""
        return f"{self.why} ({self.source})" if self.source else self.why


@dataclass(frozen=True)
class Settings:
    """What a ranking starts from besides the three materials."""

    gates: Gates
    not_checked: tuple[str, ...]
    front: tuple[Objective, ...]
    named: tuple[Named, ...]
    scarce_below: float
    abundances: Mapping[str, float]

    def supply(self, formula: Formula) -> Supply:
        """Price and abundance of a compound's elements; pymatgen's table has the prices."""
        prices = {element: price(Formula.parse(element)) for element in formula.elements}
        known = {element: cost for element, cost in prices.items() if math.isfinite(cost)}
        return supply(formula, known, self.abundances, self.scarce_below)


def read_settings(path: Path | None = None) -> Settings:
    """The bundled settings, with what a user's file gives instead.

    A gate may be written as its value, or as the bundled file does, with its reason.

    Raises
    ------
    InputError
        If the file cannot be read, or a key, gate or objective in it is none.
    """
    bundled = _load(inputs() / "coatings.yaml")
    own = bundled if path is None else _load(path)
    file = "coatings.yaml" if path is None else path.name

    def of(key: str) -> Any:
        value = getattr(own, key)
        return getattr(bundled, key) if value is None else value

    try:
        gates = Gates.from_dict({**(bundled.gates or {}), **(own.gates or {})})
    except InputError as error:
        raise InputError(f"{file}: {error}") from None
    return Settings(
        gates=gates,
        not_checked=of("not_checked"),
        front=of("front"),
        named=tuple(Named(name=n.name, why=n.why, source=n.source) for n in of("named")),
        scarce_below=float(of("scarce_below")),
        abundances=of("crustal_abundance"),
    )


def _load(path: Path) -> SettingsFile:
    from workflows.schemas.base import validate
    from workflows.schemas.coatings import SettingsFile

    if not path.is_file():
        raise InputError(f"no gates file at {path}; copy inputs/coatings.yaml and edit it")
    settings: SettingsFile = validate(SettingsFile, read_yaml(path), path.name)
    return settings
