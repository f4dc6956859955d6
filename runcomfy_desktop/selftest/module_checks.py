"""Checks of modules and compiled parts: all are included, and none is replaced unnoticed.

Freezers tend to miss imports inside functions, so imports are read from the bytecode itself. Module
names in strings (`import_module`) are found in the same way. Compiled parts that are missing would
be replaced by Python's slow implementations, or by libraries of this system, which may be absent or
different on another computer.
"""

from __future__ import annotations

import dis
import pkgutil
import re
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import CodeType
from typing import TYPE_CHECKING

import runcomfy_desktop
from runcomfy_desktop.selftest.failure import SelfTestFailure, require

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

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

# Without these, Python still works, but several times slower.
_COMPILED = ("_asyncio", "_hashlib", "_json", "_queue", "_sqlite3", "_ssl", "zlib")
# Libraries included in a packaged program. The others come from the system: graphics, fonts, D-Bus.
_BUNDLED_LIBRARY = re.compile(
    r"lib(Qt6\w+|icu\w+|python3[\d.]*|pyside6|shiboken6|ssl|crypto|sqlite3|ffi"
    r"|xcb-(cursor|icccm|image|keysyms|render-util|util))[.-].*"
)
_MAPS = Path("/proc/self/maps")


def module_imports(_folder: Path) -> str:
    """Imports all modules of the program, then every module that they import, also deferred."""
    # Qt is imported before any of them, as at a normal start.
    import_module("PySide6.QtWidgets")
    walk = pkgutil.walk_packages(runcomfy_desktop.__path__, f"{_PACKAGE_NAME}.")
    own = sorted(each.name for each in walk)
    require(len(own) >= _MIN_MODULES, f"only {len(own)} modules of {_PACKAGE_NAME} are there")
    failures = _import_failures(own)
    named = {each for name in own if name not in failures for each in _modules_named_by(name)}
    failures |= _import_failures(sorted(named))
    report = "; ".join(f"{name}: {why}" for name, why in list(failures.items())[:_MAX_REPORTED])
    require(not failures, f"{len(failures)} cannot be imported: {report}")
    return f"{len(own)} of the program, {len(named)} named by them"


def _import_failures(names: Iterable[str]) -> dict[str, str]:
    failures = {}
    for name in names:
        try:
            import_module(name)
        except Exception as error:
            failures[name] = f"{type(error).__name__}: {error}"
    return failures


def _modules_named_by(module: str) -> Iterator[str]:
    spec = find_spec(module)
    code = spec.loader.get_code(module) if spec and spec.loader else None  # type: ignore[attr-defined]
    if not isinstance(code, CodeType):
        raise SelfTestFailure(f"the code of {module} cannot be read")
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


def compiled_modules(_folder: Path) -> str:
    """Checks that Python's compiled modules can be imported."""
    # asyncio first: otherwise `_asyncio`, itself only partly loaded, would import it, and asyncio
    # would lose some of its compiled code.
    import_module("asyncio")
    missing = []
    for name in _COMPILED:
        try:
            import_module(name)
        except ImportError:
            missing.append(name)
    require(not missing, f"Python lacks {', '.join(missing)}")
    return ", ".join(_COMPILED)


def libraries(_folder: Path) -> str:
    """Checks that the loaded libraries are those of the packaged program.

    Only Linux would silently use the system's libraries instead.
    """
    bundle_folder = getattr(sys, "_MEIPASS", None)
    if bundle_folder is None or not _MAPS.is_file():
        return "nothing is packaged with it"
    # The sixth field is the file name, which may contain spaces.
    fields = (line.split(maxsplit=5) for line in _MAPS.read_text().splitlines())
    files = {Path(each[5]) for each in fields if len(each) > 5 and each[5].startswith("/")}
    bundled = {file for file in files if _BUNDLED_LIBRARY.fullmatch(file.name)}
    root = Path(bundle_folder).resolve()
    foreign = sorted(str(file) for file in bundled if root not in file.resolve().parents)
    require(not foreign, f"not the program's own, but this system's: {', '.join(foreign)}")
    return f"{len(bundled)} are the program's own"
