"""Entries of the palette: deployments, presets, nodes, inputs and menu actions."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtGui import QKeySequence

from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.formatters import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QMenu, QMenuBar

    from runcomfy_desktop.domain.deployments.deployment import Deployment
    from runcomfy_desktop.domain.presets.preset import PresetSummary
    from runcomfy_desktop.ui.input_tree.inputs_model import InputsModel
    from runcomfy_desktop.ui.pins.pins_model import PinsModel

_MAX_CHARS = 200
_PATH_SEPARATOR = " › "


class PaletteEntryKind(Enum):
    """Kinds of entries, in the order of the list before a search; the value is the icon's name."""

    DEPLOYMENT = "server"
    NODE = "cube"
    INPUT = "text"
    DRAFT = "file"
    PRESET = "preset"
    ACTION = "play"


class PaletteEntry(NamedTuple):
    """One entry of the palette.

    `text` is its name, `context` names what it belongs to, `detail` is the text at the right;
    `target` is a deployment's id, an InputKey, a QAction, or a function to call.
    """

    kind: PaletteEntryKind
    text: str
    context: str
    detail: str
    target: object


class NodeInputEntries(NamedTuple):
    """Inputs of one node; a workflow may have tens of thousands of inputs.

    An entry is created only for an input that is shown.
    """

    title: str
    node_label: str
    node_id: str
    names: tuple[str, ...]

    def entry(self, name: str) -> PaletteEntry:
        target = InputKey(self.node_id, name)
        return PaletteEntry(
            PaletteEntryKind.INPUT, short_text(name), self.title, self.node_label, target
        )


@dataclass(frozen=True, slots=True)
class PaletteTargets:
    """All entries that can be found."""

    entries: Sequence[PaletteEntry] = ()
    inputs: Sequence[NodeInputEntries] = ()


def accessible_text(entry: PaletteEntry) -> str:
    """Returns the screen reader text of an entry."""
    words = {
        PaletteEntryKind.DEPLOYMENT: _("deployment"),
        PaletteEntryKind.DRAFT: _("draft"),
        PaletteEntryKind.PRESET: _("preset"),
        PaletteEntryKind.NODE: _("node"),
        PaletteEntryKind.INPUT: _("input"),
        PaletteEntryKind.ACTION: _("action"),
    }
    return ", ".join(filter(None, (entry.text, words[entry.kind], entry.context, entry.detail)))


def ordered_by_kind(entries: Iterable[PaletteEntry]) -> list[PaletteEntry]:
    """Returns the entries grouped by kind, in the order of PaletteEntryKind."""
    places = {kind: place for place, kind in enumerate(PaletteEntryKind)}
    return sorted(entries, key=lambda entry: places[entry.kind])


def deployment_entries(deployments: Iterable[Deployment]) -> list[PaletteEntry]:
    return [
        PaletteEntry(
            PaletteEntryKind.DEPLOYMENT,
            short_text(each.name) or each.deployment_id,
            "",
            "" if each.is_enabled else _("disabled"),
            each.deployment_id,
        )
        for each in deployments
    ]


def preset_entries(
    summaries: Iterable[PresetSummary], apply: Callable[[str], object]
) -> list[PaletteEntry]:
    """Returns entries for the usable presets; choosing one applies it."""
    return [
        PaletteEntry(
            PaletteEntryKind.PRESET,
            short_text(summary.name) or summary.path,
            short_text(summary.folder),
            short_text(summary.deployment_name),
            partial(apply, summary.path),
        )
        for summary in summaries
        if not summary.problem
    ]


def workflow_entries(model: InputsModel) -> tuple[list[PaletteEntry], list[NodeInputEntries]]:
    """Returns the entries of the nodes, and the inputs of each node."""
    draft, nodes, inputs = model.draft, [], []
    for node in () if draft is None else draft.workflow.nodes.values():
        node_id = node.node_id
        title, node_label = model.title_of(node)[:_MAX_CHARS], f"#{short_text(node_id)}"
        nodes.append(
            PaletteEntry(
                PaletteEntryKind.NODE,
                title,
                short_text(node.class_type),
                node_label,
                InputKey(node_id, ""),
            )
        )
        inputs.append(NodeInputEntries(title, node_label, node_id, model.names_of(node)))
    return nodes, inputs


def pin_entries(model: PinsModel) -> list[PaletteEntry]:
    """Returns entries for pins with custom labels; other pins are found by their inputs' names."""
    found = []
    for key in model.pinned_keys:
        row = model.input_row_of(key)
        if row.name != model.node_name_of(key):
            node_label = f"#{short_text(key.node_id)}"
            found.append(
                PaletteEntry(
                    PaletteEntryKind.INPUT,
                    short_text(row.name),
                    row.node_title[:_MAX_CHARS],
                    node_label,
                    key,
                )
            )
    return found


def menu_entries(bar: QMenuBar) -> Iterator[PaletteEntry]:
    """Yields the enabled menu actions, with their menu path and their shortcuts."""
    for action in bar.actions():
        menu = action.menu()
        if menu is not None:
            yield from _entries_of_menu(menu, _without_mnemonic(action.text()))  # type: ignore[arg-type]


def _entries_of_menu(menu: QMenu, path: str) -> Iterator[PaletteEntry]:
    for action in menu.actions():
        inner: QMenu | None = action.menu()  # type: ignore[assignment]
        if inner is not None and inner.isEnabled():
            yield from _entries_of_menu(
                inner, path + _PATH_SEPARATOR + _without_mnemonic(action.text())
            )
        elif inner is None and _can_be_used(action):
            native = QKeySequence.SequenceFormat.NativeText
            keys = action.shortcut().toString(native)
            yield PaletteEntry(
                PaletteEntryKind.ACTION, _without_mnemonic(action.text()), path, keys, action
            )


def _can_be_used(action: QAction) -> bool:
    return action.isVisible() and action.isEnabled() and not action.isSeparator()


def _without_mnemonic(text: str) -> str:
    """Returns a menu text without its mnemonic marker."""
    return short_text(text.replace("&&", "\0").replace("&", "").replace("\0", "&"))


def short_text(text: str) -> str:
    """Returns a text of any length as one line that is short enough for an entry."""
    return one_line(text[:_MAX_CHARS])
