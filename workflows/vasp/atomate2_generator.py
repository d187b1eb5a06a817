"""Input generator of atomate2 that follows a protocol.

It inherits two dozen options of pymatgen's input sets. Each is either applied (:data:`APPLIED`) or
refused; an option that is in neither list, because a newer pymatgen has added it, is refused too.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

from atomate2.vasp.sets.base import VaspInputGenerator

from interfaces.chemistry.formulas import spelled
from interfaces.errors import InputError
from interfaces.structures.geometry import symbols
from interfaces.structures.magnetic_moments import Order
from workflows.schemas.calculation_target import Kind
from workflows.vasp.checks.finding import Subject
from workflows.vasp.checks.preflight import findings, stop_on_errors
from workflows.vasp.input_sets import BY_USER, InputSet, build
from workflows.vasp.kpoints import Mesh
from workflows.vasp.read_protocol import Protocol, read_protocol

if TYPE_CHECKING:
    from pymatgen.core import Structure
    from pymatgen.io.vasp import Kpoints

#: options that change the inputs
APPLIED = frozenset(
    ("structure", "user_incar_settings", "user_kpoints_settings", "user_potcar_settings",
     "user_potcar_functional", "constrain_total_magmom", "sort_structure", "force_gamma",
     "reduce_structure", "use_structure_charge", "protocol", "order", "kind", "checked")
)  # fmt: skip
_TAGS = "give the tags in user_incar_settings"
_BY_PROTOCOL = "the protocol sets these tags; " + _TAGS
_NO_PREVIOUS = "a protocol takes nothing from an earlier run; " + _TAGS
#: options whose default alone is possible, with what to do instead
REFUSED: Mapping[str, str] = {
    "config_dict": "the protocol is the configuration; write a protocol of your own",
    "files_to_transfer": "let the Maker copy files (copy_vasp_kwargs)",
    "vdw": "a protocol states its dispersion correction; " + _TAGS,
    "standardize": "standardize the structure before",
    "sym_prec": "it belongs to standardize",
    "international_monoclinic": "it belongs to standardize",
    "validate_magmom": "every atom has a moment by the protocol or the structure",
    "inherit_incar": _NO_PREVIOUS,
    "auto_kspacing": _NO_PREVIOUS,
    "auto_ismear": _BY_PROTOCOL,
    "auto_ispin": _NO_PREVIOUS,
    "auto_lreal": _BY_PROTOCOL,
    "auto_metal_kpoints": "the protocol sets the mesh; give user_kpoints_settings",
    "bandgap_tol": _NO_PREVIOUS,
    "bandgap": _NO_PREVIOUS,
    "prev_incar": _NO_PREVIOUS,
    "prev_kpoints": "give it as user_kpoints_settings",
    "_valid_potcars": "the protocol names the potentials",
}
DENSITIES = ("reciprocal_density", "grid_density", "length")


@dataclass
class ProtocolGenerator(VaspInputGenerator):
    """Inputs of a protocol for whatever structure a Maker brings.

    Attributes
    ----------
    protocol : name of a bundled protocol, or the path of a file.
    order : spin order in place of the protocol's.
    kind : bulk, slab or interface, for the checks.
    checked : refuse inputs in which the pre-flight finds an error.
    user_incar_settings : tags in place of the protocol's, as for every generator of atomate2.
    user_kpoints_settings : a mesh in place of the protocol's: a ``Kpoints`` with one mesh, or a
        mapping with ``reciprocal_density``, ``grid_density`` or ``length``; ``force_gamma`` centres
        the latter.
    user_potcar_settings, user_potcar_functional : potentials in place of the protocol's; energies
        then take no corrections.
    constrain_total_magmom : set NUPDOWN to the sum of the starting moments.
    use_structure_charge : set NELECT by the charge of the structure.
    reduce_structure : ``niggli`` or ``LLL``, before anything else.
    sort_structure : atoms are grouped by element; where False, they must be already.

    Raises
    ------
    InputError
        If another inherited option has not its default value.
    """

    protocol: str = "interface-relax"
    order: Order | None = None
    kind: Kind = "bulk"
    checked: bool = True
    user_incar_settings: dict[str, Any] = field(default_factory=dict)
    auto_ismear: bool = False
    auto_metal_kpoints: bool = False

    def __post_init__(self) -> None:
        """Refuse what cannot be applied, before anything is calculated."""
        self._check_options()
        functional = self.user_potcar_functional
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that potentials of one's own are unusual
            super().__post_init__()
        self.user_potcar_functional = functional  # the base has put its own default there

    def get_input_set(
        self, structure: Any = None, prev_dir: Any = None, potcar_spec: bool = False
    ) -> Any:
        """Return pymatgen's VaspInput; ``prev_dir`` changes nothing, as a protocol is what it says.

        Raises
        ------
        InputError
            If an option cannot be applied, the pre-flight finds an error, or real POTCARs are not
            found.
        """
        self._check_options()  # which a powerup may have set since
        cell: Any = self.structure if structure is None else structure
        if cell is None:
            raise InputError(f"the generator of {self.protocol} needs a structure")
        if self.reduce_structure:
            cell = cell.get_reduced_structure(self.reduce_structure)
        inputs = self._inputs(cell, self._protocol())
        if self.checked:
            name = f"{spelled(inputs.structure.composition)} under {self.protocol}"
            stop_on_errors(name, findings(Subject(inputs, self.kind, strain=0.0)))
        return inputs.vasp_input(real_potcars=not potcar_spec)

    def _check_options(self) -> None:
        for option in fields(self):
            if option.name in APPLIED:
                continue
            made = option.default_factory
            default = option.default if made is MISSING else made()
            if getattr(self, option.name) != default:
                reason = REFUSED.get(option.name, "a protocol has no such option")
                raise InputError(
                    f"{option.name} = {str(getattr(self, option.name))[:60]!r} has no effect on "
                    f"the protocol {self.protocol}: {reason}"
                )
        if not self.force_gamma and not isinstance(self.user_kpoints_settings or None, Mapping):
            raise InputError(
                "force_gamma = False has no effect without a density in user_kpoints_settings"
            )

    def _protocol(self) -> Protocol:
        """The protocol, with the user's potentials."""
        from pymatgen.io.vasp import PotcarSingle

        protocol = read_protocol(self.protocol)
        known = tuple(PotcarSingle.functional_dir)
        if self.user_potcar_functional not in (None, *known):
            raise InputError(
                f"user_potcar_functional is {self.user_potcar_functional!r}; "
                f"give one of {', '.join(known)}"
            )
        for element, symbol in self.user_potcar_settings.items():
            if str(symbol).partition("_")[0] != element:
                raise InputError(
                    f"user_potcar_settings: {symbol!r} is not a potential of {element}"
                )
        if not self.user_potcar_settings and self.user_potcar_functional is None:
            return protocol
        potentials = replace(
            protocol.potentials,
            functional=self.user_potcar_functional or protocol.potentials.functional,
            reason=BY_USER,
            symbols=tuple((dict(protocol.potentials.symbols) | self.user_potcar_settings).items()),
        )
        why = "The user set the potentials."
        return replace(protocol, potentials=potentials, corrections=None, corrections_reason=why)

    def _inputs(self, cell: Structure, protocol: Protocol) -> InputSet:
        settings = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in self.user_incar_settings.items()
        }
        inputs = build(cell, protocol, order=self.order, settings=settings)
        further: dict[str, Any] = {}
        if self.constrain_total_magmom:
            further["NUPDOWN"] = _total_moment(inputs)
        if self.use_structure_charge and (charge := _charge(cell)):
            further["NELECT"] = _electrons(inputs) - charge
        if further:
            inputs = build(cell, protocol, order=self.order, settings=settings | further)
        if not self.sort_structure and symbols(inputs.structure) != symbols(cell):
            raise InputError(
                f"sort_structure = False: the atoms of {spelled(cell.composition)} are not grouped "
                "by element, which a protocol needs; sort the structure, or leave the option out"
            )
        if protocol.pymatgen_set is not None:
            inputs = self._with_potentials(inputs)
        return self._with_mesh(inputs)

    def _with_potentials(self, inputs: InputSet) -> InputSet:
        """The user's potentials in place of those of pymatgen's own set."""
        kinds = dict.fromkeys(symbols(inputs.structure))
        names = zip(kinds, inputs.potentials, strict=True)
        return replace(
            inputs,
            potentials=tuple(self.user_potcar_settings.get(kind, name) for kind, name in names),
            functional=self.user_potcar_functional or inputs.functional,
        )

    def _with_mesh(self, inputs: InputSet) -> InputSet:
        """The user's mesh in place of the protocol's."""
        if not self.user_kpoints_settings:
            return inputs
        if inputs.value("KSPACING") is not None:
            raise InputError("both KSPACING and user_kpoints_settings set the mesh; give one")
        mesh = self._kpoints(inputs.structure)
        style = mesh.style.name
        if style not in ("Gamma", "Monkhorst") or len(mesh.kpts) != 1 or any(mesh.kpts_shift):
            raise InputError(
                f"user_kpoints_settings: {style} with {len(mesh.kpts)} points is not a single mesh "
                "without a shift, which a protocol needs"
            )
        a, b, c = (int(number) for number in mesh.kpts[0])
        return replace(inputs, mesh=Mesh((a, b, c), style, BY_USER))

    def _kpoints(self, structure: Structure) -> Kpoints:
        from pymatgen.io.vasp import Kpoints

        asked: Any = self.user_kpoints_settings
        if isinstance(asked, Kpoints):
            return asked
        keys = list(asked) if isinstance(asked, Mapping) else [type(asked).__name__]
        if len(keys) != 1 or keys[0] not in DENSITIES:
            raise InputError(
                f"user_kpoints_settings has {', '.join(map(str, keys))}; "
                f"give a Kpoints, or one of {', '.join(DENSITIES)}"
            )
        (density,) = asked.values()
        if not isinstance(density, int | float) or isinstance(density, bool) or density <= 0:
            raise InputError(f"user_kpoints_settings: {keys[0]} is {density!r}, no number above 0")
        if keys[0] == "reciprocal_density":
            return Kpoints.automatic_density_by_vol(structure, density, self.force_gamma)
        if keys[0] == "grid_density":
            return Kpoints.automatic_density(structure, density, self.force_gamma)
        return Kpoints.automatic_density_by_lengths(structure, [density] * 3, self.force_gamma)


def _total_moment(inputs: InputSet) -> float:
    moments = inputs.value("MAGMOM")
    if moments is None:
        raise InputError(
            f"constrain_total_magmom: {inputs.protocol.name} gives "
            f"{spelled(inputs.structure.composition)} no moments; give an order with spins"
        )
    return float(sum(moments))


def _charge(cell: Structure) -> float:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the sites have no oxidation states that add up
        return float(cell.charge)


def _electrons(inputs: InputSet) -> float:
    if inputs.electrons is None:
        raise InputError(
            "use_structure_charge: the valence electrons of "
            f"{' '.join(inputs.potentials)} are not known here; give NELECT in user_incar_settings"
        )
    return inputs.electrons
