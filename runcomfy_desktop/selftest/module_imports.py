"""Check that all modules of the program, and all modules that they import, can be imported.

Freezers tend to miss imports inside functions, so imports are read from the bytecode itself. Module
names in strings (`import_module`) are found in the same way.
"""

from __future__ import annotations

import dis
import pkgutil
import re
import sys
from importlib import import_module
from importlib.util import find_spec
from types import CodeType
from typing import TYPE_CHECKING

import runcomfy_desktop
from runcomfy_desktop.selftest.failure import SelfTestFailure, require

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PACKAGE_NAME = runcomfy_desktop.__name__
_IMPORT = dis.opmap["IMPORT_NAME"]
_MODULE_NAME = re.compile(
    rf"(?:{_PACKAGE_NAME}|PySide6)(?:\.[a-zA-Z_]\w*)+|logging\.handlers|concurrent\.futures\.\w+"
)
# Fewer than the program has: detects a frozen build whose modules cannot be listed.
_MIN_MODULES = 150
_MAX_REPORTED = 5
# Modules that exist only on some systems, and one that is imported only for types.
_OTHER_SYSTEMS = {"fcntl", "msvcrt", "winreg", "pwd", "resource", "_typeshed"}
_PLATFORM_MODULES = {
    "truststore": ("win32", "darwin"),
    "cryptography": ("linux",),
    "jeepney": ("linux",),
}


def module_imports(_folder: Path) -> str:
    """Imports all modules of the program, then every module that they import, also deferred."""
    # Qt is imported before any of them, as at a normal start.
    import_module("PySide6.QtWidgets")
    own_modules = sorted(
        each.name for each in pkgutil.walk_packages(runcomfy_desktop.__path__, f"{_PACKAGE_NAME}.")
    )
    require(
        len(own_modules) >= _MIN_MODULES,
        f"only {len(own_modules)} modules of {_PACKAGE_NAME} are there",
    )
    failures: dict[str, str] = {}
    for name in own_modules:
        _try_import(name, failures)
    named = {
        each for name in own_modules if name not in failures for each in _modules_named_by(name)
    }
    for name in sorted(named):
        _try_import(name, failures)
    if failures:
        report = "; ".join(f"{name}: {why}" for name, why in list(failures.items())[:_MAX_REPORTED])
        raise SelfTestFailure(f"{len(failures)} cannot be imported: {report}")
    return f"{len(own_modules)} of the program, {len(named)} named by them"


def _try_import(name: str, failures: dict[str, str]) -> None:
    try:
        import_module(name)
    except Exception as error:
        failures[name] = f"{type(error).__name__}: {error}"


def _modules_named_by(package_name: str) -> Iterator[str]:
    spec = find_spec(package_name)
    code = spec.loader.get_code(package_name) if spec and spec.loader else None  # type: ignore[attr-defined]
    if not isinstance(code, CodeType):
        raise SelfTestFailure(f"the code of {package_name} cannot be read")
    for each in _all_code(code):
        yield from _imports(each)
        yield from (text for text in each.co_consts if _is_name(text))


def _all_code(code: CodeType) -> Iterator[CodeType]:
    yield code
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield from _all_code(each)


def _is_name(text: object) -> bool:
    return isinstance(text, str) and _MODULE_NAME.fullmatch(text) is not None


def _imports(code: CodeType, system: str = sys.platform) -> Iterator[str]:
    """Yields the modules named by import statements in `code`; `from a import b` may name two."""
    if _IMPORT not in code.co_code[::2]:
        # Most functions have no imports, and disassembling is slow.
        return
    module = ""
    for step in dis.get_instructions(code):
        if step.opname == "IMPORT_NAME":
            module = str(step.argval)
            if _is_expected(module.partition(".")[0], system):
                yield module
        elif step.opname == "IMPORT_FROM" and _is_module(module, str(step.argval)):
            yield f"{module}.{step.argval}"


def _is_expected(name: str, system: str) -> bool:
    return name not in _OTHER_SYSTEMS and system in _PLATFORM_MODULES.get(name, (system,))


def _is_module(module: str, name: str) -> bool:
    """Returns True if `from module import name` imports a module; not so for `import a.b as c`."""
    if module.partition(".")[0] != _PACKAGE_NAME or module.rpartition(".")[2] == name:
        return False
    # A module that cannot be imported has already been reported.
    return module in sys.modules and not hasattr(sys.modules[module], name)
