"""Maker of an interface cell: two slabs, or a slab and a molecule, in one cell."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobflow import Job, Maker, OutputReference, job

from interfaces.errors import InputError
from workflows.flows.analysis_makers import reference_of
from workflows.flows.maker_fields import restore_tuples, with_fields
from workflows.jobs.documents import CellDocument, composition, with_schema
from workflows.structures.interface_cells import CellSpec, list_choices, named_cells, read_named

if TYPE_CHECKING:
    from pymatgen.core import Structure

ARGUMENTS = ("first", "second", "named")  #: fields of a specification that ``make`` takes


@with_fields(CellSpec, ARGUMENTS)
class InterfaceCellMaker(Maker):  # type: ignore[misc]
    """An interface cell; fields as :class:`workflows.structures.interface_cells.CellSpec`."""

    name: str = "interface cell"

    def __post_init__(self) -> None:
        """Restore tuples, which a store holds as lists."""
        restore_tuples(self)

    def make(self, first: Any, second: Any = None) -> Job:
        """Return the job.

        Parameters
        ----------
        first, second : names or files of both sides, structures, or outputs of jobs; or the name of
            a stored cell alone.

        Raises
        ------
        InputError, CellError
            If a side does not exist, or no termination or match fits the limits.
        """
        sides = [reference_of(side) for side in (first, second)]
        if not any(isinstance(side, OutputReference) for side in sides):
            list_choices(self._spec(sides[0], sides[1], None))
        made: Job = self.run(*[_absolute(side) for side in sides])
        with_schema(made, CellDocument)
        names = [side for side in sides if isinstance(side, str)]
        made.name = " ".join([self.name, *names])
        made.metadata = {"kind": "cell", "sides": names}
        return made

    @job  # type: ignore[untyped-decorator]
    def run(self, first: Any, second: Any) -> CellDocument:
        """Build the cell where the job runs.

        Parameters
        ----------
        first, second : as of :meth:`make`, references resolved.
        """
        from workflows.structures.interface_cells import prepare_cell
        from workflows.structures.write_cells import record

        result = prepare_cell(self._spec(first, second, Path.cwd()))
        structure = result.cell.atoms.structure()
        return CellDocument(
            **composition({element.symbol for element in structure.composition}, []),
            sides=list(dict.fromkeys(structure.site_properties["side"])),
            n_atoms=len(structure),
            gap=float(result.cell.gap),
            record=record(result),
            structure=structure,
        )

    def _spec(self, first: Any, second: Any, folder: Path | None) -> CellSpec:
        """Return the specification; structures become files in a folder."""
        if second is None:
            if first not in named_cells():
                raise InputError(f"{first!r} is not a stored cell ({', '.join(named_cells())}); "
                                 "give two sides")  # fmt: skip
            return read_named(first)
        options = {
            item.name: getattr(self, item.name)
            for item in fields(CellSpec)
            if item.name not in ARGUMENTS
        }
        places = [_as_file(side, at, folder) for at, side in enumerate((first, second))]
        return CellSpec(first=places[0], second=places[1], **options)


def _absolute(side: Any) -> Any:
    if isinstance(side, str | Path) and Path(side).is_file():
        return str(Path(side).resolve())
    return side


def _as_file(side: Any, at: int, folder: Path | None) -> str:
    """Return the name or file of a side; a structure is written where there is none."""
    from tempfile import mkdtemp

    if isinstance(side, str | Path):
        return str(side)
    structure: Structure = getattr(side, "structure", side)
    if not hasattr(structure, "lattice"):
        raise InputError(
            f"{type(side).__name__} is not a side of a cell; give a name or a structure"
        )
    place = (folder or Path(mkdtemp())) / f"{structure.composition.reduced_formula}_{at}.cif"
    structure.to(filename=str(place))
    return str(place)
