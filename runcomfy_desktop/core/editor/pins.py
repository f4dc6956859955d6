"""The pinned inputs of the draft in view, stored after each change."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from runcomfy_desktop.core.base.notices import Notice, NoticeLevel
from runcomfy_desktop.core.base.topic import Subscriptions, Topic
from runcomfy_desktop.core.editor.pin_sets import file_owner, is_limited, owner_of
from runcomfy_desktop.domain.base.plain_text import one_line
from runcomfy_desktop.domain.drafts.pin import (
    MAX_PINS,
    Pin,
    available_pins,
    matched_pins,
    move_pin,
    pin_of,
)
from runcomfy_desktop.i18n import _, n_

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from runcomfy_desktop.core.base.notices import Notices
    from runcomfy_desktop.core.editor.draft_editor import DraftEditor, DraftTarget, EditorState
    from runcomfy_desktop.domain.drafts.draft import Draft
    from runcomfy_desktop.domain.workflow.workflow import InputKey
    from runcomfy_desktop.store.pins import PinStore

_SUBJECT = "pins"
_MAX_NAMES = 10
_MAX_NAME_CHARS = 60


@dataclass(frozen=True, slots=True)
class PinsState:
    """Pins of the draft in view that have an input there, in order.

    `owner` identifies the set of pins: a deployment's id, or a file's path with the prefix `file:`.
    `unmatched` are the pins for which this draft has no input now.
    """

    pins: tuple[Pin, ...] = ()
    owner: str = ""
    unmatched: tuple[Pin, ...] = ()

    def pin_for(self, key: InputKey) -> Pin | None:
        return next((pin for pin in self.pins if pin.key == key), None)


class Pins:
    """Pins, moves and edits inputs; every command returns at once.

    Publishes `changed`. Stores the pins in `pin_sets` of the draft editor, which applies their
    limits. Keeps a pin if its node is missing, since the workflow may only differ temporarily.
    """

    def __init__(self, draft_editor: DraftEditor, store: PinStore, notices: Notices) -> None:
        self.state = PinsState()
        self.changed: Topic[PinsState] = Topic()
        self._draft_editor = draft_editor
        self._store = store
        self._notices = notices
        self._pin_sets = draft_editor.pin_sets
        self._subscriptions = Subscriptions()
        self._subscriptions.add(draft_editor.changed, self._update)

    async def load(self) -> None:
        """Reads the stored pins; call it before anything is pinned."""
        self._pin_sets.update(await self._store.load())
        self._draft_editor.revalidate()
        self._update(self._draft_editor.state)

    async def close(self) -> None:
        self._subscriptions.close()
        await self._store.close()

    # Commands

    def pin(self, *keys: InputKey) -> None:
        """Pins inputs of the draft in view, after the existing pins."""
        draft = self._draft_editor.state.draft
        if draft is None:
            return
        nodes, pinned = draft.workflow.nodes, {pin.key for pin in self.state.pins}
        new_keys = [
            key for key in dict.fromkeys(keys) if key not in pinned and key.node_id in nodes
        ]
        self._add([pin_of(key, draft.workflow) for key in new_keys])

    def unpin(self, *keys: InputKey) -> None:
        """Removes pins; the user can undo this."""
        removed = {index for index, pin in self._matched().items() if pin.key in keys}
        if not removed:
            return
        text = n_("%d input is no longer pinned.", "%d inputs are no longer pinned.", len(removed))
        pins = tuple(pin for index, pin in enumerate(self._own_pins()) if index not in removed)
        self._replace(pins, undo=text % len(removed))

    def unpin_unmatched(self) -> None:
        """Removes the pins that have no input in the draft in view; the user can undo this."""
        unmatched = self.state.unmatched
        if not unmatched:
            self._notices.post_info(_("Every pin has its input here."))
            return
        shown = {pin.key for pin in self.state.pins}
        matched = self._matched()
        pins = [
            pin
            for index, pin in enumerate(self._own_pins())
            if index in matched and matched[index].key in shown
        ]
        text = n_(
            "%d pin without an input is gone.", "%d pins without an input are gone.", len(unmatched)
        )
        self._replace(pins, undo=text % len(unmatched), detail=_names_of(unmatched))

    def move(self, key: InputKey, to: int) -> None:
        """Moves a pin to a position among the pins shown."""
        positions = {pin.key: index for index, pin in self._matched().items()}
        shown = [positions[pin.key] for pin in self.state.pins]
        if key not in positions or not shown:
            return
        target = shown[min(max(to, 0), len(shown) - 1)]
        self._replace(move_pin(self._current_pins(), positions[key], target))

    def edit(self, pin: Pin, draft_target: DraftTarget | None = None) -> None:
        """Changes the name, hint and limits of a pin.

        `draft_target` is the pin's draft, which need not be in view; None means the draft in view.
        """
        draft = self._draft_editor.state.draft if draft_target is None else draft_target.draft
        if draft is None:
            return
        owner, matched = owner_of(draft), self._pin_sets.matched(draft)
        position = next((index for index, each in matched.items() if each.key == pin.key), None)
        pins = [
            matched.get(index, each) for index, each in enumerate(self._pin_sets.get(owner, ()))
        ]
        if position is not None and pins[position] != pin:
            pins[position] = pin
            self._replace(pins, undo=_("The pin was changed."), owner=owner)

    def adopt(self, pins: Sequence[Pin]) -> Callable[[], None] | None:
        """Adopts the pins of a preset; they replace pins of the same inputs.

        Returns a function that undoes it, provided the pins have not changed since; None if
        adopting changed nothing.
        """
        draft = self._draft_editor.state.draft
        if draft is None:
            return None
        found = list(matched_pins(pins, draft.workflow).values())
        by_key = {pin.key: pin for pin in found}
        positions = {pin.key: index for index, pin in self._matched().items()}
        own = [
            pin if positions.get(pin.key) != index else by_key.get(pin.key, pin)
            for index, pin in enumerate(self._current_pins())
        ]
        new_pins = [pin for pin in found if pin.key not in positions]
        owner, before = self._owner, self._own_pins()
        if not found or (*own, *new_pins) == before:
            return None
        self._replace((*own, *new_pins))
        adopted = self._own_pins()

        def undo() -> None:
            if self._pin_sets.get(owner, ()) == adopted:
                self._set(owner, before)

        return undo

    def transfer(self, moved: tuple[str, str]) -> None:
        """Moves the pins of a deleted deployment to the file that its drafts were moved to."""
        deployment_id, path = moved
        pins = self._pin_sets.pop(deployment_id, ())
        if pins:
            self._pin_sets.setdefault(file_owner(path), pins)
            self._store.save(dict(self._pin_sets))

    # Internals

    def _own_pins(self) -> tuple[Pin, ...]:
        """Returns all pins of the draft in view, as stored."""
        return self._pin_sets.get(self._owner, ())

    @property
    def _owner(self) -> str:
        draft = self._draft_editor.state.draft
        return "" if draft is None else owner_of(draft)

    def _matched(self) -> Mapping[int, Pin]:
        """Returns the pins that have a node in the draft in view, by their index among all."""
        draft = self._draft_editor.state.draft
        return {} if draft is None else self._pin_sets.matched(draft)

    def _current_pins(self) -> list[Pin]:
        """Returns all pins of the draft in view, matched to their current nodes."""
        matched = self._matched()
        return [matched.get(index, pin) for index, pin in enumerate(self._own_pins())]

    def _add(self, new_pins: Sequence[Pin]) -> None:
        pins = (*self._current_pins(), *new_pins)
        if len(pins) > MAX_PINS:
            text = _("No more than %d inputs can be pinned of one workflow.")
            self._notices.post_info(text % MAX_PINS, _("Unpin some of them first."))
        elif new_pins:
            self._replace(pins)

    def _replace(
        self, pins: Iterable[Pin], *, undo: str = "", detail: str = "", owner: str = ""
    ) -> None:
        """Replaces the pins; with `undo`, posts a notice with that text and an Undo button.

        Pass `owner` if the pins do not belong to the draft in view.
        """
        owner = owner or self._owner
        before = self._pin_sets.get(owner, ())
        self._set(owner, tuple(pins)[:MAX_PINS])
        if undo:
            self._notices.post(
                Notice(
                    NoticeLevel.INFO,
                    undo,
                    detail,
                    action_text=_("Undo"),
                    action=lambda: self._set(owner, before),
                    subject=_SUBJECT,
                )
            )

    def _set(self, owner: str, pins: tuple[Pin, ...]) -> None:
        before = self._pin_sets.get(owner, ())
        if pins == before or not owner:
            return
        self._pin_sets[owner] = pins
        self._store.save(dict(self._pin_sets))
        if _limits(before) != _limits(pins):
            self._draft_editor.revalidate()
        self._update(self._draft_editor.state)

    def _update(self, state: EditorState) -> None:
        draft = state.draft
        state_now = PinsState()
        if draft is not None:
            matched = self._pin_sets.matched(draft)
            pins = available_pins(matched.values(), draft, state.schema) if matched else ()
            state_now = PinsState(pins, owner_of(draft), self._unmatched(draft, matched, pins))
        if state_now != self.state:
            self.state = state_now
            self.changed.publish(state_now)

    def _unmatched(
        self, draft: Draft, matched: Mapping[int, Pin], shown: Sequence[Pin]
    ) -> tuple[Pin, ...]:
        matched_keys = {pin.key for pin in shown}
        own = enumerate(self._pin_sets.get(owner_of(draft), ()))
        return tuple(
            pin
            for index, pin in own
            if index not in matched or matched[index].key not in matched_keys
        )


def _names_of(pins: Sequence[Pin]) -> str:
    names = [
        one_line(pin.label or f"{pin.title or pin.class_type} · {pin.key.name}") for pin in pins
    ]
    more = len(names) - _MAX_NAMES
    if more > 0:
        names[_MAX_NAMES:] = [n_("%d more", "%d more", more) % more]
    return ", ".join(name[:_MAX_NAME_CHARS] for name in names)


def _limits(pins: Iterable[Pin]) -> list[Pin]:
    return [replace(pin, label="", hint="") for pin in pins if is_limited(pin)]
