"""Layout of the packages: layers, imports that point down, names of modules, lazy imports."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import Counter
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

import pytest

import interfaces
import workflows

ROOT = Path(__file__).resolve().parent.parent
#: Folders and top-level modules of each package, from the highest layer to the lowest. A module
#: imports only from its own folder and from lower layers, also inside functions.
LAYERS = {
    "workflows": (
        {"cli"},
        {"report", "submit"},
        {"datasets", "runs"},
        {"flows"},
        {"jobs", "screening", "validation"},
        {"analyses", "structures", "trajectories", "vasp"},
        {"calculators", "data"},
        {"schemas", "tables"},
        {"io", "_version"},
    ),
    "interfaces": (
        {"figures"},
        {"coatings", "screening"},
        {"reactivity", "stability"},
        {"interphase"},
        {"aimd", "delithiation", "phases", "structures"},
        {"chemistry", "solver"},
        {"errors", "serialisable"},
    ),
}
MOST_LAYERS = {"workflows": 9, "interfaces": 7}
MOST_FOLDERS = {"workflows": 18, "interfaces": 14}
TOP_MODULES = {  # files that may lie beside the folders
    "workflows": {"__init__.py", "_version.py"},
    "interfaces": {"__init__.py", "errors.py", "serialisable.py"},
}
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
    "workflows.jobs": {"jobflow", "monty", "pydantic"},
    **{
        f"workflows.flows.{name}": {"jobflow"}
        for name in (
            "analyses_maker",
            "analysis_makers",
            "band_centre_maker",
            "delithiation",
            "interface_cell",
            "interface_md",
            "interface_stability",
            "molecule_reference",
            "phase_set_maker",
            "relaxation",
            "screen_maker",
            "vasp_inputs",
        )
    },
    "workflows.vasp.atomate2_generator": {"atomate2"},
    "workflows.schemas": {"pydantic"},
    "workflows.flows.job_schema": {"pydantic"},
    "workflows.flows.screen_jobs": {"jobflow", "pydantic"},
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


def test_interfaces_imports_nothing_of_workflows():
    for name, tree in modules("interfaces"):
        for imported in imports(tree, top_only=False):
            assert not imported.startswith("workflows"), (name, imported)
            assert imported.partition(".")[0] not in {"jobflow", "atomate2", "mp_api", "click"}, (
                name
            )


def test_no_circle_of_modules():
    """Imports within functions count; those for type checkers alone do not."""
    graph = {}
    for package in ("interfaces", "workflows"):
        for name, tree in modules(package):
            skipped = {
                inner
                for node in ast.walk(tree)
                if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
                for inner in ast.walk(node)
            }
            graph[name] = {
                node.module
                for node in ast.walk(tree)
                if isinstance(node, ast.ImportFrom) and node.module and node not in skipped
            }
    done, path = set(), []

    def visit(name):
        assert name not in path, " -> ".join([*path, name])
        if (
            name in done or name not in graph or "." not in name
        ):  # the faces of both packages import everything
            return
        path.append(name)
        for imported in sorted(graph[name]):
            visit(imported)
        path.pop()
        done.add(name)

    for name in graph:
        visit(name)


@pytest.mark.parametrize("package", LAYERS)
def test_imports_point_to_lower_layers(package):
    """No import points up or sideways, so there is no circle; lazy imports count too."""
    layers = LAYERS[package]
    rank = {folder: -level for level, folders in enumerate(layers) for folder in folders}
    for name, tree in modules(package):
        _, _, inside = name.partition(".")
        folder = inside.partition(".")[0]
        for imported in imports(tree, top_only=False):
            parts = imported.split(".")
            if parts[0] == package and len(parts) > 1 and parts[1] != folder:
                if folder == "__init__":
                    continue  # the face of the package imports from every layer
                assert rank[parts[1]] < rank[folder], f"{name} imports {imported}"


@pytest.mark.parametrize("package", LAYERS)
def test_every_folder_has_a_layer(package):
    layers = LAYERS[package]
    drawn = [folder for folders in layers for folder in folders]
    contents = [path for path in (ROOT / package).iterdir() if path.name != "__pycache__"]
    folders = {path.name for path in contents if any(path.rglob("*.py"))}
    files = {path.name for path in contents if path.suffix == ".py"}
    modules_at_top = {name.removesuffix(".py") for name in files - {"__init__.py"}}
    assert files <= TOP_MODULES[package]
    assert folders | modules_at_top == set(drawn)
    assert len(drawn) == len(set(drawn))
    assert len(layers) <= MOST_LAYERS[package]
    assert len(folders) <= MOST_FOLDERS[package]


def test_module_names_occur_once():
    """A name leads to one file; ``__init__`` and ``__main__`` are Python's own."""
    names = Counter(
        path.stem
        for package in ("interfaces", "workflows")
        for path in (ROOT / package).rglob("*.py")
        if path.stem not in {"__init__", "__main__"}
    )
    assert [name for name, count in names.items() if count > 1] == []


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
                for module, libraries in MAY_IMPORT.items()
                if f"{name}.".startswith(f"{module}.")
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
    finished = subprocess.run(
        [sys.executable, "-c", script, *words], capture_output=True, text=True, check=True, cwd=ROOT
    )
    loaded = {name.partition(".")[0] for name in finished.stderr.split()}
    assert not loaded & forbidden


def test_mutation_tests_name_what_exists():
    loader = SourceFileLoader("mutation", str(ROOT / ".ci" / "mutation"))
    mutation = module_from_spec(spec_from_loader("mutation", loader))
    loader.exec_module(mutation)
    assert len(mutation.TESTS) > 20
    for module in mutation.TESTS:
        for path in mutation.tests_of(module):
            file, _, name = path.partition("::")
            assert (ROOT / file).is_file(), (module, file)
            assert f"def {name}(" in (ROOT / file).read_text() or not name, (module, path)
