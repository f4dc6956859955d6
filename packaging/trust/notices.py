"""Writes the notices and licence texts for everything released, or reports parts without one."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from project import Failed
from trust import attributions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# Below the package's folder in a bundle; Help > About shows them.
PLACE = Path("resources") / "notices"
NOTICES = "NOTICES.txt"
LGPL = "LGPL-3.txt"
GPL = "GPL-3.txt"
# Wheels of The Qt Company; they contain no licence text, so the LGPL and GPL files are theirs.
_QTS = ("PySide6_Essentials", "shiboken6")
_LINE = "=" * 100
_COMMON = re.compile(r"/usr/share/common-licenses/([A-Z][\w.-]*\w)")

_HEAD = """\
RunComfy Desktop: notices of third-party code
{line}

RunComfy Desktop itself is under the MIT licence. It is an independent program, not made, endorsed
or supported by RunComfy. It comes with the software of others that is named here, each under its
own licence:

1. Qt and Qt for Python
2. Python packages
3. {third}
4. Code of others inside Qt's libraries and inside ready-made packages
5. Texts of licences that are named above

"""
_QT = """\
1. Qt and Qt for Python
{line}

This program uses Qt {qt} and Qt for Python (PySide6 {pyside}, shiboken6 {shiboken})
under the GNU Lesser General Public License, version 3. Copyright (C) The Qt Company Ltd. and other
contributors.

The text of that licence is in the file LGPL-3.txt, and the text of the GNU General Public License,
version 3, on which it builds, in the file GPL-3.txt; both lie beside this file.

What the licence gives you, and how to make use of it:

- The source of exactly these versions is at
  https://download.qt.io/official_releases/qt/{minor}/{qt}/
  https://download.qt.io/official_releases/QtForPython/pyside6/PySide6-{pyside}-src/
  They are used, unchanged, as the Qt Company builds them for
  https://pypi.org/project/PySide6-Essentials/{pyside}/
  and files that this program does not need are left out.
- The libraries are files of their own in the folder of this program (PySide6/ and shiboken6/),
  found and loaded when it starts. You may replace them by versions of yours that work with it.
- You may change Qt and Qt for Python, and take this program apart as far as debugging such changes
  asks for it. Nothing in this program's own terms forbids that.

"""
_WINDOWS = """\
Files of Microsoft's C and C++ runtime, which Microsoft allows to be handed out with programs:
{files}

"""
_RUNTIME = """\
6. The AppImage's own program
{line}

The program that starts an AppImage is RunComfy Desktop's, under the MIT licence. Libraries of
Debian are linked into it. Two of them, the GNU C library and libfuse, are under the GNU Lesser
General Public License, version 2.1: the source of the program and the way to link it, with these
or with changed ones, are in the folder packaging/linux/appimage of RunComfy Desktop's source.

To run it with Qt's libraries of yours: unpack the AppImage with --appimage-extract, replace them in
squashfs-root, and start squashfs-root/AppRun.

"""


def write(folder: Path, facts: dict[str, Any]) -> None:
    """Writes the three files into `folder`; raises Failed if something has no notice."""
    if faults := list(missing(facts)):
        raise Failed("These are handed out without a notice:\n" + "\n".join(faults))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / NOTICES).write_text(text(facts), encoding="utf-8")
    (folder / LGPL).write_text(attributions.licence_text("LGPL-3.0-only"), encoding="utf-8")
    (folder / GPL).write_text(attributions.licence_text("GPL-3.0-only"), encoding="utf-8")


def missing(facts: dict[str, Any]) -> Iterator[str]:
    """Yields a fault for each part without an owner, a licence text or a listed attribution."""
    yield from (f"{each} belongs to nobody" for each in facts["unknown"])
    if not facts["qt"]:
        yield "Qt: its version could not be read from its library"
    if facts["python"]["files"] and not facts["python"]["text"]:
        yield "Python: its licence was not found"
    for each in facts["distributions"]:
        if not each["texts"] and each["name"] not in _QTS:
            yield f"{each['name']}: it brings no licence text"
    for each in facts["packages"]:
        if not each["text"]:
            yield f"{each['name']}: its copyright file was not found"
    named = {name for each in facts["packages"] for name in _COMMON.findall(each["text"])}
    yield from (f"{name}: its text was not found" for name in named - set(facts["common"]))
    yield from (f"{name}: it is not in attributions.toml" for name in _unlisted(facts))


def _unlisted(facts: dict[str, Any]) -> list[str]:
    """Returns libraries from Qt or Pillow that are not in attributions.toml."""
    known = attributions.contains()
    ours, covered = attributions.pillows()
    bundled = {
        attributions.pillow_name(file)
        for file in _files_of(facts, "pillow")
        if re.search(r"pillow\.libs|PIL[/\\]\.dylibs", file)
    }
    return sorted([*(qt_libraries(facts) - set(known)), *(bundled - set(ours) - covered)])


def qt_libraries(facts: dict[str, Any]) -> set[str]:
    """Returns the system-independent names of Qt's libraries and plugins in the bundle."""
    files = _files_of(facts, "PySide6_Essentials")
    return {attributions.library_name(file) for file in files} - {""}


def _files_of(facts: dict[str, Any], distribution: str) -> list[str]:
    return [
        file
        for each in facts["distributions"]
        if each["name"].lower() == distribution.lower()
        for file in each["files"]
    ]


def text(facts: dict[str, Any]) -> str:
    """Returns the content of NOTICES.txt."""
    used: set[str] = set()
    debian = bool(facts["packages"])
    third = "Libraries of Debian" if debian else "Python and libraries of the system"
    pieces = [_HEAD.format(line=_LINE, third=third), _qt(facts), f"2. Python packages\n{_LINE}\n\n"]
    for each in facts["distributions"]:
        if each["name"] not in _QTS:
            pieces.append(_distribution(each))
    pieces += [f"3. {third}\n{_LINE}\n\n", *_system(facts)]
    pieces += ["4. Code of others inside Qt's libraries and inside ready-made packages\n"]
    pieces += [f"{_LINE}\n\n", *_inner(facts, used)]
    pieces += [f"5. Texts of licences that are named above\n{_LINE}\n\n"]
    pieces += [titled(name, attributions.licence_text(name)) for name in sorted(used)]
    pieces += common(facts["packages"], facts["common"])
    return "".join(pieces)


def common(packages: Iterable[dict[str, Any]], texts: dict[str, str]) -> list[str]:
    """Returns the texts to which Debian's notices only refer.

    A text with two names is included only once.
    """
    by_text: dict[str, list[str]] = {}
    for name in sorted({name for each in packages for name in _COMMON.findall(each["text"])}):
        by_text.setdefault(texts[name], []).append(name)
    return [titled(f"{', '.join(names)} (Debian's copy)", body) for body, names in by_text.items()]


def titled(title: str, body: str) -> str:
    return f"{title}\n{'-' * len(title)}\n\n{body.strip()}\n\n\n"


def _qt(facts: dict[str, Any]) -> str:
    versions = {each["name"]: each["version"] for each in facts["distributions"]}
    pyside, shiboken = (versions[name] for name in _QTS)
    minor = facts["qt"].rpartition(".")[0]
    return _QT.format(line=_LINE, qt=facts["qt"], pyside=pyside, shiboken=shiboken, minor=minor)


def _distribution(each: dict[str, Any]) -> str:
    licence = f" ({each['licence']})" if each["licence"] else ""
    head = f"{each['name']} {each['version']}{licence}"
    body = "\n\n".join(found["text"].strip() for found in each["texts"])
    return titled(head, f"{each['homepage']}\n\n{body}")


def _system(facts: dict[str, Any]) -> Iterator[str]:
    """Yields the notices of Python and of libraries of the build system."""
    if facts["python"]["files"]:
        yield titled(f"Python {facts['python']['version']}", facts["python"]["text"])
    if facts["windows"]:
        yield _WINDOWS.format(files=", ".join(facts["windows"]))
    yield from debian(facts["packages"])


def debian(packages: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Yields the copyright files of Debian packages; packages of the same source share one text."""
    sources: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for each in packages:
        sources.setdefault((each["source"], each["text"]), []).append(each)
    for (source, notice), found in sorted(sources.items()):
        names = ", ".join(each["name"] for each in found)
        fetched = f"https://snapshot.debian.org/package/{source}/{found[0]['source_version']}/"
        yield titled(f"{source} {found[0]['source_version']}", f"{names}\n{fetched}\n\n{notice}")


def appended(linked: dict[str, Any]) -> str:
    """Returns the additional notices of an AppImage: its runtime and the linked libraries."""
    pieces = [_RUNTIME.format(line=_LINE), *debian(linked["packages"])]
    return "".join([*pieces, *common(linked["packages"], linked["common"])])


def _inner(facts: dict[str, Any], used: set[str]) -> Iterator[str]:
    """Yields the notices of parts of libraries, and adds the names of their licences to `used`."""
    held: dict[str, list[str]] = {}
    contains = attributions.contains()
    for name in sorted(qt_libraries(facts)):
        for key in contains.get(name, ()):
            held.setdefault(key, []).append(name)
    for each in facts["distributions"]:
        for key in attributions.inside().get(each["name"].lower(), ()):
            held.setdefault(key, []).append(each["name"])
    for key, holders in sorted(held.items()):
        part = attributions.parts()[key]
        used.update(part.licences)
        version = f" {part.version}" if part.version else ""
        lines = [f"in {', '.join(holders)}", *([part.homepage] if part.homepage else [])]
        licence = " and ".join(part.licences) or "public domain"
        yield titled(
            f"{part.name}{version}", "\n".join([*lines, f"Licence: {licence}", *part.holders])
        )
    yield from _crates(facts, used)


def crates(facts: dict[str, Any]) -> list[dict[str, Any]]:
    """Returns the Rust crates that wheels list (PEP 770), except the wheel's own."""
    return [
        part
        for each in facts["distributions"]
        for bom in each["boms"]
        for part in bom.get("components", ())
        if str(part.get("purl", "")).startswith("pkg:cargo/")
        and "download_url=file" not in part["purl"]
    ]


def _crates(facts: dict[str, Any], used: set[str]) -> Iterator[str]:
    found = crates(facts)
    if not found:
        return
    lines = []
    for part in sorted(found, key=lambda part: str(part["name"])):
        licence = " AND ".join(each["expression"] for each in part.get("licenses", ()))
        author = str(part.get("author", "its authors"))
        lines.append(f"{part['name']} {part['version']} ({licence}), by {author}")
    used.update(("Apache-2.0", "MIT", "BSD-3-Clause", "Unicode-3.0"))
    yield titled("Crates of Rust inside cryptography", "\n".join(lines))


def read_facts(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return found
