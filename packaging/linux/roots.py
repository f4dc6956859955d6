"""Debian systems in which installers are built and tested, created once and kept in build/roots.

Each is a stack of layers: Debian's smallest system, its package lists, and the packages that a step
needs. A layer is rebuilt when its inputs have changed.
"""

from __future__ import annotations

import datetime
import fcntl
import hashlib
import os
import re
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from linux.places import Place, enter, why_not
from project import BUILD, PACKAGING, Failed, run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

ROOTS = BUILD / "roots"
# Built on the oldest system on which the program has to run.
BUILT_ON = "bookworm"
TESTED_ON = ("bookworm", "trixie")
_MIRROR = os.environ.get("DEBIAN_MIRROR", "http://deb.debian.org/debian")
_SECURITY = os.environ.get("DEBIAN_SECURITY_MIRROR", "http://deb.debian.org/debian-security")
_WAY = re.compile("Acquire::(https?|Check-Date|Check-Valid-Until|Retries|ForceIPv[46]|Timeout)\\b")
_TOOLS = ("debootstrap", "debian-archive-keyring")


@dataclass(frozen=True)
class Layers:
    """A system as a stack of folders, the topmost first, with a key derived from its inputs."""

    folders: tuple[Path, ...]
    key: str

    @contextmanager
    def enter(
        self, binds: tuple[tuple[Path, str, str], ...] = (), fuse: bool = False
    ) -> Iterator[Place]:
        """Enters a fresh copy, which is discarded afterwards."""
        with enter(self.folders, binds=binds, fuse=fuse) as place:
            yield place

    def with_layer(
        self,
        name: str,
        made_of: str,
        fill: Callable[[Place], None],
        binds: tuple[tuple[Path, str, str], ...] = (),
    ) -> Layers:
        """Returns this system with the changes made by `fill`, kept as build/roots/NAME."""
        key = hashlib.sha256(f"{self.key}\n{made_of}".encode()).hexdigest()
        folder, stamp = ROOTS / name, ROOTS / f"{name}.key"
        with _locked():
            if not (folder.is_dir() and stamp.is_file() and stamp.read_text() == key):
                print(f"Making the system {name}", flush=True)
                stamp.unlink(missing_ok=True)
                _remove(folder)
                with enter(self.folders, keep=folder, binds=binds) as place:
                    fill(place)
                    place.apt("clean")
                stamp.write_text(key)
        return Layers((folder, *self.folders), key)


@contextmanager
def _locked() -> Iterator[None]:
    """Lets only one process at a time build layers."""
    ROOTS.mkdir(parents=True, exist_ok=True)
    with (ROOTS / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)


def ready(*tools: str) -> str:
    """Installs missing packages if possible; returns why no system can be created, or ""."""
    packages = [package for package in (*_TOOLS, *tools) if not _is_installed(package)]
    if reason := why_not():
        return reason
    if packages:
        try:
            run(["sh", PACKAGING / "linux" / "apt.sh", *packages])
        except Failed:
            return f"these could not be installed: {' '.join(packages)}"
    return ""


def _is_installed(package: str) -> bool:
    try:
        return "ok installed" in run(["dpkg-query", "-W", "-f", "${Status}", package])
    except Failed:
        return False


def debian(suite: str) -> Layers:
    """Returns Debian's smallest system."""
    folder, stamp = ROOTS / suite, ROOTS / f"{suite}.key"
    key = f"{suite} minbase {_MIRROR}"
    with _locked():
        if not (stamp.is_file() and stamp.read_text() == key):
            print(f"Fetching Debian {suite}", flush=True)
            stamp.unlink(missing_ok=True)
            _remove(folder)
            run(fetching(suite, folder))
            _set_apt_up(folder, suite)
            stamp.write_text(key)
    return Layers((folder,), key)


def fetching(suite: str, folder: Path) -> list[str | Path]:
    """Returns the debootstrap command, with signature checks forced.

    Without Debian's keys, debootstrap would otherwise accept anything.
    """
    # In a namespace: debootstrap's mounts disappear with it.
    words = ["unshare", "--mount", "--pid", "--fork", "--kill-child=SIGKILL", "debootstrap"]
    return [*words, "--force-check-gpg", "--variant=minbase", suite, folder, _MIRROR]


def _set_apt_up(folder: Path, suite: str) -> None:
    """Configures Debian's package sources and copies this computer's settings to reach them."""
    lists = [
        f"deb {_MIRROR} {suite} main",
        f"deb {_MIRROR} {suite}-updates main",
        f"deb {_SECURITY} {suite}-security main",
    ]
    (folder / "etc/apt/sources.list").write_text("\n".join(lists) + "\n")
    # These settings include proxies. Those that name local files, such as certificates, are left
    # out: the files do not exist inside.
    said = run(["apt-config", "dump"]) if shutil.which("apt-config") else ""
    ways = [line for line in said.splitlines() if _WAY.match(line) and '"/' not in line]
    (folder / "etc/apt/apt.conf.d/90this-computer").write_text("\n".join(ways) + "\n")


@cache
def current(suite: str) -> Layers:
    """Returns the smallest system, updated, with package lists from the day of the first call."""
    today = datetime.datetime.now(tz=datetime.UTC).date().isoformat()

    def fill(place: Place) -> None:
        place.apt("update")
        place.apt("upgrade")

    return debian(suite).with_layer(f"{suite}-current", today, fill)
