"""Maker of checked VASP inputs: a bulk, slab, interface cell, or its dynamics."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobflow import Job, Maker, OutputReference, job

from interfaces.errors import InputError
from workflows.flows.analysis_makers import reference_of
from workflows.flows.maker_fields import restore_tuples
from workflows.jobs.documents import (
    HEAVY,
    InputSetDocument,
    composition,
    keep_whole_without_data_store,
    with_schema,
)

if TYPE_CHECKING:
    from workflows.schemas.calculation_target import Target
    from workflows.vasp.input_sets import InputSet

FOLDER = "inputs"  #: in that of the job, where none is named


@dataclass
class VaspInputMaker(Maker):  # type: ignore[misc]
    """A folder of VASP inputs by a protocol, checked, and its document.

    Attributes
    ----------
    protocol : name of a bundled protocol (``mp-relax``, ``interface-aimd`` ...) or a file.
    folder : where the inputs are written; by default below the folder of the job.
    user_incar_settings : tags in place of the protocol's; None removes one.
    kpoints, supercell : a Gamma-centred mesh, and repeats of the cell.
    magnetic : spin order in place of the protocol's.
    segments : folders of a chained run of dynamics; by default the protocol's.
    potcar : also write POTCAR, from PMG_VASP_PSP_DIR.
    """

    name: str = "VASP inputs"
    protocol: str = "mp-relax"
    folder: str | None = None
    user_incar_settings: dict[str, Any] = field(default_factory=dict)
    kpoints: tuple[int, int, int] | None = None
    supercell: tuple[int, int, int] = (1, 1, 1)
    magnetic: str | None = None
    segments: int | None = None
    potcar: bool = False

    def __post_init__(self) -> None:
        """Refuse an unknown protocol; restore tuples, which a store holds as lists."""
        from workflows.vasp.read_protocol import read_protocol

        read_protocol(self.protocol)
        restore_tuples(self)
        self.folder = self.folder and str(Path(self.folder).resolve())

    def make(self, structure: Any) -> Job:
        """Return the job.

        Parameters
        ----------
        structure : a named bulk or cell, a path, a structure, or the output of a job.

        Raises
        ------
        InputError
            If there is no such structure, or the checks find an error.
        """
        chosen = reference_of(structure)
        label = chosen if isinstance(chosen, str) else ""
        if not isinstance(chosen, OutputReference):
            target = _target(chosen)
            self._checked(target)
            label = target.name
            if isinstance(chosen, str) and Path(chosen).exists():
                chosen = str(Path(chosen).resolve())
        made: Job = self.run(chosen)
        with_schema(made, InputSetDocument)
        made.name = f"{self.name} {label}".strip()
        made.metadata = {"kind": "inputs", "protocol": self.protocol}
        return made

    @job(**HEAVY)  # type: ignore[untyped-decorator]
    def run(self, structure: Any) -> InputSetDocument:
        """Write the inputs where the job runs.

        Parameters
        ----------
        structure : as of :meth:`make`, references resolved.
        """
        from workflows.vasp.input_folders import write_inputs

        keep_whole_without_data_store()
        target = _target(structure)
        inputs = self._checked(target)
        written = write_inputs(
            target,
            inputs,
            Path(self.folder or FOLDER).resolve(),
            segments=self._segments,
            potcar=self.potcar,
        )
        inputs, cell = written.inputs, written.inputs.structure
        return InputSetDocument(
            **composition({e.symbol for e in cell.composition}, []),
            protocol=self.protocol,
            kind=target.kind,
            incar=dict(inputs.incar()),
            reasons={tag.name: tag.reason for tag in inputs.tags},
            kpoints=None if inputs.mesh is None else list(inputs.mesh.divisions),
            potcar_symbols=list(inputs.potentials),
            potcar_functional=inputs.functional,
            findings=[f"{finding.level}: {finding}" for finding in written.findings],
            notes=list(inputs.notes),
            folder=str(written.folder),
            files=list(written.files),
            structure=cell,
            result=inputs,
        )

    @property
    def _segments(self) -> int:
        from workflows.vasp.read_protocol import read_protocol

        return read_protocol(self.protocol).segments if self.segments is None else self.segments

    def _checked(self, target: Target) -> InputSet:
        """Return the inputs, once the pre-flight finds no error."""
        from workflows.vasp.checks.finding import Subject
        from workflows.vasp.checks.preflight import findings, stop_on_errors
        from workflows.vasp.input_sets import build
        from workflows.vasp.read_protocol import read_protocol

        inputs = build(
            target.structure,
            read_protocol(self.protocol),
            order=self.magnetic,  # type: ignore[arg-type]
            settings={
                tag: tuple(value) if isinstance(value, list) else value
                for tag, value in self.user_incar_settings.items()
            },
            divisions=self.kpoints,
            supercell=self.supercell,
            own_moments=True,
        )
        inputs = replace(inputs, notes=(*target.notes, *inputs.notes))
        subject = Subject(inputs, target.kind, target.strain, self._segments)
        stop_on_errors(f"{target.name} under {self.protocol}", findings(subject))
        return inputs


def _target(structure: Any) -> Target:
    """Resolve a name, path, structure or document with a structure."""
    from workflows.schemas.calculation_target import Target
    from workflows.structures.read_targets import digest_of, find_target, kind_of

    if isinstance(structure, str | Path):
        return find_target(str(structure))
    cell = getattr(structure, "structure", structure)
    if not hasattr(cell, "lattice"):
        raise InputError(
            f"{type(structure).__name__} has no structure to make inputs of; give a name, a path, "
            "a structure or the output of a job"
        )
    kind = "interface" if "side" in cell.site_properties else kind_of(cell)
    name = str(cell.composition.reduced_formula)
    return Target(name, cell, kind, "a structure of the user's", digest_of(cell))
