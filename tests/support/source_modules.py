"""The source files of the program, as the tests of its structure read them."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = Path(__file__).resolve().parents[2]
PACKAGE = PROJECT / "runcomfy_desktop"
TESTS = PROJECT / "tests"


@dataclass(frozen=True)
class SourceModule:
    """Facts about one source file of the program, read once.

    The syntax trees are not kept: with 700,000 objects alive, each garbage collection in this
    process would take longer.
    """

    path: Path
    name: str  # dotted, below the package: "store.database", "app", "package"
    lines: int
    imports: tuple[tuple[int, str], ...]
    # Module and name of each `from a import b` at the top level.
    loaded: tuple[tuple[str, str], ...]
    functions: tuple[tuple[int, str, int], ...]  # line, name, number of lines
    classes: tuple[tuple[int, str], ...]  # line, name
    bases: tuple[tuple[str, str], ...]  # class, name of a base class
    used: frozenset[str]  # names in expressions, except base classes and annotations
    undocumented: tuple[str, ...]
    coroutines: tuple[int, ...]
    blocking: tuple[tuple[int, str], ...]  # only for modules of `ui`
    tasks: tuple[int, ...]
    icons: tuple[tuple[int, object], ...]

    @property
    def package(self) -> str:
        return self.name.partition(".")[0]

    def __str__(self) -> str:
        return place_of(self.path)


def place_of(path: Path) -> str:
    return path.relative_to(PROJECT).as_posix()


@cache
def modules() -> tuple[SourceModule, ...]:
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = list(path.relative_to(PACKAGE).with_suffix("").parts)
        if parts[-1] == "__init__":
            parts.pop()
        found.append(read(path, ".".join(parts) or "package"))
    return tuple(found)


@cache
def names() -> frozenset[str]:
    return frozenset(module.name for module in modules())


@cache
def imported_by(module: SourceModule) -> frozenset[str]:
    """Returns the program's modules that a module imports; `package` is the outermost package."""
    found = {module_of(name) for _line, name in module.imports}
    return frozenset(found - {"", module.name})


def module_of(imported: str) -> str:
    """Returns the program's module that the import of `a.b` loads; "" for another library."""
    first, _, rest = imported.partition(".")
    if first != PACKAGE.name:
        return ""
    return next((name for name in (rest, rest.rpartition(".")[0]) if name in names()), "package")


@cache
def packages() -> frozenset[str]:
    return frozenset(module.name for module in modules() if module.path.stem == "__init__")


def folder_of(name: str) -> str:
    """Returns the dotted name of the package that contains a module; "" for the outermost."""
    return name if name in packages() else name.rpartition(".")[0]


def read(path: Path, name: str) -> SourceModule:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text, str(path))
    nodes = list(ast.walk(tree))
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    in_window = name.partition(".")[0] == "ui"
    return SourceModule(
        path,
        name,
        text.count("\n"),
        imports=tuple(imports(path, nodes)),
        loaded=tuple(loaded(tree)),
        functions=tuple(functions(nodes)),
        classes=tuple((node.lineno, node.name) for node in nodes if isinstance(node, ast.ClassDef)),
        bases=tuple(
            (node.name, name_of(base))
            for node in nodes
            if isinstance(node, ast.ClassDef)
            for base in node.bases
        ),
        used=used_names(tree),
        undocumented=tuple(undocumented(path, tree, nodes)),
        coroutines=tuple(
            node.lineno for node in nodes if isinstance(node, ast.AsyncFunctionDef | ast.Await)
        ),
        blocking=tuple(
            (node.lineno, fault) for node in calls if in_window and (fault := blocking_call(node))
        ),
        tasks=tuple(
            node.lineno
            for node in nodes
            if isinstance(node, ast.Attribute) and node.attr in {"create_task", "ensure_future"}
        ),
        icons=tuple(
            (node.lineno, node.args[0].value)
            for node in calls
            if node.args and isinstance(node.args[0], ast.Constant) and _is_icon(node.func)
        ),
    )


def imports(path: Path, nodes: list[ast.AST]) -> Iterator[tuple[int, str]]:
    """Yields line and dotted name of each import; `from a import b` counts as `a.b`, too."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{place_of(path)}:{node.lineno}: imports are absolute"
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def loaded(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in tree.body:
        if isinstance(node, ast.ImportFrom):
            yield from ((node.module or "", alias.name) for alias in node.names)


def functions(nodes: list[ast.AST]) -> Iterator[tuple[int, str, int]]:
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.lineno, node.name, (node.end_lineno or 0) - node.lineno + 1


def name_of(base: ast.expr) -> str:
    """Returns the name of a base class without its module and type arguments."""
    return ast.unparse(base).partition("[")[0].rpartition(".")[2]


def used_names(tree: ast.Module) -> frozenset[str]:
    found: set[str] = set()
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
        for name, value in ast.iter_fields(node):
            if name not in {"bases", "annotation", "returns"}:
                each = value if isinstance(value, list) else [value]
                waiting += [child for child in each if isinstance(child, ast.AST)]
    return frozenset(found)


def undocumented(path: Path, tree: ast.Module, nodes: list[ast.AST]) -> Iterator[str]:
    if not ast.get_docstring(tree):
        yield f"{place_of(path)}: no docstring"
    for node in nodes:
        if isinstance(node, ast.ClassDef) and not ast.get_docstring(node):
            yield f"{place_of(path)}:{node.lineno}: class {node.name} has no docstring"


def _is_icon(called: ast.expr) -> bool:
    """Returns True for `icon(...)` and `icons.icon(...)`."""
    name = called
    if isinstance(called, ast.Attribute) and called.attr == "icon":
        name = called.value
    wanted = "icon" if name is called else "icons"
    return isinstance(name, ast.Name) and name.id == wanted


def blocking_call(call: ast.Call) -> str:
    called = ast.unparse(call.func)
    last = called.rpartition(".")[2]
    if last in {"exec", "exec_"} and not _is_drag(call):
        return f"{called}() runs a loop inside the loop; use open() or popup()"
    if last in {"create_task", "ensure_future", "processEvents", "run_until_complete"}:
        return f"{called}() belongs to the core"
    if called in {"time.sleep", "QMessageBox.question", "QMessageBox.warning"}:
        return f"{called}() stops the window"
    if re.fullmatch(r"QFileDialog\.get\w+|QInputDialog\.get\w+|QColorDialog\.getColor", called):
        return f"{called}() runs a loop inside the loop; use open()"
    return ""


def _is_drag(call: ast.Call) -> bool:
    """Returns True for `QDrag.exec`, the only way to drag in Qt."""
    return isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value).endswith("drag")


def assert_no_violations(faults: list[str]) -> None:
    assert not faults, "\n" + "\n".join(faults)
