"""Rules for every source file of the program.

They are about what the window may not do, and the length, names, documentation and tests of
modules.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.support.source_modules import (
    PACKAGE,
    PROJECT,
    TESTS,
    assert_no_violations,
    blocking_call,
    folder_of,
    imported_by,
    imports,
    modules,
    packages,
)

MAX_FILE_LINES = 600
MAX_FUNCTION_LINES = 40

# Names that do not describe the contents of a module.
_VAGUE_NAMES = {"again", "deeds", "desk", "kinds", "parts", "several", "ways", "words"}
# Words that end like participles, but are established nouns.
_NOUNS = {
    "ranking",
    "reordering",
    "ring",
}

# Shorter modules that only one sibling imports belong in that sibling.
MIN_SATELLITE_LINES = 120
# Exceptions, with the reason.
_SATELLITES = {
    "app.garbage_collector": "an idea of its own; lifecycle only starts it",
    "core.editor.seeds": "an idea of its own: how seeds move from run to run",
    "core.jobs.job_reordering": "pure functions, which are tested without a queue",
    "core.jobs.job_runner": "job_queue has no room for it",
    "core.jobs.sleep_detector": "knows two clocks and nothing of jobs",
    "core.presets.preset_disk_queue": "knows tasks and threads and nothing of presets",
    "domain.conversion.author_choices_reader": "reads what the editor saves beside the graph",
    "platform.sleep_inhibitor": "a service of the system, as notifications are",
    "platform.taskbar_list": "Windows only; ctypes is imported when it is needed",
    "platform.tray": "messages by Qt, where notifications knows the session bus alone",
    "store.disk_reserve": "an idea of its own: what is freed when the disk is full",
    "store.folder_lock": "a lock between processes, which knows nothing of presets",
    "store.json_encoder": "writes any JSON, and knows nothing of drafts",
    "store.salvage": "an idea of its own: what is read from a damaged database",
    "tour.drag": "an idea of its own: a real drag from a second program",
    "tour.photo": "paints a picture, and knows nothing of the steps",
    "ui.deployments.workflow_changed_dialog": "imported at its first use",
    "ui.drafts.orphaned_values_dialog": "imported at its first use",
    "ui.drafts.workflow_difference": "imported at its first use",
    "ui.help.data_folders": "a dialog, one module as the others of Help",
    "ui.help.diagnostics": "a dialog, one module as the others of Help",
    "ui.input_tree.folded_links": "an idea of its own; inputs_model has no room for it",
    "ui.job_queue.job_announcer": "an idea of its own: what a screen reader is told",
    "ui.main_window.frame_updater": "an idea of its own: what a session shows in the frame",
    "ui.main_window.open_link": "imported at its first use",
    "ui.media_fields.address_edit": "media_field has no room for it",
    "ui.presets.export_dialog": "imported at its first use",
    "ui.results.result_pager": "a widget of its own, as the filmstrip is",
    "ui.results.viewer": "the part of the output panel that is shown alone in the full view",
    "ui.settings.presets_page": "a page, one module as the other pages",
}

# The layers below the window; the window itself is tested through the actions of users.
_PACKAGES_WITH_TESTS = ("domain", "api", "store", "core", "emulator")


def test_the_window_waits_for_nothing() -> None:
    """There are no coroutines, nested loops, tasks or sleeps in ui/: those belong to the core."""
    faults = []
    for module in modules():
        if module.package != "ui":
            continue
        faults += [f"{module}:{line}: a coroutine in the window" for line in module.coroutines]
        faults += [f"{module}:{line}: {fault}" for line, fault in module.blocking]
    assert_no_violations(faults)


def test_only_the_core_makes_tasks() -> None:
    assert_no_violations(
        [
            f"{module}:{line}: core/base/tasks.py makes and keeps tasks"
            for module in modules()
            if module.name != "core.base.tasks"
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


def test_what_one_sibling_alone_imports_is_part_of_it() -> None:
    importers: dict[str, set[str]] = {}
    for module in modules():
        for name in imported_by(module):
            importers.setdefault(name, set()).add(module.name)
    found = {}
    for module in modules():
        others = importers.get(module.name, set()) - {module.name}
        siblings = {each for each in others if folder_of(each) == folder_of(module.name)}
        siblings -= packages()
        is_small = module.lines < MIN_SATELLITE_LINES and module.name not in packages()
        if is_small and len(others) == 1 and others == siblings:
            found[module.name] = f"{module}: {module.lines} lines, for {others.pop()} alone"
    assert_no_violations(
        [text for name, text in found.items() if name not in _SATELLITES]
        + [f"{name}: has no need of a reason" for name in _SATELLITES if name not in found]
    )


def test_no_class_is_only_the_base_of_one_other() -> None:
    """A base class has several subclasses or is used directly.

    Otherwise both classes have to be read together.
    """
    classes = {name for module in modules() for _line, name in module.classes}
    used = {name for module in modules() for name in module.used}
    derived: dict[str, set[str]] = {}
    for module in modules():
        for name, base in module.bases:
            derived.setdefault(base, set()).add(name)
    assert_no_violations(
        [
            f"{base} has the one subclass {', '.join(names)}, and is not used by itself"
            for base, names in derived.items()
            if base in classes and len(names) == 1 and base not in used
        ]
    )


def test_no_two_classes_share_a_name() -> None:
    """A leading underscore does not make a name different."""
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


def test_every_package_says_where_to_begin() -> None:
    faults = []
    for module in modules():
        if module.path.stem != "__init__" or module.name == "package":
            continue
        text = " ".join(module.path.read_text(encoding="utf-8").split())
        first = re.search(r"Start with `([\w.]+)`", text)
        steps = first[1].split(".") if first else [""]
        if not module.path.parent.joinpath(*steps).with_suffix(".py").is_file():
            faults.append(f"{module}: does not say which of its modules to open first")
    assert_no_violations(faults)


def test_every_module_without_a_window_has_its_test() -> None:
    """Every module in the layers below the window has a test, unless it has no functions.

    The test is either test_<module>*.py in the folder of tests/unit named like the module's
    package, or a test that imports the module, of its layer or in tests/contract.
    """
    faults = []
    for module in modules():
        layer, _, rest = module.name.partition(".")
        if layer not in _PACKAGES_WITH_TESTS or not rest or not module.functions:
            continue
        package, _, name = module.name.rpartition(".")
        own_place = TESTS.joinpath("unit", *package.split("."))
        wanted = f"test_{name.strip('_')}*.py"
        places = (TESTS / "unit" / layer, TESTS / "contract")
        if not any(own_place.glob(wanted)) and not _is_imported(module.name, places):
            faults.append(f"{module}: no {wanted} and no other test names it")
    assert_no_violations(faults)


def _is_imported(name: str, places: tuple[Path, ...]) -> bool:
    """Returns True if a test in `places` imports the module or a name from it."""
    word = name.rpartition(".")[2]
    return any(
        name in _imported_by(path)
        for place in places
        for path, text in _texts_of_tests(place)
        # Most files need not be parsed: they do not even contain the module's name.
        if word in text
    )


@cache
def _texts_of_tests(place: Path) -> tuple[tuple[Path, str], ...]:
    return tuple((path, path.read_text(encoding="utf-8")) for path in place.rglob("test_*.py"))


@cache
def _imported_by(path: Path) -> frozenset[str]:
    """Returns the names below the package that a file imports."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))))
    below = {name.removeprefix(f"{PACKAGE.name}.") for _line, name in imports(path, nodes)}
    return frozenset(below | {name.rpartition(".")[0] for name in below})


def test_no_module_promises_what_is_not_there() -> None:
    promise = re.compile("TO" + "DO|FIX" + "ME|\\bXX" + "X|raise NotImplemented")
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
    """Icons are 24 by 24 and use `currentColor`, as icons.py requires.

    The program's own icon is coloured.
    """
    faults = []
    for path in (PROJECT / "resources" / "icons").glob("*.svg"):
        if path.stem == "app":
            continue
        text = path.read_text(encoding="utf-8")
        if "currentColor" not in text or 'viewBox="0 0 24 24"' not in text:
            faults.append(path.name)
    assert_no_violations(faults)


def test_qt_never_speaks_tls() -> None:
    """Only httpx uses TLS, with certificates chosen in one place.

    Therefore Qt's TLS back ends are not packaged.
    """
    own = re.compile(r"\b(QSsl\w*|QNetworkAccessManager|QNetworkRequest|QWebSocket)\b")
    assert_no_violations(
        [
            f"{module}: {found[0]}"
            for module in modules()
            if (found := own.search(module.path.read_text(encoding="utf-8")))
        ]
    )


def test_packaging_is_no_package() -> None:
    """With an __init__.py, it would hide the library of that name from pytest and pip."""
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
    assert bool(blocking_call(call.value)) is expected
