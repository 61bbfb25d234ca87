"""The layout that the code keeps: imports run one way, folders and files stay small."""

import ast
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MOST_FILES, MOST_LINES = 16, 400
FOLDERS = ("panic3d", "profiling", "tests", "scripts", "examples")
Graph = Mapping[str, Iterable[str]]


@cache
def module_paths() -> dict[str, Path]:
    """Return every module of the package by its dotted name."""
    paths = sorted((ROOT / "panic3d").rglob("*.py"))
    return {".".join(p.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): p for p in paths}


@cache
def imports() -> dict[str, set[str]]:
    """Return the modules of the package that each module imports, anywhere in its text."""
    modules = module_paths()
    graph: dict[str, set[str]] = {}
    for name, path in modules.items():
        found: set[str] = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "panic3d":
                parts = (f"{node.module}.{alias.name}" for alias in node.names)
                found |= {part if part in modules else node.module for part in parts}
            elif isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names if alias.name.split(".")[0] == "panic3d"}
        graph[name] = found
    return graph


def find_circles(graph: Graph) -> list[set[str]]:
    """Return the sets of nodes of which each can be reached from each other."""

    def reachable(start: str) -> set[str]:
        seen: set[str] = set()
        waiting = list(graph.get(start, ()))
        while waiting:
            node = waiting.pop()
            if node not in seen:
                seen.add(node)
                waiting += graph.get(node, ())
        return seen

    reach = {node: reachable(node) for node in graph}
    circles = {frozenset({other for other in reach[node] if node in reach.get(other, ())}) for node in graph}
    return [set(circle) for circle in circles if len(circle) > 1]


def sibling_imports(package: str) -> dict[str, set[str]]:
    """Return which parts of a package (files and folders directly in it) import which others."""
    depth = package.count(".") + 2
    graph: dict[str, set[str]] = defaultdict(set)
    for module, found in imports().items():
        if not module.startswith(f"{package}."):
            continue
        part = ".".join(module.split(".")[:depth])
        others = {".".join(o.split(".")[:depth]) for o in found if o.startswith(f"{package}.")}
        graph[part] |= others - {part}
    return graph


def packages() -> list[str]:
    return sorted(name for name, path in module_paths().items() if path.name == "__init__.py")


def test_circles_are_found() -> None:
    graph = {"a": ["b"], "b": ["c"], "c": ["b"], "d": ["a"], "e": ["e"]}
    assert find_circles(graph) == [{"b", "c"}]


def test_no_files_import_each_other_in_a_circle() -> None:
    assert find_circles(imports()) == []


@pytest.mark.parametrize("package", packages())
def test_the_parts_of_a_package_import_each_other_one_way(package: str) -> None:
    assert find_circles(sibling_imports(package)) == []


def python_files() -> list[Path]:
    return [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]


def test_folders_hold_few_files() -> None:
    counts = Counter(path.parent.relative_to(ROOT) for path in python_files())
    assert len(counts) > 50
    assert {str(folder): count for folder, count in counts.items() if count > MOST_FILES} == {}


def test_files_are_short() -> None:
    lines = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in python_files()}
    assert {name: count for name, count in lines.items() if count > MOST_LINES} == {}
