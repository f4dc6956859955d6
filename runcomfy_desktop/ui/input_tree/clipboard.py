"""Copies input values out of the tree and pastes them between inputs, nodes and drafts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QGuiApplication, QKeySequence

from runcomfy_desktop.domain.drafts.dynamic_inputs import active_names, with_dependent_changes
from runcomfy_desktop.domain.drafts.value_clipboard import (
    MIME,
    CopiedValue,
    copied_values,
    decode_values,
    encode_values,
    locate_values,
)
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.schema.node_class import MAX_LEVELS
from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.base.formatters import one_line
from runcomfy_desktop.ui.input_tree.effective_rows import current_spec, has_controlling_inputs
from runcomfy_desktop.ui.input_tree.rows import texts
from runcomfy_desktop.ui.input_tree.rows.value_parser import accepts, parse_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from PySide6.QtGui import QKeyEvent

    from runcomfy_desktop.core.editor.draft_editor import EditorState
    from runcomfy_desktop.domain.drafts.draft import Value
    from runcomfy_desktop.domain.schema.schema import InputSpec
    from runcomfy_desktop.domain.workflow.workflow import Node
    from runcomfy_desktop.ui.input_tree.row_view import RowView

_StandardKey = QKeySequence.StandardKey
InputNames: TypeAlias = "Mapping[str, tuple[str, ...]]"


class _LastCopy:
    """Values last copied in this program, kept so that a paste need not decode megabytes again."""

    encoded = b""
    values: tuple[CopiedValue, ...] = ()

    def read(self, encoded: bytes) -> tuple[CopiedValue, ...]:
        return self.values if encoded and encoded == self.encoded else decode_values(encoded)


_LAST_COPY = _LastCopy()


def handle_key(view: RowView, event: QKeyEvent) -> bool:
    """Handles the Copy and Paste keys; returns True if the key was one of them."""
    if event.matches(_StandardKey.Copy):
        copy(view)
    elif event.matches(_StandardKey.Paste):
        paste(view)
    else:
        return False
    return True


def copy(view: RowView) -> None:
    """Copies the selected inputs, or else the current row.

    If the current row is a header, all shown inputs of its node are copied.
    """
    keys = view.row_selection.keys_in_order() or _current_keys(view)
    if not keys:
        return
    data, copied = QMimeData(), _copied_values(view, keys)
    if copied:
        encoded = encode_values(copied)
        data.setData(MIME, encoded)
        _LAST_COPY.encoded, _LAST_COPY.values = encoded, tuple(copied)
    data.setText(_plain_text(view, keys))
    QGuiApplication.clipboard().setMimeData(data)


def paste(view: RowView) -> None:
    """Pastes copied values, or else the clipboard's text or picture.

    Text and a single value go to the selected inputs, or else to the current one (several values:
    see `_paste_many`). A picture goes to the current media input.
    """
    data = QGuiApplication.clipboard().mimeData()
    copied = _LAST_COPY.read(bytes(data.data(MIME).data())) if data.hasFormat(MIME) else ()
    keys = view.row_selection.keys_in_order() or _current_keys(view, headers=False)
    if len(copied) > 1 or (copied and not keys):
        _paste_many(view, copied)
        return
    if copied:
        _paste_one(view, keys, dict.fromkeys(keys, copied[0].value))
        return
    current = view.inputs.key_at(view.currentIndex())
    if current is not None and view.inputs.spec_of(current).kind.is_media:
        view.paste_requested.emit(current)
    elif keys and data.hasText():
        text, spec_of = data.text(), view.inputs.spec_of
        _paste_one(view, keys, {key: parse_value(text, spec_of(key)) for key in keys})


def _paste_one(view: RowView, keys: Sequence[InputKey], values: dict[InputKey, Value]) -> None:
    fitting = {key: value for key, value in values.items() if _fits(view, key, value)}
    if len(keys) == 1:
        label = _("Paste into %s") % one_line(keys[0].name)
    else:
        label = n_("Paste into %d input", "Paste into %d inputs", len(fitting)) % len(fitting)
    if fitting:
        view.inputs.edit_all(fitting, label)
    _report_skipped(view, len(keys) - len(fitting), len(keys))


def _paste_many(view: RowView, copied: Sequence[CopiedValue]) -> None:
    """Pastes several values as one undoable step.

    Values of a single node go into the selected nodes or the current one; values of several nodes
    go to their own nodes and inputs.
    """
    state = view.inputs.state
    if state.draft is None:
        return
    target_nodes = _target_nodes(view) if len({clip.node_id for clip in copied}) == 1 else []
    names = {node_id: view.inputs.names_of(node) for node_id, node in _nodes(state)}
    placed, missing = _place_values(copied, target_nodes, state, names)
    fitting = {key: value for key, value in placed.items() if _fits(view, key, value)}
    has_dependents = any(
        has_controlling_inputs(state, node_id) for node_id in {key.node_id for key in fitting}
    )
    for _level in range(MAX_LEVELS if has_dependents else 0):
        # A pasted choice can add inputs that other pasted values are meant for.
        before = fitting.keys()
        preview_draft = state.draft.with_values(
            with_dependent_changes(fitting, state.draft, state.schema)
        )
        preview_state = replace(state, draft=preview_draft)
        names = {
            each: active_names(node, preview_draft, state.schema) for each, node in _nodes(state)
        }
        placed, missing = _place_values(copied, target_nodes, preview_state, names)
        fitting = {
            key: value
            for key, value in placed.items()
            if _accepts(current_spec(key, preview_state), value)
        }
        if fitting.keys() == before:
            break
    if fitting:
        label = n_("Paste %d value", "Paste %d values", len(fitting)) % len(fitting)
        view.inputs.edit_all(fitting, label)
    skipped = missing + len(placed) - len(fitting)
    _report_skipped(view, skipped, skipped + len(fitting))


def _nodes(state: EditorState) -> Iterable[tuple[str, Node]]:
    return () if state.draft is None else state.draft.workflow.nodes.items()


def _target_nodes(view: RowView) -> list[str]:
    """Returns the nodes that receive the values copied from a single node."""
    selected = [key.node_id for key in view.row_selection.keys_in_order()]
    node = view.inputs.node_at(view.currentIndex())
    nodes = {} if view.inputs.draft is None else view.inputs.draft.workflow.nodes
    is_node = node is not None and node.node_id in nodes
    return list(dict.fromkeys(selected)) or ([node.node_id] if node is not None and is_node else [])


def _place_values(
    copied: Sequence[CopiedValue],
    target_nodes: Sequence[str],
    state: EditorState,
    names: InputNames,
) -> tuple[dict[InputKey, Value], int]:
    """Returns the value for each target input, and the number of values that found no input.

    If there are `target_nodes`, the number is 0 as soon as one value has found an input.
    """
    assert state.draft is not None
    if not target_nodes:
        return locate_values(copied, state.draft.workflow, lambda node: names[node.node_id])
    placed: dict[InputKey, Value] = {
        InputKey(node_id, clip.name): clip.value
        for node_id in target_nodes
        for clip in copied
        if clip.name in names[node_id]
    }
    return placed, 0 if placed else len(copied)


def _fits(view: RowView, key: InputKey, value: Value) -> bool:
    return _accepts(view.inputs.spec_of(key), value)


def _accepts(spec: InputSpec, value: Value) -> bool:
    return spec.kind.is_editable and accepts(spec, value)


def _report_skipped(view: RowView, skipped: int, count: int) -> None:
    if count == 1 and skipped:
        view.message_sent.emit(
            _("The clipboard holds no value for this input. It stays as it was.")
        )
    elif skipped:
        text = n_(
            "%d of %d values was left out: there is no input here that takes it.",
            "%d of %d values were left out: there are no inputs here that take them.",
            skipped,
        )
        view.message_sent.emit(text % (skipped, count))


def _current_keys(view: RowView, *, headers: bool = True) -> list[InputKey]:
    index = view.currentIndex()
    key = view.inputs.key_at(index)
    if key is not None:
        return [key]
    return view.inputs.keys_at(index.row()) if index.isValid() and headers else []


def _copied_values(view: RowView, keys: Sequence[InputKey]) -> list[CopiedValue]:
    draft = view.inputs.draft
    if draft is None:
        return []
    copied: list[CopiedValue] = []
    for key in keys:
        node = draft.workflow.nodes.get(key.node_id)
        # A missing input has no value.
        has_value = key in draft.workflow or key in draft.changes
        if node is not None and has_value:
            copied += copied_values(node, [key.name], draft.value)
    return copied


def _plain_text(view: RowView, keys: Sequence[InputKey]) -> str:
    """Returns a single value verbatim, or several as lines like `name: value`."""
    draft = view.inputs.draft
    if draft is None:
        return ""
    keys = [key for key in keys if key in draft.workflow or key in draft.changes]
    values = [_text(draft.value(key), view.inputs.spec_of(key)) for key in keys]
    if len(values) == 1:
        return values[0]
    names = map(view.inputs.name_of, keys)
    return "\n".join(f"{name}: {text}" for name, text in zip(names, values, strict=True))


def _text(value: Value, spec: InputSpec) -> str:
    if isinstance(value, MediaFile):
        return value.name
    return value if isinstance(value, str) else texts.value_text(value, spec)
