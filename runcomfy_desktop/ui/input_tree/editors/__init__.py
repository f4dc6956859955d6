"""Editors for the values of inputs, one for each kind.

They have no frame: the tree paints the field around them. Every editor has `value()`, which returns
None while the text is not a valid value, `set_value(value)`, and `begin()`, which is called when
the editor opens. Every editor emits `edited` when the user types and `value_chosen` when a choice
is to be applied at once. Start with `line`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette

from runcomfy_desktop.domain.schema.schema import InputKind, InputSpec
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.formatters import one_line
from runcomfy_desktop.ui.input_tree.editors.check import CheckEditor
from runcomfy_desktop.ui.input_tree.editors.choice import ChoiceEditor
from runcomfy_desktop.ui.input_tree.editors.curve import CurveEditor
from runcomfy_desktop.ui.input_tree.editors.fields import FieldsEditor
from runcomfy_desktop.ui.input_tree.editors.line import ColourEditor, LineEditor
from runcomfy_desktop.ui.input_tree.editors.multi_choice import MultiChoiceEditor
from runcomfy_desktop.ui.input_tree.editors.number import NumberEditor
from runcomfy_desktop.ui.input_tree.editors.text import MultilineTextEditor

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

__all__ = [
    "CheckEditor",
    "ChoiceEditor",
    "ColourEditor",
    "CurveEditor",
    "Editor",
    "FieldsEditor",
    "LineEditor",
    "ListEditor",
    "MultiChoiceEditor",
    "MultilineTextEditor",
    "NumberEditor",
    "TallEditor",
    "create_editor",
]

Editor: TypeAlias = (
    NumberEditor
    | LineEditor
    | MultilineTextEditor
    | ChoiceEditor
    | CheckEditor
    | MultiChoiceEditor
    | FieldsEditor
    | CurveEditor
)
TallEditor: TypeAlias = MultilineTextEditor | CurveEditor
"""Editors taller than one field: they have `needed_height` and emit `height_changed`."""
ListEditor: TypeAlias = ChoiceEditor | MultiChoiceEditor
"""Editors with a drop-down list."""

_EDITORS: dict[InputKind, type[Editor]] = {
    InputKind.INT: NumberEditor,
    InputKind.FLOAT: NumberEditor,
    InputKind.STRING: LineEditor,
    InputKind.TEXT: MultilineTextEditor,
    InputKind.COMBO: ChoiceEditor,
    InputKind.BOOLEAN: CheckEditor,
    InputKind.MULTI: MultiChoiceEditor,
    InputKind.COLOR: ColourEditor,
    InputKind.BOX: FieldsEditor,
    InputKind.RANGE: FieldsEditor,
    InputKind.CURVE: CurveEditor,
}


def create_editor(spec: InputSpec, name: str, parent: QWidget) -> Editor:
    """Creates the editor for an input's kind, with names for tests and screen readers."""
    editor = _EDITORS[spec.kind](spec, parent)
    editor.setObjectName("input_editor")
    editor.setAccessibleName(one_line(name) or _("Value"))
    if isinstance(editor, ChoiceEditor | MultiChoiceEditor | FieldsEditor):
        # The focus is on an inner field or list, which Qt does not name.
        editor.set_part_names(editor.accessibleName())
    editor.setAccessibleDescription(one_line(spec.tooltip) or editor.accessibleDescription())
    editor.setAutoFillBackground(False)
    palette = editor.palette()
    palette.setColor(QPalette.ColorRole.Base, Qt.GlobalColor.transparent)
    editor.setPalette(palette)
    return editor
