"""Windows in Wine for the tests: its programs, files and registry."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from contextlib import suppress
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.e2e.display import Display

_LIMIT_S = 240
_USER = "root"
_SERVICES = {
    *("wineserver", "wineserver64", "services.exe", "winedevice.exe", "explorer.exe"),
    *("plugplay.exe", "svchost.exe", "rpcss.exe", "conhost.exe"),
}
Registry = dict[str, dict[str, str]]


class WinePrefix:
    """Wine prefix with a screen. It does not touch the user's own menus."""

    def __init__(self, folder: Path, display: Display, log: Path) -> None:
        self.folder = folder
        self._log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        log.unlink(missing_ok=True)
        self.drive_c = folder / "drive_c"
        self._environment = {
            **os.environ,
            "WINEPREFIX": str(folder),
            "WINEARCH": "win64",
            "WINEDEBUG": "-all",
            # No .NET, no browser components, and no entries in the menus of this computer.
            "WINEDLLOVERRIDES": "mscoree,mshtml=;winemenubuilder.exe=",
            "USER": _USER,
            "LOGNAME": _USER,
            **display.environment,
        }
        self.run("wineboot", "--init")
        self.wait_until_idle()

    def close(self) -> None:
        """Ends every process of this prefix."""
        server = shutil.which("wineserver") or "/usr/lib/wine/wineserver64"
        subprocess.run([server, "-k"], env=self._environment, timeout=_LIMIT_S, check=False)
        self.wait_until_idle()

    def wait_until_idle(self) -> None:
        """Waits until all programs started here, and their children, have ended."""
        wait_until("all programs end", lambda: not self._programs(), _LIMIT_S)

    def _programs(self) -> list[str]:
        """Returns the programs running in this prefix, without Windows' own services."""
        ours = f"WINEPREFIX={self.folder}".encode()
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            # The process may end meanwhile.
            with suppress(OSError):
                if ours in (process / "environ").read_bytes().split(b"\0"):
                    command = (process / "cmdline").read_bytes().split(b"\0")[0]
                    found.append(command.decode("utf-8", "replace").lower())
        names = (re.split(r"[\\/]", command)[-1] for command in found if command)
        return [name for name in names if name not in _SERVICES]

    def run(self, *words: str | Path) -> int:
        """Runs a Windows program to completion and returns its exit code."""
        ended = subprocess.run(
            ["wine", *map(str, words)],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_LIMIT_S,
        ).returncode
        self._log_command(words, f"ended with {ended}")
        return ended

    def start(self, *words: str | Path) -> subprocess.Popen[bytes]:
        self._log_command(words, "started")
        return subprocess.Popen(
            ["wine", *map(str, words)],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def _log_command(self, words: Iterable[str | Path], how: str) -> None:
        test = os.environ.get("PYTEST_CURRENT_TEST", "").rpartition("::")[2].partition(" ")[0]
        said = " ".join(Path(word).name if isinstance(word, Path) else word for word in words)
        with self._log.open("a", encoding="utf-8") as log:
            log.write(f"{test}: {said}: {how}\n")

    @property
    def user_folder(self) -> Path:
        return self.drive_c / "users" / _USER

    @property
    def local(self) -> Path:
        return self.user_folder / "AppData" / "Local"

    @property
    def shortcut(self) -> Path:
        menu = self.user_folder / "AppData/Roaming/Microsoft/Windows/Start Menu/Programs"
        return menu / "RunComfy Desktop.lnk"

    def windows_path(self, path: Path) -> str:
        """Returns the Windows name of a path on this computer."""
        if path.is_relative_to(self.drive_c):
            return str(PureWindowsPath("C:\\", *path.relative_to(self.drive_c).parts))
        return "Z:" + str(PureWindowsPath(path))

    def files(self) -> set[str]:
        """Returns all files and folders except temporary files of Windows."""
        found = (path.relative_to(self.drive_c).as_posix() for path in self.drive_c.rglob("*"))
        return {name for name in found if not name.lower().startswith(_TEMPORARY_PATHS)}

    def share_class(self, name: str) -> None:
        """Copies one of the user's registry classes to the classes of all users.

        Windows shows the user's classes to all programs; Wine does not.
        """
        ours, all_ = f"HKCU\\Software\\Classes\\{name}", f"HKLM\\Software\\Classes\\{name}"
        assert self.run("reg", "copy", ours, all_, "/s", "/f") == 0

    def registry(self) -> Registry:
        """Returns the user's registry as keys with names and values, all as text."""
        target = self.drive_c / "export.reg"
        assert self.run("reg", "export", "HKCU", "C:\\export.reg", "/y") == 0
        text = target.read_text(encoding="utf-16")
        target.unlink()
        return _parsed(text)


_TEMPORARY_PATHS = ("windows/temp/", f"users/{_USER}/temp/", f"users/{_USER}/appdata/local/temp/")
_VALUE = re.compile(r'^(@|"(?:[^"\\]|\\.)*")=(.*)$')
# Wine's own keys, which change frequently.
_WINE_KEYS = ("Software\\Wine\\", "Volatile Environment")


def _parsed(text: str) -> Registry:
    found: Registry = {}
    key = ""
    for line in text.splitlines():
        if line.startswith("["):
            key = line.strip("[]").removeprefix("HKEY_CURRENT_USER").lstrip("\\")
            if not key.startswith(_WINE_KEYS):
                found[key] = {}
        elif key in found and (match := _VALUE.match(line)):
            name = "" if match[1] == "@" else _plain(match[1])
            found[key][name] = _plain(match[2])
    return found


def _plain(text: str) -> str:
    """Returns a name or value without quotes: `"a\\\\b"` becomes `a\\b`, dword:0a stays."""
    if not text.startswith('"'):
        return text
    return re.sub(r"\\(.)", r"\1", text[1:-1])


def program_folder(windows: WinePrefix) -> Path:
    return windows.local / "Programs" / "RunComfy Desktop"


def uninstall(windows: WinePrefix, folder: Path | None = None, *words: str) -> None:
    """Runs the uninstaller and waits for the copy of itself in which it continues."""
    uninstaller = (folder or program_folder(windows)) / "uninstall.exe"
    if uninstaller.exists():
        assert windows.run(uninstaller, "/S", *words) == 0
        windows.wait_until_idle()


def wait_until(what: str, condition: Callable[[], bool], limit_s: float = 60) -> None:
    end_s = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < end_s, f"Waited {limit_s:.0f} s: {what}"
        time.sleep(0.05)


def file_contents(folder: Path, without: Iterable[str] = ()) -> dict[str, bytes]:
    """Returns the contents of every file below `folder` by relative path."""
    files = (path for path in folder.rglob("*") if path.is_file())
    found = {path.relative_to(folder).as_posix(): path for path in files}
    return {name: path.read_bytes() for name, path in found.items() if name not in set(without)}
