"""Structure of the program, as tests: which package may import which.

The tables are about direct imports, including those for the type checker: a package that names
another one's types depends on it.
"""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING

from tests import package_diagram
from tests.support.source_modules import (
    PACKAGE,
    SourceModule,
    assert_no_violations,
    folder_of,
    imported_by,
    module_of,
    modules,
    names,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# Layers, and the layers, packages and modules of the program that each may import. A module with
# its own entry may import only what that entry allows. `package` is runcomfy_desktop/__init__.py,
# with name and version.
_MAY_IMPORT = {
    "domain": {"i18n"},
    "api": {"domain", "i18n"},
    "store": {"domain", "i18n", "assets"},
    "core": {"domain", "api", "store", "i18n"},
    "emulator": set(),
    "platform": {"core", "domain", "i18n", "package"},
    "ui": {"domain", "core", "i18n", "assets", "package", "platform.thread_priority"},
    # Small modules that every layer may use, or that are needed before all others.
    "i18n": set(),
    "assets": set(),
    "package": set(),
    "paths": {"i18n"},
    "platform.private_files": set(),
    "platform.single_window": set(),
    "platform.taskbar_identity": {"package"},
    "platform.thread_priority": set(),
    "app.crash_log": {"platform.private_files"},
    "app.garbage_collector": set(),
    "app.import_hook": set(),
    "app.logs": {"platform.private_files"},
    "app.loop": {"platform.thread_priority"},
    "app.open_requests": {"domain"},
    "app.options": {"i18n", "package", "app.open_requests", "app.timeouts"},
    "app.package_channel": {"assets"},
    "app.timeouts": {"core"},
}
# Packages that assemble the program, or test all of it.
_MAY_IMPORT_ALL = {"__main__", "app", "selftest", "tour"}

# Imports allowed between the packages of a layer. A module outside these packages counts as a
# package.
_DOMAIN_IMPORTS = {
    "base": set(),
    "workflow": {"base"},
    "schema": {"base", "workflow"},
    "conversion": {"base", "workflow"},
    "media": {"base", "schema", "workflow"},
    "drafts": {"base", "media", "schema", "workflow"},
    "validation": {"base", "drafts", "media", "schema", "settings", "workflow"},
    "essentials": {"base", "drafts", "schema", "workflow"},
    "deployments": {"base", "drafts", "media", "workflow"},
    "jobs": {"base", "deployments", "drafts", "media", "workflow"},
    "presets": {"base", "drafts", "jobs", "media", "schema", "validation", "workflow"},
    "sweeps": {"base", "drafts", "jobs", "media", "schema", "workflow"},
    "account": {"base", "schema", "validation", "workflow"},
    "app_link": {"base"},
    "diagnostics": set(),
    "release": set(),
    "settings": set(),
}
_CORE_IMPORTS = {
    "base": set(),
    "network": {"base"},
    "account": {"base"},
    "spending": {"base"},
    "media": {"base", "editor"},
    "editor": {"base"},
    "deployments": {"base", "editor"},
    "drafts": {"base", "deployments", "editor"},
    "presets": {"base"},
    "jobs": {
        "account",
        "base",
        "deployments",
        "editor",
        "media",
        "results",
        "spending",
    },
    "results": {"base", "media"},
    "sweeps": {"base", "deployments", "editor", "jobs", "media", "spending"},
    "deployment_manager": {"base", "deployments", "jobs"},
    "key_coordinator": {"account", "base", "deployments", "jobs"},
    "preflight": {
        "account",
        "base",
        "deployments",
        "editor",
        "jobs",
        "media",
        "spending",
        "sweeps",
    },
    "updates": {"base"},
}
# `main_window` assembles the features, and no feature imports it. All features are based on these
# packages:
_UI_FOUNDATION = {
    "base": set(),
    "style": set(),
    "images": {"base", "style"},
    "widgets": {"base", "style"},
}
# Features, and the other features that each may import in addition to the foundation.
_FEATURE_IMPORTS = {
    "account": set(),
    "command_palette": {"input_tree", "inputs_panel", "pins"},
    "deployments": set(),
    "drafts": {"command_palette", "deployments"},
    "help": set(),
    "image_tools": {"input_tree", "media_fields"},
    "input_tree": set(),
    "inputs_panel": {"drafts", "image_tools", "input_tree", "media_fields", "pins"},
    "job_queue": {"run"},
    "media_fields": {"input_tree"},
    "pins": {"input_tree", "media_fields"},
    "presets": {"command_palette", "drafts", "input_tree"},
    "results": {"job_queue"},
    "run": {"deployments", "presets"},
    "settings": {"image_tools"},
    "sweeps": {"command_palette", "input_tree", "job_queue", "run"},
    "workflow_graph": {"input_tree"},
}
# Maximum number of modules in an import cycle, which can exist only for the type checker.
_MAX_CIRCLE = 3
# Layers are divided into packages; this is the maximum number of modules outside them.
_MAX_MODULES_BESIDE_PACKAGES = 7

# External libraries, and the layers, packages or modules that may import each.
_LIBRARIES = {
    "httpx": {"api"},
    "httpcore": {"api.transport", "api.network_backends", "api.socks"},
    "truststore": {"api.certificates"},
    "sqlite3": {
        "store.database",
        "store.history",
        "store.migrations",
        "store.salvage",
        "app.installation_info",
        "selftest",
    },
    "keyring": {"store.credentials", "selftest"},
    "PySide6": {
        "ui",
        "app.application",
        "app.garbage_collector",
        "app.installation_info",
        "app.lifecycle",
        "app.loop",
        "platform.desktop_controller",
        "platform.progress_indicators",
        "platform.single_window",
        "platform.tray",
        "platform.url_handler",
        "selftest",
        "tour",
    },
    "shiboken6": {"ui"},  # comes with PySide6: shows whether a Qt object still exists
    "qasync": {"app.loop"},
    "PIL": {"emulator", "selftest"},
    "certifi": {"api.certificates", "selftest"},
    # Checked by the self-test; the program uses them through keyring.
    "cryptography": {"selftest"},
    "platformdirs": {"paths"},
    "jeepney": {"platform.notifications", "platform.progress_indicators", "platform.session_bus"},
}


def is_within(name: str, places: Iterable[str]) -> bool:
    return any(name == place or name.startswith(f"{place}.") for place in places)


def test_every_layer_is_in_the_table() -> None:
    layers = {module.package for module in modules()}
    assert layers - set(_MAY_IMPORT) - _MAY_IMPORT_ALL == set()


def test_layers_import_what_the_table_allows() -> None:
    faults = []
    for module in modules():
        alone = module.name in _MAY_IMPORT
        if module.package in _MAY_IMPORT_ALL and not alone:
            continue
        allowed = _MAY_IMPORT[module.name] if alone else _MAY_IMPORT[module.package]
        own = {module.name} if alone else {module.package}
        faults += [
            f"{module} may not import {name}"
            for name in sorted(imported_by(module))
            if not is_within(name, allowed | own)
        ]
    assert_no_violations(faults)


def _inner_imports(layer: str) -> Iterator[tuple[SourceModule, str, str]]:
    """Yields (module, its package, other package) for each import between a layer's packages."""
    for module in modules():
        own = module.name.split(".")[:2]
        if own[0] != layer or len(own) == 1:
            continue
        for name in sorted(imported_by(module)):
            other = name.split(".")[:2]
            if other[0] == layer and other != own:
                yield module, own[1], other[-1]


def _ui_imports() -> dict[str, set[str]]:
    foundation = set(_UI_FOUNDATION)
    features = {name: foundation | others for name, others in _FEATURE_IMPORTS.items()}
    return {**_UI_FOUNDATION, **features, "main_window": foundation | set(features)}


def test_packages_of_a_layer_import_what_the_tables_allow() -> None:
    tables = {"domain": _DOMAIN_IMPORTS, "core": _CORE_IMPORTS, "ui": _ui_imports()}
    faults = [
        f"{module}: {package} may not import {other}"
        for layer, table in tables.items()
        for module, package, other in _inner_imports(layer)
        if other not in table[package]
    ]
    assert_no_violations(faults)


def test_what_the_tables_allow_is_used() -> None:
    """Every entry of the tables is used.

    Obsolete entries would allow unwanted dependencies to return.
    """
    tables = [
        ("domain", _DOMAIN_IMPORTS),
        ("core", _CORE_IMPORTS),
        *(("ui", table) for table in (_UI_FOUNDATION, _FEATURE_IMPORTS)),
    ]
    used = {
        (layer, package, other)
        for layer in ("domain", "core", "ui")
        for _module, package, other in _inner_imports(layer)
    }
    assert_no_violations(
        [
            f"{layer}: {package} does not import {other}"
            for layer, table in tables
            for package, others in table.items()
            for other in sorted(others)
            if (layer, package, other) not in used
        ]
    )


def test_no_two_folders_import_each_other() -> None:
    arrows = {
        (folder_of(module.name), folder_of(name))
        for module in modules()
        for name in imported_by(module)
    }
    # The top-level folder contains the name and version that all may use, and the entry point.
    arrows = {(folder, other) for folder, other in arrows if folder != other and folder and other}
    assert sorted(arrow for arrow in arrows if arrow[::-1] in arrows) == []


def test_no_circle_has_more_than_three_modules() -> None:
    graph = {module.name: imported_by(module) - {"package"} for module in modules()}
    circles = [sorted(circle) for circle in _circles_of(graph) if len(circle) > _MAX_CIRCLE]
    assert circles == []


def _circles_of(graph: dict[str, frozenset[str]]) -> list[set[str]]:
    """Returns groups of nodes that are all reachable from each other."""
    reaches = {name: _reached_from(graph, name) for name in graph}
    found: list[set[str]] = []
    for name, reached in reaches.items():
        circle = {other for other in reached if name in reaches[other]}
        if circle and circle not in found:
            found.append(circle)
    return found


def _reached_from(graph: dict[str, frozenset[str]], start: str) -> set[str]:
    reached: set[str] = set()
    waiting = [start]
    while waiting:
        for name in graph[waiting.pop()] - reached:
            reached.add(name)
            waiting.append(name)
    return reached


def test_layers_are_divided_into_packages() -> None:
    beside = Counter(
        module.name.rpartition(".")[0] for module in modules() if module.path.stem != "__init__"
    )
    too_many = {
        layer or PACKAGE.name: beside[layer]
        for layer in ("", "domain", "core", "ui")
        if beside[layer] > _MAX_MODULES_BESIDE_PACKAGES
    }
    assert too_many == {}


def test_outside_libraries_stay_where_they_belong() -> None:
    ours = {PACKAGE.name, "__future__"}
    faults = []
    for module in modules():
        for line, name in module.imports:
            library = name.partition(".")[0]
            if library in _LIBRARIES:
                if not is_within(module.name, _LIBRARIES[library]):
                    faults.append(f"{module}:{line}: {library} does not belong in {module.name}")
            elif library not in sys.stdlib_module_names and library not in ours:
                faults.append(f"{module}:{line}: {library} is not a dependency of this program")
    assert_no_violations(faults)


def test_no_two_modules_import_each_other() -> None:
    """Only imports at load time count: a cycle of these makes the order of imports matter."""
    graph = {
        module.name: frozenset(module_of(f"{origin}.{name}") for origin, name in module.loaded)
        & names()
        for module in modules()
    }
    assert_no_violations([f"circle: {', '.join(sorted(circle))}" for circle in _circles_of(graph)])


def test_the_state_of_a_job_changes_in_one_module() -> None:
    changing = {module.name for module in modules() if "with_state" in module.used}
    assert changing == {"core.jobs.job_transitions"}


def test_the_diagram_is_drawn_by_the_imports_there_are() -> None:
    assert package_diagram.PATH.read_text(encoding="utf-8") == package_diagram.drawn(), (
        "the packages changed: `make diagram` draws them anew"
    )
