"""Copies values out of the tree and pastes them into it: between inputs, nodes and drafts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QGuiApplication, QKeySequence

from runcomfy_desktop.domain.clip import MIME, Clip, clips_of, place_clips, read_clips, write_clips
from runcomfy_desktop.domain.live import live_names, with_followers
from runcomfy_desktop.domain.media import MediaFile
from runcomfy_desktop.domain.node_class import MAX_LEVELS
from runcomfy_desktop.domain.workflow import InputKey
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.formatting import one_line
from runcomfy_desktop.ui.inputs import texts
from runcomfy_desktop.ui.inputs.written import takes, written_value
from runcomfy_desktop.ui.models.live_rows import decides, spec_now

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from PySide6.QtGui import QKeyEvent

    from runcomfy_desktop.core.workbench import BenchState
    from runcomfy_desktop.domain.draft import Value
    from runcomfy_desktop.domain.schema import InputSpec
    from runcomfy_desktop.domain.workflow import Node
    from runcomfy_desktop.ui.inputs.view import InputsView

_Key = QKeySequence.StandardKey
Names: TypeAlias = "Mapping[str, tuple[str, ...]]"


class _Last:
    """What was copied here last, so that megabytes need not be read from the clipboard again."""

    octets = b""
    clips: tuple[Clip, ...] = ()

    def read(self, octets: bytes) -> tuple[Clip, ...]:
        return self.clips if octets and octets == self.octets else read_clips(octets)


_LAST = _Last()


def take_key(view: InputsView, event: QKeyEvent) -> bool:
    """Whether a key was about the clipboard."""
    if event.matches(_Key.Copy):
        copy(view)
    elif event.matches(_Key.Paste):
        paste(view)
    else:
        return False
    return True


def copy(view: InputsView) -> None:
    """Copies what is selected, else the row with the keyboard: an input, or all of a node's."""
    keys = view.chosen.in_order() or _current_keys(view)
    if not keys:
        return
    data, clips = QMimeData(), _clips(view, keys)
    if clips:
        octets = write_clips(clips)
        data.setData(MIME, octets)
        _LAST.octets, _LAST.clips = octets, tuple(clips)
    data.setText(_plain(view, keys))
    QGuiApplication.clipboard().setMimeData(data)


def paste(view: InputsView) -> None:
    """Pastes what was copied here; else the clipboard's text or picture, into the selected
    inputs or the one with the keyboard."""
    data = QGuiApplication.clipboard().mimeData()
    clips = _LAST.read(bytes(data.data(MIME).data())) if data.hasFormat(MIME) else ()
    keys = view.chosen.in_order() or _current_keys(view, headers=False)
    if len(clips) > 1 or (clips and not keys):
        _paste_many(view, clips)
        return
    if clips:
        _paste_one(view, keys, dict.fromkeys(keys, clips[0].value))
        return
    current = view.inputs.key_at(view.currentIndex())
    if current is not None and view.inputs.spec_of(current).kind.is_media:
        view.paste_wished.emit(current)
    elif keys and data.hasText():
        text, spec_of = data.text(), view.inputs.spec_of
        _paste_one(view, keys, {key: written_value(text, spec_of(key)) for key in keys})


def _paste_one(view: InputsView, keys: Sequence[InputKey], values: dict[InputKey, Value]) -> None:
    fitting = {key: value for key, value in values.items() if _fits(view, key, value)}
    if len(keys) == 1:
        label = _("Paste into %s") % one_line(keys[0].name)
    else:
        label = n_("Paste into %d input", "Paste into %d inputs", len(fitting)) % len(fitting)
    if fitting:
        view.inputs.edit_all(fitting, label)
    _tell(view, len(keys) - len(fitting), len(keys))


def _paste_many(view: InputsView, clips: Sequence[Clip]) -> None:
    """Values of one node go into the node with the keyboard, or into those that are selected;
    values of several go where they belong."""
    state = view.inputs.state
    if state.draft is None:
        return
    goals = _goals(view) if len({clip.node_id for clip in clips}) == 1 else []
    names = {node_id: view.inputs.names_of(node) for node_id, node in _nodes(state)}
    placed, missing = _placed(clips, goals, state, names)
    fitting = {key: value for key, value in placed.items() if _fits(view, key, value)}
    is_moving = any(decides(state, node_id) for node_id in {key.node_id for key in fitting})
    for _level in range(MAX_LEVELS if is_moving else 0):
        # A choice among the values brings inputs, which others of them may be meant for.
        before = fitting.keys()
        ahead = state.draft.with_values(with_followers(fitting, state.draft, state.schema))
        then = replace(state, draft=ahead)
        names = {each: live_names(node, ahead, state.schema) for each, node in _nodes(state)}
        placed, missing = _placed(clips, goals, then, names)
        fitting = {
            key: value for key, value in placed.items() if _takes(spec_now(key, then), value)
        }
        if fitting.keys() == before:
            break
    if fitting:
        label = n_("Paste %d value", "Paste %d values", len(fitting)) % len(fitting)
        view.inputs.edit_all(fitting, label)
    left = missing + len(placed) - len(fitting)
    _tell(view, left, left + len(fitting))


def _nodes(state: BenchState) -> Iterable[tuple[str, Node]]:
    return () if state.draft is None else state.draft.workflow.nodes.items()


def _goals(view: InputsView) -> list[str]:
    """The nodes that values of one node are meant for."""
    chosen = [key.node_id for key in view.chosen.in_order()]
    here = view.inputs.node_at(view.currentIndex())
    nodes = {} if view.inputs.draft is None else view.inputs.draft.workflow.nodes
    is_node = here is not None and here.node_id in nodes
    return list(dict.fromkeys(chosen)) or ([here.node_id] if here is not None and is_node else [])


def _placed(
    clips: Sequence[Clip], goals: Sequence[str], state: BenchState, names: Names
) -> tuple[dict[InputKey, Value], int]:
    """Which input gets which value, and how many values are for none."""
    assert state.draft is not None
    if not goals:
        return place_clips(clips, state.draft.workflow, lambda node: names[node.node_id])
    placed: dict[InputKey, Value] = {
        InputKey(node_id, clip.name): clip.value
        for node_id in goals
        for clip in clips
        if clip.name in names[node_id]
    }
    return placed, 0 if placed else len(clips)


def _fits(view: InputsView, key: InputKey, value: Value) -> bool:
    return _takes(view.inputs.spec_of(key), value)


def _takes(spec: InputSpec, value: Value) -> bool:
    return spec.kind.editable and takes(spec, value)


def _tell(view: InputsView, left: int, count: int) -> None:
    if count == 1 and left:
        view.told.emit(_("The clipboard holds no value for this input. It stays as it was."))
    elif left:
        text = n_(
            "%d of %d values was left out: there is no input here that takes it.",
            "%d of %d values were left out: there are no inputs here that take them.",
            left,
        )
        view.told.emit(text % (left, count))


def _current_keys(view: InputsView, *, headers: bool = True) -> list[InputKey]:
    index = view.currentIndex()
    key = view.inputs.key_at(index)
    if key is not None:
        return [key]
    return view.inputs.keys_of(index.row()) if index.isValid() and headers else []


def _clips(view: InputsView, keys: Sequence[InputKey]) -> list[Clip]:
    draft = view.inputs.draft
    if draft is None:
        return []
    clips: list[Clip] = []
    for key in keys:
        node = draft.workflow.nodes.get(key.node_id)
        # An input that is missing has no value.
        has_value = key in draft.workflow or key in draft.changes
        if node is not None and has_value:
            clips += clips_of(node, [key.name], draft.value)
    return clips


def _plain(view: InputsView, keys: Sequence[InputKey]) -> str:
    """One value as it is; of several, each behind its name."""
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
