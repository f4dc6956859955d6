"""The plan of the program, as tests: who may import whom, what a window may not do, how long, how
documented and how tested a module is.

The table speaks of direct imports, those for the type checker included: a layer that names
another's types depends on it.
"""

from __future__ import annotations

import ast
import re
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = Path(__file__).resolve().parents[2]
PACKAGE = PROJECT / "runcomfy_desktop"
TESTS = PROJECT / "tests"
MAX_FILE_LINES = 600
MAX_FUNCTION_LINES = 40

# Layers and what each may import of ours. `package` is runcomfy_desktop/__init__.py: name, version.
_MAY_IMPORT = {
    "domain": {"i18n"},
    "api": {"domain", "i18n"},
    "store": {"domain", "i18n", "assets"},
    "core": {"domain", "api", "store", "i18n"},
    "emulator": set(),
    "desktop": {"core", "domain", "i18n", "package"},
    "ui": {"domain", "core", "i18n", "assets", "package", "thread_priority", "package_channel"},
    # Small modules that every layer may use must not pull layers in.
    "i18n": set(),
    "assets": set(),
    "package": set(),
    "paths": {"i18n"},
    "logs": {"private_files"},
    "crash_log": {"private_files"},
    "private_files": set(),
    "loop": {"thread_priority"},
    "thread_priority": set(),
    "taskbar_identity": {"package"},
    "single_window": set(),
    "import_hook": set(),
    "garbage_collector": set(),
    "options": {"i18n", "package", "open_requests", "timeouts"},
    "timeouts": {"core"},
    "open_requests": {"domain"},
    "package_channel": {"assets"},
}
# The composition root and what belongs to it: these may import everything.
_MAY_IMPORT_ALL = {
    "app",
    "__main__",
    "startup",
    "lifecycle",
    "session",
    "session_manager",
    "demo_service",
    "installation_info",
    "selftest",
    "tour",
}

_QT_MODULES = {
    "desktop",
    "app",
    "startup",
    "lifecycle",
    "garbage_collector",
    "import_hook",
    "loop",
    "single_window",
    "installation_info",
    "selftest",
    "tour",
}
# Each outside library and the places that may know it. A place is a layer or a module in one.
_LIBRARIES = {
    "httpx": {"api"},
    "httpcore": {"api.transport", "api.network_backends", "api.socks"},
    "truststore": {"api.certificates"},
    "sqlite3": {
        "store.database",
        "store.history",
        "store.migrations",
        "store.salvage",
        "installation_info",
        "selftest",
    },
    "keyring": {"store.credentials", "selftest"},
    "PySide6": {"ui"} | _QT_MODULES,
    "shiboken6": {"ui"},  # comes with PySide6: whether a Qt object still lives
    "qasync": {"loop"},
    "PIL": {"emulator", "selftest"},
    "certifi": {"api.certificates", "selftest"},
    # What the self-test looks at; the program gets to it through keyring.
    "cryptography": {"selftest"},
    "platformdirs": {"paths"},
    "jeepney": {"desktop"},
}

# Names that tell nobody what is in a module.
_VAGUE_NAMES = {"again", "deeds", "desk", "kinds", "parts", "several", "ways", "words"}
# Words that end like participles and are the field's nouns for what is done there.
_NOUNS = {
    "decoding",
    "drawing",
    "encoding",
    "formatting",
    "matching",
    "painting",
    "parsing",
    "polling",
    "ranking",
    "rendering",
    "reordering",
    "ring",
}

# The layers below the window; the window itself is tested by what a person does in it.
_PACKAGES_WITH_TESTS = ("domain", "api", "store", "core", "emulator")


@dataclass(frozen=True)
class SourceModule:
    """What the tests ask of one source file of the program, read once.

    The trees are not kept: with 700,000 objects alive, each collection of garbage in this process
    would take longer.
    """

    path: Path
    name: str  # dotted, below the package: "store.database", "app", "package"
    lines: int
    imports: tuple[tuple[int, str], ...]
    # Module and name of each `from a import b` at the top.
    loaded: tuple[tuple[str, str], ...]
    functions: tuple[tuple[int, str, int], ...]  # line, name, number of lines
    classes: tuple[tuple[int, str], ...]  # line, name
    undocumented: tuple[str, ...]
    coroutines: tuple[int, ...]
    blocking: tuple[tuple[int, str], ...]  # of the window alone
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
        undocumented=tuple(undocumented(path, tree, nodes)),
        coroutines=tuple(
            node.lineno for node in nodes if isinstance(node, ast.AsyncFunctionDef | ast.Await)
        ),
        blocking=tuple(
            (node.lineno, fault) for node in calls if in_window and (fault := _blocks(node))
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
    """Line and dotted name of each import; `from a import b` counts as `a.b`, too."""
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


def undocumented(path: Path, tree: ast.Module, nodes: list[ast.AST]) -> Iterator[str]:
    if not ast.get_docstring(tree):
        yield f"{place_of(path)}: no docstring"
    for node in nodes:
        if isinstance(node, ast.ClassDef) and not ast.get_docstring(node):
            yield f"{place_of(path)}:{node.lineno}: class {node.name} has no docstring"


def _is_icon(called: ast.expr) -> bool:
    """`icon(...)` or `icons.icon(...)`."""
    name = called
    if isinstance(called, ast.Attribute) and called.attr == "icon":
        name = called.value
    wanted = "icon" if name is called else "icons"
    return isinstance(name, ast.Name) and name.id == wanted


def package_of(dotted: str) -> str:
    """The layer that an import of ours leads to; "" for other people's modules."""
    first, _, rest = dotted.partition(".")
    if first != PACKAGE.name:
        return ""
    layer = rest.partition(".")[0]
    is_one = (PACKAGE / layer).is_dir() or (PACKAGE / f"{layer}.py").is_file()
    return layer if layer and is_one else "package"


def is_within(module: SourceModule, places: set[str]) -> bool:
    return any(module.name == place or module.name.startswith(f"{place}.") for place in places)


def assert_no_violations(faults: list[str]) -> None:
    assert not faults, "\n" + "\n".join(faults)


def test_every_layer_is_in_the_table() -> None:
    layers = {module.package for module in modules()}
    assert layers - set(_MAY_IMPORT) - _MAY_IMPORT_ALL == set()


def test_layers_import_what_the_table_allows() -> None:
    faults = []
    for module in modules():
        if module.package in _MAY_IMPORT_ALL:
            continue
        allowed = _MAY_IMPORT[module.package] | {module.package}
        for line, name in module.imports:
            layer = package_of(name)
            if layer and layer not in allowed:
                faults.append(f"{module}:{line}: {module.package} may not import {name}")
    assert_no_violations(faults)


def test_outside_libraries_stay_where_they_belong() -> None:
    ours = {PACKAGE.name, "__future__"}
    faults = []
    for module in modules():
        for line, name in module.imports:
            library = name.partition(".")[0]
            if library in _LIBRARIES:
                if not is_within(module, _LIBRARIES[library]):
                    faults.append(f"{module}:{line}: {library} does not belong in {module.name}")
            elif library not in sys.stdlib_module_names and library not in ours:
                faults.append(f"{module}:{line}: {library} is not a dependency of this program")
    assert_no_violations(faults)


def test_no_two_modules_import_each_other() -> None:
    """Of ours, and while they load: a circle makes the order of imports matter."""
    names = {module.name for module in modules()}
    graph = {module.name: _imported_while_loading(module, names) for module in modules()}
    finished: set[str] = set()
    assert_no_violations(
        [
            f"circle: {' > '.join(way)}"
            for name in graph
            for way in _circles(graph, [name], finished)
        ]
    )


def _imported_while_loading(module: SourceModule, names: set[str]) -> set[str]:
    found = set()
    for origin, name in module.loaded:
        if origin.startswith(PACKAGE.name):
            base = origin.removeprefix(PACKAGE.name).lstrip(".")
            inner = f"{base}.{name}".lstrip(".")
            found.add(inner if inner in names else base or "package")
    return found & names


def _circles(graph: dict[str, set[str]], way: list[str], finished: set[str]) -> Iterator[list[str]]:
    if way[-1] in finished:
        return
    for name in sorted(graph[way[-1]]):
        if name in way:
            yield [*way[way.index(name) :], name]
        else:
            yield from _circles(graph, [*way, name], finished)
    finished.add(way[-1])


def test_the_window_waits_for_nothing() -> None:
    """No coroutines, no nested loops, no tasks, no sleeping below ui/: those belong to the core."""
    faults = []
    for module in modules():
        if module.package != "ui":
            continue
        faults += [f"{module}:{line}: a coroutine in the window" for line in module.coroutines]
        faults += [f"{module}:{line}: {fault}" for line, fault in module.blocking]
    assert_no_violations(faults)


def _blocks(call: ast.Call) -> str:
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
    """`QDrag.exec` is how Qt drags; it has no other way."""
    return isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value).endswith("drag")


def test_only_the_core_makes_tasks() -> None:
    assert_no_violations(
        [
            f"{module}:{line}: core/tasks.py makes and keeps tasks"
            for module in modules()
            if module.name != "core.tasks"
            for line in module.tasks
        ]
    )


def test_files_and_functions_are_short() -> None:
    faults = []
    for module in modules():
        if module.lines > MAX_FILE_LINES:
            faults.append(f"{module}: {module.lines} lines")
        faults += [
            f"{module}:{line}: {name} has {lines} lines"
            for line, name, lines in module.functions
            if lines > MAX_FUNCTION_LINES
        ]
    assert_no_violations(faults)


def test_no_two_classes_share_a_name() -> None:
    """A leading underscore makes no other name of it."""
    first: dict[str, str] = {}
    faults = []
    for module in modules():
        for line, name in module.classes:
            known = first.setdefault(name.lstrip("_"), f"{module}:{line}")
            if known != f"{module}:{line}":
                faults.append(f"{module}:{line}: {name} is a class in {known}, too")
    assert_no_violations(faults)


def test_modules_are_named_by_what_they_hold() -> None:
    faults = []
    for module in modules():
        name = module.path.stem.strip("_")
        last_word = name.rpartition("_")[2]
        if name in _VAGUE_NAMES:
            faults.append(f"{module}: {name} could stand for anything")
        elif last_word.endswith(("ing", "ed")) and last_word not in _NOUNS:
            faults.append(f"{module}: {last_word} is a participle")
    assert_no_violations(faults)


def test_every_module_and_class_says_what_it_is_for() -> None:
    assert_no_violations([fault for module in modules() for fault in module.undocumented])


def test_every_module_without_a_window_has_its_test() -> None:
    """Either tests/unit/<layer>/test_<module>*.py, or a test there or in tests/contract that
    imports it. A module of constants and bare fields has nothing to test."""
    faults = []
    for module in modules():
        layer, _, rest = module.name.partition(".")
        if layer not in _PACKAGES_WITH_TESTS or not rest or not module.functions:
            continue
        places = (TESTS / "unit" / layer, TESTS / "contract")
        wanted = f"test_{rest.replace('.', '_').strip('_')}*.py"
        by_name = any(any(place.glob(wanted)) for place in places)
        if not by_name and not _is_imported(module.name, places):
            faults.append(f"{module}: no {wanted} and no other test names it")
    assert_no_violations(faults)


def _is_imported(name: str, places: tuple[Path, ...]) -> bool:
    """Whether a test in `places` imports the module or something of it."""
    word = name.rpartition(".")[2]
    return any(
        name in _imported_by(path)
        for place in places
        for path, text in _texts_of_tests(place)
        # Most files are not worth taking apart: they do not even have the word.
        if word in text
    )


@cache
def _texts_of_tests(place: Path) -> tuple[tuple[Path, str], ...]:
    return tuple((path, path.read_text(encoding="utf-8")) for path in place.rglob("test_*.py"))


@cache
def _imported_by(path: Path) -> frozenset[str]:
    """Names below the package that a file imports."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))))
    below = {name.removeprefix(f"{PACKAGE.name}.") for _line, name in imports(path, nodes)}
    return frozenset(below | {name.rpartition(".")[0] for name in below})


def test_no_module_promises_what_is_not_there() -> None:
    promise = re.compile("TO" + "DO|FIX" + "ME|XX" + "X|raise NotImplemented")
    sources = [*PACKAGE.rglob("*.py"), *TESTS.rglob("*.py"), *(PROJECT / "packaging").rglob("*.py")]
    assert_no_violations(
        [
            f"{path.relative_to(PROJECT)}:{number}: {line.strip()}"
            for path in sources
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
            if promise.search(line) and path != Path(__file__)
        ]
    )


def test_every_icon_that_is_named_exists() -> None:
    drawn = {path.stem for path in (PROJECT / "resources" / "icons").glob("*.svg")}
    assert_no_violations(
        [
            f"{module}:{line}: no icon {name!r}"
            for module in modules()
            for line, name in module.icons
            if name not in drawn
        ]
    )


def test_icons_can_be_recoloured() -> None:
    """24 by 24 and in `currentColor`: what icons.py relies on. The program's own is in colours."""
    faults = []
    for path in (PROJECT / "resources" / "icons").glob("*.svg"):
        if path.stem == "app":
            continue
        text = path.read_text(encoding="utf-8")
        if "currentColor" not in text or 'viewBox="0 0 24 24"' not in text:
            faults.append(path.name)
    assert_no_violations(faults)


def test_qt_never_speaks_tls() -> None:
    """Only httpx does, with certificates that are chosen in one place. So Qt's own back ends for it
    are not packaged."""
    own = re.compile(r"\b(QSsl\w*|QNetworkAccessManager|QNetworkRequest|QWebSocket)\b")
    assert_no_violations(
        [
            f"{module}: {found[0]}"
            for module in modules()
            if (found := own.search(module.path.read_text(encoding="utf-8")))
        ]
    )


def test_packaging_is_no_package() -> None:
    """With an __init__.py it would hide the library of the same name from pytest and pip."""
    assert not list((PROJECT / "packaging").rglob("__init__.py"))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("dialog.exec()", True),
        ("drag.exec(action)", False),
        ("self._drag.exec(action)", False),
        ("QFileDialog.getOpenFileName(self)", True),
        ("dialog.open()", False),
    ],
)
def test_the_check_for_nested_loops_sees_them(source: str, expected: bool) -> None:
    call = ast.parse(source).body[0]
    assert isinstance(call, ast.Expr)
    assert isinstance(call.value, ast.Call)
    assert bool(_blocks(call.value)) is expected
