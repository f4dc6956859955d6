"""What the palette leads to: deployments, drafts, presets, nodes, inputs and menus' actions."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtGui import QKeySequence

from runcomfy_desktop.domain.workflow import InputKey
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.drafts.words import belonging, count
from runcomfy_desktop.ui.formatting import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QMenu, QMenuBar

    from runcomfy_desktop.core.draft_rows import DraftRow
    from runcomfy_desktop.domain.deployment import Deployment
    from runcomfy_desktop.domain.preset.preset import PresetHead
    from runcomfy_desktop.ui.models.inputs import InputsModel
    from runcomfy_desktop.ui.models.pins import PinsModel

_LONGEST = 200
_PATH = " › "


class Kind(Enum):
    """What an entry is; the value is its icon."""

    DEPLOYMENT = "server"
    DRAFT = "file"
    PRESET = "preset"
    NODE = "cube"
    INPUT = "text"
    ACTION = "play"


class Entry(NamedTuple):
    """One thing to go to. `text` is what it is called, `about` what it belongs to, `detail` what
    stands at the right; `target` is a deployment's id, an InputKey, a QAction, or a deed to do."""

    kind: Kind
    text: str
    about: str
    detail: str
    target: object


class Inputs(NamedTuple):
    """The inputs of one node, of which there may be tens of thousands: no entry is made of one
    before it is shown."""

    title: str
    mark: str
    node_id: str
    names: tuple[str, ...]

    def entry(self, name: str) -> Entry:
        target = InputKey(self.node_id, name)
        return Entry(Kind.INPUT, _short(name), self.title, self.mark, target)


@dataclass(frozen=True, slots=True)
class Goals:
    """All that there is to go to."""

    entries: Sequence[Entry] = ()
    inputs: Sequence[Inputs] = ()


def spoken(entry: Entry) -> str:
    """An entry as a screen reader says it."""
    words = {
        Kind.DEPLOYMENT: _("deployment"),
        Kind.DRAFT: _("draft"),
        Kind.PRESET: _("preset"),
        Kind.NODE: _("node"),
        Kind.INPUT: _("input"),
        Kind.ACTION: _("action"),
    }
    return ", ".join(filter(None, (entry.text, words[entry.kind], entry.about, entry.detail)))


def of_deployments(deployments: Iterable[Deployment]) -> list[Entry]:
    return [
        Entry(
            Kind.DEPLOYMENT,
            _short(each.name) or each.deployment_id,
            "",
            "" if each.is_enabled else _("disabled"),
            each.deployment_id,
        )
        for each in deployments
    ]


def of_presets(heads: Iterable[PresetHead], apply: Callable[[str], object]) -> list[Entry]:
    """Those that can be used; to choose one is to apply it."""
    return [
        Entry(
            Kind.PRESET,
            _short(head.name) or head.path,
            _short(head.folder),
            _short(head.deployment_name),
            partial(apply, head.path),
        )
        for head in heads
        if not head.problem
    ]


def of_drafts(rows: Iterable[DraftRow], open_it: Callable[[str], object]) -> list[Entry]:
    return [
        Entry(
            Kind.DRAFT,
            _short(row.title),
            _short(belonging(row)),
            count(row),
            partial(open_it, row.key),
        )
        for row in rows
        if not row.is_odd
    ]


def of_workflow(model: InputsModel) -> tuple[list[Entry], list[Inputs]]:
    """The nodes, and their inputs."""
    draft, nodes, inputs = model.draft, [], []
    for node in () if draft is None else draft.workflow.nodes.values():
        node_id = node.node_id
        title, mark = model.title_of(node)[:_LONGEST], f"#{_short(node_id)}"
        nodes.append(Entry(Kind.NODE, title, _short(node.class_type), mark, InputKey(node_id, "")))
        inputs.append(Inputs(title, mark, node_id, model.names_of(node)))
    return nodes, inputs


def of_pins(model: PinsModel) -> list[Entry]:
    """The pinned inputs that a person has named; under their own names they are there anyway."""
    found = []
    for key in model.pinned_keys:
        row = model.row_of(key)
        if row.name != model.node_name_of(key):
            mark = f"#{_short(key.node_id)}"
            found.append(Entry(Kind.INPUT, _short(row.name), row.of_node[:_LONGEST], mark, key))
    return found


def of_menus(bar: QMenuBar) -> Iterator[Entry]:
    """The actions that can be used now, with the way to them and their shortcuts."""
    for action in bar.actions():
        menu = action.menu()
        if menu is not None:
            yield from _of_menu(menu, _plain(action.text()))  # type: ignore[arg-type]


def _of_menu(menu: QMenu, path: str) -> Iterator[Entry]:
    for action in menu.actions():
        inner: QMenu | None = action.menu()  # type: ignore[assignment]
        if inner is not None and inner.isEnabled():
            yield from _of_menu(inner, path + _PATH + _plain(action.text()))
        elif inner is None and _can_be_used(action):
            native = QKeySequence.SequenceFormat.NativeText
            keys = action.shortcut().toString(native)
            yield Entry(Kind.ACTION, _plain(action.text()), path, keys, action)


def _can_be_used(action: QAction) -> bool:
    return action.isVisible() and action.isEnabled() and not action.isSeparator()


def _plain(text: str) -> str:
    """A menu's text without the sign of its letter."""
    return _short(text.replace("&&", "\0").replace("&", "").replace("\0", "&"))


def _short(text: str) -> str:
    return one_line(text[:_LONGEST])
