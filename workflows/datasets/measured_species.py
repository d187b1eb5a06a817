"""Write ``inputs/measured/species.csv``: measured enthalpies of molecules and oxyanion salts.

Every number comes from the tables of the package ``chemicals`` (extra ``molecules``), in the order
of ``SOURCES``; none is typed or averaged. Run ``python -m workflows.datasets.measured_species``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from interfaces.chemistry.charges import ANION_CHARGES, MORE, REDOX, USUAL, overbound
from interfaces.chemistry.formulas import Formula
from interfaces.errors import FormulaError
from interfaces.phases.reservoirs import ROOM
from workflows.io.resources import inputs
from workflows.io.results import write_atomic
from workflows.tables.curve_tables import rows_csv

#: Tables in the order in which they count, by phase.
SOURCES = {
    "solid": ("CRC", "WEBBOOK"),
    "liquid": ("ATCT_L", "CRC", "JANAF", "WEBBOOK"),
    "gas": ("ATCT_G", "CRC", "JANAF", "WEBBOOK"),
}
COLUMNS = (
    "formula", "name", "cas", "phase", "standard", "enthalpy_kj_per_mol", "uncertainty_kj_per_mol",
    "enthalpy_source", "entropy_j_per_mol_k", "entropy_source", "heat_capacity_j_per_mol_k",
    "heat_capacity_source",
)  # fmt: skip
#: Molecules and salts without an oxyanion; a formula alone could be any of several isomers.
MOLECULES = (
    "carbon dioxide", "carbon monoxide", "water", "hydrogen peroxide", "methane", "ethane",
    "ethylene", "cyclohexane", "benzene", "methanol", "ethanol", "formaldehyde", "formic acid",
    "acetic acid", "acetonitrile", "urea", "formamide", "ammonia", "hydrazine",
    "hydrogen cyanide", "cyanogen", "isocyanic acid", "nitrous oxide", "nitric oxide",
    "dinitrogen tetroxide", "dinitrogen pentoxide", "dinitrogen trioxide", "nitric acid",
    "hydroxylamine", "sulfur dioxide", "sulfur trioxide", "sulfuric acid", "hydrogen sulfide",
    "carbonyl sulfide", "carbon disulfide", "thionyl chloride", "sulfuryl chloride",
    "thionyl fluoride", "sulfuryl fluoride", "fluorosulfonic acid", "sulfur hexafluoride",
    "sulfur tetrafluoride", "sulfur dichloride", "disulfur dichloride", "carbon tetrafluoride",
    "hexafluoroethane", "tetrafluoroethylene", "carbonyl fluoride", "phosgene",
    "carbon tetrachloride", "hydrogen fluoride", "hydrogen chloride", "hydrogen bromide",
    "hydrogen iodide", "phosphine", "phosphoryl chloride", "phosphoryl fluoride",
    "phosphorus trichloride", "phosphorus pentachloride", "phosphorus trifluoride",
    "phosphorus pentafluoride", "phosphoric acid", "phosphorous acid", "perchloric acid",
    "dichlorine monoxide", "chlorine dioxide", "iodic acid", "boric acid", "silane", "germane",
    "nitrogen trifluoride", "nitrosyl chloride", "nitrosyl fluoride", "ammonium chloride",
    "ammonium bromide", "ammonium iodide", "ammonium fluoride", "ammonium nitrate",
    "ammonium sulfate", "ammonium perchlorate", "ammonium bicarbonate", "ammonium phosphate",
    "lithium amide", "ammonium dihydrogen phosphate", "ammonium bisulfate",
)  # fmt: skip
POLYMERS = {"116-14-3": "C2F4; the solid that CRC lists is polytetrafluoroethylene"}
WRONG = {
    "13870-28-5": "Na2Si2O5, written H2NaO5Si2",
    "25455-73-6": "AgO, written Ag2H2O2",
}  #: CAS numbers whose formula in ``chemicals`` is not that of the enthalpy
LARGEST_CARBON = 2  #: atoms per formula of a salt: oxalates and acetates, no organometallics
METALS = frozenset({*REDOX, *MORE, *USUAL} - {*ANION_CHARGES, "H", "B", "Si", "P"})


def _cas_numbers() -> Iterator[str]:
    """CAS numbers of every substance with an enthalpy of the solid in a table."""
    from chemicals import reaction

    reaction.Hfs("124-38-9")  # loads the tables
    numbers = {_digits(key) for table in reaction.Hfs_sources.values() for key in table.index}
    for digits in sorted(numbers, key=int):
        cas = f"{digits[:-3]}-{digits[-3:-1]}-{digits[-1]}"
        if cas not in WRONG:
            yield cas


def _digits(key: object) -> str:
    """CAS number without dashes; the tables have both kinds of keys."""
    return str(key).replace("-", "")


def salts() -> Iterator[tuple[str, Formula, str]]:
    """CAS number, formula and name of the solid salts of overbound anions."""
    from chemicals.identifiers import search_chemical

    for cas in _cas_numbers():
        try:
            known = search_chemical(cas)
            formula = Formula.parse(known.formula)
        except (ValueError, FormulaError):
            continue
        carbon = formula.get("C")
        organic = carbon > LARGEST_CARBON or (carbon and not formula.get("O"))
        if METALS & {*formula.elements} and overbound(formula.reduced) and not organic:
            yield cas, formula, known.common_name


def molecules() -> Iterator[tuple[str, Formula, str]]:
    """CAS number, formula and name of the molecules of the list."""
    from chemicals.identifiers import search_chemical

    for name in MOLECULES:
        known = search_chemical(name)
        yield known.CASs, Formula.parse(known.formula), name


def rows() -> list[dict[str, Any]]:
    """One row per substance and phase; per composition and phase the lowest enthalpy."""
    lowest: dict[tuple[str, str], dict[str, Any]] = {}
    for cas, formula, name in [*molecules(), *salts()]:
        salt = bool(METALS & {*formula.elements})
        for phase in ("solid",) if salt else SOURCES:
            row = row_of(cas, formula, name, phase)
            if row is None or not (salt or row["standard"] or row["entropy_source"]):
                continue  # another phase than the standard one serves at a temperature only
            key = (formula.reduced.text, phase)
            per_atom = row["enthalpy_kj_per_mol"] / float(formula.n_atoms)
            if key not in lowest or per_atom < lowest[key]["per_atom"]:
                lowest[key] = row | {"per_atom": per_atom}
    return [{c: lowest[key][c] for c in COLUMNS} for key in sorted(lowest)]


def row_of(cas: str, formula: Formula, name: str, phase: str) -> dict[str, Any] | None:
    """The row of a substance in a phase, or None where no table has its enthalpy."""
    enthalpy, source = _value_of("Hf", cas, phase)
    if enthalpy is None:
        return None
    entropy, entropy_source = _value_of("S0", cas, phase)
    capacity, capacity_source = _value_of("Cp", cas, phase)
    error = uncertainty(cas, source)
    return {
        "formula": formula.text,
        "name": name,
        "cas": cas,
        "phase": phase,
        "standard": "yes" if phase == _standard_phase(cas, formula) else "",
        "enthalpy_kj_per_mol": round(enthalpy / 1000, 3),
        "uncertainty_kj_per_mol": "" if error is None else round(error / 1000, 3),
        "enthalpy_source": source,
        "entropy_j_per_mol_k": "" if entropy is None else round(entropy, 3),
        "entropy_source": entropy_source,
        "heat_capacity_j_per_mol_k": "" if capacity is None else round(capacity, 3),
        "heat_capacity_source": capacity_source,
    }


def _standard_phase(cas: str, formula: Formula) -> str:
    """Phase at 298.15 K and 1 bar: by melting and boiling point; salts are solid."""
    from chemicals import Tb, Tm

    if {*formula.elements} & METALS:
        return "solid"
    if cas in POLYMERS:
        return "solid"
    boiling, melting = Tb(cas), Tm(cas)
    if boiling is not None and boiling < ROOM:
        return "gas"
    return "solid" if melting is not None and melting > ROOM else "liquid"


def _value_of(quantity: str, cas: str, phase: str) -> tuple[float | None, str]:
    """Enthalpy, entropy or heat capacity in SI units with its table; None where no table has it."""
    from chemicals import reaction

    letter = phase[0]
    reaction.Hfs(cas)
    column = f"{quantity}{letter}"
    kind = "Hf" if quantity == "Hf" else "S0"
    tables = getattr(reaction, f"{kind}{letter}_sources")
    number = int(_digits(cas))
    for source in SOURCES[phase]:
        table = tables.get(source)
        if table is None or column not in table.columns:
            continue
        for key in (number, cas):
            if key in table.index and (value := float(table.loc[key, column])) == value:
                return value, source
    return None, ""


def uncertainty(cas: str, source: str) -> float | None:
    """95 % uncertainty [J/mol] of an ATcT value; the other tables state none."""
    from chemicals import reaction

    if not source.startswith("ATCT"):
        return None
    tables = reaction.Hfg_sources if source == "ATCT_G" else reaction.Hfl_sources
    table = tables[source]
    key = cas if cas in table.index else int(_digits(cas))
    return float(table.loc[key, "uncertainty"])


if __name__ == "__main__":
    write_atomic(inputs() / "measured" / "species.csv", rows_csv(COLUMNS, rows()))
