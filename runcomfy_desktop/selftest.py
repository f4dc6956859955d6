"""`--self-test`: does this installation have all its parts? Says so for each, and ends."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from runcomfy_desktop import APP_NAME, __version__
from runcomfy_desktop.assets import asset

if TYPE_CHECKING:
    from collections.abc import Callable

_IMAGE_FORMATS = ("png", "jpeg", "webp", "gif", "bmp", "tiff", "svg")


def run_self_test() -> int:
    """Prints a line for each part; returns 0 when all are there and work, else 1."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    print(f"{APP_NAME} {__version__}, Python {sys.version.split()[0]}")
    failures = 0
    for name, check in _CHECKS.items():
        try:
            print(f"ok      {name}: {check()}")
        except Exception:
            failures += 1
            print(f"FAILED  {name}")
            traceback.print_exc(file=sys.stdout)
    print("everything is there" if not failures else f"{failures} parts do not work")
    return 1 if failures else 0


def _qt() -> str:
    from PySide6.QtCore import qVersion
    from PySide6.QtGui import QImageReader
    from PySide6.QtWidgets import QApplication

    _app = QApplication.instance() or QApplication(["self-test"])
    there = {bytes(each.data()).decode() for each in QImageReader.supportedImageFormats()}
    missing = [each for each in _IMAGE_FORMATS if each not in there]
    if missing:
        raise LookupError(f"image formats missing: {', '.join(missing)}")
    return f"Qt {qVersion()}, {len(there)} image formats"


def _text() -> str:
    """A font that paints: without one, Qt draws nothing or boxes, and says nothing."""
    from PySide6.QtCore import Qt
    from PySide6.QtGui import QFontInfo, QFontMetrics, QImage, QPainter
    from PySide6.QtWidgets import QApplication

    image = QImage(80, 24, QImage.Format.Format_RGB32)
    pictures = []
    for word in ("Run", "Buy"):
        image.fill(Qt.GlobalColor.white)
        painter = QPainter(image)
        painter.drawText(4, 18, word)
        painter.end()
        pictures.append(bytes(image.constBits()))
    font = QApplication.font()
    if pictures[0] == pictures[1] or QFontMetrics(font).horizontalAdvance("Run") == 0:
        raise LookupError("no font paints text")
    return QFontInfo(font).family()


def _resources() -> str:
    from runcomfy_desktop.ui.icons import icon

    folder = asset("icons")
    names = sorted(each.stem for each in folder.glob("*.svg"))
    if not names:
        raise LookupError(f"no icons in {folder}")
    blank = [name for name in names if icon(name, "#000000").pixmap(24, 24).toImage().isNull()]
    if blank:
        raise LookupError(f"icons that do not paint: {', '.join(blank)}")
    return f"{len(names)} icons"


def _history() -> str:
    from runcomfy_desktop.store.database import Database

    async def round_trip(folder: Path) -> str:
        database = await Database.open(folder / "history.sqlite")
        try:
            version = await database.run(
                lambda connection: connection.execute("select sqlite_version()").fetchone()[0]
            )
        finally:
            await database.close()
        return f"SQLite {version}"

    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(round_trip(Path(folder)))


def _keyring() -> str:
    import keyring

    backend = keyring.get_keyring()
    return f"{type(backend).__module__}.{type(backend).__qualname__}"


def _tls() -> str:
    import ssl

    context = ssl.create_default_context()
    return f"{ssl.OPENSSL_VERSION}, {len(context.get_ca_certs())} certificates loaded at start"


def _service() -> str:
    """Starts the demo service as a child process and reads its deployments with the real client."""
    from runcomfy_desktop import demo
    from runcomfy_desktop.api import deployments
    from runcomfy_desktop.api.client import Client
    from runcomfy_desktop.session import USER_AGENT

    async def read(folder: Path) -> str:
        service = await demo.find_or_start(folder / "demo" / "service.json")
        try:
            client = Client(
                service.base_url,
                lambda: service.token,
                queue_version=lambda: "v1",
                user_agent=USER_AGENT,
            )
            async with client:
                found = await deployments.list_deployments(client)
        finally:
            await service.stop()
        if not found:
            raise LookupError("the demo service lists no deployments")
        return f"{len(found)} deployments at {service.base_url}"

    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(read(Path(folder)))


_CHECKS: dict[str, Callable[[], str]] = {
    "Qt": _qt,
    "text": _text,
    "resources": _resources,
    "history": _history,
    "keyring": _keyring,
    "TLS": _tls,
    "demo service": _service,
}
