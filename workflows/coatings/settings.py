"""Gates, objectives, named candidates and elements: ``inputs/coatings.yaml``, or a user's copy."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from interfaces.coatings import OBJECTIVES, Gates, Supply, supply
from interfaces.coatings.pareto import Objective
from interfaces.errors import InputError
from interfaces.formulas import Formula
from workflows.disk import read_yaml
from workflows.resources import inputs
from workflows.screen.criteria import price

KEYS = ("gates", "not_checked", "front", "named", "scarce_below", "crustal_abundance")


@dataclass(frozen=True)
class Named:
    """A candidate of the published work: its formula or name, why it is here, and where it stands.

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
    own = {} if path is None else _load(path)
    where = "coatings.yaml" if path is None else path.name
    if unknown := [key for key in own if key not in KEYS]:
        raise InputError(f"{where} has a key {unknown[0]!r}; keys are {', '.join(KEYS)}")
    data = bundled | {key: value for key, value in own.items() if key != "gates"}
    try:
        gates = _values(bundled["gates"]) | _values(own.get("gates") or {})
        front = tuple(data["front"])
        if not front or (wrong := [name for name in front if name not in OBJECTIVES]):
            raise InputError(
                f"front {', '.join(map(str, wrong)) if front else 'is empty'}; choose of "
                f"{', '.join(OBJECTIVES)}"
            )
        return Settings(
            Gates.from_dict(gates),
            tuple(data["not_checked"]),
            front,
            tuple(Named(str(x["name"]), str(x["why"]), str(x["source"])) for x in data["named"]),
            float(data["scarce_below"]),
            {element: float(amount) for element, amount in data["crustal_abundance"].items()},
        )
    except InputError as error:
        raise InputError(f"{where}: {error}") from None
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
        raise InputError(
            f"{where} cannot be used: {type(error).__name__} {error}; see inputs/coatings.yaml"
        ) from None


def _load(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise InputError(f"no gates file at {path}; copy inputs/coatings.yaml and edit it")
    data = read_yaml(path)
    if not isinstance(data, dict):
        raise InputError(f"{path.name} holds no keys; those are {', '.join(KEYS)}")
    return data


def _values(gates: Mapping[str, Any]) -> dict[str, Any]:
    """Name -> limit, of gates written with or without their reasons."""
    return {name: one["value"] if isinstance(one, Mapping) else one for name, one in gates.items()}
