"""State of an open editor in the tree, and the editor's position."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from runcomfy_desktop.ui.input_tree.editors import (
    CheckEditor,
    CurveEditor,
    FieldsEditor,
    MultiChoiceEditor,
    MultilineTextEditor,
)
from runcomfy_desktop.ui.input_tree.rows.row_layout import PADDING

if TYPE_CHECKING:
    from PySide6.QtCore import QRect
    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.domain.workflow.workflow import InputKey
    from runcomfy_desktop.ui.input_tree.editors import Editor
    from runcomfy_desktop.ui.input_tree.rows.row_layout import RowMetrics


@dataclass(slots=True)
class EditSession:
    """State of one open editor; all typing in the editor is one undo step."""

    key: InputKey
    editor: Editor
    merge: object = field(default_factory=object)
    is_pending: bool = False
    is_closing: bool = False
    is_filled: bool = False
    is_dirty: bool = False
    """True if the content was typed, not just formatted from the value."""


def editor_rect(editor: QWidget, field_rect: QRect, metrics: RowMetrics) -> QRect:
    """Returns the editor's rectangle within its field, chosen so that the text does not move."""
    if isinstance(editor, MultilineTextEditor):
        space = (metrics.field_height - metrics.line_height) // 2
        return field_rect.adjusted(PADDING, space, -2, -2)
    if isinstance(editor, CheckEditor | MultiChoiceEditor | FieldsEditor | CurveEditor):
        return field_rect
    return field_rect.adjusted(PADDING - 2, 2, -2, -2)
