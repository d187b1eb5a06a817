"""Frozen inputs of one VASP run from a protocol and a structure, each tag with its reason."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from interfaces.chemistry.formulas import spelled
from interfaces.errors import InputError
from interfaces.serialisable import Serialisable
from interfaces.structures.geometry import symbols
from interfaces.structures.magnetic_moments import Order, rock_salt_afm_cell
from interfaces.structures.oxidation_states import Charges, formal_charges
from workflows.vasp.kpoints import Mesh, mesh_for
from workflows.vasp.potcars import symbols_for
from workflows.vasp.read_protocol import Protocol
from workflows.vasp.tag_rules import FUNCTIONS, Case, Value, electron_count

if TYPE_CHECKING:
    from pymatgen.core import Structure
    from pymatgen.io.vasp import Incar, Kpoints, Poscar, VaspInput

BY_USER = "Set by the user."
FLAVOUR = ("ENCUT", "LDAU", "LDAUU", "LDAUL", "LDAUJ", "GGA", "METAGGA", "IVDW", "LHFCALC", "PREC")
#: tags on which it depends whether corrections still fit


@dataclass(frozen=True)
class Tag(Serialisable):
    """One line of the INCAR; ``set_by`` a protocol or "user"."""

    name: str
    value: Value
    reason: str
    set_by: str


@dataclass(frozen=True, eq=False)
class InputSet(Serialisable):
    """Everything that one run reads.

    Attributes
    ----------
    structure : atoms grouped by element.
    mesh : None where KSPACING takes its place.
    potentials : names, in the order of POSCAR.
    charges : formal ones that the moments follow from.
    satisfied : share of the antiparallel pairs that the cell allows; see `moments.Moments`.
    notes : what was done to the structure.
    """

    protocol: Protocol
    structure: Structure
    tags: tuple[Tag, ...]
    mesh: Mesh | None
    potentials: tuple[str, ...]
    functional: str
    charges: Charges
    order: Order
    satisfied: float | None = None
    notes: tuple[str, ...] = ()

    def value(self, tag: str, default: Any = None) -> Any:
        """Value of a tag, or a default."""
        return next((item.value for item in self.tags if item.name == tag), default)

    @property
    def electrons(self) -> float | None:
        """Valence electrons of the neutral cell."""
        return electron_count(self.structure, self.potentials, self.functional)

    @property
    def corrections(self) -> str | None:
        """Scheme that the energies may take; none once the user changed what it depends on."""
        changed = any(tag.set_by == "user" and tag.name in FLAVOUR for tag in self.tags)
        return None if changed else self.protocol.corrections

    def incar(self) -> Incar:
        """INCAR with the tags in the protocol's order."""
        from pymatgen.io.vasp import Incar

        return Incar(
            {t.name: list(t.value) if isinstance(t.value, tuple) else t.value for t in self.tags}
        )

    def kpoints(self) -> Kpoints | None:
        """KPOINTS, whose first line names the cell; None with KSPACING."""
        from pymatgen.io.vasp import Kpoints

        if self.mesh is None:
            return None
        make = (
            Kpoints.gamma_automatic if self.mesh.style == "Gamma" else Kpoints.monkhorst_automatic
        )
        mesh: Kpoints = make(self.mesh.divisions)
        mesh.comment = self.mesh.reason
        return mesh

    def poscar(self) -> Poscar:
        """POSCAR, with velocities where the structure has them."""
        from pymatgen.io.vasp import Poscar

        return Poscar(
            self.structure,
            comment=f"{spelled(self.structure.composition)} {self.protocol.name}",
            velocities=self.structure.site_properties.get("velocities"),
        )

    def vasp_input(self, *, real_potcars: bool = False) -> VaspInput:
        """Return pymatgen's object: names of the potentials, or the user's own potentials.

        Raises
        ------
        InputError
            If real ones are asked for and pymatgen does not find them.
        """
        from pymatgen.io.vasp import Potcar, VaspInput

        potcar: Any = "\n".join(self.potentials)
        if real_potcars:
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # of hashes that its table does not have
                    potcar = Potcar(list(self.potentials), functional=self.functional)
            except Exception as error:  # pymatgen has its own for each thing missing
                raise InputError(
                    f"POTCARs of {self.functional} were not found: {' '.join(str(error).split())}; "
                    "set PMG_VASP_PSP_DIR, or leave --potcar out"
                ) from None
        return VaspInput(
            self.incar(), self.kpoints(), self.poscar(), potcar, potcar_spec=not real_potcars
        )


def build(
    structure: Structure,
    protocol: Protocol,
    *,
    order: Order | None = None,
    settings: Mapping[str, Value | None] | None = None,
    divisions: tuple[int, int, int] | None = None,
    supercell: tuple[int, int, int] = (1, 1, 1),
    own_moments: bool = False,
) -> InputSet:
    """Make the inputs; nothing is checked yet (`preflight.findings` does).

    Parameters
    ----------
    order : spin order in place of the protocol's.
    settings : tags in place of the protocol's; None removes one.
    divisions : a Gamma-centred mesh in place of the protocol's.
    supercell : repeats along each axis.
    own_moments : start from the site property ``magmom`` [bohr magneton], as a file states it,
        where no order is given.

    Raises
    ------
    InputError
        If the structure is disordered, or the protocol has no potential for an element.
    """
    if not structure.is_ordered:
        raise InputError(
            f"{structure.composition.reduced_formula} has partly filled sites; order it first "
            "(pymatgen's OrderDisorderedStructureTransformation), as VASP has whole atoms only"
        )
    wanted = protocol.order if order is None else order
    notes: list[str] = []
    cell = _grouped(structure)
    stated = own_moments and "magmom" in cell.site_properties
    if stated and order is None:
        wanted = "set"
        notes.append("MAGMOM holds the moments of the structure file; --magnetic takes others")
    elif stated:
        cell.remove_site_property("magmom")
        notes.append(f"the moments of the structure file are left out for the order {order}")
    if wanted == "afm" and (magnetic := rock_salt_afm_cell(cell)) is not None:
        if len(magnetic) > len(cell) or not _holds(cell, magnetic):
            notes.append(
                f"the {len(cell)}-atom cell was replaced by the rhombohedral AFM-II cell of "
                f"{len(magnetic)} atoms, in which (111) planes can alternate"
            )
        cell = magnetic
    if supercell != (1, 1, 1):
        cell = _grouped(cell.make_supercell(supercell, in_place=False))
        notes.append(f"supercell {' x '.join(map(str, supercell))}, {len(cell)} atoms")
    inputs = (
        _of_protocol(cell, protocol, wanted)
        if protocol.pymatgen_set is None
        else _of_pymatgen(cell, protocol, wanted)
    )
    if stated and order is None:
        inputs = _with_own_moments(inputs)
    if divisions is not None:
        inputs = replace(inputs, mesh=Mesh(divisions, "Gamma", BY_USER))
    return _with(replace(inputs, notes=tuple(notes)), settings or {})


def _with_own_moments(inputs: InputSet) -> InputSet:
    """Spin on, and each atom started at the moment that the structure file states."""
    tags = {tag.name: tag for tag in inputs.tags}
    moments = tuple(float(value) for value in inputs.structure.site_properties["magmom"])
    for name, value in (("ISPIN", 2), ("MAGMOM", moments)):
        tags[name] = Tag(name, value, "The structure file states moments.", "structure file")
    return replace(inputs, tags=tuple(tags.values()), satisfied=None)


def _grouped(structure: Structure) -> Structure:
    """Atoms of one element together, elements as they first appear; nothing else moves."""
    kinds = list(dict.fromkeys(symbols(structure)))
    rows = sorted(structure, key=lambda site: kinds.index(site.specie.symbol))
    return type(structure).from_sites(rows, properties=dict(structure.properties))


def _holds(cell: Structure, magnetic: Structure) -> bool:
    return len(cell) == len(magnetic) and bool(abs(cell.lattice.a - magnetic.lattice.a) < 0.01)


def _case(cell: Structure, protocol: Protocol, order: Order) -> Case:
    kinds = list(dict.fromkeys(symbols(cell)))
    return Case(
        cell, protocol, formal_charges(cell), order, symbols_for(protocol.potentials, kinds)
    )


def _of_protocol(cell: Structure, protocol: Protocol, order: Order) -> InputSet:
    case = _case(cell, protocol, order)
    values: dict[str, Value] = {}
    tags = []
    for item in protocol.tags:
        value = item.value if item.rule is None else FUNCTIONS[item.rule](case, item, values)
        if value is not None:
            values[item.name] = value
            tags.append(Tag(item.name, value, item.reason, item.set_by))
    spin = values.get("ISPIN") == 2
    return InputSet(
        protocol, cell, tuple(tags), mesh_for(cell, protocol.mesh), case.potentials,
        protocol.potentials.functional, case.charges, order,
        case.moments().satisfied if spin else None,
    )  # fmt: skip


def _of_pymatgen(cell: Structure, protocol: Protocol, order: Order) -> InputSet:
    """The inputs of one of pymatgen's own sets, to which the protocol adds the reasons."""
    from pymatgen.io.vasp import sets

    plain = cell.copy()
    charges = formal_charges(cell)
    satisfied = None
    if order in ("afm", "fm"):
        from interfaces.structures.magnetic_moments import START, starting_moments

        moments = starting_moments(cell, charges, order)
        satisfied = moments.satisfied
        starts = [value or START for value in moments.values]  # pymatgen's own for the rest
        plain.add_site_property("magmom", starts)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what they say of Co, the pre-flight says of every metal
        kind = getattr(sets, str(protocol.pymatgen_set))
        known = kind.CONFIG["POTCAR"]
        if missing := [name for name in dict.fromkeys(symbols(cell)) if name not in known]:
            raise InputError(
                f"{protocol.pymatgen_set} names no POTCAR for {', '.join(missing)}; take a "
                "protocol of your own that does"
            )
        made = kind(plain, sort_structure=False)
        incar, mesh, names = dict(made.incar), made.kpoints, tuple(made.potcar_symbols)
    if order == "none":
        incar["ISPIN"] = 1
        incar.pop("MAGMOM", None)
    tags = []
    for name, value in sorted(incar.items()):
        reason = protocol.reason(name)
        if reason is None:
            raise InputError(
                f"{protocol.pymatgen_set} sets {name}, for which protocol {protocol.name} gives no "
                "reason; add one"
            )
        plain_value = tuple(map(_number, value)) if isinstance(value, list) else value
        changed = name == "ISPIN" and order == "none"
        by = "user" if changed else protocol.name
        tags.append(Tag(name, plain_value, BY_USER if changed else reason, by))
    a, b, c = mesh.kpts[0]
    style = "Gamma" if mesh.style.name.startswith("G") else "Monkhorst"
    words = f"{protocol.mesh.reason} Cell: {spelled(cell.composition)}, {len(cell)} atoms."
    return InputSet(
        protocol, cell, tuple(tags), Mesh((int(a), int(b), int(c)), style, words), names,
        str(made.potcar_functional), charges, order, satisfied,
    )  # fmt: skip


def _number(value: Any) -> float | int:
    return value if isinstance(value, int) else float(value)


def _with(inputs: InputSet, settings: Mapping[str, Value | None]) -> InputSet:
    """Put the user's tags over the protocol's."""
    if not settings:
        return inputs
    tags = {tag.name: tag for tag in inputs.tags}
    for name, value in settings.items():
        if value is None:
            if name not in tags:
                raise InputError(f"{name} is not among the tags here, so it cannot be left out")
            del tags[name]
        else:
            tags[name] = Tag(name, value, BY_USER, "user")
    spin = tags.get("ISPIN")
    if spin is not None and spin.set_by == "user" and "MAGMOM" not in settings:
        tags = _respun(inputs, tags)
    changed = replace(inputs, tags=tuple(tags.values()))
    return replace(changed, mesh=None) if settings.get("KSPACING") is not None else changed


def _respun(inputs: InputSet, tags: dict[str, Tag]) -> dict[str, Tag]:
    """Moments follow where the user switched spin on or off."""
    if tags["ISPIN"].value == 1:
        return {name: tag for name, tag in tags.items() if name != "MAGMOM"}
    rule = next((item for item in inputs.protocol.tags if item.rule == "moments"), None)
    if rule is None or "MAGMOM" in tags:
        return tags
    case = _case(inputs.structure, inputs.protocol, inputs.order)
    value = FUNCTIONS["moments"](case, rule, {"ISPIN": 2})
    assert value is not None, "spin is on"
    return tags | {"MAGMOM": Tag("MAGMOM", value, rule.reason, rule.set_by)}
