"""Check of the Qt plugins that the program needs: they are present and can be loaded."""

from __future__ import annotations

import sys
from pathlib import Path

from runcomfy_desktop.selftest.failure import require

# Required plugins in each folder, by a part of their file name. Image formats and icons are also
# tested by other checks.
_REQUIRED_EVERYWHERE = {
    "imageformats": ("gif", "ico", "jpeg", "svg", "tiff", "webp"),
    "iconengines": ("svgicon",),
}
_REQUIRED: dict[str, dict[str, tuple[str, ...]]] = {
    "linux": {
        "platforms": ("offscreen", "xcb", "wayland"),
        # For characters composed with two keys, and for the input methods of East Asia.
        "platforminputcontexts": ("composeplatforminputcontext", "ibusplatforminputcontext"),
        "wayland-shell-integration": ("xdg-shell",),
        "wayland-decoration-client": ("adwaita", "bradient"),
        "platformthemes": ("xdgdesktopportal",),
    },
    "win32": {"platforms": ("windows", "offscreen"), "styles": ("windows",)},
    "darwin": {"platforms": ("cocoa", "offscreen"), "styles": ("macstyle",)},
}


def qt_plugins(_folder: Path) -> str:
    """Checks that all plugins are present, and loads those that do not depend on a desktop."""
    from PySide6.QtCore import QLibraryInfo

    root = Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.PluginsPath))
    require(root.is_dir(), f"{root} is missing")
    missing = [
        f"{folder}/{name}"
        for table in (_REQUIRED_EVERYWHERE, _REQUIRED.get(sys.platform, {}))
        for folder, names in table.items()
        for name in names
        if not _find(root / folder, name)
    ]
    require(not missing, f"missing in {root}: {', '.join(missing)}")
    available = [
        file
        for folder, names in _REQUIRED_EVERYWHERE.items()
        for name in names
        for file in _find(root / folder, name)
    ]
    broken = [f"{file.name} ({why})" for file in available if (why := _load_error(file))]
    require(not broken, f"cannot be loaded: {', '.join(broken)}")
    return f"{len(available)} for pictures loaded, all that are needed are in {root}"


def _find(folder: Path, name: str) -> list[Path]:
    return [file for file in _files(folder) if name in file.stem]


def _files(folder: Path) -> list[Path]:
    endings = {".so", ".dll", ".dylib"}
    return sorted(file for file in folder.glob("*") if file.suffix in endings)


def _load_error(file: Path) -> str:
    from PySide6.QtCore import QPluginLoader

    loader = QPluginLoader(str(file))
    return "" if loader.load() else loader.errorString()
