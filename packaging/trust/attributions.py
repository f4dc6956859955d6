"""Reads the hand-written list of third-party code inside libraries that bring no notice of it."""

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
# In the Mac's frameworks there are also files that say what they are.
_LIBRARY = re.compile(r"\.(so|dll|dylib)(\.|$)|\.framework/Versions/\w+/[^/.]+$")
# The bindings and their own libraries are PySide's; Microsoft's are told of for themselves.
_NOT_QTS = re.compile(
    r"\.(abi3|cpython-\d+)|(lib)?(pyside|shiboken)6|\.pyd$|^(msvcp|vcruntime|concrt)"
)


@dataclass(frozen=True)
class Part:
    """One piece of third-party code, its holders and the licences that it is used under."""

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
    """Qt's libraries and plugins, each with the keys of the parts in it."""
    return {name: tuple(keys) for name, keys in _list()["contains"].items()}


def inside() -> dict[str, tuple[str, ...]]:
    """Distributions with the keys of parts that their own notices leave out."""
    return {name: tuple(keys) for name, keys in _list()["inside"].items()}


def pillows() -> tuple[dict[str, str], frozenset[str]]:
    """Libraries beside Pillow: those with a part in this list, and those its own notice covers."""
    return dict(_list()["pillow"]), frozenset(_list()["pillow-covers"]["names"])


def pillow_names() -> dict[str, str]:
    """Libraries beside Pillow by the names that its own bill of materials gives them."""
    return dict(_list()["pillow-names"])


def pillow_linked() -> tuple[str, ...]:
    """By the same names, what is in Pillow's modules where no library lies beside it."""
    return tuple(_list()["pillow-linked"]["names"])


def pillow_licences() -> dict[str, str]:
    """Licences of libraries beside Pillow that its own bill of materials leaves out."""
    return dict(_list()["pillow-licences"])


def debian_licences() -> dict[str, str]:
    """Debian's sources with the licence, in SPDX's words, of what we take of them."""
    return dict(_list()["debian"])


def licence_text(name: str) -> str:
    return (LICENCES / f"{name}.txt").read_text("utf-8")


def library_name(file: str) -> str:
    """A file of Qt's by the name that it has on every system; "" for what is no library of Qt's."""
    path = PurePosixPath(file.replace("\\", "/"))
    if not _LIBRARY.search(str(path)) or _NOT_QTS.search(path.name.lower()):
        return ""
    name = path.name.partition(".")[0].removeprefix("lib")
    if "plugins" in path.parts:
        return f"{path.parent.name}/{name}"
    return re.sub(r"^Qt6(?=[A-Z])", "Qt", name)


def pillow_name(file: str) -> str:
    """A library in pillow.libs (or .dylibs) by its bare name."""
    name = PurePosixPath(file.replace("\\", "/")).name
    return re.split(r"[-.]", name.removeprefix("lib"), maxsplit=1)[0]
