"""Brief hint below an editor."""

from __future__ import annotations

from PySide6.QtWidgets import QToolTip, QWidget

from runcomfy_desktop.ui.widgets.labels import tooltip as tip


def show_hint(editor: QWidget, text: str) -> None:
    """Shows a hint below an editor, as a tooltip."""
    QToolTip.showText(editor.mapToGlobal(editor.rect().bottomLeft()), tip(text), editor)
