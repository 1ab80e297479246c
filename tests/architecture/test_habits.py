"""Habits of the house that no linter knows."""

import ast
import re
import subprocess
from collections import defaultdict
from pathlib import Path

from architecture.source import ROOT, SOURCE, modules
from kedang.project.cli import command_names

VAGUE = {"utils", "util", "helpers", "helper", "misc", "common", "managers"}
HOSTS = re.compile(r"https?://[\w.-]*(pypi|pythonhosted|npmjs|yarnpkg|npmmirror|unpkg|jsdelivr)[\w.-]*", re.I)
NESTED = re.compile(
    r"/\*.*?\*/|@[^{}]+\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}", re.S
)  # comments, and rules under a condition
TOP_RULE = re.compile(r"(?:^|\})\s*(\.[a-z][a-z0-9-]*)\s*\{")
LOCKS = (
    "requirements/*.txt",
    "package-lock.json",
    "package.json",
    ".npmrc",
    "pyproject.toml",
    "Makefile",
    ".ci/run",
)


def test_no_module_has_a_vague_name():
    assert [path for path, _ in modules() if VAGUE & set(Path(path).with_suffix("").parts)] == []


def test_imports_stand_at_the_top():
    late = [
        f"{path}:{node.lineno}"
        for path, tree in modules()
        if not path.endswith("apps.py") and not path.startswith("project/")
        for outer in ast.walk(tree)
        if isinstance(outer, ast.FunctionDef)
        for node in ast.walk(outer)
        if isinstance(node, ast.Import | ast.ImportFrom)
        # heavy libraries load on first use
        and not {"ibis", "duckdb", "pypinyin", "opencc"} & _names(node)
    ]
    assert late == []


def test_the_locks_name_no_registry():
    files = [file for pattern in LOCKS for file in ROOT.glob(pattern)]
    assert [str(file) for file in files if HOSTS.search(file.read_text(encoding="utf-8"))] == []


def test_every_python_requirement_is_exact_and_hashed():
    for name in ("base", "dev", "full"):
        text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
        packages = [line for line in text.splitlines() if line and line[0] not in " #"]
        assert all("==" in line for line in packages)
        assert text.count("==") <= text.count("--hash=sha256:")


def test_every_command_says_what_it_does():
    for name, module in command_names().items():
        tree = ast.parse((SOURCE / "project" / "commands" / f"{module}.py").read_text(encoding="utf-8"))
        functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        assert ast.get_docstring(tree), name
        assert {"add_arguments", "run"} <= functions, name


def test_a_class_is_styled_by_itself_in_one_sheet():
    """A second rule of the same name, in a sheet that is loaded later, changed how small bars and steps were drawn."""
    styled = defaultdict(set)
    for sheet in (SOURCE / "kits/web/static/web/css").glob("*.css"):
        if sheet.name != "sheet.css":  # of what is printed, alone on its page
            for name in TOP_RULE.findall(NESTED.sub("", sheet.read_text())):
                styled[name].add(sheet.name)
    assert styled
    assert {name: sheets for name, sheets in styled.items() if len(sheets) > 1} == {}


def test_shell_scripts_parse():
    for script in (".ci/run", "kedang"):
        assert subprocess.run(["bash", "-n", ROOT / script], check=False).returncode == 0


def _names(node: ast.Import | ast.ImportFrom) -> set[str]:
    if isinstance(node, ast.ImportFrom):
        return {(node.module or "").partition(".")[0]}
    return {alias.name.partition(".")[0] for alias in node.names}
