"""Every module of the program, and every one that any of them names, is there and can be imported.

What is imported late, inside a function, is exactly what a freezer forgets: so the imports are read
from the code itself. Names of modules in texts (`import_module`) are found the same way.
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
# Fewer than there are of the program: a freezer's list that cannot be walked.
_MIN_MODULES = 150
_MAX_REPORTED = 5
# Modules that some systems do not have, and none that is imported for types alone.
_OTHER_SYSTEMS = {"fcntl", "msvcrt", "winreg", "pwd", "resource", "_typeshed"}
_PLATFORM_MODULES = {
    "truststore": ("win32", "darwin"),
    "cryptography": ("linux",),
    "jeepney": ("linux",),
}


def module_imports(_folder: Path) -> str:
    """Imports all of ours, then whatever those name."""
    # Qt is there before any of them, as at a start.
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
    """Modules that an import statement in `code` names; `from a import b` may name two."""
    if _IMPORT not in code.co_code[::2]:
        # Most functions have none, and to take each step apart is slow.
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
    """Whether `from module import name` means a module; for `import a.b as c` it does not."""
    if module.partition(".")[0] != _PACKAGE_NAME or module.rpartition(".")[2] == name:
        return False
    # One that cannot be imported is a fault already.
    return module in sys.modules and not hasattr(sys.modules[module], name)
