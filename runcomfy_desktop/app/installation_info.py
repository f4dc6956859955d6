"""Information about this installation for Help: facts for support, folders, licences.

Everything here accesses disks, D-Bus or libraries that are slow to import, so it runs on a worker
thread and is imported late.
"""

from __future__ import annotations

import os
import platform
import re
import ssl
import sys
import textwrap
import time
from importlib.metadata import PackageNotFoundError, metadata, requires
from pathlib import Path
from typing import TYPE_CHECKING

from runcomfy_desktop import APP_NAME, __version__
from runcomfy_desktop.app import crash_log, logs
from runcomfy_desktop.app.package_channel import package_channel
from runcomfy_desktop.assets import asset
from runcomfy_desktop.domain.diagnostics import BundledDocument, Diagnostics, StorageLocation
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.session_services import InstallationInfo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from runcomfy_desktop.domain.settings import Settings
    from runcomfy_desktop.paths import Paths

LOG_LINES = 60
CRASH_LINES = 60
_COUNT_TIMEOUT_S = 2.0
# Direct dependencies of the program; their own dependencies are found through them.
LIBRARIES = (
    "PySide6-Essentials",
    "qasync",
    "httpx",
    "httpcore",
    "certifi",
    "truststore",
    "keyring",
    "jeepney",
    "Pillow",
    "platformdirs",
)
_NAME = re.compile(r"[A-Za-z0-9._-]+")
_NOTICES = "notices"
_COLUMNS = 76


def create_installation_info(paths: Paths, settings: Callable[[], Settings]) -> InstallationInfo:
    """Creates the information for the window; `settings` returns the current settings."""

    def storage_locations() -> tuple[StorageLocation, ...]:
        return _storage_locations(paths, settings())

    def findings() -> Diagnostics:
        return Diagnostics(
            tuple(_system_facts(settings())),
            storage_locations(),
            tuple(logs.last_lines(paths.logs, LOG_LINES)),
            tuple(crash_log.last_crash(paths.logs, CRASH_LINES)),
        )

    return InstallationInfo(findings, storage_locations, documents, _home_folders())


def _home_folders() -> tuple[str, ...]:
    """Returns the home folder as named by the environment, and with its links resolved.

    The program's own paths are resolved.
    """
    home = os.path.expanduser("~")  # noqa: PTH111 - Path.home raises if there is none
    return tuple(dict.fromkeys((home, os.path.realpath(home))))


def _system_facts(settings: Settings) -> Iterator[tuple[str, str]]:
    """Yields facts about the system as (name, value) pairs.

    They show only whether a proxy is used, not which one: its address belongs to a company.
    """
    import sqlite3

    import PySide6
    from PySide6.QtCore import qVersion

    from runcomfy_desktop.api.proxies import route_of
    from runcomfy_desktop.domain.settings import DEFAULT_BASE_URL
    from runcomfy_desktop.store.credentials import keyring_name

    yield APP_NAME, f"{__version__} ({package_channel().value})"
    yield "Python", platform.python_version()
    yield "Qt", f"{qVersion()}, PySide6 {PySide6.__version__}"
    yield "System", ", ".join(dict.fromkeys(filter(None, (_distribution(), platform.platform()))))
    yield "Desktop", ", ".join(filter(None, map(os.environ.get, _DESKTOP_VARIABLES)))
    yield "Keyring", keyring_name()
    yield "TLS", ssl.OPENSSL_VERSION
    yield "Company certificate", "yes" if settings.network.ca_file else "no"
    yield "Proxy", "yes" if route_of(settings.network).proxies else "no"
    yield "Service", "usual" if settings.base_url == DEFAULT_BASE_URL else "another address"
    yield "Queue", settings.queue_version.value
    yield "SQLite", sqlite3.sqlite_version


_DESKTOP_VARIABLES = ("XDG_CURRENT_DESKTOP", "XDG_SESSION_TYPE")


def _distribution() -> str:
    if sys.platform != "linux":
        return ""
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME", "")
    except OSError:
        return ""


# Folders


def _storage_locations(paths: Paths, settings: Settings) -> tuple[StorageLocation, ...]:
    outputs = Path(settings.output_folder) if settings.output_folder else paths.outputs
    return tuple(
        _measure(key, name, path)
        for key, name, path in (
            ("data", _("Jobs, drafts and pictures"), paths.base),
            ("settings", _("Settings"), paths.settings),
            ("logs", _("Logs"), paths.logs),
            ("outputs", _("Results"), outputs),
        )
    )


def _measure(key: str, name: str, path: Path) -> StorageLocation:
    is_file = path.suffix == ".json"
    try:
        exists = path.exists()
    except OSError as error:
        # For example a disk that was removed, or a folder of another user.
        error_text = error.strerror or str(error)
        return StorageLocation(key, name, str(path), is_file=is_file, error=error_text)
    if not exists:
        return StorageLocation(key, name, str(path), is_file=is_file)
    deadline_s = time.monotonic() + _COUNT_TIMEOUT_S
    size_bytes = file_count = 0
    for size in _sizes(path):
        size_bytes += size
        file_count += 1
        if time.monotonic() > deadline_s:
            return StorageLocation(key, name, str(path), size_bytes, file_count, is_partial=True)
    return StorageLocation(key, name, str(path), size_bytes, file_count, is_file=is_file)


def _sizes(path: Path) -> Iterator[int]:
    """Yields the sizes of all files below `path`; links and unreadable folders are skipped."""
    try:
        if not path.is_dir():
            yield path.stat().st_size
            return
        with os.scandir(path) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    yield from _sizes(Path(entry.path))
                elif entry.is_file(follow_symlinks=False):
                    yield entry.stat(follow_symlinks=False).st_size
    except OSError:
        return


# Licences


def documents() -> tuple[BundledDocument, ...]:
    """Returns the packaged licence texts; a list of the libraries replaces missing notices."""
    named = (
        ("notices", _("Components"), "NOTICES.txt"),
        ("lgpl", _("LGPL 3"), "LGPL-3.txt"),
        ("gpl", _("GPL 3"), "GPL-3.txt"),
    )
    found = []
    for key, title, name in named:
        try:
            text = asset(f"{_NOTICES}/{name}").read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        found.append(BundledDocument(key, title, text))
    if not any(each.key == "notices" for each in found):
        found.insert(0, BundledDocument("notices", _("Components"), _libraries_text()))
    return tuple(found)


def _libraries_text() -> str:
    intro = _(
        "This program was not packaged: its libraries were installed beside it, each with its own "
        "licence text. These are they."
    )
    lines = sorted(_libraries(), key=str.lower)
    return "\n".join((textwrap.fill(intro, _COLUMNS), "", *lines, ""))


def _libraries() -> set[str]:
    pending, visited, found = list(LIBRARIES), set[str](), set[str]()
    while pending:
        name = pending.pop()
        key = re.sub(r"[-_.]+", "-", name).lower()
        if key in visited:
            continue
        visited.add(key)
        try:
            info = metadata(name)
            requirements = requires(name) or []
        except PackageNotFoundError:
            continue  # for another system or another Python
        found.add(f"{info['Name']} {info['Version']}: {_licence(name)}")
        pending += [
            match[0]
            for each in requirements
            if "extra ==" not in each
            if (match := _NAME.match(each))
        ]
    return found


def _licence(name: str) -> str:
    info = metadata(name)
    for field in ("License-Expression", "License"):
        for value in info.get_all(field) or ():
            return str(value).splitlines()[0]
    licences = [
        each.rpartition(" :: ")[2]
        for each in info.get_all("Classifier") or []
        if each.startswith("License ::")
    ]
    return ", ".join(licences) or _("see its own files")
