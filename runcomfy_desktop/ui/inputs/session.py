"""One opening of an editor in the tree, and where the editor stands meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from runcomfy_desktop.ui.inputs.editors import (
    CheckEditor,
    CurveEditor,
    FieldsEditor,
    MultiEditor,
    TextEditor,
)
from runcomfy_desktop.ui.inputs.layout import PAD

if TYPE_CHECKING:
    from PySide6.QtCore import QRect
    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.domain.workflow import InputKey
    from runcomfy_desktop.ui.inputs.editors import Editor
    from runcomfy_desktop.ui.inputs.layout import Metrics


@dataclass(slots=True)
class Session:
    """One opening of an editor; all that is typed in it is one step of undo."""

    key: InputKey
    editor: Editor
    merge: object = field(default_factory=object)
    is_pending: bool = False
    is_closing: bool = False
    is_filled: bool = False
    is_dirty: bool = False
    """What stands there was typed, and is not just the value spelt out."""


def place_in_field(editor: QWidget, field_rect: QRect, metrics: Metrics) -> QRect:
    """An editor's place in its field, so that the text stands where it stood at rest."""
    if isinstance(editor, TextEditor):
        space = (metrics.field - metrics.line) // 2
        return field_rect.adjusted(PAD, space, -2, -2)
    if isinstance(editor, CheckEditor | MultiEditor | FieldsEditor | CurveEditor):
        return field_rect
    return field_rect.adjusted(PAD - 2, 2, -2, -2)
