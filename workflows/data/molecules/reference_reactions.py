"""Make the data file: molecules, element fit, errors of closed reactions, reference reactions."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from interfaces.chemistry.units import KJ_PER_MOL
from workflows.data.molecules.definitions import (
    CONDENSATION,
    DOUBTFUL_TESTS,
    ECA,
    ECA_ISODESMIC,
    ECA_ISODESMIC_ACRYLATE,
    EXCHANGE_ERROR,
    LITFSI,
    LITFSI_ERROR,
    MOLECULES,
    ROUTES,
    UNITS,
    Route,
)
from workflows.data.molecules.element_fit import (
    ElementFit,
    enthalpy_by_reaction,
    fit_elements,
    root_mean_square,
    scheme_errors,
)
from workflows.data.molecules.polymer_units import (
    formation_enthalpy,
    reaction_errors,
    unit_record,
    unit_rows,
)
from workflows.data.molecules.stored import EXPERIMENT_SOURCES, Experiment
from workflows.io.results import write_atomic
from workflows.schemas.molecule_definition import Molecule

METHOD = (
    "geometry and thermal enthalpy (298.15 K, rigid rotor, harmonic oscillator): GFN2-xTB; "
    "electronic energy: PBE/def2-TZVP, density fitting (def2-universal-jfit), grid level 3"
)


def route_record(
    route: Route,
    rows: Mapping[str, Mapping[str, Any]],
    experiments: Mapping[str, Experiment],
    best: tuple[float, float],
) -> dict[str, Any]:
    """One reaction of the data file, with every energy in kJ/mol of the target.

    ``enthalpy_298`` is the target's best formation enthalpy minus the experimental ones of the
    references (the elements cancel); ``electronic`` is that less the GFN2 thermal enthalpies.
    ``plain_*`` is PBE/def2-TZVP with nothing fitted or measured. Where a reference has no
    experiment, the plain values are all there is.
    """
    parts = [(molecule, float(nu)) for _, molecule, nu in route.references]

    def difference(key: str) -> float:
        sides = rows[route.target][key] - sum(nu * rows[name][key] for name, nu in parts)
        return float(sides) * KJ_PER_MOL

    plain, thermal = difference("energy_pbe"), difference("thermal_enthalpy")
    measured = all(name in experiments for name, _ in parts)
    if measured:
        enthalpy = best[0] - sum(nu * experiments[name].enthalpy for name, nu in parts)
        error = best[1]
    else:
        enthalpy, error = plain + thermal, EXCHANGE_ERROR
    if route.condensation is None:
        own = CONDENSATION.get(route.target) or CONDENSATION[route.formula]
        terms = [(float(nu), CONDENSATION[formula]) for formula, _, nu in route.references]
        net = own[0] - sum(nu * term[0] for nu, term in terms)
        net_error = math.sqrt(own[1] ** 2 + sum((nu * term[1]) ** 2 for nu, term in terms))
    else:
        net, net_error = route.condensation
    return {
        "label": route.label,
        "name": route.name,
        "default": route.default,
        "target": route.formula,
        "references": {formula: str(nu) for formula, _, nu in route.references},
        "molecules": {formula: molecule for formula, molecule, _ in route.references},
        "basis": (
            "best formation enthalpy of the target minus experiment of the references"
            if measured
            else "plain PBE/def2-TZVP, no experiment exists"
        ),
        "gas": {
            "electronic": round(enthalpy - thermal, 1),
            "enthalpy_298": round(enthalpy, 1),
            "error": round(error, 1),
            "plain_electronic": round(plain, 1),
            "plain_enthalpy_298": round(plain + thermal, 1),
        },
        "condensation": {"value": round(net, 1), "error": round(net_error, 1)},
        "note": route.note,
    }


def _hill_formula(symbols: Sequence[str]) -> str:
    """Formula with C and H first, the rest in alphabetical order."""
    first = [symbol for symbol in ("C", "H") if symbol in symbols and "C" in symbols]
    order = first + sorted(set(symbols) - set(first))
    counts = [(symbol, symbols.count(symbol)) for symbol in order]
    return "".join(symbol + (str(count) if count > 1 else "") for symbol, count in counts)


def of_role(experiments: Mapping[str, Experiment], *roles: str) -> dict[str, Experiment]:
    """Measured gases of some roles.

    Parameters
    ----------
    experiments : by name.
    *roles : such as ``training``.
    """
    known = {molecule.name: molecule.role for molecule in MOLECULES}
    return {name: experiment for name, experiment in experiments.items() if known[name] in roles}


def best_enthalpies(
    rows: Mapping[str, Mapping[str, Any]], experiments: Mapping[str, Experiment]
) -> dict[str, tuple[float, float]]:
    """Formation enthalpies of the targets as gases.

    ECA by its isodesmic reaction, LiTFSI by the element fit, units by ``polymer_units``.

    Parameters
    ----------
    rows : calculations by name, repeat units included; energies in eV.
    experiments : measured formation enthalpies [kJ/mol] by name.

    Returns
    -------
    dict
        Name -> formation enthalpy and its error [kJ/mol].
    """
    fit = fit_elements(rows, of_role(experiments, "training"))
    schemes = scheme_errors(rows, of_role(experiments, "training"))
    like = root_mean_square(schemes["isodesmic"].values())
    eca = enthalpy_by_reaction(ECA, ECA_ISODESMIC, rows, experiments)
    # Two independent ways to one number: half their difference is part of its error.
    eca_error = math.hypot(like, (eca - fit.formation_enthalpy(rows[ECA])[0]) / 2.0)
    litfsi, litfsi_error = fit.formation_enthalpy(rows[LITFSI])
    units = {unit.name: formation_enthalpy(unit, rows, experiments)[:2] for unit in UNITS}
    return {ECA: (eca, eca_error), LITFSI: (litfsi, max(litfsi_error, LITFSI_ERROR)), **units}


def summarise(
    rows: Mapping[str, Mapping[str, Any]], experiments: Mapping[str, Experiment]
) -> dict[str, Any]:
    """Content of the data file: molecules, fit, errors of closed reactions, reference reactions.

    Parameters
    ----------
    rows : calculations by name; energies in eV.
    experiments : measured formation enthalpies [kJ/mol] by name.

    Raises
    ------
    LookupError
        If a molecule that a reference reaction or the ECA check needs has not been calculated.
    """
    needed = {route.target for route in ROUTES} | set(ECA_ISODESMIC) | set(ECA_ISODESMIC_ACRYLATE)
    needed |= {molecule for route in ROUTES for _, molecule, _ in route.references}
    needed -= {unit.name for unit in UNITS}
    if missing := sorted(needed - set(rows)):
        raise LookupError(f"not calculated yet: {', '.join(missing)}")
    training = of_role(experiments, "training")
    fit = fit_elements(rows, training)
    schemes = scheme_errors(rows, training)
    with_doubtful = fit_elements(rows, of_role(experiments, "training", "doubtful"))
    rows = {**rows, **unit_rows(rows)}
    kept_out = {
        name: fit.formation_enthalpy(rows[name])[0] - known.enthalpy
        for name, known in of_role(experiments, "test").items()
    }
    tests = reaction_errors(rows, experiments)
    best = best_enthalpies(rows, experiments)
    eca_acrylate = enthalpy_by_reaction(ECA, ECA_ISODESMIC_ACRYLATE, rows, experiments)
    eca_fit = fit.formation_enthalpy(rows[ECA])
    fitted = fit.formation_enthalpy(rows["methyl acrylate"])[0]
    eca_acrylate_fitted = eca_acrylate + fitted - experiments["methyl acrylate"].enthalpy
    litfsi_fit = fit.formation_enthalpy(rows[LITFSI])
    return {
        "method": METHOD,
        "units": {
            "energy_pbe": "eV",
            "thermal_enthalpy": "eV, at 298.15 K, zero-point energy included",
            "enthalpies": "kJ/mol, gas, 298.15 K",
        },
        "versions": {
            package: version(package)
            for package in ("rdkit", "tblite", "pyscf", "ase", "chemicals")
        },
        "experiment_sources": EXPERIMENT_SOURCES,
        "fit": {
            "molecules": len(fit.leave_one_out),
            "element_energies": dict(
                zip(fit.elements, (round(float(x), 2) for x in fit.energies), strict=True)
            ),
            "leave_one_out_mean_absolute": round(fit.mean_absolute_error, 1),
            "leave_one_out_root_mean_square": round(fit.root_mean_square_error, 1),
            "leave_one_out_mean_absolute_with_doubtful": round(
                with_doubtful.mean_absolute_error, 1
            ),
            "kept_out": len(kept_out),
            "kept_out_mean_absolute": round(sum(map(abs, kept_out.values())) / len(kept_out), 1),
        },
        "reaction_errors": {
            kind: {
                "root_mean_square": round(root_mean_square(errors.values()), 1),
                "errors": {name: round(error, 1) for name, error in errors.items()},
            }
            for kind, errors in {
                **schemes,
                "groups_of_polymers": tests,
                "groups_of_polymers_doubtful": reaction_errors(rows, experiments, DOUBTFUL_TESTS),
            }.items()
        },
        "formation_enthalpies": {
            "ECA": {
                "best": round(best[ECA][0], 1),
                "error": round(best[ECA][1], 1),
                "isodesmic_ethyl_acetate": round(best[ECA][0], 1),
                "isodesmic_methyl_acrylate": round(eca_acrylate, 1),
                "isodesmic_methyl_acrylate_fitted": round(eca_acrylate_fitted, 1),
                "element_fit": round(eca_fit[0], 1),
                "element_fit_error": round(eca_fit[1], 1),
            },
            "LiTFSI": {
                "best": round(litfsi_fit[0], 1),
                "error": round(best[LITFSI][1], 1),
                "element_fit_error": round(litfsi_fit[1], 1),
                "note": "extrapolation: no S-N bond and no imide is in the fit",
            },
            **{unit.label: unit_record(unit, rows, experiments, fit) for unit in UNITS},
        },
        "condensation": {
            formula: {"value": value, "error": error, "source": source}
            for formula, (value, error, source) in CONDENSATION.items()
        },
        "reactions": [
            route_record(route, rows, experiments, best[route.target]) for route in ROUTES
        ],
        "molecules": [
            _molecule_record(molecule, rows[molecule.name], fit, experiments.get(molecule.name))
            for molecule in MOLECULES
            if molecule.name in rows
        ],
    }


def _molecule_record(
    molecule: Molecule,
    row: Mapping[str, Any],
    fit: ElementFit,
    experiment: Experiment | None,
) -> dict[str, Any]:
    """Record of a molecule in the data file; enthalpies in kJ/mol, energies in eV."""
    enthalpy, error = fit.formation_enthalpy(row)
    record: dict[str, Any] = {
        "name": molecule.name,
        "formula": _hill_formula(row["symbols"]),
        "smiles": molecule.smiles,
        "role": molecule.role,
        "energy_pbe": round(row["energy_pbe"], 5),
        "thermal_enthalpy": round(row["thermal_enthalpy"], 5),
        "lowest_wavenumber": round(row["lowest_wavenumber"], 1),
        "formation_enthalpy": round(enthalpy, 1),
        "formation_enthalpy_error": round(error, 1),
    }
    if experiment is not None:
        record |= {
            "experiment": experiment.enthalpy,
            "experiment_source": experiment.source,
            "fit_minus_experiment": round(enthalpy - experiment.enthalpy, 1),
        }
        if molecule.name in fit.leave_one_out:
            record["leave_one_out_error"] = round(fit.leave_one_out[molecule.name], 1)
    return record


def write_summary(summary: Mapping[str, Any], path: Path) -> None:
    """Write the data file, one molecule or reaction per line.

    Parameters
    ----------
    summary : of :func:`summarise`.
    path : of the file.
    """
    lines = []
    for key, value in summary.items():
        if isinstance(value, list):
            rows = ",\n".join(f"  {json.dumps(row)}" for row in value)
            lines.append(f" {json.dumps(key)}: [\n{rows}\n ]")
        else:
            lines.append(f" {json.dumps(key)}: {json.dumps(value)}")
    write_atomic(path, "{\n" + ",\n".join(lines) + "\n}\n")
