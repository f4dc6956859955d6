"""Keeps the caret of an open prompt in the part of the tree that is in view."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.ui.inputs.editors import TextEditor
from runcomfy_desktop.ui.theme import STEP

if TYPE_CHECKING:
    from runcomfy_desktop.ui.inputs.view import InputsView

_AROUND = 2 * STEP
"""Enough for the edge of the field above its first and below its last line."""


def show_caret(view: InputsView) -> None:
    """Scrolls the text, and the tree as little as it takes, to where the caret can be seen."""
    editor = view.delegate.editor
    if not isinstance(editor, TextEditor) or not editor.isVisible():
        return
    editor.ensureCursorVisible()
    caret, bar = editor.cursorRect(), view.verticalScrollBar()
    top = editor.viewport().mapTo(view.viewport(), caret.topLeft()).y() - _AROUND
    bottom = top + caret.height() + 2 * _AROUND
    if bottom > view.viewport().height():
        bar.setValue(bar.value() + bottom - view.viewport().height())
    elif top < 0:
        bar.setValue(bar.value() + top)
