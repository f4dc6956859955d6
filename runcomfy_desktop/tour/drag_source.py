"""Second program that offers one image to drag, in place of a file manager."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QMimeData, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QDrag, QMouseEvent, QPixmap
from PySide6.QtWidgets import QApplication, QLabel

SIZE = (160, 90)
_LIFETIME_MS = 60_000


class _DragWindow(QLabel):
    """Small window from which the file can be dragged."""

    def __init__(self, file: Path) -> None:
        super().__init__(file.name)
        self._file = file
        self._press_position = QPointF()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setFixedSize(*SIZE)
        self.setWindowFlags(Qt.WindowType.FramelessWindowHint | Qt.WindowType.WindowStaysOnTopHint)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._press_position = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if (
            event.position() - self._press_position
        ).manhattanLength() < QApplication.startDragDistance():
            return
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(self._file))])
        drag = QDrag(self)
        drag.setMimeData(data)
        pixmap = QPixmap(str(self._file))
        if not pixmap.isNull():
            drag.setPixmap(pixmap.scaledToWidth(64))
        # A drag runs its own event loop; nothing else happens in this program.
        action = drag.exec(Qt.DropAction.CopyAction)
        # exec() returns before the target has fetched the data, so this program must keep running.
        self.hide()
        print("dropped" if action is Qt.DropAction.CopyAction else "refused", flush=True)


def main(arguments: list[str]) -> int:
    """Shows the window at a screen position until the file has been dragged.

    `arguments`: `FILE X Y`.
    """
    app = QApplication(["drag-source"])
    app.setQuitOnLastWindowClosed(False)
    window = _DragWindow(Path(arguments[0]))
    window.move(int(arguments[1]), int(arguments[2]))
    window.show()
    QTimer.singleShot(300, lambda: print("ready", flush=True))
    QTimer.singleShot(_LIFETIME_MS, app.quit)
    return app.exec()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
