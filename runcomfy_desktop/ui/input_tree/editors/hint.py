"""What an editor says for a moment, below itself."""

from __future__ import annotations

from PySide6.QtWidgets import QToolTip, QWidget

from runcomfy_desktop.ui.widgets.labels import tooltip as tip


def show_hint(editor: QWidget, text: str) -> None:
    """Says something below an editor for as long as a hint stays."""
    QToolTip.showText(editor.mapToGlobal(editor.rect().bottomLeft()), tip(text), editor)
