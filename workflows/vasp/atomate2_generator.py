"""Input generator of atomate2 that follows a protocol."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from atomate2.vasp.sets.base import VaspInputGenerator

from interfaces.chemistry.formulas import spelled
from interfaces.structures.magnetic_moments import Order
from workflows.schemas.calculation_target import Kind
from workflows.vasp.checks.finding import Subject
from workflows.vasp.checks.preflight import findings, stop_on_errors
from workflows.vasp.input_sets import build
from workflows.vasp.read_protocol import read_protocol


@dataclass
class ProtocolGenerator(VaspInputGenerator):
    """Inputs of a protocol for whatever structure a Maker brings.

    Attributes
    ----------
    protocol : name of a bundled protocol, or the path of a file.
    order : spin order in place of the protocol's.
    kind : bulk, slab or interface, for the checks.
    user_incar_settings : tags in place of the protocol's, as for every generator of atomate2.
    checked : refuse inputs in which the pre-flight finds an error.
    """

    protocol: str = "interface-relax"
    order: Order | None = None
    kind: Kind = "bulk"
    checked: bool = True
    user_incar_settings: dict[str, Any] = field(default_factory=dict)

    def get_input_set(
        self, structure: Any = None, prev_dir: Any = None, potcar_spec: bool = False
    ) -> Any:
        """Return pymatgen's VaspInput; ``prev_dir`` changes nothing, as a protocol is what it says.

        Raises
        ------
        InputError
            If the pre-flight finds an error, or real POTCARs are not found.
        """
        cell = self.structure if structure is None else structure
        settings = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in self.user_incar_settings.items()
        }
        inputs = build(cell, read_protocol(self.protocol), order=self.order, settings=settings)
        if self.checked:
            name = f"{spelled(inputs.structure.composition)} under {self.protocol}"
            stop_on_errors(name, findings(Subject(inputs, self.kind, strain=0.0)))
        return inputs.vasp_input(real_potcars=not potcar_spec)
