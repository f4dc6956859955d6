"""Determines what PyInstaller collected and who owns it. Runs with the Python of the build.

usage: facts.py WORK FILE    WORK is PyInstaller's folder of this program, with COLLECT-00.toc
       facts.py --packages FILE NAME...    only for Debian packages that were linked in

Each collected file belongs to an installed distribution, to a Debian package, or to Python itself.
A file without an owner is recorded as such, and later steps refuse it. Only Python is needed, so
that it runs in every build on every system.
"""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from functools import cache
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any

OWN = "runcomfy-desktop"
# PyInstaller's program starts this one and its loader reads the modules: it is in every bundle.
_STARTED_BY = "pyinstaller"
_TOCS = ("COLLECT-00.toc", "PYZ-00.toc", "PKG-00.toc")
_IS_TEXT = re.compile(r"(licen[cs]e|copying|notice|authors)", re.IGNORECASE)
_COMMON = Path("/usr/share/common-licenses")
_QT_SAYS = re.compile(rb"Qt (6\.\d+\.\d+) \(")


def collected(work: Path) -> dict[str, str]:
    """Returns the bundle path (or the module name) of each collected file, with its source path."""
    found: dict[str, str] = {}
    waiting: list[Any] = [ast.literal_eval((work / name).read_text("utf-8")) for name in _TOCS]
    while waiting:
        each = waiting.pop()
        if isinstance(each, tuple) and len(each) == 3 and all(isinstance(x, str) for x in each):
            name, source, kind = each
            if kind not in {"SYMLINK", "OPTION", "EXECUTABLE"} and Path(source).is_absolute():
                found[name] = os.path.realpath(source)
        elif isinstance(each, list | tuple):
            waiting.extend(each)
    return found


class Owners:
    """Finds the owners of files."""

    def __init__(self, work: Path) -> None:
        self._work = f"{os.path.realpath(work)}{os.sep}"
        self._distributions = {
            _real(str(each.locate_file(file))): each
            for each in distributions()
            for file in each.files or ()
        }
        self._packages = dict(_debian_files())
        self._pythons = tuple(
            f"{os.path.realpath(place)}{os.sep}"
            for place in {sys.base_prefix, sys.base_exec_prefix}
        )

    def distribution(self, source: str) -> Distribution | None:
        return self._distributions.get(source)

    def package(self, source: str) -> str:
        return self._packages.get(source, "")

    def is_ours(self, source: str) -> bool:
        """Returns True if the project or its build made the file.

        The sources from which the build makes files are in the other lists.
        """
        return source.startswith((self._work, f"{Path(__file__).resolve().parent.parent}{os.sep}"))

    def is_pythons(self, source: str) -> bool:
        """Returns True for a file of Python itself, unless Python is from Debian packages."""
        return not self._packages and source.startswith(self._pythons)

    def is_windows(self, source: str) -> bool:
        system = os.environ.get("SYSTEMROOT", "")
        return bool(system) and source.lower().startswith(system.lower())


def _real(path: str) -> str:
    """Works like `os.path.realpath`, but resolves each folder once: there are 100,000 files."""
    folder, name = os.path.split(path)
    # On Windows a file can have several names.
    if os.name != "posix" or name in {"", os.curdir, os.pardir} or Path(path).is_symlink():
        return os.path.realpath(path)
    return f"{_real_folder(folder).rstrip(os.sep)}{os.sep}{name}"


@cache
def _real_folder(folder: str) -> str:
    return os.path.realpath(folder)


def _debian_files() -> list[tuple[str, str]]:
    """Returns each installed file with its Debian package, from dpkg's lists."""
    lists = Path("/var/lib/dpkg/info").glob("*.list")
    return [
        (_real(line), each.stem.partition(":")[0])
        for each in sorted(lists)
        for line in each.read_text("utf-8").splitlines()
        if line.count("/") > 1 and not Path(line).is_dir()
    ]


def _texts(distribution: Distribution) -> list[dict[str, str]]:
    """Returns the licence files of a distribution, including those of code that it bundles."""
    texts = []
    for file in sorted(distribution.files or (), key=str):
        inside = ".dist-info/" in file.as_posix()
        if inside and _IS_TEXT.search(file.name) and not file.name.endswith((".json", ".py")):
            text = Path(str(distribution.locate_file(file))).read_text("utf-8", errors="replace")
            texts.append({"name": file.name, "text": text})
    return texts


def _boms(distribution: Distribution) -> list[Any]:
    """Returns a wheel's own bills of materials for its native code (PEP 770)."""
    files = [file for file in distribution.files or () if ".dist-info/sboms/" in file.as_posix()]
    return [
        json.loads(Path(str(distribution.locate_file(file))).read_text("utf-8"))
        for file in sorted(files, key=str)
        if file.name.endswith(".json")
    ]


def _licence(distribution: Distribution) -> str:
    classifiers = distribution.metadata.get_all("Classifier") or []
    named = [each.rpartition(" :: ")[2] for each in classifiers if each.startswith("License :: ")]
    expression, free = (_field(distribution, name) for name in ("License-Expression", "License"))
    return expression or (free if len(free) < 80 else "") or "; ".join(named)


def _field(distribution: Distribution, name: str) -> str:
    found: list[str] = distribution.metadata.get_all(name) or [""]
    return found[0]


def _about(distribution: Distribution, names: list[str]) -> dict[str, Any]:
    said = distribution.metadata
    links = {}
    for line in said.get_all("Project-URL") or []:
        label, _comma, link = line.partition(",")
        links[label.strip().lower()] = link.strip()
    return {
        "name": said["Name"],
        "version": distribution.version,
        "licence": _licence(distribution),
        "homepage": _field(distribution, "Home-page")
        or links.get("homepage", links.get("source", "")),
        "files": names,
        "texts": _texts(distribution),
        "boms": _boms(distribution),
    }


def package(name: str, names: list[str]) -> dict[str, Any]:
    """Returns the facts on a Debian package, with its source version for downloading the source."""
    fields = ("Version", "source:Package", "source:Version", "Architecture")
    query = ["dpkg-query", "-W", "-f", "\t".join(f"${{{field}}}" for field in fields), name]
    said = subprocess.run(query, capture_output=True, text=True, check=True).stdout
    version, source, source_version, architecture = said.split("\t")
    notice = Path(f"/usr/share/doc/{name}/copyright")
    text = notice.read_text("utf-8", errors="replace") if notice.is_file() else ""
    return {
        "name": name,
        "version": version,
        "source": source,
        "source_version": source_version,
        "architecture": architecture,
        "debian": Path("/etc/debian_version").read_text("utf-8").partition(".")[0],
        "files": names,
        "text": text,
    }


def _python(names: list[str]) -> dict[str, Any]:
    """Returns the facts on Python if it is not a Debian package.

    Its licence is in its own folder and covers what it bundles.
    """
    version = ".".join(map(str, sys.version_info[:3]))
    library = f"lib/python{sys.version_info[0]}.{sys.version_info[1]}"
    places = (Path(sys.base_prefix), Path(sys.base_prefix) / library)
    found = [place / "LICENSE.txt" for place in places if (place / "LICENSE.txt").is_file()]
    text = found[0].read_text("utf-8", errors="replace") if found else ""
    return {"version": version, "files": names, "text": text}


def qt_version(files: dict[str, str]) -> str:
    """Returns the exact Qt version that the library reports; "" if it is not found."""
    for name, source in sorted(files.items()):
        if re.search(r"Qt6?Core(\.so\.6|\.dll)?$", name.replace("\\", "/")):
            said = _QT_SAYS.search(Path(source).read_bytes())
            if said:
                return said[1].decode()
    return ""


def facts(work: Path) -> dict[str, Any]:
    files = collected(work)
    owners = Owners(work)
    found: dict[str, dict[str, list[str]]] = {"distribution": {}, "package": {}, "other": {}}
    installed = {each.metadata["Name"].lower(): each for each in distributions()}
    if _STARTED_BY in installed:
        found["distribution"][_STARTED_BY] = []
    for name, source in sorted(files.items()):
        if distribution := owners.distribution(source):
            kind, owner = "distribution", distribution.metadata["Name"].lower()
            if owner == OWN:
                continue
        elif packed := owners.package(source):
            kind, owner = "package", packed
        elif owners.is_ours(source):
            continue
        else:
            kind = "other"
            owner = "python" if owners.is_pythons(source) else "unknown"
            owner = "windows" if owners.is_windows(source) else owner
        found[kind].setdefault(owner, []).append(name)
    parts = found["distribution"]
    return {
        "qt": qt_version(files),
        "python": _python(found["other"].get("python", [])),
        "distributions": [_about(installed[name], parts[name]) for name in sorted(parts)],
        "packages": [package(name, names) for name, names in sorted(found["package"].items())],
        "windows": found["other"].get("windows", []),
        "unknown": [f"{name}: {files[name]}" for name in found["other"].get("unknown", [])],
        "common": common(),
    }


def common() -> dict[str, str]:
    """Returns the licence texts to which Debian's notices only refer."""
    if not _COMMON.is_dir():
        return {}
    return {each.name: each.read_text("utf-8") for each in sorted(_COMMON.iterdir())}


def _write(what: dict[str, Any], file: Path) -> None:
    file.write_text(json.dumps(what, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1] == "--packages":
        wanted = [package(name, []) for name in sys.argv[3:]]
        _write({"packages": wanted, "common": common()}, Path(sys.argv[2]))
    else:
        _write(facts(Path(sys.argv[1])), Path(sys.argv[2]))
