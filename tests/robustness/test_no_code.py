"""No input is ever run: what could do so is not in the code, or stands here with its reason."""

from __future__ import annotations

import ast
import re
from functools import cache

from tests.conftest import ROOT

#: Calls that run text, build any object, or hand a line to a shell.
RUNS = {
    "eval", "exec", "__import__", "os.system", "os.popen", "pickle.load", "pickle.loads",
    "marshal.loads", "shelve.open", "yaml.unsafe_load", "yaml.full_load", "tempfile.mktemp",
    "subprocess.getoutput", "subprocess.getstatusoutput", "runpy.run_path",
    "importlib.import_module", "joblib.load", "torch.load", "numpy.load", "np.load",
    "pd.read_pickle", "dill.load",
}  # fmt: skip
#: (module, call) -> why it may.
MAY = {
    ("workflows/screening/executors.py", "exec"): "--parsl-config FILE is Python, and says so",
}
#: Loaders of PyYAML that build plain values only, and jinja2's, which is given our own folder.
PLAIN = {"BaseLoader", "SafeLoader", "CSafeLoader", "CBaseLoader", "yaml.safe_load"}
PLAIN |= {"FileSystemLoader"}


@cache
def calls():
    """(file, name, call) of every call in the package."""
    return list(found())


def found():
    for package in ("interfaces", "workflows"):
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    yield str(path.relative_to(ROOT)), ast.unparse(node.func), node


def test_nothing_runs_a_text():
    table = {(file, name) for file, name, _ in calls() if name in RUNS}
    assert table == set(MAY)


def test_no_shell_is_asked():
    met = 0
    for file, name, node in calls():
        if name.startswith("subprocess."):
            met += 1
            words = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
            assert "shell" not in words, file
            assert not isinstance(node.args[0], ast.JoinedStr | ast.Constant), file
    assert met >= 3


def test_yaml_builds_plain_values():
    met = set()
    for path in sorted((ROOT / "workflows").rglob("*.py")):
        for word in re.findall(r"\b\w*Loader\b|yaml\.\w*load\w*", path.read_text(encoding="utf-8")):
            assert word in PLAIN, path
            met.add(word)
    assert {"SafeLoader", "CSafeLoader"} <= met


def test_temporary_files_have_names_that_no_one_can_guess():
    for file, name, node in calls():
        if name in ("open", "Path") and node.args:
            assert "/tmp" not in ast.unparse(node.args[0]), file


def test_nothing_is_writable_by_the_world():
    for file, name, node in calls():
        if name.endswith(("chmod", "os.open", "mkdir")):
            for item in (*node.args, *(word.value for word in node.keywords)):
                if isinstance(item, ast.Constant) and type(item.value) is int:
                    assert not item.value & 0o002, file
