"""Keeps the caret of an open prompt in the part of the tree that is in view."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect

from runcomfy_desktop.ui.input_tree.editors import MultilineTextEditor
from runcomfy_desktop.ui.style.theme import STEP

if TYPE_CHECKING:
    from runcomfy_desktop.ui.input_tree.view import InputsView

_CARET_MARGIN = 2 * STEP
"""The edge of the field above its first and below its last line."""


def ensure_caret_visible(view: InputsView) -> None:
    """Scrolls the text to where the caret is, and the tree as little as it takes to show the row;
    in less room than that, the caret alone."""
    editor, key = view.delegate.editor, view.delegate.editing_key
    if not isinstance(editor, MultilineTextEditor) or key is None or not editor.isVisible():
        return
    editor.ensureCursorVisible()
    bar, view_height = view.verticalScrollBar(), view.viewport().height()
    wanted = view.row_rect(view.inputs.index_of(key))
    if wanted.height() > view_height:
        caret = editor.cursorRect()
        wanted = QRect(editor.viewport().mapTo(view.viewport(), caret.topLeft()), caret.size())
        wanted.adjust(0, -_CARET_MARGIN, 0, _CARET_MARGIN)
    if wanted.bottom() >= view_height:
        bar.setValue(bar.value() + wanted.bottom() + 1 - view_height)
    elif wanted.top() < 0:
        bar.setValue(bar.value() + wanted.top())
