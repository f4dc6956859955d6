"""Hand-written list of third-party code inside libraries that contain no notice of it."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

_HERE = Path(__file__).resolve().parent
LIST = _HERE / "attributions.toml"
LICENCES = _HERE / "licences"
# The second form is for macOS frameworks, which contain descriptive files as well.
_LIBRARY = re.compile(r"\.(so|dll|dylib)(\.|$)|\.framework/Versions/\w+/[^/.]+$")
# The bindings and their own libraries belong to PySide; Microsoft's have a notice of their own.
_NOT_QTS = re.compile(
    r"\.(abi3|cpython-\d+)|(lib)?(pyside|shiboken)6|\.pyd$|^(msvcp|vcruntime|concrt)"
)


@dataclass(frozen=True)
class Part:
    """One piece of third-party code, with its copyright holders and licences."""

    key: str
    name: str
    licences: tuple[str, ...]
    holders: tuple[str, ...]
    version: str
    says: str
    homepage: str


@cache
def _list() -> dict[str, Any]:
    return tomllib.loads(LIST.read_text("utf-8"))


@cache
def parts() -> dict[str, Part]:
    return {
        key: Part(
            key,
            each["name"],
            tuple(each["licence"]),
            tuple(each["copyright"]),
            each.get("version", ""),
            each.get("says", ""),
            each.get("homepage", ""),
        )
        for key, each in _list()["part"].items()
    }


def contains() -> dict[str, tuple[str, ...]]:
    """Returns Qt's libraries and plugins with the keys of the parts in them."""
    return {name: tuple(keys) for name, keys in _list()["contains"].items()}


def inside() -> dict[str, tuple[str, ...]]:
    """Returns distributions with the keys of parts that are missing from their own notices."""
    return {name: tuple(keys) for name, keys in _list()["inside"].items()}


def pillows() -> tuple[dict[str, str], frozenset[str]]:
    """Returns Pillow's libraries: those with a part in this list, and those its notice covers."""
    return dict(_list()["pillow"]), frozenset(_list()["pillow-covers"]["names"])


def pillow_names() -> dict[str, str]:
    """Returns Pillow's bundled libraries with the names that its own bill of materials uses."""
    return dict(_list()["pillow-names"])


def pillow_linked() -> tuple[str, ...]:
    """Returns what is linked into Pillow's modules, by the names in its own bill of materials.

    It applies where Pillow has no separate libraries.
    """
    return tuple(_list()["pillow-linked"]["names"])


def pillow_licences() -> dict[str, str]:
    """Returns licences of Pillow's bundled libraries that its own bill of materials omits."""
    return dict(_list()["pillow-licences"])


def debian_licences() -> dict[str, str]:
    """Returns Debian sources with the SPDX licence of the parts used."""
    return dict(_list()["debian"])


def licence_text(name: str) -> str:
    return (LICENCES / f"{name}.txt").read_text("utf-8")


def library_name(file: str) -> str:
    """Returns the system-independent name of a Qt library; "" if the file is not one."""
    path = PurePosixPath(file.replace("\\", "/"))
    if not _LIBRARY.search(str(path)) or _NOT_QTS.search(path.name.lower()):
        return ""
    name = path.name.partition(".")[0].removeprefix("lib")
    if "plugins" in path.parts:
        return f"{path.parent.name}/{name}"
    return re.sub(r"^Qt6(?=[A-Z])", "Qt", name)


def pillow_name(file: str) -> str:
    """Returns the bare name of a library in pillow.libs (or .dylibs)."""
    name = PurePosixPath(file.replace("\\", "/")).name
    return re.split(r"[-.]", name.removeprefix("lib"), maxsplit=1)[0]
