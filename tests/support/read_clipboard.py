"""Prints the text on the clipboard of its display, for tests of what the program copies."""

from __future__ import annotations

import sys

from PySide6.QtGui import QGuiApplication

if __name__ == "__main__":
    app = QGuiApplication(sys.argv[:1])
    sys.stdout.write(QGuiApplication.clipboard().text())
