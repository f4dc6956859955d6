"""One opening of an editor in the tree, and where the editor stands meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.draft import same_value
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

    from runcomfy_desktop.domain.draft import Draft, Value
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
    before: dict[InputKey, Value] = field(default_factory=dict)
    """What the inputs held that were changed by it: those selected together, and followers."""

    def note(self, before: Draft | None, after: Draft | None) -> None:
        """What was typed has been taken over."""
        if before is None or after is None:
            return
        for key in before.changes.keys() | after.changes.keys():
            value = before.value(key)
            if key not in self.before and not same_value(value, after.value(key)):
                self.before[key] = value

    def taken_back(self, draft: Draft) -> dict[InputKey, Value]:
        """What has to be put into a draft so that it is as if nothing had been typed."""
        return {
            key: value
            for key, value in self.before.items()
            if not same_value(value, draft.value(key))
        }


def place_in_field(editor: QWidget, field_rect: QRect, metrics: Metrics) -> QRect:
    """An editor's place in its field, so that the text stands where it stood at rest."""
    if isinstance(editor, TextEditor):
        space = (metrics.field - metrics.line) // 2
        return field_rect.adjusted(PAD, space, -2, -2)
    if isinstance(editor, CheckEditor | MultiEditor | FieldsEditor | CurveEditor):
        return field_rect
    return field_rect.adjusted(PAD - 2, 2, -2, -2)
