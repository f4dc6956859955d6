"""Checks that need Qt: its platform and plugins, and what the program shows with it.

Without reporting it, Qt may fall back to another platform, or paint all characters as empty boxes.
"""

from __future__ import annotations

import os
import re
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from runcomfy_desktop.selftest.failure import SelfTestFailure, require

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from PySide6.QtGui import QIcon
    from PySide6.QtWidgets import QApplication

_PAINT_TIMEOUT_S = 20.0
_POLL_INTERVAL_S = 0.02
_MIN_WINDOW_COLOURS = 12
_TIMER_S = 0.05
# Required plugins in each folder, by a part of their file name. Image formats and icons are also
# tested by other checks.
_PICTURE_PLUGINS = {
    "imageformats": ("gif", "ico", "jpeg", "svg", "tiff", "webp"),
    "iconengines": ("svgicon",),
}
_PLATFORM_PLUGINS: dict[str, dict[str, tuple[str, ...]]] = {
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
_SMALL, _LARGE = 24, 96
_LINK = re.compile(r"url\(\s*[\"']?([^)\"']+)")
# The program's texts contain the last two, which are not in ASCII.
_SAMPLE_CHARS = " AWi8ä…×"
_CHAR_SIDE = 48


def qt_platform(_folder: Path) -> str:
    """Checks that Qt runs on the requested platform and can show a window.

    On Wayland a window may never appear.
    """
    from PySide6.QtCore import QLibraryInfo, qVersion
    from PySide6.QtGui import QGuiApplication, QRasterWindow

    requested = os.environ.get("QT_QPA_PLATFORM", "").partition(":")[0]
    actual = QGuiApplication.platformName()
    require(actual == requested or not requested, f"Qt runs on {actual}, not on {requested}")
    window = QRasterWindow()
    window.setTitle("RunComfy Desktop")
    window.resize(320, 200)
    window.show()
    is_visible = _wait_for(window.isExposed)
    require(is_visible, "a window that is shown does not get onto the screen")
    window.close()
    screen = QGuiApplication.primaryScreen()
    size, scale = screen.size(), screen.devicePixelRatio()
    plugins = QLibraryInfo.path(QLibraryInfo.LibraryPath.PluginsPath)
    return f"{actual}, {size.width()} × {size.height()} at {scale:g}, Qt {qVersion()}, {plugins}"


def _wait_for(condition: Callable[[], object]) -> bool:
    """Processes Qt's events, without the program's loop; returns True if `condition` came true."""
    from PySide6.QtCore import QCoreApplication

    end_s = time.monotonic() + _PAINT_TIMEOUT_S
    while not condition():
        if time.monotonic() > end_s:
            return False
        QCoreApplication.processEvents()
        time.sleep(_POLL_INTERVAL_S)
    return True


def qt_plugins(_folder: Path) -> str:
    """Checks that all plugins are present, and loads those that do not depend on a desktop."""
    from PySide6.QtCore import QLibraryInfo, QPluginLoader

    root = Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.PluginsPath))
    require(root.is_dir(), f"{root} is missing")
    found = {
        f"{folder}/{name}": _plugin_files(root / folder, name)
        for folder, names in (_PICTURE_PLUGINS | _PLATFORM_PLUGINS.get(sys.platform, {})).items()
        for name in names
    }
    missing = [name for name, files in found.items() if not files]
    require(not missing, f"missing in {root}: {', '.join(missing)}")
    loaders = [
        QPluginLoader(str(file))
        for name, files in found.items()
        if name.partition("/")[0] in _PICTURE_PLUGINS
        for file in files
    ]
    broken = [
        f"{Path(each.fileName()).name} ({each.errorString()})"
        for each in loaders
        if not each.load()
    ]
    require(not broken, f"cannot be loaded: {', '.join(broken)}")
    return f"{len(loaders)} for pictures loaded, all that are needed are in {root}"


def _plugin_files(folder: Path, name: str) -> list[Path]:
    files = (file for file in folder.glob("*") if file.suffix in {".so", ".dll", ".dylib"})
    return sorted(file for file in files if name in file.stem)


def icon_rendering(_folder: Path) -> str:
    """Checks that every icon paints some pixels, and that Qt's engine draws SVG at any size."""
    from PySide6.QtGui import QIcon

    from runcomfy_desktop.assets import asset
    from runcomfy_desktop.selftest.package_checks import ICONS
    from runcomfy_desktop.ui.style.icons import icon

    blank = [name for name in ICONS if not _is_painted(icon(name, "#000000"), _SMALL)]
    require(not blank, f"icons that do not paint: {', '.join(blank)}")
    by_qt = QIcon(str(asset("icons/app.svg")))
    require(_is_painted(by_qt, _LARGE), "Qt does not draw SVG files")
    # Without its SVG engine, Qt treats the file as an image with a fixed size.
    require(not by_qt.availableSizes(), "Qt's engine for SVG icons (svgicon) is missing")
    return f"{len(ICONS)} icons"


def _is_painted(icon: QIcon, side: int) -> bool:
    """Returns True if some pixels of an icon are at least partly opaque."""
    picture = icon.pixmap(side, side).toImage()
    pixels = range(0 if picture.isNull() else side)
    return any(picture.pixelColor(x, y).alpha() for x in pixels for y in pixels)


def style_sheets(_folder: Path) -> str:
    """Checks the light and the dark style sheet: both are valid, and their images exist."""
    from PySide6.QtGui import QImage
    from PySide6.QtWidgets import QPushButton

    from runcomfy_desktop.ui.style.theme import DARK, LIGHT, palette_for, style_sheet

    colours = set()
    for roles in (LIGHT, DARK):
        text = style_sheet(roles)
        for link in _LINK.findall(text):
            require(not QImage(link).isNull(), f"{link} is missing")
        button = QPushButton("Run")
        button.setProperty("primary", True)
        button.setPalette(palette_for(roles))
        button.setStyleSheet(text)
        button.resize(80, 30)
        colours.add(button.grab().toImage().pixelColor(6, 15).name())
    require(colours == {LIGHT.accent, DARK.accent}, f"buttons are painted in {', '.join(colours)}")
    return f"light and dark, {len(text)} characters"


def event_loop(_folder: Path) -> str:
    """Runs asyncio once on Qt's event loop, with a timer, a thread and a local socket."""
    import asyncio

    from runcomfy_desktop.app.loop import create_loop

    with asyncio.Runner(loop_factory=lambda: create_loop(_application())) as runner:
        return runner.run(_run_once())


async def _run_once() -> str:
    import asyncio

    async with asyncio.timeout(_PAINT_TIMEOUT_S):
        start_s = time.monotonic()
        await asyncio.sleep(_TIMER_S)
        require(time.monotonic() - start_s >= _TIMER_S, "a timer is early")
        loop = asyncio.get_running_loop()
        number = await loop.run_in_executor(None, sum, range(10))
        require(number == 45, "a thread counts wrong")
        async with await asyncio.start_server(_greet, "127.0.0.1", 0) as server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            require(await reader.read() == b"hello", "a socket is silent")
            writer.close()
    return type(loop).__mro__[1].__module__.partition(".")[0]


async def _greet(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"hello")
    writer.close()


def _application() -> QApplication:
    from PySide6.QtWidgets import QApplication

    app = QApplication.instance()
    if not isinstance(app, QApplication):
        raise SelfTestFailure("there is no application")
    return app


def fonts(_folder: Path) -> str:
    """Checks that the sample characters are painted and all differ, and that bold differs."""
    from PySide6.QtGui import QFontDatabase, QFontInfo
    from PySide6.QtWidgets import QApplication

    shapes = {each: _painted_char(each, bold=False) for each in _SAMPLE_CHARS}
    count, expected = len(set(shapes.values())), len(_SAMPLE_CHARS)
    families = len(QFontDatabase.families())
    require(
        count == expected,
        f"no font that can be read: {families} families, {count} shapes of {expected}",
    )
    require(_painted_char("A", bold=True) != shapes["A"], "bold letters are not bold")
    return f"{QFontInfo(QApplication.font()).family()}, {families} families"


def _painted_char(char: str, *, bold: bool) -> bytes:
    from PySide6.QtCore import Qt
    from PySide6.QtGui import QImage, QPainter
    from PySide6.QtWidgets import QApplication

    picture = QImage(_CHAR_SIDE, _CHAR_SIDE, QImage.Format.Format_RGB32)
    picture.fill(Qt.GlobalColor.white)
    font = QApplication.font()
    font.setPixelSize(_CHAR_SIDE * 2 // 3)
    font.setBold(bold)
    painter = QPainter(picture)
    painter.setFont(font)
    painter.drawText(picture.rect(), Qt.AlignmentFlag.AlignCenter, char)
    painter.end()
    return bytes(picture.constBits())


def main_window(folder: Path) -> str:
    """Checks that the main window is built with all its contents and painted in many colours.

    It has a temporary data folder, no session and no key.
    """
    from runcomfy_desktop.app.lifecycle import AppContext
    from runcomfy_desktop.domain.settings import Settings
    from runcomfy_desktop.paths import find_paths
    from runcomfy_desktop.ui.main_window.main_window import MainWindow
    from runcomfy_desktop.ui.style import theme

    app, paths, settings = _application(), find_paths(folder), Settings()
    theme.apply(app, settings.theme)
    window = MainWindow(paths.window_state)
    painted: list[bool] = []
    window.painted.connect(lambda: painted.append(True))
    window.show()
    require(_wait_for(lambda: painted), "the window is not painted")
    for _step in AppContext.create(app, window, paths, settings).build_contents():
        pass
    picture = window.grab().toImage()
    width, height = picture.width(), picture.height()
    colours = {picture.pixel(x, y) for x in range(0, width, 4) for y in range(0, height, 4)}
    require(len(colours) >= _MIN_WINDOW_COLOURS, f"the window shows {len(colours)} colours only")
    window.close()
    window.deleteLater()
    return f"{width} × {height}, {len(colours)} colours"
