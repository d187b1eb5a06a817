"""The house stands as drawn: imports point one way, and the generic names mean this checkout."""

from __future__ import annotations

import ast
import graphlib
import subprocess
import sys
from pathlib import Path

import pytest

import interfaces
import workflows
from interfaces.chemistry.formulas import Formula

ROOT = Path(__file__).resolve().parent.parent
# Rank of each room: a module imports rooms of lower rank only, or of its own package below it.
HEAVY = {
    "pymatgen", "matplotlib", "jobflow", "atomate2", "mp_api", "torch", "numba", "pandas",
    "pyarrow", "ase", "chgnet", "scipy", "yaml", "rich", "pyscf", "tblite", "rdkit", "requests",
    "tenacity", "pooch", "emmet", "maggma", "custodian", "gpaw", "jinja2", "fireworks",
    "jobflow_remote", "parsl", "pydantic",
}  # fmt: skip
MAY_IMPORT = {  # at the top of the module, or of every module of the package
    "interfaces.figures": {"matplotlib"},
    "workflows.calculators.chgnet": {"ase", "pymatgen"},
    "workflows.calculators.gpaw": {"ase"},
    "workflows.calculators.mock.calculator": {"ase"},
    "workflows.jobs.cathode": {"jobflow"},
    "workflows.flows.cathode_curves": {"jobflow"},
    "workflows.flows.analysis_maker": {"jobflow"},
    "workflows.flows.molecule_reference": {"jobflow"},
    "workflows.flows.interface_md": {"jobflow"},
    "workflows.vasp.atomate2_generator": {"atomate2"},
    "workflows.schemas": {"pydantic"},
    "workflows.runs.job_schema": {"pydantic"},
}


def modules(package):
    for path in sorted((ROOT / package).rglob("*.py")):
        yield ".".join(path.relative_to(ROOT).with_suffix("").parts), ast.parse(path.read_text())


def imports(tree, *, top_only):
    """Modules imported, leaving out those only for type checking."""
    body = tree.body if top_only else list(ast.walk(tree))
    for node in body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def test_interfaces_knows_nothing_of_workflows():
    for name, tree in modules("interfaces"):
        for imported in imports(tree, top_only=False):
            assert not imported.startswith("workflows"), (name, imported)
            assert imported.partition(".")[0] not in {"jobflow", "atomate2", "mp_api", "click"}, (
                name
            )


def test_no_cycles_at_import():
    graph = {}
    for package in ("interfaces", "workflows"):
        for name, tree in modules(package):
            graph[name] = {
                m
                for m in imports(tree, top_only=True)
                if m.startswith(("interfaces.", "workflows."))
            }
    done, path = set(), []

    def visit(name):
        assert name not in path, " -> ".join([*path, name])
        if name in done or name not in graph:
            return
        path.append(name)
        for other in graph[name]:
            visit(other)
        path.pop()
        done.add(name)

    for name in graph:
        visit(name)


def test_rooms_do_not_go_in_circles():
    """Also counting imports inside functions: a folder or file of workflows uses those below it."""
    uses = {}
    for name, tree in modules("workflows"):
        room = name.split(".")[1]
        for imported in imports(tree, top_only=False):
            parts = imported.split(".")
            if parts[0] == "workflows" and len(parts) > 1 and parts[1] != room:
                uses.setdefault(room, set()).add(parts[1])
    order = list(graphlib.TopologicalSorter(uses).static_order())  # raises CycleError
    assert order.index("io") < order.index("data") < order.index("analyses") < order.index("flows")
    assert order[-1] == "cli"


def test_nothing_imports_the_command_line():
    for package in ("interfaces", "workflows"):
        for name, tree in modules(package):
            if not name.startswith("workflows.cli."):
                imported = set(imports(tree, top_only=False))
                assert not any(m.startswith("workflows.cli") for m in imported), name


def test_nothing_heavy_is_imported_at_the_top_of_a_module():
    for package in ("interfaces", "workflows"):
        for name, tree in modules(package):
            heavy = {m.partition(".")[0] for m in imports(tree, top_only=True)} & HEAVY
            allowed = {
                library
                for room, libraries in MAY_IMPORT.items()
                if f"{name}.".startswith(f"{room}.")
                for library in libraries
            }
            assert heavy <= allowed, (name, heavy)


def test_package_names_mean_this_checkout():
    assert Path(interfaces.__file__).resolve().parent == ROOT / "interfaces"
    assert Path(workflows.__file__).resolve().parent == ROOT / "workflows"


@pytest.mark.parametrize(
    ("arguments", "forbidden"),
    [
        (["--help"], {"numpy", "pymatgen", "matplotlib", "torch", "jobflow", "pandas", "yaml"}),
        (
            ["curve", "Li2O", "TiO2", "--phases", "{toy}", "--json"],
            {"pymatgen", "matplotlib", "pandas", "pyarrow", "rich", "yaml", "jobflow", "scipy"},
        ),
        (
            ["window", "Li2TiO3", "--phases", "{toy}", "--json"],
            {"pymatgen", "matplotlib", "pandas", "pyarrow", "rich", "yaml", "jobflow", "scipy"},
        ),
    ],
)
def test_a_verb_imports_only_what_it_needs(arguments, forbidden, toy_csv):
    script = (
        "import sys\nfrom workflows.cli import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit:\n    pass\n"
        "print(' '.join(sorted(sys.modules)), file=sys.stderr)"
    )
    words = [word.format(toy=toy_csv) for word in arguments]
    done = subprocess.run(
        [sys.executable, "-c", script, *words], capture_output=True, text=True, check=True, cwd=ROOT
    )
    loaded = {name.partition(".")[0] for name in done.stderr.split()}
    assert not loaded & forbidden


def test_names_of_systems_never_read_as_formulas():
    from interfaces.errors import FormulaError
    from workflows.data.named_materials import systems

    for name in systems():
        with pytest.raises(FormulaError):
            Formula.parse(name)
